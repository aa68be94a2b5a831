/** Replies out of files. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { latin1, utf8 } from "../../lib/bytes.ts";
import { readReplyFile } from "../../receiver/reply_file.ts";
import { acks, adt, Bench, framed } from "./caller.ts";

const folder = mkdtempSync(join(tmpdir(), "mllp-reply-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, "latin1");
  return path;
}

const ANSWER = "MSH|^~\\&|LAB|MAIN|ADT|WARD|20200101||ADR^A19|OLD|P|2.4\nMSA|AE|OTHER|Ward unknown\nPID|1||7\n";

test("a reply file with an MSA gets the message's id, an id of its own and the time", () => {
  const template = readReplyFile(file("answer.hl7", ANSWER), "RUN7");
  assert.equal(template.code, "AE");
  const built = [1, 2].map((n) => latin1(template.build(utf8(`MESSAGE-${n}`), n, new Date(0))));
  assert.match(
    built[0],
    /^MSH\|\^~\\&\|LAB\|MAIN\|ADT\|WARD\|19(70|69)\d{10}\.000\|\|ADR\^A19\|RUN7\d*1\|P\|2\.4\rMSA\|AE\|MESSAGE-1\|Ward unknown\rPID\|1\|\|7\r$/,
  );
  assert.deepEqual(acks(built[1]), ["AE MESSAGE-2"]);
  assert.match(built[1], /\|RUN7\d*2\|/);
});

test("a reply file without an MSA, or without HL7, is sent as it is", () => {
  const message = adt("FIXED");
  assert.equal(latin1(readReplyFile(file("adt.hl7", message), "RUN7").build(utf8("X"), 1, new Date(0))), message);
  const text = readReplyFile(file("text", "OK\n"), "RUN7");
  assert.equal(text.code, "file");
  assert.equal(latin1(text.build(utf8("X"), 1, new Date(0))), "OK\n");
});

test("a reply file that is missing, empty, or holds several messages is refused by name", () => {
  assert.throws(
    () => readReplyFile(join(folder, "none"), "R"),
    /Cannot read the reply file '.*none': there is no such file$/,
  );
  assert.throws(() => readReplyFile(file("empty", ""), "R"), /'.*empty': it is empty/);
  assert.throws(() => readReplyFile(file("two", adt("A") + adt("B")), "R"), /it holds 2 messages, wanted one/);
});

test("Receiver answers with a file, beside the accept acknowledgement where that is asked for", async () => {
  const bench = new Bench({ reply: [{ reply: { file: file("answer2.hl7", ANSWER) }, weight: 1 }] });
  const caller = bench.call();
  caller.write(framed(adt("MSG1")) + framed(adt("MSG2", ["AL", "AL"])) + framed(adt("ACK1", ["", ""], "MSA|AA|X\r")));
  await caller.untilAcks(3);
  assert.deepEqual(acks(caller.text), ["AE MSG1", "CA MSG2", "AE MSG2"]);
  assert.deepEqual(bench.receiver.summary.replies, { AE: 2, CA: 1 });
  await bench.receiver.stop();
});

test("a reply file whose message would break its frame is refused before anything is bound", () => {
  const reply = [{ reply: { file: file("broken", "OK\u001c\rmore") }, weight: 1 }];
  assert.throws(() => new Bench({ reply }), { name: "RangeError", message: /broken'/ });
});

test("Receiver answers with a file a message whose id would end the frame, and loses nothing", async () => {
  const path = file("short.hl7", "MSH|^~\\&|LAB|MAIN|||||ACK|X|P|2.5\rMSA|AA|X\r");
  const bench = new Bench({ reply: [{ reply: { file: path }, weight: 1 }] });
  const caller = bench.call();
  caller.write(framed(adt("ID\u001c")) + framed(adt("MSG2")));
  await caller.until(() => acks(caller.text).length === 2);
  assert.deepEqual(acks(caller.text), ["AA ID\u001c", "AA MSG2"]);
  assert.equal(caller.text.split("\u001c\r").length, 3, "two frames");
  await bench.receiver.stop();
});
