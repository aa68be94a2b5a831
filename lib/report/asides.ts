/**
 * What a run had besides its messages: a search for a rate, a warm-up, changes by hand, a log or a
 * service that was told of each message. Sections of the text report (text.ts), without their titles.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { RunDocument, SearchStep } from "../load/result.ts";
import { OUTCOMES } from "../outcome.ts";
import { paint, printable } from "../text.ts";
import { formatCount } from "../values.ts";
import { fill, hang, listed } from "./layout.ts";
import { micros, perSecond, span } from "./units.ts";
import { NOTHING_MEASURED, valueWords } from "./words.ts";

/** How many changes by hand are told one by one. */
const CHANGES_TOLD = 8;

/**
 * What a search found, and each rate that it tried.
 *
 * @example
 * ```ts
 * import { searchLines } from "./asides.ts";
 * import type { RunDocument } from "../load/result.ts";
 *
 * const show = (run: RunDocument): string => searchLines(run, 80).join("\n");
 * ```
 */
export function searchLines({ search }: RunDocument, width: number): string[] {
  if (search === null || search === undefined) return [];
  const color = search.rate === null ? "red" : "green";
  const verdict = fill(printable(search.verdict).split(" "), width).map((line) => paint(color, line));
  const asked = search.steps.map((step) => perSecond(step.asked));
  const wide = Math.max(0, ...asked.map((text) => text.length));
  const steps = search.steps.flatMap((step, i) => {
    const head = `  ${step.holds ? paint("green", "held  ") : paint("red", "FAILED")}  ${asked[i].padStart(wide)}  `;
    const why = step.why === "" ? "" : `: ${printable(step.why)}`;
    return hang(head, `${stepValue(search.expr, step)}, achieved ${perSecond(step.achieved)}${why}`, width);
  });
  return [...verdict, ...steps];
}

function stepValue(expr: string, { value }: SearchStep): string {
  const metric = expr.split(/[<>]/)[0].trim();
  return `${printable(metric)} ${value === null ? NOTHING_MEASURED : valueWords(expr, value)}`;
}

/**
 * The warm-up, in a line or two.
 *
 * @example
 * ```ts
 * import { warmupLines } from "./asides.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(warmupLines({ warmup: null } as RunDocument, 80), []);
 * ```
 */
export function warmupLines({ warmup }: RunDocument, width: number): string[] {
  if (warmup === null || warmup === undefined) return [];
  const { planned, outcomes, service, duration_s } = warmup;
  const others = OUTCOMES.filter((name) => name !== "accepted" && outcomes[name] > 0);
  const parts = [
    `before that, not counted: ${span(duration_s)} of warm-up`,
    `${formatCount(outcomes.accepted)} of ${formatCount(planned)} accepted`,
    ...others.map((name) => `${name} ${formatCount(outcomes[name])}`),
  ];
  if (service.count > 0) parts.push(`service p50 ${micros(service.p50)} p99 ${micros(service.p99)}`);
  return fill(listed(parts), width);
}

/**
 * What was changed by hand while the run went on.
 *
 * @example
 * ```ts
 * import { steeringLines } from "./asides.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const run = { steering: [{ at_s: 12, speed: 0 }] } as unknown as RunDocument;
 * assert.deepEqual(steeringLines(run, 80), ["  changed by hand: paused at 12.0 s"]);
 * ```
 */
export function steeringLines({ steering = [] }: RunDocument, width: number): string[] {
  if (steering.length === 0) return [];
  const told = steering.slice(0, CHANGES_TOLD).map(({ at_s, speed }) =>
    speed === 0 ? `paused at ${span(at_s)}` : `${Math.round(speed * 100)} % of the rate from ${span(at_s)}`
  );
  const more = steering.length - told.length;
  if (more > 0) told.push(`${formatCount(more)} more`);
  const [first, ...others] = listed(told);
  return fill([`changed by hand: ${first}`, ...others], width);
}

/**
 * Who was told of each message, and what was lost on the way.
 *
 * @example
 * ```ts
 * import { deliveryLines } from "./asides.ts";
 * import type { RunDocument } from "../load/result.ts";
 * import assert from "node:assert/strict";
 *
 * const run = { deliveries: [{ to: "log", delivered: 100, lost: 0, note: "" }] } as unknown as RunDocument;
 * assert.deepEqual(deliveryLines(run, 80), ["  log: 100 messages, none lost"]);
 * ```
 */
export function deliveryLines({ deliveries = [] }: RunDocument, width: number): string[] {
  return deliveries.flatMap(({ to, delivered, lost, note }) => {
    const losses = lost === 0 ? "none lost" : paint("red", `${formatCount(lost)} LOST`);
    const why = note === "" ? "" : `: ${printable(note)}`;
    return hang(`  ${to}: `, `${formatCount(delivered)} messages, ${losses}${why}`, width);
  });
}
