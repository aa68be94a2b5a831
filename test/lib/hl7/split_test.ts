import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "../../../lib/bytes.ts";
import { splitMessages, type SplitOptions } from "../../../lib/hl7/split.ts";
import { bytes } from "./bytes_of.ts";

const A = "MSH|^~\\&|A\rPID|1\r";
const B = "MSH|^~\\&|B\rPID|2\r";

function texts(file: string, options?: SplitOptions): string[] {
  return splitMessages(bytes(file), options).messages.map((message) => latin1(message.bytes));
}

const lf = (text: string): string => text.replaceAll("\r", "\n");
const crlf = (text: string): string => text.replaceAll("\r", "\r\n");

const CASES: [string, string, string[]][] = [
  ["nothing", "", []],
  ["blank lines", "\r\n \n\t\r\n", []],
  ["a byte order mark", "\xef\xbb\xbf", []],
  ["one message", A, [A]],
  ["one message without its last CR", A.slice(0, -1), [A]],
  ["two messages", A + B, [A, B]],
  ["LF ends", lf(A + B), [A, B]],
  ["CR LF ends", crlf(A + B), [A, B]],
  ["all ends mixed", "MSH|^~\\&|A\nPID|1\r\nMSH|^~\\&|B\rPID|2", [A, B]],
  ["a byte order mark before a message", `\xef\xbb\xbf${A}`, [A]],
  ["blank lines around messages", `\n\n${lf(A)}\n\n${lf(B)}\n\n\n`, [A, B]],
  ["blank lines of Windows around messages", `\r\n${crlf(A)}\r\n${crlf(B)}\r\n`, [A, B]],
  ["MSH in a field", `${A}OBX|1|TX|||MSH|5\r`, [`${A}OBX|1|TX|||MSH|5\r`]],
  ["a segment that only begins with MSH", `${A}MSHX|1\r`, [`${A}MSHX|1\r`]],
  ["other separators", "MSH#^~\\&#A\rMSH|^~\\&|B\r", ["MSH#^~\\&#A\r", "MSH|^~\\&|B\r"]],
  ["a header without MSH-2", `MSH||A\r${B}`, ["MSH||A\r", B]],
  ["a blank line within a message", "MSH|^~\\&|A\r\rPID|1\r", ["MSH|^~\\&|A\r\rPID|1\r"]],
  ["a frame", `\x0b${A}\x1c\r`, [A]],
  ["frames", `\x0b${A}\x1c\r\x0b${B}\x1c\r`, [A, B]],
  ["frames with LF within and between", `\x0b${lf(A)}\x1c\n\x0b${lf(B)}\x1c\r\n`, [A, B]],
  ["frames after a byte order mark and blanks", `\xef\xbb\xbf \r\n\x0b${A}\x1c\r`, [A]],
  ["frames without CR", `\x0b${A}\x1c\x0b${B}\x1c`, [A, B]],
  ["a frame with 0x1C in its text", "\x0bMSH|^~\\&|A\x1cB\r\x1c\r", ["MSH|^~\\&|A\x1cB\r"]],
  ["a frame without a last CR", `\x0b${A.slice(0, -1)}\x1c\r`, [A]],
  ["an empty frame", "\x0b\x1c\r", [""]],
  ["a frame that is no HL7", "\x0bhello\x1c\r", ["hello\r"]],
  ["0x0B in a field of an unframed file", "MSH|^~\\&|A\x0bB\r", ["MSH|^~\\&|A\x0bB\r"]],
  ["two MSH in one frame", `\x0b${A}${B}\x1c\r`, [A + B]],
  ["a batch", `FHS|^~\\&|F\rBHS|^~\\&|B\r${A}${B}BTS|2\rFTS|1\r`, [A, B]],
  ["a batch without a file header", `BHS|^~\\&\r${A}BTS|1\r`, [A]],
  ["a batch with bare trailers", `FHS|^~\\&\rBHS|^~\\&\r${A}BTS\rFTS\r`, [A]],
  ["two batches", `BHS|^~\\&\r${A}BTS|1\rBHS|^~\\&\r${B}BTS|1\r`, [A, B]],
  ["a batch in a frame", `\x0bFHS|^~\\&\r${A}${B}FTS|1\r\x1c\r`, [A, B]],
  ["a batch without trailers", `FHS|^~\\&\rBHS|^~\\&\r${A}${B}`, [A, B]],
  ["no message", "PID|1\rPID|2\r", []],
  ["a batch without messages", "FHS|^~\\&\rFTS|0\r", []],
];

