/**
 * How the lines of a load stand at a moment: what is on its way, what waits, and which connections
 * are there.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Connection } from "./connection.ts";

/** How things stand. */
export interface Standing {
  readonly inFlight: number;
  /** Messages that wait for a free connection. */
  readonly queue: number;
  /** Connections that are open. */
  readonly open: number;
  /** Messages whose last try failed, and that wait for the next. */
  readonly retrying: number;
  /** Connections that could not be opened or were lost, and are tried again. */
  readonly reopening: number;
  /** Tries to connect that were refused, of connections that are not open since. */
  readonly refusals: number;
}

/** What is looked at of a line. */
export interface StandingLine {
  readonly inFlight: number;
  readonly retrying: number;
  readonly connection: Pick<Connection, "state" | "refusals">;
}

/**
 * How lines stand; `queue` is what waits for one of them.
 *
 * @example
 * ```ts
 * import { standingOf } from "./standing.ts";
 * import assert from "node:assert/strict";
 *
 * const lost = { inFlight: 0, retrying: 2, connection: { state: "pausing", refusals: 5 } } as const;
 * const standing = standingOf([lost, lost], 100);
 * assert.deepEqual([standing.open, standing.retrying, standing.reopening, standing.refusals], [0, 4, 2, 10]);
 * ```
 */
export function standingOf(lines: readonly StandingLine[], queue: number): Standing {
  let [inFlight, open, retrying, reopening, refusals] = [0, 0, 0, 0, 0];
  for (const line of lines) {
    const { state, refusals: refused } = line.connection;
    inFlight += line.inFlight;
    retrying += line.retrying;
    refusals += refused;
    if (state === "open") open++;
    if (state === "pausing" || (state === "connecting" && refused > 0)) reopening++;
  }
  return { inFlight, queue, open, retrying, reopening, refusals };
}
