/**
 * Expectations of how many: `count`, `none` and `outcome`. Each coming of a message counts, repeats included (our decision: what is
 * counted is what the sender did).
 *
 * This module performs no I/O.
 *
 * @module
 */
import { formatCount, formatDuration } from "../../lib/values.ts";
import type { Moment } from "../decide/moment.ts";
import type { Bounds, Expectation } from "../scenario/expectation.ts";
import type { Check, Settled } from "./check.ts";
import { tellBounds, tellExpectation } from "./tell.ts";
import { type Miss, missOf, MOST_MISSES, type Standing, standing } from "./verdict.ts";
import { type Judging, Wanted } from "./wanted.ts";

type Of<K extends Expectation["kind"]> = Extract<Expectation, { kind: K }>;

/**
 * `count`, and `none`, which is a count of nothing: messages that fit, within a time of the start.
 *
 * @example
 * ```ts
 * import { CountCheck } from "./counts.ts";
 * import { Moment } from "../decide/moment.ts";
 * import assert from "node:assert/strict";
 *
 * const moment = new Moment();
 * const none = { kind: "none", when: { duplicate: true } } as const;
 * const check = new CountCheck(none, { moment, listeners: [] });
 * moment.begin({ scope: "MSG1", attempt: 2 }, null);
 * check.arrived(moment, 8);
 * const { pass, detail } = check.standing(0, true);
 * assert.equal(pass, false);
 * assert.equal(detail, "wanted none, found 1; the first: message 8 (MSG1)");
 * ```
 */
export class CountCheck implements Check {
  readonly #expr: string;
  readonly #bounds: Bounds;
  readonly #isNone: boolean;
  readonly #withinMs: number;
  readonly #wanted: Wanted;
  #found = 0;
  #later = 0;
  /** The first that were too many. */
  readonly #excess: Miss[] = [];

  /** Throws a `RangeError` as `compileWhen` does. */
  constructor(expectation: Of<"count"> | Of<"none">, judging: Judging) {
    this.#expr = tellExpectation(expectation);
    this.#isNone = expectation.kind === "none";
    this.#bounds = expectation.kind === "none" ? { atLeast: 0, atMost: 0 } : expectation.bounds;
    this.#withinMs = expectation.kind === "none" ? Infinity : expectation.withinMs ?? Infinity;
    this.#wanted = new Wanted(expectation.when, judging);
  }

  arrived(moment: Moment, n: number): void {
    if (!this.#wanted.fits(moment, n)) return;
    // Without a limit nobody asks for the time.
    if (this.#withinMs < Infinity && moment.facts.nowMs > this.#withinMs) {
      this.#later++;
      return;
    }
    this.#found++;
    if (this.#found > this.#bounds.atMost && this.#excess.length < MOST_MISSES) {
      this.#excess.push(missOf(moment, n, []));
    }
  }

  standing(nowMs: number, final: boolean): Standing {
    const { atLeast, atMost } = this.#bounds;
    const found = this.#found;
    const pass = found >= atLeast && found <= atMost;
    const over = final || nowMs > this.#withinMs;
    const decided = over || found > atMost || (pass && atMost === Infinity);
    const wanted = this.#isNone ? "none" : tellBounds(this.#bounds);
    const limit = this.#withinMs === Infinity ? "" : ` within ${formatDuration(this.#withinMs)}`;
    const later = this.#later === 0 ? "" : `, and ${formatCount(this.#later)} later`;
    const sum = `found ${this.#isNone && pass ? "none" : formatCount(found)}`;
    const detail = pass ? `${sum}${limit}${later}` : `wanted ${wanted}${limit}, ${sum}${later}`;
    if (found > atMost) {
      const lead = atMost === 0 ? "the first" : "the first too many";
      return standing(this.#expr, { pass, decided, detail, nearest: this.#excess, lead });
    }
    return standing(this.#expr, { pass, decided, detail, nearest: this.#wanted.nearest });
  }
}

/**
 * `outcome`: messages that came to this, as far as they are done with.
 *
 * @example
 * ```ts
 * import { OutcomeCheck } from "./counts.ts";
 * import { Moment } from "../decide/moment.ts";
 * import assert from "node:assert/strict";
 *
 * const moment = new Moment();
 * const check = new OutcomeCheck({ kind: "outcome", outcome: "rst", bounds: { atLeast: 0, atMost: 2 } });
 * moment.begin({ scope: "MSG1", attempt: 1 }, null);
 * check.arrived(moment, 1);
 * check.settled({ n: 1, codes: [], outcome: "rst", atMs: 5 });
 * assert.deepEqual(check.standing(9, true).detail, "found 1");
 * ```
 */
export class OutcomeCheck implements Check {
  readonly #expr: string;
  readonly #expectation: Of<"outcome">;
  /** Messages that are not done with; who feeds this holds them, too. */
  readonly #open: Map<number, Miss> = new Map();
  #found = 0;
  readonly #excess: Miss[] = [];

  constructor(expectation: Of<"outcome">) {
    this.#expr = tellExpectation(expectation);
    this.#expectation = expectation;
  }

  arrived(moment: Moment, n: number): void {
    this.#open.set(n, missOf(moment, n, []));
  }

  settled({ n, outcome }: Settled): void {
    const name = this.#open.get(n);
    if (name === undefined) return;
    this.#open.delete(n);
    const { outcome: wanted, bounds } = this.#expectation;
    if (outcome !== wanted) return;
    this.#found++;
    if (this.#found > bounds.atMost && this.#excess.length < MOST_MISSES) this.#excess.push(name);
  }

  standing(_nowMs: number, final: boolean): Standing {
    const { bounds } = this.#expectation;
    const found = this.#found;
    const pass = found >= bounds.atLeast && found <= bounds.atMost;
    const open = this.#open.size === 0 ? "" : `, and ${formatCount(this.#open.size)} not done with`;
    const sum = `found ${formatCount(found)}${open}`;
    return standing(this.#expr, {
      pass,
      decided: final || found > bounds.atMost || (pass && bounds.atMost === Infinity),
      detail: pass ? sum : `wanted ${tellBounds(bounds)}, ${sum}`,
      nearest: this.#excess,
      lead: "the first too many",
    });
  }
}