for (const [what, file, wanted] of CASES) {
  test(`splitMessages finds the messages of a file with ${what}`, () => assert.deepEqual(texts(file), wanted));
}

const WHOLE: [string, string, string[]][] = [
  ["a batch", `FHS|^~\\&|F\rBHS|^~\\&|B\r${A}${B}BTS|2\rFTS|1\r`, [
    `FHS|^~\\&|F\rBHS|^~\\&|B\r${A}${B}BTS|2\rFTS|1\r`,
  ]],
  ["a batch with LF ends", lf(`BHS|^~\\&\r${A}BTS|1\r\r`), [`BHS|^~\\&\r${A}BTS|1\r`]],
  ["two batches", `BHS|^~\\&\r${A}BTS|1\r\rBHS|^~\\&\r${B}BTS|1\r`, [
    `BHS|^~\\&\r${A}BTS|1\r`,
    `BHS|^~\\&\r${B}BTS|1\r`,
  ]],
  ["two batches without trailers", `FHS|^~\\&\r${A}FHS|^~\\&\r${B}`, [`FHS|^~\\&\r${A}`, `FHS|^~\\&\r${B}`]],
  ["messages around a batch", `${A}BHS|^~\\&\r${B}BTS|1\r${A}`, [A, `BHS|^~\\&\r${B}BTS|1\r`, A]],
  ["a batch in a frame", `\x0bFHS|^~\\&\r${A}FTS|1\r\x1c\r`, [`FHS|^~\\&\r${A}FTS|1\r`]],
  ["no batch", A + B, [A, B]],
];

for (const [what, file, wanted] of WHOLE) {
  test(`splitMessages with wholeBatch takes ${what} whole`, () => {
    assert.deepEqual(texts(file, { wholeBatch: true }), wanted);
  });
}

const RAW: [string, string, string[]][] = [
  ["LF ends", lf(A + B), [lf(A), lf(B)]],
  ["CR LF ends and blank lines", `${crlf(A)}\r\n${crlf(B)}`, [`${crlf(A)}\r\n`, crlf(B)]],
  ["no last CR", "MSH|^~\\&|A", ["MSH|^~\\&|A"]],
  ["a byte order mark", `\xef\xbb\xbf${A}`, [A]],
  ["frames", `\x0b${lf(A)}\x1c\r`, [lf(A)]],
  ["no HL7", "\xef\xbb\xbfping\r\n", ["\xef\xbb\xbfping\r\n"]],
  ["a batch", crlf(`BHS|^~\\&\r${A}BTS|1\r`), [crlf(A)]],
  ["nothing", "", []],
];

for (const [what, file, wanted] of RAW) {
  test(`splitMessages with raw leaves the bytes of ${what}`, () => {
    assert.deepEqual(texts(file, { raw: true }), wanted);
  });
}

test("splitMessages tells whether there is a message", () => {
  const found = [A, `\x0b${A}\x1c\r`, "BHS|^~\\&\r", "", "ping", "\x0bping\x1c\r", "PID|MSH|\r"].map((file) => {
    return splitMessages(bytes(file)).foundMsh;
  });
  assert.deepEqual(found, [true, true, false, false, false, false, false]);
  assert.equal(splitMessages(bytes("ping"), { raw: true }).foundMsh, false);
  assert.equal(splitMessages(bytes("BHS|^~\\&\r"), { wholeBatch: true }).foundMsh, true);
});

test("splitMessages tells line and byte where each message begins", () => {
  const file = `\xef\xbb\xbf\r\n${crlf(A)}\r\n${crlf(B)}`;
  const places = splitMessages(bytes(file)).messages.map(({ line, offset }) => [line, offset]);
  assert.deepEqual(places, [[2, 5], [5, file.indexOf("MSH|^~\\&|B")]]);
  const framed = splitMessages(bytes(`\x0b${A}\x1c\r\x0b${B}\x1c\r`)).messages;
  assert.deepEqual(framed.map(({ line, offset }) => [line, offset]), [[1, 1], [4, A.length + 4]]);
});

