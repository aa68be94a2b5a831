/** A receiver that keeps a journal: nothing accepted that is not written, order, entries, ends; in memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { memoryPair } from "../../../lib/transport/memory.ts";
import type { ReceiverEvent } from "../../../receiver/events.ts";
import { Journal, type JournalOptions } from "../../../receiver/journal/journal.ts";
import { parseDelay } from "../../../receiver/scenario/delay.ts";
import { parseFault } from "../../../receiver/scenario/fault.ts";
import { type ScenarioFlags, scenarioFromFlags } from "../../../receiver/scenario/from_flags.ts";
import { parseReply } from "../../../receiver/scenario/reply.ts";
import { Receiver } from "../../../receiver/receiver.ts";
import { acks, adt, Bench, Caller, framed, listener } from "../caller.ts";
import { FakeFile } from "./fake_file.ts";

const FULL = "no space left on the device";

/** A bench whose receiver writes to a file of a test. */
class Journalled extends Bench {
  readonly file: FakeFile;
  readonly journal: Journal;

  constructor(flags: Partial<ScenarioFlags> = {}, options: JournalOptions = {}, count?: number) {
    const file = new FakeFile();
    const journal = new Journal({ file, ...options });
    super(flags, { journal, count });
    this.file = file;
    this.journal = journal;
  }

  /** A durable one, whose device a test holds up. */
  static slow(flags: Partial<ScenarioFlags> = {}): Journalled {
    const bench = new Journalled(flags, { fsync: true });
    bench.file.slow = true;
    return bench;
  }
}

const send = (caller: Caller, ...ids: string[]) => caller.write(ids.map((id) => framed(adt(id))).join(""));

test("Receiver with a journal answers when the entry is durable, not before", async () => {
  const bench = Journalled.slow();
  const [one, other] = [bench.call(), bench.call()];
  send(one, "A1", "A2");
  await bench.settle();
  send(other, "B1");
  await bench.settle();
  assert.deepEqual([one.text, other.text], ["", ""]);
  bench.file.release();
  await bench.settle();
  assert.deepEqual(acks(one.text), ["AA A1", "AA A2"]);
  assert.equal(other.text, "", "it came while the first was under way");
  bench.file.release();
  await bench.settle();
  assert.deepEqual(acks(other.text), ["AA B1"]);
  assert.equal(bench.file.syncs, 2);
  bench.file.slow = false;
  await bench.receiver.stop();
});

test("Receiver that cannot write its journal answers AE and CE, and says why; what was AE or AR stays so", async () => {
  const bench = new Journalled({ reply: parseReply("AA") });
  bench.file.full = FULL;
  const caller = bench.call();
  caller.write(framed(adt("M1")) + framed(adt("M2", ["AL", "NE"])) + framed(adt("M3", ["AL", "AL"])) + framed("hello"));
  await caller.until(() => caller.text.split("\u001c\r").length === 6);
  assert.deepEqual(acks(caller.text), ["AE M1", "CE M2", "CE M3", "AE M3", "AE "]);
  assert.match(caller.text, /MSA\|AE\|M1\|The journal cannot be written\r/);
  assert.deepEqual(bench.of("message").map((event) => event.reply), [["AE"], ["CE"], ["CE", "AE"], ["AE"]]);
  const { replies, journal } = bench.receiver.summary;
  assert.deepEqual([replies, journal], [{ AE: 3, CE: 2 }, { entries: 0, failed: 4 }]);
  await bench.receiver.stop();

  const rejecting = new Journalled({ reply: parseReply("AR") });
  rejecting.file.full = FULL;
  const other = rejecting.call();
  send(other, "M1");
  await other.untilAcks(1);
  assert.match(other.text, /MSA\|AR\|M1\r/);
  await rejecting.receiver.stop();
});

test("Receiver answers AA again as soon as its journal can be written, and the file tells of the gap", async () => {
  const bench = new Journalled();
  const caller = bench.call();
  for (const [id, full] of [["M1", null], ["M2", FULL], ["M3", FULL], ["M4", null]] as const) {
    bench.file.full = full;
    send(caller, id);
    await bench.settle();
  }
  assert.deepEqual(acks(caller.text), ["AA M1", "AE M2", "AE M3", "AA M4"]);
  await bench.receiver.stop();
  assert.deepEqual(bench.file.messages.map(({ n, controlId }) => [n, controlId]), [[1, "M1"], [4, "M4"]]);
  assert.equal(bench.file.notes("gap")[0].messages, 2);
  const [stop] = bench.file.notes("stop");
  assert.deepEqual([stop.messages, stop.entries, stop.failed], [4, 2, 2]);
});

