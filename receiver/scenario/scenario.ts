/**
 * The scenario: everything that decides what a mock receiver does, as one value. Flags become one
 * (`from_flags.ts`), a file becomes one (`parse.ts`), and there is no other way to tell a receiver anything about
 * its behaviour. What is optional here is absent where nobody asked for it.
 *
 * Units are resolved: milliseconds, bytes, fractions of 1.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { LinkOptions } from "../../lib/link/make.ts";
import type { Endpoint } from "../../lib/transport/endpoint.ts";
import type { TlsServerOptions } from "../../lib/transport/tls_options.ts";
import type { StepSpec } from "../steps/registry.ts";
import type { Delay } from "./delay.ts";
import type { Expectation } from "./expectation.ts";
import type { ReplyTable } from "./reply.ts";
import type { When } from "./when.ts";

/** Where messages are taken, and in which framing. */
export interface ListenerSpec {
  /** What conditions and phases call it. */
  readonly name?: string;
  readonly endpoint: Endpoint;
  readonly link: LinkOptions;
  /** For a `tls` endpoint; `null` for the other kinds. Out of a file it is `null` until who loads the file has read the certificates. */
  readonly tls: TlsServerOptions | null;
}

/** What a rule may look at: a message, or something that happens to a connection. */
export type EventKind = "message" | "open" | "tls" | "frame_fault" | "idle" | "close";

/** All kinds of events. */
export const EVENT_KINDS: readonly EventKind[] = Object.freeze(
  ["message", "open", "tls", "frame_fault", "idle", "close"] as const,
);

/** Whose events are counted together, or whose draws are taken: all, those of one listener, connection, peer, control id, or value at a path. */
export type Scope = "scenario" | "listener" | "connection" | "peer" | "control_id" | { readonly path: string };

/** Which of the events that a rule's conditions hold for it acts on; every part that is given must hold. */
export interface Trigger {
  /** The fraction of the messages, 0 to 1, drawn for each message by its control id and attempt, or along `per`; 1 draws nothing. */
  readonly chance: number;
  /** How many events in a row a draw strikes, the one that was drawn included. */
  readonly burst?: number;
  /** A chance that changes evenly with time, instead of `chance`; then it stays. */
  readonly ramp?: { readonly from: number; readonly to: number; readonly overMs: number };
  /** Only the events with these numbers, from 1. */
  readonly nth?: readonly number[];
  /** Only the events whose number is a multiple. */
  readonly every?: number;
  /** Only so many events, the first ones. */
  readonly first?: number;
  /** Not so many events, the first ones. */
  readonly after?: number;
  /** At most so often does the rule act; the others count events. */
  readonly times?: number;
  /** From the first of the two on and before the second, since the start of the scenario, or of the rule's phase. */
  readonly betweenMs?: readonly [number, number];
  /** Only what goes beyond this rate, per second; one second's worth may come at once. */
  readonly overPerSecond?: number;
  /** Default: of draws, the message (control id and attempt); of counts, the listener. */
  readonly per?: Scope;
}

/** What is done the first time, the second time, and so on. */
export interface Sequence {
  readonly steps: readonly (readonly StepSpec[])[];
  /** After the last: that one again and again, from the first anew, or the rule no longer holds. */
  readonly atEnd: "last" | "cycle" | "fall_through";
  /** Default: as the trigger's, else the listener. */
  readonly per?: Scope;
}

/** What is done with some of the events. */
export interface Rule {
  /** Its name in draws, counters and events; unique in the scenario. */
  readonly id: string;
  /** The kind of event it looks at. */
  readonly on: EventKind;
  /** Conditions; none holds for every event. */
  readonly when?: When;
  readonly trigger: Trigger;
  /** Steps, strictly in order; none where there is a sequence. */
  readonly do: readonly StepSpec[];
  readonly sequence?: Sequence;
  /** `continue` contributes the steps and lets later rules decide too; `stop` decides. */
  readonly then: "stop" | "continue";
  /** Looks at events in this state alone. */
  readonly inState?: string;
  /** The state from the next event on, when it has acted. */
  readonly toState?: string;
  /** `false` until somebody switches it on. */
  readonly enabled?: boolean;
  /** How long after it was put in force it ends by itself. */
  readonly ttlMs?: number;
  /** For people. */
  readonly note?: string;
}

