/**
 * The files that a run is reported in: made sure of before anything is sent, written at the end. What
 * each form needs is loaded when it is asked for.
 *
 * @module
 */
import { existsSync } from "node:fs";
import type { RunDocument } from "../../lib/load/result.ts";
import type { Judgement } from "../../lib/report/words.ts";
import { anyText, type FlagValues, group, value } from "../command.ts";
import { UsageError } from "../exit_code.ts";
import { type OutFile, reserve } from "../out_file.ts";
import { type TakenFile, TakenFiles } from "./taken_file.ts";

/** The flags that name them. */
export const reportFlags = group("Reports", {
  out: value("FILE", "write the run document (JSON) to a file too", anyText, undefined, { path: true }),
  html: value("FILE", "write the report as one page with charts, which needs no network", anyText, undefined, {
    path: true,
  }),
  csv: value("FILE", "write a line for each interval (CSV)", anyText, undefined, { path: true }),
  hdr: value(
    "PREFIX",
    "write the histograms: PREFIX-service.hgrm, -response, -lag (in ms) and PREFIX.hlog (V2, one interval: the whole run)",
    anyText,
    undefined,
    { path: true },
  ),
  junit: value("FILE", "write the verdicts for a build server (JUnit XML)", anyText, undefined, { path: true }),
});

/** Their values. */
export type ReportFlags = FlagValues<typeof reportFlags>;

/** The files of a run, waiting for it. */
export interface Reports {
  /** Writes them all; each that could not be written is a complaint in one line. */
  write(run: RunDocument, judgement?: Judgement): Promise<string[]>;
  /** The run could not begin, or a bug ended it: a build server is told so, the other files are given up. */
  writeFailure(error: Error): Promise<string[]>;
  /** Nothing will be written: the files are as they were before, or not there. */
  giveUp(): void;
}

/** What is in a file: null if the run has nothing for it. */
type Render = (run: RunDocument, judgement: Judgement) => Promise<string | null>;

interface Planned {
  readonly flag: string;
  readonly path: string;
  /** What it is, in a complaint. */
  readonly what: string;
  readonly render: Render;
  /** What stands in a file that was there before, when the run has nothing for it. */
  readonly empty?: string;
}

const FORMS: Readonly<Record<Exclude<keyof ReportFlags, "hdr">, { readonly what: string; readonly render: Render }>> = {
  out: { what: "the run document", render: async (run) => (await import("../../lib/report/json.ts")).runJson(run) },
  csv: { what: "the intervals", render: async (run) => (await import("../../lib/report/csv.ts")).csvReport(run) },
  junit: {
    what: "the verdicts",
    render: async (run, how) => (await import("../../lib/report/junit.ts")).junitReport(run, how),
  },
  html: { what: "the page", render: async (run, how) => (await import("./html.ts")).renderHtml(run, how) },
};

/** The files that will be written, by the flags that name them. */
export function reportFiles(flags: ReportFlags): TakenFile[] {
  return planReports(flags).map(({ flag, path }) => ({ path, by: flag }));
}

/**
 * Makes sure that every file can be written. Throws a `UsageError` that names the flag, the file and
 * the reason for one that cannot, and for a file that two of them would be written to, or that is
 * one of `inputs`.
 */
export function reserveReports(flags: ReportFlags, inputs: readonly TakenFile[] = []): Reports {
  const planned = planReports(flags);
  refuseSharing(planned, inputs);
  const files: OutFile[] = [];
  const giveUp = () => files.forEach((file) => file.giveUp());
  const put = (i: number, text: string): string[] => {
    const { flag, path, what } = planned[i];
    const why = files[i].write(text);
    return why === null ? [] : [`${flag} ${path}: cannot write ${what}: ${why}`];
  };
  try {
    for (const { flag, path } of planned) files.push(reserve(flag, path));
  } catch (error) {
    giveUp();
    throw error;
  }
  return {
    giveUp,
    async write(run, judgement = {}) {
      const complaints: string[] = [];
      for (const [i, { path, render, empty }] of planned.entries()) {
        const text = await render(run, judgement);
        if (text === null) files[i].giveUp();
        // What an earlier run left there is not this one's.
        const shown = text ?? (existsSync(path) ? empty ?? "" : null);
        if (shown !== null) complaints.push(...put(i, shown));
      }
      return complaints;
    },
    async writeFailure(error) {
      const told = planned.findIndex(({ flag }) => flag === "--junit");
      files.forEach((file, i) => i === told || file.giveUp());
      return told < 0 ? [] : put(told, (await import("../../lib/report/junit.ts")).junitFailure(error));
    },
  };
}

function planReports(flags: ReportFlags): Planned[] {
  const planned: Planned[] = [];
  for (const name of ["out", "csv", "junit"] as const) {
    const path = flags[name];
    if (path !== undefined) planned.push({ flag: `--${name}`, path, ...FORMS[name] });
  }
  if (flags.hdr !== undefined) planned.push(...planHistograms(flags.hdr));
  if (flags.html !== undefined) planned.push({ flag: "--html", path: flags.html, ...FORMS.html });
  return planned;
}

/** The files of `--hdr PREFIX`; an ending that is one of theirs is not part of the prefix. */
function planHistograms(given: string): Planned[] {
  const prefix = given.replace(/\.(hgrm|hlog)$/, "");
  const series = (["service", "response", "lag"] as const).map((name): Planned => ({
    flag: "--hdr",
    path: `${prefix}-${name}.hgrm`,
    what: "the distribution",
    render: async (run) => (await import("../../lib/report/hdr.ts")).percentileDistribution(run, name),
    empty: `#[closed loop: nothing is due, so there is no ${name}]\n`,
  }));
  return [...series, {
    flag: "--hdr",
    path: `${prefix}.hlog`,
    what: "the histogram log",
    render: async (run) => (await import("../../lib/report/hdr.ts")).histogramLog(run),
  }];
}

function refuseSharing(planned: readonly Planned[], inputs: readonly TakenFile[]): void {
  const taken = new TakenFiles(inputs);
  for (const { flag, path } of planned) {
    const by = taken.by(path);
    if (by !== null) throw new UsageError(`${flag} ${path}: that is the file of ${by} too; wanted one of its own`);
    taken.add({ path, by: flag });
  }
}
