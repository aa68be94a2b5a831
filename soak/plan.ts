/**
 * What is done to the parts of a soak, and when: by a seed, before anything begins. It knows no process.
 *
 * @module
 */
import { RandomStream } from "../lib/random.ts";

/** What can be done: a part killed and started again, the receiver's rules changed, the driver's log opened anew. */
export type Deed =
  | "kill receive"
  | "kill llpdrv"
  | "hang up llpdrv"
  | "scenario calm"
  | "scenario moody"
  | "scenario broken"
  | "heal"
  | "rule"
  | "close connections";

/** Something that is done at a time. */
export interface Act {
  /** Since the beginning. */
  readonly atMs: number;
  readonly deed: Deed;
}

/** A stretch of the run, at whose end everything is accounted for. */
export interface Leg {
  /** From 1. */
  readonly number: number;
  readonly beginsMs: number;
  readonly lastsMs: number;
  readonly acts: readonly Act[];
}

const MINUTE_MS = 60_000;
/** From here on nobody is killed, so that memory is seen over a long life. */
const KILLING_PART = 0.6;
const GENTLE: readonly Deed[] = [
  ...["scenario moody", "scenario moody", "scenario broken", "scenario calm", "heal", "heal"] as const,
  ...["rule", "close connections", "hang up llpdrv"] as const,
];

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/**
 * The legs of a run of so many minutes: six, of one to ten minutes each. Something gentle is done every ten to twenty
 * seconds; in the first part of the run the receiver and the driver are killed in turn, every twelfth of the run, at least
 * every ten minutes and at most every 45 seconds.
 */
export function planSoak(minutes: number, seed: number): Leg[] {
  const random = new RandomStream(seed);
  const totalMs = minutes * MINUTE_MS;
  const acts: Act[] = [];
  const killMs = clamp(totalMs / 12, 45_000, 10 * MINUTE_MS);
  for (let at = killMs, i = 0; at < KILLING_PART * totalMs; at += killMs, i++) {
    acts.push({ atMs: Math.round(at), deed: i % 2 === 0 ? "kill receive" : "kill llpdrv" });
  }
  let ahead: Deed[] = [];
  for (let at = 5000; at < totalMs; at += 10_000 + random.integer(10_000)) {
    // Each of them comes up before any comes again.
    if (ahead.length === 0) ahead = [...GENTLE];
    acts.push({ atMs: at, deed: ahead.splice(random.integer(ahead.length), 1)[0] });
  }
  acts.sort((a, b) => a.atMs - b.atMs);
  const legMs = clamp(totalMs / 6, MINUTE_MS, 10 * MINUTE_MS);
  const count = Math.max(1, Math.round(totalMs / legMs));
  return Array.from({ length: count }, (_, i) => {
    const beginsMs = Math.round(i * totalMs / count);
    const endsMs = Math.round((i + 1) * totalMs / count);
    const own = acts.filter(({ atMs }) => atMs >= beginsMs && atMs < endsMs);
    return { number: i + 1, beginsMs, lastsMs: endsMs - beginsMs, acts: own };
  });
}
