/**
 * What `mllp spam` sends, from the compiled binary: mixes, templates, tables, order, and the same again for
 * the same seed.
 *
 * @module
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { RunDocument } from "../../lib/load/result.ts";
import { run } from "../binary.ts";
import { ack, framed, idOf, startPeer } from "../peer.ts";

let folder: string;
before(() => folder = mkdtempSync(join(tmpdir(), "mllp-feeding-")));
after(() => rmSync(folder, { recursive: true }));

/** A message as it came, and on which connection. */
interface Came {
  readonly message: string;
  readonly socket: Socket;
}

/** Runs `mllp spam` against a peer that accepts all; a run that was refused has no document. */
async function spam(...args: string[]) {
  const came: Came[] = [];
  const peer = await startPeer((message, socket) => {
    came.push({ message, socket });
    socket.write(framed(ack(idOf(message))));
  });
  try {
    const { code, stdout, stderr } = await run(["spam", `127.0.0.1:${peer.port}`, "--json", "--quiet", ...args]);
    const document = stdout === "" ? null : JSON.parse(stdout) as RunDocument;
    return { code, stderr, came, document, connections: peer.connections() };
  } finally {
    await peer.close();
  }
}

async function dryRun(...args: string[]) {
  const { code, stdout, stderr } = await run(["spam", "127.0.0.1:9", "--json", ...args]);
  assert.equal(code, 0, stderr);
  return stdout.trim().split("\n").map((line) => (JSON.parse(line) as { readonly message: string }).message);
}

function file(name: string, content: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** Time stamps blanked: of this century, to the minute at least. */
const timeless = (message: string) => message.replace(/(?<=[|^])20\d{10,12}(\.\d{3})?(?=[|\r])/g, "TIME");
const value = (message: string, segment: string, n: number) =>
  message.split("\r").find((line) => line.startsWith(`${segment}|`))?.split("|")[n];
const header = (type: string) => `MSH|^~\\&|A|B|C|D|2020||${type}|X|P|2.5\r`;

test("mllp spam with the same seed sends the same messages but for time stamps, and the dry run shows them", async () => {
  const args = ["--mix", "adt=70,oru=20,orm=4,siu=4,mdm=2", "--seed", "7"];
  const load = [...args, "--count", "150", "--rate", "500/s", "--connections", "3"];
  const runs = [];
  for (let i = 0; i < 2; i++) {
    const { code, came, document } = await spam(...load);
    assert.deepEqual([code, document?.outcomes.accepted], [0, 150]);
    runs.push(came.map(({ message }) => timeless(message)).sort());
  }
  const shown = (await dryRun(...args, "--dry-run", "150")).map(timeless).sort();
  assert.deepEqual(runs[0], runs[1]);
  assert.deepEqual(runs[0], shown);
});

test("mllp spam mixes the built-in types in exact proportions", async () => {
  const { came } = await spam("--mix", "adt=70,oru=25,orm=5", "--count", "200", "--rate", "1000/s");
  const count = (type: string) => came.filter(({ message }) => value(message, "MSH", 8)?.startsWith(type)).length;
  assert.deepEqual([count("ADT"), count("ORU"), count("ORM")], [140, 50, 10]);
});

test("mllp spam keeps the order of each patient's messages over several connections", async () => {
  const { came, document } = await spam(
    ...["--mix", "adt=80,oru=20", "--keep-order", "PID-3", "--patients", "20"],
    ...["--connections", "4", "--in-flight", "2", "--rate", "1000/s", "--count", "400"],
  );
  assert.equal(document?.outcomes.accepted, 400);
  const lines = new Map<string, Socket>();
  const stays = new Map<string, string>();
  for (const { message, socket } of came) {
    const patient = value(message, "PID", 3)!;
    assert.equal(lines.get(patient) ?? socket, socket, "a patient's messages stay on one connection");
    lines.set(patient, socket);
    if (!value(message, "MSH", 8)?.startsWith("ADT")) continue;
    const visit = value(message, "PV1", 19)!;
    stays.set(visit, `${stays.get(visit) ?? ""} ${value(message, "EVN", 1)}`);
  }
  assert.ok(new Set(lines.values()).size > 1);
  for (const events of stays.values()) assert.ok(" A01 A08 A03".startsWith(events), events);
});

test("mllp spam fills templates from a table, invents patients and sets fields", async () => {
  const template = file(
    "oru.hl7",
    `${header("ORU^R01")}PID|||{{patient.mrn}}||{{patient.family}}\rZBD|{{csv.bed}}|{{seq}}\r`,
  );
  const table = file("beds.csv", 'ward;bed\r\n1;"A|1"\r\n2;B\r\n');
  const { code, came, document } = await spam(
    ...["--template", template, "--csv-feed", table, "--set", "MSH-5=LAB", "--count", "40", "--rate", "500/s"],
  );
  assert.deepEqual([code, document?.outcomes.accepted], [0, 40]);
  const byNumber = came.map(({ message }) => message).sort((a, b) =>
    Number(value(a, "ZBD", 2)) - Number(value(b, "ZBD", 2))
  );
  assert.deepEqual(
    byNumber.map((message) => value(message, "ZBD", 1)),
    byNumber.map((_, k) => k % 2 === 0 ? "A\\F\\1" : "B"),
  );
  assert.ok(byNumber.every((message) => value(message, "MSH", 4) === "LAB"));
  assert.equal(new Set(byNumber.map((message) => value(message, "PID", 3))).size, 40);
  assert.equal(new Set(byNumber.map(idOf)).size, 40);
});

test("mllp spam says before anything is sent what is wrong with its messages", async () => {
  const bad = file("bad.hl7", `${header("A")}PID|1||{{patient.mnr}}\r`);
  const csv = file("csv.hl7", `${header("A")}PID|1||{{csv.bed}}\r`);
  const table = file("other.csv", "ward\n1\n");
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["--template", bad], /bad\.hl7:2:8: cannot use the slot {{patient\.mnr}}: .* did you mean {{patient\.mrn}}\?/],
    [["--template", csv, "--csv-feed", table], /csv\.hl7:2:8: .*other\.csv has no column "bed"; there are: ward/],
    [["--template", csv, "--csv-feed", file("ragged.csv", "bed\n1\n2,3\n")], /ragged\.csv:3: found 2 values, wanted 1/],
    [["--template", join(folder, "none.hl7")], /none\.hl7: cannot read it: there is no such file/],
    [["--mix", "adt=1,orx=1"], /--mix orx=1: .*wanted one of adt, oru, orm, siu, mdm/],
    [["--set", "NK1-2=X"], /Cannot set NK1-2 of sample: it has no NK1 segment/],
    [["--set", "MSH-10=X"], /Cannot set MSH-10 to "X"/],
    [["--keep-order", "PID-30"], /no message has a value there/],
  ];
  for (const [args, error] of cases) {
    const { code, stderr, connections } = await spam("--count", "1", ...args);
    assert.deepEqual([code, connections], [2, 0], args.join(" "));
    assert.match(stderr, error);
  }
});

