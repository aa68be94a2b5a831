import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { completionCommand } from "../../cli/completion.ts";
import { type CommandEntry, runProgram, type Surroundings } from "../../cli/program.ts";
import { buildInfo, VERSION } from "../../cli/version.ts";
import { anyCommand } from "./fake_command.ts";
import { RecordingStream } from "./recording_stream.ts";

const COMMANDS: readonly CommandEntry[] = [
  { name: "try", purpose: anyCommand.purpose, load: () => Promise.resolve(anyCommand) },
  {
    name: "completion",
    purpose: "Print a script",
    load: () => Promise.resolve(completionCommand(() => Promise.resolve([anyCommand]))),
  },
  { name: "broken", purpose: "Never loads", load: () => Promise.reject(new Error("loaded without need")) },
];

async function run(line: string, about: Partial<Surroundings> = {}) {
  const stdout = new RecordingStream();
  const stderr = new RecordingStream();
  const code = await runProgram({
    calledAs: "/usr/local/bin/mllp",
    args: line.split(" ").filter((word) => word !== ""),
    environment: {},
    stdout,
    stderr,
    stdin: () => Readable.from([]),
    commands: COMMANDS,
    ...about,
  });
  return { code, out: stdout.text, err: stderr.text };
}

describe("the program", () => {
  for (const line of ["help", "--help", "-h", "help help"]) {
    test(`the program lists its commands for '${line}'`, async () => {
      const { code, out, err } = await run(line);
      assert.equal(code, 0);
      assert.match(out, /^mllp \d+\.\d+\.\d+: /);
      assert.match(out, /\n {2}try +Say what was given\n/);
      assert.match(out, /\n {2}help +Show this text/);
      assert.equal(err, "");
    });
  }

  for (const word of ["--version", "-V", "-v", "version"]) {
    test(`the program tells its version for '${word}', and its build with --json`, async () => {
      assert.deepEqual(await run(word), { code: 0, out: `mllp ${VERSION}\n`, err: "" });
      const { code, out, err } = await run(`${word} --json`);
      assert.deepEqual({ code, err }, { code: 0, err: "" });
      assert.deepEqual(JSON.parse(out), buildInfo());
    });
  }

  test("the program prints manual pages: its own, and a command's", async () => {
    const pages = { "help --man": "MLLP", "help try --man": "MLLP\\-TRY", "--help --man try": "MLLP\\-TRY" };
    for (const [line, name] of Object.entries(pages)) {
      const { code, out, err } = await run(line);
      assert.deepEqual({ code, err }, { code: 0, err: "" });
      assert.equal(out.split("\n")[1].split(" ")[1], name);
    }
  });

  test("the program called with nothing shows the overview where errors go, and exits 2", async () => {
    const { code, out, err } = await run("");
    assert.equal(code, 2);
    assert.equal(out, "");
    assert.match(err, /Commands:\n {2}try /);
  });

  test("the program gives the same help for 'help try', 'try --help' and 'try -h'", async () => {
    const { code, out } = await run("help try");
    assert.equal(code, 0);
    assert.match(out, /^Usage: mllp try /);
    assert.equal((await run("try --help")).out, out);
    assert.equal((await run("try -h")).out, out);
  });

  test("the program runs a command with its operands, flags and environment", async () => {
    const { code, out, err } = await run("try a b --retries 3", { environment: { NO_COLOR: "1" } });
    assert.equal(code, 0);
    assert.equal(err, "");
    const document = JSON.parse(out);
    assert.deepEqual(document.operands, ["a", "b"]);
    assert.equal(document.retries, 3);
    assert.equal(document.given, true);
    assert.equal(document.NO_COLOR, "1");
  });

  const ONE_LINE: [string, number, RegExp][] = [
    ["tyr", 2, /^mllp: unknown command 'tyr'; did you mean try\? \('mllp help' shows all\)$/],
    ["xyzzy", 2, /^mllp: unknown command 'xyzzy'; there are try, completion, broken and help$/],
    ["listen", 2, /^mllp: unknown command 'listen'; there are try, /],
    ["help tyr", 2, /^mllp: unknown command 'tyr'; did you mean try\?/],
    ["--version send", 2, /^mllp: unexpected 'send' behind --version: wanted --json or nothing$/],
    ["help try broken", 2, /^mllp: unexpected 'broken' behind help try: wanted one command, or none$/],
    ["--verison", 2, /^mllp: unknown option '--verison' before a command; did you mean --version\?$/],
    ["--json try a", 2, /^mllp: unknown option '--json' before a command; options go behind it: mllp COMMAND --json$/],
    ["-host h -p 1", 2, /^mllp: the command is missing before -host: wanted 'mllp send' or 'mllp spam'$/],
    ["try a --retires 3", 2, /^mllp try: unknown option '--retires'; did you mean --retries\?$/],
    [
      "try a --env-file /nonexistent/x",
      2,
      /^mllp try: --env-file \/nonexistent\/x: cannot read the file: there is no such file$/,
    ],
    ["completion bsh", 2, /^mllp completion: Cannot read 'bsh': wanted one of bash, zsh, fish; did you mean bash\?$/],
  ];
  for (const [line, exit, message] of ONE_LINE) {
    test(`the program answers '${line}' with one line on standard error and exit ${exit}`, async () => {
      const { code, out, err } = await run(line);
      assert.equal(code, exit);
      assert.equal(out, "");
      assert.match(err.trimEnd(), message);
      assert.equal(err.split("\n").length, 2);
    });
  }

  test("the program keeps a usage error on one line, whatever it quotes", async () => {
    const { code, err } = await run("try a --fail usage");
    assert.equal(code, 2);
    assert.equal(err, "mllp try: FILE x.hl7: no such file\\nreally\n");
  });

  test("the program exits with a command's verdict, and with the status of a library error", async () => {
    assert.equal((await run("try a --fail verdict")).code, 1);
    const refused = await run("try a --fail connect");
    assert.equal(refused.code, 3);
    assert.equal(refused.err, "mllp try: Cannot connect to tcp://h:1: refused\n");
  });

  test("the program calls a bug a bug: exit 70, the stack, and no text that may be a patient's", async () => {
    const bug = await run("try a --fail bug");
    assert.equal(bug.code, 70);
    assert.match(bug.err, /^mllp try: this is a bug in mllp [\d.]+, please report it with these lines:\n/);
    assert.match(bug.err, /TypeError: x is not a function\n +at /);
    const leak = await run("try a --fail leak");
    assert.equal(leak.code, 70);
    assert.ok(!leak.err.includes("DOE"), leak.err);
  });

  test("the program called llpdrv looks for that command, whatever its first word", async () => {
    const { code, out, err } = await run("try", { calledAs: "/sbin/llpdrv" });
    assert.deepEqual({ code, out }, { code: 2, out: "" });
    assert.match(err, /^mllp: unknown command 'llpdrv';/, "these commands have none");
  });

  test("the program shows colours only as told", async () => {
    const stdout = new RecordingStream(true);
    await run("help", { stdout });
    assert.ok(stdout.take().includes("\u001b[1m"));
    await run("help --no-color", { stdout });
    assert.match(stdout.take(), /^mllp \d/);
    await run("help", { stdout, environment: { NO_COLOR: "1" } });
    assert.ok(!stdout.take().includes("\u001b"));
  });
});
