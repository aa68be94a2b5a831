/**
 * The verbs that can be done to a connection at any time: each at each event, and put off to each thing that it can be put off to.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ack, after, expectSeen, FIN, framed, message, RST, type Seen, SILENCE } from "./expected.ts";
import { type Observer, pause } from "./observer.ts";
import type { Row, Stage, Table } from "./table.ts";

const AA = ack("AA", "M1");

/** A verb of the connection, and how what it does is seen. */
interface Verb {
  readonly verb: string;
  /** Its options, without `after`. */
  readonly options: readonly string[];
  /** What it does, as a sentence's end. */
  readonly does: string;
  /** Sees it done on a connection that has seen everything else. `text` and the times before it are from `observer.send`. */
  effect(stage: Stage, observer: Observer, before: readonly Seen[]): Promise<void>;
}

/** Bytes a second, for the rate out. */
export const RATE = 1000;

/** How often something is sent to a receiver before it must have come to what it is to do. */
const TRIES = 5;

/** Fails unless these bytes came no faster than the rate, beyond what goes at a time. */
export async function expectSlow(observer: Observer, text: string): Promise<void> {
  const from = observer.reads.length;
  await observer.until(() => observer.reads.slice(from).map(({ bytes }) => bytes).join("").endsWith(text), text);
  let come = 0;
  for (const { atMs, bytes } of observer.reads.slice(from)) {
    come += bytes.length;
    // A fiftieth of a second's worth leaves at a time.
    const fairMs = ((come - RATE / 50) / RATE) * 1000;
    const tookMs = atMs - observer.sinceMs;
    assert.ok(tookMs >= fairMs - 5, `${come} bytes came within ${tookMs} ms, wanted ${fairMs} ms at ${RATE} bytes/s`);
  }
  assert.ok(come > 50);
}

const VERBS: readonly Verb[] = [
  {
    verb: "close",
    options: [],
    does: "is seen as FIN",
    effect: (_, observer, before) => expectSeen(observer, [...before, FIN]),
  },
  {
    verb: "reset",
    options: [],
    does: "is seen as RST",
    effect: (_, observer, before) => expectSeen(observer, [...before, RST]),
  },
  {
    verb: "half_close",
    options: [],
    does: "is seen as FIN, and later messages are still read",
    async effect(stage, observer, before) {
      await expectSeen(observer, [...before, FIN]);
      const id = `H${stage.port}`;
      observer.write(message(id));
      assert.deepEqual(await stage.outcomes(observer, 1, new RegExp(`^${id}$`)), [`${id} held`]);
      assert.equal(observer.brokenLater, false);
    },
  },
  {
    verb: "greet",
    options: ["text: HELLO"],
    does: "is seen as those bytes, out of any frame",
    effect: (_, observer, before) => expectSeen(observer, [...before, "HELLO"]),
  },
  {
    verb: "rate",
    options: [`out: ${RATE}B/s`],
    does: "lets later replies leave no faster",
    async effect(_, observer, before) {
      await expectSeen(observer, [...before, SILENCE]);
      for (let i = 1;; i++) {
        observer.send(message(`FAST${i}`) + message(`SLOW${i}`));
        try {
          return await expectSlow(observer, `\rMSA|AA|SLOW${i}\r\u001c\r`);
        } catch (error) {
          // A receiver that is held up comes to it late.
          if (i === TRIES) throw error;
        }
      }
    },
  },
  {
    verb: "stop_reading",
    options: [],
    does: "leaves later messages unread",
    async effect(stage, observer, before) {
      await expectSeen(observer, [...before, SILENCE]);
      for (let i = 1;; i++) {
        const id = `U${stage.port}-${i}`;
        const { length } = observer.bytes;
        observer.write(message(id));
        await pause(300);
        assert.equal(observer.end, null);
        const isRead = observer.bytes.length > length || stage.events().some(({ controlId }) => controlId === id);
        if (!isRead) return;
        assert.ok(i < TRIES, `${i} messages were read`);
      }
    },
  },
];

