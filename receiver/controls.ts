/**
 * A receiver in the hands of its control API: each verb of the API as what it does to connections, rules, listeners and counts.
 * It knows no HTTP.
 *
 * @module
 */
import type { Connection } from "./connection.ts";
import type {
  ConnectionAction,
  ConnectionStatus,
  ControlSurface,
  Explanation,
  FaultCounts,
  Healed,
  LiveEvent,
  PhaseChange,
  ReceiverStatus,
} from "./control/surface.ts";
import type { Apply } from "./control/surface.ts";
import type { LiveScenario } from "./control/live.ts";
import { changeWords } from "./control/change_words.ts";
import { reasonsFor } from "./control/reasons.ts";
import type { Anew, RuleStanding } from "./decide/decide.ts";
import type { Matcher } from "./decide/passes.ts";
import type { JournalMessage, PayloadForm } from "./journal/entry.ts";
import type { Fan } from "./fan.ts";
import type { Journal } from "./journal/journal.ts";
import type { Receiver } from "./receiver.ts";
import type { Expectation } from "./scenario/expectation.ts";
import { listenerConflict } from "./scenario/meet.ts";
import type { Scenario } from "./scenario/scenario.ts";
import type { When } from "./scenario/when.ts";
import { findEntries, verifyEntries } from "./verify/entries.ts";
import type { Standing } from "./verify/verifier.ts";
import type { Workbench } from "./workbench.ts";

/** What a receiver's controls need besides it. */
export interface ControlsOptions {
  readonly receiver: Receiver;
  /** The scenario in force, made with what `applyTo` gives. */
  readonly live: LiveScenario;
  /** Holds the recent messages. */
  readonly journal: Journal;
  readonly payload: PayloadForm;
  /** Who else hears of events. */
  readonly fan: Fan;
  readonly matcher?: Matcher;
  /** Forgets what was expected so far. */
  resetExpectations?(): void;
}

/** How another scenario is put in force in a receiver. */
export function applyTo(receiver: () => Receiver, expectations: (scenario: Scenario) => void): Apply {
  return (scenario: Scenario, anew: Anew) => {
    const { bench, course } = receiver();
    const conflict = listenerConflict(scenario);
    if (conflict !== null) throw new RangeError(conflict);
    const undo = bench.scenario;
    bench.adopted(scenario);
    try {
      bench.decider.adopt(scenario, bench.elapsedMs(), anew);
    } catch (error) {
      bench.adopted(undo);
      throw error;
    }
    expectations(scenario);
    course.look();
    bench.changedBehind = bench.totals.messages;
    bench.change("scenario", changeWords(undo, scenario));
  };
}

/** The controls of a receiver. */
export class Controls implements ControlSurface {
  readonly live: LiveScenario;
  readonly payload: PayloadForm;
  readonly #options: ControlsOptions;
  readonly #receiver: Receiver;
  readonly #bench: Workbench;

  constructor(options: ControlsOptions) {
    this.#options = options;
    this.live = options.live;
    this.payload = options.payload;
    this.#receiver = options.receiver;
    this.#bench = options.receiver.bench;
  }

  status(): ReceiverStatus {
    const bench = this.#bench;
    const { decider, totals, scenario } = bench;
    const { gate } = this.#receiver.listening;
    const { current, paused, endsMs } = decider.phases;
    const uptimeMs = bench.elapsedMs();
    const elapsedMs = decider.phases.elapsedMs(uptimeMs);
    return {
      uptimeMs,
      phase: current === null ? null : {
        name: current.name,
        paused,
        elapsedMs,
        endsInMs: endsMs === Infinity ? null : Math.max(0, endsMs - uptimeMs),
      },
      state: decider.state,
      listeners: scenario.listeners.map(({ name, link }, index) => ({
        name: name ?? null,
        endpoint: this.#receiver.listening.place(index),
        framing: link.framing ?? "mllp",
        state: gate.state(index),
      })),
      connections: this.#receiver.open,
      totals,
    };
  }

  standings(): readonly RuleStanding[] {
    return this.#bench.decider.standings(this.#bench.elapsedMs());
  }

  faults(): Readonly<Record<string, FaultCounts>> {
    const { totals, ledger } = this.#bench;
    const held = new Map<string, number>();
    for (const { plan: { rule } } of this.#receiver.connections.flatMap((connection) => connection.held)) {
      if (rule !== null) held.set(rule, (held.get(rule) ?? 0) + 1);
    }
    return Object.fromEntries(
      Object.entries(totals.faults).map(([rule, asked]) => {
        const { overflowed, cut, active } = ledger.of(rule);
        // Silence is done at once, and lasts.
        const injected = asked - overflowed - cut - active;
        return [rule, { asked, injected, overflowed, active: active + (held.get(rule) ?? 0) }];
      }),
    );
  }

