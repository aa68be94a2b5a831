/**
 * `mllp audit`: what a sender says it sent against what a receiver says it received.
 *
 * @module
 */
import { oneOf } from "../lib/one_of.ts";
import type { Audit } from "../lib/audit/audit.ts";
import { type AuditTerms, FAILING, type Finding, FINDINGS } from "../lib/audit/document.ts";
import { formatCount, parseCount } from "../lib/values.ts";
import { anyText, choice, defineCommand, group, listed, repeated, toggle, value } from "./command.ts";
import { type ExitCode, usage, UsageError } from "./exit_code.ts";
import type { Output } from "./output.ts";
import { readRunFile } from "./run_file.ts";
import { outputFlags } from "./shared_flags.ts";
import { VERSION } from "./version.ts";

const KINDS = [...FINDINGS, "none"] as const;

/** The command. */
export const command = defineCommand({
  name: "audit",
  purpose: "Prove delivery: a log of spam against a journal of receive",
  operands: [],
  flags: {
    ...group("What to compare", {
      sent: repeated("FILE", "what was sent: a log of mllp spam --log; repeatable", anyText, { path: true }),
      received: repeated("FILE", "what came: a journal of mllp receive --journal; repeatable", anyText, { path: true }),
      run: repeated("FILE", "the document of the run (--out): refuse if its log lacks lines; repeatable", anyText, {
        path: true,
      }),
    }),
    ...group("How to compare", {
      by: choice("what a message is known by: MSH-10, or the keys of both files", ["controlId", "key"], "controlId"),
      order: choice("what must keep its order: messages of a key, all, nothing", ["key", "all", "none"], "key"),
      strictContent: toggle("compare contents with --by key too"),
    }),
    ...group("Verdict", {
      failOn: listed("KIND,...", "the findings that exit with 1, or none (kinds: below)", findingOrNone, "", {
        choices: KINDS,
      }),
      list: value("N", "examples of each kind", parseCount, "10"),
    }),
    ...outputFlags,
  },
  notes: [
    "lost: sent, or tried to be, and never received; acknowledged_not_received:",
    "those of them that the sender holds an acknowledgement for. duplicated: received",
    "again after it was acknowledged, and more often than it was sent. reordered:",
    "received after a message sent later, of the same key. altered: another hash.",
    "foreign: never sent. These fail the audit; with --fail-on, so can",
    "received_not_acknowledged (the sender does not know) and resent (received",
    "again, because its acknowledgement had not come).",
    "With --by key it works through an engine that gives messages new ids: spam",
    "--log-key and receive --journal-key put the value at a path into each line.",
    "Of a rotated journal, FILE stands for all its files. Lines that a log or a",
    "journal lacks, by their own account, make it refuse to judge.",
    "The exit status is 0 if all is accounted for, 1 if not, 2 if it cannot tell.",
  ],
  examples: [
    {
      about: "Was everything that was sent received, once and in order?",
      line: "mllp audit --sent sent.ndjson --received journal.ndjson",
    },
    {
      about: "The same through an engine, by a value that it leaves alone",
      line: "mllp audit --sent sent.ndjson --received journal.ndjson --by key",
    },
    {
      about: "A gate in a build, sure that the log is whole",
      line: "mllp audit --sent sent.ndjson --received journal.ndjson --run sent.json --fail-on lost,duplicated --json",
    },
  ],
  advise: (operand) => `write --sent ${operand} or --received ${operand}`,
  async run({ flags, output }): Promise<ExitCode> {
    if (flags.sent.length === 0) throw new UsageError("--sent: not given; wanted a log of mllp spam --log");
    if (flags.received.length === 0) {
      throw new UsageError("--received: not given; wanted a journal of mllp receive --journal");
    }
    const terms: AuditTerms = {
      by: flags.by,
      order: flags.order,
      content: flags.by === "controlId" || flags.strictContent,
      list: flags.list,
      failOn: failing(flags.failOn),
    };
    // Loaded here, not above: the help does without them.
    const [{ Audit }, { readLogs }, { readReceivedFiles }] = await Promise.all([
      import("../lib/audit/audit.ts"),
      import("./audit/sent_file.ts"),
      import("./audit/received_file.ts"),
    ]);
    const audit = new Audit(terms);
    const warnings: string[] = [];
    readLogs(flags.sent, audit, warnings);
    await checkRuns(flags.run, audit);
    await readReceivedFiles(flags.received, audit, warnings);
    const document = usage(() => audit.judge(VERSION, warnings), "Cannot judge");
    for (const warning of document.warnings) output.warn(warning);
    if (flags.json) output.document(document);
    if (!flags.json || !flags.quiet) await report(document, output);
    return document.pass ? 0 : 1;
  },
});

function findingOrNone(text: string): typeof KINDS[number] {
  return oneOf(text, KINDS);
}

function failing(words: readonly (Finding | "none")[]): readonly Finding[] {
  if (words.length === 0) return FAILING;
  const kinds = FINDINGS.filter((finding) => words.includes(finding));
  if (words.includes("none") && kinds.length > 0) {
    throw new UsageError(`--fail-on: found none and ${kinds[0]}; wanted none alone, or kinds`);
  }
  return kinds;
}

/** The runs' own account of their logs. Throws a `UsageError` where a line is missing. */
async function checkRuns(paths: readonly string[], audit: Audit): Promise<void> {
  let delivered = 0;
  for (const path of paths) {
    const logs = ((await readRunFile(path)).deliveries ?? []).filter(({ to }) => to === "log");
    if (logs.length === 0) throw new UsageError(`--run ${path}: this run wrote no log; wanted one of mllp spam --log`);
    for (const log of logs) {
      delivered += log.delivered;
      if (log.lost === 0) continue;
      const why = log.note === "" ? "" : `: ${log.note}`;
      throw new UsageError(`Cannot judge: ${path} says that its log lacks ${formatCount(log.lost)} lines${why}`);
    }
  }
  if (paths.length > 0 && delivered !== audit.logged) {
    const found = `the logs hold ${formatCount(audit.logged)} messages`;
    throw new UsageError(
      `Cannot judge: ${found}, and --run says ${formatCount(delivered)}; wanted the run of each log, and whole logs`,
    );
  }
}

async function report(document: ReturnType<Audit["judge"]>, output: Output): Promise<void> {
  const { auditText } = await import("../lib/audit/audit_text.ts");
  output.report(auditText(document, output.isTerminal ? output.columns : Infinity).join("\n"));
}
