/**
 * How the page looks: light, dark and on paper. No file, font or image from elsewhere.
 *
 * This module performs no I/O.
 *
 * @module
 */

/**
 * Colours by what they say. `--p50` to `--max` and `--c1` to `--c8` are lines of charts: apart for most eyes that
 * confuse colours, and each at least 3:1 on its ground (WCAG 2.2, 1.4.11).
 */
const LIGHT = `
  color-scheme: light;
  --ground: #f6f7f8; --surface: #ffffff; --text: #1c2126; --muted: #56606b; --line: #dde2e7; --grid: #eceff2;
  --good: #17692d; --good-ground: #dff3e4; --mixed: #7a4d00; --mixed-ground: #fdf0d0; --bad: #a8201a; --bad-ground: #fde3e1;
  --link: #0a58ad; --limited: #f0b42933;
  --p50: #1f6fb4; --p90: #0b8274; --p99: #c25a00; --max: #8b3a9e;
  --c1: #b3261e; --c2: #8b3a9e; --c3: #c25a00; --c4: #1f6fb4; --c5: #0b8274; --c6: #6b6300; --c7: #56606b; --c8: #a83279;
`;

const DARK = `
  color-scheme: dark;
  --ground: #0f1317; --surface: #171c21; --text: #e4e8ec; --muted: #9ba6b1; --line: #2c343c; --grid: #222930;
  --good: #63d17f; --good-ground: #12331c; --mixed: #ecc25a; --mixed-ground: #3a2d0a; --bad: #ff8f87; --bad-ground: #431a18;
  --link: #7cb8ff; --limited: #e0a82e33;
  --p50: #64aef0; --p90: #3fc3b2; --p99: #f39a4a; --max: #c98bdb;
  --c1: #ff8f87; --c2: #c98bdb; --c3: #f39a4a; --c4: #64aef0; --c5: #3fc3b2; --c6: #cfc452; --c7: #9ba6b1; --c8: #f08cc4;
`;

