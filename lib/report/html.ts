/**
 * A finished run as one HTML page that needs nothing else: verdicts first, then figures, charts and
 * tables (load.md section 7). Without scripts it is whole but for the charts. It knows neither where
 * the page goes nor how the figures came about.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { RunDocument } from "../load/result.ts";
import { chartData, chartSection } from "./html/charts.ts";
import { details } from "./html/details.ts";
import { keyFigures, latencySection } from "./html/figures.ts";
import { embeddedJson, embeddedText, markup } from "./html/markup.ts";
import { SCRIPT } from "./html/script.ts";
import { STYLE } from "./html/style.ts";
import type { Judgement } from "./words.ts";
import { header, startedAt, verdicts } from "./html/verdicts.ts";

/** What draws the charts: uPlot's program, which defines `uPlot`, and its style sheet. */
export interface HtmlAssets {
  readonly uplotScript: string;
  readonly uplotStyle: string;
}

/** Nothing is loaded, wherever the page lies: what is in it is all there is. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/**
 * The page. Whatever the document says is shown as text, error texts of the peer included. Its size does not grow with
 * the run: of more than 900 intervals neighbours are folded, the worst of them kept. Keys that older documents do not
 * have are left out. Throws a `TypeError` if an asset could not stand in a page.
 *
 * @example
 * ```ts
 * import { htmlReport } from "./html.ts";
 * import type { RunDocument } from "../load/result.ts";
 *
 * function page(run: RunDocument, uplotScript: string, uplotStyle: string): string {
 *   return htmlReport(run, { uplotScript, uplotStyle });
 * }
 * ```
 */
export function htmlReport(run: RunDocument, assets: HtmlAssets, judgement: Judgement = {}): string {
  const data = chartData(run);
  const charts = chartSection(data);
  const title = `${run.target}, ${startedAt(run)}, seed ${run.seed}, mllp ${run.version}`;
  const scripts = markup`<script type="application/json" id="chart-data">${embeddedJson(data)}</script>
<script>${embeddedText(assets.uplotScript)}</script>
<script>${embeddedText(SCRIPT)}</script>
`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="mllp ${run.version}">
<title>${title}</title>
<style>${embeddedText(assets.uplotStyle)}${embeddedText(STYLE)}</style>
</head>
<body>
${header(run)}<main>
${verdicts(run, judgement)}${keyFigures(run)}${latencySection(run)}${charts}${details(run)}</main>
<footer><p>mllp ${run.version}, ${run.target}, seed ${run.seed}, started ${
    startedAt(run)
  }. Times are counted from the start of the load.</p></footer>
${charts === null ? null : scripts}</body>
</html>
`.text;
}
