/**
 * The exit status of a finished run (spam, merge).
 *
 * @module
 */
import type { RunDocument } from "../../lib/load/result.ts";
import { type ExitCode, exitOfRun } from "../exit_code.ts";

/**
 * With thresholds these decide; without, what the messages met. With `strictGenerator` it is 6 where
 * the generator was the limit, unless something weighs more.
 */
export function statusOfRun(run: RunDocument, strictGenerator: boolean): ExitCode {
  const judged = run.thresholds.length > 0;
  return exitOfRun({
    outcomes: judged ? { accepted: 1 } : run.outcomes,
    failed: run.thresholds.some(({ pass }) => !pass) || foundNone(run),
    limited: strictGenerator && run.generator.verdict !== "healthy",
    signal: run.interrupted,
  });
}

/** A search that found no rate at which its expression holds has its answer, and it is a bad one; one that tried none has none. */
function foundNone({ search }: RunDocument): boolean {
  return search !== null && search !== undefined && search.rate === null && search.steps.length > 0;
}
