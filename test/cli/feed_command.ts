/** A command that does with messages what `mllp spam` does, without sending them, for tests. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { defineCommand, group, toggle, value } from "../../cli/command.ts";
import { runProgram } from "../../cli/program.ts";
import { exchangeFlags, outputFlags, rawFlag } from "../../cli/shared_flags.ts";
import { printDryRun } from "../../cli/spam/dry_run.ts";
import { feedingFlags, feedingNotes } from "../../cli/spam/feeding.ts";
import { inputFiles, readFeed } from "../../cli/spam/read_feed.ts";
import { parseShard } from "../../cli/spam/load.ts";
import { parsePositive, parseSeed } from "../../lib/values.ts";
import { RecordingStream } from "./recording_stream.ts";

/** The time of all messages. */
export const NOON = new Date(Date.UTC(2026, 0, 31, 12));

const command = defineCommand({
  name: "feed",
  purpose: "Print messages",
  operands: [{ name: "FILE", about: "what", many: true }],
  flags: {
    ...feedingFlags,
    ...group("Test", {
      seed: value("N", "seed", parseSeed, "7"),
      unframed: toggle("whole files"),
      lanes: toggle("lanes"),
      inputs: toggle("inputs"),
      shard: value("K/N", "shard", parseShard),
      most: value("N", "of the shard", parsePositive),
    }),
    ...exchangeFlags,
    ...rawFlag,
    ...outputFlags,
  },
  notes: feedingNotes,
  examples: [],
  async run({ operands, flags, output, input }) {
    const source = await readFeed(operands, flags, flags.seed, { input, output, unframed: flags.unframed });
    const { raw, shard } = flags;
    const part = shard === undefined ? {} : { first: shard.index, step: shard.of, count: flags.most };
    printDryRun(source, flags.dryRun ?? 0, { output, raw, epochMs: NOON.getTime(), ...part });
    if (flags.inputs) output.document(inputFiles(operands, flags).map(({ path, by }) => `${by} ${basename(path)}`));
    if (flags.lanes) output.document(Array.from({ length: 9 }, (_, k) => source.laneOf?.(k) ?? null));
    return 0;
  },
});

/** The folder of the tests' files: each file of tests takes it away at its end, and `file` makes it anew. */
export const folder = mkdtempSync(join(tmpdir(), "mllp-feeding-"));
export const removeFolder = () => rmSync(folder, { recursive: true, force: true });

/** Writes a file in the folder of the tests, and returns its path. */
export function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** Runs it with this standard input. */
export async function feedFrom(input: string, args: readonly string[]) {
  const [stdout, stderr] = [new RecordingStream(), new RecordingStream()];
  const code = await runProgram({
    calledAs: "mllp",
    args: ["feed", ...args],
    environment: {},
    stdout,
    stderr,
    stdin: () => Readable.from([input]),
    commands: [{ name: "feed", purpose: command.purpose, load: () => Promise.resolve(command) }],
  });
  return { code, out: stdout.text, err: stderr.text };
}

/** Runs it. */
export const feed = (...args: string[]) => feedFrom("", args);

/** The first messages, one character a byte. */
export async function messages(count: number, ...args: string[]): Promise<string[]> {
  const { code, out, err } = await feed(...args, "--json", "--dry-run", String(count));
  assert.equal(code, 0, err);
  return out.trim().split("\n").map((line) => (JSON.parse(line) as { message: string }).message);
}

/** What is said when it is refused. */
export async function refusal(...args: string[]): Promise<string> {
  const { code, out, err } = await feed(...args, "--dry-run", "1");
  assert.deepEqual([code, out], [2, ""], err);
  assert.equal(err.trim().split("\n").length, 1, err);
  return err.replace("mllp feed: ", "").trim();
}

/** A header. */
export const head = (type: string, id = "X") => `MSH|^~\\&|A|B|C|D|2020||${type}|${id}|P|2.5\r`;
/** A field of the first such segment, by its place. */
export const field = (message: string, segment: string, n: number) =>
  message.split("\r").find((line) => line.startsWith(segment))?.split("|")[n];
