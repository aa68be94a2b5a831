/**
 * The mock receiver: listens, and for each connection decides what is done with each message and
 * does it. A program in itself, and a peer for tests: `start`, `stop`, and in between whatever the
 * scenario says.
 *
 * @module
 */
import type { Clock } from "../lib/clock.ts";
import { systemClock, type Timer } from "../lib/clock.ts";
import type { Link } from "../lib/link/link.ts";
import { linkMaker, type LinkOptions } from "../lib/link/make.ts";
import { formatPlace } from "../lib/transport/endpoint.ts";
import { listen } from "../lib/transport/open.ts";
import type { AcceptFailure } from "../lib/transport/serve.ts";
import type { Listener, Transport } from "../lib/transport/transport.ts";
import { Connection } from "./connection.ts";
import { type ListeningEvent, type ReceiverObserver, summarize, type Summary } from "./events.ts";
import type { Journal } from "./journal/journal.ts";
import type { ListenerSpec, Scenario } from "./scenario/scenario.ts";
import { Workbench } from "./workbench.ts";

/** Choices of a receiver that are not behaviour. */
export interface ReceiverOptions {
  /** Hears of every event; nobody, unless given. */
  readonly observer?: ReceiverObserver;
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** Where each message is written down; nothing is accepted that cannot be. The receiver begins and ends it. */
  readonly journal?: Journal;
  /** Stop after this many messages; `Infinity` unless given. */
  readonly count?: number;
  /** Stop this many milliseconds after the start; `Infinity` unless given. */
  readonly forMs?: number;
}

/**
 * A mock receiver.
 *
 * @example
 * ```ts
 * import { Receiver } from "./receiver.ts";
 * import { scenarioFromFlags } from "./scenario/from_flags.ts";
 * import { memoryPair } from "../lib/transport/memory.ts";
 * import { latin1, utf8 } from "../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const receiver = new Receiver(scenarioFromFlags({ seed: 1 }));
 * const [near, far] = memoryPair();
 * receiver.accept(far);
 * const reply = new Promise<Uint8Array>((resolve) => near.stream.once("data", resolve));
 * near.stream.write(utf8("\x0bMSH|^~\\&|A|B|C|D|20260131||ADT^A01|MSG1|P|2.5\r\x1c\r"));
 * assert.match(latin1(await reply), /\rMSA\|AA\|MSG1\r/);
 * near.stream.resume();
 * await Promise.all([receiver.stop(), near.close()]);
 * ```
 */
export class Receiver {
  readonly scenario: Scenario;
  /** Resolves when the receiver has stopped: by `stop`, or by itself after `count` messages or `forMs`. */
  readonly stopped: Promise<void>;
  readonly #bench: Workbench;
  readonly #links: readonly (() => Link)[];
  readonly #journal: Journal | null;
  readonly #options: ReceiverOptions;
  readonly #clock: Clock;
  readonly #connections: Set<Connection> = new Set();
  #listeners: Listener[] = [];
  #listening: readonly ListeningEvent[] = [];
  #stopping: Promise<void> | null = null;
  #cut = false;
  #timer: Timer | null = null;
  #resolve: () => void = () => {};
  #empty: () => void = () => {};