test("Receiver writes of each message who sent what, what it was answered and when", async () => {
  const bench = new Journalled({ delay: parseDelay("250ms"), reply: parseReply("AE") });
  const caller = bench.call();
  send(caller, "M1", "M1");
  await bench.pass(300);
  const [first, second] = bench.file.messages;
  const { hash, ...rest } = first;
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.deepEqual(
    rest,
    {
      n: 1,
      at: "2026-01-31T12:00:00.000Z",
      connection: 1,
      listener: "tcp://127.0.0.1:2575",
      peer: "memory:",
      attempt: 1,
      controlId: "M1",
      type: "ADT^A01",
      bytesIn: adt("M1").length,
      key: null,
      warnings: [],
      rule: null,
      considered: [],
      steps: [{ verb: "delay", at_ms: 0, detail: "wait 250ms" }, { verb: "reply", at_ms: 250, detail: "reply AE" }],
      reply: {
        code: ["AE"],
        bytesOut: caller.text.indexOf("\u001c") - 1,
        firstByteAt: "2026-01-31T12:00:00.250Z",
        lastByteAt: "2026-01-31T12:00:00.250Z",
      },
      outcome: "replied",
      payload: "MSH|^~\\&|ADT|WARD|LAB|MAIN|20260131120000||ADT^A01^ADT_A01|M1|P|2.5||||\r",
    } as unknown as typeof rest,
  );
  assert.deepEqual([second.n, second.attempt, second.duplicateOf], [2, 2, 1]);
  await bench.receiver.stop();
  assert.deepEqual(bench.file.lines.map(({ n, note }) => note ?? n), ["open", 1, 2, "close", "stop"]);
});

test("Receiver writes what each fault came to, foretold and true", async () => {
  const rows = [
    ["no-reply", "held", null],
    ["close-before-ack", "fin", null],
    ["reset-before-ack", "rst", null],
    ["close-mid-ack", "fin", []],
    ["close-after-ack", "fin", ["AA"]],
  ] as const;
  for (const [name, outcome, code] of rows) {
    const bench = new Journalled({ faults: [parseFault(name)] });
    const caller = bench.call();
    send(caller, "M1");
    if (outcome === "held") await bench.settle();
    else await bench.pass(100);
    const [entry] = bench.file.messages;
    assert.deepEqual([entry.outcome, entry.reply?.code ?? null, entry.rule], [outcome, code, name]);
    assert.deepEqual(bench.file.notes("amended"), [], name);
    assert.equal(entry.considered[0].held, true);
    assert.deepEqual(bench.outcomes(), [`M1 ${outcome}`]);
    if (outcome === "fin") assert.equal(caller.ended, "fin");
    if (outcome === "rst") assert.equal(caller.ended, "reset");
    await bench.receiver.stop();
  }
});

test("Receiver writes no entry, but a note, of a frame that it refuses, and answers it in its turn", async () => {
  const bench = Journalled.slow({ listeners: [listener(":0", { maxFrame: 200 })] });
  const caller = bench.call();
  caller.write(
    framed(adt("M1")) + framed(adt("BIG", undefined, `OBX|1|TX|||${"x".repeat(300)}\r`)) + framed(adt("M2")),
  );
  await bench.settle();
  assert.equal(caller.text, "");
  bench.file.release();
  await bench.settle();
  assert.deepEqual(acks(caller.text), ["AA M1", "AR BIG", "AA M2"]);
  bench.file.slow = false;
  await bench.receiver.stop();
  assert.deepEqual(bench.file.messages.map(({ controlId }) => controlId), ["M1", "M2"]);
  assert.equal(bench.file.notes("fault")[0].code, "frame_too_large");
});

test("Receiver amends the entry of a message whose peer was gone before its answer left", async () => {
  const bench = Journalled.slow();
  const [near, far] = memoryPair();
  bench.receiver.accept(far);
  send(new Caller(near.stream), "M1");
  await bench.settle();
  near.reset();
  await bench.settle();
  bench.file.slow = false;
  bench.file.release();
  await bench.receiver.stop();
  assert.equal(bench.file.messages[0].outcome, "replied");
  const [{ n, outcome, reply }] = bench.file.notes("amended");
  assert.ok(outcome === "dropped" || outcome === "peer_closed", String(outcome));
  assert.deepEqual([n, reply], [1, null]);
  assert.equal(bench.journal.recent()[0].outcome, outcome, "memory has the truth");
});

