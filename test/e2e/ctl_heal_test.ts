/**
 * `mllp ctl heal` and `mllp ctl reset` on the compiled binary: whatever a message waits for, heal answers it, and reset drops it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { acks, type Caller } from "../receiver/caller.ts";
import { messages, withReceiver } from "./controlled.ts";

const timeout = 60_000;

/** A scenario whose one rule does this with messages whose id begins with H. */
const held = (steps: string) => `{version: 1, rules: [{id: held, when: {MSH-10: {starts: H}}, do: ${steps}}]}`;

/** What a message may wait for, and what it has got when it is healed: the default reply, or what had been begun. */
const WAITS: readonly (readonly [what: string, scenario: string, acks: readonly string[]])[] = [
  ["is held", held("[hold]"), ["AA H1"]],
  ["is held before a close", held("[hold, {close: {after: 1h}}]"), ["AA H1"]],
  ["is delayed", held("[{delay: 1h}, {reply: AE}]"), ["AA H1"]],
  ["is dripped", held("[{reply: {code: AE, drip: {bytes: 1, every: 1h}}}]"), ["AE H1"]],
  ["is late", held("[{reply: {code: AE, late: 1h}}]"), ["AA H1"]],
  ["waits to be joined", held("[{join: 3}]"), ["AA H1"]],
  ["waits to be reordered", held("[{reorder: 3}]"), ["AA H1"]],
  ["waits to be swapped", held("[swap]"), ["AA H1"]],
  ["is sent in parts", held("[{send: {part: 50%}}, {delay: 1h}, {send: rest}]"), ["AA H1"]],
  ["is processed", held("[{process_time: 1h}, {reply: AE}]"), ["AA H1"]],
  ["leaves at a low rate", held("[{rate: {out: 1B/s}}, {reply: AE}]"), ["AE H1"]],
  [
    "waits between its two acknowledgements",
    held("[{enhanced: {commit: CA, application: AE after 1h}}]"),
    ["CA H1", "AE H1"],
  ],
  ["waits as long as the defaults say", "{version: 1, defaults: {reply: AA, delay: 1h}}", ["AA H1"]],
];

for (const [what, scenario, wanted] of WAITS) {
  test(`mllp ctl heal answers a message that ${what}`, { timeout }, async () => {
    await withReceiver(scenario, async (receiver) => {
      const caller = await receiver.call();
      caller.write(messages("H1"));
      await receiver.received(1);
      await receiver.done("heal");
      await caller.untilAcks(wanted.length);
      assert.deepEqual(acks(caller.text), wanted);
      assert.equal(caller.text.split("\u001c\r").length - 1, wanted.length);
      if (scenario.includes("defaults")) return;
      caller.write(messages("H2"));
      await caller.untilAcks(wanted.length + 1);
      assert.deepEqual(acks(caller.text), [...wanted, "AA H2"]);
    });
  });
}

/** What somebody may wait for without a message, and what goes on when it is healed. */
test(
  "mllp ctl heal reads a connection that waits to be taken, is not read, or is one too many",
  { timeout },
  async () => {
    for (const steps of ["{accept_delay: 1h}", "stop_reading", "{limit: {concurrent: 1, then: queue}}"]) {
      await withReceiver(
        `{version: 1, rules: [{id: opening, on: open, trigger: {after: 1}, do: [${steps}]}]}`,
        async (r) => {
          await r.ask("M1");
          const second = await r.call();
          second.write(messages("M2"));
          await r.opened(2);
          assert.equal(second.text, "", steps);
          await r.done("heal");
          await second.untilAcks(1);
          assert.deepEqual(acks(second.text), ["AA M2"], steps);
        },
      );
    }
  },
);

/** Ways to hold back, on one connection: the first reply has begun to leave, the others wait behind it. */
const QUEUES = [
  "[{reply: {code: AE, drip: {bytes: 1, every: 1h}}}]",
  "[{send: {part: 50%}}, {delay: 1h}, {send: rest}]",
  "[{delay: 1h}, {reply: AE}]",
  "[hold, {close: {after: 1h}}]",
];

