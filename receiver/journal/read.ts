/**
 * Reading a journal: its lines with their places, from bytes, from a stream, or from all files of
 * a rotated set. A line that is torn, as a killed receiver leaves it, is told of and left out: what it
 * was to say was never acknowledged. Any other damage is an error that names file and line.
 *
 * @module
 */
import { createReadStream, existsSync } from "node:fs";
import { NdjsonReader } from "../../lib/ndjson.ts";
import { isHead, type JournalLine } from "./entry.ts";
import { asLine } from "./line.ts";
import { journalFiles } from "./rotated.ts";

/** The longest line that is read (our decision: a message of the longest frame by default, all of it escaped, is shorter). */
const LONGEST_LINE = 256 * 1024 * 1024;

/** A line and where it stands. */
export interface PlacedLine {
  readonly line: JournalLine;
  readonly file: string;
  /** From 1. */
  readonly lineNumber: number;
}

/** A line that its writer did not finish. */
export interface TornJournalLine {
  readonly file: string;
  readonly lineNumber: number;
  /** How much there is of it. */
  readonly bytes: number;
}

/** How a journal is read. */
export interface ReadOptions {
  /** What errors call it: mostly its file. */
  readonly name: string;
  /** Hears of a torn line: the last one, or one before a head, where a receiver was started again. */
  torn?(line: TornJournalLine): void;
}

/**
 * The lines of one journal file.
 *
 * @throws RangeError that names file and line, for a line that is none of a journal, or a file without a head
 *
 * @example
 * ```ts
 * import { readJournal } from "./read.ts";
 * import { utf8 } from "../../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const text = '{"journal":"mllp.journal/1","at":"2026-01-31T12:00:00.000Z"}\n{"note":"op';
 * const lines: number[] = [];
 * const torn: number[] = [];
 * const options = { name: "received.ndjson", torn: ({ lineNumber }: { lineNumber: number }) => torn.push(lineNumber) };
 * for await (const { lineNumber } of readJournal(utf8(text), options)) lines.push(lineNumber);
 * assert.deepEqual([lines, torn], [[1], [2]]);
 * ```
 */
export async function* readJournal(
  source: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: ReadOptions,
): AsyncGenerator<PlacedLine, void, undefined> {
  const { name: file } = options;
  let whole: PlacedLine[] = [];
  let begun = false;
  const reader = new NdjsonReader(file, (value, lineNumber) => {
    const line = asLine(value, file, lineNumber);
    if (!begun && !isHead(line)) {
      const wanted = "a journal as mllp receive --journal writes it";
      throw new RangeError(`Cannot read ${file}: line ${lineNumber} is no head of a journal, wanted ${wanted}`);
    }
    begun = true;
    whole.push({ line, file, lineNumber });
  }, { longest: LONGEST_LINE, begins: (value) => "journal" in value });
  const taken = function* (): Generator<PlacedLine> {
    const lines = whole;
    whole = [];
    yield* lines;
  };
  for await (const chunk of source instanceof Uint8Array ? [source] : source) {
    reader.push(chunk);
    yield* taken();
  }
  const torn = reader.end();
  yield* taken();
  if (!begun) throw new RangeError(`Cannot read ${file}: it is empty, wanted a journal`);
  for (const { line: lineNumber, bytes } of torn) options.torn?.({ file, lineNumber, bytes });
}

/**
 * The lines of a journal and of the files it was rotated into, the oldest first.
 *
 * @throws RangeError as `readJournal` does; what the system throws for a file that cannot be read
 *
 * @example
 * ```ts
 * import { readJournalFiles } from "./read.ts";
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(readJournalFiles("journal-of-nobody.ndjson").next());
 * ```
 */
export async function* readJournalFiles(
  path: string,
  options: Pick<ReadOptions, "torn"> = {},
): AsyncGenerator<PlacedLine, void, undefined> {
  const files = journalFiles(path);
  for (const file of files) {
    // Killed between two files, a receiver leaves the old ones alone.
    if (file === path && files.length > 1 && !existsSync(file)) return;
    const stream: AsyncIterable<Uint8Array> = createReadStream(file, { highWaterMark: 256 * 1024 });
    yield* readJournal(stream, { name: file, torn: options.torn });
  }
}