/** The state that a scenario begins in. */
export const FIRST_STATE = "normal";

/** Whether a listener takes connections. */
export type ListenerState = "refused" | "open";

/** A part of the scenario's time. When it ends, its faults are healed. */
export interface Phase {
  readonly name: string;
  /** How long; neither this nor `messages` for a last phase without end. */
  readonly forMs?: number;
  /** Until so many messages have come in it. */
  readonly messages?: number;
  /** By the listener's name, or `all`. */
  readonly listeners: Readonly<Record<string, ListenerState>>;
  /** Rules of the scenario that hold only in the phases that use them, by id. */
  readonly useRules: readonly string[];
  /** Profiles whose steps come before whatever else is done. */
  readonly useProfiles: readonly string[];
  /** Rules of its own; they are tried before the scenario's. */
  readonly rules: readonly Rule[];
}

/** What is done with a message that no rule decides on. */
export interface Defaults {
  /** `echo` sends any bytes back as they come, before there is a message to decide on. */
  readonly reply: ReplyTable | "echo";
  /** Goes before the steps of a rule, too, unless the rule has a delay of its own. */
  readonly delay: Delay;
}

/** Bounds. */
export interface Limits {
  /** At most how many connections at a time; further ones are closed at once. */
  readonly maxConnections: number;
  /** How long a connection may be silent with nothing to answer; `Infinity` for ever. */
  readonly idleTimeoutMs: number;
  /** At most how many messages of one connection wait for their reply; then it is not read until they are fewer. */
  readonly maxPending: number;
  /** No single wait is longer. */
  readonly maxDelayMs?: number;
  /** At most how many messages at a time are under a fault; further ones are spared. */
  readonly activeFaults?: number;
  /** At most how many connections at a time are held without an answer. */
  readonly heldConnections?: number;
  /** How many messages the journal in memory holds. */
  readonly journal?: number;
}

/** How it may be changed while it runs. */
export interface ControlSpec {
  /** `HOST:PORT` of the control API. */
  readonly listen?: string;
  /** How long a rule put in force by the API lasts, unless it says so itself. */
  readonly ttlDefaultMs?: number;
  /** Messages that ask for their own fault; they are decided on as by a rule called `in_band`, before all others. */
  readonly inBand?: {
    /** The field that says so. */
    readonly path: string;
    /** What stands there before what is asked for. */
    readonly prefix: string;
    /** No delay that is asked for is longer. */
    readonly maxDelayMs?: number;
    /** At most how many messages at a time are under what they asked for; further ones are spared. */
    readonly maxActive?: number;
  };
}

/** A scenario; a plain value, never changed. */
export interface Scenario {
  readonly name?: string;
  /** Of all draws. */
  readonly seed: number;
  readonly listeners: readonly ListenerSpec[];
  readonly defaults: Defaults;
  /** Tried in order for each message that is not an acknowledgement itself. */
  readonly rules: readonly Rule[];
  readonly limits: Limits;
  /** Steps by name, for phases. */
  readonly profiles?: Readonly<Record<string, readonly StepSpec[]>>;
  /** One after the other from the start. */
  readonly phases?: readonly Phase[];
  /** After the last phase: the receiver stops, the first begins anew, or it goes on without a phase (the default). */
  readonly phasesAtEnd?: "stop" | "repeat" | "stay";
  /** What must have happened at the end. */
  readonly expect?: readonly Expectation[];
  readonly control?: ControlSpec;
}

/** The limits where nothing else is asked for (our decision: a test bench's worth of connections; a silent client is nobody's harm). */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  maxConnections: 10_000,
  idleTimeoutMs: Infinity,
  maxPending: 1000,
});
