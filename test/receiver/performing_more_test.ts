/** What steps do where several things come together: heals, phases, a journal that fails, the end of the receiver. In memory. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { test } from "node:test";
import { Journal } from "../../receiver/journal/journal.ts";
import { acks, adt, Bench, framed } from "./caller.ts";
import { FakeFile } from "./journal/fake_file.ts";

const rule = (steps: string, more = "") =>
  `{version: 1, rules: [{id: all, do: ${steps}}]${more === "" ? "" : `, ${more}`}}`;
const send = (...ids: string[]) => ids.map((id) => framed(adt(id))).join("");

/** A port of the system where messages come and nothing is said. */
async function silentPort(): Promise<{ port: number; server: Server; came: () => string }> {
  let text = "";
  const server = createServer((socket) => {
    socket.on("data", (chunk: Uint8Array) => text += Buffer.from(chunk).toString("latin1"));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as { port: number }).port, server, came: () => text };
}

/** A bench with a journal in a file of the test's. */
function journalled(scenario: string, file = new FakeFile(), fsync = false): Bench & { file: FakeFile } {
  const journal = new Journal({ file, fsync });
  return Object.assign(new Bench(scenario, { journal }), { file });
}

test("Receiver goes on where everybody may be held by default and only one by the limits", async () => {
  const bench = new Bench("{version: 1, defaults: {reply: none}, limits: {held_connections: 1}}");
  const [one, other] = [bench.call(), bench.call()];
  one.write(send("M1"));
  other.write(send("M2"));
  await bench.settle();
  assert.deepEqual(bench.outcomes(), ["M1 held", "M2 held"]);
  await bench.receiver.stop();
});

test("Receiver counts a late reply's wait from the message's arrival when nobody listens to its events", async () => {
  for (const steps of ["[{late: 2s}]", "[{process_time: 2s}, reply]"]) {
    const bench = new Bench(rule(steps), { observer: { event: () => {}, wantsMessage: () => false } });
    const caller = bench.call();
    await bench.pass(5000);
    caller.write(send("M1"));
    await bench.pass(1990);
    assert.equal(caller.text, "", steps);
    await bench.pass(20);
    assert.deepEqual(acks(caller.text), ["AA M1"]);
    await bench.receiver.stop();
  }
});

test("Receiver answers once a message that was healed while it waited for another receiver", async () => {
  const { port, server } = await silentPort();
  const bench = new Bench(rule(`[{forward: {to: "tcp://127.0.0.1:${port}", timeout: 3s}}]`));
  const caller = bench.call();
  caller.write(send("M1"));
  await bench.settle();
  assert.equal(bench.receiver.heal(), 1);
  await bench.pass(5000);
  assert.deepEqual(acks(caller.text), ["AA M1"]);
  assert.equal(bench.receiver.summary.replies.AE, undefined);
  await bench.receiver.stop();
  await new Promise((resolve) => server.close(resolve));
});

test("Receiver serves who waited for room when it is healed", async () => {
  const bench = new Bench(
    "{version: 1, rules: [{id: room, on: open, do: [{limit: {concurrent: 1, then: queue}}]}]}",
  );
  const [one, other] = [bench.call(), bench.call()];
  one.write(send("M1"));
  other.write(send("M2"));
  await bench.settle();
  assert.equal(other.text, "");
  bench.receiver.heal();
  await bench.settle();
  assert.deepEqual(acks(other.text), ["AA M2"]);
  await bench.receiver.stop();
});

test("Receiver has room again when a connection is closed, however long its client takes to go", async () => {
  const bench = new Bench("{version: 1, rules: [{id: room, on: open, do: [{limit: {concurrent: 1, then: close}}]}]}");
  const [one, refused] = [bench.call(), bench.call()];
  await refused.untilEnded();
  assert.equal(bench.receiver.open, 2, "the one that was refused lingers");
  one.stream.end();
  await bench.settle();
  const next = bench.call();
  next.write(send("M1"));
  await bench.settle();
  assert.deepEqual(acks(next.text), ["AA M1"]);
  refused.stream.end();
  next.stream.end();
  await bench.receiver.stop();
});

