import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { COMMANDS } from "../../cli/commands.ts";
import { SHELLS } from "../../cli/completion.ts";
import { documents, generated } from "../../release/manual.ts";

const text = (data: Uint8Array) => new TextDecoder().decode(data);

describe("manual", () => {
  test("manual has a page for the program and for each command, dated", async () => {
    const pages = (await generated(new Date("2026-01-31T12:00:00Z"))).filter(({ path }) =>
      path.startsWith("man/man1/")
    );
    assert.deepEqual(
      pages.map(({ path }) => path).sort(),
      ["man/man1/mllp.1", ...COMMANDS.map(({ name }) => `man/man1/mllp-${name}.1`)].sort(),
    );
    for (const { path, data } of pages) assert.match(text(data), /\n\.TH \S+ 1 "2026-01-31" "mllp \d/, path);
  });

  test("manual has a completion for each shell", async () => {
    const scripts = (await generated(new Date(0))).filter(({ path }) => path.startsWith("completions/"));
    assert.equal(scripts.length, SHELLS.length);
    for (const { path, data } of scripts) assert.match(text(data), /^#(compdef mllp|.* completion of mllp)/, path);
  });

  test("manual has what README refers to by a relative link", () => {
    const all = documents();
    const readme = text(all.find(({ path }) => path === "README.md")!.data);
    const links = Array.from(readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g), ([, link]) => link);
    assert.ok(links.length > 0);
    for (const link of links) assert.ok(all.some(({ path }) => path === link || path.startsWith(`${link}/`)), link);
    assert.ok(all.some(({ path }) => path === "LICENSE"));
  });
});
