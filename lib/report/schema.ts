/**
 * What a run document (`mllp.run/1`, cli.md) is, as a schema: documents are read with it, and the
 * published JSON Schema is made of it. That it describes `RunDocument`, no more and no less, is
 * checked where it is compiled. Keys it does not know are let pass: additions are welcome.
 *
 * The message of each part is what was wanted there, so that `readRun` can say it.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import type { RunDocument } from "../load/result.ts";
import { type Outcome, OUTCOMES } from "../outcome.ts";

const COUNT = "a whole number from 0 on";
const NUMBER = "a number from 0 on";

const text = v.string("a text");
const flag = v.boolean("true or false");
const count = v.pipe(v.number(COUNT), v.safeInteger(COUNT), v.minValue(0, COUNT));
const positive = v.pipe(
  v.number("a whole number from 1 on"),
  v.safeInteger("a whole number from 1 on"),
  v.minValue(1, "a whole number from 1 on"),
);
const number = v.pipe(v.number(NUMBER), v.minValue(0, NUMBER));
const anyNumber = v.number("a number");
const time = v.pipe(text, v.isoTimestamp("a time such as 2026-01-31T12:00:00.000Z"));

function about<S extends v.GenericSchema>(schema: S, description: string) {
  return v.pipe(schema, v.description(description));
}

function list<S extends v.GenericSchema>(schema: S) {
  return v.array(schema, "a list");
}

function object<E extends v.ObjectEntries>(entries: E) {
  return v.object(entries, "an object");
}

function oneOf<const W extends readonly string[]>(...words: W) {
  return v.picklist(words, `one of ${words.join(", ")}`);
}

const counts = v.record(v.string(), count, "an object");
const outcomes = object(
  Object.fromEntries(OUTCOMES.map((name) => [name, count])) as Record<Outcome, typeof count>,
);

const latencyRow = about(
  object({
    count,
    min: number,
    mean: number,
    p50: number,
    p90: number,
    p95: number,
    p99: number,
    p99_9: number,
    max: number,
  }),
  "One histogram in figures, in microseconds; all zero when count is zero",
);

const intervalFigures = about(
  object({ p50: number, p90: number, p99: number, max: number }),
  "Microseconds; all zero where nothing was measured",
);

const interval = object({
  start: about(number, "Seconds from t0"),
  length: about(number, "Seconds"),
  sent: count,
  acknowledged: count,
  accepted: count,
  errors: about(count, "Every outcome but accepted"),
  in_flight: count,
  queue: count,
  open: count,
  asked: v.optional(about(v.nullable(number), "Messages per second, on average; null in a closed loop")),
  failures: v.optional(about(v.partial(outcomes), "The outcomes but accepted; what did not happen is left out")),
  service: intervalFigures,
  response: v.nullable(intervalFigures),
  lag: v.nullable(intervalFigures),
  generator_limited: about(flag, "Whether the generator, not the target, was the limit"),
});

const shard = object({ index: count, of: positive });

const warmup = object({
  duration_s: number,
  planned: count,
  sent: count,
  outcomes,
  service: latencyRow,
  connect: latencyRow,
});

const searchStep = object({
  asked: about(number, "Messages per second"),
  achieved: about(number, "Messages per second"),
  start_s: number,
  duration_s: number,
  value: about(v.nullable(anyNumber), "The metric's value, as in thresholds; null when nothing of it was measured"),
  holds: flag,
  why: text,
});

const search = object({
  expr: text,
  rate: about(v.nullable(number), "The highest rate at which it held, per second; null if it held at none"),
  verdict: text,
  steps: list(searchStep),
});

const histogram = v.pipe(text, v.base64("base64"));
const histograms = object({
  encoding: v.literal("HdrHistogram V2, deflate, base64", "HdrHistogram V2, deflate, base64"),
  lag: v.nullable(histogram),
  service: histogram,
  response: v.nullable(histogram),
  negative: histogram,
  connect: histogram,
  unsent: histogram,
  ack: v.record(v.string(), histogram, "an object"),
});

/** The parts that stand at several places, by the names that the published schema has for them. */
export const runParts = { outcomes, latencyRow, intervalFigures, histogram } as const;

/**
 * The schema. What it reads is a `RunDocument`.
 *
 * @example
 * ```ts
 * import { runSchema } from "./schema.ts";
 * import { safeParse } from "valibot";
 * import assert from "node:assert/strict";
 *
 * assert.equal(safeParse(runSchema, { schema: "mllp.run/1" }).success, false);
 * ```
 */
