/**
 * Planned steps as they stand in a journal, read back: each verb with the shape it has, and nothing else. What was written by
 * hand or by another version must not reach who performs steps.
 *
 * This module performs no I/O.
 *
 * # What JSON does not hold
 *
 * `Infinity` stands there as null, and the location of an error with its parts: both are made what they were.
 *
 * @module
 */
import * as v from "valibot";
import { HLLP_NAK_CODES } from "../../lib/framing/hllp_block.ts";
import { ACK_CODES } from "../../lib/hl7/ack_code.ts";
import { parsePath } from "../../lib/hl7/path.ts";
import { parseEndpoint } from "../../lib/transport/endpoint.ts";
import { ENCODINGS } from "../mutate/kinds/charset.ts";
import { UNREAD_WORDS } from "../decide/in_band_text.ts";
import type { Considered } from "../decide/plan.ts";
import type { MutationName, PlannedMutation } from "../mutate/mutation.ts";
import type { PlannedStep, Verb } from "../steps/registry.ts";
import { TLS_WORDS } from "../steps/tls.ts";

/** A schema that reads a `T`. */
type Shape<T> = v.GenericSchema<unknown, T>;

const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const whole = v.pipe(amount, v.integer());
const counted = v.pipe(whole, v.minValue(1));
const fraction = v.pipe(amount, v.maxValue(1));
const forEver = v.pipe(v.nullable(amount), v.transform((found) => found ?? Infinity));
const marked = v.optional(v.literal(true));
const hex = v.pipe(v.string(), v.regex(/^([0-9a-f]{2})+$/));
const code = v.picklist(ACK_CODES);

/** A text that `read` takes. */
function textFor(read: (text: string) => unknown, wanted: string): Shape<string> {
  return v.pipe(
    v.string(),
    v.check((text) => {
      try {
        read(text);
        return true;
      } catch (error) {
        if (error instanceof RangeError) return false;
        throw error;
      }
    }, `wanted ${wanted}`),
  );
}

const path = textFor(parsePath, "a path such as PID-3.1");
const endpoint = textFor(parseEndpoint, "an endpoint such as tcp://127.0.0.1:2576");

/** A kind of step or mutation: its own key, and others. */
const only = <K extends string>(kind: K) => v.strictObject({ kind: v.literal(kind) });
const step = <V extends Verb, E extends v.ObjectEntries>(verb: V, entries: E) =>
  v.strictObject({ verb: v.literal(verb), ...entries });

const MUTATIONS = {
  bom: only("bom"),
  charset: v.strictObject({ kind: v.literal("charset"), to: v.picklist(ENCODINGS) }),
  corrupt: v.strictObject({ kind: v.literal("corrupt"), bytes: whole, draw: fraction }),
  double_start: only("double_start"),
  drop_end_block: only("drop_end_block"),
  drop_end_data: only("drop_end_data"),
  drop_last_cr: only("drop_last_cr"),
  drop_start: only("drop_start"),
  embed_start: v.strictObject({ kind: v.literal("embed_start"), at: fraction }),
  empty_frame: only("empty_frame"),
  end_data: v.strictObject({ kind: v.literal("end_data"), hex }),
  endless: only("endless"),
  keepalive: only("keepalive"),
  not_hl7: v.strictObject({ kind: v.literal("not_hl7"), what: v.picklist(["http", "html", "text"]) }),
  nul_fill: only("nul_fill"),
  pad_to: v.strictObject({ kind: v.literal("pad_to"), bytes: whole }),
  prefix: v.strictObject({ kind: v.literal("prefix"), hex }),
  segment_ends: v.strictObject({ kind: v.literal("segment_ends"), end: v.picklist(["lf", "crlf", "none"]) }),
  separators: v.strictObject({ kind: v.literal("separators"), to: v.pipe(v.string(), v.length(5)) }),
  suffix: v.strictObject({ kind: v.literal("suffix"), hex }),
  truncate: v.strictObject({ kind: v.literal("truncate"), to: fraction }),
} satisfies { [N in MutationName]: Shape<Extract<PlannedMutation, { kind: N }>> };

const mutation: Shape<PlannedMutation> = v.variant("kind", Object.values(MUTATIONS) as never);

const item = v.union([code, v.strictObject({ file: v.string() })]);
const items = v.array(item);

const location = v.union([path, v.pipe(v.object({ text: path }), v.transform(({ text }) => text))]);

const said = v.strictObject({
  text: v.optional(v.string()),
  errors: v.optional(v.array(v.strictObject({
    code: v.union([v.number(), v.string()]),
    location: v.optional(location),
    severity: v.optional(v.picklist(["E", "W", "I", "F"])),
    text: v.optional(v.string()),
    diagnostic: v.optional(v.string()),
  }))),
});

const place = v.union([v.picklist(["start", "rest", "end_block", "end_data"]), v.strictObject({ part: fraction })]);

const pace = v.variant("kind", [
  v.strictObject({ kind: v.literal("bytes"), bytes: v.pipe(whole, v.minValue(1)), everyMs: amount }),
  v.strictObject({ kind: v.literal("chunks"), chunks: v.pipe(whole, v.minValue(1)), overMs: amount }),
  v.strictObject({ kind: v.literal("split"), at: place, pauseMs: amount }),
]);

