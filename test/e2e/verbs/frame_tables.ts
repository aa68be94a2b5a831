/**
 * Damage to frames, byte for byte: what each mutation leaves of a reply whose every byte is known.
 *
 * @module
 */
import assert from "node:assert/strict";
import { expectSeen, framed } from "./expected.ts";
import { pause } from "./observer.ts";
import type { Row, Table } from "./table.ts";

/** Segments, text beyond ASCII in UTF-8, an escape sequence. */
const SEGMENTS = [
  "MSH|^~\\&|LAB|MAIN|ADT|WARD|20260131||ZAK^Z01|R1|P|2.5||||||UNICODE UTF-8",
  "ZRE|AA|M\u00fcller^J\u00f6rg~A\\T\\B&C",
];
const TEXT = SEGMENTS.map((segment) => `${segment}\r`).join("");
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const encoded = (text: string, encoding: "utf8" | "utf16le") => latin1(Buffer.from(text, encoding));
const swapped = (bytes: string) => latin1(Buffer.from(bytes, "latin1").swap16());
/** As Latin-1, like everything that is seen. */
const C = encoded(TEXT, "utf8");
const FRAME = framed(C);
const PAGE = "<html><head><title>400 Bad Request</title></head><body><h1>Bad Request</h1></body></html>\r\n";

/** A mutation and the bytes that it leaves; `open` where a client cannot know that the reply is over. */
const MUTATED: readonly (readonly [mutate: string, bytes: string])[] = [
  ["drop_start", `${C}\u001c\r`],
  ["double_start", `\v\v${C}\u001c\r`],
  ["{embed_start: 40%}", `\v${C.slice(0, Math.floor(C.length * 0.4))}\v${C.slice(Math.floor(C.length * 0.4))}\u001c\r`],
  ["drop_end_block", `\v${C}\r`],
  ["drop_end_data", `\v${C}\u001c`],
  ["{end_data: lf}", `\v${C}\u001c\n`],
  ["{end_data: 0d0a}", `\v${C}\u001c\r\n`],
  ["{prefix: 0d0a}", `\r\n${FRAME}`],
  ["{prefix: spaces}", `    ${FRAME}`],
  ["{suffix: '0000'}", `${FRAME}\0\0`],
  ["keepalive", `\v\u001c\r${FRAME}`],
  ["empty_frame", "\v\u001c\r"],
  ["nul_fill", framed("\0".repeat(C.length))],
  ["{truncate: 50%}", FRAME.slice(0, Math.floor(FRAME.length * 0.5))],
  ["{segment_ends: lf}", framed(C.replaceAll("\r", "\n"))],
  ["{segment_ends: crlf}", framed(C.replaceAll("\r", "\r\n"))],
  ["{segment_ends: none}", framed(C.replaceAll("\r", ""))],
  ["drop_last_cr", framed(C.slice(0, -1))],
  [
    '{separators: "#~!\\\\&"}',
    framed(encoded(
      "MSH#~!\\&#LAB#MAIN#ADT#WARD#20260131##ZAK~Z01#R1#P#2.5######UNICODE UTF-8\r" +
        "ZRE#AA#M\u00fcller~J\u00f6rg!A\\T\\B&C\r",
      "utf8",
    )),
  ],
  ["{charset: utf-8}", FRAME],
  ["{charset: utf-16le}", framed(encoded(TEXT, "utf16le"))],
  ["{charset: utf-16be}", framed(swapped(encoded(TEXT, "utf16le")))],
  ["{charset: iso-8859-1}", framed(TEXT)],
  ["bom", framed(`\u00ef\u00bb\u00bf${C}`)],
  ["[bom, {charset: utf-16le}]", framed(encoded(`\ufeff${TEXT}`, "utf16le"))],
  [
    "{not_hl7: http}",
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n" +
    `Content-Length: ${PAGE.length}\r\nConnection: close\r\n\r\n${PAGE}`,
  ],
  ["{not_hl7: html}", framed(PAGE)],
  ["{not_hl7: text}", framed("Message received\r\n")],
  ["[drop_end_data, {prefix: 0d0a}]", `\r\n\v${C}\u001c`],
  ["[keepalive, {prefix: '20'}, {suffix: 0a}, {suffix: 0b}]", ` \v\u001c\r${FRAME}\n\v`],
];

