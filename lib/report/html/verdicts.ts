/**
 * The top of the page: what came of the run, in words and at a glance.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { RunDocument, ThresholdVerdict } from "../../load/result.ts";
import { OUTCOMES } from "../../outcome.ts";
import { formatCount } from "../../values.ts";
import { perSecond, span } from "../units.ts";
import {
  connectionsWords,
  failedByGenerator,
  GENERATOR_FAILS,
  type Judgement,
  loadWords,
  measuredWords,
  outcomesDecide,
  resultSentence,
  toneOf,
  valueWords,
  withoutAbort,
} from "../words.ts";
import { type Markup, markup, table } from "./markup.ts";

/** A word on a coloured ground: the colour says nothing that the word does not. */
function badge(tone: "good" | "mixed" | "bad", word: string): Markup {
  return markup`<span class="badge ${tone}">${word}</span>`;
}

/**
 * The head of the page: target, and what, when and with which seed.
 *
 * @example
 * ```ts
 * import { header } from "./verdicts.ts";
 * import type { RunDocument } from "../../load/result.ts";
 *
 * function top(run: RunDocument): string {
 *   return header(run).text;
 * }
 * ```
 */
export function header(run: RunDocument): Markup {
  const facts: [name: string, fact: string][] = [
    ["load", loadWords(run)],
    ["started", startedAt(run)],
    ["duration", span(run.duration_s)],
    ["seed", String(run.seed)],
  ];
  const { shard, merged } = run;
  if (shard !== undefined) {
    facts.push(["shard", `${shard.index}/${shard.of}, counted from 0`]);
  }
  if (merged !== undefined) facts.push(["added up from", merged === 1 ? "1 run" : `${formatCount(merged)} runs`]);
  return markup`<header><p class="kind">Load report</p>
<h1>${run.target}</h1>
<dl class="facts">${facts.map(([name, fact]) => markup`<div><dt>${name}</dt><dd>${fact}</dd></div>`)}</dl></header>
`;
}

/**
 * When the run began, to the second: `2026-01-31 12:00:00 UTC`; as it stands in the document if that is no ISO 8601.
 *
 * @example
 * ```ts
 * import { startedAt } from "./verdicts.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(startedAt({ started: "2026-01-31T12:00:00.250Z" }), "2026-01-31 12:00:00 UTC");
 * ```
 */
export function startedAt({ started }: Pick<RunDocument, "started">): string {
  return started.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/, "$1 $2 UTC");
}

/**
 * Whether the run passed, what became of the messages, whether the generator is to be believed, and what a search found.
 *
 * @example
 * ```ts
 * import { verdicts } from "./verdicts.ts";
 * import type { RunDocument } from "../../load/result.ts";
 *
 * function front(run: RunDocument): string {
 *   return verdicts(run).text;
 * }
 * ```
 */
export function verdicts(run: RunDocument, judgement: Judgement = {}): Markup {
  const { tone, word, words } = overall(run, judgement);
  const healthy = run.generator.verdict === "healthy";
  const few = connectionsWords(run);
  const fine = few.length > 0
    ? "healthy: this machine kept up"
    : "healthy: what was measured is the target, not this machine";
  const result = resultSentence(run);
  return markup`<section class="verdict ${tone}" aria-labelledby="verdict"><h2 id="verdict">Verdict</h2>
<p class="lead">${badge(tone, word)} <span>${words}</span></p>
${words === result ? null : markup`<p>${badge(toneOf(run), "messages")} ${result}</p>\n`}${
    ended(run).map((words) => markup`<p>${badge("mixed", "ended early")} ${words}</p>\n`)
  }${sumIsWrong(run)}${few.map((words) => markup`<p>${badge("mixed", "connections")} ${words}</p>\n`)}<p>${
    badge(healthy ? "good" : "mixed", "generator")
  } ${healthy ? fine : run.generator.verdict}</p>
${thresholds(run)}${searchSteps(run)}</section>
`;
}

