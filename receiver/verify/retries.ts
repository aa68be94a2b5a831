/**
 * The expectation `retries`: how often each message came again.
 *
 * This module performs no I/O.
 *
 * # What is a retry (our decisions)
 *
 * Messages are known by their control ids (one without, by its bytes). A message's retries are its comings but one: those that
 * fitted the conditions, or the number of its last attempt as the receiver counts them, if that is more. Where
 * no such message came, the expectation has not been met.
 *
 * @module
 */
import { Column } from "../../lib/audit/column.ts";
import { formatCount } from "../../lib/values.ts";
import type { Moment } from "../decide/moment.ts";
import type { Bounds, Expectation } from "../scenario/expectation.ts";
import { type Check, OpenNames } from "./check.ts";
import { ScopeKeys } from "./key_table.ts";
import { tellBounds, tellExpectation } from "./tell.ts";
import { type Miss, missOf, MOST_MISSES, NOTHING_CAME, type Standing, standing } from "./verdict.ts";
import { type Judging, Wanted } from "./wanted.ts";

/**
 * `retries`.
 *
 * @example
 * ```ts
 * import { RetriesCheck } from "./retries.ts";
 * import { Moment } from "../decide/moment.ts";
 * import assert from "node:assert/strict";
 *
 * const moment = new Moment();
 * const bounds = { atLeast: 1, atMost: 1 };
 * const check = new RetriesCheck({ kind: "retries", when: { not: { size: { op: ">", bytes: 9 } } }, bounds }, {
 *   moment,
 *   listeners: [],
 * });
 * moment.begin({ scope: "MSG1", attempt: 1 }, null);
 * check.arrived(moment, 1);
 * assert.equal(check.standing(0, true).pass, false);
 * moment.begin({ scope: "MSG1", attempt: 2 }, null);
 * check.arrived(moment, 2);
 * assert.equal(check.standing(0, true).detail, "1 message came again exactly 1 time");
 * ```
 */
export class RetriesCheck implements Check {
  readonly #expr: string;
  readonly #bounds: Bounds;
  readonly #wanted: Wanted;
  readonly #keys: ScopeKeys;
  readonly #comings: Column<Uint32Array> = new Column(Uint32Array);
  readonly #firsts: Column<Uint32Array> = new Column(Uint32Array);
  /** Of those that did not come often enough so far. */
  readonly #names: OpenNames = new OpenNames();
  /** The first that came too often, by key. */
  readonly #excess: Map<number, Miss> = new Map();

  /** Throws a `RangeError` as `compileWhen` does. */
  constructor(expectation: Extract<Expectation, { kind: "retries" }>, judging: Judging) {
    this.#expr = tellExpectation(expectation);
    this.#bounds = expectation.bounds;
    this.#wanted = new Wanted(expectation.when, judging);
    this.#keys = new ScopeKeys("control_id", judging.moment.values, judging.most);
  }

  arrived(moment: Moment, n: number): void {
    if (!this.#wanted.fits(moment, n)) return;
    const key = this.#keys.of(moment);
    if (key < 0) return;
    const { atLeast, atMost } = this.#bounds;
    if (key === this.#comings.length) {
      this.#comings.push(0);
      this.#firsts.push(n);
      if (atLeast > 0) this.#names.set(key, missOf(moment, n, []));
    }
    const comings = Math.max(this.#comings.get(key) + 1, moment.attempt);
    this.#comings.set(key, comings);
    if (comings > atLeast) this.#names.delete(key);
    if (comings - 1 > atMost && this.#excess.size < MOST_MISSES) {
      const miss = this.#excess.get(key) ?? missOf(moment, this.#firsts.get(key), []);
      this.#excess.set(key, miss);
    }
  }

  standing(_nowMs: number, final: boolean): Standing {
    const { atLeast, atMost } = this.#bounds;
    const { table } = this.#keys;
    const total = table.size;
    if (total === 0) return standing(this.#expr, { pass: false, decided: final, detail: NOTHING_CAME });
    const nearest: Miss[] = [];
    let [less, more, fewest, most] = [0, 0, Infinity, 0];
    for (let key = 0; key < total; key++) {
      const retries = this.#comings.get(key) - 1;
      fewest = Math.min(fewest, retries);
      most = Math.max(most, retries);
      if (retries < atLeast) less++;
      else if (retries > atMost) more++;
      else continue;
      if (nearest.length >= MOST_MISSES) continue;
      const why = [`came again ${times(retries)}`];
      const excess = this.#excess.get(key);
      nearest.push(excess === undefined ? this.#names.of(key, this.#firsts.get(key), why) : { ...excess, why });
    }
    const messages = total === 1 ? "1 message" : `${formatCount(total)} messages`;
    const told = [
      `${messages} came again ${found(fewest, most)}`,
      ...less > 0 ? [`${formatCount(less)} less often than ${tellBounds(this.#bounds)}`] : [],
      ...more > 0 ? [`${formatCount(more)} more often than ${tellBounds(this.#bounds)}`] : [],
      ...table.refused ? ["further ones came and could not be remembered"] : [],
    ];
    return standing(this.#expr, {
      pass: less === 0 && more === 0 && !table.refused,
      decided: final || more > 0 || table.refused,
      detail: told.join(", "),
      nearest,
      lead: "the first",
    });
  }
}

function times(count: number): string {
  return count === 1 ? "1 time" : `${formatCount(count)} times`;
}

function found(fewest: number, most: number): string {
  return fewest === most ? `exactly ${times(most)}` : `${formatCount(fewest)} to ${times(most)}`;
}