const bytes: Row[] = MUTATED.map(([mutate, frame]) => ({
  what: "is seen to the byte",
  rules: [`[{mutate: ${mutate}}]`],
  sees: [frame],
}));

const others: Row[] = [
  {
    what: "is seen to the byte, as an option of the reply",
    rules: ["[{reply: {mutate: [drop_start]}}]"],
    sees: [`${C}\u001c\r`],
  },
  {
    what: "is damaged two times",
    rules: ["[{reply: {mutate: drop_end_data, twice: true}}]"],
    sees: [FRAME.slice(0, -1).repeat(2)],
  },
  {
    what: "changes so many bytes, and neither the frame nor its segments",
    rules: ["[{mutate: {corrupt: {bytes: 3}}}]"],
    async play(stage) {
      const observer = await stage.send("M1");
      await observer.until(() => observer.bytes.length >= FRAME.length, "the frame");
      const seen = observer.bytes;
      const changed = Array.from(FRAME, (_, i) => i).filter((i) => seen[i] !== FRAME[i]);
      assert.deepEqual([seen.length, changed.length], [FRAME.length, 3]);
      for (const i of changed) for (const bytes of [seen, FRAME]) assert.ok(!"\v\u001c\r".includes(bytes[i]));
      await expectSeen(observer, [seen]);
    },
  },
  {
    what: "changes others for another message, and the same for the same",
    rules: ["[{mutate: {corrupt: {bytes: 3}}}]"],
    async play(stage) {
      const seen: string[] = [];
      for (const id of ["M1", "M2"]) {
        const observer = await stage.send(id);
        await observer.until(() => observer.bytes.length >= FRAME.length, "the frame");
        seen.push(observer.bytes);
      }
      assert.notEqual(seen[0], seen[1]);
    },
  },
  {
    what: "is as long as that, all of it Z segments",
    rules: ["[{mutate: {pad_to: 300KB}}]"],
    async play(stage) {
      const observer = await stage.send("M1");
      await observer.until(() => observer.bytes.endsWith("\u001c\r"), "the end of the frame");
      const seen = observer.bytes;
      assert.equal(seen.length, 300_000 + 3);
      assert.equal(seen.slice(0, C.length + 5), `\v${C}ZPD|`);
      const segments = seen.slice(1 + C.length, -2).split("\r");
      assert.equal(segments.pop(), "");
      for (const segment of segments) assert.match(segment, /^ZPD\|x*$/);
    },
  },
];

const endless: Row[] = [
  {
    what: "goes on for as long as the client reads, waits while it does not, and has no end",
    rules: ["[{mutate: endless}]"],
    async play(stage) {
      const observer = await stage.send("M1");
      const come = () => observer.reads.reduce((sum, { bytes }) => sum + bytes.length, 0);
      await observer.until(() => come() > 2_000_000, "two million bytes");
      observer.stopReading();
      const seen = observer.bytes;
      assert.ok(seen.startsWith(`\v${C}ZPD|xxx`));
      assert.ok(!seen.includes("\u001c"));
      assert.deepEqual(
        [...new Set(seen.slice(1 + C.length).split("\r").slice(0, -1).map((each) => each.slice(0, 8)))],
        [
          "ZPD|xxxx",
        ],
      );
      const stopped = come();
      await pause(300);
      assert.ok(come() - stopped < 1_000_000);
      observer.readOn();
      await observer.until(() => come() > stopped + 5_000_000, "five million bytes more");
      assert.equal(observer.end, null);
    },
  },
];

const scenario = 'defaults: {reply: "file:fixed.hl7"}';
const files = { "fixed.hl7": C };

/** Every mutation. */
export const frameTables: readonly Table[] = [
  { name: "damage", scenario, files, rows: [...bytes, ...others] },
  { name: "damage without end", alone: true, scenario, files, rows: endless },
];
