import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "../../../lib/bytes.ts";
import { AckBuilder, type AckOptions, buildAck } from "../../../lib/hl7/ack.ts";
import type { AckCode } from "../../../lib/hl7/ack_code.ts";
import { AckScan } from "../../../lib/hl7/ack_scan.ts";
import { HeaderScan } from "../../../lib/hl7/header.ts";
import { parsePath } from "../../../lib/hl7/path.ts";
import { formatTimestamp } from "../../../lib/hl7/timestamp.ts";
import { bytes } from "./bytes_of.ts";

const at = new Date("2026-01-31T12:00:00.250Z");
const now = formatTimestamp(at);

function reply(inbound: string, options: Partial<AckOptions> = {}): string {
  return latin1(buildAck(bytes(inbound), { code: "AA", controlId: "ACK1", at, ...options }));
}

/** A message of a version, with what else its header holds after MSH-12. */
function adt(version: string, rest = ""): string {
  return `MSH|^~\\&|ADT|WARD|LAB|MAIN|20260131||ADT^A01^ADT_A01|MSG1|P|${version}${rest}\rPID|1\r`;
}

test("buildAck swaps sender and receiver and keeps what is to be kept", () => {
  assert.equal(
    reply(adt("2.5", "|||AL|NE||8859/1")),
    `MSH|^~\\&|LAB|MAIN|ADT|WARD|${now}||ACK^A01^ACK|ACK1|P|2.5||||||8859/1\rMSA|AA|MSG1\r`,
  );
});

test("buildAck writes the third component of MSH-9 from version 2.4 on", () => {
  const types = ["2.1", "2.3.1", "2.4", "2.5.1", "2.10", "3", ""].map((version) => {
    return latin1(parsePath("MSH-9").first(bytes(reply(adt(version))))!);
  });
  assert.deepEqual(types, [
    "ACK^A01",
    "ACK^A01",
    "ACK^A01^ACK",
    "ACK^A01^ACK",
    "ACK^A01^ACK",
    "ACK^A01^ACK",
    "ACK^A01",
  ]);
});

test("buildAck writes no trigger where there is none", () => {
  for (const type of ["ACK", "ADT^", "ADT^^ADT_A01", ""]) {
    const inbound = `MSH|^~\\&|A|B|C|D|E||${type}|1|P|2.5\r`;
    assert.match(reply(inbound), /\|\|ACK\|ACK1\|/, type);
  }
});

const SEPARATORS = ["|^~\\&", "|^~\\&#", "#*!\\&", "$%:;@", "\xa7\xa4\xa5\xa6\xa8", "|^~", "|^", "*|-_+", ",^~\\&"];

for (const [field, ...encoding] of SEPARATORS) {
  test(`buildAck keeps the separators ${field}${encoding.join("")}`, () => {
    const inbound = ["MSH", encoding.join(""), "A", "B", "C", "D", "E", "", `ORU${encoding[0]}R01`, "1", "P", "2.5"];
    const parts = reply(`${inbound.join(field)}\r`).split("\r");
    assert.equal(
      parts[0],
      [
        "MSH",
        encoding.join(""),
        "C",
        "D",
        "A",
        "B",
        now,
        "",
        ["ACK", "R01", "ACK"].join(encoding[0]),
        "ACK1",
        "P",
        "2.5",
      ].join(field),
    );
    assert.equal(parts[1], ["MSA", "AA", "1"].join(field));
  });
}

test("buildAck leaves the milliseconds out where the full stop is a separator", () => {
  const text = reply("MSH.^~\\&.A.B.C.D.E..ADT^A01.1.P.2\r");
  assert.equal(text, `MSH.^~\\&.C.D.A.B.${now.slice(0, 14)}..ACK^A01.ACK1.P.2\rMSA.AA.1\r`);
});

test("buildAck gives MSH-10 back byte for byte, whatever the byte", () => {
  const scan = new AckScan();
  for (let byte = 0; byte < 256; byte++) {
    if ([0x0a, 0x0d, 0x7c].includes(byte)) continue;
    const id = `A${String.fromCharCode(byte)}B${String.fromCharCode(byte)}`;
    const ack = buildAck(bytes(`MSH|^~\\&|A|B|C|D|E||ADT^A01|${id}|P|2.5\r`), { code: "AA", controlId: "1", at });
    assert.equal(scan.scan(ack), true);
    assert.deepEqual(scan.controlId, bytes(id));
  }
});

test("buildAck never makes the two bytes that end a frame", () => {
  for (const rest of ["1\x1c|P\x1c|2.5\x1c", "1|P|2.5||||||X\x1c", "\x1c"]) {
    const text = reply(`MSH|^~\\&|A|B|C|D|E||ADT^A01\x1c|${rest}\r`, { code: "AE", text: "x\x1c" });
    assert.equal(text.includes("\x1c\r"), false, JSON.stringify(text));
  }
});

