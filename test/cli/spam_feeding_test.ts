import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { defineCommand, group, toggle, value } from "../../cli/command.ts";
import { runProgram } from "../../cli/program.ts";
import { exchangeFlags, outputFlags, rawFlag } from "../../cli/shared_flags.ts";
import { printDryRun } from "../../cli/spam/dry_run.ts";
import { feedingFlags, feedingNotes } from "../../cli/spam/feeding.ts";
import { makePatients } from "../../cli/spam/patients.ts";
import { readFeed } from "../../cli/spam/read_feed.ts";
import { utf8 } from "../../lib/bytes.ts";
import { splitMessages } from "../../lib/hl7/split.ts";
import { formatTimestamp } from "../../lib/hl7/timestamp.ts";
import { parseSeed } from "../../lib/values.ts";
import { width } from "../../lib/text.ts";
import { RecordingStream } from "./recording_stream.ts";

const NOON = new Date(Date.UTC(2026, 0, 31, 12));

/** What `mllp spam` does with its messages, without sending them. */
const command = defineCommand({
  name: "feed",
  purpose: "Print messages",
  operands: [{ name: "FILE", about: "what", many: true }],
  flags: {
    ...feedingFlags,
    ...group("Test", {
      seed: value("N", "seed", parseSeed, "7"),
      unframed: toggle("whole files"),
      lanes: toggle("lanes"),
    }),
    ...exchangeFlags,
    ...rawFlag,
    ...outputFlags,
  },
  notes: feedingNotes,
  examples: [],
  async run({ operands, flags, output, input }) {
    const source = await readFeed(operands, flags, flags.seed, { input, output, unframed: flags.unframed });
    printDryRun(source, flags.dryRun ?? 0, { output, raw: flags.raw, epochMs: NOON.getTime() });
    if (flags.lanes) output.document(Array.from({ length: 9 }, (_, k) => source.laneOf?.(k) ?? null));
    return 0;
  },
});

let folder: string;
before(() => folder = mkdtempSync(join(tmpdir(), "mllp-feeding-")));
after(() => rmSync(folder, { recursive: true }));

/** Writes a file in the folder of the tests, and returns its path. */
function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

async function feedFrom(input: string, args: readonly string[]) {
  const [stdout, stderr] = [new RecordingStream(), new RecordingStream()];
  const code = await runProgram({
    calledAs: "mllp",
    args: ["feed", ...args],
    environment: {},
    stdout,
    stderr,
    stdin: () => Readable.from([input]),
    commands: [{ name: "feed", purpose: command.purpose, load: () => Promise.resolve(command) }],
  });
  return { code, out: stdout.text, err: stderr.text };
}

const feed = (...args: string[]) => feedFrom("", args);

/** The first messages, one character a byte. */
async function messages(count: number, ...args: string[]): Promise<string[]> {
  const { code, out, err } = await feed(...args, "--json", "--dry-run", String(count));
  assert.equal(code, 0, err);
  return out.trim().split("\n").map((line) => (JSON.parse(line) as { message: string }).message);
}

/** What is said when it is refused. */
async function refusal(...args: string[]): Promise<string> {
  const { code, out, err } = await feed(...args, "--dry-run", "1");
  assert.deepEqual([code, out], [2, ""], err);
  assert.equal(err.trim().split("\n").length, 1, err);
  return err.replace("mllp feed: ", "").trim();
}

const head = (type: string, id = "X") => `MSH|^~\\&|A|B|C|D|2020||${type}|${id}|P|2.5\r`;
const field = (message: string, segment: string, n: number) =>
  message.split("\r").find((line) => line.startsWith(segment))?.split("|")[n];