test("Receiver that is stopped writes an entry of each message that waits for its reply", async () => {
  const bench = new Journalled({ delay: parseDelay("1h") });
  const caller = bench.call();
  send(caller, "M1", "M2");
  await bench.settle();
  assert.deepEqual(bench.file.messages, []);
  await bench.receiver.stop();
  assert.deepEqual(bench.file.messages.map(({ controlId, outcome, reply }) => [controlId, outcome, reply]), [
    ["M1", "dropped", null],
    ["M2", "dropped", null],
  ]);
  assert.equal(bench.clock.next(), Infinity);
});

test("Receiver with a journal takes exactly as many messages as it was told, answers them and stops", async () => {
  const bench = new Journalled({}, { fsync: true }, 3);
  const caller = bench.call();
  send(caller, "M1", "M2", "M3", "M4");
  await caller.untilEnded();
  await bench.receiver.stopped;
  assert.deepEqual(acks(caller.text), ["AA M1", "AA M2", "AA M3"]);
  assert.equal(bench.file.messages.length, 3);
  assert.equal(bench.file.closed, true);
});

test("Receiver with a journal keeps a delay as long as it is, beside messages that have none to keep", async () => {
  const bench = new Journalled({ seed: 4, delay: parseDelay("uniform(0ms,1s)") });
  const caller = bench.call();
  const ids = Array.from({ length: 20 }, (_, i) => `M${i}`);
  send(caller, ...ids);
  await bench.pass(1000);
  assert.deepEqual(acks(caller.text), ids.map((id) => `AA ${id}`));
  assert.deepEqual(bench.file.messages.map(({ controlId }) => controlId), ids);
  assert.deepEqual(bench.file.notes("amended"), []);
  await bench.receiver.stop();
});

test("Receiver in MLLP release 2 commits when the entry is durable, and refuses what cannot be written", async () => {
  const bench = Journalled.slow({ listeners: [listener(":0", { framing: "mllp2" })] });
  const caller = bench.call();
  send(caller, "M1");
  await bench.settle();
  assert.equal(caller.text, "");
  bench.file.release();
  await bench.settle();
  assert.ok(caller.text.startsWith("\v\x06\u001c\r\vMSH"), JSON.stringify(caller.text));
  assert.deepEqual(acks(caller.text), ["AA M1"]);
  caller.write("\v\x06\u001c\r");
  caller.text = "";
  bench.file.full = FULL;
  send(caller, "M2");
  await bench.settle();
  assert.equal(caller.text, "\v\x15\u001c\r", "a NAK and no acknowledgement");
  assert.deepEqual(bench.outcomes(), ["M1 replied", "M2 refused"]);
  bench.file.slow = false;
  await bench.receiver.stop();
});

test("Receiver in MLLP release 2 commits before a delay, and amends the entry when the reply has left", async () => {
  const bench = new Journalled({ listeners: [listener(":0", { framing: "mllp2" })], delay: parseDelay("30s") });
  const caller = bench.call();
  send(caller, "M1");
  await bench.settle();
  assert.equal(caller.text, "\v\x06\u001c\r");
  assert.deepEqual(bench.file.messages.map(({ outcome, reply }) => [outcome, reply]), [["pending", null]]);
  bench.clock.advance(30_000);
  await bench.settle();
  assert.deepEqual(acks(caller.text), ["AA M1"]);
  const [{ n, outcome, reply }] = bench.file.notes("amended");
  assert.deepEqual([n, outcome], [1, "replied"]);
  assert.equal((reply as { firstByteAt: string }).firstByteAt, "2026-01-31T12:00:30.000Z");
  await bench.receiver.stop();
});

test("Receiver in MLLP release 2 performs faults behind the commit of the message", async () => {
  for (const fault of ["close-before-ack", "reset-before-ack"]) {
    const bench = new Journalled({ listeners: [listener(":0", { framing: "mllp2" })], faults: [parseFault(fault)] });
    const caller = bench.call();
    send(caller, "M1");
    await bench.pass(100);
    assert.equal(caller.text, "\v\x06\u001c\r", fault);
    assert.equal(caller.ended, fault === "close-before-ack" ? "fin" : "reset");
    await bench.receiver.stop();
  }
});

