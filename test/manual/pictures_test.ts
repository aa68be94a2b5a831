/** The pictures of README: drawn from recordings, and well-formed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { plain } from "../../lib/text.ts";
import { read } from "../source.ts";
import { draw, pathsOf, PICTURES, type Recording } from "./pictures.ts";
import { terminalSvg } from "./terminal_svg.ts";

/** The elements of an XML document, each with its text; throws where it is not well-formed. */
function elements(xml: string): { name: string; text: string }[] {
  const found: { name: string; text: string }[] = [];
  const open: { name: string; text: string }[] = [];
  let at = 0;
  const piece = /<(\/?)([a-z]+)((?: [A-Za-z:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*)(\/?)>|([^<]+)/gy;
  const picture = xml.replace(/^<!-- [a-z-]+ -->\n/, "");
  for (const [whole, closing, name, , empty, text] of picture.matchAll(piece)) {
    at += whole.length;
    if (text !== undefined) {
      assert.doesNotMatch(text, /&(?!(?:amp|lt|gt|quot);)/);
      const inner = open.at(-1);
      if (inner === undefined) assert.equal(text.trim(), "");
      else inner.text += text;
    } else if (closing) assert.equal(open.pop()?.name, name);
    else {
      const element = { name, text: "" };
      found.push(element);
      if (!empty) open.push(element);
    }
  }
  assert.equal(at, picture.length, `not well-formed at ${picture.slice(at, at + 40)}`);
  assert.deepEqual(open, []);
  return found;
}

const unescaped = (text: string) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");

for (const { name, title, commands } of PICTURES) {
  const paths = pathsOf(name);
  const recordings: Recording[] = JSON.parse(read(paths.recording));

  test(`the picture ${name} is drawn from its recording (deno run -A test/manual/make_pictures.ts draws it anew)`, () => {
    assert.equal(read(paths.picture), draw(title, recordings));
    assert.deepEqual(recordings.map(({ command }) => command), commands);
    assert.ok(read("README.md").includes(`](${paths.picture})`), "README shows it");
  });

  test(`the picture ${name} is well-formed, and every line of the recording is in it`, () => {
    const found = elements(read(paths.picture));
    assert.equal(found[0].name, "svg");
    const joined = (text: string) => text.replaceAll(/\s/g, "");
    const shown = joined(unescaped(found.map(({ text }) => text).join("")));
    for (const line of recordings.flatMap(({ lines }) => lines)) assert.ok(shown.includes(joined(plain(line))), line);
  });
}

test("terminalSvg puts words in their columns and their paint, and knows no other paint", () => {
  const [one, two] = elements(terminalSvg("a & b", ["\u001b[1ma  <\u001b[22m"])).slice(-2);
  assert.deepEqual([one.text, two.text], ["a", "&lt;"]);
  const svg = terminalSvg("t", ["12345678  \u001b[31mred\u001b[39m"]);
  assert.match(svg, /<text x="104" y="50" textLength="25.2" fill="#ff7b72">red<\/text>/);
  assert.throws(() => terminalSvg("t", ["\u001b[5mblink"]), /Cannot draw paint 5/);
});

test("draw cuts a line between words where it is too wide, and shows a status that is not 0", () => {
  const line = `\u001b[31m${"word ".repeat(25)}end\u001b[39m`;
  const svg = draw("t", [{ command: `mllp x ${"--flag value ".repeat(9)}`.trim(), lines: [line], exit: 4 }]);
  const texts = elements(svg).map(({ text }) => text);
  const [first, second] = texts.filter((text) => text.startsWith("word"));
  assert.equal(`${first} ${second}`, `${"word ".repeat(25)}end`);
  assert.equal(svg.split('fill="#ff7b72"').length - 1, 2, "both are painted");
  assert.ok(texts.some((text) => text.endsWith("\\")), "the command line too");
  assert.deepEqual(texts.filter((text) => text.trim() !== "").slice(-2), ["$ echo $?", "4"]);
});
