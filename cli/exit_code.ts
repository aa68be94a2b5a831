/**
 * The one table from what happened to the exit status of the program.
 *
 * It knows no command and prints nothing. Statuses are public (architecture.md section 5, cli.md).
 *
 * @module
 */
import { FramingError, isRefusal, LinkError, ReplyError, TransportError } from "../lib/errors.ts";
import type { Outcome } from "../lib/outcome.ts";

/** The exit statuses, each with what README says of it. */
export const EXIT_CODES = {
  0: "done, and every verdict positive; spam without --fail-if: something was accepted",
  1: "done, but a verdict is negative: a negative acknowledgement came, a `--fail-if` threshold or an `expect` failed",
  2: "usage or configuration error; nothing was sent",
  3: "could not connect or listen (refused, DNS, TLS, device)",
  4: "no reply: timeout, closed or reset before the reply",
  5: "protocol error: damaged frame, wrong control id, checksum",
  6: "`--strict-generator`: the load generator, not the target, was the limit",
  70: "a bug in this program",
  74: "standard output could not be written (a full disk)",
  130: "`send` or `spam` interrupted (SIGINT), after drain and report, with no failed verdict",
  141: "who read our standard output has gone (`mllp ... | head`)",
  143: "`send` or `spam` stopped (SIGTERM), after drain and report, with no failed verdict",
} as const;

/** An exit status of the program. */
export type ExitCode = keyof typeof EXIT_CODES;

/** Where several apply, the first of these wins; a bug goes before all, success comes last. */
const PRECEDENCE: readonly ExitCode[] = [70, 74, 2, 3, 5, 4, 1, 6, 130, 143, 141, 0];

/** The status that wins among several; 0 among none. */
export function prevailing(codes: Iterable<ExitCode>): ExitCode {
  let best = PRECEDENCE.length - 1;
  for (const code of codes) best = Math.min(best, PRECEDENCE.indexOf(code));
  return PRECEDENCE[best];
}

/** The status of one message's outcome (cli.md; `unanswered`, `dropped` and `unsent` exist only in a load: our decision). */
export const EXIT_OF_OUTCOME: Readonly<Record<Outcome, ExitCode>> = {
  accepted: 0,
  error: 1,
  reject: 1,
  timeout: 4,
  closed: 4,
  reset: 4,
  refused: 3,
  damaged: 5,
  wrong_id: 5,
  unanswered: 4,
  dropped: 1,
  unsent: 1,
};

/** What decides the status of a finished load. */
export interface RunVerdict {
  /** How many messages came to each outcome; a missing one is 0. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** Whether any threshold failed. */
  readonly failed: boolean;
  /** Whether the generator was the limit and `--strict-generator` asked to be told. */
  readonly limited: boolean;
  /** The signal that stopped the run. */
  readonly signal: "SIGINT" | "SIGTERM" | null;
}

/**
 * The status of a load: negative verdicts first; with nothing accepted, what the messages met;
 * else success, or the signal that ended it. A run stopped before anything was sent has met
 * nothing: `dropped` and `unsent` do not outweigh the signal.
 */
export function exitOfRun(run: RunVerdict): ExitCode {
  const codes: ExitCode[] = [];
  if (run.failed) codes.push(1);
  if (run.limited) codes.push(6);
  if (run.signal !== null) codes.push(run.signal === "SIGINT" ? 130 : 143);
  if (!run.outcomes.accepted) {
    for (const [outcome, count] of Object.entries(run.outcomes) as [Outcome, number][]) {
      const neverSent = outcome === "dropped" || outcome === "unsent";
      if (count > 0 && !(neverSent && run.signal !== null)) codes.push(EXIT_OF_OUTCOME[outcome]);
    }
  }
  return prevailing(codes);
}

/** The status of an error that ended a command; 70 for one that nobody foresaw. */
export function exitOfError(error: unknown): ExitCode {
  if (error instanceof UsageError) return 2;
  if (error instanceof FramingError) return 5;
  if (error instanceof TransportError) return error.code === "stream_failed" ? 4 : 3;
  if (error instanceof ReplyError) return error.code === "reply_damaged" || error.code === "reply_wrong_id" ? 5 : 4;
  if (error instanceof LinkError) return isRefusal(error) ? 1 : 4;
  return 70;
}

/** The user asked for something that cannot be: one line that names it, exit 2, nothing sent. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * The result of `read`, whose `RangeError`, `TypeError` or `SyntaxError` is the user's mistake here:
 * it becomes a `UsageError` that starts with `where` (an option, a file), if given.
 */
export function usage<T>(read: () => T, where = ""): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError) {
      throw new UsageError(where === "" ? error.message : `${where}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}
