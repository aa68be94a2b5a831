/**
 * Lines of JSON (NDJSON) from bytes as they come: one object a line, each line as soon as it is whole. A
 * writer that was killed leaves a torn line behind; that is told, and is no error.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { joined, LF, NO_BYTES } from "./bytes.ts";
import { formatSize } from "./values.ts";

/** The longest line (our decision: a message of the longest frame by default, all of it escaped, is shorter). */
const LONGEST = 256 * 1024 * 1024;

/** A line that its writer did not finish. */
export interface TornLine {
  /** Counted from 1. */
  readonly line: number;
  /** How much there is of it. */
  readonly bytes: number;
}

/** What a line holds. */
export type NdjsonValue = Readonly<Record<string, unknown>>;

/** Choices of reading. */
export interface NdjsonOptions {
  /** The longest line that is taken, in bytes; default 256 MiB. */
  readonly longest?: number;
  /**
   * Whether a line is the first of a writer that began anew in the same file: what stands torn before it is its
   * predecessor's. Without it, only the last line may be torn.
   */
  readonly begins?: (value: NdjsonValue) => boolean;
}

const decoder = new TextDecoder();

/**
 * A reader of NDJSON; `name` is what errors call the text, mostly its file. Blank lines are passed over.
 *
 * @example
 * ```ts
 * import { NdjsonReader } from "./ndjson.ts";
 * import { utf8 } from "./bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const taken: unknown[] = [];
 * const reader = new NdjsonReader("run.ndjson", (value) => taken.push(value.k));
 * reader.push(utf8('{"k":0}\n{"k"'));
 * reader.push(utf8(':1}\n{"k":2,"at":"2026-'));
 * assert.deepEqual(reader.end(), [{ line: 3, bytes: 18 }]);
 * assert.deepEqual(taken, [0, 1]);
 * ```
 */
export class NdjsonReader {
  readonly #name: string;
  readonly #take: (value: NdjsonValue, lineNumber: number) => void;
  readonly #longest: number;
  readonly #begins: (value: NdjsonValue) => boolean;
  /** The beginning of a line whose end has not come yet, in the pieces it came in. */
  #pieces: Uint8Array[] = [];
  #held = 0;
  #line = 0;
  #taken = false;
  readonly #torn: TornLine[] = [];
  /** A line that cannot be read: torn, if the next one begins anew or none comes; else an error. */
  #doubtful: TornLine | null = null;

  constructor(name: string, take: (value: NdjsonValue, lineNumber: number) => void, options: NdjsonOptions = {}) {
    this.#name = name;
    this.#take = take;
    this.#longest = options.longest ?? LONGEST;
    this.#begins = options.begins ?? (() => false);
  }

  /**
   * Takes more bytes, and gives each line that they complete to `take`. Throws a `RangeError` that names the line
   * for one that is no JSON object or too long, and whatever `take` throws.
   */
  push(chunk: Uint8Array): void {
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      this.#complete(chunk.subarray(from, end));
      from = end + 1;
    }
    if (from === chunk.length) return;
    this.#check(this.#held + chunk.length - from, this.#line + 1);
    // A copy: the chunk may be used again by who reads.
    this.#pieces.push(chunk.slice(from));
    this.#held += chunk.length - from;
  }

  /**
   * There is no more. A last line without its line end is taken if it is whole all the same. Returns the torn lines,
   * of which nothing was taken; throws as `push` does, and if there are lines and none could be read.
   */
  end(): readonly TornLine[] {
    if (this.#held > 0) this.#complete(NO_BYTES);
    const doubtful = this.#doubtful;
    if (doubtful !== null) {
      if (!this.#taken) throw this.#unreadable(doubtful);
      this.#torn.push(doubtful);
      this.#doubtful = null;
    }
    return this.#torn;
  }

  #complete(tail: Uint8Array): void {
    this.#line++;
    this.#check(this.#held + tail.length, this.#line);
    const bytes = this.#held === 0 ? tail : this.#joined(tail);
    if (isBlank(bytes)) return;
    const value = parse(bytes);
    if (value !== null) return this.#hand(value);
    if (this.#doubtful !== null) throw this.#unreadable(this.#doubtful);
    this.#doubtful = { line: this.#line, bytes: bytes.length };
  }

  #hand(value: NdjsonValue): void {
    const doubtful = this.#doubtful;
    if (doubtful !== null) {
      if (!this.#taken || !this.#begins(value)) throw this.#unreadable(doubtful);
      this.#torn.push(doubtful);
      this.#doubtful = null;
    }
    this.#taken = true;
    this.#take(value, this.#line);
  }

  #joined(tail: Uint8Array): Uint8Array {
    const whole = joined([...this.#pieces, tail]);
    this.#pieces = [];
    this.#held = 0;
    return whole;
  }

  #check(length: number, line: number): void {
    if (length <= this.#longest) return;
    const most = formatSize(this.#longest);
    throw new RangeError(`Cannot read ${this.#name}: line ${line} is longer than ${most}, the most that is taken`);
  }

  /** It does not repeat the line, which may be about a patient. */
  #unreadable({ line }: TornLine): RangeError {
    return new RangeError(`Cannot read ${this.#name}: line ${line} is no JSON object, wanted one object a line`);
  }
}

function parse(bytes: Uint8Array): NdjsonValue | null {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value as NdjsonValue : null;
  } catch {
    return null;
  }
}

function isBlank(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
  return true;
}
