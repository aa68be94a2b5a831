/**
 * What the control API acts on: the receiver as seen by who changes it while it runs. Everything here is done at once and is in force
 * when the call returns; nothing here is called by the data path.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Considered, RuleStanding } from "../decide/decide.ts";
import type { ReceiverEvent, Totals } from "../events.ts";
import type { JournalMessage, JournalNote, PayloadForm } from "../journal/entry.ts";
import type { Expectation } from "../scenario/expectation.ts";
import type { ListenerState, Scenario } from "../scenario/scenario.ts";
import type { When } from "../scenario/when.ts";
import type { Standing } from "../verify/verdict.ts";
import type { LiveScenario } from "./live.ts";

/** What can be done with a connection. */
export const CONNECTION_ACTIONS = ["close", "reset", "stop_reading", "resume", "send"] as const;

/** What can be done with a connection: FIN, RST, reading nothing, reading again, bytes past any framing. */
export type ConnectionAction = typeof CONNECTION_ACTIONS[number];

/** What is asked of the phases: to go to one of this name (`null`: out of all), to stand still, to go on. */
export type PhaseChange = { readonly jump: string | null } | "pause" | "resume";

/** A listener, and whether it takes connections. */
export interface ListenerStatus {
  readonly name: string | null;
  /** Where it is bound: `tcp://127.0.0.1:2575`. */
  readonly endpoint: string;
  readonly framing: string;
  readonly state: ListenerState;
}

/** The phase that it is. */
export interface PhaseStatus {
  readonly name: string;
  readonly paused: boolean;
  readonly elapsedMs: number;
  /** When it ends by itself; `null` if it does not, or not by time. */
  readonly endsInMs: number | null;
}

/** What a rule did so far. */
export interface FaultCounts {
  /** How often the rule acted. */
  readonly asked: number;
  /** How often what it asked for was done. */
  readonly injected: number;
  /** How often a message was spared, for there were as many faults as `limits` allow. */
  readonly overflowed: number;
  /** How many are under way now: waits, held replies. */
  readonly active: number;
}

/** A connection that is open. */
export interface ConnectionStatus {
  readonly id: number;
  readonly peer: string;
  /** The listener's endpoint. */
  readonly listener: string;
  /** When it was taken: ISO 8601, UTC. */
  readonly since: string;
  readonly messages: number;
  readonly bytes: number;
  /** How many messages wait for their reply. */
  readonly waiting: number;
  /** How many messages were deliberately not answered. */
  readonly held: number;
  /** Whether it is read. */
  readonly reading: boolean;
}

/** How the receiver stands. */
export interface ReceiverStatus {
  readonly uptimeMs: number;
  readonly phase: PhaseStatus | null;
  readonly state: string;
  readonly listeners: readonly ListenerStatus[];
  /** How many connections are open. */
  readonly connections: number;
  readonly totals: Totals;
}

/** Why a message was dealt with as it was. */
export interface Explanation {
  /** The reasons, line by line. */
  readonly lines: readonly string[];
  /** Each rule that was considered; condition by condition, so far as that is still known. */
  readonly considered: readonly Considered[];
}

/** What is heard of while it happens: the receiver's own events, and notes on what the API and the clock changed. */
export type LiveEvent = ReceiverEvent | (JournalNote & { readonly event?: undefined });

/** What heal and reset came to. */
export interface Healed {
  /** How many waits were cancelled and held replies sent, or dropped. */
  readonly released: number;
}

/** The receiver, for the control API. */
export interface ControlSurface {
  /** The scenario in force, as it is written and as it is changed. */
  readonly live: LiveScenario;
  /** What is kept of each message. */
  readonly payload: PayloadForm;
  status(): ReceiverStatus;
  /** How each rule stands; times count from the receiver's start, as `uptimeMs` does. */
  standings(): readonly RuleStanding[];
  /** By the id of a rule: only those that ever acted. */
  faults(): Readonly<Record<string, FaultCounts>>;
  /** Ends every fault, sends what is held back as `defaults.reply`, opens every listener. */
  heal(): Healed;
  /** Heals, with what is held back dropped and its connections closed, and forgets counts, state and the messages in memory. */
  reset(): Healed;
  /** A rule acts once on the next event whose conditions hold. Throws a `RangeError` if it cannot. */
  fire(id: string): void;
  /** Throws a `RangeError` for a phase that there is not. */
  phase(change: PhaseChange): void;
  /** Goes to a state. */
  setState(state: string): void;
  connections(): readonly ConnectionStatus[];
  /** Does something with a connection; `false` if it is gone. Throws a `RangeError` for what its medium cannot do. */
  act(id: number, action: ConnectionAction, bytes: Uint8Array): boolean;
  /** The messages last done with, the newest last. */
  recent(): readonly JournalMessage[];
  /** Those of them that such conditions hold for. Throws a `RangeError` where what is kept of messages cannot tell. */
  find(when: When): readonly JournalMessage[];
  /** What an expectation comes to so far. Throws a `RangeError` where what is kept of messages cannot tell. */
  verify(expectation: Expectation): Standing;
  /** Why a message was dealt with as it was; `null` if it is no longer in memory. Throws a `RangeError` where that cannot be told. */
  explain(n: number): Explanation | null;
  /** Resolves when everything that has come by now has been done with or is waiting, and its entry is there to be found. */
  settled(): Promise<void>;
  /** Hears of everything that happens, at once; must return at once. The call that comes back ends that. */
  subscribe(listener: (event: LiveEvent) => void): () => void;
}

/** What cannot be changed while it runs, or not now. */
export class ControlConflict extends Error {
  override readonly name = "ControlConflict";
}

/** Puts a scenario in force, whole and at once. Throws a `RangeError` for one that cannot be and a `ControlConflict` for one that cannot be now; then nothing has changed. */
export type Apply = (scenario: Scenario, anew: "all" | ReadonlySet<string>) => void;
