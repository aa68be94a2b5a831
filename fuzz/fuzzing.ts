/**
 * One target under fuzz: cases by a seed, slice by slice, until one fails; that one is shrunk. It knows no terminal and
 * no target by name.
 *
 * # Seeds
 *
 * Each slice has a seed of its own, drawn from the run's seed, the target's name and the slice's number: targets
 * do not disturb each other, and a failure is repeated by its slice's seed and its path alone, whatever was run besides.
 *
 * @module
 */
import { AssertionError } from "node:assert";
import fc, { type RunDetails } from "fast-check";
import { draw } from "../lib/random.ts";
import type { Json } from "./schema_case.ts";
import { smallest } from "./smaller.ts";
import { type AnyTarget, ENOUGH, MOST_MS } from "./target.ts";

/** So many further cases are tried to make a failed one smaller. */
const MOST_SHRINKING = 4000;

/** A case that failed. */
export interface Failure {
  readonly target: string;
  /** What did not hold, of the smallest case. */
  readonly message: string;
  /** The smallest case found, plain JSON; `undefined` where the case did not end and so is not known. */
  readonly minimal: unknown;
  /** `NAME:SEED:PATH`, for `--replay`. */
  readonly replay: string;
  /** Where the smallest case failed, for who looks for the cause. */
  readonly stack: string;
}

/** How a target stands. */
export interface Standing {
  readonly target: string;
  readonly cases: number;
  readonly ms: number;
  /** How often each outcome was met. */
  readonly met: Readonly<Record<string, number>>;
  /** What should have been met by now, and was not. */
  readonly blind: readonly string[];
  readonly failure: Failure | null;
}

/** Where a run is, for who watches it from another thread. */
export interface Pulse {
  /** A case of a slice begins: the how-manieth, from 0; -1 while a failed one is made smaller. */
  beat(sliceSeed: number, index: number): void;
}

const NO_PULSE: Pulse = { beat() {} };

/** How much of a value an error's line shows. */
const SHOWN = 200;

/** What did not hold, as one line. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [first] = error.message.split("\n");
  if (!(error instanceof AssertionError)) return error.name === "Error" ? first : `${error.name}: ${first}`;
  if (error.operator === "==" || error.operator === "fail") return first;
  const [actual, expected] = [error.actual, error.expected].map((value) => JSON.stringify(value)?.slice(0, SHOWN));
  return `${first.replace(/:$/, "")}: ${actual} is not ${expected}`;
}

/** What went wrong, but for what varies from case to case. */
function kindOf(error: unknown): string {
  return messageOf(error).replaceAll(/"[^"]*"|'[^']*'/g, "x").replaceAll(/[0-9a-f]*\d[0-9a-f]*/g, "0").slice(0, 60);
}

/**
 * A target, fuzzed.
 *
 * The engine is fast-check: its arbitraries draw and shrink, its seeds and paths repeat.
 */
export class Fuzzing {
  readonly #target: AnyTarget;
  readonly #seed: number;
  readonly #pulse: Pulse;
  readonly #met = new Map<string, number>();
  #cases = 0;
  #ms = 0;
  #slices = 0;
  #failure: Failure | null = null;
  /** How many cases were tried since one failed; -1 while none has. */
  #shrinking = -1;

  constructor(target: AnyTarget, seed: number, pulse: Pulse = NO_PULSE) {
    this.#target = target;
    this.#seed = seed;
    this.#pulse = pulse;
  }