  heal(): Healed {
    const released = this.#ended(() => this.#receiver.heal());
    this.#bench.change("heal", `every fault was ended; ${waited(released)} sent`);
    return { released };
  }

  reset(): Healed {
    const bench = this.#bench;
    const released = this.#ended(() => this.#receiver.cut());
    bench.decider.reset();
    bench.forget();
    this.#options.journal.forget();
    this.#options.resetExpectations?.();
    bench.change(
      "reset",
      `counts, state and messages in memory were forgotten, every fault ended; ${waited(released)} dropped`,
    );
    return { released };
  }

  /** Ends every fault; what waits, as told. */
  #ended(waits: () => number): number {
    const bench = this.#bench;
    bench.decider.heal(bench.elapsedMs());
    const released = waits();
    this.#receiver.course.look();
    void this.#receiver.listening.gate.set({ all: "open" });
    return released;
  }

  fire(id: string): void {
    this.#bench.decider.fire(id);
    this.#bench.change("fire", `the rule ${id} acts on the next event that fits`);
  }

  phase(change: PhaseChange): void {
    const { decider } = this.#bench;
    const nowMs = this.#bench.elapsedMs();
    if (change === "pause") decider.phases.pause(nowMs);
    else if (change === "resume") decider.phases.resume(nowMs);
    else decider.phases.jump(change.jump, nowMs);
    if (typeof change === "string") this.#bench.change("phase", `the phase was ${change}d`);
    this.#receiver.course.look();
  }

  setState(state: string): void {
    this.#bench.decider.state = state;
    this.#bench.change("state", `the state is ${state}`);
  }

  connections(): readonly ConnectionStatus[] {
    return this.#receiver.connections.map((connection) => this.#statusOf(connection));
  }

  #statusOf(connection: Connection): ConnectionStatus {
    const { number: id, session, endpoint: listener, messages, bytes, waiting, held, isRead } = connection;
    const since = this.#bench.isoTime(connection.sinceMs);
    return {
      id,
      peer: session.transport.info.peer,
      listener,
      since,
      messages,
      bytes,
      waiting,
      held: held.length,
      reading: isRead,
    };
  }

  act(id: number, action: ConnectionAction, bytes: Uint8Array): boolean {
    const connection = this.#receiver.connection(id);
    if (connection === null) return false;
    const { info } = connection.session.transport;
    switch (action) {
      case "close":
        connection.perform([{ verb: "close" }]);
        break;
      case "reset":
        if (!info.canReset) throw new RangeError(`Cannot reset connection ${id}: ${info.kind} has no RST`);
        connection.perform([{ verb: "reset" }]);
        break;
      case "stop_reading":
        connection.stopReading(Infinity);
        break;
      case "resume":
        connection.reading.goOn("stopped");
        break;
      case "send":
        connection.paced().write(bytes);
    }
    this.#bench.change("connection", `connection ${id}: ${action}`);
    return true;
  }

  recent(): readonly JournalMessage[] {
    return this.#options.journal.recent();
  }

  find(when: When): readonly JournalMessage[] {
    return findEntries(when, this.recent(), this.#kept);
  }

  verify(expectation: Expectation): Standing {
    const bench = this.#bench;
    const nowMs = bench.clock.date().getTime();
    return verifyEntries(expectation, this.recent(), {
      ...this.#kept,
      nowMs,
      startedAtMs: nowMs - bench.elapsedMs(),
    });
  }

  get #kept() {
    const { payload, matcher } = this.#options;
    const { listeners } = this.#bench.scenario;
    return {
      payload,
      matcher,
      listeners: listeners.map(({ name }, index) => ({ name, endpoint: this.#receiver.listening.place(index) })),
    };
  }

  explain(n: number): Explanation | null {
    const entry = this.recent().findLast((each) => each.n === n);
    if (entry === undefined) return null;
    const { scenario, changedBehind } = this.#bench;
    return reasonsFor(entry, n > changedBehind ? scenario : null, this.#kept);
  }

  async settled(): Promise<void> {
    // What has come by now is delivered in this turn of the loop, and its entry handed over in the next.
    for (let i = 0; i < 2; i++) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  subscribe(listener: (event: LiveEvent) => void): () => void {
    return this.#options.fan.add(listener);
  }
}

function waited(answers: number): string {
  return answers === 1 ? "1 answer that waited was" : `${answers} answers that waited were`;
}
