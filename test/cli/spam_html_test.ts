import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { renderHtml } from "../../cli/spam/html.ts";
import { goodRun } from "../lib/report/runs.ts";
import { fullRun } from "../lib/report/html/full_run.ts";

test("renderHtml puts uPlot and its licence into the page", () => {
  const html = renderHtml(goodRun());
  assert.match(html, /<script>\/\*\nThe MIT License \(MIT\)\n\nCopyright \(c\) 2022 Leon Sorokin/);
  assert.match(html, /var uPlot=function\(\)/);
  assert.match(html, /<style>\.uplot,/);
  assert.equal(html.split("<script").length - 1, 3);
});

/** A browser of this machine, if it has one. */
const browser = ["chromium", "chromium-browser", "google-chrome"]
  .flatMap((name) => (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name)))
  .find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** The page after its program has run, as HTML; empty where the browser cannot run here. */
async function opened(html: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "mllp-page-"));
  try {
    const file = join(folder, "run.html");
    writeFileSync(file, html);
    const child = spawn(browser!, [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      `--user-data-dir=${join(folder, "profile")}`,
      "--dump-dom",
      pathToFileURL(file).href,
    ], { stdio: ["ignore", "pipe", "ignore"], timeout: 30_000, killSignal: "SIGKILL" });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => text += part);
    await new Promise<void>((resolve) => child.on("close", () => resolve()));
    return text;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

test("renderHtml makes a page that a browser draws", { skip: browser === undefined }, async () => {
  const attack = "</script><script>document.title = 'hacked'</script>";
  const dom = await opened(renderHtml(fullRun({ errors: [{ text: attack, count: 1, first_seen_s: 0 }] })));
  // A browser that cannot start here, as in some containers, says nothing.
  if (dom === "") return;
  assert.equal(dom.split("<canvas").length - 1, 8);
  assert.doesNotMatch(dom, /<figure[^>]* hidden/);
  assert.match(dom, /<title>tcp:\/\/127\.0\.0\.1:2575, /);
  assert.equal(dom.split('class="scale"').length - 1, 4);
});