export const runSchema = v.pipe(
  object({
    schema: v.literal("mllp.run/1", "mllp.run/1"),
    version: about(text, "The version of mllp that wrote it"),
    target: about(text, "The endpoint that was sent to"),
    seed: about(count, "The same seed and the same messages give the same bytes but for time stamps"),
    model: about(oneOf("closed", "rate"), "closed: each connection sends its next message when it has its answer"),
    load: v.optional(object({
      kind: oneOf("closed", "constant", "stages", "burst", "search"),
      text: about(text, "As asked for, such as 200/s or 30s@50,2m@50..500; empty in a closed loop"),
      arrivals: oneOf("regular", "poisson"),
    })),
    shard: v.optional(about(shard, "One of several machines: message k was its own if k mod of is index")),
    merged: v.optional(about(positive, "How many runs were added up")),
    parts: v.optional(about(
      list(object({ started: time, seed: count, shard: v.optional(shard), duration_s: number, planned: count })),
      "The runs that were added up, each as it was",
    )),
    started: about(time, "t0: ISO 8601, UTC"),
    duration_s: about(number, "Seconds from t0 to the stop, drain not included"),
    interrupted: about(v.nullable(oneOf("SIGINT", "SIGTERM", "q")), "The signal, or the key, that ended the run"),
    planned: about(count, "Arrivals due by the stop; in a closed loop, messages sent"),
    sent: count,
    outcomes: about(outcomes, "Each planned message came to exactly one: they add up to planned"),
    acks: about(counts, "Count by acknowledgement code (MSA-1) as sent by the peer"),
    anomalies: about(
      object({
        stale: count,
        duplicate: count,
        unsolicited: count,
        wrong_id: count,
        no_msa: count,
        late: count,
        commit: count,
      }),
      "Acknowledgements that answered nothing that waited",
    ),
    warnings: v.optional(about(counts, "Deviations that were tolerated, by word")),
    retries: count,
    resending: v.optional(object({ retries: count, on_timeout: oneOf("keep", "reconnect") })),
    rate: about(
      object({ asked: v.nullable(number), achieved: number }),
      "Messages per second; asked is null in a closed loop",
    ),
    latency_us: object({
      lag: about(v.nullable(latencyRow), "Send minus due; null in a closed loop"),
      service: about(latencyRow, "Acknowledgement minus write: the target's"),
      response: about(v.nullable(latencyRow), "Acknowledgement minus due; null in a closed loop"),
      negative: about(latencyRow, "Of AE, AR, CE, CR alone"),
      connect: latencyRow,
      unsent: v.optional(about(latencyRow, "How long the messages that were never sent had been due")),
      ack: v.optional(about(v.record(v.string(), latencyRow, "an object"), "Service time by acknowledgement code")),
    }),
    connections: object({
      asked: count,
      open: about(count, "Open at the stop"),
      reconnects: count,
      in_flight: about(count, "Messages that may wait for their answer on each"),
      per_message: flag,
      blocked_s: v.optional(about(number, "Seconds, over all connections, in which the peer did not read")),
    }),
    generator: about(
      object({
        verdict: about(text, "healthy, or what was wrong, in words"),
        reasons: list(text),
        cpu: about(number, "Percent of one core"),
        longest_gap_us: number,
        limited_s: v.optional(about(number, "Seconds in which the generator was the limit")),
      }),
      "Whether the generator, not the target, was the limit",
    ),
    warmup: v.optional(about(v.nullable(warmup), "Measured apart, and not counted anywhere else")),
    search: v.optional(v.nullable(search)),
    steering: v.optional(about(
      list(object({ at_s: number, speed: number })),
      "What was changed by hand: the schedule went on at speed times its rate from then on",
    )),
    deliveries: v.optional(list(object({ to: text, delivered: count, lost: count, note: text }))),
    errors: about(
      v.pipe(list(object({ text, count, first_seen_s: number })), v.maxLength(10, "at most 10")),
      "Texts of negative acknowledgements and failures, most frequent first",
    ),
    thresholds: list(object({
      expr: text,
      pass: about(flag, "False when the expression came true"),
      value: about(
        v.nullable(anyNumber),
        "Microseconds, a count, a fraction of planned (of asked for rate), or per second; null: nothing measured",
      ),
      stopped: v.optional(about(v.literal(true, "true"), "Present where it ended the run before its time")),
    })),
    histograms: v.optional(about(histograms, "The counts, so that runs can be added up exactly; microseconds")),
    intervals: about(list(interval), "The run second by second; coarser after an hour"),
  }),
  v.title("A run of mllp spam"),
  v.description("Written by mllp spam --json and --out; keys may be added, and what is unknown is to be passed over"),
);

// The checks below compare without `readonly`; with every key required, so that none is missing on either side; and
// as they are, so that no key is optional on one side alone.
type Plain<T> = T extends readonly (infer E)[] ? Plain<E>[]
  : T extends object ? { -readonly [K in keyof T]: Plain<T[K]> }
  : T;
type Whole<T> = T extends (infer E)[] ? Whole<E>[]
  : T extends object ? { [K in keyof T]-?: Whole<T[K]> }
  : T;
type Same<A, B> = [A, B] extends [B, A] ? true : never;

type Read = v.InferOutput<typeof runSchema>;
const _agree: Same<Plain<RunDocument>, Plain<Read>> & Same<Whole<Plain<RunDocument>>, Whole<Plain<Read>>> = true;
