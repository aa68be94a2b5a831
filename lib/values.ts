/**
 * Values as people write them: durations, sizes, rates, percentages, counts, seeds, to numbers and back.
 * Flags, thresholds and scenario files read them alike. It knows no flag: who calls says which one was wrong.
 * Every parser throws a `RangeError` that gives the text found and the form wanted.
 *
 * This module performs no I/O.
 *
 * @module
 */

/** Microseconds in each unit of time. */
const TIME_UNITS: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
};

/** Bytes in each unit of size, by lower-case name: KB counts in thousands, KiB in 1024s (IEC 80000-13). */
const SIZE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** Seconds in each unit of a rate. */
const RATE_UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

function refuse(text: string, what: string, wanted: string): never {
  throw new RangeError(`Cannot read '${text}' as ${what}: wanted ${wanted}`);
}

/** A decimal rounded to at most `digits` places, without trailing zeros. */
function decimal(number: number, digits: number): string {
  return String(Number(number.toFixed(digits)));
}

/**
 * A duration in milliseconds: `500us`, `250ms`, `1.5s`, `2m`, `1h`, `1m30s`, and a bare `0`.
 *
 * @example
 * ```ts
 * import { parseDuration } from "./values.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseDuration("1m30s"), 90_000);
 * ```
 */
export function parseDuration(text: string): number {
  if (text === "0") return 0;
  if (!/^(\d+(\.\d+)?(us|ms|s|m|h))+$/.test(text)) {
    refuse(text, "a duration", "a number and a unit, such as 250ms, 5s, 2m or 1h");
  }
  let us = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)([a-z]+)/g)) us += Number(number) * TIME_UNITS[unit];
  // To whole nanoseconds, so that 1.1s is 1100 and not a hair more.
  return Math.round(us * 1000) / 1e6;
}

/**
 * Milliseconds as people write them, to the microsecond below a second and to the millisecond above.
 *
 * @example
 * ```ts
 * import { formatDuration } from "./values.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatDuration(90_000), "1m30s");
 * assert.equal(formatDuration(0.25), "250us");
 * ```
 */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  const us = Math.round(ms * 1000);
  if (us === 0) return "0s";
  if (us < 1000) return `${us}us`;
  if (us < 1_000_000) return `${us / 1000}ms`;
  // From here on whole milliseconds: rounding them first keeps 59.9999 s from becoming "60s".
  const whole = Math.round(us / 1000);
  if (whole < 60_000) return `${whole / 1000}s`;
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor(whole / 60_000) % 60;
  const seconds = whole % 60_000 / 1000;
  return (hours > 0 ? `${hours}h` : "") + (minutes > 0 ? `${minutes}m` : "") + (seconds > 0 ? `${seconds}s` : "");
}

/**
 * A number of bytes: `512`, `512B`, `64KB` (64,000), `64KiB` (65,536), `1.5MB`, `16MiB`, `1GiB`; case does not matter.
 *
 * @example
 * ```ts
 * import { parseSize } from "./values.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseSize("64KB"), 64_000);
 * assert.equal(parseSize("16MiB"), 16_777_216);
 * ```
 */
export function parseSize(text: string): number {
  const wanted = "whole bytes, such as 512, 64KB (thousands), 64KiB (1024s) or 16MiB";
  const found = /^(\d+(?:\.\d+)?)([a-z]*)$/i.exec(text);
  const unit = found === null ? undefined : SIZE_UNITS[found[2].toLowerCase()];
  if (found === null || unit === undefined) refuse(text, "a size", wanted);
  const product = Number(found[1]) * unit;
  const bytes = Math.round(product);
  // 2.01 * 1e9 misses a whole number by rounding alone; 1.0005 * 1000 really is none.
  if (!Number.isSafeInteger(bytes) || Math.abs(product - bytes) > 1e-4) refuse(text, "a size", wanted);
  return bytes;
}