test("buildAck leaves MSA-2 empty where MSH-10 is", () => {
  assert.match(reply("MSH|^~\\&|A|B|C|D|E||ADT^A01||P|2.5\r"), /\rMSA\|AA\|\r$/);
  assert.match(reply("MSH|^~\\&|A|B|C|D|E||ADT^A01|\r"), /\rMSA\|AA\|\r$/);
});

const UNUSABLE: [string, string, string][] = [
  [
    "nothing",
    "",
    `MSH|^~\\&|||||${now}||ACK|ACK1|P|2.5\rMSA|AR||The message does not begin with an MSH segment\r` +
    "ERR||MSH^1|100^Segment sequence error^HL70357|E||||The message does not begin with an MSH segment\r",
  ],
  [
    "a header without separators",
    "MSHELLO\r",
    `MSH|^~\\&|||||${now}||ACK|ACK1|P|2.5\rMSA|AR||MSH-1 and MSH-2 hold no separators\r` +
    "ERR||MSH^1^2^1|101^Required field missing^HL70357|E||||MSH-1 and MSH-2 hold no separators\r",
  ],
  [
    "a header cut short",
    "MSH#*~\\&#ADT#WARD#LAB#MAIN#2026##ADT*A0",
    `MSH#*~\\&#LAB#MAIN#ADT#WARD#${now}##ACK*A0*ACK#ACK1#P#2.5\rMSA#AR##The MSH segment ends before MSH-10\r` +
    "ERR##MSH*1*10*1#101*Required field missing*HL70357#E####The MSH segment ends before MSH-10\r",
  ],
  [
    "a header cut shorter",
    "MSH|^~\\&|ADT|WARD|LAB\rPID|1||MSG|5|6|7|8|9|10|11|12\r",
    `MSH|^~\\&|LAB||ADT|WARD|${now}||ACK|ACK1|P|2.5\rMSA|AR||The MSH segment ends before MSH-10\r` +
    "ERR||MSH^1^10^1|101^Required field missing^HL70357|E||||The MSH segment ends before MSH-10\r",
  ],
];

for (const [what, inbound, wanted] of UNUSABLE) {
  test(`buildAck answers ${what} with what is known and no id`, () => assert.equal(reply(inbound), wanted));
}

const CODES: [AckCode, AckCode][] = [["AA", "AR"], ["AE", "AE"], ["AR", "AR"], ["CA", "CR"], ["CE", "CE"], [
  "CR",
  "CR",
]];

for (const [asked, used] of CODES) {
  test(`AckBuilder makes ${used} of ${asked} for an unusable header and says so`, () => {
    const header = new HeaderScan();
    const builder = new AckBuilder();
    const scan = new AckScan();
    header.scan(bytes("rubbish"));
    scan.scan(builder.build(header, { code: asked, controlId: "1", at }));
    assert.equal(builder.code, used);
    assert.equal(scan.code, used);
    header.scan(bytes(adt("2.5")));
    scan.scan(builder.build(header, { code: asked, controlId: "1", at }));
    assert.equal(builder.code, asked);
    assert.equal(scan.code, asked);
  });
}

test("buildAck puts the caller's text and errors beside its own for an unusable header", () => {
  const text = reply("rubbish", { code: "AE", text: "Too long", errors: [{ code: 104 }] });
  assert.match(text, /\rMSA\|AE\|\|Too long\rERR\|\|MSH\^1\|100\^.*\rERR\|\|\|104\^Value too long\^HL70357\|E\r$/);
});

test("buildAck writes a segment for each error from version 2.5 on", () => {
  const text = reply(adt("2.5"), {
    code: "AE",
    text: "Two things",
    errors: [
      { code: 103, location: "PID-8", severity: "W", text: "Sex | unknown", diagnostic: "row 7" },
      { code: "Z1", location: parsePath("OBX[2]-5[*].1") },
    ],
  });
  assert.equal(
    text.slice(text.indexOf("MSA")),
    "MSA|AE|MSG1|Two things\r" +
      "ERR||PID^1^8^1|103^Table value not found^HL70357|W|||row 7|Sex \\F\\ unknown\r" +
      "ERR||OBX^2^5^^1|Z1|E\r",
  );
});

test("buildAck writes one ERR with repetitions before version 2.5, and the first text into MSA-3", () => {
  const text = reply(adt("2.3.1"), {
    code: "AE",
    errors: [{ code: 103, location: "PID-8", text: "Sex & age" }, { code: 207 }],
  });
  assert.equal(
    text.slice(text.indexOf("MSA")),
    "MSA|AE|MSG1|Sex \\T\\ age\r" +
      "ERR|PID^1^8^103&Table value not found&HL70357~^^^207&Application internal error&HL70357\r",
  );
});

