/**
 * The pictures of README, recorded anew: what they show is what the binary prints.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { plain } from "../../lib/text.ts";
import { record } from "../manual/make_pictures.ts";
import { draw, pathsOf, type Picture, PICTURES, type Recording } from "../manual/pictures.ts";
import { settled } from "../scene.ts";
import { read } from "../source.ts";

/** A picture whose load lasts no longer than it has to. */
function shortened(picture: Picture): Picture {
  return { ...picture, commands: picture.commands.map((command) => command.replace(/--duration \d+s/, "--count 40")) };
}

/** The lines that do not depend on how a load went: all of a message's, of a report its headings and its table. */
function lasting({ command, lines }: Recording): string[] {
  const all = lines.map((line) => settled(plain(line)));
  if (!command.startsWith("mllp spam")) return all;
  return all.filter((line) => /^(?!FAILED)[A-Z]{4,}|^(accepted|lag|service|response|connect) /.test(line));
}

for (const picture of PICTURES) {
  test(`the picture ${picture.name} shows what the binary prints (make_pictures.ts --record records it anew)`, async () => {
    const shown: Recording[] = JSON.parse(read(pathsOf(picture.name).recording));
    const found = await record(shortened(picture));
    const withoutEnd = (lines: string[]) => lines.map((line) => line.replace(/^accepted N of N.*/, "accepted N"));
    assert.deepEqual(found.map(lasting).map(withoutEnd), shown.map(lasting).map(withoutEnd));
    // A threshold may be missed on a busy machine.
    const exits = (recordings: Recording[]) =>
      recordings.filter(({ command }) => !command.includes("--fail-if")).map(({ exit }) => exit);
    assert.deepEqual(exits(found), exits(shown));
    assert.match(draw(picture.title, found), /<svg [\s\S]*<\/svg>\n$/);
  });
}