  /** Throws a `RangeError` for a scenario that cannot be: a reply file that cannot be used, rules of framing that exclude each other, a journal of an echo. */
  constructor(scenario: Scenario, options: ReceiverOptions = {}) {
    this.scenario = scenario;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#journal = options.journal ?? null;
    const { observer } = options;
    if (this.#journal?.waits && scenario.defaults.reply === "echo") {
      throw new RangeError("Cannot keep a journal of an echo: its bytes go back before there is a message");
    }
    this.#bench = new Workbench(scenario, { clock: this.#clock, observer, journal: this.#journal });
    this.#links = scenario.listeners.map(({ link }) => linkMaker(this.#journal?.waits ? committing(link) : link));
    for (const makeLink of this.#links) this.#bench.checkTemplates(makeLink());
    this.stopped = new Promise((resolve) => this.#resolve = resolve);
    const { totals } = this.#bench;
    const count = options.count ?? Infinity;
    this.#bench.admit = () => {
      if (this.#stopping !== null) return false;
      // The last one: its reply, too, is in hand when the stop begins.
      if (totals.messages + 1 >= count) queueMicrotask(() => void this.stop({ finish: true }));
      return totals.messages < count;
    };
  }

  /** The counts so far, and their verdict. */
  get summary(): Summary {
    return summarize(this.#bench.totals, this.scenario.seed, this.#journal?.waits ? this.#journal.counts : null);
  }

  /** How many connections are open. */
  get open(): number {
    return this.#connections.size;
  }

  /** Binds every listener; resolves when all are bound, with where. Rejects with a `TransportError` if one cannot be, and then none is. */
  async start(): Promise<readonly ListeningEvent[]> {
    try {
      for (const [index, spec] of this.scenario.listeners.entries()) {
        this.#listeners.push(await this.#listen(spec, index));
      }
    } catch (error) {
      await Promise.all(this.#listeners.splice(0).map((listener) => listener.close()));
      throw error;
    }
    this.#listening = this.#listeners.map(({ endpoint }, index) => ({
      event: "listening",
      endpoint: formatPlace(endpoint),
      framing: this.scenario.listeners[index].link.framing ?? "mllp",
    }));
    this.#journal?.start();
    for (const event of this.#listening) this.#bench.tell(event);
    const { forMs = Infinity } = this.#options;
    if (forMs < Infinity) {
      const end = this.#clock.now() + forMs;
      const look = () => {
        if (this.#clock.now() >= end) void this.stop({ finish: true });
        else this.#timer = this.#clock.schedule(end, look);
      };
      this.#timer = this.#clock.schedule(end, look);
    }
    return this.#listening;
  }

  #listen(spec: ListenerSpec, index: number): Promise<Listener> {
    const { endpoint, tls } = spec;
    const onError = ({ peer, sentNothing, error }: AcceptFailure) => {
      if (sentNothing && peer !== "") {
        this.#bench.totals.connections++;
        this.#bench.totals.probes++;
      } else this.#refuse(index, peer, error.code, error.message);
    };
    const options = tls === null ? { onError } : { onError, tls };
    return listen({ ...endpoint, options: {} }, options, (transport) => this.accept(transport, index));
  }

  #refuse(listener: number, peer: string, reason: string, detail: string): void {
    this.#bench.totals.refused++;
    const at = this.#bench.isoTime(this.#clock.now());
    this.#bench.tell({ event: "refused", at, endpoint: this.#place(listener), peer, reason, detail });
  }

  #place(listener: number): string {
    return this.#listening[listener]?.endpoint ?? formatPlace(this.scenario.listeners[listener].endpoint);
  }

  /** Takes a stream as if a listener had accepted it; which one tells `listener`, by its index. */
  accept(transport: Transport, listener = 0): void {
    const { totals } = this.#bench;
    if (this.#stopping !== null) return void transport.close();
    const { maxConnections } = this.scenario.limits;
    if (this.#connections.size >= maxConnections) {
      const detail = `There are ${maxConnections} connections already, the most that are taken`;
      this.#refuse(listener, transport.info.peer, "too_many", detail);
      return void transport.close();
    }
    const connection = new Connection(this.#bench, transport, this.#links[listener](), {
      number: ++totals.connections,
      listener,
      endpoint: this.#place(listener),
      gone: (gone) => {
        this.#connections.delete(gone);
        if (this.#connections.size === 0) this.#empty();
      },
    });
    this.#connections.add(connection);
  }

  /**
   * Accepts no more and ends every connection in order: with `finish` after the replies in hand,
   * delays included; else at once, and those replies are dropped. May be called again, to hurry.
   */
  stop(options: { readonly finish?: boolean } = {}): Promise<void> {
    const finish = options.finish ?? false;
    if (this.#stopping === null) this.#stopping = this.#stop(finish);
    else if (!finish && !this.#cut) { for (const connection of this.#connections) connection.stop(false); }
    this.#cut ||= !finish;
    return this.#stopping;
  }

  async #stop(finish: boolean): Promise<void> {
    this.#timer?.cancel();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    if (this.#connections.size > 0) {
      const empty = new Promise<void>((resolve) => this.#empty = resolve);
      for (const connection of this.#connections) connection.stop(finish && !this.#cut);
      await empty;
    }
    await this.#endJournal();
    this.#resolve();
  }

  async #endJournal(): Promise<void> {
    if (this.#journal === null) return;
    // `journal` is the key by which a head is known.
    const { event: _event, expect: _expect, journal, ...counts } = this.summary;
    this.#journal.note({ note: "stop", at: this.#clock.date().toISOString(), ...counts, ...journal });
    await this.#journal.close();
  }
}

/** A link that leaves the commit to the connection: a block is committed when it is written down. */
function committing(link: LinkOptions): LinkOptions {
  return link.framing === "mllp2" ? { ...link, mllp2: { ...link.mllp2, commit: "manual" } } : link;
}
