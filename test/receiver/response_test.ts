/** Responses made of acknowledgements, and acknowledgements of other messages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { safeParse } from "valibot";
import { latin1 } from "../../lib/bytes.ts";
import { buildAck } from "../../lib/hl7/ack.ts";
import { AckScan } from "../../lib/hl7/ack_scan.ts";
import type { AckCode } from "../../lib/hl7/ack_code.ts";
import { HeaderScan } from "../../lib/hl7/header.ts";
import { messageTypeForm, responseOf, withOtherId, wrongId } from "../../receiver/response.ts";

const SEED = 20261122;

/** One character a byte. */
function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function ackOf(message: string, code: AckCode = "AA", text?: string): Uint8Array {
  const said = text === undefined ? {} : { errors: [{ code: 204, location: "QPD-3", text }] };
  return buildAck(bytes(message), { code, controlId: "ACK1", at: new Date(0), ...said });
}

/** The segments of the response behind its MSH. */
function responseTo(message: string, type: string, code?: AckCode, text?: string): string[] {
  const response = latin1(responseOf(ackOf(message, code, text), bytes(message), type));
  assert.ok(response.endsWith("\r"));
  return response.split("\r").slice(1, -1);
}

const QBP = "MSH|^~\\&|A|B|C|D|20260131||QBP^Q22^QBP_Q21|Q1|P|2.5\r";

test("responseOf says its type in MSH-9 and leaves the rest of the header as it is", () => {
  const message = "MSH|^~\\&|A|B|C|D|20260131||QRY^A19|Q1|P|2.4\r";
  const ack = ackOf(message);
  const header = new HeaderScan();
  assert.ok(header.scan(ack));
  const wanted = Array.from({ length: 12 }, (_, i) => header.text(i + 1));
  assert.equal(wanted[8], "ACK^A19^ACK");
  wanted[8] = "ADR^A19";
  assert.ok(header.scan(responseOf(ack, bytes(message), "ADR^A19")));
  assert.deepEqual(Array.from({ length: 12 }, (_, i) => header.text(i + 1)), wanted);
});

test("responseOf repeats the query's own segments behind MSA and ERR, in their order", () => {
  assert.deepEqual(
    responseTo(
      `${QBP}ZZZ|1\rRCP|I|10^RD\rQRF|MON\rQPD|Q22^Find^HL7|TAG1|@PID.3.1^4711\rQRD|1\rQPD|again\rQRDX|1\r`,
      "RSP^K22^RSP_K21",
    ),
    ["MSA|AA|Q1", "QAK|TAG1|OK|Q22^Find^HL7", "QRD|1", "QRF|MON", "QPD|Q22^Find^HL7|TAG1|@PID.3.1^4711", "RCP|I|10^RD"],
  );
  assert.deepEqual(responseTo(`${QBP}QPD|Q22|T\r`, "RSP^K22", "AR", "No such key"), [
    "MSA|AR|Q1",
    "ERR||QPD^1^3^1|204^Unknown key identifier^HL70357|E||||No such key",
    "QAK|T|AR|Q22",
    "QPD|Q22|T",
  ]);
});

test("responseOf has no QAK without QPD, and says in it what MSA-1 says", () => {
  assert.deepEqual(responseTo(`${QBP}QRD|1\r`, "ADR^A19"), ["MSA|AA|Q1", "QRD|1"]);
  assert.deepEqual(responseTo(QBP, "ADR^A19"), ["MSA|AA|Q1"]);
  assert.deepEqual(responseTo(`${QBP}QPD\r`, "RSP^K22"), ["MSA|AA|Q1", "QAK||OK", "QPD"]);
  const codes = { AA: "OK", CA: "OK", AE: "AE", CE: "AE", AR: "AR", CR: "AR" } as const;
  for (const [code, status] of Object.entries(codes)) {
    assert.equal(responseTo(`${QBP}QPD|N|T\r`, "RSP^K22", code as AckCode)[1], `QAK|T|${status}|N`);
  }
});

test("responseOf keeps the message's separators, and takes LF for a segment's end", () => {
  const message = "MSH#*~\\&#A#B#C#D#20260131##QBP*Q22#Q1#P#2.5\nQPD#Q22*Find#TAG*1\n";
  const response = latin1(responseOf(ackOf(message), bytes(message), "RSP^K22^RSP_K21"));
  assert.match(
    response,
    /^MSH#\*~\\&#.*#RSP\*K22\*RSP_K21#ACK1#P#2\.5\rMSA#AA#Q1\rQAK#TAG\*1#OK#Q22\*Find\rQPD#Q22\*Find#TAG\*1\r$/,
  );
});

