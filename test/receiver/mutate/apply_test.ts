/** Mutations: the exact bytes of each, one after the other, and together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hex, latin1 } from "../../../lib/bytes.ts";
import { mutateFrame } from "../../../receiver/mutate/apply.ts";
import type { MutationSpec, PlannedMutation } from "../../../receiver/mutate/mutation.ts";
import { planMutations, tellMutations } from "../../../receiver/mutate/plan.ts";
import { MUTATION_NAMES, mutationKind } from "../../../receiver/mutate/registry.ts";

const MSH = "MSH|^~\\&|LAB|M|ADT|W|20260131||ACK|7|P|2.5";
const ACK = `${MSH}\rMSA|AA|MSG1\r`;
const HTML = "<html><head><title>400 Bad Request</title></head><body><h1>Bad Request</h1></body></html>\r\n";
const HTTP = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 91\r\nConnection: close\r\n\r\n";

/** One character a byte. */
function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function sent(content: string, ...mutations: PlannedMutation[]): string {
  return latin1(mutateFrame(bytes(content), mutations).bytes);
}

/** Each mutation: the content, what is sent, and how it is told. */
const ROWS: readonly (readonly [mutation: PlannedMutation, content: string, sent: string, told: string])[] = [
  [{ kind: "drop_start" }, "A\r", "A\r\x1c\r", "without its start block"],
  [{ kind: "double_start" }, "A\r", "\v\vA\r\x1c\r", "with two start blocks"],
  [
    { kind: "embed_start", at: 0.4 },
    "ABCDEFGHI\r",
    "\vABCD\vEFGHI\r\x1c\r",
    "with a start block at 40% of its content",
  ],
  [{ kind: "embed_start", at: 0.01 }, "ABC\r", "\vA\vBC\r\x1c\r", "with a start block at 1% of its content"],
  [{ kind: "embed_start", at: 0.5 }, "", "\v\v\x1c\r", "with a start block at 50% of its content"],
  [{ kind: "drop_end_block" }, "A\r", "\vA\r\r", "without its end block"],
  [{ kind: "drop_end_data" }, "A\r", "\vA\r\x1c", "without the CR at its end"],
  [{ kind: "end_data", hex: "0a" }, "A\r", "\vA\r\x1c\n", "with 0a instead of the CR at its end"],
  [{ kind: "end_data", hex: "0d0d" }, "A\r", "\vA\r\x1c\r\r", "with 0d0d instead of the CR at its end"],
  [{ kind: "prefix", hex: "0d0a" }, "A\r", "\r\n\vA\r\x1c\r", "behind 0d0a"],
  [{ kind: "prefix", hex: "20202020" }, "A\r", "    \vA\r\x1c\r", "behind four spaces"],
  [{ kind: "suffix", hex: "00ff" }, "A\r", "\vA\r\x1c\r\x00\xff", "with 00ff behind it"],
  [{ kind: "keepalive" }, "A\r", "\v\x1c\r\vA\r\x1c\r", "behind an empty frame"],
  [{ kind: "empty_frame" }, "A\r", "\v\x1c\r", "with no content"],
  [{ kind: "nul_fill" }, "A\rB\r", "\v\0\0\0\0\x1c\r", "with NULs for content"],
  [{ kind: "pad_to", bytes: 13 }, "MSH|^~\\&\r", "\vMSH|^~\\&||||\r\x1c\r", "padded to 13B"],
  [{ kind: "pad_to", bytes: 14 }, "MSH|^~\\&\r", "\vMSH|^~\\&\rZPD|\r\x1c\r", "padded to 14B"],
  [{ kind: "pad_to", bytes: 17 }, "MSH#^~\\&\r", "\vMSH#^~\\&\rZPD#xxx\r\x1c\r", "padded to 17B"],
  [{ kind: "pad_to", bytes: 9 }, "MSH|^~\\&\r", "\vMSH|^~\\&\r\x1c\r", "padded to 9B"],
  [{ kind: "pad_to", bytes: 5 }, "MSH|^~\\&\r", "\vMSH|^~\\&\r\x1c\r", "padded to 5B"],
  [{ kind: "pad_to", bytes: 13 }, "MSH|^~\\&", "\vMSH|^~\\&|||||\x1c\r", "padded to 13B"],
  [{ kind: "pad_to", bytes: 15 }, "MSH|^~\\&", "\vMSH|^~\\&\rZPD|x\r\x1c\r", "padded to 15B"],
  [{ kind: "pad_to", bytes: 17 }, "MSH|^~\\&\r\n", "\vMSH|^~\\&\r\nZPD|x\r\n\x1c\r", "padded to 17B"],
  [{ kind: "pad_to", bytes: 15 }, "MSH|^~\\&\n", "\vMSH|^~\\&\nZPD|x\n\x1c\r", "padded to 15B"],
  [{ kind: "pad_to", bytes: 3 }, "", "\v|||\x1c\r", "padded to 3B"],
  [{ kind: "truncate", to: 0.4 }, "ABCDEF\r", "\vABC", "cut off after 40%"],
  [{ kind: "truncate", to: 0.001 }, "ABC\r", "\v", "cut off after 0.1%"],
  [{ kind: "truncate", to: 0.999 }, "ABC\r", "\vABC\r\x1c", "cut off after 99.9%"],
  [{ kind: "endless" }, "A\r", "\vA\r", "without end"],
  [{ kind: "corrupt", bytes: 1, draw: 0.5 }, "\r", "\v\r\x1c\r", "with one byte changed"],
  [{ kind: "corrupt", bytes: 2000, draw: 0.5 }, "\v\r\x1c", "\v\v\r\x1c\x1c\r", "with 2,000 bytes changed"],
  [{ kind: "segment_ends", end: "lf" }, "A\rB\r", "\vA\nB\n\x1c\r", "with LF at the end of segments"],
  [{ kind: "segment_ends", end: "crlf" }, "A\nB\rC\r", "\vA\nB\r\nC\r\n\x1c\r", "with CR LF at the end of segments"],
  [{ kind: "segment_ends", end: "none" }, "A\rB\r\n", "\vAB\x1c\r", "with nothing at the end of segments"],
  [{ kind: "drop_last_cr" }, "A\rB\r", "\vA\rB\x1c\r", "without the CR of its last segment"],
  [{ kind: "drop_last_cr" }, "A\r\nB\r\n", "\vA\r\nB\x1c\r", "without the CR of its last segment"],
  [{ kind: "drop_last_cr" }, "", "\v\x1c\r", "without the CR of its last segment"],
  [
    { kind: "separators", to: "#~!\\&" },
    "MSH|^~\\&|A#B^C~D|\r",
    "\vMSH#~!\\&#A\\F\\B~C!D#\r\x1c\r",
    "with the separators #~!\\&",
  ],
  [{ kind: "separators", to: "#~!\\&" }, "no HL7\r", "\vno HL7\r\x1c\r", "with the separators #~!\\&"],
  [{ kind: "charset", to: "utf-16le" }, "A\xc3\xbc\r", "\vA\0\xfc\0\r\0\x1c\r", "in UTF-16LE"],
  [{ kind: "charset", to: "utf-16be" }, "A\xc3\xbc\r", "\v\0A\0\xfc\0\r\x1c\r", "in UTF-16BE"],
  [{ kind: "charset", to: "utf-16be" }, "\xf0\x9f\x98\x80", "\v\xd8\x3d\xde\x00\x1c\r", "in UTF-16BE"],
  [{ kind: "charset", to: "iso-8859-1" }, "\xc3\xbc\xe2\x82\xac\r", "\v\xfc?\r\x1c\r", "in ISO-8859-1"],
  [{ kind: "charset", to: "iso-8859-1" }, "a\xf0\x9f\x98\x80b", "\va?b\x1c\r", "in ISO-8859-1"],
  [{ kind: "charset", to: "utf-8" }, "A\xfc\r", "\vA\xc3\xbc\r\x1c\r", "in UTF-8"],
  [{ kind: "bom" }, "A\r", "\v\xef\xbb\xbfA\r\x1c\r", "with a byte order mark"],
  [{ kind: "not_hl7", what: "http" }, ACK, HTTP + HTML, "as an HTTP response without a frame"],
  [{ kind: "not_hl7", what: "html" }, ACK, `\v${HTML}\x1c\r`, "with an HTML page for content"],
  [{ kind: "not_hl7", what: "text" }, ACK, "\vMessage received\r\n\x1c\r", "with plain text for content"],
];