test("Receiver that stops waits for a paced reply as long as its pace takes, and 5 s more for a peer that does not read", async () => {
  const bench = new Bench(rule("[{reply: {code: AA, drip: {chunks: 4, over: 3s}, mutate: [{pad_to: 2MB}]}}]"));
  const caller = bench.call();
  caller.stream.pause();
  caller.write(send("M1"));
  await bench.settle();
  const stopped = bench.receiver.stop({ finish: true });
  await bench.pass(7990);
  assert.deepEqual(bench.of("fault"), []);
  await bench.pass(20);
  const [{ code, detail }] = bench.of("fault");
  assert.equal(code, "undelivered");
  assert.match(detail, /^The receiver stops, and the rest of a reply was not read within 5 s$/);
  caller.stream.resume();
  caller.stream.end();
  await stopped;
  assert.equal(bench.clock.next(), Infinity, "no timer is left");
});

test("Receiver that stops finishes a paced reply at its pace for a peer that reads", async () => {
  const bench = new Bench(rule("[{reply: {code: AA, drip: {chunks: 4, over: 30s}}}]"));
  const caller = bench.call();
  caller.write(send("M1"));
  await bench.settle();
  const stopped = bench.receiver.stop({ finish: true });
  await bench.pass(30_010);
  await caller.untilEnded();
  assert.deepEqual(acks(caller.text), ["AA M1"]);
  assert.deepEqual(bench.of("fault"), []);
  caller.stream.end();
  await stopped;
});

test("Receiver tells of a healed message that it was, after the event of its silence", async () => {
  const bench = new Bench(rule("[hold]"), { live: true });
  const caller = bench.call();
  caller.write(send("M1"));
  await bench.settle();
  bench.receiver.heal();
  caller.write(send("M2"));
  await bench.settle();
  const told = bench.of("message").map(({ n, outcome, healed = null }) => [n, outcome, healed]);
  assert.deepEqual(told, [[1, "held", null], [1, "replied", true], [2, "held", null]]);
  await bench.receiver.stop();
});

test("Receiver acknowledges with a wrong id none of the messages that have come", async () => {
  const bench = new Bench(rule("[{delay: 1s}, {reply: {code: AA, control_id: wrong}}]"));
  const caller = bench.call();
  const ids = ["1", "2", "3", "4", "5", "6", "7", "8"];
  caller.write(send(...ids));
  await bench.pass(1010);
  const said = acks(caller.text).map((ack) => ack.slice("AA ".length));
  assert.equal(said.length, ids.length);
  assert.deepEqual(said.filter((id) => ids.includes(id)), []);
  assert.deepEqual(said.filter((id) => !/^([09]|\d{2})$/.test(id)), [], "of the same length where there is one left");
  await bench.receiver.stop();
});

test("Receiver lets go of a connection that got room and was closed by its client", async () => {
  const bench = new Bench(
    "{version: 1, rules: [{id: room, on: open, do: [{limit: {concurrent: 1, then: queue}}, {greet: hello}]}]}",
  );
  const [one, other] = [bench.call(), bench.call()];
  one.write(send("M1"));
  other.write(send("M2"));
  await bench.settle();
  one.stream.end();
  await bench.settle();
  assert.match(other.text, /^hello/, "the steps behind the wait are done");
  other.stream.end();
  await bench.settle();
  assert.equal(bench.receiver.open, 0);
  await bench.receiver.stop();
});

test("Receiver counts a message once that stays held over the ends of phases", async () => {
  const bench = new Bench(
    "{version: 1, defaults: {reply: none}, phases: [{name: a, for: 1s}, {name: b, for: 1s}, {name: c, for: 1s}]}",
  );
  bench.receiver.course.start();
  const caller = bench.call();
  caller.write(send("M1"));
  await bench.pass(4000);
  assert.deepEqual(bench.outcomes(), ["M1 held"]);
  assert.equal(bench.receiver.summary.held, 1);
  await bench.receiver.stop();
});

