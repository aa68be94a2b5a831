/**
 * `mllp compare`: two runs side by side, and a verdict for a build.
 *
 * @module
 */
import { parseChange } from "../lib/report/compare_threshold.ts";
import { defineCommand, group, repeated } from "./command.ts";
import { usage } from "./exit_code.ts";
import { readRunFile } from "./run_file.ts";
import { outputFlags } from "./shared_flags.ts";

/** The command. */
export const command = defineCommand({
  name: "compare",
  purpose: "Show two runs of spam side by side, and judge what changed",
  operands: [
    { name: "A.json", about: "the run before: a document of mllp spam --out", required: true, path: true },
    { name: "B.json", about: "the run after", required: true, path: true },
  ],
  flags: {
    ...group("Verdict", {
      failIf: repeated(
        "EXPR",
        "exit 1 if true of the change from A to B: 'p99 > +10%', 'p50(service) > +5ms', 'lost > +0', 'rate < -1%'; repeatable",
        parseChange,
      ),
    }),
    ...outputFlags,
  },
  notes: [
    "p50, p90, p95, p99, p99.9, min, mean and max alone are of the response time",
    "where both runs have it, else of the service time. A percentage is the relative",
    "change; of errors, lost and outcomes that of their share of the messages",
    "planned. What is painted is beyond noise: latencies by 10 % and 0.1 ms (p99.9,",
    "max: 25 % and 1 ms), rates by 1 %, counts by two standard errors.",
    "The exit status is 0, 1 if an expression came true or B did not measure what it",
    "is about and A did, 2 if a run cannot be read.",
  ],
  examples: [
    { about: "What changed", line: "mllp compare before.json after.json" },
    {
      about: "A gate in a build",
      line: "mllp compare before.json after.json --fail-if 'p99 > +10%' --fail-if 'lost > +0'",
    },
    { about: "The figures for a script", line: "mllp compare before.json after.json --json --quiet" },
  ],
  async run({ operands, flags, output }) {
    const [nameA, nameB] = operands;
    const a = { name: nameA, run: await readRunFile(nameA) };
    const b = { name: nameB, run: await readRunFile(nameB) };
    // Loaded here, not above: the help does without them.
    const { compareRuns } = await import("../lib/report/compare.ts");
    const { compareText } = await import("../lib/report/compare_text.ts");
    const comparison = usage(() => compareRuns(a, b, flags.failIf), "--fail-if");
    for (const warning of comparison.warnings) output.warn(warning);
    if (flags.json) output.document(comparison);
    if (!flags.json || !flags.quiet) {
      output.report(compareText(comparison, output.isTerminal ? output.columns : Infinity).join("\n"));
    }
    return comparison.pass ? 0 : 1;
  },
});
