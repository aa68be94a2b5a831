/**
 * What `mllp send --from-journal` means: whole messages of a receiver's journal, sent again in their order and with
 * their spacing. It reads no journal (replay_file.ts does).
 *
 * @module
 */
import { type Clock, pause } from "../lib/clock.ts";
import { formatDuration } from "../lib/values.ts";
import { UsageError } from "./exit_code.ts";
import type { OutgoingMessage } from "./messages.ts";
import type { Output } from "./output.ts";

/** A wait that is longer is told of. */
const TOLD_MS = 5000;

/** A message, and when it is due. */
export interface ReplayedMessage extends OutgoingMessage {
  /** Milliseconds after the first one, at the speed asked for. */
  readonly dueMs: number;
}

/**
 * A speed: `2x`, `0.5x`, or `max`, which is Infinity. Throws a `RangeError` for anything else.
 */
export function parseSpeed(text: string): number {
  if (text === "max") return Infinity;
  const speed = /^\d+(\.\d+)?x$/.test(text) ? Number(text.slice(0, -1)) : NaN;
  if (!(speed > 0 && speed < Infinity)) {
    throw new RangeError(`Cannot read '${text}' as a speed: wanted 2x, 0.5x or max`);
  }
  return speed;
}

/** Waits until a message is due, `startedAt` being the time of the first; one that is late is due at once. */
export async function awaitDue(
  { dueMs }: ReplayedMessage,
  startedAt: number,
  clock: Clock,
  signal: AbortSignal,
  output: Output,
): Promise<void> {
  const due = startedAt + dueMs;
  const wait = due - clock.now();
  if (wait > TOLD_MS) output.progress(`next message in ${formatDuration(Math.round(wait / 1000) * 1000)}`);
  while (clock.now() < due && !signal.aborted) await pause(clock, due - clock.now(), signal);
}

/** The flags that say where messages come from or when they go, and cannot stand beside `--from-journal`. */
const OTHERWISE = ["text", "interval", "wholeBatch", "escapes"] as const;

/** Throws a `UsageError` where flags and files exclude each other. */
export function checkReplay(
  given: (flag: typeof OTHERWISE[number] | "speed" | "fromJournal") => boolean,
  files: readonly string[],
): void {
  if (!given("fromJournal")) {
    if (given("speed")) throw new UsageError("--speed: it is of --from-journal FILE, which is not given");
    return;
  }
  if (files.length > 0) {
    throw new UsageError(`--from-journal: a journal and files were given (${files[0]}); wanted one of them`);
  }
  const other = OTHERWISE.find((flag) => given(flag));
  if (other === undefined) return;
  const name = other === "wholeBatch" ? "whole-batch" : other;
  const instead = other === "interval" ? "; the journal has the times, --speed changes them" : "";
  throw new UsageError(`--from-journal and --${name} exclude each other${instead}`);
}
