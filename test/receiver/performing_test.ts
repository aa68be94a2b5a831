/** What steps do on a connection, in memory and on a clock that stands still: bytes, times, order, ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { acks, adt, Bench, type Caller, framed } from "./caller.ts";

/** A receiver whose one rule does this with every message. */
function doing(steps: string, more = ""): Bench {
  return new Bench(`{version: 1, rules: [{id: all, do: ${steps}}]${more === "" ? "" : `, ${more}`}}`);
}

/** What comes, with its time, each piece for itself. */
function timeline(bench: Bench, caller: Caller): [atMs: number, text: string][] {
  const seen: [number, string][] = [];
  caller.stream.on("data", (chunk: Uint8Array) => {
    seen.push([bench.clock.now(), Buffer.from(chunk).toString("latin1")]);
  });
  return seen;
}

test("Receiver sends the parts of a reply with the pauses between them", async () => {
  const bench = doing(
    "[{delay: 10ms}, {send: start}, {delay: 20ms}, {send: {part: 50%}}, {delay: 30ms}, {send: rest}, {delay: 40ms}, {send: end_block}, {delay: 50ms}, {send: end_data}]",
  );
  const caller = bench.call();
  const seen = timeline(bench, caller);
  caller.write(framed(adt("M1")));
  await bench.pass(200);
  assert.deepEqual(seen.map(([at]) => at), [10, 30, 60, 100, 150]);
  assert.equal(seen[0][1], "\v");
  assert.deepEqual(seen.slice(3).map(([, text]) => text), ["\u001c", "\r"]);
  assert.deepEqual(acks(caller.text), ["AA M1"]);
  assert.deepEqual(bench.outcomes(), ["M1 replied"]);
  await bench.receiver.stop();
});

test("Receiver drips a reply byte by byte", async () => {
  const bench = doing("[{reply: {code: AE, drip: {bytes: 1, every: 20ms}}}]");
  const caller = bench.call();
  const seen = timeline(bench, caller);
  caller.write(framed(adt("M1")) + framed(adt("M2")));
  await bench.pass(30_000);
  assert.ok(seen.every(([, text]) => text.length === 1));
  assert.ok(seen.slice(1, 50).every(([at], i) => at - seen[i][0] === 20));
  assert.deepEqual(acks(caller.text), ["AE M1", "AE M2"], "the second begins when the first has left");
  await bench.receiver.stop();
});

test("Receiver splits a frame between its two end bytes", async () => {
  const bench = doing("[{split_at: end_block}]");
  const caller = bench.call();
  const seen = timeline(bench, caller);
  caller.write(framed(adt("M1")));
  await bench.pass(100);
  assert.equal(seen.length, 2);
  assert.ok(seen[0][1].endsWith("\r\u001c"));
  assert.equal(seen[1][1], "\r");
  await bench.receiver.stop();
});

test("Receiver delivers a late reply after that of a newer message", async () => {
  const bench = new Bench(
    "{version: 1, rules: [{id: late, trigger: {first: 1}, do: [{reply: {code: AA, late: 12s}}]}]}",
  );
  const caller = bench.call();
  const seen = timeline(bench, caller);
  caller.write(framed(adt("M1")) + framed(adt("M2")));
  await bench.pass(12_010);
  assert.deepEqual(acks(caller.text), ["AA M2", "AA M1"]);
  assert.deepEqual(seen.map(([at]) => at), [0, 12_000]);
  await bench.receiver.stop();
});

test("Receiver sends the previous acknowledgement again, byte for byte", async () => {
  const bench = new Bench("{version: 1, rules: [{id: stale, trigger: {every: 2}, do: [{reply: {stale: true}}]}]}");
  const caller = bench.call();
  caller.write(framed(adt("M1")));
  await bench.settle();
  const first = caller.text;
  caller.write(framed(adt("M2")));
  await bench.settle();
  assert.equal(caller.text, first + first);
  await bench.receiver.stop();
});

test("Receiver says another id than the message's", async () => {
  const id = async (word: string) => {
    const bench = doing(`[{reply: {control_id: ${word}}}]`);
    const caller = bench.call();
    caller.write(framed(adt("M1")));
    await bench.settle();
    caller.write(framed(adt("M2")));
    await bench.settle();
    await bench.receiver.stop();
    return acks(caller.text);
  };
  assert.deepEqual(await id("empty"), ["AA ", "AA "]);
  assert.deepEqual(await id("previous"), ["AA ", "AA M1"]);
  assert.deepEqual(await id("OTHER"), ["AA OTHER", "AA OTHER"]);
  const wrong = await id("wrong");
  assert.ok(wrong.every((ack) => /^AA .+/.test(ack)) && !wrong.includes("AA M1") && !wrong.includes("AA M2"));
});

test("Receiver sends a reply two times", async () => {
  const bench = doing("[twice]");
  const caller = bench.call();
  caller.write(framed(adt("M1")));
  await bench.settle();
  assert.deepEqual(acks(caller.text), ["AA M1", "AA M1"]);
  await bench.receiver.stop();
});

