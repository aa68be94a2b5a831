/**
 * `mllp receive SCENARIO.yaml`: the file read into a scenario, and what can be done with it instead of running it: `--check`,
 * `--explain`, `--dry-run DIR`. Loaded only where there is a file: it brings the YAML parser with it.
 *
 * @module
 */
import { readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { Readable } from "node:stream";
import { printable } from "../lib/text.ts";
import { formatDuration } from "../lib/values.ts";
import { explain as explainPlan } from "../receiver/decide/decide.ts";
import { dryRun } from "../receiver/decide/dry_run.ts";
import type { Matcher } from "../receiver/decide/passes.ts";
import { matcherOf } from "../receiver/matcher.ts";
import { readReplyFile } from "../receiver/reply_file.ts";
import { replyFilesOf, rulesOf } from "../receiver/scenario/contents.ts";
import { formatDelay } from "../receiver/scenario/delay.ts";
import { formatIssue, ScenarioError } from "../receiver/scenario/issue.ts";
import { dependences } from "../receiver/scenario/order.ts";
import { parseScenario } from "../receiver/scenario/parse.ts";
import { formatReply } from "../receiver/scenario/reply.ts";
import type { Scenario } from "../receiver/scenario/scenario.ts";
import { tellInBand, tellRule, tellSteps } from "../receiver/scenario/tell.ts";
import { tellExpectation } from "../receiver/verify/tell.ts";
import { type ExitCode, usage, UsageError } from "./exit_code.ts";
import { readMessages } from "./messages.ts";
import type { Output } from "./output.ts";
import { whyNotRead } from "../lib/system_words.ts";

/** What a file may weigh (our decision: a thousand rules come to some hundred kilobytes). */
const LARGEST = 16 * 1024 * 1024;

/** What reads the regular expressions of scenarios: for whoever decides by one that was read here, too. */
export const matcher: Matcher = matcherOf();

/** How a scenario file is read. */
export interface ReadScenarioOptions {
  /** For a scenario that gives none. */
  readonly seed: number;
  readonly output: Output;
}

/** A scenario, and the text that it was read from. */
export interface ReadScenario {
  readonly scenario: Scenario;
  readonly text: string;
}

/**
 * The scenario of a file; paths in it are relative to it. Everything that is wrong with it is said, each on a line with file, line,
 * column and path, the last of them by the `UsageError` thrown; with `--json` as one document before it.
 */
export function readScenario(path: string, { seed, output }: ReadScenarioOptions): ReadScenario {
  const text = readText(path, path);
  const files = {
    resolve: (name: string) => isAbsolute(name) ? name : join(dirname(path), name),
    read: (name: string) => usageAsRange(() => readText(name, name)),
  };
  try {
    const scenario = parseScenario(text, { file: path, seed, files, matcher });
    // A file that cannot be answered with shows before anything is bound.
    for (const file of replyFilesOf(scenario)) usage(() => readReplyFile(file, "CHECK"), path);
    return { scenario, text };
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    if (output.json) output.document({ scenario: path, valid: false, found: error.found, issues: error.issues });
    const more = error.found - error.issues.length;
    const lines = error.issues.map((issue) => printable(formatIssue(issue)));
    if (more > 0) lines.push(`${path}: and ${more} more`);
    for (const line of lines.slice(0, -1)) output.fail(line);
    throw new UsageError(lines[lines.length - 1], { cause: error });
  }
}

/** What is asked for instead of a run; none of them for a run. */
export interface Inspection {
  readonly check: boolean;
  readonly explain: boolean;
  /** A folder of messages, or a file. */
  readonly dryRun: string | undefined;
}

/** Does what is asked for instead of a run, in the order check, explain, dry run. */
export async function inspectScenario(
  scenario: Scenario,
  { check, explain, dryRun: folder }: Inspection,
  { path, output, input }: { path: string; output: Output; input: Readable },
): Promise<ExitCode> {
  if (output.json && (check || explain)) {
    output.event({
      scenario: path,
      valid: true,
      seed: scenario.seed,
      ...(check
        ? {
          rules: rulesOf(scenario).length,
          expectations: (scenario.expect ?? []).length,
          depends: dependences(scenario),
        }
        : {}),
      ...(explain ? { explained: explanation(scenario) } : {}),
    });
  } else {
    if (check) { for (const line of checkLines(scenario, path)) output.report(line); }
    if (explain) { for (const line of explanation(scenario)) output.report(printable(line)); }
  }
  if (folder !== undefined) {
    const messages = await readMessages([folder], {
      raw: false,
      anyText: false,
      whole: false,
      escapes: false,
      folders: true,
      input,
      output,
    });
    const decisions = dryRun(scenario, messages.map(({ bytes }) => bytes), {
      matcher,
      asked: explain ? { values: false } : undefined,
    });
    for (const { n, atMs, type, controlId, attempt, phase, state, plan } of decisions) {
      const { source } = messages[n - 1];
      if (output.json) {
        output.event({ event: "decision", n, at_ms: atMs, source, type, controlId, attempt, phase, state, ...plan });
        continue;
      }
      const where = phase === null ? "" : `, in the phase ${phase}`;
      const again = attempt === 1 ? "" : `, attempt ${attempt}`;
      const what = `${formatDuration(atMs)} ${source} ${type} ${controlId}${again}${where}`;
      output.report(`${printable(what)}: ${printable(explainPlan(plan))}`);
    }
    output.progress(
      `${messages.length} ${messages.length === 1 ? "message" : "messages"}, a second apart; nothing was sent`,
    );
  }
  return 0;
}

/** What `--check` says of a scenario that is right. */
function checkLines(scenario: Scenario, path: string): string[] {
  const { phases = [], expect = [] } = scenario;
  const counts = [
    counted(rulesOf(scenario).length, "rule"),
    ...(phases.length > 0 ? [counted(phases.length, "phase")] : []),
    ...(expect.length > 0 ? [counted(expect.length, "expectation")] : []),
  ];
  const lines = [`${path}: fine: ${counts.join(", ")}`];
  for (const { name, on, why } of dependences(scenario)) {
    lines.push(`${name} depends on the ${on === "order" ? "order of arrival" : "time"}: ${why}`);
  }
  return lines;
}

/** What `--explain` says: each part in one sentence, in the order in which they are looked at. */
function explanation(scenario: Scenario): string[] {
  const { phases = [], profiles = {}, phasesAtEnd = "stay", rules, defaults: { reply, delay }, expect = [], control } =
    scenario;
  const lines: string[] = control?.inBand === undefined ? [] : [tellInBand(control.inBand)];
  for (const { name, forMs, messages, listeners, useRules, useProfiles, rules: own } of phases) {
    const length = forMs !== undefined
      ? `for ${formatDuration(forMs)}`
      : messages !== undefined
      ? `until ${counted(messages, "message")} came`
      : "to the end";
    const refused = Object.entries(listeners).filter(([, state]) => state === "refused").map(([each]) => each);
    const parts = [
      ...(refused.length > 0 ? [`${refused.join(", ")} refused`] : []),
      ...useProfiles.map((each) => `${each}: ${tellSteps(profiles[each])}`),
      ...(useRules.length > 0 ? [`with ${useRules.join(", ")}`] : []),
    ];
    lines.push(`phase ${name}, ${length}${parts.length === 0 ? "" : `: ${parts.join("; ")}`}`);
    for (const rule of own) lines.push(`  ${tellRule(rule)}`);
  }
  const last = phases[phases.length - 1];
  if (last?.forMs !== undefined || last?.messages !== undefined) {
    const end = { stop: "the receiver stops", repeat: "the first begins anew", stay: "it goes on without a phase" };
    lines.push(`after the phases: ${end[phasesAtEnd]}`);
  }
  for (const rule of rules) lines.push(tellRule(rule));
  const wait = delay.kind === "fixed" && delay.ms === 0 ? "" : ` after ${formatDelay(delay)}`;
  lines.push(`everything else: reply ${formatReply(reply)}${wait}`);
  return [...lines, ...expect.map((each) => `expected: ${tellExpectation(each)}`)];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function readText(path: string, name: string): string {
  try {
    const { size } = statSync(path);
    if (size > LARGEST) throw new UsageError(`${name}: it is larger than 16 MiB`);
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Cannot read '${name}': ${whyNotRead(error)}`, { cause: error });
  }
}

function usageAsRange<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof UsageError ? new RangeError(error.message, { cause: error }) : error;
  }
}
