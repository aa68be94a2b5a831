/**
 * The scenarios of examples/, each run by the compiled binary on a free port, and what a raw client needs to see what they show.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { run, type Running, startReceiver } from "../binary.ts";
import { type Caller, callPort } from "../receiver/caller.ts";
import { read, ROOT } from "../source.ts";

/** The names of all examples. */
export const EXAMPLES: readonly string[] = readdirSync(join(ROOT, "examples"))
  .filter((name) => name.endsWith(".yaml")).sort();

/** A run under way. */
export type Example = Running & { readonly port: number };

/** How an example is run for a test. */
export interface ShowOptions {
  /** Other texts in a copy of the file: times that are made for people, ports. Each must be there. */
  readonly change?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** A frame of MLLP. */
export function framed(payload: string): string {
  return `\v${payload}\u001c\r`;
}

/** A message in text. */
export function message(id: string, type = "ADT^A01", rest = "PID|1||4711^^^HOSP^MR\r"): string {
  return `MSH|^~\\&|ADT|WARD|LAB|MAIN|20260131120000||${type}|${id}|P|2.5\r${rest}`;
}

/** Messages with these ids, framed, one behind the other. */
export function messages(...ids: readonly (string | number)[]): string {
  return ids.map((id) => framed(message(String(id)))).join("");
}

/** So many ids. */
export function ids(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `M${i + 1}`);
}

/** The path of an example, or of a copy with other texts in a folder. */
function pathOf(name: string, folder: string, change: Readonly<Record<string, string>>): string {
  const file = `examples/${name}.yaml`;
  if (Object.keys(change).length === 0) return join(ROOT, file);
  let text = read(file);
  for (const [from, to] of Object.entries(change)) {
    assert.ok(text.includes(from), `${file} says nothing of '${from}'`);
    text = text.replaceAll(from, to);
  }
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, text);
  return path;
}

/** Tests that an example shows what it says: it runs on a free port while `look` looks. */
export function shows(
  name: string,
  what: string,
  look: (receiver: Example) => Promise<void>,
  { change = {}, args = [] }: ShowOptions = {},
): void {
  test(`examples/${name}.yaml ${what}`, { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "mllp-show-"));
    try {
      const receiver = await startReceiver([pathOf(name, folder, change), "--json", ...args]);
      try {
        await look(receiver);
      } finally {
        await receiver.stop();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

/** Opens a connection, sends, and waits until so many acknowledgements have come. */
export async function ask(receiver: Example, bytes: string, acks: number): Promise<Caller> {
  const caller = await callPort(receiver.port);
  caller.write(bytes);
  await caller.untilAcks(acks);
  return caller;
}

/** What `--dry-run` says would be done with messages, a second apart: the steps in words, by control id. */
export async function foretold(
  name: string,
  controlIds: readonly string[],
  args: readonly string[] = [],
): Promise<{ id: string; phase: string | null; rule: string | null; atMs: number }[]> {
  const folder = mkdtempSync(join(tmpdir(), "mllp-show-"));
  try {
    const path = join(folder, "messages.hl7");
    writeFileSync(path, messages(...controlIds));
    const { code, stdout, stderr } = await run([
      "receive",
      join(ROOT, "examples", `${name}.yaml`),
      "--dry-run",
      path,
      "--json",
      ...args,
    ]);
    assert.equal(code, 0, stderr);
    return stdout.trim().split("\n").map((line) => {
      const { controlId, phase, rule, at_ms } = JSON.parse(line);
      return { id: controlId, phase, rule, atMs: at_ms };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
