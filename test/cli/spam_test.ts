import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { runProgram } from "../../cli/program.ts";
import { command } from "../../cli/spam.ts";
import type { RunDocument } from "../../lib/load/result.ts";
import { OUTCOMES } from "../../lib/outcome.ts";
import { width } from "../../lib/text.ts";
import { ack, closedPort, idOf, type Script, startPeer } from "../peer.ts";
import { RecordingStream } from "./recording_stream.ts";

async function spam(...args: string[]) {
  return await spamTo(new RecordingStream(), ...args);
}

async function spamTo(stdout: RecordingStream, ...args: string[]) {
  const stderr = new RecordingStream();
  const code = await runProgram({
    calledAs: "mllp",
    args: ["spam", ...args],
    environment: {},
    stdout,
    stderr,
    stdin: () => Readable.from([]),
    commands: [{ name: "spam", purpose: command.purpose, load: () => Promise.resolve(command) }],
  });
  return { code, out: stdout.text, err: stderr.text };
}

async function against(script: Script, ...args: string[]) {
  const peer = await startPeer(script);
  try {
    return { ...await spam(`127.0.0.1:${peer.port}`, ...args), received: peer.received(), seen: peer.connections() };
  } finally {
    await peer.close();
  }
}

async function document(script: Script, ...args: string[]) {
  const { code, out, err } = await against(script, "--json", "--quiet", ...args);
  const run = JSON.parse(out) as RunDocument;
  assert.equal(OUTCOMES.reduce((sum, outcome) => sum + run.outcomes[outcome], 0), run.planned);
  return { code, run, err };
}

const accepts: Script = (message, socket) => socket.write(`\v${ack(idOf(message))}\u001c\r`);
const negative: Script = (message, socket) => socket.write(`\v${ack(idOf(message), "AE", "No such bed")}\u001c\r`);

