/**
 * `--csv-feed FILE`: a CSV file as a table for slots. The separator (comma, semicolon or tab) is the one that
 * the header row has most of; the file's bytes are kept, whatever their charset.
 *
 * @module
 */
import { CsvTable } from "../../lib/feed/csv_table.ts";
import { latin1 } from "../../lib/bytes.ts";
import { UsageError } from "../exit_code.ts";
import { readFile } from "../messages.ts";

/** Held in memory, several times over while it is read (our decision). */
const LARGEST = 64 * 1024 * 1024;
const SEPARATORS = [",", ";", "\t"] as const;

/**
 * Reads the file. Throws a `UsageError` with the file's name, and its line where there is one, for a file that
 * cannot be read, is empty, has no row below its header, or rows of another length.
 */
export async function readCsv(path: string): Promise<CsvTable> {
  const bytes = readFile(path, LARGEST);
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new UsageError(`${path}: it is UTF-16; save it as UTF-8`);
  }
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const text = latin1(bytes, marked ? 3 : 0);
  // Loaded here: few runs need it.
  const { parse } = await import("csv-parse/sync");
  const records: string[][] = [];
  try {
    parse(text, {
      delimiter: separatorOf(text),
      relax_column_count: true,
      skip_empty_lines: true,
      on_record(record: string[], { lines }: { lines: number }) {
        check(path, record, lines, records[0]);
        records.push(record);
        return null;
      },
    });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw notCsv(path, error);
  }
  const [header, ...rows] = records;
  if (header === undefined) {
    throw new UsageError(`${path}: it is empty; wanted a row of column names, and rows below it`);
  }
  const columns = header.map((column) => column.trim());
  const twice = columns.find((column, i) => column !== "" && columns.indexOf(column) !== i);
  if (twice !== undefined) throw new UsageError(`${path}:1: two columns are called "${twice}"`);
  if (rows.length === 0) throw new UsageError(`${path}: there is no row below the column names`);
  return new CsvTable(path, columns, rows);
}

function check(path: string, record: readonly string[], line: number, header: readonly string[] | undefined): void {
  const wanted = header?.length ?? record.length;
  if (record.length !== wanted) {
    throw new UsageError(
      `${path}:${line}: found ${record.length} values, wanted ${wanted} as in the row of column names`,
    );
  }
  for (const value of record) {
    for (let at = 0; at < value.length; at++) {
      const code = value.charCodeAt(at);
      if (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) {
        const hex = code.toString(16).toUpperCase().padStart(2, "0");
        throw new UsageError(`${path}:${line}: a value holds the control character 0x${hex}`);
      }
    }
  }
}

/** Of the header row, what it has most of outside of quotes. */
function separatorOf(text: string): string {
  const counts = new Map<string, number>(SEPARATORS.map((separator) => [separator, 0]));
  let quoted = false;
  for (const char of text) {
    if (char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (char === "\n" || char === "\r") break;
    else if (counts.has(char)) counts.set(char, counts.get(char)! + 1);
  }
  return [...counts].reduce((most, other) => other[1] > most[1] ? other : most)[0];
}

/** The parser's own words show values of the file: only what it calls the mistake is passed on. */
function notCsv(path: string, error: unknown): UsageError {
  const { message = "", lines } = error as { readonly message?: string; readonly lines?: number };
  const what = message.split(":")[0].toLowerCase();
  return new UsageError(`${path}${lines === undefined ? "" : `:${lines}`}: cannot read it as CSV: ${what}`, {
    cause: error,
  });
}
