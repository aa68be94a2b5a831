/**
 * One series of durations: an HDR histogram (three significant digits, whole microseconds) with the
 * exact least, greatest and mean beside it. Constant memory however long the run.
 *
 * Values are recorded as measured; nothing is filled in afterwards (load.md section 1).
 *
 * @module
 */
import { build, type Histogram } from "hdr-histogram-js";
import { decodeHistogram, encodeHistogram } from "./histogram_text.ts";
import type { LatencyRow } from "./result.ts";

/** Covered from the start: a minute. Longer durations make the histogram grow, by doubling. */
const FIRST_RANGE_US = 60_000_000;

/**
 * A series of durations.
 *
 * @example
 * ```ts
 * import { Latency } from "./latency.ts";
 * import assert from "node:assert/strict";
 *
 * const service = new Latency();
 * for (const us of [100, 200, 300]) service.record(us);
 * assert.equal(service.row().p50, 200);
 * assert.equal(service.row().mean, 200);
 * ```
 */
export class Latency {
  readonly #histogram: Histogram;
  #min = Infinity;
  #max = 0;
  #sum = 0;

  constructor() {
    this.#histogram = build({
      // Counts of 64 bits: one bucket of a long run takes more than two thousand million.
      bitBucketSize: 64,
      autoResize: true,
      lowestDiscernibleValue: 1,
      highestTrackableValue: FIRST_RANGE_US,
      numberOfSignificantValueDigits: 3,
      useWebAssembly: false,
    });
  }

  /**
   * The series that `encode` wrote. The text keeps the counts alone: the exact least, greatest and
   * mean are those of `row`. Throws a `RangeError` for a text that is no histogram of this form, and
   * for a row that is not of this text: it has another count.
   *
   * @example
   * ```ts
   * import { Latency } from "./latency.ts";
   * import assert from "node:assert/strict";
   *
   * const service = new Latency();
   * for (const us of [100, 200, 123_456]) service.record(us);
   * assert.deepEqual(Latency.decode(service.encode(), service.row()).row(), service.row());
   * ```
   */
  static decode(text: string, row: Pick<LatencyRow, "count" | "min" | "mean" | "max">): Latency {
    const latency = new Latency();
    latency.#histogram.add(decodeHistogram(text));
    if (latency.count !== row.count) {
      throw new RangeError(
        `Cannot read a histogram: found ${latency.count} values, wanted the ${row.count} of its figures`,
      );
    }
    if (row.count === 0) return latency;
    latency.#min = row.min;
    latency.#max = row.max;
    latency.#sum = Math.round(row.mean * row.count);
    return latency;
  }

  /** How many durations were recorded. */
  get count(): number {
    return this.#histogram.totalCount;
  }

  /** The greatest, in microseconds; 0 if there is none. */
  get max(): number {
    return this.#max;
  }

  /** In microseconds; 0 if there is none. */
  get mean(): number {
    return this.count === 0 ? 0 : this.#sum / this.count;
  }

  /** Records a duration in microseconds; a fraction is rounded, a negative one counts as 0. */
  record(us: number): void {
    const whole = us > 0 ? Math.round(us) : 0;
    this.#histogram.recordValue(whole);
    this.#sum += whole;
    if (whole < this.#min) this.#min = whole;
    if (whole > this.#max) this.#max = whole;
  }

  /** Adds all of another series. */
  add(other: Latency): void {
    if (other.count === 0) return;
    this.#histogram.add(other.#histogram);
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /** Forgets everything. */
  clear(): void {
    if (this.count === 0) return;
    this.#histogram.reset();
    this.#sum = 0;
    this.#min = Infinity;
    this.#max = 0;
  }

  /** The duration that `percent` of all do not exceed, in microseconds; 0 if there is none. */
  percentile(percent: number): number {
    if (this.count === 0) return 0;
    // A bucket is known by its highest value, which can lie beyond what was measured.
    return Math.max(this.#min, Math.min(this.#max, this.#histogram.getValueAtPercentile(percent)));
  }

  /** The counts as text: HdrHistogram V2, deflated, in base64; values are microseconds. */
  encode(): string {
    return encodeHistogram(this.#histogram);
  }

  /**
   * The percentile distribution as HdrHistogram's own tools print it (`.hgrm`), in milliseconds: five
   * lines for each halving of the distance to 100 %.
   */
  distribution(): string {
    return this.#histogram.outputPercentileDistribution(5, 1000);
  }

  /** The figures of the run document. */
  row(): LatencyRow {
    const count = this.count;
    return {
      count,
      min: count === 0 ? 0 : this.#min,
      mean: this.mean,
      p50: this.percentile(50),
      p90: this.percentile(90),
      p95: this.percentile(95),
      p99: this.percentile(99),
      p99_9: this.percentile(99.9),
      max: this.#max,
    };
  }
}
