/**
 * What is done to connections: ended, greeted, slowed down, not read, limited in number.
 *
 * @module
 */
import assert from "node:assert/strict";
import { expectSlow, RATE } from "./event_tables.ts";
import { ack, after, expectSeen, FIN, message, RST, SILENCE } from "./expected.ts";
import { type Observer, pause } from "./observer.ts";
import type { Row, Table } from "./table.ts";

const AA = ack("AA", "M1");

/** More than any system keeps between two programs. */
const MOST = 32 * 2 ** 20;
const PIECE = new Uint8Array(2 ** 20).fill(0x20);

/** Writes blanks, which nobody looks at between two frames, until nothing more is taken; returns how many were. */
async function fill({ socket }: Observer): Promise<number> {
  for (let written = 0; written < MOST; written += PIECE.length) {
    const taken = new Promise<boolean>((resolve) => socket.write(PIECE, () => resolve(true)));
    if (!await Promise.race([taken, pause(1000).then(() => false)])) return written;
  }
  return MOST;
}

const others: Row[] = [
  { what: "is FIN instead of a reply", rules: ["[close]"], sees: [FIN] },
  { what: "is FIN, though bytes of the peer's are still unread", rules: ["[close]"], sends: ids(2000), sees: [FIN] },
  { what: "is FIN behind the reply", rules: ["[reply, close]"], sees: [AA, FIN] },
  { what: "is FIN after a wait", rules: ["[{close: {after: 200ms}}]"], sees: [after(200), FIN] },
  { what: "is RST instead of a reply", rules: ["[reset]"], sees: [RST] },
  { what: "is RST behind the whole reply", rules: ["[reply, reset]"], sees: [AA, RST] },
  { what: "is RST after a wait", rules: ["[{reset: {after: 200ms}}]"], sees: [after(200), RST] },
  {
    what: "is FIN behind so many messages more than the one that it was told at",
    rules: ["[{close: {after: {messages: 2}}}, reply]"],
    sends: ["M1", "M2", "M3", "M4"],
    sees: [AA + ack("AA", "M2") + ack("AA", "M3"), FIN],
  },
  {
    what: "loses no reply to an earlier message",
    rules: ["{when: {MSH-10: M2}, do: [reset]}"],
    sends: ["M1", "M2"],
    sees: [AA, RST],
  },
  { what: "is FIN behind the reply", rules: ["[reply, half_close]"], sees: [AA, FIN] },
  {
    what: "leaves the peer time for all it has to say",
    rules: ["{trigger: {first: 1}, do: [half_close]}"],
    async play(stage) {
      const observer = await stage.send("C1");
      await expectSeen(observer, [FIN]);
      await pause(100);
      observer.write(message("C2"));
      await pause(100);
      observer.write(message("C3"));
      assert.deepEqual(await stage.outcomes(observer, 3, /^C\d$/), ["C1 fin", "C2 held", "C3 held"]);
      assert.equal(observer.brokenLater, false);
    },
  },
  { what: "comes before the reply", rules: ["[{greet: HELLO}, reply]"], sees: ["HELLO" + AA] },
  { what: "comes behind the reply", rules: ["[reply, {greet: {hex: 0b1c0d}}]"], sees: [AA + "\v\u001c\r"] },
  {
    what: "is a banner on open",
    rules: ['{on: open, do: [{greet: {text: "READY\\r\\n"}}]}'],
    bytes: "",
    sees: ["READY\r\n"],
  },
  {
    what: "serves late",
    rules: ["{on: open, do: [{accept_delay: 250ms}]}"],
    sees: [after(240), AA],
  },
  {
    what: "serves late, and greets at once",
    rules: ["{on: open, do: [{greet: HELLO}, {accept_delay: 250ms}, {greet: NOW}]}"],
    bytes: "",
    sees: ["HELLO", after(250), "NOW"],
  },
  {
    what: "lets replies leave no faster",
    rules: [`[{rate: {out: ${RATE}B/s}}, reply]`],
    async play(stage) {
      const observer = await stage.send("M1", "M2");
      await expectSlow(observer, "\rMSA|AA|M2\r\u001c\r");
    },
  },
  {
    what: "closes when all has left at the rate",
    rules: [`[{rate: {out: ${RATE}B/s}}, reply, close]`],
    async play(stage) {
      const observer = await stage.send("M1");
      await expectSlow(observer, "\rMSA|AA|M1\r\u001c\r");
      assert.equal(await observer.ended(), "FIN");
    },
  },
  {
    what: "takes a message no faster",
    rules: ["{on: open, do: [{rate: {in: 20KB/s}}]}"],
    bytes: message("M1", { rest: `OBX|${"x".repeat(8000)}\r` }),
    sees: [after(400), AA],
  },
  {
    what: "takes further messages no faster",
    rules: ["{on: open, do: [{rate: {in: 20KB/s}}]}"],
    async play(stage) {
      const observer = await stage.call();
      const two = ["M1", "M2"].map((id) => message(id, { rest: `OBX|${"x".repeat(4000)}\r` }));
      observer.send(two.join(""));
      await expectSeen(observer, [after(200), AA, after(200), ack("AA", "M2")]);
    },
  },
  {
    what: "is over in its time, and what was sent meanwhile is answered then",
    rules: ["{trigger: {first: 1}, do: [reply, {stop_reading: 300ms}]}"],
    async play(stage) {
      const observer = await stage.send("M1");
      await expectSeen(observer, [AA, SILENCE]);
      observer.write(message("M2"));
      await expectSeen(observer, [AA, after(300), ack("AA", "M2")]);
    },
  },
  {
    what: "is over in its time",
    rules: ["{on: open, do: [{stop_reading: {for: 300ms}}]}"],
    sees: [after(290), AA],
  },
  ...(["close", "reset"] as const).map((then): Row => ({
    what: `ends one too many with ${then === "close" ? "FIN" : "RST"}, and lets others in when there is room`,
    rules: [`{on: open, do: [{limit: {concurrent: 2, then: ${then}}}]}`],
    async play(stage) {
      const [one, two] = [await stage.call(), await stage.call()];
      for (const each of [one, two]) {
        each.send(message("M1"));
        await expectSeen(each, [AA]);
      }
      const three = await stage.call();
      await expectSeen(three, [then === "close" ? FIN : RST]);
      three.drop();
      one.finish();
      assert.equal(await one.ended(), "FIN");
      await pause(50);
      const next = await stage.send("M1");
      await expectSeen(next, [AA]);
    },
  })),
  {
    what: "serves one too many when there is room",
    rules: ["{on: open, do: [{limit: {concurrent: 1, then: queue}}]}"],
    async play(stage) {
      const one = await stage.send("M1");
      await expectSeen(one, [AA]);
      const two = await stage.send("M2");
      await expectSeen(two, [SILENCE]);
      one.finish();
      await expectSeen(two, [ack("AA", "M2")]);
    },
  },
  {
    what: "is a change of state that later messages see",
    rules: ["{on: close, to_state: gone}", "{in_state: gone, do: [{reply: AR}]}"],
    async play(stage) {
      const one = await stage.send("M1");
      await expectSeen(one, [AA]);
      one.finish();
      await one.ended();
      await pause(100);
      const two = await stage.send("M2");
      await expectSeen(two, [ack("AR", "M2")]);
    },
  },
];

const masses: Row[] = [
  {
    what: "backs the peer's writes up",
    rules: ["[reply, stop_reading]"],
    async play(stage) {
      const observer = await stage.send("M1");
      await expectSeen(observer, [AA, SILENCE]);
      const taken = await fill(observer);
      assert.ok(taken < MOST / 2, `${taken} bytes were taken by who does not read`);
    },
  },
  {
    what: "takes on what was written by somebody who reads",
    rules: ["[reply]"],
    async play(stage) {
      const observer = await stage.send("M1");
      await expectSeen(observer, [AA, SILENCE]);
      assert.equal(await fill(observer), MOST);
    },
  },
];

function ids(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `M${i + 1}`);
}

/** Connections. */
export const connectionTables: readonly Table[] = [
  { name: "connections", journal: true, rows: others },
  { name: "masses of bytes", alone: true, oneByOne: true, rows: masses },
];
