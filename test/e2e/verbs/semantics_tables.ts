/**
 * What a receiver does with messages besides answering them: as many as it can, one at a time, once only, by asking somebody else;
 * and replies that go elsewhere.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ack, after, expectSeen, FIN, framed, message, plain, RST, type Seen, SILENCE } from "./expected.ts";
import { pause } from "./observer.ts";
import type { Row, Stage, Table } from "./table.ts";

const say = (...ids: readonly string[]) => ids.map((id) => ack("AA", id)).join("");

/** What is seen of a message that is refused in each way, with this for MSA-3. */
function refusal(then: string, id: string, text: string): Seen[] {
  switch (then) {
    case "hold":
      return [SILENCE];
    case "close":
      return [FIN];
    case "reset":
      return [RST];
    default:
      return [ack(then, id, { text }), SILENCE];
  }
}

const REFUSALS = ["AE", "AR", "CE", "CR", "hold", "close", "reset"];

const DUPLICATE = "A message with this control id was taken before";

const semantics: Row[] = [
  ...REFUSALS.map((then): Row => ({
    what: "lets so many pass, and refuses one more so",
    rules: [`[{quota: {rate: 2/m, then: ${then}}}, reply]`],
    async play(stage) {
      const first = await stage.send("M1");
      await expectSeen(first, [say("M1"), SILENCE]);
      const second = await stage.send("M2");
      await expectSeen(second, [...refusal(then, "M2", "More than 2/m")]);
    },
  })),
  {
    what: "lets one second's worth pass at once, on all connections together, and then the rate",
    rules: ["[{quota: {rate: 2/s, then: AR}}, reply]"],
    async play(stage) {
      const refused = (id: string) => ack("AR", id, { text: "More than 2/s" });
      const one = await stage.send("M1", "M2", "M3");
      await expectSeen(one, [say("M1", "M2") + refused("M3"), SILENCE]);
      await pause(600);
      const two = await stage.send("M4", "M5", "M6");
      await two.until(() => two.bytes.split("\u001c\r").length > 3, "three replies");
      const accepted = plain(two.bytes).split("MSA|AA|").length - 1;
      assert.ok(accepted >= 1 && accepted <= 2, `${accepted} passed`);
    },
  },
  // What was taken is known by its id to the whole receiver, so each row has its own.
  ...["AE", "AR"].map((policy): Row => ({
    what: "refuses the second of the same",
    rules: [`[{duplicate: ${policy}}, reply]`],
    sends: [`${policy}1`, `${policy}1`, `${policy}2`],
    sees: [say(`${policy}1`) + ack(policy, `${policy}1`, { text: DUPLICATE }) + say(`${policy}2`)],
  })),
  {
    what: "takes the second of the same like any other",
    rules: ["[{duplicate: accept}, reply]"],
    async play(stage) {
      const observer = await stage.send("D1", "D1");
      await expectSeen(observer, [say("D1", "D1")]);
      const [first, second] = observer.bytes.split("\u001c\r");
      assert.notEqual(first, second, "each has an id of its own");
    },
  },
  {
    what: "answers the second of the same as the first, to the byte, over another connection, too",
    rules: ["[{duplicate: cached_ack}, reply]"],
    async play(stage) {
      const first = await stage.send("D2");
      await expectSeen(first, [say("D2"), SILENCE]);
      const second = await stage.send("D2");
      await second.saw("\u001c\r");
      assert.equal(second.bytes, first.bytes);
    },
  },
  {
    what: "knows what was taken, though its reply was lost",
    rules: ["{trigger: {first: 1}, do: [drop_reply]}", "[{duplicate: AR}, reply]"],
    sends: ["D4", "D4"],
    sees: [ack("AR", "D4", { text: DUPLICATE })],
  },
  {
    what: "knows nothing of what was lost itself",
    rules: ["{trigger: {first: 1}, do: [discard]}", "[{duplicate: AR}, reply]"],
    sends: ["D5", "D5"],
    sees: [say("D5")],
  },
  ...["{drip: {chunks: 2, over: 20ms}}", "{join: 2}", "swap", "{reply: {via: tcp://PLACE}}", "{forward: tcp://PLACE}"]
    .map((
      step,
      i,
    ): Row => ({
      what: "knows what was taken, however it was answered",
      rules: [`[{duplicate: AR}, ${step}]`],
      async play(stage) {
        const [first, second] = [`G${i}0`, `G${i}1`];
        const observer = await stage.send(first, second);
        if (step.includes("PLACE")) {
          const peer = await stage.place.caller(1);
          let answered = 0;
          await peer.until(() => {
            const ids = [...peer.bytes.matchAll(/\|(G\d+)\|P\|/g)].map(([, id]) => id);
            for (; answered < ids.length; answered++) peer.write(ack("AA", ids[answered]));
            return peer.bytes.includes(second);
          }, "both messages, or their replies");
        }
        const here = step.includes("via") ? 0 : 2;
        await observer.until(() => observer.bytes.split("\u001c\r").length > here, "both replies");
        await pause(100);
        const before = observer.bytes.length;
        observer.write(message(first));
        await observer.until(() => observer.bytes.slice(before).endsWith("\u001c\r"), "the last reply");
        assert.equal(plain(observer.bytes.slice(before)), ack("AR", first, { text: DUPLICATE }));
      },
    })),
  {
    what: "counts nothing that was not answered well",
    rules: ["{trigger: {first: 1}, do: [{reply: AE}]}", "[{duplicate: AR}, reply]"],
    sends: ["D3", "D3", "D3"],
    sees: [ack("AE", "D3") + say("D3") + ack("AR", "D3", { text: DUPLICATE })],
  },
];

