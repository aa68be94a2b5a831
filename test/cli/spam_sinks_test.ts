import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, describe, test } from "node:test";
import { defineCommand } from "../../cli/command.ts";
import { createOutput } from "../../cli/output.ts";
import { parseArguments } from "../../cli/parser.ts";
import { openSinks, sinkFlags } from "../../cli/spam/sinks.ts";
import type { TakenFile } from "../../cli/spam/taken_file.ts";
import type { LiveSnapshot } from "../../lib/load/result.ts";
import { answer, takes, withAxiom } from "../axiom_stub.ts";
import { RecordingStream } from "./recording_stream.ts";
import { settledMessage } from "./settled_message.ts";

const folder = mkdtempSync(join(tmpdir(), "mllp-sinks-"));
after(() => rmSync(folder, { recursive: true }));
const log = join(folder, "log.ndjson");

const command = defineCommand({
  ...{ name: "try", purpose: "Feed", operands: [], examples: [] },
  flags: sinkFlags,
  run: () => Promise.resolve(0 as const),
});

/** The sinks of these arguments, and what is said on standard error. */
async function open(
  args: readonly string[],
  environment: Record<string, string> = {},
  taken: readonly TakenFile[] = [],
  quiet = false,
) {
  const parsed = parseArguments(command, args);
  assert.ok(parsed !== "help");
  const stderr = new RecordingStream();
  const output = createOutput({ stdout: new RecordingStream(), stderr, program: "mllp try", quiet });
  return { sinks: await openSinks(parsed.flags, environment, output, taken), stderr };
}