describe("feeding", () => {
  test("feeding sends the sample, files and folders in turn, as ever", async () => {
    assert.match((await messages(1))[0], /^MSH\|\^~\\&\|MLLP\|SAMPLE\|/);
    file("turn/b.hl7", `${head("B")}`);
    file("turn/a.hl7", `${head("A1")}\n${head("A2")}`);
    const types = (await messages(4, join(folder, "turn"))).map((message) => field(message, "MSH", 8));
    assert.deepEqual(types, ["A1", "A2", "B", "A1"]);
  });

  test("feeding leaves braces in plain files alone", async () => {
    const [message] = await messages(1, file("braces.hl7", `${head("A")}NTE|{{seq}} {{nothing}}\r`));
    assert.equal(field(message, "NTE", 1), "{{seq}} {{nothing}}");
  });

  test("feeding leaves files without a message out of a folder, and says which", async () => {
    file("partly/a.hl7", head("A"));
    file("partly/README.md", "about these files");
    file("partly/empty.txt", "");
    const { code, err } = await feed(join(folder, "partly"), "--dry-run", "3");
    assert.equal(code, 0);
    assert.match(
      err,
      /warning: \S+partly: 2 of 3 files hold no message and are left out: README\.md \(no line begins with MSH\), empty\.txt \(it is empty\); --raw/,
    );
    file("none/one.md", "1");
    for (const name of ["2", "3", "4", "5"]) file(`none/${name}.md`, name);
    assert.match(
      await refusal(join(folder, "none")),
      /none: no file in this folder holds a message: .* and 2 more; --raw sends them as they are$/,
    );
    assert.match(
      await refusal(join(folder, "partly/README.md")),
      /README\.md: no HL7 message in it \(no line begins with MSH\)/,
    );
    const { out } = await feed(join(folder, "partly"), "--raw", "--dry-run", "2");
    assert.equal(out, `about these files${head("A")}`);
  });

  test("feeding fills the slots of templates, by files and folders, from standard input too", async () => {
    const path = file("slots.hl7", `${head("A", "Q{{seq 3}}")}PID|{{int 5 5}}\r`);
    assert.deepEqual(
      await messages(2, "--template", path),
      ["Q000", "Q001"].map((id) => `${head("A", id).replace("|2020|", `|${formatTimestamp(NOON)}|`)}PID|5\r`),
    );
    const { out } = await feedFrom(`${head("A")}PID|{{seq}}\n`, ["--template", "-", "--dry-run", "2"]);
    assert.deepEqual(out.match(/PID.*/g), ["PID|0", "PID|1"]);
    file("folder/a.hl7", `${head("A")}PID|a{{seq}}\r`);
    file("folder/b.hl7", `${head("B")}PID|b{{seq}}\r`);
    const both = await messages(
      4,
      join(folder, "braces.hl7"),
      "--template",
      join(folder, "folder"),
      "--template",
      path,
    );
    assert.deepEqual(both.map((message) => field(message, "PID", 1)), [undefined, "a1", "b2", "5"]);
  });

  test("feeding names file, line and column of a slot that cannot be", async () => {
    const crlf = file("bad.hl7", `\n\n${head("A")}\nPID|1||{{patient.mrnn}}\r\n`);
    assert.equal(
      await refusal("--template", crlf),
      `${crlf}:4:8: cannot use the slot {{patient.mrnn}}: there is no slot of that name; did you mean {{patient.mrn}}?`,
    );
    const framed = file("framed.hl7", `\v${head("A", "{{oops")}\u001c\r`);
    assert.match(
      await refusal("--template", framed),
      /framed\.hl7:1:27: cannot use the slot {{oops\|P\|2\.5}}: it is not closed/,
    );
    const second = file("second.hl7", `${head("A")}\n${head("B")}ZID|ü{{int x}}\r`);
    assert.match(
      await refusal("--template", second),
      /second\.hl7:3:6: cannot use the slot {{int x}}: found "x", wanted two whole numbers/,
    );
    assert.match(
      await refusal("--template", join(folder, "nothing.hl7")),
      /nothing\.hl7: cannot read it: there is no such file/,
    );
  });

  test("feeding sets fields over every message, and says which message lacks the segment", async () => {
    const path = file("set.hl7", `${head("A")}PID|1||77\r`);
    const [message] = await messages(
      1,
      path,
      "--set",
      "MSH-5=LAB",
      "--set",
      "PID-5.2={{pick Erin}}",
      "--set",
      "PID-3=8^^^{{seq 2}}",
    );
    assert.deepEqual([field(message, "MSH", 4), field(message, "PID", 5), field(message, "PID", 3)], [
      "LAB",
      "^Erin",
      "8^^^00",
    ]);
    assert.equal(await refusal(path, "--set", "NK1-2=X"), `Cannot set NK1-2 of ${path}: it has no NK1 segment`);
    assert.match(
      await refusal("--mix", "adt=1,oru=1", "--set", "OBX-5=1"),
      /^Cannot set OBX-5 of ADT\^A01: it has no OBX segment/,
    );
    assert.match(
      await refusal(path, "--set", "MSH-10=X"),
      /^Cannot set MSH-10 to "X": messages would have the same control id/,
    );
    assert.match(
      await refusal(path, "--set", "PID-3={{csv.id}}"),
      /^PID-3 at character 7: cannot use the slot {{csv\.id}}: there is no --csv-feed/,
    );
    assert.match(
      await refusal("--text", "hello", "--set", "PID-3=1"),
      /^Cannot set PID-3 of --text: it does not begin with a readable MSH/,
    );
    assert.match(await refusal(path, "--set", "PID"), /--set.*wanted PATH=VALUE/);
  });

  test("feeding mixes files and folders by name, then built-in types", async () => {
    file("mix/adt/1.hl7", head("MINE"));
    const oru = file("mix/oru.txt", head("ORU^MINE"));
    const types = (await messages(10, join(folder, "mix/adt"), oru, "--mix", "adt=5,ORU=3,orm=2"))
      .map((message) => field(message, "MSH", 8));
    const count = (type: string) => types.filter((other) => other === type).length;
    assert.deepEqual([count("MINE"), count("ORU^MINE"), count("ORM^O01^ORM_O01")], [5, 3, 2]);
    assert.match(
      await refusal("--mix", "atd=5"),
      /^--mix atd=5: no file or folder of that name was given, and no type is built in; wanted one of adt, oru, orm, siu, mdm; did you mean adt\?$/,
    );
    assert.match(
      await refusal(oru, "--mix", "adt=1"),
      /oru\.txt has no part in it and would never be sent; add oru=N$/,
    );
    for (
      const [mix, error] of [
        ["adt", /--mix.*wanted NAME=N, such as adt=70/],
        ["adt=0", /--mix.*wanted a whole number from 1 on/],
        ["adt=1,adt=2", /--mix.*adt is there twice/],
        ["adt=1,oru=2000003", /exact after 2000004 messages only/],
      ] as const
    ) assert.match(await refusal("--mix", mix), error);
    assert.match(await refusal("--text", "x", "--mix", "adt=1"), /--text: a message and --mix were given/);
  });

  test("feeding takes rows of a table, whatever separates them, and keeps their bytes", async () => {
    const template = file("csv.hl7", `${head("A")}PID|{{csv.id}}||{{csv.last name}}\r`);
    for (
      const [name, content] of [
        ["comma.csv", 'id,last name\r\n1,"O\'Neil, ""Al"""\r\n2,B|C\r\n'],
        ["semicolon.csv", '\ufeffid;last name\n1;"O\'Neil, ""Al"""\n\n2;B|C'],
        ["tab.csv", 'id\tlast name\n1\t"O\'Neil, ""Al"""\n2\tB|C\n'],
      ] as const
    ) {
      const rows = await messages(3, "--template", template, "--csv-feed", file(name, content));
      assert.deepEqual(rows.map((row) => [field(row, "PID", 1), field(row, "PID", 3)]), [
        ["1", 'O\'Neil, "Al"'],
        ["2", "B\\F\\C"],
        ["1", 'O\'Neil, "Al"'],
      ], name);
    }
    const old = file("old.csv", Uint8Array.from("id,last name\n1,M\xfcller\n", (char) => char.charCodeAt(0)));
    const [row] = await messages(1, "--template", template, "--csv-feed", old);
    assert.equal(field(row, "PID", 3), "Müller", "one byte a character, as in the file");
  });

  test("feeding names file and line of a table that cannot be", async () => {
    const template = file("csv2.hl7", `${head("A")}PID|{{csv.id}}\r`);
    const cases: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
      ["empty.csv", "", /empty\.csv: it is empty; wanted a row of column names/],
      ["head.csv", "id,name\n", /head\.csv: there is no row below the column names/],
      ["ragged.csv", "id,name\n1,a\n2\n", /ragged\.csv:3: found 1 values, wanted 2 as in the row of column names/],
      ["twice.csv", "id,id\n1,2\n", /twice\.csv:1: two columns are called "id"/],
      ["open.csv", 'id,name\n1,"a\n', /open\.csv:\d: cannot read it as CSV: quote not closed/],
      ["control.csv", "id\n1\n\u001c\n", /control\.csv:3: a value holds the control character 0x1C/],
      ["wide.csv", Uint8Array.of(0xff, 0xfe, 0x69, 0), /wide\.csv: it is UTF-16; save it as UTF-8/],
      [
        "other.csv",
        "ix,name\n1,2\n",
        /csv2\.hl7:2:5: cannot use the slot {{csv\.id}}: \S+other\.csv has no column "id"; there are: ix, name; did you mean ix\?/,
      ],
    ];
    for (const [name, content, error] of cases) {
      assert.match(await refusal("--template", template, "--csv-feed", file(name, content)), error);
    }
    const fine = file("fine.csv", "id\n1\n");
    assert.match(await refusal("--csv-feed", fine), /--csv-feed \S+: no slot asks for it/);
    assert.match(
      await refusal("--template", template, "--csv-feed", join(folder, "no.csv")),
      /no\.csv: cannot read it/,
    );
  });

  test("feeding keeps an order by a field, and refuses a path that names no one value", async () => {
    const paths = ["1", "2", "1", ""].map((id, i) => file(`order/${i}.hl7`, `${head("A")}PID|${i}||${id}\r`));
    const { out } = await feed(...paths, "--keep-order", "PID-3", "--lanes");
    const lanes = JSON.parse(out) as number[];
    assert.equal(lanes[0], lanes[2]);
    assert.notEqual(lanes[0], lanes[1]);
    assert.deepEqual([lanes[3], lanes[7]], [3, 7], "no value: no order to keep");
    assert.deepEqual(JSON.parse((await feed(...paths, "--lanes")).out), new Array(9).fill(null));
    for (
      const [path, error] of [
        ["PID", /wanted a field with a value, such as PID-3/],
        ["MSH-2", /wanted a field with a value/],
        ["OBX[*]-3", /wanted one value of a message, not every one/],
        ["pid3", /--keep-order.*Cannot read the path/],
      ] as const
    ) assert.match(await refusal(...paths, "--keep-order", path), error);
    assert.match(
      await refusal(...paths, "--keep-order", "PID-9"),
      /^Cannot keep the order by PID-9: no message has a value there$/,
    );
  });

  test("feeding shuffles by the seed", async () => {
    const paths = Array.from({ length: 12 }, (_, i) => file(`many/${i}.hl7`, `${head("A")}PID|${i}\r`));
    const order = async (...args: string[]) =>
      (await messages(12, ...paths, "--shuffle", ...args)).map((message) => field(message, "PID", 1)).join();
    assert.equal(await order(), await order());
    assert.notEqual(await order(), await order("--seed", "8"));
    assert.notEqual(await order(), [...paths.keys()].join());
  });

  test("feeding without frames takes files whole", async () => {
    const path = file("text.txt", "hello {{seq}}\nthere");
    assert.deepEqual(await messages(2, "--unframed", "--template", path), ["hello 0\nthere", "hello 1\nthere"]);
    assert.deepEqual(await messages(1, "--unframed", path), ["hello {{seq}}\nthere"]);
  });
});