test("responseOf repeats nothing of what cannot be read, and never ends its frame early", () => {
  assert.match(
    latin1(responseOf(ackOf("no HL7\rQPD|1|2\r"), bytes("no HL7\rQPD|1|2\r"), "RSP^K22")),
    /\|RSP\^K22\|ACK1\|P\|2\.5\rMSA\|AR\|\|The [^\r]*\rERR\|[^\r]*\r$/,
  );
  assert.deepEqual(responseTo(`${QBP}QPD|N\x1c|T\x1c\r`, "RSP^K22"), [
    "MSA|AA|Q1",
    "QAK|T\x1c|OK|N\x1c|",
    "QPD|N\x1c|T\x1c|",
  ]);
  assert.equal(latin1(responseOf(bytes("no HL7"), bytes(QBP), "RSP^K22")), "no HL7");
});

test("messageTypeForm takes message types alone", () => {
  for (const type of ["ACK", "ADR^A19", "RSP^K22^RSP_K21", "ACK^A01^ACK", "ZZ1^Z01"]) {
    assert.equal(safeParse(messageTypeForm, type).output, type);
  }
  for (const type of ["", "adr^a19", "ADR^", "ADR^A19^", "ADR|A19", "RSP^K22^RSP_K21^X", "ADR^A19\r", "ADRX", "*"]) {
    const [issue] = safeParse(messageTypeForm, type).issues ?? [];
    assert.match(issue?.message ?? "no issue", /wanted a? ?message type such as ADR\^A19 or RSP\^K22\^RSP_K21$/, type);
  }
});

test("withOtherId puts the id into MSA-2 and nothing else, escaped where it would break the field", () => {
  const ack = ackOf(`${QBP}`, "AE", "No");
  const before = latin1(ack);
  for (
    const [id, written] of [
      ["MSG2", "MSG2"],
      ["", ""],
      ["a^b~c&d\\T\\e\xfc", "a^b~c&d\\T\\e\xfc"],
      ["a|b", "a\\F\\b"],
      ["\v\x1c\r\n", "\\X0B\\\\X1C\\\\X0D\\\\X0A\\"],
    ]
  ) {
    assert.equal(latin1(withOtherId(ack, bytes(id))), before.replace("\rMSA|AE|Q1\r", `\rMSA|AE|${written}\r`));
  }
  const plain = bytes("MSH|^|A|B|C|D|1||ACK|1|P|2.5\rMSA|AA\rERR|x\r");
  assert.match(latin1(withOtherId(plain, bytes("a|\rb"))), /\rMSA\|AA\|a {2}b\rERR\|x\r$/);
  assert.equal(latin1(withOtherId(bytes("no HL7"), bytes("x"))), "no HL7");
});

test("withOtherId gives any id a field of its own, and no byte that frames", () => {
  const ack = ackOf(QBP);
  const length = latin1(ack).split("|").length;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (id) => {
      const other = withOtherId(ack, id);
      const text = latin1(other);
      assert.equal(text.split("|").length, length);
      assert.equal(text.split("\r").length, 3);
      assert.ok(other.every((byte) => byte >= 0x20 || byte === 0x0d));
    }),
    { seed: SEED },
  );
});

test("wrongId is never the id, of its length and kind, and the same for the same draw", () => {
  const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(
      fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.stringMatching(/^[A-Za-z0-9-]{1,20}$/).map(bytes)),
      draw,
      (id, drawn) => {
        const other = wrongId(id, drawn);
        assert.notEqual(latin1(other), latin1(id));
        assert.equal(other.length, id.length || 6);
        assert.equal(latin1(wrongId(id, drawn)), latin1(other));
        if (!/[A-Za-z0-9]/.test(latin1(id))) {
          assert.match(latin1(other), /^\d+$/);
          return;
        }
        const shape = (text: string) => text.replace(/[A-Z]/g, "A").replace(/[a-z]/g, "a").replace(/\d/g, "0");
        assert.equal(shape(latin1(other)), shape(latin1(id)));
      },
    ),
    { seed: SEED },
  );
  assert.match(
    latin1(wrongId(bytes("1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"), 0.7)),
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  );
  assert.notEqual(latin1(wrongId(bytes("MSG1"), 0.1)), latin1(wrongId(bytes("MSG1"), 0.2)));
});

test("wrongId passes over ids that are taken, and is longer where all of its length are", () => {
  const tried: string[] = [];
  const other = wrongId(bytes("7"), 0.4, (id) => tried.push(latin1(id)) > 0 && id.length < 2);
  assert.match(latin1(other), /^\d{2}$/);
  assert.equal(new Set(tried.filter((id) => id.length === 1)).size > 4, true);
  assert.ok(!tried.includes("7"));
  const first = latin1(wrongId(bytes("MSG-0001"), 0.4));
  assert.equal(latin1(wrongId(bytes("MSG-0001"), 0.4, (id) => latin1(id) === "MSG-0002")), first);
});

test("wrongId and withOtherId together acknowledge a message that nobody sent", () => {
  const msa = new AckScan();
  assert.ok(msa.scan(withOtherId(ackOf(QBP), wrongId(bytes("Q1"), 0.3))));
  assert.match(latin1(msa.controlId), /^[A-PR-Z]\d$/);
  assert.equal(msa.answers(bytes("Q1")), false);
});
