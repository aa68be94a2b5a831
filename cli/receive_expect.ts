/**
 * The verdicts of a scenario's expectations, for people.
 *
 * @module
 */
import { paint, printable, width as columns } from "../lib/text.ts";
import { hang } from "../lib/report/layout.ts";
import { nameOf, type Verdict } from "../receiver/verify/verdict.ts";
import type { ExitCode } from "./exit_code.ts";

/** Goes before a message that came next to the closest. */
const NEXT = "          then ";

/**
 * Each verdict in a line, as thresholds are shown: what was expected, and what was found; where it failed, the messages that came
 * next to the closest follow. Nothing where nothing was expected.
 */
export function expectLines(verdicts: readonly Verdict[], width = Infinity): string[] {
  if (verdicts.length === 0) return [];
  const exprs = verdicts.map(({ expr }) => printable(expr));
  const widest = Math.max(...exprs.map((expr) => columns(expr)));
  const lines = verdicts.flatMap(({ pass, detail, nearest = [] }, i) => {
    const head = `  ${pass ? paint("green", "passed") : paint("red", "FAILED")}  `;
    const line = `${head}${exprs[i].padEnd(widest)}  ${printable(detail)}`;
    const others = nearest.slice(1).map((miss) => [nameOf(miss), ...miss.why].join(", "));
    return [
      ...columns(line) <= width ? [line] : hang(head, `${exprs[i]}: ${printable(detail)}`, width),
      ...others.flatMap((other) => hang(NEXT, printable(other), width).map((each) => paint("dim", each))),
    ];
  });
  return [paint("bold", "EXPECTED"), ...lines];
}

/** The exit status of a run with these verdicts. */
export function exitOfVerdicts(verdicts: readonly Verdict[]): ExitCode {
  return verdicts.every(({ pass }) => pass) ? 0 : 1;
}
