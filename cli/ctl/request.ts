/**
 * What the actions of `mllp ctl` are made of: operands read, one request sent, its answer shown or its refusal told.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { whyNotRead } from "../../lib/system_words.ts";
import { printable } from "../../lib/text.ts";
import { type ExitCode, UsageError } from "../exit_code.ts";
import type { Output } from "../output.ts";
import type { Answer, Asked, ControlClient } from "./client.ts";

/** The flags that only some actions take. */
export type ActionFlag =
  | "at"
  | "ttl"
  | "timeout"
  | "limit"
  | "since"
  | "type"
  | "rule"
  | "unmatched"
  | "follow"
  | "types";

/** What an action is done with. */
export interface ActionCall {
  readonly client: ControlClient;
  /** The operands behind its words. */
  readonly args: readonly string[];
  /** As they were written. */
  readonly flags: Readonly<Partial<Record<ActionFlag, string>>>;
  readonly output: Output;
  readonly input: Readable;
}

/** An action. */
export interface Action {
  readonly words: string;
  /** How its operands are called: `ID FILE`; brackets mark what may be missing. */
  readonly operands: string;
  /** In a few words, for the help. */
  readonly about: string;
  readonly flags?: readonly ActionFlag[];
  run(call: ActionCall): Promise<ExitCode>;
}

/** What a file may weigh. */
const LARGEST = 16 * 1024 * 1024;

/** Asks, and gives the answer as JSON; what the API refuses is the user's mistake. */
export async function ask<T>(call: ActionCall, asked: Asked, called = ""): Promise<T> {
  return judged(await call.client.ask(asked), call.output, called).json as T;
}

/** An answer that is one; what the API refuses is told, each thing on a line, the last by the `UsageError` thrown. */
export function judged(answer: Answer, output: Output, called: string): Answer {
  if (answer.status < 400) return answer;
  if (output.json) output.document(answer.json);
  const { error } = answer.json as {
    error: { message: string; issues?: { path: string; line: number; column: number; message: string }[] };
  };
  const lines =
    error.issues?.map(({ path, line, column, message }) =>
      `${called === "" ? "" : `${called}:`}${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`
    ) ?? [error.message];
  for (const line of lines.slice(0, -1)) output.fail(printable(line));
  throw new UsageError(printable(lines[lines.length - 1]));
}

/** Asks, and shows what came: with `--json` as it is, else as lines. */
export async function shown<T>(
  call: ActionCall,
  asked: Asked,
  lines: (answer: T) => readonly string[],
  called = "",
): Promise<ExitCode> {
  const { output } = call;
  const answer = await ask<T>(call, asked, called);
  if (output.json) output.document(answer);
  else for (const line of lines(answer)) output.report(line);
  return 0;
}

/** A request to read something. */
export const get = (path: string, query: Asked["query"] = {}): Asked => ({ method: "GET", path, query });

/** A request to do something. */
export const post = (path: string): Asked => ({ method: "POST", path });

/** The path of a rule. */
export const rulePath = (id: string) => `/v1/rules/${encodeURIComponent(id)}`;

/** A file's bytes. Throws a `UsageError`. */
export function readFile(path: string): Uint8Array {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > LARGEST) throw new UsageError(`${path}: it is larger than 16 MiB`);
    return bytes;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Cannot read '${path}': ${whyNotRead(error)}`, { cause: error });
  }
}

/** All of standard input. Throws a `UsageError` for too much of it. */
export async function readInput(input: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input) {
    const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk as Uint8Array;
    size += bytes.length;
    if (size > LARGEST) throw new UsageError("standard input: it is larger than 16 MiB");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** What an operand stands for: standard input for `-`, a file, or with a brace at its beginning itself. */
export async function fileOrText(
  call: ActionCall,
  operand: string,
): Promise<{ body: string | Uint8Array; called: string }> {
  if (operand === "-") return { body: await readInput(call.input), called: "standard input" };
  if (/^\s*\{/.test(operand)) return { body: operand, called: "rule" };
  return { body: readFile(operand), called: operand };
}

/** What an operand stands for: itself, standard input for `-`, a file for `@FILE`. */
export async function textOrFile(
  call: ActionCall,
  operand: string,
): Promise<{ body: string | Uint8Array; called: string }> {
  if (operand === "-") return { body: await readInput(call.input), called: "standard input" };
  if (operand.startsWith("@")) return { body: readFile(operand.slice(1)), called: operand.slice(1) };
  return { body: operand, called: "" };
}
