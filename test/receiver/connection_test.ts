/** One connection of the receiver, in memory and on a clock that stands still: order, bounds, damage, ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../lib/clock.ts";
import { parseDelay } from "../../receiver/scenario/delay.ts";
import { parseFault } from "../../receiver/scenario/fault.ts";
import { parseReply } from "../../receiver/scenario/reply.ts";
import { acks, adt, Bench, framed, listener } from "./caller.ts";

test("Receiver answers each message of a chunk, in order, with ids and time of its own", async () => {
  const bench = new Bench();
  const caller = bench.call();
  caller.write(framed(adt("MSG1")) + framed(adt("MSG2")) + framed(adt("MSG3")));
  await caller.untilAcks(3);
  assert.deepEqual(acks(caller.text), ["AA MSG1", "AA MSG2", "AA MSG3"]);
  const headers = [...caller.text.matchAll(/\vMSH\|([^\r]*)/g)].map((match) => match[1].split("|"));
  assert.equal(new Set(headers.map((fields) => fields[8])).size, 3, "MSH-10 is unique");
  for (const fields of headers) {
    assert.deepEqual(fields.slice(1, 5), ["LAB", "MAIN", "ADT", "WARD"]);
    assert.ok(fields[8].length <= 20);
    assert.match(fields[5], /^202601\d{8}/, "MSH-7 is the clock's time");
  }
  await bench.receiver.stop();
});

test("Receiver answers in the order of the messages though later ones are due earlier", async () => {
  const bench = new Bench({ seed: 4, delay: parseDelay("uniform(0ms,1s)") });
  const caller = bench.call();
  const ids = Array.from({ length: 20 }, (_, i) => `MSG${i}`);
  caller.write(ids.map((id) => framed(adt(id))).join(""));
  await bench.pass(1000);
  assert.deepEqual(acks(caller.text), ids.map((id) => `AA ${id}`));
  const waits = bench.of("message").map((event) => event.delayMs);
  assert.ok(waits.some((wait, i) => i > 0 && wait < waits[i - 1]), "some were due before the one ahead");
  await bench.receiver.stop();
});

test("Receiver lets the delays of a connection's messages run side by side", async () => {
  const bench = new Bench({ delay: parseDelay("100ms") });
  const caller = bench.call();
  for (let i = 0; i < 5; i++) caller.write(framed(adt(`MSG${i}`)));
  await bench.pass(90);
  assert.equal(caller.text, "");
  await bench.pass(20);
  assert.equal(acks(caller.text).length, 5, "all after one delay, not one after the other");
  await bench.receiver.stop();
});

test("Receiver gives messages the same fates however connections interleave", async () => {
  const flags = {
    seed: 7,
    reply: parseReply("AA:60,AE:30,AR:10"),
    delay: parseDelay("exponential(20ms)"),
    faults: [parseFault("no-reply:10%")],
  };
  const ids = Array.from({ length: 200 }, (_, i) => `MSG${i}`);
  const fates = async (connections: number) => {
    const bench = new Bench(flags);
    const callers = Array.from({ length: connections }, () => bench.call());
    for (const [i, id] of ids.entries()) callers[i * 7 % connections].write(framed(adt(id)));
    await bench.pass(500);
    await bench.receiver.stop();
    const found = bench.of("message").map(({ controlId, reply, rule, delayMs }) => [controlId, reply, rule, delayMs]);
    return found.sort(([a], [b]) => String(a) < String(b) ? -1 : 1);
  };
  const one = await fates(1);
  assert.equal(one.length, 200);
  assert.deepEqual(await fates(200), one);
  assert.deepEqual(await fates(13), one);
});

test("Receiver sends an accept and an application acknowledgement where both are asked for", async () => {
  const bench = new Bench({ reply: parseReply("AE") });
  const caller = bench.call();
  caller.write(framed(adt("MSG1", ["AL", "AL"])) + framed(adt("MSG2", ["AL", "NE"])) + framed(adt("MSG3")));
  await caller.untilAcks(4);
  assert.deepEqual(acks(caller.text), ["CA MSG1", "AE MSG1", "CE MSG2", "AE MSG3"]);
  assert.deepEqual(bench.of("message").map((event) => event.reply), [["CA", "AE"], ["CE"], ["AE"]]);
  await bench.receiver.stop();
});

test("Receiver sends nothing where no acknowledgement is asked for", async () => {
  const bench = new Bench();
  const caller = bench.call();
  caller.write(framed(adt("MSG1", ["NE", "NE"])) + framed(adt("MSG2")));
  await caller.untilAcks(1);
  assert.deepEqual(acks(caller.text), ["AA MSG2"]);
  assert.deepEqual(bench.outcomes(), ["MSG1 none", "MSG2 replied"]);
  assert.deepEqual(bench.receiver.summary.ends, { none: 1 });
  await bench.receiver.stop();
});

test("Receiver never answers an acknowledgement, but with a CA where its MSH-15 asks", async () => {
  const bench = new Bench({ faults: [parseFault("reset-before-ack:100%")] });
  const caller = bench.call();
  caller.write(framed(adt("ACK1", ["", ""], "MSA|AA|OURS\r")));
  caller.write(framed(adt("ACK2", ["AL", "AL"], "MSA|AA|OURS\r")));
  caller.write(framed(adt("ACK3", ["AL", "AL"], "MSA|CA|OURS\r")));
  await bench.settle();
  assert.deepEqual(acks(caller.text), ["CA ACK2"]);
  assert.equal(caller.ended, null, "no fault strikes an acknowledgement");
  assert.deepEqual(bench.outcomes(), ["ACK1 none", "ACK2 replied", "ACK3 none"]);
  await bench.receiver.stop();
});

test("Two receivers joined to each other stop at once: no acknowledgement of an acknowledgement", async () => {
  const bench = new Bench();
  const caller = bench.call();
  // Whatever comes goes back, as an engine does that takes acknowledgements for messages.
  caller.stream.on("data", (chunk: Uint8Array) => caller.stream.write(chunk));
  caller.write(framed(adt("MSG1")));
  await bench.settle();
  assert.equal(bench.receiver.summary.messages, 2);
  assert.deepEqual(bench.receiver.summary.replies, { AA: 1 });
  await bench.receiver.stop();
});

test("Receiver counts duplicates and numbers attempts by MSH-10, over all connections", async () => {
  const bench = new Bench();
  const [one, other] = [bench.call(), bench.call()];
  one.write(framed(adt("MSG1")));
  await one.untilAcks(1);
  other.write(framed(adt("MSG1")) + framed(adt("MSG2")));
  await other.untilAcks(2);
  assert.deepEqual(bench.of("message").map((event) => event.attempt), [1, 2, 1]);
  assert.equal(bench.receiver.summary.duplicates, 1);
  await bench.receiver.stop();
});

test("Receiver rejects what it cannot read and says why, never AA", async () => {
  const bench = new Bench();
  const caller = bench.call();
  caller.write("\v\u001c\r" + "\vhello\r\u001c\r" + "\vMSH|^~\\&|A|B\r\u001c\r");
  await caller.until(() => caller.text.split("\u001c\r").length === 4);
  assert.deepEqual(acks(caller.text), ["AR ", "AR ", "AR "]);
  assert.match(caller.text, /MSA\|AR\|\|The message is empty/);
  assert.deepEqual(bench.of("message").map((event) => event.warnings), [["empty-frame"], [], []]);
  await bench.receiver.stop();
});

test("Receiver answers noise with nothing and counts it", async () => {
  const bench = new Bench();
  const caller = bench.call();
  caller.write("GET / HTTP/1.1\r\n\r\n");
  await bench.settle();
  caller.write(framed(adt("MSG1")));
  await caller.untilAcks(1);
  assert.deepEqual(acks(caller.text), ["AA MSG1"]);
  assert.equal(bench.receiver.summary.noiseBytes, 18);
  await bench.receiver.stop();
});

test("Receiver rejects an oversized message by the header kept of it, and goes on", async () => {
  const bench = new Bench({ listeners: [listener(":0", { maxFrame: 200 })] });
  const caller = bench.call();
  caller.write(framed(adt("BIG", undefined, `OBX|1|TX|||${"x".repeat(300)}\r`)) + framed(adt("MSG2")));
  await caller.untilAcks(2);
  assert.deepEqual(acks(caller.text), ["AR BIG", "AA MSG2"]);
  assert.deepEqual(bench.of("fault").map((event) => event.code), ["frame_too_large"]);
  assert.deepEqual(bench.receiver.summary.frameFaults, { frame_too_large: 1 });
  assert.equal(bench.receiver.summary.messages, 1);
  await bench.receiver.stop();
});

test("Receiver in strict mode rejects a damaged message it can name, then closes", async () => {
  const bench = new Bench({ listeners: [listener(":0", { profile: "strict" })], delay: parseDelay("50ms") });
  const caller = bench.call();
  caller.write(framed(adt("MSG1")) + `\v${adt("MSG2")}\u001c\n` + framed(adt("MSG3")));
  await bench.pass(60);
  await caller.untilEnded();
  assert.deepEqual(acks(caller.text), ["AA MSG1", "AR MSG2"]);
  assert.equal(caller.ended, "fin");
  assert.deepEqual(bench.of("fault").map((event) => event.code), ["invalid_trailer"]);
  await bench.receiver.stop();
});

test("Receiver in strict mode closes without a word where no MSH-10 was seen", async () => {
  const bench = new Bench({ listeners: [listener(":0", { profile: "strict" })] });
  for (const text of ["hello", "\vMSH|^~\\&|A|B\u001c\n", `\v${adt("OURS", undefined, "MSA|AA|X\r")}\u001c\n`]) {
    const caller = bench.call();
    caller.write(text);
    await caller.untilEnded();
    assert.equal(caller.text, "");
    assert.equal(caller.ended, "fin");
  }
  await bench.receiver.stop();
});

test("Receiver answers a message cut short with nothing", async () => {
  const bench = new Bench();
  const caller = bench.call();
  caller.write(`\v${adt("MSG1")}`);
  caller.stream.end();
  await caller.untilEnded();
  assert.equal(caller.text, "");
  assert.deepEqual(bench.of("fault").map((event) => event.code), ["truncated"]);
  await bench.receiver.stop();
});

test("Receiver still answers a peer that has ended its own side", async () => {
  const bench = new Bench({ delay: parseDelay("100ms") });
  const caller = bench.call();
  caller.write(framed(adt("MSG1")));
  caller.stream.end();
  await bench.pass(100);
  await caller.untilEnded();
  assert.deepEqual(acks(caller.text), ["AA MSG1"]);
  assert.deepEqual(bench.of("close").map(({ how, messages }) => [how, messages]), [["fin", 1]]);
});

test("Receiver echoes bytes as they come, framed or not, before any frame is complete", async () => {
  const bench = new Bench({ reply: "echo" });
  const caller = bench.call();
  caller.write("\vMSH|^~");
  await caller.until(() => caller.text === "\vMSH|^~");
  caller.write("\\&|A\r");
  await caller.until(() => caller.text === "\vMSH|^~\\&|A\r");
  caller.write("\u001c\rnot framed at all\0");
  await caller.until(() => caller.text === "\vMSH|^~\\&|A\r\u001c\rnot framed at all\0");
  assert.deepEqual(bench.receiver.summary.replies, { echo: 1 });
  assert.deepEqual(bench.outcomes(), [" echoed"]);
  await bench.receiver.stop();
});

test("Receiver holds a message and stays open", async () => {
  const bench = new Bench({ reply: parseReply("none") });
  const caller = bench.call();
  for (let i = 0; i < 3000; i++) caller.write(framed(adt(`MSG${i}`)));
  await bench.pass(1000);
  assert.equal(caller.text, "");
  assert.equal(caller.ended, null);
  const { messages, held, replies } = bench.receiver.summary;
  assert.deepEqual({ messages, held, replies }, { messages: 3000, held: 3000, replies: {} });
  await bench.receiver.stop();
});

test("Receiver stops reading a connection while too many of its messages wait", async () => {
  const bench = new Bench({ delay: parseDelay("1s"), limits: { maxPending: 10 } });
  const caller = bench.call();
  for (let i = 0; i < 100; i++) caller.write(framed(adt(`MSG${i}`)));
  await bench.settle();
  const taken = bench.receiver.summary.messages;
  assert.ok(taken >= 10 && taken < 20, `${taken} were taken`);
  await bench.pass(12_000);
  assert.deepEqual(acks(caller.text), Array.from({ length: 100 }, (_, i) => `AA MSG${i}`));
  await bench.receiver.stop();
});

test("Receiver closes an idle connection, but not one that waits for its reply", async () => {
  const bench = new Bench({ delay: parseDelay("900ms"), limits: { idleTimeoutMs: 300 } });
  const [silent, waiting] = [bench.call(), bench.call()];
  waiting.write(framed(adt("MSG1")));
  silent.write("\v");
  await bench.pass(290);
  assert.equal(silent.ended, null);
  await bench.pass(20);
  assert.equal(silent.ended, "fin");
  await bench.pass(600);
  assert.deepEqual(acks(waiting.text), ["AA MSG1"]);
  assert.equal(waiting.ended, null);
  await bench.pass(310);
  assert.equal(waiting.ended, "fin");
  await bench.settle();
  assert.deepEqual(bench.of("close").map((event) => event.how), ["idle", "idle"]);
});

test("Receiver is silent about connections without data, and counts them", async () => {
  const bench = new Bench();
  for (let i = 0; i < 3; i++) {
    const caller = bench.call();
    caller.stream.end();
    await caller.untilEnded();
  }
  assert.deepEqual(bench.events, []);
  const { connections, probes } = bench.receiver.summary;
  assert.deepEqual({ connections, probes }, { connections: 3, probes: 3 });
});

test("Receiver drops what waits when it is stopped, and says so", async () => {
  const bench = new Bench({ delay: parseDelay("1h") });
  const caller = bench.call();
  caller.write(framed(adt("MSG1")) + framed(adt("MSG2")));
  await bench.settle();
  await bench.receiver.stop();
  await caller.untilEnded();
  assert.equal(caller.text, "");
  assert.deepEqual(bench.outcomes(), ["MSG1 dropped", "MSG2 dropped"]);
  assert.equal(bench.receiver.summary.unanswered, 2);
  assert.equal(bench.clock.next(), Infinity, "no timer is left");
});

test("Receiver finishes the replies in hand when it is asked to", async () => {
  const bench = new Bench({ delay: parseDelay("100ms") });
  const caller = bench.call();
  caller.write(framed(adt("MSG1")));
  await bench.settle();
  const stopped = bench.receiver.stop({ finish: true });
  await bench.settle();
  caller.write(framed(adt("LATE")));
  await bench.pass(100);
  await caller.untilEnded();
  await stopped;
  assert.deepEqual(acks(caller.text), ["AA MSG1"]);
  assert.equal(bench.receiver.summary.messages, 1, "what came after the stop is not taken");
});

test("Receiver asked to hurry drops what it was finishing", async () => {
  const bench = new Bench({ delay: parseDelay("1h") });
  const caller = bench.call();
  caller.write(framed(adt("MSG1")));
  await bench.settle();
  void bench.receiver.stop({ finish: true });
  await bench.settle();
  await bench.receiver.stop();
  await caller.untilEnded();
  assert.deepEqual(bench.outcomes(), ["MSG1 dropped"]);
});

test("Receiver takes exactly as many messages as it was told, answers them and stops", async () => {
  const bench = new Bench({ delay: parseDelay("10ms") }, { count: 3 });
  const caller = bench.call();
  caller.write(Array.from({ length: 5 }, (_, i) => framed(adt(`MSG${i}`))).join(""));
  await bench.pass(20);
  await caller.untilEnded();
  await bench.receiver.stopped;
  assert.deepEqual(acks(caller.text), ["AA MSG0", "AA MSG1", "AA MSG2"]);
  assert.equal(bench.receiver.summary.messages, 3);
});

test("Receiver commits and answers in MLLP release 2, and waits for the peer's commit before it ends", async () => {
  const bench = new Bench({ listeners: [listener(":0", { framing: "mllp2" })] }, { count: 1 });
  const caller = bench.call();
  caller.write(framed(adt("MSG1")));
  await caller.untilAcks(1);
  assert.ok(caller.text.startsWith("\v\x06\u001c\r\vMSH"), "the commit comes before the reply");
  await bench.settle();
  assert.equal(caller.ended, null);
  caller.write("\v\x06\u001c\r");
  await caller.untilEnded();
  await bench.receiver.stopped;
});

test("Receiver refuses with a commit NAK what it does not take in MLLP release 2", async () => {
  const bench = new Bench({
    listeners: [listener(":0", { framing: "mllp2" })],
    delay: parseDelay("1s"),
    limits: { maxPending: 2 },
  });
  const caller = bench.call();
  for (let i = 0; i < 3; i++) caller.write(framed(adt(`MSG${i}`)));
  await bench.settle();
  assert.equal(caller.text, "\v\x06\u001c\r\v\x06\u001c\r\v\x15\u001c\r");
  assert.equal(bench.receiver.summary.messages, 2);
  await bench.receiver.stop();
});

test("Receiver performs faults in MLLP release 2 behind the commit of the message", async () => {
  const bench = new Bench({
    listeners: [listener(":0", { framing: "mllp2" })],
    faults: [parseFault("close-mid-ack")],
  });
  const caller = bench.call();
  caller.write(framed(adt("MSG1")));
  await caller.untilEnded();
  assert.ok(caller.text.startsWith("\v\x06\u001c\r\vMSH"), JSON.stringify(caller.text));
  assert.ok(!caller.text.endsWith("\u001c\r"), "the reply is cut");
  caller.stream.end();
  await bench.receiver.stop();
});

test("Receiver shows payloads only to who asks for them, delayed ones whole", async () => {
  const seen: (string | undefined)[] = [];
  for (const payloads of [false, true]) {
    const clock = new VirtualClock();
    const bench = new Bench({ delay: parseDelay("1ms") }, {
      clock,
      observer: { payloads, event: (event) => event.event === "message" && seen.push(event.payload) },
    });
    const caller = bench.call();
    caller.write(framed(adt("MSG1")));
    await bench.settle();
    clock.advance(1);
    await caller.untilAcks(1);
    await bench.receiver.stop();
  }
  assert.deepEqual(seen, [undefined, adt("MSG1")]);
});

test("Receiver puts no message event together that nobody wants", async () => {
  const events: string[] = [];
  const observer = { event: ({ event }: { event: string }) => void events.push(event), wantsMessage: () => false };
  const bench = new Bench({}, { observer });
  const caller = bench.call();
  caller.write(framed(adt("MSG1")));
  await caller.untilAcks(1);
  caller.stream.end();
  await caller.untilEnded();
  assert.deepEqual(events, ["open", "close"]);
});