test("buildAck writes an ERR for each error where the old form has no repetitions", () => {
  const inbound = "MSH|^|A|B|C|D|E||ADT^A01|1|P|2.3\r";
  const text = reply(inbound, { code: "AE", errors: [{ code: 103, location: "PID-8" }, { code: 207 }] });
  assert.equal(text.slice(text.indexOf("MSA")), "MSA|AE|1\rERR|PID^1^8^103\rERR|^^^207\r");
});

const TEXTS: [string, string, string, string][] = [
  ["separators", "|^~\\&", "a|b^c~d\\e&f", "a\\F\\b\\S\\c\\R\\d\\E\\e\\T\\f"],
  ["other separators", "#*!@+", "a#b*c!d@e+f|", "a@F@b@S@c@R@d@E@e@T@f|"],
  ["a truncation character", "|^~\\&#", "bed #5", "bed \\P\\5"],
  ["control characters", "|^~\\&", "a\rb\nc\x1cd\x0b\x7f", "a\\X0D\\b\\X0A\\c\\X1C\\d\\X0B\\\\X7F\\"],
  ["separators where there is no escape character", "|^~", "a|b\rc", "a b c"],
  ["a non-ASCII letter", "|^~\\&", "Mü", "M\xc3\xbc"],
];

for (const [what, separators, text, wanted] of TEXTS) {
  test(`buildAck escapes ${what} in a text`, () => {
    const field = separators[0];
    const inbound = ["MSH", separators.slice(1), "A", "B", "C", "D", "E", "", "ADT", "1", "P", "2.5"].join(field);
    const found = reply(`${inbound}\r`, { code: "AE", text });
    assert.equal(found.slice(found.indexOf("MSA")), ["MSA", "AE", "1", wanted].join(field) + "\r");
  });
}

const CHARSETS: [string, string][] = [
  ["UNICODE UTF-8", "M\xc3\xbc\xe2\x82\xac"],
  ["8859/1", "M\xfc?"],
  ["ASCII", "M??"],
  ["8859/2", "M??"],
  ["KLINGON", "M??"],
];

for (const [charset, wanted] of CHARSETS) {
  test(`buildAck writes text in the charset ${charset}`, () => {
    const found = reply(adt("2.5", `||||||${charset}`), { code: "AE", text: "Mü€" });
    assert.ok(found.endsWith(`MSA|AE|MSG1|${wanted}\r`), found);
  });
}

test("buildAck escapes a control id that holds a separator of the message", () => {
  assert.match(reply("MSH-^~\\&-A-B-C-D-E--ADT^A01-1-P-2.5\r", { controlId: "x-1" }), /-ACK\^A01\^ACK-x\\F\\1-P-/);
  assert.match(reply(adt("2.5"), { controlId: "\r".repeat(300) }), /\|(\\X0D\\){300}\|P\|2\.5\r/);
});

for (const end of ["\n", "\r\n", ""]) {
  test(`buildAck reads a header that ends with ${JSON.stringify(end)} and writes CR`, () => {
    const text = reply(`MSH|^~\\&|A|B|C|D|E||ADT^A01|1|P|2.5${end}`);
    assert.equal(text, `MSH|^~\\&|C|D|A|B|${now}||ACK^A01^ACK|ACK1|P|2.5\rMSA|AA|1\r`);
  });
}

test("buildAck answers a header of any length", () => {
  const long = "x".repeat(100_000);
  const text = reply(`MSH|^~\\&|${long}|B|C|D|E||ADT^A01|${long}|P|2.5\r`, { text: long });
  assert.equal(text, `MSH|^~\\&|C|D|${long}|B|${now}||ACK^A01^ACK|ACK1|P|2.5\rMSA|AA|${long}|${long}\r`);
});

test("AckBuilder's acknowledgements are the caller's to keep", () => {
  const header = new HeaderScan();
  const builder = new AckBuilder();
  header.scan(bytes(adt("2.5")));
  const first = builder.build(header, { code: "AA", controlId: "1", at });
  const kept = latin1(first);
  builder.build(header, { code: "AE", controlId: "2", at, text: "other" });
  assert.equal(latin1(first), kept);
});

test("buildAck refuses the caller's own mistakes", () => {
  const wrong = { code: "OK" as AckCode, controlId: "1", at };
  assert.throws(() => buildAck(bytes(adt("2.5")), wrong), {
    name: "RangeError",
    message: 'Cannot build an acknowledgement: found the code "OK", wanted AA, AE, AR, CA, CE or CR',
  });
  assert.throws(() => reply(adt("2.5"), { errors: [{ code: 1, location: "nowhere" }] }), RangeError);
  assert.throws(() => reply(adt("2.5"), { at: new Date(NaN) }), RangeError);
});
