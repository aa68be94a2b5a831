/**
 * The expectation `order`: messages came one kind after the other.
 *
 * This module performs no I/O.
 *
 * # What is in order (our decisions)
 *
 * In each scope, a message of the second kind must not come before there was one of the first, one of the third not before one
 * of the second, and so on. Kinds may come again later, and other messages in between. A scope that has not come to its last kind is in
 * order: its patient may simply have gone home. Without `per` there is one scope, and that must have come to the end: all
 * of the kinds came, in this order.
 *
 * A message that fits several kinds is the next one that is due among them. With a path as the scope, a message without a
 * value there is left out. Where no message of any of the kinds came, the expectation has not been met.
 *
 * @module
 */
import { Column } from "../../lib/audit/column.ts";
import { formatCount } from "../../lib/values.ts";
import type { Moment } from "../decide/moment.ts";
import type { Expectation } from "../scenario/expectation.ts";
import { tellScope, tellWhen } from "../scenario/tell.ts";
import type { Check } from "./check.ts";
import { NO_VALUE, ScopeKeys } from "./key_table.ts";
import { tellExpectation } from "./tell.ts";
import { type Miss, missOf, MOST_MISSES, NOTHING_CAME, type Standing, standing } from "./verdict.ts";
import { type Judging, Wanted } from "./wanted.ts";

/**
 * `order`.
 *
 * @example
 * ```ts
 * import { OrderCheck } from "./order.ts";
 * import { Moment } from "../decide/moment.ts";
 * import assert from "node:assert/strict";
 *
 * const when = [{ type: ["ADT^A01"] }, { type: ["ADT^A08"] }];
 * const check = new OrderCheck({ kind: "order", when }, { moment: new Moment(), listeners: [] });
 * assert.equal(check.standing(0, true).detail, "no such message came");
 * ```
 */
export class OrderCheck implements Check {
  readonly #expr: string;
  readonly #expectation: Extract<Expectation, { kind: "order" }>;
  readonly #kinds: readonly Wanted[];
  readonly #isWhole: boolean;
  readonly #keys: ScopeKeys;
  /** Of each scope, how many of the kinds have come. */
  readonly #stages: Column<Uint16Array> = new Column(Uint16Array);
  #looked = 0;
  #without = 0;
  #late = 0;
  readonly #nearest: Miss[] = [];

  /** Throws a `RangeError` as `compileWhen` does. */
  constructor(expectation: Extract<Expectation, { kind: "order" }>, judging: Judging) {
    const { when, per = "scenario" } = expectation;
    this.#expr = tellExpectation(expectation);
    this.#expectation = expectation;
    this.#kinds = when.map((each) => new Wanted(each, judging));
    this.#isWhole = per === "scenario";
    this.#keys = new ScopeKeys(per, judging.moment.values, judging.most);
  }

  arrived(moment: Moment, n: number): void {
    const kinds = this.#kinds;
    let fitting = -1;
    let key = -1;
    let stage = 0;
    // The first kind that it fits, or the one that is due.
    for (let i = 0; i < kinds.length; i++) {
      if (!kinds[i].fits(moment, n)) continue;
      if (fitting < 0) {
        key = this.#keys.of(moment);
        if (key === NO_VALUE) this.#without++;
        if (key < 0) return;
        if (key === this.#stages.length) this.#stages.push(0);
        stage = this.#stages.get(key);
      }
      if (fitting < 0 || i === stage) fitting = i;
    }
    if (fitting < 0) return;
    this.#looked++;
    if (fitting === stage) this.#stages.set(key, stage + 1);
    if (fitting <= stage) return;
    this.#late++;
    if (this.#nearest.length >= MOST_MISSES) return;
    this.#nearest.push(missOf(moment, n, [`before any ${tellWhen(this.#expectation.when[stage])}`]));
  }

  standing(_nowMs: number, final: boolean): Standing {
    const { when, per } = this.#expectation;
    const { table } = this.#keys;
    const came = this.#looked === 1 ? "1 message" : `${formatCount(this.#looked)} messages`;
    const fail = (detail: string, decided = final) => standing(this.#expr, { pass: false, decided, detail });
    if (this.#late > 0) {
      const detail = `${formatCount(this.#late)} of ${came} came too early`;
      const [nearest, lead] = [this.#nearest, "the first"];
      return standing(this.#expr, { pass: false, decided: true, detail, nearest, lead });
    }
    if (table.refused) {
      const keys = formatCount(table.size);
      return fail(`the order of more than ${keys} could not be remembered, ${tellScope(per ?? "scenario")}`, true);
    }
    if (this.#looked === 0) return fail(NOTHING_CAME);
    const stage = this.#isWhole ? this.#stages.get(0) : when.length;
    if (stage < when.length) {
      const detail = `${stage} of ${when.length} kinds came in order, and then none ${tellWhen(when[stage])}`;
      return standing(this.#expr, { pass: false, decided: final, detail, nearest: this.#kinds[stage].nearest });
    }
    const without = this.#without === 0
      ? ""
      : `; left out without a value to be known by: ${formatCount(this.#without)}`;
    return standing(this.#expr, { pass: true, decided: final || this.#isWhole, detail: `${came} in order${without}` });
  }
}
