import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../../lib/bytes.ts";
import { isSeparator, NO_SEPARATOR, readSeparators } from "../../../lib/hl7/separators.ts";
import { bytes } from "./bytes_of.ts";

function shown(message: Uint8Array): string | null {
  const found = readSeparators(message);
  if (found === null) return null;
  return [found.field, found.component, found.repetition, found.escape, found.subcomponent, found.truncation]
    .map((byte) => byte === NO_SEPARATOR ? " " : String.fromCharCode(byte)).join("");
}

const READABLE: [string, string, string][] = [
  ["the recommended ones", "MSH|^~\\&|LAB", "|^~\\& "],
  ["a truncation character", "MSH|^~\\&#|LAB", "|^~\\&#"],
  ["other characters", "MSH$%*!:$LAB", "$%*!: "],
  ["a file header's", "FHS|^~\\&|LAB", "|^~\\& "],
  ["a batch header's", "BHS|^~\\&|LAB", "|^~\\& "],
  ["two characters in MSH-2", "MSH|^~|LAB", "|^~   "],
  ["one character in MSH-2", "MSH|^|LAB", "|^    "],
  ["a header that ends after MSH-2", "MSH|^~\\&\rPID|1", "|^~\\& "],
  ["a message that ends after MSH-2", "MSH|^~\\&", "|^~\\& "],
  ["bytes above ASCII", "MSH\xa7\xa4\xa5\xa6\xa8\xa7LAB", "\xa7\xa4\xa5\xa6\xa8 "],
  ["a blank after the four", "MSH|^~\\& |LAB", "|^~\\& "],
];

for (const [what, message, wanted] of READABLE) {
  test(`readSeparators reads ${what}`, () => assert.equal(shown(bytes(message)), wanted));
}

const UNREADABLE: [string, string][] = [
  ["no bytes", ""],
  ["three letters", "MSH"],
  ["no MSH-2", "MSH|"],
  ["an empty MSH-2", "MSH||LAB"],
  ["another segment", "PID|^~\\&|"],
  ["a name in MSH-2", "MSH|LAB|MAIN"],
  ["six characters in MSH-2", "MSH|^~\\&#!|LAB"],
  ["a letter after the four", "MSH|^~\\&A|LAB"],
  ["a word that begins with MSH", "MSHELL^~\\&|"],
  ["a sentence that begins with MSH", "MSH ^~\\& "],
  ["a line end after MSH", "MSH\r^~\\&\r"],
  ["a frame end in MSH-2", "MSH|^\x1c\\&|"],
  ["a line before MSH", "\nMSH|^~\\&|"],
  ["lower case", "msh|^~\\&|"],
];

for (const [what, message] of UNREADABLE) {
  test(`readSeparators finds none in ${what}`, () => assert.equal(shown(bytes(message)), null));
}

test("isSeparator refuses letters, digits, space and the bytes of lines and frames, and nothing else", () => {
  const refused = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !isSeparator(byte));
  const wanted = "\n\v\r\x1c 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  assert.equal(latin1(Uint8Array.from(refused)), wanted);
});

test("readSeparators leaves the message as it was", () => {
  const message = utf8("MSH|^~\\&|LAB\r");
  readSeparators(message);
  assert.equal(latin1(message), "MSH|^~\\&|LAB\r");
});