const way = v.strictObject({
  controlId: v.optional(
    v.union([v.picklist(["empty", "wrong", "previous"]), v.strictObject({ literal: v.string() })]),
  ),
  as: v.optional(v.pipe(v.string(), v.regex(/^[A-Z0-9]+(\^[A-Z0-9]+){0,2}$/))),
  mutate: v.optional(v.array(mutation)),
  stale: marked,
  twice: marked,
  pace: v.optional(pace),
  gather: v.optional(
    v.strictObject({
      kind: v.picklist(["join", "reorder", "swap"]),
      count: v.pipe(whole, v.minValue(1)),
      withinMs: forEver,
    }),
  ),
  via: v.optional(endpoint),
  viaNew: marked,
});

const otherwise = v.picklist(["AE", "AR", "CE", "CR", "hold", "close", "reset"]);
const rates = v.strictObject({ in: v.optional(amount), out: v.optional(amount) });
const after = v.strictObject({
  messages: v.optional(whole),
  bytes: v.optional(whole),
  idleMs: v.optional(amount),
  ageMs: v.optional(amount),
});
const greet = step("greet", { text: v.optional(v.string()), hex: v.optional(hex) });
const ends = { close: step("close", {}), reset: step("reset", {}), half_close: step("half_close", {}) };
const rate = step("rate", { rates });
const stopReading = step("stop_reading", { forMs: v.optional(amount) });
const nested: Shape<readonly PlannedStep[]> = v.lazy(() => plannedSteps);

const STEPS = {
  ...ends,
  accept_delay: step("accept_delay", { ms: amount }),
  aside: step("aside", {}),
  delay: step("delay", { ms: amount }),
  discard: step("discard", {}),
  drop_reply: step("drop_reply", {}),
  bad_bcc: step("bad_bcc", { value: counted }),
  bad_count: step("bad_count", { value: counted }),
  duplicate: step("duplicate", { policy: v.picklist(["accept", "AE", "AR", "cached_ack"]), steps: nested }),
  enq_storm: step("enq_storm", { value: counted }),
  eot: step("eot", { tries: counted }),
  forward: step("forward", { to: endpoint, timeoutMs: amount }),
  greet,
  hold: step("hold", {}),
  late_enq: step("late_enq", { value: counted }),
  later: step("later", {
    after,
    steps: v.array(v.variant("verb", [ends.close, ends.reset, ends.half_close, greet, rate, stopReading])),
  }),
  limit: step("limit", { concurrent: whole, otherwise: v.picklist(["close", "queue", "reset"]) }),
  link_commit: step("link_commit", { word: v.picklist(["ack", "nak", "none", "twice"]) }),
  link_nak: step("link_nak", { tries: counted, code: v.optional(v.picklist(HLLP_NAK_CODES)) }),
  no_eot: step("no_eot", { value: counted }),
  process_time: step("process_time", { ms: amount }),
  queue: step("queue", { depth: whole, otherwise, steps: nested }),
  quota: step("quota", { spec: step("quota", { perSecond: amount, otherwise }), steps: nested }),
  rate,
  reply: step("reply", { items, late: marked, said: v.optional(said), way: v.optional(way) }),
  rint: step("rint", {}),
  send: step("send", { to: place, pace: v.optional(pace), items }),
  stop_reading: stopReading,
  tls: step("tls", { fault: v.picklist(TLS_WORDS) }),
  unchecked: step("unchecked", { value: counted }),
  wrong_ack: step("wrong_ack", {}),
} satisfies { [V in Verb]: Shape<Extract<PlannedStep, { verb: V }>> };

const plannedSteps: Shape<readonly PlannedStep[]> = v.array(v.variant("verb", Object.values(STEPS) as never));

const considered = v.array(v.looseObject({
  rule: v.string(),
  chance: v.number(),
  draw: v.nullable(v.number()),
  held: v.boolean(),
  ordinal: v.optional(v.number()),
  missed: v.optional(
    v.picklist(["order", "time", "rate", "times", "sequence", "chance", "when", "off", ...UNREAD_WORDS]),
  ),
  conditions: v.optional(v.array(v.looseObject({ text: v.string(), held: v.boolean() }))),
})) as Shape<readonly Considered[]>;

/**
 * The planned steps of a line.
 *
 * @throws RangeError for what are none, with the place and what was found
 *
 * @example
 * ```ts
 * import { asPlannedSteps } from "./planned_form.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(asPlannedSteps([{ verb: "delay", ms: 20 }]), [{ verb: "delay", ms: 20 }]);
 * assert.throws(() => asPlannedSteps([{ verb: "delay", ms: -1 }]), /^RangeError: plan\[0\]\.ms: /);
 * ```
 */
export function asPlannedSteps(value: unknown): readonly PlannedStep[] {
  return shaped(plannedSteps, value, "plan");
}

/**
 * The rules that were considered for a line's message.
 *
 * @throws RangeError as `asPlannedSteps` does
 *
 * @example
 * ```ts
 * import { asConsidered } from "./planned_form.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(asConsidered([]), []);
 * assert.throws(() => asConsidered([{ rule: 5 }]), /^RangeError: considered\[0\]\.rule: /);
 * ```
 */
export function asConsidered(value: unknown): readonly Considered[] {
  return shaped(considered, value, "considered");
}

function shaped<T>(shape: Shape<T>, value: unknown, name: string): T {
  const read = v.safeParse(shape, value, { abortEarly: true });
  if (read.success) return read.output;
  const [issue] = read.issues;
  const place = (issue.path ?? []).map(({ key }) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join("");
  if (issue.expected === "never") throw new RangeError(`${name}${place}: there is no such key`);
  const wanted = issue.expected === null || issue.expected === undefined ? issue.message : `wanted ${issue.expected}`;
  const found = issue.received === "undefined" ? "nothing" : issue.received;
  throw new RangeError(`${name}${place}: found ${found}, ${wanted}`);
}
