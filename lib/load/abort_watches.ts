/**
 * The thresholds of a run that may end it before its time (`abort after 10s`), looked at interval by
 * interval, so that a recovery is seen.
 *
 * @module
 */
import type { Tally } from "./tally.ts";
import { AbortWatch, type Threshold, thresholdValue } from "./threshold.ts";

/**
 * A watch over all thresholds with an `abort after`.
 *
 * @example
 * ```ts
 * import { AbortWatches } from "./abort_watches.ts";
 * import { Tally } from "./tally.ts";
 * import { parseThreshold } from "./threshold.ts";
 * import assert from "node:assert/strict";
 *
 * const watches = new AbortWatches([parseThreshold("timeout > 0 abort after 1s")]);
 * const interval = new Tally();
 * interval.outcomes.timeout = 3;
 * assert.equal(watches.feed(1000, 1000, interval, true), false);
 * assert.equal(watches.feed(2000, 1000, interval, true), true);
 * ```
 */
export class AbortWatches {
  readonly #watches: readonly AbortWatch[];
  readonly #fired = new Set<AbortWatch>();

  constructor(thresholds: readonly Threshold[]) {
    this.#watches = thresholds.filter(({ abortAfterMs }) => abortAfterMs !== null).map((each) => new AbortWatch(each));
  }

  /** The thresholds that ended the run. */
  get fired(): readonly Threshold[] {
    return [...this.#fired].map(({ threshold }) => threshold);
  }

  /**
   * The interval that ends at `atMs` since t0 and is `lengthMs` long; `scheduled` unless the loop is closed.
   * A rate is judged by what fell due in it, and not at all where nothing did. Whether the run is to end.
   */
  feed(atMs: number, lengthMs: number, interval: Tally, scheduled: boolean): boolean {
    if (this.#watches.length === 0 || lengthMs <= 0) return false;
    const asked = scheduled ? interval.planned * 1000 / lengthMs : null;
    const measured = {
      planned: interval.planned,
      outcomes: interval.outcomes,
      anomalies: interval.anomalies,
      rate: { asked, achieved: interval.sent * 1000 / lengthMs },
      latency_us: interval.latencyRows(scheduled),
    };
    for (const watch of this.#watches) {
      const idle = asked === 0 && watch.threshold.metric.kind === "rate";
      if (watch.feed(atMs, idle ? null : thresholdValue(watch.threshold, measured))) this.#fired.add(watch);
    }
    return this.#fired.size > 0;
  }
}
