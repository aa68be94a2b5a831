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
import type { Transport } from "../lib/transport/transport.ts";
import { Connection } from "./connection.ts";
import { Course } from "./course.ts";
import type { Matcher } from "./decide/passes.ts";
import type { PhaseChange } from "./decide/phases.ts";
import { type ListeningEvent, type ReceiverObserver, summarize, type Summary } from "./events.ts";
import type { Journal } from "./journal/journal.ts";
import type { Replay } from "./journal/replay.ts";
import { Listening } from "./listening.ts";
import type { Scenario } from "./scenario/scenario.ts";
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
  /** Reads the scenario's regular expressions. */
  readonly matcher?: Matcher;
  /** Whether rules may change while it runs. */
  readonly live?: boolean;
  /** Decisions made before, which are repeated. */
  readonly replay?: Replay;
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
  /** Resolves when the receiver has stopped: by `stop`, or by itself after `count` messages, `forMs` or its phases. */
  readonly stopped: Promise<void>;
  /** What its connections share; for who changes the receiver while it runs. */
  readonly bench: Workbench;
  readonly listening: Listening;
  readonly course: Course;
  readonly #links: readonly (() => Link)[];
  readonly #journal: Journal | null;
  readonly #options: ReceiverOptions;
  readonly #clock: Clock;
  readonly #connections: Map<number, Connection> = new Map();
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
    const { observer, matcher, live, replay } = options;
    if (this.#journal?.waits && scenario.defaults.reply === "echo") {
      throw new RangeError("Cannot keep a journal of an echo: its bytes go back before there is a message");
    }
    const bench = new Workbench(scenario, {
      clock: this.#clock,
      observer,
      journal: this.#journal,
      matcher,
      live,
      replay,
    });
    this.bench = bench;
    this.#links = scenario.listeners.map(({ link }) => linkMaker(bench.commits ? committing(link) : link));
    for (const makeLink of this.#links) bench.checkTemplates(makeLink());
    this.stopped = new Promise((resolve) => this.#resolve = resolve);
    this.listening = new Listening(bench, {
      accept: (transport, listener) => this.accept(transport, listener),
      refused: (listener, peer, reason, detail) => this.#refuse(listener, peer, reason, detail),
      probed: () => {
        bench.totals.connections++;
        bench.totals.probes++;
      },
    });
    this.course = new Course({
      clock: this.#clock,
      decider: bench.decider,
      elapsedMs: () => bench.elapsedMs(),
      changed: (change) => this.#phaseChanged(change),
      listeners: (states) => void this.listening.gate.set({ all: "open", ...states }),
      expired: (ids) => {
        for (const id of ids) bench.change("expired", `the rule ${id} has come to its end`);
      },
    });
    if (scenario.phases !== undefined || live) bench.passing = () => this.course.look();
    const { totals } = bench;
    const count = options.count ?? Infinity;
    bench.admit = () => {
      if (this.#stopping !== null) return false;
      // The last one: its reply, too, is in hand when the stop begins.
      if (totals.messages + 1 >= count) queueMicrotask(() => void this.stop({ finish: true }));
      return totals.messages < count;
    };
  }

  /** The counts so far. */
  get summary(): Summary {
    const counts = this.#journal?.waits ? this.#journal.counts : null;
    return summarize(this.bench.totals, this.scenario.seed, counts);
  }

  /** How many connections are open. */
  get open(): number {
    return this.#connections.size;
  }

  /** The open connections. */
  get connections(): readonly Connection[] {
    return [...this.#connections.values()];
  }

  /** An open connection by its number. */
  connection(number: number): Connection | null {
    return this.#connections.get(number) ?? null;
  }

  /** Binds every listener; resolves when all are bound, with where. Rejects with a `TransportError` if one cannot be, and then none is. */
  async start(): Promise<readonly ListeningEvent[]> {
    const { bench, scenario } = this;
    const [first] = scenario.phases ?? [];
    if (first !== undefined) void this.listening.gate.set(first.listeners);
    await this.listening.start();
    const listening = scenario.listeners.map(({ link }, index): ListeningEvent => ({
      event: "listening",
      endpoint: this.listening.place(index),
      framing: link.framing ?? "mllp",
    }));
    bench.begin();
    this.#journal?.start();
    for (const event of listening) bench.tell(event);
    this.course.start();
    const { forMs = Infinity } = this.#options;
    if (forMs < Infinity) {
      const end = this.#clock.now() + forMs;
      const look = () => {
        if (this.#clock.now() >= end) void this.stop({ finish: true });
        else this.#timer = this.#clock.schedule(end, look);
      };
      this.#timer = this.#clock.schedule(end, look);
    }
    return listening;
  }

  #refuse(listener: number, peer: string, reason: string, detail: string): void {
    const { bench } = this;
    bench.totals.refused++;
    const at = bench.isoTime(this.#clock.now());
    bench.tell({ event: "refused", at, endpoint: this.listening.place(listener), peer, reason, detail });
  }

  /** Takes a stream as if a listener had accepted it; which one tells `listener`, by its index. */
  accept(transport: Transport, listener = 0): void {
    const { bench } = this;
    if (this.#stopping !== null) return void transport.close();
    const { maxConnections } = bench.scenario.limits;
    if (this.#connections.size >= maxConnections) {
      const detail = `There are ${maxConnections} connections already, the most that are taken`;
      this.#refuse(listener, transport.info.peer, "too_many", detail);
      return void transport.close();
    }
    const number = ++bench.totals.connections;
    const connection = new Connection(bench, transport, this.#links[listener](), {
      number,
      listener,
      endpoint: this.listening.place(listener),
      gone: () => {
        this.#connections.delete(number);
        if (this.#connections.size === 0) this.#empty();
      },
    });
    this.#connections.set(number, connection);
  }

  /**
   * Cancels what these rules have caused to wait, or without any named every wait, and lets handshakes and listeners that were held back go on:
   * who was not answered gets the default reply. Returns how many messages were.
   */
  heal(rules: ReadonlySet<string> | null = null): number {
    let healed = 0;
    for (const connection of this.connections) healed += connection.heal(rules);
    this.listening.heal();
    return healed;
  }

  /** Ends every connection, with whatever waits on it. Returns how many messages went without an answer. */
  cut(): number {
    const waiting = this.connections.reduce((sum, { waiting, held }) => sum + waiting + held.length, 0);
    for (const connection of this.connections) connection.stop(false);
    this.listening.heal();
    return waiting;
  }

  #phaseChanged({ ended, began, stop }: PhaseChange): void {
    const words = [
      ...ended === null ? [] : [`${ended} has ended`],
      ...began === null ? [] : [`${began} has begun`],
    ];
    if (words.length > 0) this.bench.change("phase", words.join(", "));
    const phase = this.bench.scenario.phases?.find(({ name }) => name === ended);
    if (phase !== undefined) {
      const { useProfiles, useRules, rules } = phase;
      this.heal(new Set([...useProfiles, ...useRules, ...rules.map(({ id }) => id)]));
    }
    if (stop) void this.stop({ finish: true });
  }

  /**
   * Accepts no more and ends every connection in order: with `finish` after the replies in hand,
   * delays included; else at once, and those replies are dropped. May be called again, to hurry.
   */
  stop(options: { readonly finish?: boolean } = {}): Promise<void> {
    const finish = options.finish ?? false;
    if (this.#stopping === null) this.#stopping = this.#stop(finish);
    else if (!finish && !this.#cut) { for (const connection of this.connections) connection.stop(false); }
    this.#cut ||= !finish;
    return this.#stopping;
  }

  async #stop(finish: boolean): Promise<void> {
    this.#timer?.cancel();
    this.course.stop();
    await this.listening.close();
    if (this.#connections.size > 0) {
      const empty = new Promise<void>((resolve) => this.#empty = resolve);
      for (const connection of this.connections) connection.stop(finish && !this.#cut);
      await empty;
    }
    await this.bench.close();
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

/** A link that leaves its word to the connection: a message is confirmed when it is written down, or when the rules have been asked. */
function committing(link: LinkOptions): LinkOptions {
  return {
    ...link,
    mllp2: { ...link.mllp2, commit: "manual" },
    hllp: { ...link.hllp, answers: "manual" },
    x328: { ...link.x328, commit: "manual" },
  };
}
