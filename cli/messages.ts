/**
 * The messages to send (send, spam): from files, standard input, a text on the command line, or
 * the built-in sample. What cannot be read is an error before anything is sent.
 *
 * @module
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { Readable } from "node:stream";
import { utf8, VT } from "../lib/bytes.ts";
import { controlIdPrefix } from "../lib/hl7/patch.ts";
import { sampleAdt } from "../lib/hl7/sample.ts";
import { splitMessages } from "../lib/hl7/split.ts";
import { resolveEscapes } from "../lib/hl7/split_escapes.ts";
import { freshSeed } from "../lib/random.ts";
import { formatCount, formatSize } from "../lib/values.ts";
import { whyNotRead } from "../lib/system_words.ts";
import { UsageError } from "./exit_code.ts";
import type { Output } from "./output.ts";

/** A message, and where it came from. */
export interface OutgoingMessage {
  readonly bytes: Uint8Array;
  /** `adt.hl7`, `batch.hl7:12` (the line) where a file holds several, `sample`, `stdin`. */
  readonly source: string;
  /** `adt.hl7`. */
  readonly file: string;
  /** Where in the file it begins, from 1. */
  readonly line: number;
  readonly column: number;
}

/** What one operand stands for. */
export interface OutgoingGroup {
  /** The file or folder, as it was written; `sample`, `--text`. */
  readonly operand: string;
  readonly messages: readonly OutgoingMessage[];
}

/** How the messages are read. */
export interface ReadOptions {
  /** Leave the bytes as they are. */
  readonly raw: boolean;
  /** Whether text that is not HL7 is fine too. */
  readonly anyText: boolean;
  /** Whether a file is one message, every byte of it: for sending without frames. */
  readonly whole: boolean;
  /** Turn `\x0b` and the like into the bytes they mean. */
  readonly escapes: boolean;
  readonly wholeBatch?: boolean;
  /** `--text`: the message itself. */
  readonly text?: string | undefined;
  /** Whether a folder stands for the files in it; those of its subfolders are not. */
  readonly folders?: boolean;
  /** What the sample's control id is drawn from; a fresh one each time, if not given. */
  readonly seed?: number;
  readonly input: Readable;
  readonly output: Output;
}

/** What a file, or all of standard input, may weigh (our decision: it is held in memory). */
const LARGEST = 1024 * 1024 * 1024;
/** So many files without a message are named. */
const MOST_NAMED = 3;