test("Receiver ends the waits of a phase with it, a profile's too, and no others", async () => {
  const bench = new Bench(
    `{version: 1, profiles: {slow: [{delay: 1h}]},
      rules: [{id: late, when: {MSH-10: M2}, do: [{late: 3s}]}],
      phases: [{name: a, for: 1s, use: [slow], rules: [{id: mine, when: {MSH-10: M3}, do: [{late: 1h}]}]}, {name: b, for: 1h}]}`,
  );
  bench.receiver.course.start();
  const caller = bench.call();
  caller.write(send("M1", "M3"));
  await bench.pass(990);
  assert.equal(caller.text, "");
  await bench.pass(20);
  assert.deepEqual(acks(caller.text).sort(), ["AA M1", "AA M3"]);
  await bench.receiver.stop();

  const other = new Bench(
    `{version: 1, rules: [{id: late, do: [{late: 3s}]}], phases: [{name: a, for: 1s}, {name: b, for: 1h}]}`,
  );
  other.receiver.course.start();
  const client = other.call();
  client.write(send("M1"));
  await other.pass(2900);
  assert.equal(client.text, "");
  await other.pass(200);
  assert.deepEqual(acks(client.text), ["AA M1"]);
  await other.receiver.stop();
});

test("Receiver stops after the replies in hand, and what has no end is none", async () => {
  const bench = new Bench(rule("[{mutate: endless}]"));
  const caller = bench.call();
  caller.write(send("M1"));
  await bench.settle();
  await Promise.all([bench.receiver.stop({ finish: true }), bench.pass(1000)]);
  assert.equal(bench.receiver.open, 0);
});

test("Receiver reads no further when so many of a connection's messages wait aside", async () => {
  const bench = new Bench(rule("[{late: 5s}]", "limits: {max_pending: 4}"));
  const caller = bench.call();
  for (let n = 1; n <= 20; n++) {
    caller.write(send(`M${n}`));
    await bench.settle();
  }
  assert.equal(bench.receiver.connections[0].waiting, 4);
  await bench.pass(60_000);
  assert.equal(acks(caller.text).length, 20);
  await bench.receiver.stop();
});

test("Receiver exchanges nothing with a connection that is over", async () => {
  const bench = new Bench(
    "{version: 1, rules: [{id: s, when: {MSH-10: {starts: S}}, do: [swap]}, {id: c, do: [close]}]}",
  );
  const [one, other] = [bench.call(), bench.call()];
  // It lingers until its client has ended, too.
  one.stream.pause();
  one.write(send("S1", "C1"));
  await bench.settle();
  other.write(send("S2"));
  await bench.pass(11_000);
  assert.deepEqual(acks(other.text), ["AA S2"]);
  one.stream.resume();
  await bench.receiver.stop();
});

test("Receiver knows a message again however it was answered", async () => {
  const ways = [
    "reply",
    "{split_at: end_block}",
    "{drip: {bytes: 50, every: 10ms}}",
    "{send: {part: 50%}}, {send: end_data}",
    "{join: {count: 2, within: 100ms}}",
    "{swap: {within: 100ms}}",
    "{late: 100ms}",
  ];
  for (const way of ways) {
    const bench = new Bench(rule(`[{duplicate: AE}, ${way}]`));
    const caller = bench.call();
    caller.write(send("M1"));
    await bench.pass(500);
    caller.write(send("M1"));
    await bench.pass(500);
    assert.deepEqual(acks(caller.text), ["AA M1", "AE M1"], way);
    await bench.receiver.stop();
  }
});