function written({ verb, options }: Verb, more: readonly string[] = []): string {
  const all = [...options, ...more];
  return all.length === 0 ? verb : `{${verb}: {${all.join(", ")}}}`;
}

/** Something that a verb can be put off to, and how a client lets it come. */
interface Condition {
  readonly after: string;
  /** Lets it come, and returns what is seen until then, counted from `observer.sinceMs`. */
  come(observer: Observer): Promise<readonly Seen[]>;
}

const LENGTH = message("M1").length;

const CONDITIONS: readonly Condition[] = [
  { after: "200ms", come: () => Promise.resolve([after(200)]) },
  { after: "{age: 200ms}", come: () => Promise.resolve([after(200)]) },
  {
    after: "{idle: 200ms}",
    async come(observer) {
      await pause(120);
      observer.send(message("M1"));
      return [AA, after(200)];
    },
  },
  {
    after: "{messages: 2}",
    async come(observer) {
      observer.send(message("M1"));
      await expectSeen(observer, [AA, SILENCE]);
      observer.send(message("M2"));
      return [ack("AA", "M2")];
    },
  },
  {
    after: `{bytes: ${LENGTH + 1}}`,
    async come(observer) {
      observer.send(message("M1"));
      await expectSeen(observer, [AA, SILENCE]);
      observer.send("\n");
      return [];
    },
  },
];

/** Each verb, put off at the connection's beginning. */
const putOff: Row[] = VERBS.flatMap((verb) =>
  CONDITIONS.map((condition): Row => ({
    what: `${verb.does}, and not before`,
    rules: [`{on: open, do: [${written(verb, [`after: ${condition.after}`])}]}`],
    async play(stage) {
      const observer = await stage.call();
      await verb.effect(stage, observer, await condition.come(observer));
    },
  }))
);

/** An event without a message, and how a client causes it. */
interface Event {
  readonly on: string;
  /** How long after `observer.sinceMs` it happens. */
  readonly fromMs: number;
  cause(observer: Observer): void;
}

const EVENTS: readonly Event[] = [
  { on: "open", fromMs: 0, cause: () => {} },
  { on: "frame_fault", fromMs: 0, cause: (observer) => observer.send(framed("")) },
];

const IDLE: Event = { on: "idle", fromMs: 600, cause: () => {} };

/** Each verb at an event. */
function atEvent(event: Event, verbs: readonly Verb[]): Row[] {
  return verbs.map((verb): Row => ({
    what: `${verb.does}`,
    rules: [`{on: ${event.on}, trigger: {first: 1}, do: [${written(verb)}]}`],
    async play(stage) {
      const observer = await stage.call();
      event.cause(observer);
      await verb.effect(stage, observer, [after(event.fromMs)]);
    },
  }));
}

/** What is put off or done later, at an event. */
const delayed = (on: string): Row => ({
  what: "waits before the next step",
  rules: [`{on: ${on}, trigger: {first: 1}, do: [{delay: 200ms}, {greet: HELLO}, {reset: {after: {age: 200ms}}}]}`],
  async play(stage) {
    const observer = await stage.call();
    const event = [...EVENTS, IDLE].find((each) => each.on === on)!;
    event.cause(observer);
    await expectSeen(observer, [after(event.fromMs + 200), "HELLO", after(200), RST]);
  },
});

/** What is put off, and what is done at events without a message. */
export const eventTables: readonly Table[] = [
  { name: "put off", rows: putOff },
  {
    name: "events",
    args: ["--deny", "empty-frame"],
    rows: EVENTS.flatMap((event) => [...atEvent(event, VERBS), delayed(event.on)]),
  },
  {
    name: "silent connections",
    journal: true,
    scenario: "limits: {idle_timeout: 600ms}",
    rows: [...atEvent(IDLE, VERBS), delayed("idle"), {
      what: "is FIN where no rule looks at it",
      rules: ["[reply]"],
      bytes: "",
      sees: [after(600), FIN],
    }],
  },
];