test("splitMessages tells what belongs to no message", () => {
  assert.deepEqual(splitMessages(bytes(`\n# captured\n${lf(A)}`)).skipped, { bytes: 9, line: 2 });
  assert.deepEqual(splitMessages(bytes(`BHS|^~\\&\r${A}BTS|1\rrest\r`)).skipped, { bytes: 4, line: 5 });
  assert.deepEqual(splitMessages(bytes(`xy\x0b${A}\x1c\rz\r`)).skipped, { bytes: 3, line: 1 });
  assert.equal(splitMessages(bytes(`\n \n${A}\n`)).skipped, null);
  assert.equal(splitMessages(bytes(`\x0b${A}\x1c\r\n\x0b${B}\x1c\r\n`)).skipped, null);
});

test("splitMessages marks a last frame that the file cuts short", () => {
  const { messages } = splitMessages(bytes(`\x0b${A}\x1c\r\x0bMSH|^~\\&|B\rPI`));
  assert.deepEqual(messages.map(({ cutShort }) => cutShort), [false, true]);
  assert.equal(latin1(messages[1].bytes), "MSH|^~\\&|B\rPI\r");
  const batch = splitMessages(bytes(`\x0bBHS|^~\\&\r${A}${B}`)).messages;
  assert.deepEqual(batch.map(({ cutShort }) => cutShort), [false, true]);
});

test("splitMessages gives views where nothing had to change, and changes no byte of the input", () => {
  const clean = bytes(A + B);
  assert.ok(splitMessages(clean).messages.every((message) => message.bytes.buffer === clean.buffer));
  const windows = bytes(crlf(A));
  splitMessages(windows);
  assert.equal(latin1(windows), crlf(A));
});

const ESCAPED: [string, string, string[]][] = [
  ["a frame of escapes", "\\x0bMSH|^~\\&|A\\rPID|1\\r\\x1c\\r\n", [A]],
  ["frames of escapes, a line each", "\\x0bMSH|^~\\&|A\\rPID|1\\r\\x1c\\r\n\\x0BMSH|^~\\&|B\\rPID|2\\r\\x1C\\r\n", [
    A,
    B,
  ]],
  ["line feeds", "MSH|^~\\&|A\\nPID|1\\n", [A]],
  ["other bytes", "MSH|^~\\&|\\xe4\\t\\e\\\\\r", ["MSH|^~\\&|\xe4\t\x1b\\\r"]],
  ["a doubled backslash in MSH-2", "MSH|^~\\\\&|A\\rPID|1\\r", [A]],
  ["HL7's own sequences", "MSH|^~\\&|R\\T\\nord\\F\\x0b\\X0D\\r\\.br\\n\\E\\\\T\\\r", [
    "MSH|^~\\&|R\\T\\nord\\F\\x0b\\X0D\\r\\.br\\n\\E\\\\T\\\r",
  ]],
  ["upper case and unknown letters", "MSH|^~\\&|\\R\\N\\q\\xzz\\x4\\u0041\r", [
    "MSH|^~\\&|\\R\\N\\q\\xzz\\x4\\u0041\r",
  ]],
  ["a backslash at the end", "MSH|^~\\&|A\\", ["MSH|^~\\&|A\\\r"]],
];

for (const [what, file, wanted] of ESCAPED) {
  test(`splitMessages with escapes reads ${what}`, () => assert.deepEqual(texts(file, { escapes: true }), wanted));
}

test("splitMessages without escapes leaves backslashes alone", () => {
  assert.deepEqual(texts("MSH|^~\\&|\\x0b\\r\\n\r"), ["MSH|^~\\&|\\x0b\\r\\n\r"]);
});

test("splitMessages with escapes tells the places of the file, not of the text it became", () => {
  const file = "# two\n\\x0bMSH|^~\\&|A\\r\\r\\x1c\\r\n\n\\x0bMSH|^~\\&|B\\r\\x1c\\r\n";
  const { messages, skipped } = splitMessages(bytes(file), { escapes: true });
  assert.deepEqual(messages.map(({ line, offset }) => [line, offset]), [[2, 10], [4, file.lastIndexOf("MSH")]]);
  assert.deepEqual(skipped, { bytes: 4, line: 1 });
});
