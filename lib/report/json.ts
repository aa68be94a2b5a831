/**
 * The run document as text (`mllp.run/1`, cli.md): the same run gives the same bytes, whatever made it.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { RunDocument } from "../load/result.ts";
import { OUTCOMES } from "../outcome.ts";
import { jsonText } from "../text.ts";

// The contract's own order; a key that is not listed comes after, by name. So do the words that are
// keys of `acks`, `warnings`, `latency_us.ack` and `histograms.ack`.
const ORDER: readonly string[] = [
  "schema",
  "version",
  "target",
  "seed",
  "model",
  "load",
  "shard",
  "merged",
  "parts",
  "started",
  "duration_s",
  "interrupted",
  "planned",
  "sent",
  "outcomes",
  "acks",
  "anomalies",
  "warnings",
  "retries",
  "resending",
  "rate",
  "latency_us",
  "connections",
  "generator",
  "warmup",
  "search",
  "steering",
  "deliveries",
  "errors",
  "thresholds",
  "histograms",
  "intervals",
];

const ORDERS: Readonly<Record<string, readonly string[]>> = {
  "": ORDER,
  load: ["kind", "text", "arrivals"],
  shard: ["index", "of"],
  parts: ["started", "seed", "shard", "duration_s", "planned"],
  "parts.shard": ["index", "of"],
  outcomes: OUTCOMES,
  anomalies: ["stale", "duplicate", "unsolicited", "wrong_id", "no_msa", "late", "commit"],
  resending: ["retries", "on_timeout"],
  rate: ["asked", "achieved"],
  latency_us: ["lag", "service", "response", "negative", "connect", "unsent", "ack"],
  connections: ["asked", "open", "reconnects", "in_flight", "per_message", "blocked_s"],
  generator: ["verdict", "reasons", "cpu", "longest_gap_us", "limited_s"],
  warmup: ["duration_s", "planned", "sent", "outcomes", "service", "connect"],
  "warmup.outcomes": OUTCOMES,
  search: ["expr", "rate", "verdict", "steps"],
  "search.steps": ["start_s", "duration_s", "asked", "achieved", "value", "holds", "why"],
  steering: ["at_s", "speed"],
  deliveries: ["to", "delivered", "lost", "note"],
  errors: ["text", "count", "first_seen_s"],
  thresholds: ["expr", "pass", "value", "stopped"],
  histograms: ["encoding", "lag", "service", "response", "negative", "connect", "unsent", "ack"],
  intervals: [
    "start",
    "length",
    "asked",
    "sent",
    "acknowledged",
    "accepted",
    "errors",
    "failures",
    "in_flight",
    "queue",
    "open",
    "service",
    "response",
    "lag",
    "generator_limited",
  ],
  "intervals.failures": OUTCOMES,
};

/** The figures of a histogram, wherever they stand. */
const FIGURES: readonly string[] = ["count", "min", "mean", "p50", "p90", "p95", "p99", "p99_9", "max"];

/**
 * The run document with its keys in the contract's order, ready for `JSON.stringify`. Throws a
 * `TypeError` for a number that JSON cannot hold, because it would be written as null.
 *
 * @example
 * ```ts
 * import { canonicalRun } from "./json.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const run = { target: "tcp://127.0.0.1:2575", schema: "mllp.run/1" } as RunDocument;
 * assert.deepEqual(Object.keys(canonicalRun(run)), ["schema", "target"]);
 * ```
 */
export function canonicalRun(run: RunDocument): RunDocument {
  return canonical(run, []) as RunDocument;
}

/**
 * The run document as JSON: indented by two, each interval on a line of its own, a line end last.
 *
 * @example
 * ```ts
 * import { runJson } from "./json.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const run = { intervals: [{ start: 0 }], schema: "mllp.run/1" } as unknown as RunDocument;
 * assert.equal(runJson(run), '{\n  "schema": "mllp.run/1",\n  "intervals": [\n    {"start":0}\n  ]\n}\n');
 * ```
 */
export function runJson(run: RunDocument): string {
  const { intervals, ...rest } = canonicalRun(run);
  const head = jsonText(rest, 2).slice(0, -"\n}".length);
  const rows = (intervals ?? []).map((row) => `\n    ${jsonText(row)}`).join(",");
  return `${head},\n  "intervals": [${rows}${rows === "" ? "" : "\n  "}]\n}\n`;
}

function canonical(value: unknown, path: readonly string[]): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TypeError(`Cannot write ${path.join(".")} as JSON: found ${value}, wanted a finite number`);
  }
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((each) => canonical(each, path));
  const known = ORDERS[path.join(".")] ?? FIGURES;
  const source = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(source).filter((key) => source[key] !== undefined);
  keys.sort((a, b) => rank(known, a) - rank(known, b) || (a < b ? -1 : 1));
  return Object.fromEntries(keys.map((key) => [key, canonical(source[key], [...path, key])]));
}

function rank(known: readonly string[], key: string): number {
  const at = known.indexOf(key);
  return at < 0 ? known.length : at;
}
