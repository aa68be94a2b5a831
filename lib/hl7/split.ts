/**
 * A file of messages, cut into its messages: framed, unframed, or in batches. A file is all there
 * at once: this is no framer, and the stream of a peer never comes here.
 *
 * # How a file is read (protocols.md section 8; where it is silent, our decisions)
 *
 * - *Framed*: a 0x0B comes before any line that begins a message. A frame ends at 0x1C followed by CR, LF
 *   (an editor's work), the next 0x0B or the end of the file. What lies between frames is skipped.
 * - *Unframed*: a message begins where a line begins with `MSH` and a separator; `MSH|` inside a
 *   field begins nothing. Other lines belong to the message above them.
 * - *Batches*: FHS, BHS, BTS and FTS lines enclose messages and are left out; with `wholeBatch`
 *   the lines from FHS (or BHS) to FTS (or BTS) are one message.
 * - Without `raw` every LF and CR LF becomes a CR, blank lines after a message go, and its last
 *   segment ends with one CR. With `raw` each message's bytes stay as they are, up to where the next begins; and
 *   a file that holds no message is one message, whole.
 * - A UTF-8 byte order mark at the beginning is skipped, blank lines before a message are.
 * - What is skipped and is not blank is told by `skipped`: nothing gets lost unseen.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { CR, FS, LF, VT } from "../bytes.ts";
import { SourceText } from "./split_escapes.ts";
import { isSeparator } from "./separators.ts";

/** How a file is to be read. */
export interface SplitOptions {
  /** Leave every byte of a message as it is. */
  readonly raw?: boolean;
  /** A batch is one message. */
  readonly wholeBatch?: boolean;
  /** Backslash escapes in the file become bytes first: see `resolveEscapes`. */
  readonly escapes?: boolean;
}

/** One message of a file. */
export interface FileMessage {
  /** Its bytes, without frame; a view of the input where nothing had to be changed. */
  readonly bytes: Uint8Array;
  /** The line of the file, from 1, where it begins. */
  readonly line: number;
  /** The byte of the file, from 0, where it begins. */
  readonly offset: number;
  /** True for the last frame of a file that ends before the frame does: perhaps a part is missing. */
  readonly cutShort: boolean;
}

/** What a file holds. */
export interface SplitResult {
  readonly messages: readonly FileMessage[];
  /** Whether any message begins with `MSH` (or is a batch). False for an empty file, or one that is not HL7. */
  readonly foundMsh: boolean;
  readonly framed: boolean;
  /** What belongs to no message and is not blank: how many bytes, and the line of the first. `null` if nothing. */
  readonly skipped: { readonly bytes: number; readonly line: number } | null;
}

/** What a line begins. */
type LineKind = "MSH" | "FHS" | "BHS" | "BTS" | "FTS" | "other";

/**
 * Cuts the bytes of a file into messages. Never throws, whatever the bytes.
 *
 * @example
 * ```ts
 * import { splitMessages } from "./split.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const file = utf8("MSH|^~\\&|A\r\nPID|1\r\n\r\nMSH|^~\\&|B\r\nOBX|1|TX|||see MSH|4\r\n");
 * const { messages } = splitMessages(file);
 * assert.deepEqual(messages.map(({ line }) => line), [1, 4]);
 * assert.equal(latin1(messages[1].bytes), "MSH|^~\\&|B\rOBX|1|TX|||see MSH|4\r");
 * ```
 */
export function splitMessages(input: Uint8Array, options: SplitOptions = {}): SplitResult {
  const source = new SourceText(input, options.escapes === true);
  const file = new FileSplitter(source, options);
  return file.split();
}

class FileSplitter {
  readonly source: SourceText;
  readonly #bytes: Uint8Array;
  readonly #messages: FileMessage[] = [];
  readonly #raw: boolean;
  readonly #wholeBatch: boolean;
  #foundMsh = false;
  #skippedBytes = 0;
  #skippedLine = 0;

  constructor(source: SourceText, options: SplitOptions) {
    this.source = source;
    this.#bytes = source.bytes;
    this.#raw = options.raw === true;
    this.#wholeBatch = options.wholeBatch === true;
  }

  split(): SplitResult {
    const bytes = this.#bytes;
    const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    const firstFrame = bytes.indexOf(VT, start);
    const framed = firstFrame >= 0 && firstFrame < firstHeader(bytes, start);
    if (framed) this.#frames(start, firstFrame);
    else this.#lines(start, bytes.length, false);
    if (this.#raw && this.#messages.length === 0 && bytes.length > 0) {
      this.#messages.push({ bytes, line: 1, offset: 0, cutShort: false });
      this.#skippedBytes = 0;
    }
    const skipped = this.#skippedBytes === 0 ? null : { bytes: this.#skippedBytes, line: this.#skippedLine };
    return { messages: this.#messages, foundMsh: this.#foundMsh, framed, skipped };
  }

  #frames(from: number, first: number): void {
    const bytes = this.#bytes;
    let at = from;
    let start = first;
    while (start >= 0) {
      this.#skip(at, start);
      start++;
      let end = bytes.indexOf(FS, start);
      while (end >= 0 && !endsFrame(bytes, end + 1)) end = bytes.indexOf(FS, end + 1);
      const cutShort = end < 0;
      if (cutShort) end = bytes.length;
      const kind = lineKind(bytes, start, end);
      if (kind === "FHS" || kind === "BHS") this.#lines(start, end, cutShort);
      else this.#add(start, end, cutShort, kind === "MSH");
      at = Math.min(end + 1, bytes.length);
      start = bytes.indexOf(VT, at);
    }
    this.#skip(at, bytes.length);
  }

