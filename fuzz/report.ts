/**
 * A run of the fuzzer for people and for programs.
 *
 * @module
 */
import { printable, table } from "../lib/text.ts";
import { formatCount } from "../lib/values.ts";
import type { Failure, Standing } from "./fuzzing.ts";

/** A run. */
export interface FuzzReport {
  readonly schema: "mllp.fuzz/1";
  readonly seed: number;
  readonly seconds: number;
  readonly runtime: string;
  readonly pass: boolean;
  readonly targets: readonly Standing[];
}

/** Whether a run found nothing: no failure, no target that is blind. */
export function passes(standings: readonly Standing[]): boolean {
  return standings.every(({ failure, blind }) => failure === null && blind.length === 0);
}

function perSecond({ cases, ms }: Standing): string {
  return ms === 0 ? "-" : formatCount(Math.round(1000 * cases / ms));
}

/** One line of how a run goes. */
export function progressLine(standings: readonly Standing[], passedS: number, seconds: number): string {
  const cases = standings.reduce((sum, standing) => sum + standing.cases, 0);
  const failed = standings.filter(({ failure }) => failure !== null).map(({ target }) => target);
  const found = failed.length === 0 ? "nothing found" : `failed: ${failed.join(", ")}`;
  return `${Math.round(passedS)} s of ${seconds}: ${formatCount(cases)} cases, ${found}`;
}

/** A failure with all that is needed to go after it: what did not hold, the case as a vector, how to run it again. */
export function failureText({ target, message, minimal, replay, stack }: Failure): string[] {
  const vector = { target, found: message.split("\n")[0], case: minimal };
  return [
    `FAILED ${target}: ${message}`,
    ...(minimal === undefined ? [] : ["", "for test/fuzz/vectors.json:", JSON.stringify(vector)]),
    "",
    `again: deno task fuzz --replay ${replay}`,
    ...(stack === "" ? [] : ["", ...stack.split("\n").filter((line) => /^\s+at /.test(line)).slice(0, 6)]),
    "",
  ].map((line) => printable(line));
}

/** The whole run, line by line. */
export function reportText({ seed, targets, pass }: FuzzReport): string[] {
  const rows = targets.map((standing) => [
    standing.failure !== null ? "FAILED" : standing.blind.length > 0 ? "BLIND" : "passed",
    standing.target,
    formatCount(standing.cases),
    perSecond(standing),
    formatCount(Object.keys(standing.met).length),
    standing.blind.length === 0 ? "" : `never met ${standing.blind.join(", ")}`,
  ]);
  const cases = targets.reduce((sum, standing) => sum + standing.cases, 0);
  return [
    ...targets.flatMap(({ failure }) => failure === null ? [] : failureText(failure)),
    ...table([["", "target", "cases", "a second", "outcomes", ""], ...rows], { align: "llrrrl", indent: 2 }),
    "",
    `${pass ? "passed" : "FAILED"}: ${formatCount(cases)} cases, seed ${seed}`,
  ];
}