  /** How it stands. */
  get standing(): Standing {
    const { name, meets } = this.#target;
    return {
      target: name,
      cases: this.#cases,
      ms: this.#ms,
      met: Object.fromEntries([...this.#met].sort(([a], [b]) => a < b ? -1 : 1)),
      blind: this.#cases < ENOUGH || this.#failure !== null ? [] : meets.filter((word) => !this.#met.has(word)),
      failure: this.#failure,
    };
  }

  /** How many cases take about `ms`, by what they took so far. */
  casesIn(ms: number): number {
    if (this.#cases === 0) return 20;
    return Math.max(1, Math.min(50_000, Math.round(ms * this.#cases / Math.max(1, this.#ms))));
  }

  /** Runs the next so many cases, or fewer if one fails; whether all held. */
  async slice(cases: number): Promise<boolean> {
    const seed = Math.floor(draw(this.#seed, this.#target.name, "slice", this.#slices++) * 2 ** 31);
    return await this.#run(seed, { seed, numRuns: cases });
  }

  /** Runs one case again, by the seed of its slice and its path; without a path, a slice. Whether all held. */
  async repeat(seed: number, path: string): Promise<boolean> {
    return await this.#run(
      seed,
      path === "" ? { seed, numRuns: ENOUGH } : { seed, path, endOnFailure: true, numRuns: 1 },
    );
  }

  async #run(seed: number, options: fc.Parameters<[unknown]>): Promise<boolean> {
    const { name, cases, check } = this.#target;
    let index = 0;
    this.#shrinking = -1;
    const property = fc.asyncProperty(cases, async (one) => {
      if (this.#shrinking >= 0 && ++this.#shrinking > MOST_SHRINKING) return;
      const counting = this.#shrinking < 0;
      this.#pulse.beat(seed, counting ? index++ : -1);
      const before = performance.now();
      try {
        const pending = check.call(this.#target, one, (word) => counting && this.#meet(word));
        if (pending !== undefined) await pending;
        const took = performance.now() - before;
        if (took > MOST_MS) throw new Error(`It took ${Math.round(took)} ms, wanted at most ${MOST_MS}`);
      } catch (error) {
        this.#shrinking = Math.max(0, this.#shrinking);
        throw error;
      } finally {
        if (counting) {
          this.#cases++;
          this.#ms += performance.now() - before;
        }
      }
    });
    const details = await fc.check(property, options) as RunDetails<[unknown]>;
    if (!details.failed) return true;
    const { errorInstance, counterexample, counterexamplePath } = details;
    let error: unknown = errorInstance;
    const what = kindOf(errorInstance);
    const minimal = await smallest(
      counterexample?.[0] as Json,
      async (less) => {
        this.#pulse.beat(seed, -1);
        try {
          await check.call(this.#target, less, () => {});
          return false;
        } catch (found) {
          if (kindOf(found) !== what) return false;
          error = found;
          return true;
        }
      },
      MOST_SHRINKING,
      this.#target.words,
    );
    this.#failure = {
      target: name,
      message: messageOf(error),
      minimal,
      replay: `${name}:${seed}:${counterexamplePath ?? ""}`,
      stack: error instanceof Error ? error.stack ?? "" : "",
    };
    return false;
  }

  #meet(word: string): void {
    this.#met.set(word, (this.#met.get(word) ?? 0) + 1);
  }
}

/** What a run is told. */
export interface RunOptions {
  readonly seed: number;
  readonly seconds: number;
  /** A slice of one target, in milliseconds. */
  readonly sliceMs?: number;
  /** Hears how all stand after each slice. */
  readonly onSlice?: (standings: readonly Standing[]) => void;
  /** Hears which target is next. */
  readonly onTarget?: (name: string) => void;
  readonly pulse?: Pulse;
  /** Whether to end early. */
  readonly stopped?: () => boolean;
}

/** Fuzzes targets in turns, each as long as the others, until the time is over or all have failed. */
export async function runTargets(targets: readonly AnyTarget[], options: RunOptions): Promise<Standing[]> {
  const { seed, seconds, sliceMs = 250, onSlice, onTarget, pulse, stopped = () => false } = options;
  const all = targets.map((target) => ({ name: target.name, fuzzing: new Fuzzing(target, seed, pulse), spentMs: 0 }));
  const startedAt = performance.now();
  const left = () => seconds * 1000 - (performance.now() - startedAt);
  for (let going = all; going.length > 0 && left() > 0 && !stopped();) {
    const next = going.reduce((least, each) => each.spentMs < least.spentMs ? each : least);
    onTarget?.(next.name);
    const before = performance.now();
    await next.fuzzing.slice(next.fuzzing.casesIn(Math.min(sliceMs, Math.max(1, left()))));
    next.spentMs += performance.now() - before;
    going = going.filter(({ fuzzing }) => fuzzing.standing.failure === null);
    onSlice?.(all.map(({ fuzzing }) => fuzzing.standing));
  }
  return all.map(({ fuzzing }) => fuzzing.standing);
}