/** A file without a message in it. */
class NoMessageError extends UsageError {
  constructor(
    readonly file: string,
    /** In a few words, what is there instead. */
    readonly why: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Every message, in order. Without files and text: the sample, with a fresh id and time. Throws a
 * `UsageError` that names the file for one that cannot be read or holds no message.
 */
export async function readMessages(files: readonly string[], options: ReadOptions): Promise<OutgoingMessage[]> {
  return (await readGroups(files, options)).flatMap(({ messages }) => messages);
}

/**
 * As `readMessages`, by operand. In a folder, files without a message are left out with a warning, unless
 * none is left.
 */
export async function readGroups(files: readonly string[], options: ReadOptions): Promise<OutgoingGroup[]> {
  if (options.text !== undefined) {
    if (files.length > 0) {
      throw new UsageError(`--text: a message and files were given (${files[0]}); wanted one of them`);
    }
    // Who types the message knows that it is no HL7.
    return [{ operand: "--text", messages: cut("--text", utf8(options.text), { ...options, anyText: true }) }];
  }
  if (files.length === 0) {
    const at = new Date();
    const rest = options.seed === undefined ? String(at.getTime() % 1e6).padStart(6, "0") : "0".repeat(12);
    const controlId = `${controlIdPrefix(options.seed ?? freshSeed())}${rest}`;
    return [{ operand: "sample", messages: [whole("sample", sampleAdt({ controlId, at }))] }];
  }
  const groups: OutgoingGroup[] = [];
  for (const operand of files) {
    if (operand === "-") groups.push({ operand, messages: cut("stdin", await readAll(options.input), options) });
    else if (options.folders && isFolder(operand)) {
      groups.push({ operand, messages: folder(operand, options) });
    } else groups.push({ operand, messages: cut(operand, readFile(operand), options) });
  }
  return groups;
}

function folder(path: string, options: ReadOptions): OutgoingMessage[] {
  const messages: OutgoingMessage[] = [];
  const without: NoMessageError[] = [];
  const { files, folders } = inFolder(path);
  const notRead = folders === 0 ? "" : `${formatCount(folders)} ${folders === 1 ? "subfolder" : "subfolders"} not read`;
  if (files.length === 0) {
    throw new UsageError(`${path}: there is no file in this folder${notRead === "" ? "" : `; ${notRead}`}`);
  }
  for (const file of files) {
    try {
      for (const message of cut(file, readFile(file), options)) messages.push(message);
    } catch (error) {
      if (!(error instanceof NoMessageError)) throw error;
      without.push(error);
    }
  }
  if (notRead !== "" && messages.length > 0) options.output.warn(`${path}: ${notRead}`);
  if (without.length === 0) return messages;
  const named = without.slice(0, MOST_NAMED).map(({ file, why }) => `${basename(file)} (${why})`).join(", ");
  const more = without.length > MOST_NAMED ? ` and ${without.length - MOST_NAMED} more` : "";
  const advice = options.anyText || options.whole ? "" : "; --raw sends them as they are";
  if (messages.length === 0) {
    const also = notRead === "" ? "" : `; ${notRead}`;
    throw new UsageError(`${path}: no file in this folder holds a message: ${named}${more}${also}${advice}`);
  }
  const count = `${formatCount(without.length)} of ${formatCount(files.length)} files`;
  options.output.warn(`${path}: ${count} hold no message and are left out: ${named}${more}${advice}`);
  return messages;
}

function cut(name: string, bytes: Uint8Array, options: ReadOptions): OutgoingMessage[] {
  const { raw, anyText, escapes, wholeBatch } = options;
  if (options.whole) return asItIs(name, bytes, escapes);
  const { messages, foundMsh, skipped } = splitMessages(bytes, { raw, escapes, wholeBatch });
  if (!foundMsh && !anyText) {
    const why = bytes.length === 0
      ? "it is empty"
      : isUtf16(bytes)
      ? "it is UTF-16, as Windows writes texts: wanted it as UTF-8"
      : "no line begins with MSH";
    throw new NoMessageError(name, why, `${name}: no HL7 message in it (${why}); --raw sends it as it is`);
  }
  if (!foundMsh) return asItIs(name, bytes, escapes);
  if (skipped !== null) {
    options.output.warn(
      `${name}: ${formatCount(skipped.bytes)} bytes from line ${skipped.line} on belong to no message and are not sent`,
    );
  }
  for (const message of messages) {
    if (message.cutShort) {
      options.output.warn(`${name}:${message.line}: the file ends before this message's frame does`);
    }
  }
  const several = messages.length > 1;
  return messages.map((message) => ({
    bytes: message.bytes,
    source: several ? `${name}:${message.line}` : name,
    file: name,
    line: message.line,
    // A frame's first byte stands before the message, on the same line.
    column: bytes[message.offset - 1] === VT ? 2 : 1,
  }));
}

/** Whether a file begins with the byte order mark of UTF-16. */
function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

/** One message, every byte of it. */
function asItIs(name: string, bytes: Uint8Array, escapes: boolean): OutgoingMessage[] {
  if (bytes.length === 0) throw new NoMessageError(name, "it is empty", `${name}: there is nothing in it to send`);
  return [whole(name, escapes ? resolveEscapes(bytes) : bytes)];
}

function whole(name: string, bytes: Uint8Array): OutgoingMessage {
  return { bytes, source: name, file: name, line: 1, column: 1 };
}

/**
 * The files that an operand stands for: itself, or those of the folder that it is; none for standard input. Throws a
 * `UsageError` if it cannot be read.
 */
export function filesOf(operand: string): string[] {
  if (operand === "-") return [];
  return isFolder(operand) ? inFolder(operand).files : [operand];
}

function isFolder(path: string): boolean {
  return read(path, () => statSync(path)).isDirectory();
}

/** The files in a folder, sorted, and how many folders; a link is what it points to. */
function inFolder(path: string): { readonly files: string[]; readonly folders: number } {
  const files: string[] = [];
  let folders = 0;
  for (const entry of read(path, () => readdirSync(path, { withFileTypes: true }))) {
    // Hidden files are an editor's or a system's, not the user's.
    if (entry.name.startsWith(".")) continue;
    const place = join(path, entry.name);
    const kind = entry.isSymbolicLink() ? read(place, () => statSync(place)) : entry;
    if (kind.isFile()) files.push(place);
    else if (kind.isDirectory()) folders++;
  }
  return { files: files.sort(), folders };
}

/** A file's bytes. Throws a `UsageError` that names it if it cannot be read, or weighs more than `largest`. */
export function readFile(path: string, largest: number = LARGEST): Uint8Array {
  const { size } = read(path, () => statSync(path));
  if (size > largest) throw tooLarge(path, largest);
  return read(path, () => readFileSync(path));
}

function read<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(name: string, error: unknown): UsageError {
  return new UsageError(`${name}: cannot read it: ${whyNotRead(error)}`, { cause: error });
}

async function readAll(input: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of input) {
      const bytes: Uint8Array = typeof chunk === "string" ? utf8(chunk) : chunk;
      size += bytes.length;
      if (size > LARGEST) throw tooLarge("stdin");
      chunks.push(bytes);
    }
  } catch (error) {
    throw error instanceof UsageError ? error : unreadable("stdin", error);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function tooLarge(name: string, largest: number = LARGEST): UsageError {
  return new UsageError(`${name}: more than ${formatSize(largest)}; split the file`);
}
