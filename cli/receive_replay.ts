/**
 * `mllp receive --replay JOURNAL`: the decisions of an earlier run, read before the receiver starts. Loaded only where it is asked
 * for.
 *
 * @module
 */
import { formatCount } from "../lib/values.ts";
import { Replay } from "../receiver/journal/replay.ts";
import { UsageError } from "./exit_code.ts";
import { readJournals } from "./journal_file.ts";
import type { Output } from "./output.ts";

/** The decisions of a journal. Throws a `UsageError` that names file and line for one that cannot be read, or that holds no plan. */
export async function openReplay(path: string, output: Output): Promise<Replay> {
  const replay = new Replay();
  await readJournals([path], { line: (line) => replay.take(line), warn: (text) => output.warn(text) });
  if (replay.messages === 0) {
    const why = replay.unplanned === 0 ? "there is no message in it" : "nothing was drawn or decided by a rule in it";
    throw new UsageError(`--replay ${path}: ${why}`);
  }
  const runs = replay.runs > 1 ? ` of ${replay.runs} runs, the last one that has it for each` : "";
  output.progress(`repeating the decisions on ${counted(replay.messages)}${runs}; others are decided anew`);
  return replay;
}

/** What came of it, in a line for the end of the run. */
export function replayLine({ repeated, unknown }: Replay): string {
  return `decided as in the journal: ${counted(repeated)}; not known there: ${formatCount(unknown)}`;
}

function counted(messages: number): string {
  return messages === 1 ? "1 message" : `${formatCount(messages)} messages`;
}
