/**
 * The scenario: everything that decides what a mock receiver does, as one value. Flags become one
 * (`from_flags.ts`), and there is no other way to tell a receiver anything about its behaviour.
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
import type { ReplyTable } from "./reply.ts";

/** Where messages are taken, and in which framing. */
export interface ListenerSpec {
  readonly endpoint: Endpoint;
  readonly link: LinkOptions;
  /** For a `tls` endpoint; `null` for the other kinds. */
  readonly tls: TlsServerOptions | null;
}

/** Which of the messages a rule decides on. */
export interface Trigger {
  /** The fraction of the messages, 0 to 1, drawn for each message by its control id and attempt. */
  readonly chance: number;
}

/** What is done with some of the messages. */
export interface Rule {
  /** Its name in draws, counters and events; unique in the scenario. */
  readonly id: string;
  /** The kind of event it looks at. */
  readonly on: "message";
  readonly trigger: Trigger;
  /** Steps, strictly in order. */
  readonly do: readonly StepSpec[];
  /** `continue` contributes the steps and lets later rules decide too; `stop` decides. */
  readonly then: "stop" | "continue";
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
}

/** A scenario; a plain value, never changed. */
export interface Scenario {
  /** Of all draws. */
  readonly seed: number;
  readonly listeners: readonly ListenerSpec[];
  readonly defaults: Defaults;
  /** Tried in order for each message that is not an acknowledgement itself. */
  readonly rules: readonly Rule[];
  readonly limits: Limits;
}

/** The limits where nothing else is asked for (our decision: a test bench's worth of connections; a silent client is nobody's harm). */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  maxConnections: 10_000,
  idleTimeoutMs: Infinity,
  maxPending: 1000,
});
