/**
 * The messages that an expectation is about, by its conditions, and those that came closest to being such.
 *
 * This module performs no I/O.
 *
 * # How close (our decision)
 *
 * The fewer conditions a message fails, the closer it came, and one of the right message code with another trigger event
 * fails that condition by half. Among equals the first are kept.
 *
 * @module
 */
import { latin1 } from "../../lib/bytes.ts";
import type { Moment } from "../decide/moment.ts";
import { compileTypes } from "../decide/type_pattern.ts";
import { compileWhen, type Condition, type Surroundings } from "../decide/when.ts";
import type { When } from "../scenario/when.ts";
import { type Miss, missOf, MOST_MISSES } from "./verdict.ts";

/** What a condition that fails counts, and what the type's counts where the message code is right. */
const WHOLE = 2;
const HALF = 1;

/** What conditions are compiled with, and whether the values found may be told. */
export interface Judging extends Surroundings {
  /** Values are about patients: off by default. */
  readonly values?: boolean;
  /** How many keys an expectation remembers; default `MOST_KEYS`. */
  readonly most?: number;
}

/**
 * Conditions that messages are held against.
 *
 * @example
 * ```ts
 * import { Wanted } from "./wanted.ts";
 * import { Moment } from "../decide/moment.ts";
 * import assert from "node:assert/strict";
 *
 * const moment = new Moment();
 * const repeated = new Wanted({ duplicate: true }, { moment, listeners: [] });
 * moment.begin({ scope: "MSG1", attempt: 1 }, null);
 * assert.equal(repeated.fits(moment, 1), false);
 * assert.deepEqual(repeated.nearest.map(({ n, why }) => [n, why]), [[1, ["not whose control id has come before"]]]);
 * ```
 */
export class Wanted {
  readonly #conditions: readonly Condition[];
  readonly #fitsCode: ((type: string) => boolean) | null;
  readonly #values: boolean;
  readonly #misses: { readonly distance: number; readonly miss: Miss }[] = [];
  /** What is at least as far off as this is of no interest. */
  #worst = Infinity;

  /** Throws a `RangeError` as `compileWhen` does. */
  constructor(when: When, { values = false, ...surroundings }: Judging) {
    this.#conditions = compileWhen(when, surroundings);
    this.#values = values;
    this.#fitsCode = when.type === undefined ? null : compileTypes(when.type.map((pattern) => pattern.split("^")[0]));
  }

  /** Whether the moment's message, which has this number, is one; if not, it may be among the nearest. */
  fits(moment: Moment, n: number): boolean {
    let distance = 0;
    for (let i = 0; i < this.#conditions.length; i++) {
      if (this.#conditions[i].holds(moment)) continue;
      distance += i === 0 && this.#fitsCode?.(moment.type) ? HALF : WHOLE;
      if (distance >= this.#worst) return false;
    }
    if (distance === 0) return true;
    this.#keep(distance, missOf(moment, n, this.#reasons(moment)));
    return false;
  }

  /** The messages that came closest and were none. */
  get nearest(): Miss[] {
    return this.#misses.map(({ miss }) => miss);
  }

  #keep(distance: number, miss: Miss): void {
    const misses = this.#misses;
    const at = misses.findIndex((each) => each.distance > distance);
    misses.splice(at < 0 ? misses.length : at, 0, { distance, miss });
    if (misses.length > MOST_MISSES) misses.pop();
    if (misses.length === MOST_MISSES) this.#worst = misses[MOST_MISSES - 1].distance;
  }

  #reasons(moment: Moment): string[] {
    return this.#conditions.filter(({ holds }) => !holds(moment)).map(({ text, slot }) => {
      if (!this.#values || slot === null) return `not ${text}`;
      const value = moment.values.first(slot);
      return `not ${text} (${value === null ? "nothing there" : `found '${latin1(value)}'`})`;
    });
  }
}