for (const steps of QUEUES) {
  test(`mllp ctl heal answers all that wait where a journal is kept: ${steps}`, { timeout }, async () => {
    await withReceiver(held(steps), async (receiver, folder) => {
      const caller = await receiver.call();
      caller.write(messages("H1", "H2", "H3"));
      await receiver.received(3);
      await receiver.json("wait", "{count: {when: {MSH-10: {starts: H}}, is: 3}}");
      await receiver.done("heal");
      await caller.untilAcks(3);
      const replies = acks(caller.text);
      assert.deepEqual(replies.slice(1), ["AA H2", "AA H3"]);
      await receiver.running.stop();
      const entries = readFileSync(join(folder, "received.ndjson"), "utf8").trim().split("\n").map((line) =>
        JSON.parse(line)
      );
      for (const [i, ack] of replies.entries()) {
        const last = entries.findLast(({ n, reply }) => n === i + 1 && reply !== undefined);
        assert.deepEqual([last.outcome, last.reply.code], ["replied", [ack.slice(0, 2)]], ack);
      }
      assert.equal(entries.filter(({ note, what }) => note === "change" && what === "heal").length, 1);
    }, (folder) => ["--journal", join(folder, "received.ndjson"), "--fsync"]);
  });
}

test("mllp ctl heal answers each of 1,000 connections with replies held back", { timeout }, async (t) => {
  const rules = "[{id: held, when: {type: ADT^A01}, do: [hold]}, {id: slow, do: [{delay: 1h}, {reply: AE}]}]";
  await withReceiver(`{version: 1, rules: ${rules}}`, async (receiver) => {
    const callers: Caller[] = [];
    for (let i = 0; i < 1000; i += 100) {
      const some = await Promise.all(Array.from({ length: 100 }, () => receiver.call()));
      for (const caller of some) caller.write(messages("H") + messages("S").replace("ADT^A01", "ADT^A08"));
      callers.push(...some);
    }
    await receiver.received(2000);
    assert.ok(callers.every((caller) => caller.text === ""));
    const before = performance.now();
    assert.deepEqual(await receiver.json("heal"), { released: 2000 });
    await Promise.all(callers.map((caller) => caller.untilAcks(2)));
    t.diagnostic(`${Math.round(performance.now() - before)} ms, mllp ctl included`);
    for (const caller of callers) assert.deepEqual(acks(caller.text).sort(), ["AA H", "AA S"]);
    const { totals } = await receiver.json("status");
    assert.equal(totals.replies.AA, 2000);
    for (const caller of callers) caller.stream.destroy();
  });
});

test("mllp ctl heal leaves rules off until they are put in force again, and is a note", { timeout }, async () => {
  await withReceiver(held("[{reply: AE}]"), async (receiver) => {
    assert.deepEqual(acks((await receiver.ask("H1")).text), ["AE H1"]);
    assert.match(await receiver.done("heal"), /^done; nothing was held back$/m);
    await receiver.heard("change", '"what":"heal"');
    assert.match(await receiver.done("rule", "list"), /^held +healed +acted 1/m);
    assert.deepEqual(acks((await receiver.ask("H2")).text), ["AA H2"]);
    await receiver.done("rule", "enable", "held");
    assert.deepEqual(acks((await receiver.ask("H3")).text), ["AE H3"]);
  });
});

/** What is dropped by a reset, and how many that are. */
test("mllp ctl reset drops what waits, ends the connections, and forgets", { timeout }, async () => {
  const rules = [
    "{id: held, when: {MSH-10: {starts: H}}, do: [hold]}",
    "{id: slow, when: {MSH-10: {starts: S}}, do: [{delay: 1h}, {reply: AE}]}",
    "{id: late, when: {MSH-10: {starts: L}}, do: [{reply: {code: AE, late: 1h}}]}",
    "{id: poison, when: {MSH-10: P}, trigger: {first: 1}, in_state: normal, to_state: poisoned, do: [{reply: AR}]}",
  ];
  await withReceiver(`{version: 1, rules: [${rules.join()}]}`, async (receiver) => {
    assert.deepEqual(acks((await receiver.ask("P")).text), ["AR P"]);
    assert.equal((await receiver.json("status")).state, "poisoned");
    const waiting = await Promise.all(["H", "S", "L"].map(async (id) => {
      const caller = await receiver.call();
      caller.write(messages(id));
      return caller;
    }));
    await receiver.received(4);
    assert.deepEqual(await receiver.json("reset"), { released: 3 });
    for (const caller of waiting) {
      await caller.untilEnded();
      assert.deepEqual([caller.text, caller.ended], ["", "fin"]);
    }
    await receiver.heard("change", '"what":"reset"');
    assert.equal((await receiver.json("status")).state, "normal");
    assert.deepEqual((await receiver.json("messages")).messages, []);
    // A counter begins anew, and a message that came before is the first of its kind again.
    await receiver.done("rule", "enable", "poison");
    assert.deepEqual(acks((await receiver.ask("P")).text), ["AR P"]);
    assert.deepEqual(await receiver.json("rule", "show", "poison").then(({ firings }) => firings), 1);
    const [{ attempt }] = (await receiver.json("messages")).messages;
    assert.equal(attempt, 1);
  });
});