/** The style sheet of the page, without that of the charts. */
export const STYLE = `
:root {${LIGHT}}
@media screen and (prefers-color-scheme: dark) { :root:not([data-paper]) {${DARK}} }
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word;
}
h1, p, li, .facts dd, .said, code { overflow-wrap: anywhere; }
main, header, footer { max-width: 1180px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 28px; }
.kind { margin: 0; color: var(--muted); }
h1 { margin: 0 0 10px; font-size: 26px; line-height: 1.25; font-weight: 650; }
h2 { margin: 0 0 10px; font-size: 17px; font-weight: 650; }
h3 { margin: 0; font-size: 15px; font-weight: 650; }
p { margin: 0 0 8px; }
a { color: var(--link); }
code { font: 0.93em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
section { margin: 18px 0; padding: 18px 20px; background: var(--surface); border: 1px solid var(--line); border-radius: 8px; }
section > :last-child { margin-bottom: 0; }
.note, .aside, figcaption p, footer, caption { color: var(--muted); }
.note, figcaption p, footer { font-size: 13.5px; }
.aside { font-weight: 400; font-size: 13px; white-space: normal; }
th .aside { white-space: nowrap; }
.verdict { border-left: 6px solid var(--muted); }
.verdict.good { border-left-color: var(--good); }
.verdict.mixed { border-left-color: var(--mixed); }
.verdict.bad { border-left-color: var(--bad); }
.verdict h2 { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.lead { font-size: 19px; font-weight: 600; }
.badge {
  display: inline-block; padding: 0 9px; border-radius: 5px; font-size: 13px; font-weight: 650; line-height: 1.65;
  vertical-align: 0.06em; white-space: nowrap;
}
.lead .badge { font-size: 16px; margin-right: 4px; }
.badge.good { color: var(--good); background: var(--good-ground); }
.badge.mixed { color: var(--mixed); background: var(--mixed-ground); }
.badge.bad { color: var(--bad); background: var(--bad-ground); }
dl { margin: 0; }
dt { color: var(--muted); font-size: 13.5px; }
dd { margin: 0; }
.facts { display: flex; flex-wrap: wrap; gap: 6px 30px; margin-bottom: 10px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(132px, 1fr)); gap: 14px 20px; }
.tiles dd { color: var(--muted); font-size: 13.5px; }
.tiles .figure { color: var(--text); font-size: 24px; font-weight: 600; line-height: 1.3; white-space: nowrap; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 470px), 1fr)); gap: 18px; margin: 18px 0; }
.pair > section { margin: 0; min-width: 0; }
.pair > :last-child:nth-child(odd) { grid-column: 1 / -1; }
.scroll { overflow-x: auto; margin: 12px 0 4px; }
table { border-collapse: collapse; }
caption { text-align: left; font-size: 13.5px; padding-bottom: 4px; white-space: nowrap; }
th, td { padding: 4px 16px 4px 0; text-align: left; vertical-align: baseline; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--muted); font-size: 13px; font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 600; white-space: nowrap; }
th.n, td.n { text-align: right; white-space: nowrap; }
td.n + td:not(.n), th.n + th:not(.n), td.n + th:not(.n), th.n + td:not(.n) { padding-left: 10px; }
.bar { display: inline-block; width: 64px; height: 8px; margin-left: 6px; border-radius: 2px; background: var(--grid); }
.bar::before {
  content: ""; display: block; height: 100%; border-radius: 2px; background: var(--p50);
  width: calc(var(--part) * 100%); min-width: calc(min(1, var(--part) * 10000) * 2px);
}
.said { white-space: pre-wrap; }
details > summary { cursor: pointer; color: var(--link); }
details table { font-size: 13.5px; }
details th, details td { padding-right: 10px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 470px), 1fr)); gap: 26px 30px; }
.charts > :last-child:nth-child(odd) { grid-column: 1 / -1; }
figure { margin: 0; min-width: 0; }
figure[hidden] { display: none; }
figcaption { position: relative; }
figcaption h3 { padding-right: 76px; }
figcaption p { margin: 0 0 6px; }
.scale {
  position: absolute; right: 0; top: 0; padding: 1px 9px; font: inherit; font-size: 13px; color: var(--link);
  background: none; border: 1px solid var(--line); border-radius: 5px; cursor: pointer;
}
.shade { display: inline-block; width: 22px; height: 12px; background: var(--limited); border: 1px solid var(--line); }
.uplot { font: inherit; width: 100%; }
.u-legend { font-size: 13px; color: var(--text); text-align: left; margin: 2px 0 0; }
.u-legend th { font-weight: 500; white-space: nowrap; }
.u-legend th, .u-legend td { border: 0; padding: 1px 4px 1px 0; }
.u-legend .u-value { min-width: 4.2em; white-space: nowrap; }
.u-inline tbody { display: flex; flex-wrap: wrap; }
.u-inline tr { margin-right: 6px; }
.u-legend .u-series:first-child { order: 1; }
.u-legend .u-series:first-child:has(.u-value:empty) { visibility: hidden; }
.u-inline.u-live th::after { content: ""; }
.u-legend .u-series:first-child .u-marker { display: none; }
.u-legend .u-marker { width: 14px; height: 3px; border-width: 0 !important; }
.u-select { background: color-mix(in srgb, var(--p50) 18%, transparent); }
.u-hz .u-cursor-x, .u-hz .u-cursor-y { border-color: var(--muted); }
footer { padding-top: 4px; padding-bottom: 36px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
@media (max-width: 640px) {
  main, header, footer { padding-left: 12px; padding-right: 12px; }
  section { padding: 14px; }
  h1 { font-size: 21px; }
  .lead { font-size: 17px; }
  .tiles { grid-template-columns: repeat(2, 1fr); }
  th .aside { display: block; white-space: normal; min-width: 11em; }
  .bar { display: none; }
  .folds, .folds caption, .folds tbody, .folds tr { display: block; }
  .folds thead { display: none; }
  .folds tr { display: grid; grid-template-columns: repeat(4, 1fr); gap: 2px 8px; padding: 8px 0; border-bottom: 1px solid var(--line); }
  .folds tbody tr:last-child { border-bottom: 0; padding-bottom: 0; }
  .folds th, .folds td { border: 0; padding: 0; }
  .folds tbody th { grid-column: 1 / -1; }
  .folds th .aside { display: inline; }
  .folds td.n { text-align: left; min-width: 0; }
  .folds td::before { content: attr(data-head); display: block; color: var(--muted); font-size: 12px; }
  caption { white-space: normal; }
  td:last-child:not(.n) { min-width: 8em; }
}
@media print {
  body { background: none; font-size: 11pt; }
  main, header, footer { max-width: none; padding: 0; }
  section { border: 0; border-top: 1px solid var(--line); border-radius: 0; padding: 12px 0; margin: 0; }
  .verdict { border-left: 6px solid var(--muted); border-top: 0; padding-left: 14px; }
  .badge, .bar, .bar::before, .shade { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  figure, tr, .tiles > div { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  .scale, .drawn { display: none; }
  .scroll { overflow: visible; }
  table { font-size: 9pt; }
  th .aside { display: block; white-space: normal; }
  .tiles { grid-template-columns: repeat(4, 1fr); }
  .pair { gap: 0 30px; margin: 0; }
  .charts { grid-template-columns: 1fr 1fr; }
  .uplot, .u-wrap { width: 100% !important; height: auto !important; }
  .u-wrap canvas { height: auto !important; }
  .u-over, .u-under, .u-value { display: none !important; }
}
`;
