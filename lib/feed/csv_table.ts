/**
 * The rows of a CSV file, for slots: message `k` takes row `k` modulo their number. How a file is read is
 * the business of who has it.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { latin1, utf8 } from "../bytes.ts";
import { decodeText } from "../hl7/charset.ts";
import { nearest } from "../values.ts";

/**
 * A table. Its text has one character for each byte of the file, so that values go into a message as they
 * are, whatever their charset.
 *
 * @example
 * ```ts
 * import { CsvTable } from "./csv_table.ts";
 * import { latin1 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const table = new CsvTable("beds.csv", ["ward", "bed"], [["W1", "1"], ["W2", "2"]]);
 * assert.equal(latin1(table.column("ward")[1]), "W2");
 * assert.throws(() => table.column("wrad"), /beds.csv has no column "wrad".*did you mean ward/);
 * ```
 */
export class CsvTable {
  readonly #columns = new Map<string, readonly Uint8Array[]>();

  /** Throws a `RangeError` for no rows. */
  constructor(
    /** The file's name, for errors. */
    readonly name: string,
    /** The names of the columns, in their order. */
    readonly columns: readonly string[],
    /** Each as long as `columns`. */
    readonly rows: readonly (readonly string[])[],
  ) {
    if (rows.length === 0) throw new RangeError(`${name}: there is no row below the header`);
  }

  /** The values of a column, by row. Throws a `RangeError` that lists the columns for one that is not there. */
  column(title: string): readonly Uint8Array[] {
    const asBytes = latin1(utf8(title));
    const known = this.#columns.get(asBytes);
    if (known !== undefined) return known;
    const inUtf8 = this.columns.indexOf(asBytes);
    // A file that is not UTF-8 has one character a byte already.
    const index = inUtf8 < 0 ? this.columns.indexOf(title) : inUtf8;
    if (index < 0) {
      const columns = this.columns.map(shown);
      const meant = nearest(title, columns);
      throw new RangeError(
        `${this.name} has no column "${title}"; there are: ${listed(columns)}${
          meant === null ? "" : `; did you mean ${meant}?`
        }`,
      );
    }
    const values = this.rows.map((row) => Uint8Array.from(row[index], (char) => char.charCodeAt(0)));
    this.#columns.set(asBytes, values);
    return values;
  }
}

/** So many columns are named in an error. */
const MOST_NAMED = 30;

function listed(columns: readonly string[]): string {
  const more = columns.length - MOST_NAMED;
  return more > 0 ? `${columns.slice(0, MOST_NAMED).join(", ")} and ${more} more` : columns.join(", ");
}

function shown(column: string): string {
  return decodeText(Uint8Array.from(column, (char) => char.charCodeAt(0)), null);
}
