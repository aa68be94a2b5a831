/**
 * The exit status of a finished run (spam, merge).
 *
 * @module
 */
import type { RunDocument } from "../../lib/load/result.ts";
import { outcomesDecide } from "../../lib/report/words.ts";
import { type ExitCode, exitOfRun } from "../exit_code.ts";

/**
 * Thresholds decide; where there is none, or nothing was accepted and one had nothing to measure, it is what the messages
 * met. With `strictGenerator` it is 6 where the generator was the limit, unless something weighs more.
 */
export function statusOfRun(run: RunDocument, strictGenerator: boolean): ExitCode {
  const failed = run.thresholds.some(({ pass }) => !pass);
  return exitOfRun({
    outcomes: outcomesDecide(run) ? run.outcomes : { accepted: 1 },
    failed: failed || foundNone(run),
    limited: strictGenerator && run.generator.verdict !== "healthy",
    // A key is no signal: who pressed it had the report that was wanted.
    signal: run.interrupted === "q" ? null : run.interrupted,
  });
}

/** A search that found no rate at which its expression holds has its answer, and it is a bad one; one that tried none has none. */
function foundNone({ search }: RunDocument): boolean {
  return search !== null && search !== undefined && search.rate === null && search.steps.length > 0;
}
