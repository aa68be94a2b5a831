/**
 * What a run is to do, as one value. Pacing, the end, and where response times are counted from are
 * values in it: the loop (attack.ts) is the same for all.
 *
 * @module
 */
import type { Link } from "../link/link.ts";
import type { Transport } from "../transport/transport.ts";
import { type Backoff, DEFAULT_BACKOFF } from "./backoff.ts";
import type { Pacer } from "./pacer.ts";
import { type StopRule, UNTIL_STOPPED } from "./stop_rule.ts";
import type { Threshold } from "./threshold.ts";

/** What must be said. */
export interface PlanBasics {
  /** The target as people read it; it stands in the report. */
  readonly target: string;
  /** Opens a stream; rejects with a `TransportError`. */
  readonly connect: (signal: AbortSignal) => Promise<Transport>;
  /** A fresh link for each stream. */
  readonly makeLink: () => Link;
  /** Templates, sent in turn. */
  readonly messages: readonly Uint8Array[];
}

/** What has a default. */
export interface PlanChoices {
  /** The schedule of arrivals; null is a closed loop: each place sends its next message when it has its answer. */
  readonly pacer: Pacer | null;
  readonly stop: StopRule;
  /** How many connections; with one for each message, how many at a time. */
  readonly connections: number;
  /** How many messages wait for their acknowledgement on one connection at most. */
  readonly inFlight: number;
  readonly connectionPerMessage: boolean;
  /** How long to wait for an acknowledgement, in milliseconds. */
  readonly timeoutMs: number;
  /** What becomes of the connection then. */
  readonly onTimeout: "keep" | "reconnect";
  /** What settles a message: its own acknowledgement, or whatever comes. */
  readonly match: "id" | "any";
  /** How often a message is sent again after the loss of its connection. */
  readonly retries: number;
  readonly backoff: Backoff;
  /** How long to wait, after the stop, for what is on its way. */
  readonly drainMs: number;
  /** How many arrivals wait for a free connection at most. */
  readonly maxQueue: number;
  readonly seed: number;
  /** Send the messages as they are, without ids and times of their own. */
  readonly raw: boolean;
  readonly thresholds: readonly Threshold[];
  /** The version of the program, for the report. */
  readonly version: string;
}

/** A plan as it is written. */
export type LoadPlan = PlanBasics & Partial<PlanChoices>;

/** A plan with nothing left open. */
export type WholePlan = PlanBasics & PlanChoices;

/** The defaults of every choice. The queue holds 100,000 arrivals: at 1,000/s more than a minute and a half of a target that hangs (our decision). */
export const PLAN_DEFAULTS: PlanChoices = Object.freeze({
  pacer: null,
  stop: UNTIL_STOPPED,
  connections: 1,
  inFlight: 1,
  connectionPerMessage: false,
  timeoutMs: 5000,
  onTimeout: "keep",
  match: "id",
  retries: 0,
  backoff: DEFAULT_BACKOFF,
  drainMs: 30_000,
  maxQueue: 100_000,
  seed: 0,
  raw: false,
  thresholds: [],
  version: "",
});

/**
 * The plan with its defaults. Throws a `RangeError` for a number that cannot be.
 *
 * @example
 * ```ts
 * import { completePlan } from "./plan.ts";
 * import { linkMaker } from "../link/make.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const plan = completePlan({
 *   target: "tcp://127.0.0.1:2575",
 *   connect: () => Promise.reject(new Error("not in this example")),
 *   makeLink: linkMaker(),
 *   messages: [utf8("MSH|^~\\&|ADT|||||||ADT^A01|X|P|2.5\r")],
 * });
 * assert.equal(plan.timeoutMs, 5000);
 * ```
 */
export function completePlan(plan: LoadPlan): WholePlan {
  const whole = { ...PLAN_DEFAULTS, ...plan };
  const counted = { connections: whole.connections, inFlight: whole.inFlight, maxQueue: whole.maxQueue };
  for (const [name, count] of Object.entries(counted)) {
    if (!(Number.isSafeInteger(count) && count >= 1)) {
      throw new RangeError(`Cannot use ${count} as ${name}: wanted a whole number from 1 on`);
    }
  }
  if (whole.connectionPerMessage && whole.inFlight > 1) {
    throw new RangeError(`Cannot keep ${whole.inFlight} messages in flight on a connection that carries one message`);
  }
  if (!(whole.timeoutMs > 0)) throw new RangeError(`Cannot wait ${whole.timeoutMs} ms for an acknowledgement`);
  return whole;
}