  /** Messages and batches among the lines of `bytes[from, to)`. */
  #lines(from: number, to: number, cutShort: boolean): void {
    const bytes = this.#bytes;
    /** Where the message being collected began; -1 when none is. */
    let open = -1;
    /** The line that will end the batch being collected whole: FTS or BTS. */
    let closing: LineKind | null = null;
    const close = (end: number): void => {
      if (open >= 0) this.#add(open, end, cutShort && end === to, true);
      open = -1;
      closing = null;
    };
    let next = from;
    for (let at = from; at < to; at = next) {
      const end = lineEnd(bytes, at, to);
      next = afterLine(bytes, end, to);
      const kind = lineKind(bytes, at, end);
      if (closing !== null) {
        // A batch is open: only its own end, or the beginning of another, closes it.
        if (kind === closing) close(next);
        else if (kind === "FHS" || (kind === "BHS" && closing === "BTS")) {
          close(at);
          open = at;
          closing = kind === "FHS" ? "FTS" : "BTS";
        }
      } else if (kind === "MSH") {
        close(at);
        open = at;
      } else if (kind !== "other") {
        close(at);
        if (this.#wholeBatch && (kind === "FHS" || kind === "BHS")) {
          open = at;
          closing = kind === "FHS" ? "FTS" : "BTS";
        }
      } else if (open < 0) this.#skip(at, next);
    }
    close(to);
  }

  #add(from: number, to: number, cutShort: boolean, msh: boolean): void {
    const { offset, line } = this.source.place(from);
    const view = this.#bytes.subarray(from, to);
    this.#messages.push({ bytes: this.#raw ? view : withCrEnds(view), line, offset, cutShort });
    if (msh) this.#foundMsh = true;
  }

  #skip(from: number, to: number): void {
    for (let at = from; at < to; at++) {
      if (isBlank(this.#bytes[at])) continue;
      if (this.#skippedBytes === 0) this.#skippedLine = this.source.place(at).line;
      this.#skippedBytes++;
    }
  }
}

/** Index of the first line that begins a message or a batch; `Infinity` if there is none. */
function firstHeader(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length;) {
    const end = lineEnd(bytes, at, bytes.length);
    const kind = lineKind(bytes, at, end);
    if (kind === "MSH" || kind === "FHS" || kind === "BHS") return at;
    at = afterLine(bytes, end, bytes.length);
  }
  return Infinity;
}

function lineEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== CR && bytes[at] !== LF) at++;
  return at;
}

function afterLine(bytes: Uint8Array, end: number, to: number): number {
  if (end >= to) return to;
  return bytes[end] === CR && end + 1 < to && bytes[end + 1] === LF ? end + 2 : end + 1;
}

function lineKind(bytes: Uint8Array, from: number, to: number): LineKind {
  if (to - from < 3) return "other";
  const name = String.fromCharCode(bytes[from], bytes[from + 1], bytes[from + 2]);
  switch (name) {
    case "MSH":
    case "FHS":
    case "BHS":
      return to - from > 3 && isSeparator(bytes[from + 3]) ? name : "other";
    case "BTS":
    case "FTS":
      return to - from === 3 || isSeparator(bytes[from + 3]) ? name : "other";
    default:
      return "other";
  }
}

function endsFrame(bytes: Uint8Array, at: number): boolean {
  return at >= bytes.length || bytes[at] === CR || bytes[at] === LF || bytes[at] === VT;
}

function isBlank(byte: number): boolean {
  return byte === CR || byte === LF || byte === 0x20 || byte === 0x09;
}

/** Every LF and CR LF as a CR, and one CR at the end; the same bytes if they are so already. An empty message stays empty. */
function withCrEnds(view: Uint8Array): Uint8Array {
  let to = view.length;
  while (to > 0 && (view[to - 1] === CR || view[to - 1] === LF)) to--;
  const lineFeed = view.indexOf(LF);
  if (lineFeed < 0 || lineFeed >= to) {
    if (to === 0) return view.subarray(0, 0);
    if (to < view.length && view[to] === CR) return view.subarray(0, to + 1);
  }
  const out = new Uint8Array(to + 1);
  let length = 0;
  for (let at = 0; at < to; at++) {
    const byte = view[at];
    if (byte !== LF) out[length++] = byte;
    else if (at === 0 || view[at - 1] !== CR) out[length++] = CR;
  }
  out[length++] = CR;
  return out.subarray(0, length);
}
