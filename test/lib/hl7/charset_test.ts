import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "../../../lib/bytes.ts";
import { charsetLabel, decodeEscapes, decodeText, readCharset } from "../../../lib/hl7/charset.ts";
import { STANDARD_SEPARATORS } from "../../../lib/hl7/separators.ts";
import { bytes } from "./bytes_of.ts";

const LABELS: [string, string | null][] = [
  ["ASCII", "windows-1252"],
  ["8859/1", "windows-1252"],
  ["ISO 8859-1", "windows-1252"],
  ["ISO-8859-2", "iso-8859-2"],
  ["8859/5", "iso-8859-5"],
  ["8859/9", "windows-1254"],
  ["8859/15", "iso-8859-15"],
  ["UNICODE UTF-8", "utf-8"],
  ["UTF8", "utf-8"],
  ["utf-8", "utf-8"],
  ["UNICODE", "utf-8"],
  ["GB 18030-2000", "gb18030"],
  ["GBK", "gbk"],
  ["KS X 1001", "euc-kr"],
  ["BIG-5", "big5"],
  ["ISO IR14", "shift_jis"],
  ["ISO IR87", "iso-2022-jp"],
  ["ISO IR159", "iso-2022-jp"],
  ["UNICODE UTF-16", null],
  ["CNS 11643-1992", null],
  ["", null],
];

for (const [name, label] of LABELS) {
  test(`charsetLabel of "${name}" is ${label}`, () => assert.equal(charsetLabel(name), label));
}

function header(charset: string): Uint8Array {
  return bytes(`MSH|^~\\&|A|B|C|D|E||ADT^A01|1|P|2.5||||||${charset}\r`);
}

test("readCharset takes the first repetition of MSH-18, but Japanese from any", () => {
  assert.equal(readCharset(header("8859/2~UNICODE UTF-8")), "iso-8859-2");
  assert.equal(readCharset(header("~ISO IR87")), "iso-2022-jp");
  assert.equal(readCharset(header("ASCII~ISO IR6~ISO IR87")), "iso-2022-jp");
  assert.equal(readCharset(header("KLINGON~8859/1")), null);
  assert.equal(readCharset(header("")), null);
  assert.equal(readCharset(bytes("rubbish")), null);
});

const TEXTS: [string, string, string | null, string][] = [
  ["UTF-8 unnamed", "M\xc3\xbc", null, "Mü"],
  ["8859/1 unnamed", "M\xfc", null, "Mü"],
  ["UTF-8 named", "M\xc3\xbc", "utf-8", "Mü"],
  ["wrong UTF-8 named", "M\xfc", "utf-8", "M\ufffd"],
  ["8859/1 named, that looks like UTF-8", "\xc3\xbc", "windows-1252", "Ã¼"],
  ["Polish", "\xa3\xf3d\xbc", "iso-8859-2", "Łódź"],
  ["Russian", "\xb8\xd2\xd0\xdd", "iso-8859-5", "Иван"],
  ["the euro sign of 8859/15", "\xa4", "iso-8859-15", "€"],
  ["Japanese", "\x1b$B;3ED\x1b(B", "iso-2022-jp", "山田"],
  ["Chinese", "\xcd\xf5", "gbk", "王"],
  ["Chinese of GB 18030", "\xcd\xf5", "gb18030", "王"],
  ["Chinese of Big5", "\xa4\xfd", "big5", "王"],
  ["Korean", "\xb1\xe8", "euc-kr", "김"],
  ["a charset nobody has", "M\xfc", "klingon", "Mü"],
  ["nothing", "", null, ""],
];

for (const [what, input, charset, wanted] of TEXTS) {
  test(`decodeText decodes ${what}`, () => assert.equal(decodeText(bytes(input), charset), wanted));
}

const ESCAPES: [string, string, string][] = [
  ["the separators", "\\F\\\\S\\\\T\\\\R\\\\E\\", "|^&~\\"],
  ["bytes", "a\\X4142\\b\\X8b\\", "aABb\x8b"],
  ["line breaks", "a\\.br\\b\\.sp\\c", "a\nb\nc"],
  ["highlighting", "\\H\\bold\\N\\", "bold"],
  ["nothing to decode", "plain", "plain"],
  ["an escape character alone", "a\\b", "a\\b"],
  ["an escape character at the end", "ab\\", "ab\\"],
  ["a sequence after one alone", "a\\b\\T\\c", "a\\b&c"],
  ["unknown sequences", "\\Q\\ \\C2842\\ \\.in+4\\ \\Zx\\", "\\Q\\ \\C2842\\ \\.in+4\\ \\Zx\\"],
  ["half a byte", "\\X4\\ \\X\\ \\XZZ\\", "\\X4\\ \\X\\ \\XZZ\\"],
  ["an undeclared truncation character", "\\P\\", "\\P\\"],
];

for (const [what, input, wanted] of ESCAPES) {
  test(`decodeEscapes decodes ${what}`, () => {
    assert.equal(latin1(decodeEscapes(bytes(input), STANDARD_SEPARATORS)), wanted);
  });
}

test("decodeEscapes uses the message's own separators", () => {
  const separators = { ...STANDARD_SEPARATORS, field: 0x23, escape: 0x21, truncation: 0x2b };
  assert.equal(latin1(decodeEscapes(bytes("!F! !P! \\F\\"), separators)), "# + \\F\\");
  assert.equal(latin1(decodeEscapes(bytes("\\F\\"), { ...STANDARD_SEPARATORS, escape: -1 })), "\\F\\");
});

test("decodeEscapes is linear in the number of lone escape characters", () => {
  const input = bytes("\\x".repeat(200_000));
  assert.deepEqual(decodeEscapes(input, STANDARD_SEPARATORS), input);
});