describe("dry run", () => {
  test("dry run prints messages as a file that can be sent again", async () => {
    const { code, out, err } = await feed("--mix", "adt=1,oru=1", "--dry-run", "5");
    assert.equal(code, 0);
    const { messages, skipped } = splitMessages(utf8(out));
    assert.deepEqual([messages.length, skipped], [5, null]);
    assert.match(err, /5 messages; nothing was sent/);
  });

  test("dry run shows what could move a terminal, and with --raw prints the bytes alone", async () => {
    const path = file("hostile.hl7", Uint8Array.from(`${head("A")}NTE|\u001b[31m\x9b\r`, (char) => char.charCodeAt(0)));
    assert.match((await feed(path, "--dry-run", "1")).out, /\nNTE\|\\x1b\[31m\\x9b\n$/);
    const binary = file("bytes.hl7", `${head("A")}\nNTE|1\n`);
    assert.equal((await feed(binary, "--raw", "--dry-run", "2")).out, `${head("A")}\nNTE|1\n`.repeat(2));
  });

  test("dry run with --json prints an object for each message", async () => {
    const { out } = await feed("--mix", "orm=1", "--json", "--dry-run", "2");
    const [, second] = out.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(Object.keys(second), ["k", "controlId", "type", "message"]);
    assert.deepEqual([second.k, second.controlId, second.type], [1, "0000007000000000001", "ORM^O01"]);
    const text = await feed("--text", "PING", "--json", "--dry-run", "1");
    assert.deepEqual(JSON.parse(text.out), { k: 0, controlId: null, type: null, message: "PING" });
  });

  test("dry run is the same for the same seed, and another for another", async () => {
    const args = ["--mix", "adt=70,oru=20,mdm=5,siu=5", "--dry-run", "200", "--patients", "40"];
    const first = await feed(...args);
    assert.equal((await feed(...args)).out, first.out);
    assert.notEqual((await feed(...args, "--seed", "8")).out, first.out);
  });
});

describe("patients", () => {
  test("patients are invented from the seed, in plain letters, each with a number of their own", async () => {
    const { patients } = await makePatients(500, 7);
    assert.deepEqual((await makePatients(500, 7)).patients, patients);
    assert.notDeepEqual((await makePatients(500, 8)).patients[0], patients[0]);
    assert.equal(new Set(patients.map(({ mrn }) => mrn)).size, 500);
    for (const patient of patients) {
      assert.match(Object.values(patient).join(""), /^[A-Za-z0-9 .'-]+$/);
      assert.match(`${patient.mrn} ${patient.dob} ${patient.sex} ${patient.zip}`, /^\d{8} (19|20)\d{6} [FM] \d{5}$/);
      assert.match(patient.phone, /^[2-9]\d\d55501\d\d$/, "a number kept for fiction");
    }
    assert.ok(new Set(patients.map(({ family }) => family)).size > 200);
  });
});

test("feeding's help fits a terminal of 80 columns", () => {
  for (const line of feedingNotes) assert.ok(width(line) <= 80, line);
});