/** The one processor is everybody's: these rows are played one after the other. */
const processor: Row[] = [
  {
    what: "takes the time of each message, one after the other",
    rules: ["[{process_time: 150ms}, reply]"],
    sends: ["M1", "M2", "M3"],
    sees: [after(150), say("M1"), after(150), say("M2"), after(150), say("M3")],
  },
  {
    what: "works for one connection at a time",
    rules: ["[{process_time: 200ms}, reply]"],
    async play(stage) {
      const [one, two] = [await stage.call(), await stage.call()];
      one.send(message("M1"));
      await pause(50);
      two.send(message("M2"));
      // The second began at 50 ms, and may begin its own 200 ms when the first is done.
      await expectSeen(two, [after(340), say("M2"), SILENCE]);
      await expectSeen(one, [after(200), say("M1"), SILENCE]);
    },
  },
  ...REFUSALS.map((then): Row => ({
    what: "lets one wait behind the one that is worked on, and refuses one more so",
    rules: [`[{queue: {depth: 1, then: ${then}}}, {process_time: 250ms}, reply]`],
    async play(stage) {
      const [one, two, three] = [await stage.call(), await stage.call(), await stage.call()];
      one.send(message("M1"));
      await pause(30);
      two.send(message("M2"));
      await pause(30);
      three.send(message("M3"));
      await expectSeen(three, refusal(then, "M3", "More than 1 messages wait"));
      await expectSeen(one, [after(250), say("M1"), SILENCE]);
      await expectSeen(two, [after(460), say("M2"), SILENCE]);
    },
  })),
];

/** A real receiver in the row's place: it answers each message so, later. */
async function answering(stage: Stage, connection: number, reply: (id: string) => string | null): Promise<void> {
  const peer = await stage.place.caller(connection);
  let answered = 0;
  await peer.until(() => {
    const ids = [...peer.bytes.matchAll(/\|([A-Z]\d+)\|P\|2\.5/g)].map(([, id]) => id);
    for (; answered < ids.length; answered++) {
      const said = reply(ids[answered]);
      if (said !== null) peer.write(said);
    }
    return answered > 0;
  }, "a message");
}

/** What a real receiver says, to the byte. */
const REAL = (id: string) => framed(`MSH|^~\\&|REAL|X|ADT|WARD|20260131||ACK|77|P|2.5\rMSA|AE|${id}|Not here\r`);

