/**
 * The expectation `every`: each message got this answer at last.
 *
 * This module performs no I/O.
 *
 * # What is a message here (our decisions)
 *
 * Messages are known by their control ids (one without, by its bytes), so that a message and what is sent again of it are one. It is
 * looked at from its first coming that fits the conditions. It got the answer when that left at one of its
 * attempts, alone or with others; `within` runs from its first coming to that. An answer that is less or more than the
 * one wanted does no harm before or after. Where no such message came, the expectation has not been met.
 *
 * @module
 */
import { Column } from "../../lib/audit/column.ts";
import { ACK_CODES, type AckCode } from "../../lib/hl7/ack_code.ts";
import { formatCount, formatDuration } from "../../lib/values.ts";
import type { Moment } from "../decide/moment.ts";
import type { Expectation } from "../scenario/expectation.ts";
import { type Check, OpenNames, type Settled } from "./check.ts";
import { ScopeKeys } from "./key_table.ts";
import { tellExpectation } from "./tell.ts";
import { type Miss, missOf, MOST_MISSES, NOTHING_CAME, type Standing, standing } from "./verdict.ts";
import { type Judging, Wanted } from "./wanted.ts";

/** How it stands with a message. */
const OPEN = 0;
const GOT = 1;
const LATE = 2;

/**
 * `every`.
 *
 * @example
 * ```ts
 * import { EveryCheck } from "./every.ts";
 * import { Moment } from "../decide/moment.ts";
 * import assert from "node:assert/strict";
 *
 * const expectation = { kind: "every", when: { type: ["*"] }, gets: "AA" } as const;
 * const check = new EveryCheck(expectation, { moment: new Moment(), listeners: [] });
 * assert.deepEqual([check.standing(0, true).pass, check.standing(0, true).detail], [false, "no such message came"]);
 * ```
 */
export class EveryCheck implements Check {
  readonly #expr: string;
  readonly #gets: AckCode;
  readonly #withinMs: number;
  readonly #wanted: Wanted;
  readonly #keys: ScopeKeys;
  readonly #states: Column<Uint8Array> = new Column(Uint8Array);
  readonly #firsts: Column<Uint32Array> = new Column(Uint32Array);
  readonly #firstMs: Column<Float64Array> = new Column(Float64Array);
  /** The last answer: 1 and more for the codes, 0 for none of them. */
  readonly #answers: Column<Uint8Array> = new Column(Uint8Array);
  /** Messages that are not done with, and their keys; who feeds this holds them, too. */
  readonly #pending: Map<number, number> = new Map();
  readonly #names: OpenNames = new OpenNames();
  #got = 0;
  #late = 0;

  /** Throws a `RangeError` as `compileWhen` does. */
  constructor(expectation: Extract<Expectation, { kind: "every" }>, judging: Judging) {
    this.#expr = tellExpectation(expectation);
    this.#gets = expectation.gets;
    this.#withinMs = expectation.withinMs ?? Infinity;
    this.#wanted = new Wanted(expectation.when, judging);
    this.#keys = new ScopeKeys("control_id", judging.moment.values, judging.most);
  }

  arrived(moment: Moment, n: number): void {
    if (!this.#wanted.fits(moment, n)) return;
    const key = this.#keys.of(moment);
    if (key < 0) return;
    if (key === this.#states.length) {
      this.#states.push(OPEN);
      this.#firsts.push(n);
      this.#firstMs.push(moment.facts.nowMs);
      this.#answers.push(0);
      this.#names.set(key, missOf(moment, n, []));
    }
    if (this.#states.get(key) === OPEN) this.#pending.set(n, key);
  }

  settled({ n, codes, atMs }: Settled): void {
    const key = this.#pending.get(n);
    if (key === undefined) return;
    this.#pending.delete(n);
    if (this.#states.get(key) !== OPEN) return;
    const last = codes[codes.length - 1];
    if (last !== undefined) this.#answers.set(key, ACK_CODES.indexOf(last as AckCode) + 1);
    if (!codes.includes(this.#gets)) return;
    if (atMs - this.#firstMs.get(key) <= this.#withinMs) {
      this.#states.set(key, GOT);
      this.#got++;
      this.#names.delete(key);
    } else {
      this.#states.set(key, LATE);
      this.#late++;
    }
  }

  standing(nowMs: number, final: boolean): Standing {
    const { table } = this.#keys;
    const total = table.size;
    if (total === 0) return standing(this.#expr, { pass: false, decided: final, detail: NOTHING_CAME });
    const nearest: Miss[] = [];
    let never = 0;
    let open = 0;
    if (this.#got < total) {
      for (let key = 0; key < total; key++) {
        const state = this.#states.get(key);
        if (state === GOT) continue;
        if (state === OPEN && !final && nowMs - this.#firstMs.get(key) <= this.#withinMs) {
          open++;
          continue;
        }
        if (state === OPEN) never++;
        if (nearest.length < MOST_MISSES) nearest.push(this.#names.of(key, this.#firsts.get(key), [this.#reason(key)]));
      }
    }
    const failed = never + this.#late;
    const told = [
      `${formatCount(this.#got)} of ${formatCount(total)} got ${this.#gets}`,
      ...this.#late > 0 ? [`${formatCount(this.#late)} too late`] : [],
      ...never > 0 ? [`${formatCount(never)} did not`] : [],
      ...open > 0 ? [`${formatCount(open)} may still get it`] : [],
      ...table.refused ? [`more than ${formatCount(total)} came, and no further ones could be remembered`] : [],
    ];
    return standing(this.#expr, {
      pass: failed === 0 && open === 0 && !table.refused,
      decided: final || table.refused || failed > 0,
      detail: told.join(", "),
      nearest,
      lead: "the first",
    });
  }

  #reason(key: number): string {
    if (this.#states.get(key) === LATE) return `${this.#gets} came later than ${formatDuration(this.#withinMs)}`;
    const answer = this.#answers.get(key);
    return answer === 0 ? "not answered" : `last answered ${ACK_CODES[answer - 1]}`;
  }
}
