/**
 * Where and when a reply's bytes leave, and whose reply it says it is.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ack, after, expectSeen, FIN, framed, message, plain, type Seen, SILENCE } from "./expected.ts";
import type { Observer } from "./observer.ts";
import type { Row, Table } from "./table.ts";

/** A reply that is the same to the byte whoever asks: it is no acknowledgement, so nothing is filled in. Its frame has 64 bytes. */
const FIXED = "MSH|^~\\&|LAB|MAIN|ADT|WARD|20260131||ZAK|R1|P|2.5\rZRE|AA|123\r";
const FRAME = framed(FIXED);
const at = (fraction: number) => Math.floor(FRAME.length * fraction);

/** A frame with the same pause at each of these places. */
function cutAt(frame: string, pauseMs: number, ...places: readonly number[]): Seen[] {
  const starts = [0, ...places];
  return starts.flatMap((from, i) => {
    const piece = frame.slice(from, starts[i + 1]);
    return i === 0 ? [piece] : [after(pauseMs), piece];
  });
}

const LENGTH = FRAME.length;

const placement: Row[] = [
  { what: "is the whole reply", rules: ["[reply]"], sees: [FRAME] },
  {
    what: "pauses at each of the five places",
    rules: [
      "[{delay: 150ms}, {send: start}, {delay: 160ms}, {send: {part: 50%}}, {delay: 170ms}, {send: rest}, {delay: 180ms}, {send: end_block}, {delay: 190ms}, {send: end_data}]",
    ],
    sees: [
      after(150),
      "\v",
      after(160),
      FRAME.slice(1, at(0.5)),
      after(170),
      FRAME.slice(at(0.5), -2),
      after(180),
      "\u001c",
      after(190),
      "\r",
    ],
  },
  { what: "is the start block and nothing more", rules: ["[{send: start}]"], sees: ["\v", SILENCE] },
  { what: "is so much of the bytes", rules: ["[{send: {part: 25%}}, close]"], sees: [FRAME.slice(0, at(0.25)), FIN] },
  { what: "is all before the end block", rules: ["[{send: rest}, close]"], sees: [FRAME.slice(0, -2), FIN] },
  { what: "is all but the last CR", rules: ["[{send: end_block}, close]"], sees: [FRAME.slice(0, -1), FIN] },
  { what: "is all", rules: ["[{send: end_data}]"], sees: [FRAME] },
  {
    what: "leaves so many bytes at a time",
    rules: ["[{drip: {bytes: 20, every: 150ms}}]"],
    sees: cutAt(FRAME, 150, 20, 40, 60),
  },
  {
    what: "leaves in so many pieces over the time",
    rules: ["[{drip: {chunks: 4, over: 600ms}}]"],
    sees: cutAt(FRAME, 200, 16, 32, 48),
  },
  {
    what: "leaves byte by byte",
    rules: ["[{reply: {mutate: empty_frame, drip: {bytes: 1, every: 150ms}}}]"],
    sees: cutAt("\v\u001c\r", 150, 1, 2),
  },
  {
    what: "leaves as it is asked to, as an option of the reply",
    rules: ["[{reply: {drip: {chunks: 2, over: 200ms}}}]"],
    sees: cutAt(FRAME, 200, LENGTH / 2),
  },
  {
    what: "drips what is left",
    rules: ["[{send: {part: 50%}}, {delay: 150ms}, {drip: {chunks: 2, over: 150ms}}]"],
    sees: cutAt(FRAME, 150, at(0.5), LENGTH * 0.75),
  },
  ...[["start", 1], ["40%", at(0.4)], ["rest", LENGTH - 2], ["end_block", LENGTH - 1]].map(([place, cut]): Row => ({
    what: "leaves in two segments, cut there",
    rules: [`[{split_at: ${place}}]`],
    sees: cutAt(FRAME, 20, Number(cut)),
  })),
  {
    what: "leaves in two segments, as an option of the reply",
    rules: ["[{reply: {split_at: end_block}}]"],
    sees: cutAt(FRAME, 20, LENGTH - 1),
  },
  {
    what: "begins when the reply before it has left",
    rules: ["{when: {MSH-10: M1}, do: [{drip: {chunks: 2, over: 200ms}}]}"],
    sends: ["M1", "M2"],
    sees: [...cutAt(FRAME, 200, LENGTH / 2), FRAME],
  },
  { what: "is nothing at all", rules: ["{trigger: {first: 1}, do: [hold]}"] },
  { what: "is nothing at all", rules: ["{trigger: {first: 1}, do: [drop_reply]}"] },
  { what: "is nothing at all", rules: ["{trigger: {first: 1}, do: [discard]}"] },
  { what: "is nothing at all", rules: ["{trigger: {first: 1}, do: [{reply: none}]}"] },
  {
    what: "lets the replies of other messages pass",
    rules: ["{when: {MSH-10: M1}, do: [hold]}"],
    sends: ["M1", "M2"],
    sees: [FRAME],
  },
  {
    what: "are known as what they are",
    rules: ["{when: {MSH-10: Q1}, do: [hold]}", "{when: {MSH-10: Q2}, do: [drop_reply]}", "{do: [discard]}"],
    async play(stage) {
      const observer = await stage.send("Q1", "Q2", "Q3");
      await expectSeen(observer, [SILENCE]);
      assert.deepEqual(await stage.outcomes(observer, 3, /^Q\d$/), ["Q1 held", "Q2 reply_lost", "Q3 discarded"]);
    },
  },
  ...["{join: 3}", "{reply: {join: 3}}"].map((step): Row => ({
    what: "is one write for three messages",
    rules: [`[${step}]`],
    async play(stage) {
      const observer = await stage.send("M1", "M2");
      await expectSeen(observer, [SILENCE]);
      observer.send(message("M3"));
      await expectSeen(observer, [FRAME + FRAME + FRAME]);
      assert.equal(observer.reads[0].bytes.length, 3 * LENGTH);
    },
  })),
  {
    what: "waits for the others no longer than that",
    rules: ["[{join: {count: 3, within: 300ms}}]"],
    sends: ["M1", "M2"],
    sees: [after(300), FRAME + FRAME],
  },
];

