/**
 * The expectation `no_duplicates`: no value at a path comes with two messages.
 *
 * This module performs no I/O.
 *
 * # What a second message is (our decisions)
 *
 * A message that is sent again with the same control id is the same message, so what it holds is no duplicate. Where the
 * path is that of the control id itself, MSH-10, each further coming is one: that is what is asked there. A message
 * without a value at the path is no duplicate of another. With `[*]` no value of one message may be among those of another.
 *
 * @module
 */
import { Column } from "../../lib/audit/column.ts";
import { parsePath } from "../../lib/hl7/path.ts";
import { formatCount } from "../../lib/values.ts";
import type { Moment } from "../decide/moment.ts";
import type { Expectation } from "../scenario/expectation.ts";
import type { Check } from "./check.ts";
import { KeyTable, NO_ROOM } from "./key_table.ts";
import { tellExpectation } from "./tell.ts";
import { type Miss, missOf, MOST_MISSES, type Standing, standing } from "./verdict.ts";
import type { Judging } from "./wanted.ts";

/**
 * `no_duplicates`.
 *
 * @example
 * ```ts
 * import { DuplicatesCheck } from "./duplicates.ts";
 * import { Moment } from "../decide/moment.ts";
 * import assert from "node:assert/strict";
 *
 * const check = new DuplicatesCheck({ kind: "no_duplicates", path: "PID-3.1" }, { moment: new Moment(), listeners: [] });
 * assert.equal(check.standing(0, true).detail, "found none among 0 values");
 * ```
 */
export class DuplicatesCheck implements Check {
  readonly #expr: string;
  readonly #path: string;
  readonly #slot: number;
  readonly #ofControlId: boolean;
  /** Values, and for each the message it came with first and a number for that one's control id. */
  readonly #values: KeyTable;
  readonly #firsts: Column<Uint32Array> = new Column(Uint32Array);
  readonly #ids: Column<Int32Array> = new Column(Int32Array);
  readonly #controlIds: KeyTable;
  #without = 0;
  #found = 0;
  readonly #nearest: Miss[] = [];

  constructor({ path }: Extract<Expectation, { kind: "no_duplicates" }>, { moment, most }: Judging) {
    this.#expr = tellExpectation({ kind: "no_duplicates", path });
    this.#path = path;
    this.#slot = moment.values.slot(path);
    const { segment, field } = parsePath(path).parts;
    this.#ofControlId = segment === "MSH" && field === 10;
    this.#values = new KeyTable(most);
    this.#controlIds = new KeyTable(most);
  }

  arrived(moment: Moment, n: number): void {
    const { values } = moment;
    const slot = this.#slot;
    if (values.count(slot) === 0) {
      this.#without++;
      return;
    }
    const id = this.#ofControlId ? -1 : this.#controlIds.ofText(moment.scope);
    let first = 0;
    values.some(slot, (bytes, from, to) => {
      first = this.#seen(bytes, from, to, n, id);
      return first > 0;
    });
    if (first === 0) return;
    this.#found++;
    if (this.#nearest.length < MOST_MISSES) {
      this.#nearest.push(missOf(moment, n, [`with the ${this.#path} of message ${first}`]));
    }
  }

  /** The other message that had this value first; 0 if there was none. */
  #seen(bytes: Uint8Array, from: number, to: number, n: number, id: number): number {
    const before = this.#values.size;
    const key = this.#values.ofBytes(bytes, from, to);
    if (key === NO_ROOM) return 0;
    if (key === before) {
      this.#firsts.push(n);
      this.#ids.push(id);
      return 0;
    }
    const first = this.#firsts.get(key);
    const again = first === n || (id >= 0 && this.#ids.get(key) === id);
    return again ? 0 : first;
  }

  standing(_nowMs: number, final: boolean): Standing {
    const found = this.#found;
    const { size } = this.#values;
    const refused = this.#values.refused || this.#controlIds.refused;
    const pass = found === 0 && !refused;
    const without = this.#without === 0 ? "" : `; messages without one: ${formatCount(this.#without)}`;
    const messages = found === 1 ? "1 message" : `${formatCount(found)} messages`;
    const unknown = `more than ${formatCount(size)} values came, and no further ones could be remembered`;
    const detail = found > 0
      ? `wanted none, found ${messages} with a value that came before`
      : refused
      ? unknown
      : `found none among ${formatCount(size)} ${size === 1 ? "value" : "values"}${without}`;
    return standing(this.#expr, {
      pass,
      decided: final || !pass,
      detail,
      nearest: this.#nearest,
      lead: "the first",
    });
  }
}
