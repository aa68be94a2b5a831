import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { feedingNotes } from "../../cli/spam/feeding.ts";
import { makePatients } from "../../cli/spam/patients.ts";
import { formatTimestamp } from "../../lib/hl7/timestamp.ts";
import { width } from "../../lib/text.ts";
import { feed, feedFrom, field, file, folder, head, messages, NOON, refusal, removeFolder } from "./feed_command.ts";

after(removeFolder);

describe("feeding", () => {
  test("feeding fills the slots of templates, by files and folders, from standard input too", async () => {
    const path = file("slots.hl7", `${head("A", "Q{{seq 12}}")}PID|{{int 5 5}}\r`);
    assert.deepEqual(
      await messages(2, "--template", path),
      ["Q000000000000", "Q000000000001"].map((id) =>
        `${head("A", id).replace("|2020|", `|${formatTimestamp(NOON)}|`)}PID|5\r`
      ),
    );
    const { out } = await feedFrom(`${head("A")}PID|{{seq}}\n`, ["--template", "-", "--dry-run", "2"]);
    assert.deepEqual(out.match(/PID.*/g), ["PID|0", "PID|1"]);
    file("folder/a.hl7", `${head("A")}PID|a{{seq}}\r`);
    file("folder/b.hl7", `${head("B")}PID|b{{seq}}\r`);
    const both = await messages(
      4,
      file("plain.hl7", head("A")),
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
      /framed\.hl7:1:27: cannot use the slot "{{oops\|P\|2\.5": it is not closed/,
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
    const mixed = await messages(20, "--mix", "adt=1,oru=1", "--set", "OBX[*]-5?=99", "--set", "PID-8?=O");
    assert.ok(mixed.some((other) => field(other, "OBX", 5) === "99"));
    assert.ok(
      mixed.every((other) => [undefined, "99"].includes(field(other, "OBX", 5)) && field(other, "PID", 8) === "O"),
    );
    assert.match(await refusal(path, "--set", "OBX-5?=9"), /^Cannot set OBX-5: no message has a place for it$/);
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
