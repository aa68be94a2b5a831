/** What documents print for people to try: found, put together, and compared. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { blocksIn, fencesIn, readInfo } from "./examples.ts";
import { compare, scenesOf, settled, stays } from "./scene.ts";

const DOCUMENT = `# One

\`\`\`yaml
# rules.yaml
version: 1
\`\`\`

\`\`\`sh
mllp receive rules.yaml
\`\`\`

\`\`\`console above exit 1
$ mllp send :2575 \\
    --quiet
  AE
$ mllp send :2575
\`\`\`

## Two

\`\`\`sh
# a comment
mllp receive
mllp llpdrv -y -t /dev/ttyS0
\`\`\`

\`\`\`sh norun: needs a device
mllp send serial:/dev/ttyS0
\`\`\`
`;

function scenes() {
  return scenesOf(blocksIn(DOCUMENT, "x.md"), fencesIn(DOCUMENT, "x.md"));
}

test("scenesOf puts what is started above beside what needs it, with the files of the section", () => {
  const [first, ...others] = scenes();
  assert.deepEqual(first.started.map(({ command }) => command), ["mllp receive rules.yaml"]);
  assert.deepEqual(first.run, [
    { lineNumber: 14, command: "mllp send :2575 --quiet", prints: ["  AE"] },
    { lineNumber: 16, command: "mllp send :2575", prints: [] },
  ]);
  assert.equal(first.block.exit, 1);
  assert.deepEqual([...first.files], [["rules.yaml", "# rules.yaml\nversion: 1\n"]]);
  assert.equal(others.length, 1);
});

test("scenesOf starts what nobody needs alone, lets a line driver only say what it would do, and leaves out what is not run", () => {
  const [, second] = scenes();
  assert.deepEqual(second.started.map(({ command }) => command), ["mllp receive"]);
  assert.deepEqual(second.run.map(({ command }) => command), ["mllp llpdrv -y -t /dev/ttyS0"]);
  assert.equal(second.files.size, 0, "the files of another section are not its own");
});

test("blocksIn refuses a word behind a language that means nothing, and a norun without a reason", () => {
  const info = (text: string) => readInfo(fencesIn(`\`\`\`sh ${text}\n\`\`\`\n`, "x.md")[0]);
  assert.deepEqual(info("above exit 4"), { norun: null, above: true, exit: 4 });
  assert.deepEqual(info("exit 2"), { norun: null, above: false, exit: 2 });
  assert.deepEqual(info("norun: needs a device"), { norun: "needs a device", above: false, exit: null });
  assert.throws(
    () => info("below"),
    /^Error: x\.md:1: a fence says 'below', wanted 'norun: REASON', 'above' or 'exit N'$/,
  );
  assert.throws(() => info("norun"), /^Error: x\.md:1: a fence says norun and not why$/);
});

test("stays tells what goes on from what ends", () => {
  for (const line of ["mllp receive", "mllp receive x.yaml --seed 7", "mllp llpdrv -da -p x", "llpdrv -ym -i 1"]) {
    assert.ok(stays(line), line);
  }
  for (const line of ["mllp receive x.yaml --check", "mllp llpdrv -a -t x", "mllp llpdrv -da --dry-run", "mllp send"]) {
    assert.ok(!stays(line), line);
  }
});

test("settled makes alike what differs from run to run, and nothing else", () => {
  assert.equal(
    settled("sample  ADT^A01  0X9XIGL966821  306 bytes  → tcp://127.0.0.1:2575"),
    settled("sample  ADT^A01  167QOSK966967  312 bytes  → tcp://127.0.0.1:40123"),
  );
  assert.equal(settled("  ✗ AE: No such patient  16.6 ms"), settled("  ✗ AE: No such patient  900 µs"));
  assert.notEqual(settled("  ✗ AE: No such patient"), settled("  ✗ AR: No such patient"));
  assert.notEqual(settled("PID-3 204"), settled("PID-5 204"));
});

test("compare wants the lines one after the other, but where the document leaves some out", () => {
  const line = (...prints: string[]) => ({ lineNumber: 1, command: "mllp x", prints });
  compare(line(), "anything");
  compare(line("two", "three"), "one\ntwo\nthree\nfour\n");
  compare(line("one", "...", "four"), "one\ntwo\nthree\nfour\n");
  assert.throws(() => compare(line("one", "three"), "one\ntwo\nthree\n"), /mllp x is said to print\n {2}three/);
  assert.throws(() => compare(line("five"), "one\n"), /is said to print/);
});
