import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { UsageError } from "../../cli/exit_code.ts";
import { rewriteWords } from "../../cli/llpdrv/argv.ts";
import { llpdrvFlags } from "../../cli/llpdrv/flags.ts";

/** The words in a line, rewritten. */
const rewrite = (line: string) => rewriteWords(line.split(" "), llpdrvFlags).join(" ");
const refused = (line: string, why: RegExp) =>
  assert.throws(() => rewrite(line), (error) => error instanceof UsageError && why.test(error.message));

const LINES: [string, string][] = [
  [
    "-a -t /dev/cua00 -i mahl7%myhost -i cvhl7",
    "--device /dev/cua00 --to mahl7%myhost --dist cvhl7 --protocol x328",
  ],
  [
    "-YIa -t /dev/ttyd0 -i discard%localhost -i carevuefsi",
    "--device /dev/ttyd0 --to discard%localhost --dist carevuefsi --protocol x328 --supervised --set-line",
  ],
  [
    "-YIa -t /dev/ttyd0 -i discard%localhost -i carevuefsi ttyd0",
    "--device /dev/ttyd0 --to discard%localhost --dist carevuefsi --protocol x328 --supervised --set-line ttyd0",
  ],
  ["-m -i 1 -i 2 -i 3", "--listen 1 --to 2 --dist 3 --protocol mllp"],
  ["-i 1 -i 2", "--listen 1 --to 2"],
  ["-h -u /run/x -i 2", "--listen unix:/run/x --to 2 --protocol hllp"],
  ["-u /run/50%?x -i 2", "--listen unix:/run/50%25%3Fx --to 2"],
  ["-p /tmp/line -i 2", "--pty /tmp/line --to 2"],
  ["-ydm1 -i1 -i2", "--listen 1 --to 2 --protocol mllp --foreground --debug --once"],
  ["-at/dev/ttyS0 -i 2", "--device /dev/ttyS0 --to 2 --protocol x328"],
  ["-at /dev/ttyS0 -i 2", "--device /dev/ttyS0 --to 2 --protocol x328"],
  ["-aa -i 1 -i 2", "--listen 1 --to 2 --protocol x328"],
  ["-a --line 10.2.0.7:4001 -i 2 -i 3", "--to 2 --dist 3 --protocol x328 --line 10.2.0.7:4001"],
  ["-a --line=10.2.0.7:4001 -i 2", "--to 2 --protocol x328 --line=10.2.0.7:4001"],
  ["-i 1 --to 2 -i 3", "--listen 1 --dist 3 --to 2"],
  ["--listen 1 --to 2 --dist 3", "--listen 1 --to 2 --dist 3"],
  ["-i 1 -i 2 --from-address -a --timer-a 1s", "--listen 1 --to 2 --from-address -a --timer-a 1s"],
  ["-i 1 -i 2 --json -y", "--listen 1 --to 2 --json --foreground"],
  ["-i 1 -i 2 -- -x", "--listen 1 --to 2 -- -x"],
  ["--help", "--help"],
];

describe("the words of llpdrv", () => {
  for (const [line, wanted] of LINES) {
    test(`the words of llpdrv ${line} are rewritten`, () => assert.equal(rewrite(line), wanted));
  }

  test("the words of llpdrv are read in the order of their places, whatever stands between", () => {
    const wanted = rewrite("-a -t /dev/ttyS0 -i 2 -i 3 --baud 9600 -y");
    assert.equal(
      rewrite("-t /dev/ttyS0 --baud 9600 -i 2 -y -i 3 -a").split(" ").sort().join(),
      wanted.split(" ").sort().join(),
    );
  });

  test("the words of llpdrv that cannot be are refused by name", () => {
    refused("-x", /^unknown option '-x', wanted llpdrv /);
    refused("-aYq -i 1", /^unknown option '-q' in '-aYq'/);
    refused("-line 10.2.0.7:4001", /^unknown option '-l' in '-line', .*long options begin with two hyphens: --line/);
    refused("-a -m -i 1 -i 2", /^-a and -m: the line speaks one protocol/);
    refused("-i 1 -i", /^-i: its address is missing/);
    refused("-i 1 -t /dev/ttyS0", /^-t \/dev\/ttyS0: the line is given already, and the destination is -i SERVICE/);
    refused("-i 1 -i 2 -u x", /^-u x: the line is given already, and the distal server is -i SERVICE/);
    refused("-i 1 -i 2 -i 3 -i 4", /^-i 4: line, destination and distal server are given already/);
  });
});
