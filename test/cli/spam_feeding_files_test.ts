import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { utf8 } from "../../lib/bytes.ts";
import { splitMessages } from "../../lib/hl7/split.ts";
import { feed, feedFrom, field, file, folder, head, messages, refusal, removeFolder } from "./feed_command.ts";

after(removeFolder);

describe("feeding from files", () => {
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

  test("feeding says of a text that Windows wrote as UTF-16 that it is one", async () => {
    const path = file("utf16.hl7", "");
    writeFileSync(path, `\ufeff${head("A")}`, "utf16le");
    assert.match(
      await refusal(path),
      /utf16\.hl7: no HL7 message in it \(it is UTF-16, as Windows writes texts: wanted it as UTF-8\)/,
    );
  });

  test("feeding follows links to files in a folder, as Kubernetes mounts them", async () => {
    file("mount/..2026_01_31/adt.hl7", head("A"));
    symlinkSync("..2026_01_31", join(folder, "mount/..data"));
    symlinkSync("..data/adt.hl7", join(folder, "mount/adt.hl7"));
    const { out, err } = await feed(join(folder, "mount"), "--dry-run", "1", "--inputs");
    assert.match(out, /\|A\|/);
    assert.match(out, /"FILE adt\.hl7"/);
    assert.ok(!err.includes("warning"), err);
    symlinkSync("nothing.hl7", join(folder, "mount/broken.hl7"));
    assert.match(await refusal(join(folder, "mount")), /mount\/broken\.hl7: cannot read it: there is no such file$/);
  });

  test("feeding says which folders it does not read", async () => {
    file("nested/a.hl7", head("A"));
    file("nested/in/b.hl7", head("B"));
    assert.match(
      (await feed(join(folder, "nested"), "--dry-run", "1")).err,
      /warning: \S+nested: 1 subfolder not read\n/,
    );
    file("nested/in2/b.hl7", head("B"));
    symlinkSync("in", join(folder, "nested/link"));
    const { err } = await feed("--template", join(folder, "nested"), "--dry-run", "1");
    assert.match(err, /warning: \S+nested: 3 subfolders not read\n/);
    file("only/in/b.hl7", head("B"));
    assert.match(
      await refusal(join(folder, "only")),
      /only: there is no file in this folder; 1 subfolder not read$/,
    );
    file("only/README.md", "about");
    assert.match(await refusal(join(folder, "only")), /README\.md \(.*\); 1 subfolder not read; --raw sends them/);
  });

  test("feeding tells every file that it reads, and by which flag", async () => {
    file("inputs/a.hl7", head("A"));
    file("inputs/b.hl7", head("B"));
    const template = file("inputs.hl7", `${head("A")}PID|{{csv.id}}\r`);
    const table = file("inputs.csv", "id\n1\n");
    const args = ["-", join(folder, "inputs"), "--template", template, "--csv-feed", table, "--inputs"];
    const { out } = await feedFrom(head("C"), args);
    assert.deepEqual(JSON.parse(out), [
      ...["FILE a.hl7", "FILE b.hl7", "--template inputs.hl7", "--csv-feed inputs.csv"],
    ]);
  });

  test("feeding refuses flags that would change nothing", async () => {
    const one = file("one.hl7", head("A"));
    assert.match(await refusal(one, "--shuffle"), /^--shuffle: there is one message, and nothing to shuffle/);
    assert.match(await refusal("--mix", "adt=1", "--shuffle"), /^--shuffle and --mix: no part has several messages/);
    assert.match(await refusal("--mix", "one=1,oru=1", one, "--shuffle"), /^--shuffle and --mix/);
    assert.match(
      await refusal(one, "--patients", "5"),
      /^--patients 5: no slot asks for them; wanted {{patient\.FIELD}}/,
    );
    assert.equal((await feed(one, "--set", "ZID-1?={{patient.mrn}}", "--patients", "5", "--dry-run", "1")).code, 2);
    const two = file("two.hl7", `${head("A")}PID|1\r\n${head("B")}`);
    assert.equal((await feed("--mix", "two=1,oru=1", two, "--shuffle", "--dry-run", "1")).code, 0);
    assert.equal((await feed(two, "--set", "PID-3?={{patient.mrn}}", "--patients", "5", "--dry-run", "1")).code, 0);
  });

  test("feeding sends the sample with an id of the seed, under --raw too", async () => {
    const [[first], [again], [other]] = await Promise.all(
      [["--raw"], ["--raw"], ["--raw", "--seed", "8"]].map((args) => messages(1, ...args)),
    );
    assert.equal(field(first, "MSH", 9), "0000007000000000000");
    assert.equal(field(again, "MSH", 9), field(first, "MSH", 9));
    assert.notEqual(field(other, "MSH", 9), field(first, "MSH", 9));
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

  test("dry run prints the shard's messages, and no more than the run would send", async () => {
    const part = ["--mix", "orm=1", "--json", "--shard", "1/3", "--most", "4"];
    const numbers = async (count: string) =>
      (await feed(...part, "--dry-run", count)).out.trim().split("\n").map((line) => JSON.parse(line).k as number);
    assert.deepEqual(await numbers("3"), [1, 4, 7]);
    assert.deepEqual(await numbers("9"), [1, 4, 7, 10]);
    assert.match((await feed(...part, "--dry-run", "9")).err, /^4 messages; nothing was sent$/m);
  });

  test("dry run is the same for the same seed, and another for another", async () => {
    const args = ["--mix", "adt=70,oru=20,mdm=5,siu=5", "--dry-run", "200", "--patients", "40"];
    const first = await feed(...args);
    assert.equal((await feed(...args)).out, first.out);
    assert.notEqual((await feed(...args, "--seed", "8")).out, first.out);
  });
});