test("Receiver answers several messages in one write, and in another order", async () => {
  for (const [step, order] of [["{join: 3}", ["M1", "M2", "M3"]], ["{reorder: 3}", ["M3", "M2", "M1"]]] as const) {
    const bench = doing(`[${step}]`);
    const caller = bench.call();
    const seen = timeline(bench, caller);
    caller.write(framed(adt("M1")) + framed(adt("M2")));
    await bench.settle();
    assert.equal(caller.text, "");
    caller.write(framed(adt("M3")));
    await bench.settle();
    assert.deepEqual(acks(caller.text), order.map((id) => `AA ${id}`));
    if (step === "{join: 3}") assert.equal(seen.length, 1);
    await bench.receiver.stop();
  }
});

test("Receiver sends what waits for others alone when its time is over", async () => {
  const bench = doing("[{join: {count: 3, within: 1s}}]");
  const caller = bench.call();
  caller.write(framed(adt("M1")));
  await bench.pass(990);
  assert.equal(caller.text, "");
  await bench.pass(20);
  assert.deepEqual(acks(caller.text), ["AA M1"]);
  await bench.receiver.stop();
});

test("Receiver swaps the replies of two connections", async () => {
  const bench = doing("[swap]");
  const [one, two] = [bench.call(), bench.call()];
  one.write(framed(adt("M1")));
  await bench.settle();
  two.write(framed(adt("M2")));
  await bench.settle();
  assert.deepEqual([acks(one.text), acks(two.text)], [["AA M2"], ["AA M1"]]);
  await bench.receiver.stop();
});

test("Receiver damages the frame as told", async () => {
  const bench = doing('[{reply: {code: AA, mutate: [drop_end_data, {prefix: "0d0a"}]}}]');
  const caller = bench.call();
  caller.write(framed(adt("M1")));
  await bench.settle();
  assert.ok(caller.text.startsWith("\r\n\vMSH|"));
  assert.ok(caller.text.endsWith("\r\u001c"));
  await bench.receiver.stop();
});

test("Receiver sends an endless frame only as fast as it is read, and ends it when healed", async () => {
  const bench = doing("[{mutate: [endless]}]", "phases: [{name: ill, for: 1s}]");
  const caller = bench.call();
  caller.write(framed(adt("M1")));
  await bench.settle();
  assert.ok(caller.text.length > 10_000);
  await bench.pass(1000);
  const { length } = caller.text;
  await bench.pass(1000);
  assert.ok(length < 500e6);
  await bench.receiver.stop();
});

test("Receiver gives both acknowledgements of the enhanced mode their own time", async () => {
  const bench = doing('[{enhanced: {commit: "CA after 50ms", application: "AA after 3s"}}]');
  const caller = bench.call();
  const seen = timeline(bench, caller);
  caller.write(framed(adt("M1")) + framed(adt("M2")));
  await bench.pass(4000);
  assert.deepEqual(acks(caller.text), ["CA M1", "CA M2", "AA M1", "AA M2"]);
  assert.equal(seen[0][0], 50);
  await bench.receiver.stop();
});

test("Receiver loses a reply, or a message, without a word and stays open", async () => {
  for (const [step, outcome] of [["hold", "held"], ["drop_reply", "reply_lost"], ["discard", "discarded"]]) {
    const bench = doing(`[${step}]`);
    const caller = bench.call();
    caller.write(framed(adt("M1")));
    await bench.pass(60_000);
    assert.equal(caller.text, "");
    assert.equal(caller.ended, null);
    assert.deepEqual(bench.outcomes(), [`M1 ${outcome}`]);
    await bench.receiver.stop();
  }
});

test("Receiver half closes: FIN, and it reads on", async () => {
  const bench = doing("[{reply: AA}, half_close]");
  const caller = bench.call();
  caller.stream.removeAllListeners("end");
  let ended = false;
  caller.stream.on("end", () => ended = true);
  caller.write(framed(adt("M1")));
  await bench.settle();
  assert.deepEqual(acks(caller.text), ["AA M1"]);
  assert.equal(ended, true);
  caller.write(framed(adt("M2")));
  await bench.settle();
  assert.deepEqual(bench.outcomes(), ["M1 fin", "M2 held"]);
  caller.stream.end();
  await bench.receiver.stop();
});

test("Receiver keeps to a rate out, and closes only when all has left", async () => {
  const bench = doing("[{rate: {out: 100/s}}, {reply: AA}, close]".replace("100/s", "100B/s"));
  const caller = bench.call();
  const seen = timeline(bench, caller);
  caller.write(framed(adt("M1")));
  await bench.pass(3000);
  assert.deepEqual(acks(caller.text), ["AA M1"]);
  const lastAt = seen[seen.length - 1][0];
  assert.ok(Math.abs(lastAt - caller.text.length * 10) <= 60, `${caller.text.length} bytes took ${lastAt} ms`);
  assert.equal(caller.ended, "fin");
  await bench.receiver.stop();
});