for (const [mutation, content, wanted, told] of ROWS) {
  test(`mutateFrame with ${JSON.stringify(mutation)} makes these bytes of ${JSON.stringify(content)}`, () => {
    const original = bytes(content);
    const { bytes: damaged, endless } = mutateFrame(original, [mutation]);
    assert.equal(hex(damaged), hex(bytes(wanted)));
    assert.equal(endless !== null, mutation.kind === "endless");
    assert.equal(latin1(original), content, "the content is as it was");
    assert.equal(tellMutations([mutation]), told);
    assert.deepEqual(JSON.parse(JSON.stringify(mutation)), mutation);
  });
}

test("mutateFrame does each mutation that is registered, and each has words of its own", () => {
  assert.deepEqual(new Set(ROWS.map(([{ kind }]) => kind)), new Set(MUTATION_NAMES));
  const words = MUTATION_NAMES.map((name) => mutationKind(name).about);
  assert.equal(new Set(words).size, words.length);
  for (const name of MUTATION_NAMES) {
    const { kind, form, bare } = mutationKind(name);
    assert.equal(kind, name);
    assert.equal(form === null, bare !== null, name);
  }
});

test("mutateFrame without mutations makes a frame", () => {
  assert.equal(sent(ACK), `\v${ACK}\x1c\r`);
});

