/**
 * The verdicts of a run for a build server: one suite, one case for each threshold. There is no
 * standard of the form; this is the part that all of them read.
 *
 * Without thresholds, and where no message was accepted, there is a case that messages were accepted:
 * it fails when not one was, as the exit status does; it is an error when the run could not begin
 * (our decision). With `strictGenerator` there is a case that the generator was not the limit.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { RunDocument } from "../load/result.ts";
import { OUTCOMES } from "../outcome.ts";
import { printable } from "../text.ts";
import { formatCount } from "../values.ts";
import { type Judgement, measuredWords, outcomesDecide } from "./words.ts";

interface Case {
  readonly name: string;
  /** Why it failed; null if it passed. */
  readonly failure: { readonly type: string; readonly message: string } | null;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/**
 * The suite as XML.
 *
 * @example
 * ```ts
 * import { junitReport } from "./junit.ts";
 * import type { RunDocument } from "../load/result.ts";
 *
 * function save(run: RunDocument): string {
 *   return junitReport(run);
 * }
 * ```
 */
export function junitReport(run: RunDocument, judgement: Judgement = {}): string {
  const untold = outcomesDecide(run);
  const cases = [
    ...thresholdCases(run),
    ...(untold ? [acceptedCase(run)] : []),
    ...(judgement.strictGenerator ? [generatorCase(run)] : []),
  ];
  const failures = cases.filter(({ failure }) => failure !== null).length;
  const time = run.duration_s.toFixed(3);
  const suite = attributes({
    name: `mllp spam ${run.target}`,
    tests: cases.length,
    failures,
    errors: 0,
    skipped: 0,
    time,
    timestamp: run.started.replace(/(\.\d+)?Z$/, ""),
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: "mllp spam", tests: cases.length, failures, errors: 0, time })}>`,
    `  <testsuite${suite}>`,
    "    <properties>",
    ...properties(run).map(([name, value]) => `      <property${attributes({ name, value })}/>`),
    "    </properties>",
    ...cases.flatMap(({ name, failure }) => {
      const head = attributes({ classname: "mllp.spam", name });
      if (failure === null) return [`    <testcase${head}/>`];
      return [`    <testcase${head}>`, `      <failure${attributes(failure)}/>`, "    </testcase>"];
    }),
    `    <system-out>${escape(generator(run))}</system-out>`,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

/**
 * The suite of a run that could not begin, or that a bug ended: one case, which is an error.
 *
 * @example
 * ```ts
 * import { junitFailure } from "./junit.ts";
 * import assert from "node:assert/strict";
 *
 * assert.match(junitFailure(new Error("Cannot connect")), /<error type="Error" message="Cannot connect"\/>/);
 * ```
 */
export function junitFailure(error: Error): string {
  const counts = { tests: 1, failures: 0, errors: 1 };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: "mllp spam", ...counts, time: "0.000" })}>`,
    `  <testsuite${attributes({ name: "mllp spam", ...counts, skipped: 0, time: "0.000" })}>`,
    `    <testcase${attributes({ classname: "mllp.spam", name: ACCEPTED })}>`,
    `      <error${attributes({ type: error.name, message: error.message })}/>`,
    "    </testcase>",
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

/** The case that each run has that is not judged otherwise. */
const ACCEPTED = "messages accepted";

function thresholdCases(run: RunDocument): Case[] {
  return run.thresholds.map((verdict) => {
    const stopped = verdict.stopped ? `, and it ended the run after ${run.duration_s} s` : "";
    const message = `${verdict.expr} is true: was ${measuredWords(verdict, run)}${stopped}`;
    return { name: verdict.expr, failure: verdict.pass ? null : { type: "threshold", message } };
  });
}

function acceptedCase(run: RunDocument): Case {
  const counted = OUTCOMES.filter((name) => run.outcomes[name] > 0)
    .map((name) => `${name} ${formatCount(run.outcomes[name])}`);
  const message = `Not one of ${formatCount(run.planned)} messages was accepted: ${counted.join(", ")}`;
  const failed = run.planned > 0 && run.outcomes.accepted === 0;
  return { name: ACCEPTED, failure: failed ? { type: "outcome", message } : null };
}

function generatorCase({ generator: { verdict } }: RunDocument): Case {
  return { name: "generator healthy", failure: verdict === "healthy" ? null : { type: "generator", message: verdict } };
}

function properties(run: RunDocument): [name: string, value: string | number][] {
  return [
    ["mllp.version", run.version],
    ["seed", run.seed],
    ["planned", run.planned],
    ...OUTCOMES.filter((name) => name === "accepted" || run.outcomes[name] > 0)
      .map((name): [string, number] => [name, run.outcomes[name]]),
    ...(run.rate.asked === null ? [] : [["rate.asked", run.rate.asked]] satisfies [string, number][]),
    ["rate.achieved", run.rate.achieved],
    ["generator", run.generator.verdict],
  ];
}

function generator({ generator: { verdict, reasons } }: RunDocument): string {
  return [`generator: ${verdict}`, ...reasons].join("\n");
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values).map(([name, value]) => ` ${name}="${escape(String(value))}"`).join("");
}

/** XML 1.0 has no way at all to write most control characters: they are shown as escapes, line ends excepted. */
function escape(text: string): string {
  return text.split("\n").map(printable).join("\n")
    .replace(/[\ufffe\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`)
    .replace(/[&<>"']/g, (char) => ENTITIES[char])
    .replaceAll("\n", "&#10;");
}