const say = (...ids: readonly string[]) => ids.map((id) => ack("AA", id)).join("");

/** What two connections see of the replies to M1 and M2, sent over one each. */
async function pair(stage: Parameters<NonNullable<Row["play"]>>[0]): Promise<readonly [Observer, Observer]> {
  const one = await stage.send("M1");
  await expectSeen(one, [SILENCE]);
  return [one, await stage.send("M2")];
}

const identity: Row[] = [
  ...["AA", "AE", "AR", "CA", "CE", "CR"].map((code): Row => ({
    what: "is that code",
    rules: [`[{reply: ${code}}]`],
    sees: [ack(code, "M1")],
  })),
  { what: "is that code", rules: ["[{reply: {code: AE}}]"], sees: [ack("AE", "M1")] },
  {
    what: "is what the file holds, for this message",
    rules: ["[{reply: {file: ack.hl7}}]"],
    sees: [ack("AE", "M1", { type: "ACK" })],
  },
  {
    what: "is what the file holds, for this message",
    rules: ['[{reply: "file:ack.hl7"}]'],
    sees: [ack("AE", "M1", { type: "ACK" })],
  },
  { what: "is MSA-3", rules: ["[{reply: {text: No such bed}}]"], sees: [ack("AA", "M1", { text: "No such bed" })] },
  {
    what: "is MSA-3, escaped",
    rules: ['[{reply: {text: "a|b^c"}}]'],
    sees: [ack("AA", "M1", { text: "a\\F\\b\\S\\c" })],
  },
  {
    what: "is an ERR segment",
    rules: ["[{reply: {code: AE, err: {code: 101, location: PID-3}}}]"],
    sees: [ack("AE", "M1", { rest: "ERR||PID^1^3^1|101^Required field missing^HL70357|E\r" })],
  },
  {
    what: "is an ERR segment each, with all that is said of it",
    rules: [
      "[{reply: {code: AR, err: [{code: 207, location: 'OBX[2]-5.1', severity: F, text: Not this, diagnostic: stack}, {code: 200, severity: W}, {code: 103, severity: I}, {code: 102, severity: E}]}}]",
    ],
    sees: [
      ack("AR", "M1", {
        rest: "ERR||OBX^2^5^1^1|207^Application internal error^HL70357|F|||stack|Not this\r" +
          "ERR|||200^Unsupported message type^HL70357|W\r" +
          "ERR|||103^Table value not found^HL70357|I\r" +
          "ERR|||102^Data type error^HL70357|E\r",
      }),
    ],
  },
  { what: "is the message's", rules: ["[{reply: {control_id: same}}]"], sees: [ack("AA", "M1")] },
  { what: "is empty", rules: ["[{reply: {control_id: empty}}]"], sees: [ack("AA", "")] },
  { what: "is that", rules: ["[{reply: {control_id: X-99}}]"], sees: [ack("AA", "X-99")] },
  {
    what: "is another one of the same kind",
    rules: ["[{reply: {control_id: wrong}}]"],
    async play(stage) {
      const observer = await stage.send("MSG-0042");
      await observer.saw("\u001c\r");
      const [, id] = /\rMSA\|AA\|([^|\r]*)\r/.exec(observer.bytes)!;
      assert.match(id, /^[A-Z]{3}-\d{4}$/);
      assert.notEqual(id, "MSG-0042");
      assert.equal(plain(observer.bytes), ack("AA", id));
    },
  },
  {
    what: "is that of the one before",
    rules: ["[{reply: {control_id: previous}}]"],
    sends: ["M1", "M2", "M3"],
    sees: [ack("AA", "") + say("M1", "M2")],
  },
  {
    what: "is seen behind that of a newer message",
    rules: ["{when: {MSH-10: M1}, do: [{reply: {code: AE, late: 250ms}}]}"],
    sends: ["M1", "M2"],
    sees: [say("M2"), after(250), ack("AE", "M1")],
  },
  {
    what: "is seen behind that of a newer message",
    rules: ["{when: {MSH-10: M1}, do: [{late: 250ms}]}"],
    sends: ["M1", "M2"],
    sees: [say("M2"), after(250), say("M1")],
  },
  ...["stale", "{stale: true}", "{reply: {stale: true}}"].map((step): Row => ({
    what: "is the one before, byte for byte",
    rules: [`{when: {MSH-10: M2}, do: [${step}]}`],
    async play(stage) {
      const observer = await stage.send("M1");
      await expectSeen(observer, [say("M1"), SILENCE]);
      const first = observer.bytes;
      observer.send(message("M2"));
      await expectSeen(observer, [say("M1")]);
      assert.ok(observer.bytes.startsWith(first + first));
    },
  })),
  ...[["{join: 2}", "M2"], ["{reorder: 2}", "M1"], ["swap", "M1"], ["{drip: {chunks: 2, over: 20ms}}", "M2"]].map((
    [step, last],
  ): Row => ({
    what: `before it: the one seen last is that of ${last}`,
    rules: ["{when: {MSH-10: M3}, do: [stale]}", `[${step}]`],
    async play(stage) {
      const observer = await stage.send("M1", "M2");
      await observer.until(() => observer.bytes.split("\u001c\r").length === 3, "two replies");
      const seen = observer.bytes;
      observer.send(message("M3"));
      await expectSeen(observer, [say(last)]);
      assert.ok(observer.bytes.startsWith(seen + seen.slice(seen.lastIndexOf("\v"))));
    },
  })),
  ...["twice", "{twice: true}", "{reply: {twice: true}}"].map((step): Row => ({
    what: "is seen two times, the same",
    rules: [`[${step}]`],
    async play(stage) {
      const observer = await stage.send("M1");
      await expectSeen(observer, [say("M1", "M1"), SILENCE]);
      const { bytes } = observer;
      assert.equal(bytes.slice(0, bytes.length / 2), bytes.slice(bytes.length / 2));
    },
  })),
  ...["{reorder: 3}", "{reply: {reorder: 3}}"].map((step): Row => ({
    what: "are seen in reverse order",
    rules: [`[${step}]`],
    sends: ["M1", "M2", "M3"],
    sees: [say("M3", "M2", "M1")],
  })),
  {
    what: "waits for the others no longer than that",
    rules: ["[{reorder: {count: 3, within: 300ms}}]"],
    sends: ["M1", "M2"],
    sees: [after(300), say("M2", "M1")],
  },
  ...["swap", "{swap: true}", "{reply: {swap: true}}"].map((step): Row => ({
    what: "are exchanged on one connection",
    rules: [`[${step}]`],
    sends: ["M1", "M2"],
    sees: [say("M2", "M1")],
  })),
  {
    what: "are exchanged between two connections",
    rules: ["[swap]"],
    async play(stage) {
      const [one, two] = await pair(stage);
      await expectSeen(two, [say("M1")]);
      await expectSeen(one, [say("M2")]);
    },
  },
  {
    what: "waits for another one no longer than that",
    rules: ["[{swap: {within: 300ms}}]"],
    sees: [after(300), say("M1")],
  },
  {
    what: "is a response with the query's own segments",
    rules: ["[{reply: {code: AA, as: ADR^A19}}]"],
    bytes: message("Q1", { type: "QRY^A19", rest: "QRD|20260131|R|I|1|||1^RD|4711|DEM\rQRF|LAB\r" }),
    sees: [ack("AA", "Q1", { type: "ADR^A19", rest: "QRD|20260131|R|I|1|||1^RD|4711|DEM\rQRF|LAB\r" })],
  },
  {
    what: "is a response by parameter",
    rules: ["[{reply: {code: AE, as: RSP^K22^RSP_K21}}]"],
    bytes: message("Q2", { type: "QBP^Q22^QBP_Q21", rest: "QPD|Q22^Find^HL7|T-7|@PID.3^4711\rRCP|I\r" }),
    sees: [
      ack("AE", "Q2", {
        type: "RSP^K22^RSP_K21",
        rest: "QAK|T-7|AE|Q22^Find^HL7\rQPD|Q22^Find^HL7|T-7|@PID.3^4711\rRCP|I\r",
      }),
    ],
  },
];

/** Where the bytes of replies are the same each time, and where they are acknowledgements. */
export const replyTables: readonly Table[] = [
  {
    name: "parts of replies",
    journal: true,
    scenario: 'defaults: {reply: "file:fixed.hl7"}',
    files: { "fixed.hl7": FIXED },
    rows: placement,
  },
  {
    name: "whose reply it is",
    journal: true,
    files: { "ack.hl7": "MSH|^~\\&|LAB|MAIN|ADT|WARD|20200101||ACK|OLD|P|2.5\rMSA|AE|OLD\r" },
    rows: identity,
  },
];