test("mllp spam never writes to a file that it reads, nor twice to one", async () => {
  const message = file("in/adt.hl7", header("A"));
  const template = file("in.hl7", `${header("A")}PID|1||{{csv.bed}}\r`);
  const table = file("in.csv", "bed\n1\n");
  const report = join(folder, "twice.json");
  symlinkSync("in/adt.hl7", join(folder, "link.hl7"));
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[message, "--out", message], /--out \S+adt\.hl7: that is the file of FILE\b.*wanted one of its own/],
    [[join(folder, "in"), "--log", message], /--log \S+adt\.hl7: that is the file of FILE/],
    [[message, "--html", join(folder, "link.hl7")], /--html \S+link\.hl7: that is the file of FILE/],
    [["--template", template, "--csv-feed", table, "--csv", table], /--csv \S+in\.csv: that is the file of --csv-feed/],
    [["--template", template, "--csv-feed", table, "--log", template], /--log \S+in\.hl7: .* of --template/],
    [[message, "--log", report, "--out", report], /--log \S+twice\.json: that is the file of --out/],
  ];
  for (const [args, error] of cases) {
    const { code, stderr, connections } = await spam("--count", "1", ...args);
    assert.deepEqual([code, connections], [2, 0], args.join(" "));
    assert.match(stderr, error);
  }
  assert.ok(!existsSync(report));
  assert.deepEqual([message, table].map((path) => readFileSync(path, "utf8")), [header("A"), "bed\n1\n"]);
});

test("mllp spam's dry run shows what its shard would send", async () => {
  const shard = ["--mix", "orm=1", "--seed", "7", "--count", "8", "--dry-run", "5"];
  const { stdout } = await run(["spam", "127.0.0.1:9", "--json", ...shard, "--shard", "1/3"]);
  assert.deepEqual(stdout.trim().split("\n").map((line) => JSON.parse(line).k), [1, 4, 7]);
  const env = { JOB_COMPLETION_INDEX: "2", JOB_COMPLETIONS: "3" };
  const byJob = await run(["spam", "127.0.0.1:9", "--json", ...shard], { env });
  assert.match(byJob.stderr, /^shard 2\/3 by JOB_COMPLETION_INDEX and JOB_COMPLETIONS$/m);
  assert.deepEqual(byJob.stdout.trim().split("\n").map((line) => JSON.parse(line).k), [2, 5]);
  const half = await run(["spam", "127.0.0.1:9", ...shard], {
    env: { JOB_COMPLETION_INDEX: "2", JOB_COMPLETIONS: "" },
  });
  assert.match(half.stderr, /^warning: JOB_COMPLETION_INDEX=2 without JOB_COMPLETIONS: /m);
});

test("mllp spam refuses flags that would change nothing, and lets the old words pass", async () => {
  const cases = [
    ["--in-flight", "2", "--connection-per-message"],
    ["--connect-rate", "5/s", "--connection-per-message"],
    ["--on-timeout", "reconnect", "--connection-per-message"],
    ["--max-queue", "5", "--closed"],
    ["--show-frame"],
  ];
  for (const args of cases) {
    const { code, stderr, connections } = await spam("--count", "1", ...args);
    assert.deepEqual([code, connections, stderr.trim().split("\n").length], [2, 0, 1], args.join(" "));
    for (const flag of args.filter((arg) => arg.startsWith("--"))) assert.ok(stderr.includes(flag), stderr);
  }
  const words = ["spam", "-host", "127.0.0.1", "-p", "9", "-rop", "false", "--dry-run", "1"];
  assert.equal((await run(words)).code, 0);
});

test("mllp spam leaves files without a message out of a folder, with a warning", async () => {
  file("corpus/a.hl7", header("A"));
  file("corpus/b.hl7", header("B"));
  file("corpus/README.md", "about this corpus\n");
  const { code, came, stderr } = await spam(join(folder, "corpus"), "--shuffle", "--count", "10", "--rate", "500/s");
  assert.equal(code, 0);
  assert.match(stderr, /corpus: 1 of 3 files hold no message and are left out: README\.md/);
  const types = came.map(({ message }) => value(message, "MSH", 8));
  for (let pass = 0; pass < 5; pass++) assert.deepEqual(types.slice(2 * pass, 2 * pass + 2).sort(), ["A", "B"]);
});
