/**
 * What a run is to do, as one value. Pacing, the end, and where response times are counted from are
 * values in it: the loop (attack.ts) is the same for all.
 *
 * @module
 */
import type { Link } from "../link/link.ts";
import type { Transport } from "../transport/transport.ts";
import { formatRate } from "../values.ts";
import { type Backoff, DEFAULT_BACKOFF } from "./backoff.ts";
import { Feed } from "./feed.ts";
import type { MessageSource } from "./message_source.ts";
import type { Pacer } from "./pacer.ts";
import type { LoadDescription } from "./result.ts";
import type { RateSearch } from "./search.ts";
import { type StopRule, UNTIL_STOPPED } from "./stop_rule.ts";
import type { Threshold } from "./threshold.ts";

/** What must be said. */
export interface PlanBasics {
  /** The target as people read it; it stands in the report. */
  readonly target: string;
  /** Opens a stream for connection number `index`, from 0 on; rejects with a `TransportError`. */
  readonly connect: (signal: AbortSignal, index: number) => Promise<Transport>;
  /** A fresh link for each stream. */
  readonly makeLink: () => Link;
  /** Where the messages come from; of a plain list, one after the other, each with an id and a time stamp of its own. */
  readonly messages: MessageSource | readonly Uint8Array[];
}

/**
 * What becomes of messages that are late, because the target or this machine stalled: all are sent as
 * soon as a connection is free; those more than 10 ms late go out such that never more than twice
 * the rate is sent; those more than 100 ms late are dropped (load.md section 1; the figures are our decision).
 */
export type CatchUp = "full" | "2x" | "none";

/** What has a default. */
export interface PlanChoices {
  /** The schedule of arrivals; null is a closed loop: each place sends its next message when it has its answer. */
  readonly pacer: Pacer | null;
  readonly stop: StopRule;
  /** How the load is called in reports; null: worked out from the pacer. */
  readonly load: LoadDescription | null;
  /** Finds the highest rate that holds; it steers the pacer, and ends the run. Needs one. */
  readonly search: RateSearch | null;
  readonly catchUp: CatchUp;
  /** Load before t0, with statistics of its own, for so many milliseconds. */
  readonly warmupMs: number;
  /** t0, in milliseconds since 1970; null: as soon as connections are open and warm. */
  readonly startAtMs: number | null;
  /**
   * One of several machines: this one's messages are those whose number modulo `of` is `index`. The pacer
   * and the stop rule are this machine's own share.
   */
  readonly shard: { readonly index: number; readonly of: number } | null;
  /** Connections opened per second at most; null: as fast as they open. */
  readonly connectRate: number | null;
  /** How many connections; with one for each message, how many at a time. */
  readonly connections: number;
  /** How many messages wait for their acknowledgement on one connection at most. */
  readonly inFlight: number;
  readonly connectionPerMessage: boolean;
  /** How long to wait for an acknowledgement, in milliseconds. */
  readonly timeoutMs: number;
  /** How long nothing may come on a connection before its link has confirmed a message; Infinity: the link's own timers alone decide. */
  readonly deliveryTimeoutMs: number;
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
  /** Send the messages of a plain list as they are, without ids and times of their own. */
  readonly raw: boolean;
  readonly thresholds: readonly Threshold[];
  /** The version of the program, for the report. */
  readonly version: string;
}

/** A plan as it is written. */
export type LoadPlan = PlanBasics & Partial<PlanChoices>;

/** A plan with nothing left open. */
export type WholePlan = Omit<PlanBasics, "messages"> & Omit<PlanChoices, "load"> & {
  readonly messages: MessageSource;
  readonly load: LoadDescription;
};

/** The defaults of every choice. The queue holds 100,000 arrivals: at 1,000/s more than a minute and a half of a target that hangs (our decision). */
export const PLAN_DEFAULTS: PlanChoices = Object.freeze({
  pacer: null,
  stop: UNTIL_STOPPED,
  load: null,
  search: null,
  catchUp: "full",
  warmupMs: 0,
  startAtMs: null,
  shard: null,
  connectRate: null,
  connections: 1,
  inFlight: 1,
  connectionPerMessage: false,
  timeoutMs: 5000,
  deliveryTimeoutMs: Infinity,
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
  const { messages } = plan;
  const { load, ...choices } = { ...PLAN_DEFAULTS, ...plan };
  const whole = {
    ...choices,
    messages: "render" in messages ? messages : new Feed(messages, { seed: choices.seed, raw: choices.raw }),
    load: load ?? describe(choices.pacer),
  };
  const counted = { connections: whole.connections, inFlight: whole.inFlight, maxQueue: whole.maxQueue };
  for (const [name, count] of Object.entries(counted)) {
    if (!(Number.isSafeInteger(count) && count >= 1)) {
      throw new RangeError(`Cannot use ${count} as ${name}: wanted a whole number from 1 on`);
    }
  }
  if (whole.connectionPerMessage && whole.inFlight > 1) {
    throw new RangeError(`Cannot keep ${whole.inFlight} messages in flight on a connection that carries one message`);
  }
  const source: MessageSource = whole.messages;
  if (
    source.laneOf !== undefined && whole.inFlight > 1 && whole.onTimeout === "reconnect" && whole.retries > 0
  ) {
    throw new RangeError(
      "Cannot keep the order of messages if one that timed out is sent again behind those in flight: " +
        "wanted one in flight, no retries, or connections that are kept",
    );
  }
  if (!(whole.timeoutMs > 0)) throw new RangeError(`Cannot wait ${whole.timeoutMs} ms for an acknowledgement`);
  if (whole.search !== null && whole.pacer === null) {
    throw new RangeError("Cannot search for a rate in a closed loop: wanted a rate to begin with");
  }
  return whole;
}

function describe(pacer: Pacer | null): LoadDescription {
  if (pacer === null) return { kind: "closed", text: "", arrivals: "regular" };
  return { kind: "constant", text: formatRate(pacer.rateAt(0)), arrivals: "regular" };
}