test("Receiver reads no more of who sends faster than the device writes, and goes on when it has caught up", async () => {
  const bench = new Journalled({}, { fsync: true, payload: "full" });
  bench.file.slow = true;
  const caller = bench.call();
  const big = `OBX|1|TX|||${"x".repeat(1_000_000)}\r`;
  for (let i = 0; i < 40; i++) caller.write(framed(adt(`M${i}`, undefined, big)));
  await bench.settle();
  for (let i = 0; i < 20; i++) await bench.settle();
  const taken = bench.receiver.summary.messages;
  assert.ok(taken > 15 && taken < 22, `${taken} were taken`);
  bench.file.slow = false;
  bench.file.release();
  await caller.untilAcks(40);
  assert.deepEqual(acks(caller.text), Array.from({ length: 40 }, (_, i) => `AA M${i}`));
  await bench.receiver.stop();
});

test("Receiver with a memory alone answers at once and remembers what really came", async () => {
  const journal = new Journal({ recent: 3, payload: "hash" });
  const bench = new Bench({ faults: [parseFault("no-reply:50%")], seed: 3 }, { journal });
  const caller = bench.call();
  send(caller, ...Array.from({ length: 8 }, (_, i) => `M${i}`));
  await bench.settle();
  const outcomes = bench.of("message").map(({ controlId, outcome }) => [controlId, outcome]);
  assert.equal(outcomes.length, 8);
  assert.deepEqual(journal.recent().map(({ controlId, outcome }) => [controlId, outcome]), outcomes.slice(-3));
  assert.equal(bench.receiver.summary.journal, undefined);
  await bench.receiver.stop();
});

test("Receiver keeps no journal of an echo", () => {
  const scenario = scenarioFromFlags({ seed: 1, reply: "echo" });
  const journal = new Journal({ file: new FakeFile() });
  assert.throws(() => new Receiver(scenario, { journal }), /^RangeError: Cannot keep a journal of an echo/);
});

test("Receiver accepts nothing that is not in the journal, whenever writing fails, on any connection", async () => {
  const step = fc.record({
    caller: fc.nat(2),
    messages: fc.integer({ min: 1, max: 4 }),
    full: fc.boolean(),
    device: fc.constantFrom("holds", "releases", "fails"),
    hangUp: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.boolean(), async (steps, fsync) => {
      const bench = new Journalled({ reply: parseReply("AA:80,AR:20") }, { fsync });
      const callers = [bench.call(), bench.call(), bench.call()];
      const accepted = () => callers.flatMap(({ text }) => acks(text).filter((ack) => ack.startsWith("AA")));
      const written = () => new Set(bench.file.messages.map(({ controlId }) => `AA ${controlId}`));
      let sent = 0;
      for (const { caller, messages, full, device, hangUp } of steps) {
        bench.file.full = full ? FULL : null;
        bench.file.slow = device === "holds";
        for (let i = 0; i < messages; i++) if (!callers[caller].stream.destroyed) send(callers[caller], `M${sent++}`);
        if (hangUp) callers[caller].stream.destroy();
        await bench.settle();
        if (device === "fails") bench.file.release("the device failed");
        else if (device === "releases") bench.file.release();
        await bench.settle();
        for (const ack of accepted()) assert.ok(written().has(ack), `${ack} is not written`);
      }
      bench.file.slow = false;
      bench.file.release();
      await bench.settle();
      await bench.receiver.stop();
      for (const ack of accepted()) assert.ok(written().has(ack), `${ack} is not written`);
      const { messages, journal } = bench.receiver.summary;
      assert.equal(
        journal!.entries + journal!.failed,
        messages,
        "each message has an entry, or is counted as one without",
      );
      assert.equal(bench.file.messages.length, journal!.entries);
    }),
    { numRuns: 60, seed: 20261122 },
  );
});

test("Receiver tells its observer the same with a journal as without", async () => {
  const told = async (bench: Bench): Promise<ReceiverEvent[]> => {
    const caller = bench.call();
    caller.write(
      framed(adt("M1", ["AL", "AL"])) + "noise" + framed("hello") + framed(adt("A1", ["AL", ""], "MSA|AA|X\r")),
    );
    await bench.settle();
    caller.stream.end();
    await caller.untilEnded();
    await bench.receiver.stop();
    return bench.events;
  };
  assert.deepEqual(await told(new Journalled()), await told(new Bench()));
});
