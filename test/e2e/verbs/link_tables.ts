/**
 * The lower layer of MLLP release 2, as raw commit blocks; the faults that are flags; listeners that are refused.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ack, after, expectSeen, FIN, message, RST, type Seen, SILENCE } from "./expected.ts";
import { call, pause } from "./observer.ts";
import type { Row, Table } from "./table.ts";

/** The commit blocks (MLLP release 2). */
const ACK = "\v\u0006\u001c\r";
const NAK = "\v\u0015\u001c\r";
const AA = ack("AA", "M1");

const RELEASE_2 = { options: "?framing=mllp2" } as const;

/** Each word, and what is seen of a message before its reply; nothing where it is not taken. */
const COMMITS: readonly (readonly [word: string, blocks: string, reply: string])[] = [
  ["ack", ACK, AA],
  ["nak", NAK, ""],
  ["none", "", AA],
  ["twice", ACK + ACK, AA],
];

const commits: Row[] = [
  { ...RELEASE_2, what: "is committed and answered", rules: ["[reply]"], sees: [ACK + AA, SILENCE] },
  ...COMMITS.map(([word, blocks, reply]): Row => ({
    ...RELEASE_2,
    what: "is seen as these blocks",
    rules: [`[{link_commit: ${word}}, reply]`],
    sees: [blocks + reply, SILENCE],
  })),
  {
    ...RELEASE_2,
    what: "waits for no delay",
    rules: ["[{delay: 250ms}, {link_commit: twice}, reply]"],
    sees: [ACK + ACK, after(250), AA, SILENCE],
  },
  {
    ...RELEASE_2,
    what: "refuses the first tries of each message",
    rules: ["[{link_nak: 2}, reply]"],
    async play(stage) {
      const observer = await stage.call();
      for (const [id, seen] of [["T1", NAK], ["T1", NAK], ["T2", NAK], ["T1", ACK + ack("AA", "T1")]]) {
        observer.send(message(id));
        await expectSeen(observer, [seen, SILENCE]);
      }
      observer.send(ACK + message("T2"));
      await expectSeen(observer, [NAK, SILENCE]);
      observer.send(message("T2"));
      await expectSeen(observer, [ACK + ack("AA", "T2"), SILENCE]);
    },
  },
  {
    ...RELEASE_2,
    what: "comes behind the commit",
    rules: ["[close]"],
    sees: [ACK, FIN],
  },
  { ...RELEASE_2, what: "comes behind the commit", rules: ["[reset]"], sees: [ACK, RST] },
  {
    ...RELEASE_2,
    what: "comes behind the commit",
    rules: ["[{mutate: drop_end_data}]"],
    sees: [ACK + AA.slice(0, -1), SILENCE],
  },
];

/** Each fault by its flag, and what is seen of one message. */
const FLAGS: readonly (readonly [flag: string, what: string, sees: readonly Seen[]])[] = [
  ["no-reply", "is nothing", [SILENCE]],
  ["close-before-ack", "is FIN instead of the reply", [FIN]],
  ["reset-before-ack", "is RST instead of the reply", [RST]],
  ["close-after-ack", "is FIN behind the reply", [AA, FIN]],
];

/** A row for a flag: the receiver has no scenario. */
function flagTable(flag: string, row: Pick<Row, "what" | "sees" | "play">): Table {
  return {
    name: `--fault ${flag}`,
    flagsOnly: true,
    journal: true,
    args: ["--fault", flag],
    rows: [{ ...row, rules: [] }],
  };
}

const flags: Table[] = [
  ...FLAGS.map(([flag, what, sees]) => flagTable(flag, { what, sees })),
  flagTable("close-mid-ack", {
    what: "is half of the reply, then FIN",
    async play(stage) {
      const observer = await stage.send("M1");
      assert.equal(await observer.ended(), "FIN");
      const { bytes } = observer;
      assert.match(bytes, /^\vMSH\|\^~\\&\|LAB\|MAIN\|ADT\|WARD\|\d{14}/);
      // The time has 18 characters, the reply's own id a few: it is half to within those.
      assert.ok(Math.abs(2 * bytes.length - (AA.length + 14 + 8)) <= 16, bytes);
    },
  }),
];

/** When listeners are refused; the row's own name is that of its listener. */
const PHASES = `
phases_at_end: stay
phases:
  - {name: up, for: 1s}
  - {name: down, for: 800ms, listeners: {row-0: refused}}
  - {name: up-again, for: 800ms, listeners: {all: open}}
  - {name: all-down, for: 800ms, listeners: {all: refused}}
`;

const listeners: Row[] = [
  {
    what: "is refused by the system in its phase, and taken again after it; who is connected stays",
    rules: ["[reply]"],
    async play(stage) {
      const observer = await stage.send("M1");
      await expectSeen(observer, [AA, SILENCE]);
      const states: string[] = [];
      const began = performance.now();
      while (performance.now() - began < 8000 && states.length < 5) {
        const state = await call(stage.port);
        if (states[states.length - 1] !== state) states.push(state);
        await pause(10);
      }
      assert.deepEqual(states, ["taken", "ECONNREFUSED", "taken", "ECONNREFUSED", "taken"]);
      observer.send(message("M2"));
      await expectSeen(observer, [ack("AA", "M2"), SILENCE]);
    },
  },
  {
    what: "is refused only where it is named, or with all",
    rules: ["[reply]"],
    async play(stage) {
      const states: string[] = [];
      const began = performance.now();
      while (performance.now() - began < 8000 && states.length < 3) {
        const state = await call(stage.port);
        if (states[states.length - 1] !== state) states.push(state);
        await pause(10);
      }
      assert.deepEqual(states, ["taken", "ECONNREFUSED", "taken"]);
      assert.ok(performance.now() - began > 2200, "the first phase that refuses is of the other listener");
    },
  },
];

/** Commit blocks, flags, listeners. */
export const linkTables: readonly Table[] = [
  { name: "MLLP release 2", journal: true, rows: commits },
  ...flags,
  { name: "listeners", alone: true, scenario: PHASES, rows: listeners },
];
