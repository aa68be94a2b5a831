import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "../../../lib/bytes.ts";
import { AckScan } from "../../../lib/hl7/ack_scan.ts";
import { bytes } from "./bytes_of.ts";

const FOUND: [string, string, string | null, string][] = [
  ["an acknowledgement", "MSH|^~\\&|LAB\rMSA|AA|MSG1\r", "AA", "MSG1"],
  ["a text after the id", "MSH|^~\\&|LAB\rMSA|AE|MSG1|No such ward\r", "AE", "MSG1"],
  ["LF ends", "MSH|^~\\&|LAB\nMSA|AR|MSG1\n", "AR", "MSG1"],
  ["LF ends and a frame's CR", "MSH|^~\\&|LAB\nMSA|AR|MSG1\r", "AR", "MSG1"],
  ["CR LF ends", "MSH|^~\\&|LAB\r\nMSA|CA|MSG1\r\n", "CA", "MSG1"],
  ["no end", "MSH|^~\\&|LAB\rMSA|CE|MSG1", "CE", "MSG1"],
  ["other segments before", "MSH|^~\\&|LAB\rSFT|X\rERR|PID\rMSA|CR|MSG1\r", "CR", "MSG1"],
  ["other separators", "MSH#*~\\&#LAB\rMSA#AA#MSG|1\r", "AA", "MSG|1"],
  ["an id of any bytes", "MSH|^~\\&|LAB\rMSA|AA|\x00\x0b\x8b\xff\x1c\r", "AA", "\x00\x0b\x8b\xff\x1c"],
  ["an empty id", "MSH|^~\\&|LAB\rMSA|AR||text\r", "AR", ""],
  ["no id", "MSH|^~\\&|LAB\rMSA|AR\r", "AR", ""],
  ["no fields", "MSH|^~\\&|LAB\rMSA\r", null, ""],
  ["another code", "MSH|^~\\&|LAB\rMSA|OK|MSG1\r", null, "MSG1"],
  ["a code in lower case", "MSH|^~\\&|LAB\rMSA|aa|MSG1\r", null, "MSG1"],
  ["a longer code", "MSH|^~\\&|LAB\rMSA|AAA|MSG1\r", null, "MSG1"],
  ["two MSA segments", "MSH|^~\\&|LAB\rMSA|AA|MSG1\rMSA|AE|MSG2\r", "AA", "MSG1"],
];

for (const [what, message, code, id] of FOUND) {
  test(`AckScan reads ${what}`, () => {
    const scan = new AckScan();
    assert.equal(scan.scan(bytes(message)), true);
    assert.equal(scan.hasMsa, true);
    assert.equal(scan.code, code);
    assert.equal(latin1(scan.controlId), id);
    assert.equal(scan.answers(bytes(id)), true);
    assert.equal(scan.answers(bytes(`${id}x`)), false);
  });
}

const NOT_FOUND: [string, string][] = [
  ["nothing", ""],
  ["a message without MSA", "MSH|^~\\&|LAB\rPID|1\r"],
  ["MSA inside a field", "MSH|^~\\&|LAB\rOBX|1|TX|||MSA|AA|MSG1\r"],
  ["MSA after a LF within a field", "MSH|^~\\&|LAB\rNTE|1||text\nMSA|AA|MSG1\r"],
  ["MSA after another separator", "MSH|^~\\&|LAB\rMSA#AA#MSG1\r"],
  ["a segment whose name begins so", "MSH|^~\\&|LAB\rMSAX|AA|MSG1\r"],
  ["MSA in the header", "MSH|^~\\&|MSA|AA|MSG1\r"],
  ["MSA first", "MSA|AA|MSG1\r"],
  ["a batch", "FHS|^~\\&|LAB\rMSA|AA|MSG1\r"],
  ["a line end before MSH", "\rMSH|^~\\&|LAB\rMSA|AA|MSG1\r"],
  ["a letter for a separator", "MSHxLAB\rMSAxAAxMSG1\r"],
];

for (const [what, message] of NOT_FOUND) {
  test(`AckScan finds no MSA in ${what}`, () => {
    const scan = new AckScan();
    scan.scan(bytes("MSH|^~\\&|LAB\rMSA|AA|MSG0\r"));
    assert.equal(scan.scan(bytes(message)), false);
    assert.equal(scan.hasMsa, false);
    assert.equal(scan.code, null);
    assert.equal(scan.controlId.length, 0);
    assert.equal(scan.answers(bytes("")), false);
  });
}