test("Receiver greets, and serves late", async () => {
  const bench = new Bench(
    '{version: 1, rules: [{id: hello, on: open, do: [{greet: "READY\\r\\n"}, {accept_delay: 2s}]}]}',
  );
  const caller = bench.call();
  caller.write(framed(adt("M1")));
  await bench.pass(1990);
  assert.equal(caller.text, "READY\r\n");
  await bench.pass(20);
  assert.deepEqual(acks(caller.text), ["AA M1"]);
  await bench.receiver.stop();
});

test("Receiver limits the connections of a listener, and serves who waits when there is room", async () => {
  const bench = new Bench(
    "{version: 1, rules: [{id: two, on: open, do: [{limit: {concurrent: 2, then: queue}}]}]}",
  );
  const callers = [bench.call(), bench.call(), bench.call()];
  for (const [i, caller] of callers.entries()) caller.write(framed(adt(`M${i}`)));
  await bench.pass(100);
  assert.deepEqual(callers.map(({ text }) => acks(text).length), [1, 1, 0]);
  callers[0].stream.end();
  await bench.pass(100);
  assert.deepEqual(acks(callers[2].text), ["AA M2"]);
  await bench.receiver.stop();
});

test("Receiver ends a connection after so many messages", async () => {
  const bench = new Bench(
    "{version: 1, rules: [{id: tired, on: open, do: [{close: {after: {messages: 2}}}]}]}",
  );
  const caller = bench.call();
  caller.write(framed(adt("M1")));
  await bench.settle();
  assert.equal(caller.ended, null);
  caller.write(framed(adt("M2")));
  await caller.untilEnded();
  assert.deepEqual(acks(caller.text), ["AA M1", "AA M2"]);
  await bench.receiver.stop();
});

test("Receiver refuses what goes over the quota, and answers duplicates as before", async () => {
  const quota = doing("[{quota: {rate: 2/s, then: AR}}, {reply: AA}]");
  const caller = quota.call();
  caller.write(["M1", "M2", "M3"].map((id) => framed(adt(id))).join(""));
  await quota.settle();
  assert.deepEqual(acks(caller.text), ["AA M1", "AA M2", "AR M3"]);
  await quota.receiver.stop();

  const cached = doing("[{duplicate: cached_ack}, {reply: AA}]");
  const again = cached.call();
  again.write(framed(adt("M1")));
  await cached.settle();
  const first = again.text;
  again.write(framed(adt("M1")));
  await cached.settle();
  assert.equal(again.text, first + first, "the very same bytes");
  await cached.receiver.stop();
});

test("Receiver works at one message after the other where its time counts", async () => {
  const bench = doing("[{process_time: 100ms}, {reply: AA}]");
  const callers = [bench.call(), bench.call()];
  const seen = callers.map((caller) => timeline(bench, caller));
  for (const [i, caller] of callers.entries()) caller.write(framed(adt(`M${i}`)));
  await bench.pass(300);
  assert.deepEqual(seen.map(([[at]]) => at), [100, 200]);
  await bench.receiver.stop();
});

test("Receiver that is healed answers what was held, ends waits and gives what follows its default", async () => {
  const bench = new Bench(
    "{version: 1, phases: [{name: ill, for: 10s, rules: [{id: silence, when: {MSH-10: M1}, do: [hold]}, {id: slow, do: [{delay: 1h}, {reply: AE}]}]}]}",
  );
  const { receiver } = bench;
  receiver.course.start();
  const caller = bench.call();
  caller.write(framed(adt("M1")) + framed(adt("M2")));
  await bench.pass(9990);
  assert.equal(caller.text, "");
  await bench.pass(20);
  assert.deepEqual(acks(caller.text).sort(), ["AA M1", "AA M2"]);
  caller.write(framed(adt("M3")));
  await bench.settle();
  assert.deepEqual(acks(caller.text).slice(2), ["AA M3"]);
  assert.equal(bench.clock.next(), Infinity, "no timer is left");
  await receiver.stop();
});

test("Receiver refuses a message in the lower layer alone where a rule says no more", async () => {
  const bench = new Bench(
    '{version: 1, listeners: [{endpoint: "tcp://127.0.0.1:0", framing: mllp2}], rules: [{id: no, do: [{link_commit: nak}]}]}',
  );
  const caller = bench.call();
  caller.write(framed(adt("M1")));
  await bench.settle();
  assert.equal(caller.text, framed("\u0015"));
  assert.deepEqual(bench.outcomes(), ["M1 refused"]);
  await bench.receiver.stop();
});

test("Receiver undoes at the end of a phase what its rules did to a connection, and nothing else", async () => {
  const rate = (id: string) => `{id: ${id}, on: open, do: [{rate: {out: 1000B/s}}]}`;
  const slow = async (scenario: string) => {
    const bench = new Bench(scenario);
    bench.receiver.course.start();
    const caller = bench.call();
    await bench.pass(1010);
    const seen = timeline(bench, caller);
    caller.write(framed(adt("M1")));
    await bench.pass(1000);
    await bench.receiver.stop();
    return seen.length > 1;
  };
  assert.equal(await slow(`{version: 1, phases: [{name: ill, for: 1s, rules: [${rate("a")}]}]}`), false);
  assert.equal(await slow(`{version: 1, rules: [${rate("a")}], phases: [{name: ill, for: 1s}]}`), true);
});
