import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { rewriteArguments } from "../../cli/argv.ts";
import { UsageError } from "../../cli/exit_code.ts";

const IMPLIED = ["--connection-per-message", "--match", "any", "--escapes"];

const REWRITTEN: ["send" | "spam", string, string[]][] = [
  ["spam", "-host localhost -p 51961 -sps 1 -mode once", [
    "localhost:51961",
    ...IMPLIED,
    "--rate",
    "1",
    "--count",
    "1",
  ]],
  ["spam", "-host localhost -p 51961 -sps 1 -mode spam", ["localhost:51961", ...IMPLIED, "--rate", "1"]],
  ["spam", "-host tcpbin.com -p 4242 -mode once", ["tcpbin.com:4242", ...IMPLIED, "--count", "1"]],
  ["spam", "--host 10.0.0.7 --port 2575 --sps 10 --mode spam", ["10.0.0.7:2575", ...IMPLIED, "--rate", "10"]],
  ["spam", "--host=::1 -p2575", ["[::1]:2575", ...IMPLIED]],
  ["spam", "-host [::1] -p 2575", ["[::1]:2575", ...IMPLIED]],
  ["spam", "a.hl7 -p 2575 -host h b.hl7 --json", ["h:2575", ...IMPLIED, "a.hl7", "b.hl7", "--json"]],
  ["spam", "-host h -p 1 -- -sps", ["h:1", ...IMPLIED, "--", "-sps"]],
  ["send", "-host h -p 1 -mode once", ["h:1", ...IMPLIED]],
  ["send", "-host h -p 1 -sps 4", ["h:1", ...IMPLIED, "--interval", "250ms"]],
  ["send", "-host h -p 1 -aip false -rop False", ["h:1", ...IMPLIED, "--framing", "none", "--show-frame"]],
  ["send", "-host h -p 1 -aip true -rop yes", ["h:1", ...IMPLIED]],
  ["spam", "-host h -p 1 -ld calls", ["h:1", ...IMPLIED, "--axiom-dataset", "calls"]],
  ["spam", "h:1 -sps 5", ["--rate", "5", "h:1"]],
];

describe("rewriteArguments", () => {
  for (const [command, line, expected] of REWRITTEN) {
    test(`rewriteArguments turns '${command} ${line}' into the flags of today`, () => {
      assert.deepEqual(rewriteArguments(command, line.split(" ")), expected);
    });
  }

  for (const line of ["", "h:1", "h:1 a.hl7 --rate 5/s --count 3", "h:1 --sps 5 --json", "h:1 -- -host x", "--help"]) {
    test(`rewriteArguments leaves '${line}' as it is`, () => {
      assert.deepEqual(rewriteArguments("spam", line.split(" ")), line.split(" "));
    });
  }

  test("rewriteArguments takes the text of -m as one message, spaces and dashes included", () => {
    const args = ["-host", "h", "-p", "1", "-m", "\\x0bMSH|^~\\&| -p 2\\x1c\\x0d"];
    assert.deepEqual(rewriteArguments("send", args), ["h:1", ...IMPLIED, "--text", "\\x0bMSH|^~\\&| -p 2\\x1c\\x0d"]);
  });

  test("rewriteArguments leaves the last word to an explicit flag", () => {
    const args = rewriteArguments("spam", ["-host", "h", "-p", "1", "--match", "id"]);
    assert.ok(args.lastIndexOf("id") > args.lastIndexOf("any"));
  });

  const REFUSED: ["send" | "spam", string, RegExp][] = [
    ["send", "-host h -p 1 -mode spam", /^-mode spam: .*'mllp spam'$/],
    ["spam", "-host h -p 1 -mode onec", /^-mode onec: wanted once or spam; did you mean once\?$/],
    ["send", "-host h -p 1 -ld messages", /^-ld messages: only 'mllp spam' tells Axiom of its messages$/],
    ["spam", "-host h", /^-p PORT is missing: wanted 'mllp spam -host HOST -p PORT'$/],
    ["spam", "-p 1", /^-host HOST is missing/],
    ["spam", "h:1 -mode once", /^-host HOST is missing/],
    ["spam", "-host h -p 0", /^-p 0: wanted a port from 1 to 65535$/],
    ["spam", "-host h -p 65536", /^-p 65536: wanted a port/],
    ["spam", "-host h -p x", /^-p x: wanted a port/],
    ["spam", "-host h:1 -p 1", /^-host h:1: wanted a host name or an address; the port goes to -p$/],
    ["spam", "-host tcp://h -p 1", /^-host tcp:\/\/h: wanted a host name/],
    ["spam", "-host h -p 1 -sps fast", /^-sps: Cannot read 'fast' as a rate/],
    ["spam", "-host h -p 1 -sps 0", /^-sps: Cannot read '0' as a rate/],
    ["spam", "-host h -p 1 -aip maybe", /^-aip maybe: wanted true or false$/],
    ["spam", "-host h -p 1 -rop 2", /^-rop 2: wanted true or false$/],
    ["spam", "-host h -p", /^-p: its value is missing$/],
  ];
  for (const [command, line, message] of REFUSED) {
    test(`rewriteArguments refuses '${command} ${line}' and says why`, () => {
      assert.throws(() => rewriteArguments(command, line.split(" ")), (error: Error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});