describe("mllp spam", () => {
  test("mllp spam sends the sample and reports what became of each message", async () => {
    const { code, out, received } = await against(accepts, "--rate", "200/s", "--count", "20", "--connections", "4");
    assert.equal(code, 0);
    assert.match(out, /All 20 messages were accepted/);
    assert.equal(received.split("\v").length - 1, 20);
    assert.equal(new Set(received.split("\v").slice(1).map(idOf)).size, 20);
  });

  test("mllp spam --json prints the run document, the same that --out writes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mllp-spam-"));
    try {
      const path = join(folder, "run.json");
      const { code, out } = await against(
        accepts,
        "--count",
        "3",
        "--rate",
        "100/s",
        "--json",
        "--out",
        path,
        "--seed",
        "5",
      );
      assert.equal(code, 0);
      assert.equal(readFileSync(path, "utf8"), out);
      const run = JSON.parse(out) as RunDocument;
      assert.deepEqual([run.schema, run.planned, run.sent, run.seed, run.model], ["mllp.run/1", 3, 3, 5, "rate"]);
      assert.deepEqual(run.acks, { AA: 3 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("mllp spam --closed measures service alone", async () => {
    const { run } = await document(accepts, "--closed", "--count", "500", "--connections", "4", "--in-flight", "2");
    assert.deepEqual([run.model, run.outcomes.accepted, run.rate.asked, run.latency_us.lag], [
      "closed",
      500,
      null,
      null,
    ]);
  });

  test("mllp spam takes at least as long for its answers as the receiver takes to give them", async () => {
    const slow: Script = (message, socket) => setTimeout(() => accepts(message, socket, 0), 50);
    const { run } = await document(slow, "--rate", "50/s", "--count", "10", "--connections", "10");
    assert.ok(run.latency_us.service.min >= 49_000, `${run.latency_us.service.min}`);
    assert.ok((run.latency_us.response?.min ?? 0) >= run.latency_us.service.min);
  });

  test("mllp spam exits by what the messages met, when none was accepted", async () => {
    const count = ["--count", "2", "--rate", "100/s", "--timeout", "60ms"];
    const cases: [Script, number, string][] = [
      [negative, 1, "error"],
      [() => {}, 4, "timeout"],
      [(_, socket) => socket.resetAndDestroy(), 4, "reset"],
      [(_, socket) => socket.end(), 4, "closed"],
      [(_, socket) => socket.write("nonsense"), 5, "damaged"],
      [(_, socket) => socket.write(`\v${ack("NOBODY")}\u001c\r`), 5, "wrong_id"],
    ];
    for (const [script, status, outcome] of cases) {
      const { code, run } = await document(script, ...count, "--backoff", "1ms");
      assert.deepEqual([run.outcomes[outcome as "reset"], code], [2, status], outcome);
    }
  });

  test("mllp spam whose receiver cannot be reached exits 3, with nothing sent and no document", async () => {
    const { code, out, err } = await spam(`127.0.0.1:${await closedPort()}`, "--count", "2", "--json");
    assert.equal(code, 3);
    assert.equal(out, "");
    assert.match(err, /connection refused/);
  });

  test("mllp spam with thresholds exits by them alone", async () => {
    const run = ["--count", "4", "--rate", "200/s"];
    const failed = await document(negative, ...run, "--fail-if", "errors > 10%", "--fail-if", "lost > 0");
    assert.deepEqual([failed.code, failed.run.thresholds.map(({ pass }) => pass)], [1, [false, true]]);
    const passed = await document(negative, ...run, "--fail-if", "lost > 0");
    assert.equal(passed.code, 0);
    // Of what was never accepted no latency is measured: that must not open a gate.
    const dead = await document(negative, ...run, "--fail-if", "p99(response) > 250ms");
    assert.deepEqual([dead.code, dead.run.thresholds[0].value], [1, null]);
  });

  test("mllp spam opens a connection for each message if told to", async () => {
    const { seen, code } = await against(
      accepts,
      "--connection-per-message",
      "--count",
      "5",
      "--rate",
      "100/s",
      "--quiet",
    );
    assert.deepEqual([seen, code], [5, 0]);
  });

  test("mllp spam sends the messages of files and folders in turn", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mllp-spam-"));
    try {
      for (const name of ["a", "b"]) {
        writeFileSync(join(folder, `${name}.hl7`), `MSH|^~\\&|${name}|||||||ADT^A01|1|P|2.5\n`);
      }
      const { received } = await against(accepts, folder, "--count", "4", "--rate", "500/s", "--quiet");
      assert.deepEqual(received.split("\v").slice(1).map((text) => text.split("|")[2]), ["a", "b", "a", "b"]);
      writeFileSync(join(folder, "c.txt"), "not a message");
      const some = await against(accepts, folder, "--count", "2", "--rate", "500/s", "--quiet");
      assert.match(some.err, /c\.txt/);
      assert.deepEqual(some.received.split("\v").slice(1).map((text) => text.split("|")[2]), ["a", "b"]);
      for (const name of ["a", "b"]) rmSync(join(folder, `${name}.hl7`));
      const none = await spam("127.0.0.1:9", folder);
      assert.equal(none.code, 2);
      assert.match(none.err, /no file in this folder holds a message: c\.txt/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("mllp spam whose document cannot be written reports all the same, says so, and does not exit 0", async () => {
    const { code, out, err } = await against(accepts, "--count", "2", "--rate", "100/s", "--out", "/dev/full");
    assert.equal(code, 1);
    assert.match(out, /accepted 2 of 2\n$/);
    assert.match(err, /mllp spam: --out \/dev\/full: cannot write the run document: no space left on the device\n$/);
  });

  test("mllp spam that is ended by a threshold says which and when", async () => {
    const { code, out } = await against(
      negative,
      ...["--rate", "100/s", "--duration", "60s", "--fail-if", "errors > 5 % abort after 0s"],
    );
    assert.equal(code, 1);
    assert.match(out, /^ {2}Stopped after 1\.\d s by: errors > 5 %$/m);
    assert.match(out, /\nFAILED: errors > 5 % was 100 %, stopped after 1\.\d s\n$/);
  });

  test("mllp spam in a pipe cuts no line, on a terminal breaks them to its width", async () => {
    const reason = "No such bed in this ward, ".repeat(20).trim();
    const peer = await startPeer((message, socket) => socket.write(`\v${ack(idOf(message), "AE", reason)}\u001c\r`));
    const stdout = new RecordingStream(true, 80);
    const args = [`127.0.0.1:${peer.port}`, "--count", "2", "--rate", "100/s"];
    try {
      const { out } = await spam(...args);
      assert.ok(out.split("\n").some((line) => line.endsWith(`AE: ${reason}`)));
      await spamTo(stdout, ...args);
    } finally {
      await peer.close();
    }
    assert.ok(!stdout.text.includes("…"));
    assert.ok(stdout.text.split("\n").every((line) => width(line) <= 80));
    assert.ok(stdout.text.replace(/\n +/g, " ").includes(`AE: ${reason}`));
  });

  test("mllp spam refuses what cannot be, before anything is sent", async () => {
    const cases: [string[], RegExp][] = [
      [["10.255.255.1:1", "--closed"], /--yes/],
      [["10.255.255.1:1", "--rate", "101/s"], /101\/s is more than 100\/s.*--yes/],
      [[":9", "--closed", "--rate", "5/s"], /one of them/],
      [[":9", "--closed", "--fail-if", "p99(response) > 1s"], /closed loop/],
      [[":9", "--fail-if", "p99(respose) > 1s"], /is 'response' meant/],
      [[":9", "--connection-per-message", "--in-flight", "2"], /carries one message/],
      [[":9", "--out", "/nowhere/run.json"], /--out \/nowhere\/run\.json: .*there is no such folder/],
      [[":9", "--out", "/dev"], /--out \/dev: cannot write the file: that is a folder/],
      [[":9", "--out", "/dev/null/run.json"], /a part of its path is no folder/],
      [[":9", "--json", "--format", "classic"], /--json: --format classic .*one of them/],
      [[":9", "--duration", "0s"], /above 0/],
      [[":9", "--stages", "30s@x"], /--stages/],
      [[":9", "--stages", "30s@50", "--rate", "5/s"], /--stages and --rate: .*one of them/],
      [[":9", "--search", "p99(response) < 1s", "--closed"], /one of them/],
      [["10.255.255.1:1", "--search", "errors <= 0"], /a search sends more and more.*--yes/],
      [["10.255.255.1:1", "--stages", "1s@1..300"], /300\/s is more than 100\/s.*--yes/],
      [[":9", "--shard", "4/4"], /--shard/],
      [[":9", "--log-key", "PID-3"], /--log-key.*--log/],
      [[":9", "--html", "/nowhere/run.html"], /--html \/nowhere\/run\.html/],
      [[":9", "--out", "same", "--csv", "same"], /--csv same: that is the file of --out too/],
      [[":9", "--mix", "adt=1,nope=2"], /nope/],
      [[":9", "--axiom-dataset", "calls"], /AXIOM_TOKEN/],
    ];
    for (const [args, said] of cases) {
      const { code, err, out } = await spam(...args);
      assert.equal(code, 2, args.join(" "));
      assert.match(err, said);
      assert.equal(out, "");
    }
  });
});

describe("mllp spam and the files it is given", () => {
  test("mllp spam writes over nothing that it reads, and no two of its files into one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mllp-spam-"));
    const at = (name: string) => join(folder, name);
    try {
      const message = "MSH|^~\\&|A|||||||ADT^A01|1|P|2.5\r";
      writeFileSync(at("adt.hl7"), message);
      writeFileSync(at("rows.csv"), "ward\nWARD7\n");
      const cases: string[][] = [
        [at("adt.hl7"), "--out", at("adt.hl7")],
        [folder, "--html", at("adt.hl7")],
        [at("adt.hl7"), "--log", at("adt.hl7")],
        ["--csv-feed", at("rows.csv"), "--set", "PV1-3={{csv.ward}}", "--csv", at("rows.csv")],
        [at("adt.hl7"), "--log", at("run"), "--out", at("run")],
      ];
      for (const args of cases) {
        const { code, err } = await spam("127.0.0.1:9", ...args);
        assert.equal(code, 2, args.join(" "));
        assert.match(err, /that is the file of \S+/);
      }
      assert.equal(readFileSync(at("adt.hl7"), "utf8"), message);
      assert.deepEqual(readdirSync(folder).sort(), ["adt.hl7", "rows.csv"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("mllp spam with the words of mllp_spammer", () => {
  const line = /^[0-9a-f-]{36},\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,/;

  test("mllp spam -mode once sends one message and prints its line", async () => {
    const peer = await startPeer(accepts);
    const { code, out } = await spam(
      ..."-host 127.0.0.1 -sps 1 -mode once --format classic -p".split(" "),
      `${peer.port}`,
    );
    await peer.close();
    assert.equal(code, 0);
    assert.equal(out.split("\n").length, 2);
    assert.match(out, line);
    assert.match(out, /MSA\|AA\|/);
    assert.equal(peer.connections(), 1);
  });

  test("mllp spam takes a plain TCP echo for an answer, with its frame or, asked to, without", async () => {
    const echo = createServer((socket) => socket.pipe(socket));
    await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
    const { port } = echo.address() as { port: number };
    const base = ["-host", "127.0.0.1", "-p", String(port), "-sps", "20", "-mode", "spam", "--count", "3"];
    try {
      const framed = await spam(...base, "--format", "classic");
      assert.equal(framed.code, 0);
      assert.equal(framed.out.trimEnd().split("\n").filter((text) => line.test(text)).length, 3);
      const shown = await spam(...base, "--format", "classic", "-rop", "false");
      assert.match(shown.out, /,\\x0bMSH/);
      const bare = await spam(...base, "-aip", "false", "-m", "hello", "--json", "--quiet");
      assert.equal(bare.code, 0, bare.err);
      const run = JSON.parse(bare.out) as RunDocument;
      assert.deepEqual([run.outcomes.accepted, run.warnings?.echo], [3, 3]);
    } finally {
      echo.close();
    }
  });

  test("mllp spam prints Socket Error for what fails, and exits with the failure's status", async () => {
    const silent = await startPeer(() => {});
    const words = [
      "-sps",
      "50",
      "-mode",
      "once",
      "--format",
      "classic",
      "--timeout",
      "50ms",
      "-host",
      "127.0.0.1",
      "-p",
    ];
    const timeout = await spam(...words, String(silent.port));
    await silent.close();
    assert.deepEqual([timeout.code, timeout.out], [4, "Socket Error - timed out\n"]);
    const refused = await spam(...words, String(await closedPort()));
    assert.equal(refused.code, 3);
    assert.match(refused.out, /^Socket Error - .*connection refused\n$/);
  });
});
