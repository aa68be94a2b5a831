/**
 * Memory and descriptors of processes: read from /proc, kept as samples of each life, and judged. A process that was
 * killed and started again begins a new life.
 *
 * # When memory is flat (our decisions)
 *
 * A life is looked at from the end of its warm-up on: a minute, or the first fifth of it where that is longer. The median of
 * the last quarter of what remains is held against the median of the first: a garbage collector's saw teeth are within it,
 * a leak is not. Memory may grow by `GROWTH` and `SLACK_BYTES` besides, descriptors by `SLACK_DESCRIPTORS`. A life with
 * fewer than `FEWEST` samples behind its warm-up is too short to be judged.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";

/** A look at a process. */
export interface Sample {
  /** Since the life began. */
  readonly atMs: number;
  readonly rssBytes: number;
  readonly descriptors: number;
}

/** The part that memory may grow by. */
export const GROWTH = 0.15;
/** And so much besides: what the runtime takes in steps. */
export const SLACK_BYTES = 24 * 1024 * 1024;
/** Connections come and go. */
export const SLACK_DESCRIPTORS = 12;
/** A life with fewer samples is not judged. */
export const FEWEST = 12;

const WARM_UP_MS = 60_000;
const WARM_UP_PART = 0.2;

/** How a life went. */
export interface LifeVerdict {
  readonly verdict: "flat" | "grew" | "short";
  readonly samples: number;
  readonly firstBytes: number;
  readonly lastBytes: number;
  readonly mostBytes: number;
  readonly firstDescriptors: number;
  readonly lastDescriptors: number;
  readonly mostDescriptors: number;
  readonly lasted: number;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Judges a life by its samples, which are in order. */
export function judgeLife(samples: readonly Sample[]): LifeVerdict {
  const lasted = samples.at(-1)?.atMs ?? 0;
  const warm = Math.max(WARM_UP_MS, WARM_UP_PART * lasted);
  const looked = samples.filter(({ atMs }) => atMs >= warm);
  const quarter = Math.max(1, Math.floor(looked.length / 4));
  const [first, last] = [looked.slice(0, quarter), looked.slice(-quarter)];
  const bytes = (of: readonly Sample[]) => median(of.map(({ rssBytes }) => rssBytes));
  const open = (of: readonly Sample[]) => median(of.map(({ descriptors }) => descriptors));
  const grew = bytes(last) > bytes(first) * (1 + GROWTH) + SLACK_BYTES || open(last) > open(first) + SLACK_DESCRIPTORS;
  return {
    verdict: looked.length < FEWEST ? "short" : grew ? "grew" : "flat",
    samples: samples.length,
    firstBytes: bytes(first),
    lastBytes: bytes(last),
    mostBytes: samples.reduce((most, { rssBytes }) => Math.max(most, rssBytes), 0),
    firstDescriptors: open(first),
    lastDescriptors: open(last),
    mostDescriptors: samples.reduce((most, { descriptors }) => Math.max(most, descriptors), 0),
    lasted,
  };
}

/** Looks at a process; null where it is gone. */
export function look(pid: number): Omit<Sample, "atMs"> | null {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    // A process that has ended and is not waited for has no memory.
    if (kilobytes === undefined) return null;
    return { rssBytes: Number(kilobytes) * 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return null;
  }
}

/** The lives of one part of the soak. */
export class Vitals {
  /** Of each life its samples. */
  readonly lives: Sample[][] = [];
  #pid: number | null = null;
  #since = 0;

  constructor(
    /** Whose they are. */
    readonly name: string,
  ) {}

  /** A process begins. */
  begin(pid: number, nowMs: number): void {
    this.lives.push([]);
    [this.#pid, this.#since] = [pid, nowMs];
  }

  /** It has ended. */
  end(): void {
    this.#pid = null;
  }

  /** Looks at the process that lives, if one does. */
  sample(nowMs: number, see: typeof look = look): void {
    const seen = this.#pid === null ? null : see(this.#pid);
    if (seen !== null) this.lives.at(-1)?.push({ atMs: nowMs - this.#since, ...seen });
  }
}
