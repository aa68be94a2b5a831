/**
 * The listeners of a receiver, each open or refused. Refused means that nothing listens there, so
 * that the system itself refuses, and not that connections are taken and dropped. It knows no
 * connection: those that are open stay.
 *
 * What is asked of a listener while it is still busy with what was asked before is done after that;
 * of several such wishes the last one counts.
 *
 * @module
 */
import { type Clock, pause, systemClock } from "../lib/clock.ts";
import type { TransportError } from "../lib/errors.ts";
import type { Endpoint } from "../lib/transport/endpoint.ts";
import type { Listener } from "../lib/transport/transport.ts";
import type { ListenerSpec, ListenerState } from "./scenario/scenario.ts";

/** How often a listener whose address has been taken by another tries again (our decision). */
export const GATE_RETRY_MS = 250;

/** Choices of a {@link Gate}. */
export interface GateOptions {
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** A listener has become open or refused; of the first opening, by `start`, nothing is said. */
  readonly onChange?: (index: number, state: ListenerState, endpoint: Endpoint) => void;
  /** A listener cannot be opened again, mostly because another program has its address by now; said once until it is open, or to be refused. */
  readonly onTrouble?: (index: number, error: TransportError | Error, endpoint: Endpoint) => void;
}

/**
 * Opens and closes the listeners of a receiver.
 *
 * @example
 * ```ts
 * import { Gate } from "./gate.ts";
 * import { parseEndpoint } from "../lib/transport/endpoint.ts";
 * import { connect, listen } from "../lib/transport/open.ts";
 * import assert from "node:assert/strict";
 *
 * const adt = { name: "adt", endpoint: parseEndpoint(":0"), link: {}, tls: null };
 * const gate = new Gate([adt], ({ endpoint }) => listen(endpoint, {}, (transport) => void transport.close()));
 * await gate.start();
 * await gate.set({ adt: "refused" });
 * await assert.rejects(connect(gate.endpoints[0]), /connection refused/);
 * await gate.set({ all: "open" });
 * await (await connect(gate.endpoints[0])).close();
 * await gate.close();
 * ```
 */
export class Gate {
  readonly #doors: readonly Door[];

  /** `open` is what listens; a port 0 is the spec's own the first time, and from then on the port that it became. */
  constructor(
    specs: readonly ListenerSpec[],
    open: (spec: ListenerSpec, index: number) => Promise<Listener>,
    options: GateOptions = {},
  ) {
    this.#doors = specs.map((spec, index) => new Door(spec, index, open, options));
  }

  /** Where each listens, or would if it were not refused. */
  get endpoints(): readonly Endpoint[] {
    return this.#doors.map(({ endpoint }) => endpoint);
  }

  /**
   * Binds every listener, also those that are to be refused, so that each has its port; resolves
   * when what was `set` before is in force. Rejects with what `open` rejects with, and then none
   * is bound.
   */
  async start(): Promise<void> {
    try {
      for (const door of this.#doors) await door.bind();
    } catch (error) {
      await this.close();
      throw error;
    }
    await Promise.all(this.#doors.map((door) => door.settle()));
  }

  /**
   * Says what listeners are to be, by name or `all`; a name goes before `all`, and what is not named stays
   * as it is. Resolves when that is in force, was replaced by another wish, or cannot be yet since an
   * address is taken (it is tried on); never rejects. Throws a `RangeError` for a name that no
   * listener has.
   */
  set(states: Readonly<Record<string, ListenerState>>): Promise<void> {
    const names = this.#doors.flatMap(({ spec }) => spec.name ?? []);
    for (const name of Object.keys(states)) {
      if (name === "all" || names.includes(name)) continue;
      const known = names.length === 0 ? "all" : `all or one of ${names.join(", ")}`;
      throw new RangeError(`Cannot change the listener '${name}': there is none of that name, wanted ${known}`);
    }
    const settling = this.#doors.map((door) => {
      const { name } = door.spec;
      const state = name !== undefined && Object.hasOwn(states, name) ? states[name] : states.all;
      return state === undefined ? undefined : door.want(state);
    });
    return Promise.all(settling).then(() => {});
  }

  /** What a listener is right now; one that is to be open and cannot yet is still `refused`. */
  state(index: number): ListenerState {
    return this.#doors[index].state;
  }

  /** Closes every listener for good; resolves when all are closed, also one that was just being opened. */
  async close(): Promise<void> {
    await Promise.all(this.#doors.map((door) => door.close()));
  }
}

/** One listener. */
class Door {
  readonly spec: ListenerSpec;
  endpoint: Endpoint;
  readonly #index: number;
  readonly #open: (spec: ListenerSpec, index: number) => Promise<Listener>;
  readonly #options: GateOptions;
  readonly #clock: Clock;
  #wanted: ListenerState = "open";
  #listener: Listener | null = null;
  #ended = false;
  /** Before the first binding nothing is opened. */
  #bound = false;
  #working: Promise<void> | null = null;
  /** Ends a wait before another try. */
  #wake: AbortController = new AbortController();
  /** Those who wait until what is wanted is in force, or has to wait itself. */
  #waiting: (() => void)[] = [];

  constructor(
    spec: ListenerSpec,
    index: number,
    open: (spec: ListenerSpec, index: number) => Promise<Listener>,
    options: GateOptions,
  ) {
    this.spec = spec;
    this.endpoint = spec.endpoint;
    this.#index = index;
    this.#open = open;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get state(): ListenerState {
    return this.#listener === null ? "refused" : "open";
  }

  async bind(): Promise<void> {
    if (this.#ended) return;
    const listener = await this.#open(this.spec, this.#index);
    if (this.#ended) return listener.close();
    this.#listener = listener;
    this.#bound = true;
    this.endpoint = listener.endpoint;
  }

  want(state: ListenerState): Promise<void> {
    if (state !== this.#wanted) {
      this.#wanted = state;
      this.#wake.abort();
    }
    return this.settle();
  }

  /** Resolves when what is wanted is in force, or has to wait. */
  settle(): Promise<void> {
    if (!this.#bound || this.#ended || (this.#working === null && this.state === this.#wanted)) {
      return Promise.resolve();
    }
    const settled = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#working ??= this.#work();
    return settled;
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#wake.abort();
    await this.#working;
    await this.#listener?.close();
    this.#listener = null;
  }

  /** One thing after the other, until what is wanted is so. */
  async #work(): Promise<void> {
    let told = false;
    while (!this.#ended && this.state !== this.#wanted) {
      if (this.#wanted === "refused") {
        told = false;
        const listener = this.#listener;
        await listener?.close();
        this.#listener = null;
        this.#options.onChange?.(this.#index, "refused", this.endpoint);
        continue;
      }
      try {
        this.#listener = await this.#open({ ...this.spec, endpoint: this.endpoint }, this.#index);
        told = false;
        if (!this.#ended) this.#options.onChange?.(this.#index, "open", this.endpoint);
      } catch (error) {
        if (this.#ended || this.#wanted !== "open") continue;
        if (!told) this.#options.onTrouble?.(this.#index, error as Error, this.endpoint);
        told = true;
        this.#release();
        this.#wake = new AbortController();
        await pause(this.#clock, GATE_RETRY_MS, this.#wake.signal);
      }
    }
    this.#working = null;
    this.#release();
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
