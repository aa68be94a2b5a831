/**
 * How many connections a process can open: by our own bound, and by its limit of open files.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { parsePositive } from "../../lib/values.ts";
import { UsageError } from "../exit_code.ts";

/** More than that is a slip of the finger, and takes all memory before it fails (our decision). */
const MOST_CONNECTIONS = 100_000;
/** Files that are open besides connections: streams, reports, the log, whoever scrapes. */
const OTHER_FILES = 50;

/**
 * Throws a `UsageError` for more connections than this process may open.
 *
 * @param limits `/proc/self/limits`; null where the system has none
 */
export function refuseTooMany(connections: number, limits: string | null): void {
  const soft = /^Max open files +(\d+)/m.exec(limits ?? "")?.[1];
  if (soft === undefined || connections + OTHER_FILES <= Number(soft)) return;
  throw new UsageError(
    `--connections ${connections}: this process may open ${soft} files, wanted ${connections + OTHER_FILES} ` +
      `(connections and ${OTHER_FILES} more); raise it with ulimit -n ${connections + OTHER_FILES}`,
  );
}

/** What the system says of this process's limits; null where there is no `/proc`. */
export function processLimits(): string | null {
  try {
    return readFileSync("/proc/self/limits", "latin1");
  } catch {
    return null;
  }
}

/** Reads how many connections. Throws a `RangeError` for more than any machine has use for. */
export function parseConnections(text: string): number {
  const count = parsePositive(text);
  if (count > MOST_CONNECTIONS) {
    throw new RangeError(`Cannot open ${count} connections: wanted ${MOST_CONNECTIONS} at most`);
  }
  return count;
}
