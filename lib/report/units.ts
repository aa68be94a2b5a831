/**
 * Figures as reports show them: durations with a unit, shares, rates, a row of bars, a text cut to
 * fit. What people write, and may write again, is `lib/values.ts`; these are for reading only.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { formatCount } from "../values.ts";

/**
 * Microseconds to three figures, always with a unit: `312 µs`, `4.21 ms`, `1.90 s`. Whole
 * microseconds below a millisecond, seconds from one second on.
 *
 * @example
 * ```ts
 * import { micros } from "./units.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(micros(312), "312 µs");
 * assert.equal(micros(4213), "4.21 ms");
 * assert.equal(micros(999_960), "1.00 s");
 * ```
 */
export function micros(us: number): string {
  if (Math.round(us) < 1000) return `${Math.round(us)} µs`;
  // Rounded before the unit is chosen: 999.96 ms is not "1000 ms".
  const rounded = Number(us.toPrecision(3));
  return rounded < 1e6 ? `${threeFigures(rounded / 1e3)} ms` : `${threeFigures(rounded / 1e6)} s`;
}

function threeFigures(number: number): string {
  return number >= 1000 ? formatCount(Math.round(number)) : number.toPrecision(3);
}

/**
 * A part of a whole as a percentage. What is not nothing is never shown as 0 %, and what is not all
 * never as 100 %.
 *
 * @example
 * ```ts
 * import { share } from "./units.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(share(4, 1000), "0.4 %");
 * assert.equal(share(99_999, 100_000), "99.999 %");
 * assert.equal(share(1, 1), "100 %");
 * ```
 */
export function share(part: number, whole: number): string {
  return percent(whole === 0 ? 0 : part / whole);
}

/**
 * A fraction as a percentage, rounded as `share` does.
 *
 * @example
 * ```ts
 * import { percent } from "./units.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(percent(0.9966), "99.7 %");
 * ```
 */
export function percent(fraction: number): string {
  const exact = fraction * 100;
  if (exact === 0 || exact === 100) return `${exact} %`;
  for (let digits = 1; digits <= 4; digits++) {
    const shown = Number(exact.toFixed(digits));
    if (shown !== 0 && (shown !== 100 || exact > 100)) return `${exact.toFixed(digits)} %`;
  }
  return exact < 1 ? "under 0.0001 %" : "over 99.9999 %";
}

/**
 * A rate: whole from 1,000 per second on, with one decimal from 10 on, else to three figures.
 *
 * @example
 * ```ts
 * import { perSecond } from "./units.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(perSecond(12_345.6), "12,346/s");
 * assert.equal(perSecond(200), "200/s");
 * assert.equal(perSecond(1 / 60), "0.0167/s");
 * ```
 */
export function perSecond(rate: number): string {
  if (rate >= 999.95) return `${formatCount(Math.round(rate))}/s`;
  return `${Number(rate >= 10 ? rate.toFixed(1) : rate.toPrecision(3))}/s`;
}

/**
 * A stretch of time in seconds: `5.0 s`, `2 min 05 s`, `1 h 05 min`.
 *
 * @example
 * ```ts
 * import { span } from "./units.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(span(5), "5.0 s");
 * assert.equal(span(125), "2 min 05 s");
 * ```
 */
export function span(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

const BARS = "▁▂▃▄▅▆▇█";
const NOTHING = "·";

/**
 * A row of bars, the tallest for the largest value; nothing at all is a dot. More values than `width`
 * are folded into means.
 *
 * @example
 * ```ts
 * import { sparkline } from "./units.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(sparkline([0, 1, 4, 7], 10), "·▂▅█");
 * ```
 */
export function sparkline(values: readonly number[], width: number): string {
  const folded = fold(values, width);
  const largest = Math.max(0, ...folded);
  let text = "";
  for (const value of folded) text += value > 0 ? BARS[Math.max(1, Math.round(value / largest * 7))] : NOTHING;
  return text;
}

/**
 * Values folded into the means of `width` neighbouring groups; unchanged if they are not more than that.
 *
 * @example
 * ```ts
 * import { fold } from "./units.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(fold([1, 3, 5, 7], 2), [2, 6]);
 * ```
 */
export function fold(values: readonly number[], width: number): readonly number[] {
  if (values.length <= width) return values;
  const means: number[] = [];
  for (let i = 0; i < width; i++) {
    const start = Math.floor(i * values.length / width);
    const end = Math.floor((i + 1) * values.length / width);
    let sum = 0;
    for (let j = start; j < end; j++) sum += values[j];
    means.push(sum / (end - start));
  }
  return means;
}
