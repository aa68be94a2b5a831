/**
 * The page of `--html`, with the program that draws its charts. Loaded only where a page is asked for.
 *
 * @module
 */
import licence from "uplot/LICENSE" with { type: "text" };
import uplotScript from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import uplotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import type { RunDocument } from "../../lib/load/result.ts";
import { htmlReport } from "../../lib/report/html.ts";
import type { Judgement } from "../../lib/report/words.ts";

/** A run as one HTML page that needs no network; uPlot is in it, with its licence. */
export function renderHtml(run: RunDocument, judgement: Judgement = {}): string {
  return htmlReport(run, { uplotScript: `/*\n${licence}*/\n${uplotScript}`, uplotStyle }, judgement);
}