/**
 * A number of bytes as people write it: exact where it is a whole number of KiB, MiB or GiB, else
 * in thousands to three digits.
 *
 * @example
 * ```ts
 * import { formatSize } from "./values.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatSize(16_777_216), "16MiB");
 * assert.equal(formatSize(1_234_567), "1.23MB");
 * ```
 */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes}B`;
  for (const unit of ["GiB", "MiB", "KiB"]) {
    if (bytes % SIZE_UNITS[unit.toLowerCase()] === 0) return `${bytes / SIZE_UNITS[unit.toLowerCase()]}${unit}`;
  }
  for (const unit of ["GB", "MB"]) {
    const size = SIZE_UNITS[unit.toLowerCase()];
    if (bytes >= size * 0.9995) return `${Number((bytes / size).toPrecision(3))}${unit}`;
  }
  return `${Number((bytes / 1000).toPrecision(3))}KB`;
}

/**
 * A rate per second, above zero: `500/s`, `6/m`, `10000/h`; a bare number is per second.
 *
 * @example
 * ```ts
 * import { parseRate } from "./values.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseRate("6/m"), 0.1);
 * ```
 */
export function parseRate(text: string): number {
  const found = /^(\d[\d_]*(?:\.\d+)?)(?:\/([smh]))?$/.exec(text);
  const rate = found === null ? 0 : Number(found[1].replaceAll("_", "")) / RATE_UNITS[found[2] ?? "s"];
  if (!(rate > 0 && rate < Infinity)) {
    refuse(text, "a rate", "a number above 0 and a unit, such as 500/s, 6/m or 10000/h");
  }
  return rate;
}

/**
 * A rate per second as people write it, in the unit in which it is at least 1.
 *
 * @example
 * ```ts
 * import { formatRate } from "./values.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatRate(500), "500/s");
 * assert.equal(formatRate(0.1), "6/m");
 * ```
 */
export function formatRate(perSecond: number): string {
  if (perSecond === 0 || perSecond >= 1) return `${decimal(perSecond, 2)}/s`;
  return perSecond >= 1 / 60 ? `${decimal(perSecond * 60, 2)}/m` : `${decimal(perSecond * 3600, 2)}/h`;
}

/**
 * Bytes per second, above zero: a size and a unit of time, such as `64KB/s`, `1MiB/s` or `600B/m`.
 *
 * @example
 * ```ts
 * import { parseByteRate } from "./values.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseByteRate("64KB/s"), 64_000);
 * ```
 */
export function parseByteRate(text: string): number {
  const [, number, size = "?", time = ""] = /^(\d+(?:\.\d+)?)([a-z]*)\/([smh])$/i.exec(text) ?? [];
  const rate = Number(number) * SIZE_UNITS[size.toLowerCase()] / RATE_UNITS[time];
  if (!(rate > 0)) refuse(text, "a rate of bytes", "a size above 0 and a unit of time, such as 64KB/s or 1MiB/m");
  return rate;
}

/**
 * Bytes per second as people write them.
 *
 * @example
 * ```ts
 * import { formatByteRate } from "./values.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatByteRate(64_000), "64KB/s");
 * ```
 */
export function formatByteRate(perSecond: number): string {
  return perSecond < 1 ? `${formatSize(Math.round(perSecond * 3600))}/h` : `${formatSize(Math.round(perSecond))}/s`;
}

/**
 * A percentage from `0%` to `100%`, as a fraction of 1.
 *
 * @example
 * ```ts
 * import { parsePercent } from "./values.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parsePercent("0.5%"), 0.005);
 * ```
 */
export function parsePercent(text: string): number {
  const found = /^(\d+(?:\.\d+)?)%$/.exec(text);
  const fraction = found === null ? NaN : Number(found[1]) / 100;
  if (!(fraction <= 1)) refuse(text, "a percentage", "0% to 100%, such as 0.5%");
  return fraction;
}

/**
 * A fraction as a percentage, to two places.
 *
 * @example
 * ```ts
 * import { formatPercent } from "./values.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatPercent(0.005), "0.5%");
 * ```
 */
export function formatPercent(fraction: number): string {
  return `${decimal(fraction * 100, 2)}%`;
}

/**
 * A whole number from 0 on; `_` may stand between digits (`1_000_000`).
 *
 * @example
 * ```ts
 * import { parseCount } from "./values.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseCount("1_000"), 1000);
 * ```
 */
export function parseCount(text: string): number {
  const count = /^\d+(_\d+)*$/.test(text) ? Number(text.replaceAll("_", "")) : NaN;
  if (!Number.isSafeInteger(count)) refuse(text, "a count", "a whole number, such as 100 or 1_000_000");
  return count;
}

/**
 * A whole number from 1 on, for counts of which zero makes no sense (connections, messages in flight).
 *
 * @example
 * ```ts
 * import { parsePositive } from "./values.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parsePositive("8"), 8);
 * ```
 */
export function parsePositive(text: string): number {
  const count = /^\d+(_\d+)*$/.test(text) ? Number(text.replaceAll("_", "")) : NaN;
  if (!(Number.isSafeInteger(count) && count)) refuse(text, "a count", "a whole number from 1 on, such as 8 or 1_000");
  return count;
}

/**
 * A whole number with thousands set apart by commas.
 *
 * @example
 * ```ts
 * import { formatCount } from "./values.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatCount(1234567), "1,234,567");
 * ```
 */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * A seed: a whole number below 2^32, decimal or with `0x`.
 *
 * @example
 * ```ts
 * import { parseSeed } from "./values.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseSeed("0xff"), 255);
 * ```
 */
export function parseSeed(text: string): number {
  const seed = /^(\d+|0x[\da-f]+)$/i.test(text) ? Number(text) : NaN;
  if (!(seed < 2 ** 32)) refuse(text, "a seed", "a whole number below 4294967296");
  return seed;
}

/**
 * A moment, in milliseconds since 1970: ISO 8601 with a zone (`2026-11-22T18:30:00Z`, `...+01:00`), `HH:MM[:SS]`
 * of today in the local zone, `+30s` from now, or `@1790000000`, seconds since 1970.
 *
 * @param nowMs now, in milliseconds since 1970
 *
 * @example
 * ```ts
 * import { parseMoment } from "./values.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseMoment("+30s", 1_000), 31_000);
 * assert.equal(parseMoment("@1790000000", 0), 1_790_000_000_000);
 * assert.equal(parseMoment("1970-01-01T01:00:01+01:00", 0), 1_000);
 * ```
 */
export function parseMoment(text: string, nowMs: number): number {
  if (/^\+./.test(text)) return nowMs + parseDuration(text.slice(1));
  if (/^@\d{1,11}(\.\d{1,3})?$/.test(text)) return Math.round(Number(text.slice(1)) * 1000);
  const clock = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  if (clock !== null) return new Date(nowMs).setHours(Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0), 0);
  const iso = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:?\d\d)$/.exec(text);
  const ms = iso === null ? NaN : Date.parse(`${iso[1]}T${iso[2]}${iso[3].replace(/(\d\d)(\d\d)$/, "$1:$2")}`);
  // Engines differ in whether the 31st of a short month is none or the next day.
  const dayMs = iso === null ? NaN : Date.parse(`${iso[1]}T00:00:00Z`);
  if (Number.isNaN(ms) || new Date(dayMs).toISOString().slice(0, 10) !== iso?.[1]) {
    refuse(text, "a time", "2026-11-22T18:30:00Z (or with another zone), 18:30 (today), +30s, or @1790000000");
  }
  return ms;
}

/**
 * How many single-character edits (insert, delete, replace, swap of neighbours) lie between two words.
 *
 * @example
 * ```ts
 * import { editDistance } from "./values.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(editDistance("recieve", "receive"), 1);
 * ```
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}

/**
 * The candidate a mistyped word most likely means: one that it begins, or the one with the fewest
 * edits, if they are at most `limit` (a third of the word, and at least 2). `null` if none is near.
 *
 * @example
 * ```ts
 * import { nearest } from "./values.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(nearest("--tmieout", ["--timeout", "--retries"]), "--timeout");
 * assert.equal(nearest("--time", ["--timeout", "--tls"]), "--timeout");
 * assert.equal(nearest("xyzzy", ["--timeout"]), null);
 * ```
 */
export function nearest(
  word: string,
  candidates: Iterable<string>,
  limit: number = Math.max(2, Math.floor(word.length / 3)),
): string | null {
  let best: string | null = null;
  let fewest = Infinity;
  for (const candidate of candidates) {
    // A beginning counts as half an edit: better than any mistake, behind the word itself.
    const begun = word.length > 2 && candidate.startsWith(word) && candidate !== word;
    const sameLetters = candidate.toLowerCase() === word.toLowerCase();
    const edits = begun || sameLetters ? 0.5 : editDistance(word, candidate);
    if (edits < fewest && edits <= limit) [best, fewest] = [candidate, edits];
  }
  return best;
}