const elsewhere: Row[] = [
  ...["{forward: tcp://PLACE}", "{forward: {to: tcp://PLACE, timeout: 2s}}"].map((step): Row => ({
    what: "brings the message there as it is, and the answer back",
    rules: [`[${step}]`],
    async play(stage) {
      const observer = await stage.send("M1");
      await answering(stage, 1, REAL);
      await observer.saw("\u001c\r");
      assert.equal(observer.bytes, REAL("M1"));
      const peer = await stage.place.caller(1);
      assert.equal(peer.bytes, message("M1"));
      await expectSeen(observer, [plain(REAL("M1"))]);
    },
  })),
  {
    what: "is AE where there is no answer in time",
    rules: ["[{forward: {to: tcp://PLACE, timeout: 300ms}}]"],
    async play(stage) {
      const observer = await stage.send("M1");
      await observer.saw("\u001c\r");
      assert.ok(observer.reads[0].atMs - observer.sinceMs >= 295);
      assert.match(
        plain(observer.bytes),
        /^\vMSH\|[^\r]*\rMSA\|AE\|M1\|Cannot forward the message/,
      );
    },
  },
  {
    what: "is AE where nobody listens",
    rules: ['[{forward: "tcp://127.0.0.1:1"}]'],
    async play(stage) {
      const observer = await stage.send("M1");
      await observer.saw("\u001c\r");
      assert.match(plain(observer.bytes), /\rMSA\|AE\|M1\|Cannot forward the message: [^\r]*refused[^\r]*\r/);
    },
  },
  ...["{reply: {via: tcp://PLACE}}", "{reply: {via: tcp://PLACE, on: endpoint}}"].map((step): Row => ({
    what: "is seen on another connection, which stays open for the next",
    rules: [`[${step}]`],
    async play(stage) {
      const observer = await stage.send("M1", "M2");
      const peer = await stage.place.caller(1);
      await peer.until(() => plain(peer.bytes) === say("M1", "M2"), "both replies");
      assert.equal(peer.end, null);
      await expectSeen(observer, []);
      assert.equal(stage.place.callers.length, 1);
    },
  })),
  {
    what: "is seen on a connection of its own, which ends",
    rules: ["[{reply: {via: tcp://PLACE, on: new_connection}}]"],
    async play(stage) {
      const observer = await stage.send("M1", "M2");
      for (const [i, id] of ["M1", "M2"].entries()) {
        const peer = await stage.place.caller(i + 1);
        assert.equal(await peer.ended(), "FIN");
        assert.equal(plain(peer.bytes), say(id));
        peer.finish();
      }
      await expectSeen(observer, []);
    },
  },
  { what: "is seen where the message came", rules: ["[{reply: {on: same}}]"], sees: [say("M1")] },
  {
    what: "is seen on another connection two times",
    rules: ["[{reply: {code: AR, via: tcp://PLACE, twice: true, mutate: drop_end_data}}]"],
    async play(stage) {
      await stage.send("M1");
      const peer = await stage.place.caller(1);
      const frame = ack("AR", "M1").slice(0, -1);
      await peer.until(() => plain(peer.bytes) === frame + frame, "two damaged frames");
    },
  },
  {
    what: "are both seen in their time",
    rules: ['[{enhanced: {commit: "CA after 150ms", application: "AA after 200ms"}}]'],
    sees: [after(150), ack("CA", "M1"), after(200), ack("AA", "M1")],
  },
  {
    what: "does not keep the commits of later messages waiting",
    rules: ['[{enhanced: {commit: CA, application: "AE after 250ms"}}]'],
    sends: ["M1", "M2"],
    sees: [ack("CA", "M1") + ack("CA", "M2"), after(250), ack("AE", "M1") + ack("AE", "M2")],
  },
  {
    what: "is the application's first",
    rules: ['[{enhanced: {commit: "CA after 200ms", application: "AA after 150ms", order: reversed}}]'],
    sees: [after(150), ack("AA", "M1"), after(200), ack("CA", "M1")],
  },
  { what: "is the one alone", rules: ["[{enhanced: {commit: CR}}]"], sees: [ack("CR", "M1")] },
  { what: "is the one alone", rules: ["[{enhanced: {application: AR, on: same}}]"], sees: [ack("AR", "M1")] },
  {
    what: "are both seen, with what is said in the application's",
    rules: ["[{reply: {text: Too late, enhanced: {commit: CA, application: AE}}}]"],
    sees: [ack("CA", "M1") + ack("AE", "M1", { text: "Too late" })],
  },
  ...["endpoint", "new_connection"].map((on): Row => ({
    what: "is the commit here, and the application's there",
    rules: [`[{enhanced: {commit: CA, application: "AA after 150ms", on: ${on}, via: "tcp://PLACE"}}]`],
    async play(stage) {
      const observer = await stage.send("M1");
      const peer = await stage.place.caller(1);
      await peer.until(() => plain(peer.bytes) === say("M1"), "the application's acknowledgement");
      assert.ok(peer.reads[0].atMs - observer.sinceMs >= 145);
      if (on === "new_connection") assert.equal(await peer.ended(), "FIN");
      else assert.equal(peer.end, null);
      await expectSeen(observer, [ack("CA", "M1")]);
    },
  })),
];

/** Messages, and where they and their replies go. */
export const semanticsTables: readonly Table[] = [
  { name: "what becomes of messages", journal: true, rows: semantics },
  { name: "one processor", journal: true, oneByOne: true, rows: processor },
  { name: "elsewhere", journal: true, rows: elsewhere },
];