test("mutateFrame does mutations in the order written, each to what those before it made", () => {
  assert.equal(sent("ABCD\r", { kind: "prefix", hex: "01" }, { kind: "keepalive" }), "\v\x1c\r\x01\vABCD\r\x1c\r");
  assert.equal(sent("ABCD\r", { kind: "keepalive" }, { kind: "prefix", hex: "01" }), "\x01\v\x1c\r\vABCD\r\x1c\r");
  assert.equal(sent("A\r", { kind: "suffix", hex: "01" }, { kind: "suffix", hex: "02" }), "\vA\r\x1c\r\x01\x02");
  assert.equal(sent("ABCDEF\r", { kind: "drop_start" }, { kind: "truncate", to: 0.5 }), "ABCD");
  assert.equal(sent("ABCDEF\r", { kind: "truncate", to: 0.5 }, { kind: "drop_start" }), "ABCD");
  assert.equal(sent("ABCDEF\r", { kind: "prefix", hex: "2020" }, { kind: "truncate", to: 0.5 }), "  \vABC");
  assert.equal(sent("ABCDEF\r", { kind: "truncate", to: 0.5 }, { kind: "prefix", hex: "2020" }), "  \vABCD");
  assert.equal(sent("A\r", { kind: "pad_to", bytes: 8 }, { kind: "nul_fill" }), `\v${"\0".repeat(8)}\x1c\r`);
  assert.equal(sent("A\r", { kind: "bom" }, { kind: "charset", to: "utf-16le" }), "\v\xff\xfeA\0\r\0\x1c\r");
  const latin = `${MSH}||||||8859/1\rMSA|AA|\xfc\r`;
  assert.equal(
    sent(latin, { kind: "bom" }, { kind: "charset", to: "utf-16be" }),
    `\v\xfe\xff${Array.from(latin, (one) => `\0${one}`).join("")}\x1c\r`,
  );
});

test("mutateFrame of an endless frame gives whole segments to be sent again and again, and no end", () => {
  const { bytes: begun, endless } = mutateFrame(bytes(ACK), [{ kind: "double_start" }, { kind: "endless" }]);
  assert.equal(latin1(begun), `\v\v${ACK}`);
  const filler = latin1(endless ?? new Uint8Array());
  assert.match(filler, /^(ZPD\|x{1019}\r){16}$/);
  assert.equal(mutateFrame(bytes(ACK), [{ kind: "endless" }]).endless, endless, "shared, not made for each");
});

test("mutateFrame pads to the byte, with no segment above 64 KiB and no piece of one at the end", () => {
  for (const size of [65_540, 65_580, 65_581, 65_585, 131_117, 2_000_000]) {
    const frame = sent(ACK, { kind: "pad_to", bytes: size });
    assert.equal(frame.length, size + 3);
    assert.ok(frame.startsWith(`\v${ACK}ZPD|`));
    const padding = frame.slice(1 + ACK.length, -2);
    assert.match(padding, /^(ZPD\|x*\r)+$/);
    for (const segment of padding.split("\r")) assert.ok(segment.length < 65_536);
  }
});

test("separators turns escapes and separators into those of its own", () => {
  const rewritten = (content: string, to: string) => sent(content, { kind: "separators", to }).slice(1, -2);
  // The escape character is another, and one of the old ones is text now.
  assert.equal(rewritten("MSH|^~\\&|a\\T\\b\\|c\r", "|^~!&"), "MSH|^~!&|a!T!b\\|c\r");
  // An escape character that begins no sequence is text.
  assert.equal(rewritten("MSH|^~\\&|a\\b|c\\\r", "|^~\\$"), "MSH|^~\\$|a\\E\\b|c\\E\\\r");
  // A sequence that holds a new separator cannot be one any more.
  assert.equal(rewritten("MSH|^~\\&|\\Z(x\\\r", "(^~!&"), "MSH(^~!&(\\Z!F!x\\\r");
  // Separators that the message does not declare, and one more that it does.
  assert.equal(rewritten("MSH|^|a\\b&c~d^e\r", "#^~\\&"), "MSH#^~\\&#a\\E\\b\\T\\c\\R\\d^e\r");
  assert.equal(rewritten("MSH|^~\\&#|a#\r", "|^~\\$"), "MSH|^~\\$#|a#\r");
  assert.equal(rewritten("MSH|^~\\&#|a#\r", "#^~\\&"), "MSH#^~\\&#a\\F\\\r");
  // A sequence for an old separator is that character, and one for the truncation character only while there is one.
  assert.equal(rewritten("MSH|^~\\&#|\\F\\\\S\\\\P\\\r", "!^~\\$"), "MSH!^~\\$#!|\\S\\\\P\\\r");
  assert.equal(rewritten("MSH|^~\\&#|\\F\\\\S\\\\P\\\r", "#^~\\&"), "MSH#^~\\&#|\\S\\\\F\\\r");
});

test("planMutations draws for what needs it alone, in order", () => {
  const specs: MutationSpec[] = [{ kind: "drop_start" }, { kind: "corrupt", bytes: 3 }, { kind: "keepalive" }];
  let drawn = 0;
  const planned = planMutations(specs, () => ++drawn / 10);
  assert.deepEqual(planned, [specs[0], { kind: "corrupt", bytes: 3, draw: 0.1 }, specs[2]]);
  assert.equal(drawn, 1);
  assert.equal(tellMutations(specs), "without its start block, with 3 bytes changed, behind an empty frame");
  assert.equal(tellMutations([]), "");
});