test("Receiver accepts in no way what its journal cannot take", async () => {
  const { port, server, came } = await silentPort();
  const ways = [
    "reply",
    `{forward: "tcp://127.0.0.1:${port}"}`,
    `{reply: {code: AA, via: "tcp://127.0.0.1:${port}"}}`,
    "{send: {part: 50%}}, {delay: 10ms}, {send: rest}, {send: end_data}",
    "{send: end_data}",
    "{drip: {bytes: 50, every: 10ms}}",
    "{join: 2}",
    "{swap: {within: 1h}}",
    "{reorder: 2}",
  ];
  for (const way of ways) {
    const bench = journalled(
      rule(`[${way}]`),
      Object.assign(new FakeFile(), { full: "no space left on the device" }),
    );
    const caller = bench.call();
    caller.write(send("M1"));
    await bench.pass(500);
    assert.deepEqual(acks(caller.text), ["AE M1"], way);
    assert.equal(bench.receiver.connections[0].waiting, 0, way);
    await bench.receiver.stop();
  }
  assert.equal(came(), "");
  await new Promise((resolve) => server.close(resolve));
});

test("Receiver with a journal repeats the acknowledgement of the message before, though both came at once", async () => {
  const bench = journalled("{version: 1, rules: [{id: again, when: {MSH-10: M2}, do: [stale]}]}");
  const caller = bench.call();
  caller.write(send("M1", "M2"));
  await bench.settle();
  assert.deepEqual(acks(caller.text), ["AA M1", "AA M1"]);
  await bench.receiver.stop();
});

test("Receiver heals what its journal is still writing, and the journal says what was sent", async () => {
  const ways = [
    "{drip: {bytes: 1, every: 1h}}",
    "{late: 1h}",
    "{join: {count: 9, within: 1h}}",
    "{reply: AE}, {delay: 1h}",
  ];
  for (const way of ways) {
    const bench = journalled(rule(`[${way}]`), Object.assign(new FakeFile(), { slow: true }), true);
    const caller = bench.call();
    caller.write(send("M1"));
    await bench.settle();
    bench.receiver.heal();
    bench.file.slow = false;
    bench.file.release();
    await bench.settle();
    assert.deepEqual(acks(caller.text), ["AA M1"], way);
    await bench.receiver.stop();
    const said = bench.file.lines.filter(({ n }) => n === 1).map(({ reply }) => reply?.code ?? []);
    assert.deepEqual(said.at(-1), ["AA"], way);
  }
});

test("Receiver commits a message of MLLP 2 before it answers aside, and refuses what it cannot write down", async () => {
  const scenario = '{version: 1, listeners: [{endpoint: ":0", framing: mllp2}], rules: [{id: all, do: [{join: 2}]}]}';
  const ack = "\v\u0006\u001c\r";
  const bench = new Bench(scenario);
  const caller = bench.call();
  caller.write(send("M1", "M2"));
  await bench.settle();
  assert.ok(caller.text.startsWith(ack + ack));
  assert.deepEqual(acks(caller.text), ["AA M1", "AA M2"]);
  await bench.receiver.stop();

  const failing = journalled(scenario, Object.assign(new FakeFile(), { full: "no space left on the device" }));
  const client = failing.call();
  client.write(send("M1"));
  await failing.settle();
  assert.equal(client.text, "\v\u0015\u001c\r");
  await failing.receiver.stop();
});

test("Receiver with a journal sends both acknowledgements of enhanced mode, or refuses in both", async () => {
  const scenario = rule("[{enhanced: {commit: CA, application: AA after 1s}}]");
  for (
    const [full, said] of [[null, ["CA M1", "AA M1"]], ["no space left on the device", ["CE M1", "AE M1"]]] as const
  ) {
    const bench = journalled(scenario, Object.assign(new FakeFile(), { full }));
    const caller = bench.call();
    caller.write(send("M1"));
    await bench.pass(900);
    assert.deepEqual(acks(caller.text), said.slice(0, 1));
    await bench.pass(200);
    assert.deepEqual(acks(caller.text), said);
    await bench.receiver.stop();
  }
});
