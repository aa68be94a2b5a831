/**
 * The messages to send (send, spam): from files, standard input, a text on the command line, or
 * the built-in sample. What cannot be read is an error before anything is sent.
 *
 * @module
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { utf8 } from "../lib/bytes.ts";
import { systemCode } from "../lib/errors.ts";
import { controlIdPrefix } from "../lib/hl7/patch.ts";
import { sampleAdt } from "../lib/hl7/sample.ts";
import { splitMessages } from "../lib/hl7/split.ts";
import { resolveEscapes } from "../lib/hl7/split_escapes.ts";
import { freshSeed } from "../lib/random.ts";
import { formatCount } from "../lib/values.ts";
import { UsageError } from "./exit_code.ts";
import type { Output } from "./output.ts";

/** A message, and where it came from. */
export interface OutgoingMessage {
  readonly bytes: Uint8Array;
  /** `adt.hl7`, `batch.hl7:12` (the line) where a file holds several, `sample`, `stdin`. */
  readonly source: string;
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
  /** Whether a folder stands for the files in it. */
  readonly folders?: boolean;
  readonly input: Readable;
  readonly output: Output;
}

/** What a file, or all of standard input, may weigh (our decision: it is held in memory). */
const LARGEST = 1024 * 1024 * 1024;

/**
 * Every message, in order. Without files and text: the sample, with a fresh id and time. Throws a
 * `UsageError` that names the file for one that cannot be read or holds no message.
 */
export async function readMessages(files: readonly string[], options: ReadOptions): Promise<OutgoingMessage[]> {
  if (options.text !== undefined) {
    if (files.length > 0) {
      throw new UsageError(`--text: a message and files were given (${files[0]}); wanted one of them`);
    }
    // Who types the message knows that it is no HL7.
    return cut("--text", utf8(options.text), { ...options, anyText: true });
  }
  if (files.length === 0) {
    const at = new Date();
    const controlId = `${controlIdPrefix(freshSeed())}${String(at.getTime() % 1e6).padStart(6, "0")}`;
    return [{ bytes: sampleAdt({ controlId, at }), source: "sample" }];
  }
  const messages: OutgoingMessage[] = [];
  for (const path of files.flatMap((file) => options.folders ? inFolder(file) : [file])) {
    const bytes = path === "-" ? await readAll(options.input) : readFile(path);
    messages.push(...cut(path === "-" ? "stdin" : path, bytes, options));
  }
  return messages;
}

function cut(name: string, bytes: Uint8Array, options: ReadOptions): OutgoingMessage[] {
  const { raw, anyText, whole, escapes, wholeBatch } = options;
  if (whole) return asItIs(name, bytes, escapes);
  const { messages, foundMsh, skipped } = splitMessages(bytes, { raw, escapes, wholeBatch });
  if (!foundMsh && !anyText) {
    const what = bytes.length === 0 ? "it is empty" : "no line begins with MSH";
    throw new UsageError(`${name}: no HL7 message in it (${what}); --raw sends it as it is`);
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
  }));
}

/** One message, every byte of it. */
function asItIs(name: string, bytes: Uint8Array, escapes: boolean): OutgoingMessage[] {
  if (bytes.length === 0) throw new UsageError(`${name}: there is nothing in it to send`);
  return [{ bytes: escapes ? resolveEscapes(bytes) : bytes, source: name }];
}

function inFolder(path: string): string[] {
  if (path === "-" || !read(path, () => statSync(path)).isDirectory()) return [path];
  const names = read(path, () => readdirSync(path, { withFileTypes: true }));
  // Hidden files are an editor's or a system's, not the user's.
  const files = names.filter((entry) => entry.isFile() && !entry.name.startsWith(".")).map((entry) => entry.name);
  if (files.length === 0) throw new UsageError(`${path}: there is no file in this folder`);
  return files.sort().map((name) => join(path, name));
}

function readFile(path: string): Uint8Array {
  const { size } = read(path, () => statSync(path));
  if (size > LARGEST) throw tooLarge(path);
  return read(path, () => readFileSync(path));
}

function read<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw unreadable(path, error);
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
  ENOTDIR: "there is no such file",
};

function unreadable(name: string, error: unknown): UsageError {
  const code = systemCode(error);
  const why = WHY[code] ?? (code === "" ? String(error) : code);
  return new UsageError(`${name}: cannot read it: ${why}`, { cause: error });
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

function tooLarge(name: string): UsageError {
  return new UsageError(`${name}: more than 1 GiB; split the file`);
}
