/**
 * `mllp merge`: the runs of several generators, added up to one.
 *
 * @module
 */
import { parseThreshold } from "../lib/load/threshold.ts";
import type { NamedRun } from "../lib/report/merge_latency.ts";
import { defineCommand, group, repeated, toggle } from "./command.ts";
import { prevailing, usage, UsageError } from "./exit_code.ts";
import { readRunFile } from "./run_file.ts";
import { outputFlags } from "./shared_flags.ts";
import { reportFlags, reserveReports } from "./spam/reports.ts";
import { statusOfRun } from "./spam/status.ts";

/** The command. */
export const command = defineCommand({
  name: "merge",
  purpose: "Add up the runs of several generators, and report them as one",
  operands: [
    {
      name: "RUN.json",
      about: "the runs: a document of mllp spam --out from each generator",
      required: true,
      many: true,
      path: true,
    },
  ],
  flags: {
    ...group("Verdict", {
      failIf: repeated(
        "EXPR",
        "exit 1 if true of the whole, as in mllp spam: 'p99(response) > 250ms'; in place of the runs' own; repeatable",
        parseThreshold,
      ),
      strictGenerator: toggle("exit 6 if a generator, not the target, was the limit"),
    }),
    ...reportFlags,
    ...outputFlags,
  },
  notes: [
    "Counts and percentiles are exact, as if one generator had sent it all: the runs",
    "keep their histograms. Percentiles of intervals and of the warm-up are not: of",
    "these the median is weighted, and of the higher ones the greatest is taken.",
    "Rates are over the time of the longest run.",
    "Shards (mllp spam --shard) are checked: the same one twice is refused, even if",
    "merged before, and so are runs that did not go on together; a missing one is",
    "warned of. The runs' own thresholds are judged anew, on the whole; where the",
    "runs had different ones, --fail-if is needed. The exit status is that of spam.",
  ],
  examples: [
    { about: "Two shards as one report", line: "mllp merge shard-0.json shard-1.json" },
    {
      about: "The same for a build, judged anew",
      line: "mllp merge shard-0.json shard-1.json --fail-if 'lost > 1000' --junit verdicts.xml",
    },
    {
      about: "A document and a page of the whole",
      line: "mllp merge shard-0.json shard-1.json --out whole.json --html whole.html",
    },
  ],
  async run({ operands, flags, output }) {
    const twice = operands.find((path, i) => operands.indexOf(path) < i);
    if (twice !== undefined) throw new UsageError(`${twice}: given twice; wanted each run once`);
    const parts: NamedRun[] = [];
    for (const name of operands) parts.push({ name, run: await readRunFile(name) });
    // Loaded here, not above: the help does without them.
    const { mergeRuns } = await import("../lib/report/merge.ts");
    const { run, warnings } = usage(() => mergeRuns(parts, flags.failIf));
    const reports = reserveReports(flags, operands.map((path) => ({ path, by: "RUN.json" })));
    for (const warning of warnings) output.warn(warning);
    const complaints = await reports.write(run, flags);
    if (flags.json) output.raw((await import("../lib/report/json.ts")).runJson(run));
    if (!flags.json || !flags.quiet) {
      const { textReport } = await import("../lib/report/text.ts");
      const width = output.isTerminal ? output.columns : Infinity;
      output.report(textReport(run, { width, strictGenerator: flags.strictGenerator }).join("\n"));
    }
    for (const complaint of complaints) output.fail(complaint);
    return prevailing([statusOfRun(run, flags.strictGenerator), ...complaints.length > 0 ? [1 as const] : []]);
  },
});