/** What counts most: thresholds where there are some, then what a search found, then what became of the messages. */
function overall(
  run: RunDocument,
  judgement: Judgement,
): { tone: "good" | "mixed" | "bad"; word: string; words: string } {
  const { thresholds, search } = run;
  const failed = thresholds.filter(({ pass }) => !pass).length;
  if (failed > 0) {
    const words = thresholds.length === 1
      ? "The threshold failed."
      : `${formatCount(failed)} of ${formatCount(thresholds.length)} thresholds failed.`;
    return { tone: "bad", word: "FAILED", words };
  }
  if (failedByGenerator(run, judgement)) return { tone: "bad", word: "FAILED", words: sentence(GENERATOR_FAILS) };
  if (search !== undefined && search !== null) {
    const found = search.rate !== null;
    return { tone: found ? "good" : "mixed", word: found ? "found" : "not found", words: search.verdict };
  }
  const words = resultSentence(run);
  const tone = toneOf(run);
  if (!outcomesDecide(run)) return { tone: "good", word: "passed", words };
  const mixed = run.planned === 0 ? "nothing sent" : "not all accepted";
  return { tone, word: { good: "all accepted", mixed, bad: "none accepted" }[tone], words };
}

function sentence(words: string): string {
  return `${words[0].toUpperCase()}${words.slice(1)}.`;
}

function ended(run: RunDocument): string[] {
  const stops = run.thresholds.filter(({ stopped }) => stopped).map(({ expr }) => withoutAbort(expr));
  return [
    ...(run.interrupted === null ? [] : [`Ended by ${run.interrupted} after ${span(run.duration_s)}.`]),
    ...(stops.length === 0 ? [] : [`Stopped after ${span(run.duration_s)} by: ${stops.join(", ")}.`]),
  ];
}

function sumIsWrong(run: RunDocument): Markup | null {
  const total = OUTCOMES.reduce((sum, name) => sum + (run.outcomes[name] ?? 0), 0);
  if (total === run.planned) return null;
  const words = `The outcomes add up to ${formatCount(total)}, not to ${
    formatCount(run.planned)
  }: a bug in this program.`;
  return markup`<p>${badge("bad", "do not trust")} ${words}</p>\n`;
}

function thresholds(run: RunDocument): Markup | null {
  if (run.thresholds.length === 0) return null;
  const limited = run.intervals.some((row) => row.generator_limited);
  // The threshold of a figure that the generator's own lateness is part of is to be read with its verdict.
  const note = ({ pass, expr }: ThresholdVerdict) =>
    !pass && limited && /\((lag|response)\)/.test(expr) ? markup` <span class="aside">see generator</span>` : null;
  return table(
    "Thresholds: a run fails where the expression is true",
    [{ head: "verdict" }, { head: "fails if" }, { head: "was", figures: true }],
    run.thresholds.map((each) => [
      each.pass ? badge("good", "passed") : badge("bad", "FAILED"),
      markup`<code>${each.expr}</code>${note(each)}`,
      measuredWords(each, run),
    ]),
  );
}

function searchSteps(run: RunDocument): Markup | null {
  const { search } = run;
  if (search === undefined || search === null || search.steps.length === 0) return null;
  return table(
    `Search for the highest rate at which ${search.expr} holds`,
    [
      { head: "asked", figures: true },
      { head: "achieved", figures: true },
      { head: "from", figures: true },
      { head: "for", figures: true },
      { head: "was", figures: true },
      { head: "verdict" },
    ],
    search.steps.map(({ asked, achieved, start_s, duration_s, value, holds, why }) => [
      perSecond(asked),
      perSecond(achieved),
      span(start_s),
      span(duration_s),
      value === null ? "nothing measured" : valueWords(search.expr, value),
      holds ? badge("good", "holds") : markup`${badge("bad", "does not hold")}${why === "" ? null : ` ${why}`}`,
    ]),
  );
}