describe("openSinks", () => {
  test("openSinks with nothing asked for asks nothing of the loop", async () => {
    const { sinks } = await open([]);
    assert.deepEqual(sinks.observer, {});
    sinks.started(() => assert.fail("nobody looks"));
    assert.deepEqual(await sinks.finish(), []);
    await sinks.linger();
    assert.deepEqual(sinks.complaints, []);
  });

  test("openSinks refuses what cannot be, naming it, before anything is there", async () => {
    const axiom = ["--axiom-dataset", "example"];
    const cases: [string[], RegExp, Record<string, string>?][] = [
      [["--log-key", "PID-3"], /^--log-key: .* --log FILE$/],
      [["--log-full"], /^--log-full: .* --log FILE$/],
      [["--linger", "5s"], /^--linger: .* --metrics/],
      [["--axiom-url", "https://axiom.example"], /^--axiom-url: .* --axiom-dataset/],
      [["--axiom-payload"], /^--axiom-payload: .* --axiom-dataset/],
      [["--log", join(folder, "none", "x")], /^--log .*there is no such folder/],
      [["--log", log, "--log-key", "PID-"], /--log-key: .*wanted a field number/],
      [["--metrics", "9464"], /--metrics: .*write :9464/],
      [["--metrics", "tls://:9464"], /--metrics: .*wanted :PORT or HOST:PORT/],
      [["--log", log, ...axiom], /^--axiom-dataset: no token: set AXIOM_TOKEN or API_TOKEN /],
      [["--log", log, ...axiom], /^--axiom-dataset: no token/, { AXIOM_TOKEN: "", API_TOKEN: " " }],
      [axiom, /^API_TOKEN: not a token/, { API_TOKEN: "sec\nret" }],
      [axiom, /^AXIOM_TOKEN: a personal token/, { AXIOM_TOKEN: "xapt-secret" }],
      [["--axiom-dataset", "../x"], /--axiom-dataset: .*wanted letters/],
      [[...axiom, "--axiom-url", "axiom.example"], /--axiom-url: .*wanted https:\/\/HOST/],
      [[...axiom, "--axiom-url", "https://me:secret@axiom.example"], /--axiom-url: .*scheme, host and path alone/],
    ];
    for (const [args, said, environment] of cases) {
      await assert.rejects(open(args, environment), (error: Error) => {
        assert.equal(error.name, "UsageError", args.join(" "));
        assert.match(error.message, said);
        assert.ok(!error.message.includes("secret"));
        return true;
      });
    }
    assert.ok(!existsSync(log));
  });

  test("openSinks leaves nothing behind when a later one cannot be opened", async () => {
    const { sinks, stderr } = await open(["--metrics", ":0"]);
    const port = /:(\d+)\/metrics/.exec(stderr.text)![1];
    await assert.rejects(open(["--log", log, "--metrics", `:${port}`]), {
      name: "UsageError",
      message: /^--metrics: .*the address is in use/,
    });
    assert.ok(!existsSync(log));
    sinks.giveUp();
    const again = await open(["--metrics", `:${port}`]);
    again.sinks.giveUp();
  });

  test("openSinks refuses a log where something else is read or written, by whatever name", async () => {
    const message = join(folder, "adt.hl7");
    writeFileSync(message, "MSH|");
    symlinkSync("adt.hl7", join(folder, "link.hl7"));
    const report = join(folder, "run.json");
    const taken = [{ path: message, by: "FILE" }, { path: report, by: "--out" }];
    const cases = [
      [message, "FILE"],
      [join(folder, ".", "link.hl7"), "FILE"],
      [`${folder}/../${basename(folder)}/run.json`, "--out"],
    ];
    for (const [path, by] of cases) {
      await assert.rejects(open(["--log", path], {}, taken), {
        name: "UsageError",
        message: `--log ${path}: that is the file of ${by}; wanted one of its own`,
      });
    }
    assert.equal(readFileSync(message, "utf8"), "MSH|");
    assert.ok(!existsSync(report));
    const { sinks } = await open(["--log", log], {}, taken);
    sinks.giveUp();
    const nowhere = await open(["--log", "/dev/null"], {}, [{ path: "/dev/null", by: "--out" }]);
    nowhere.sinks.giveUp();
  });

  test("openSinks says under --quiet too that metrics wait, and waits less where nobody has looked", async () => {
    const waits = async (args: readonly string[], quiet: boolean) => {
      const { sinks, stderr } = await open(["--metrics", ":0", ...args], {}, [], quiet);
      if (!quiet) await (await fetch(/http:\S+/.exec(stderr.text)![0])).text();
      sinks.started(() => ({}) as LiveSnapshot);
      await sinks.finish();
      const stop = new AbortController();
      const lingered = sinks.linger(stop.signal);
      stop.abort();
      await lingered;
      return /metrics stay on \S+ until they are read once more, (\S+) at most/.exec(stderr.text)?.[1];
    };
    assert.equal(await waits([], true), "5s");
    assert.equal(await waits([], false), "30s", "somebody has looked");
    assert.equal(await waits(["--linger", "7s"], true), "7s");
  });

  test("openSinks tells log and Axiom of each message, and delivers both at the end", async () => {
    await withAxiom(takes, async (url, asked) => {
      const axiom = ["--axiom-dataset", "example", "--axiom-url", url];
      const { sinks, stderr } = await open(["--log", log, "--log-key", "PID-3.1", ...axiom], { API_TOKEN: "xaat-1" });
      assert.deepEqual(Object.keys(sinks.observer), ["settled"]);
      for (let k = 0; k < 3; k++) sinks.observer.settled!(settledMessage(k));
      assert.deepEqual(await sinks.finish(), [
        { to: "log", delivered: 3, lost: 0, note: "" },
        { to: "axiom", delivered: 3, lost: 0, note: "" },
      ]);
      assert.equal(readFileSync(log, "utf8").split("\n").length, 4);
      assert.equal(asked[0].headers.authorization, "Bearer xaat-1");
      assert.deepEqual([sinks.complaints, stderr.text], [[], ""]);
    });
  });

  test("openSinks prefers AXIOM_TOKEN, since API_TOKEN may be another service's", async () => {
    await withAxiom((_, response) => answer(response, 401), async (url, asked) => {
      const args = ["--axiom-dataset", "example", "--axiom-url", url];
      const { sinks, stderr } = await open(args, { API_TOKEN: "other", AXIOM_TOKEN: "xaat-2" });
      sinks.observer.settled!(settledMessage());
      const [{ lost, note }] = await sinks.finish();
      assert.deepEqual([lost, asked[0].headers.authorization], [1, "Bearer xaat-2"]);
      assert.match(stderr.text, /^warning: --axiom-dataset example: Axiom answered 401/);
      assert.ok(!`${stderr.text}${note}`.includes("xaat-2"));
      assert.deepEqual(sinks.complaints, []);
    });
  });

  test("openSinks warns of a token that would go unencrypted over a network", async () => {
    const { sinks, stderr } = await open(["--axiom-dataset", "x", "--axiom-url", "http://axiom.example"], {
      API_TOKEN: "t",
    });
    assert.match(stderr.text, /^warning: --axiom-url http:\/\/axiom\.example: .*unencrypted/);
    sinks.giveUp();
  });

  test("openSinks complains at the end of a log that could not be written", async () => {
    if (!existsSync("/dev/full")) return;
    const { sinks } = await open(["--log", "/dev/full", "--log-full"]);
    assert.deepEqual(Object.keys(sinks.observer), ["settled", "isFull"]);
    sinks.observer.settled!(settledMessage());
    const [{ delivered, lost }] = await sinks.finish();
    assert.deepEqual([delivered, lost, sinks.observer.isFull!()], [0, 1, false]);
    assert.deepEqual(sinks.complaints, ["--log /dev/full: cannot write the log: no space left on the device"]);
  });
});
