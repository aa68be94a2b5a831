/** The journal by itself: groups, waiting, trouble and its end, what is kept in memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../../lib/bytes.ts";
import { VirtualClock } from "../../../lib/clock.ts";
import { parsePath } from "../../../lib/hl7/path.ts";
import { messageHash } from "../../../lib/message_hash.ts";
import type { JournalMessage } from "../../../receiver/journal/entry.ts";
import { Journal, type JournalOptions, type Waiter } from "../../../receiver/journal/journal.ts";
import type { MessageStore } from "../../../receiver/journal/store.ts";
import { FakeFile } from "./fake_file.ts";

const AT = "2026-01-31T12:00:00.000Z";
const MESSAGE = utf8("MSH|^~\\&|ADT|WARD\rPID|1||4711^^^HOSP\r");
const entry = (n: number, more: Partial<JournalMessage> = {}) => ({ n, at: AT, ...more }) as JournalMessage;

/** A journal on a file of a test, and everything it said. */
class Rig {
  readonly file = new FakeFile();
  readonly clock = new VirtualClock();
  readonly said: string[] = [];
  readonly settled: string[] = [];
  readonly journal: Journal;

  constructor(options: Partial<JournalOptions> = {}) {
    this.journal = new Journal({
      file: this.file,
      clock: this.clock,
      observer: {
        failing: (reason) => this.said.push(`failing: ${reason}`),
        recovered: (missing) => this.said.push(`recovered: ${missing}`),
      },
      ...options,
    });
  }

  waiter(n: number): Waiter {
    return { recorded: (failure) => this.settled.push(failure === null ? `${n}` : `${n}: ${failure}`) };
  }

  record(...numbers: number[]): void {
    for (const n of numbers) this.journal.record(entry(n), null, this.waiter(n));
  }

  /** The present turn ends. */
  async turn(): Promise<void> {
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  }
}

test("Journal writes what came in one turn in one piece, in order, and then tells who waits", async () => {
  const rig = new Rig();
  rig.record(1, 2);
  rig.journal.note({ note: "open", at: AT });
  rig.record(3);
  assert.deepEqual(rig.settled, []);
  assert.deepEqual(rig.file.appends, [], "not before the turn ends");
  await rig.turn();
  assert.equal(rig.file.appends.length, 1);
  assert.deepEqual(rig.file.lines.map(({ n, note }) => n ?? note), [1, 2, "open", 3]);
  assert.deepEqual(rig.settled, ["1", "2", "3"]);
  assert.equal(rig.file.syncs, 0);
  assert.deepEqual(rig.journal.counts, { entries: 3, failed: 0 });
});

test("Journal writes a large group before the turn ends, so that it is never held whole", async () => {
  const rig = new Rig();
  const payload = "x".repeat(300_000);
  for (let n = 1; n <= 8; n++) rig.journal.record(entry(n, { payload }), null, rig.waiter(n));
  assert.equal(rig.file.appends.length, 2);
  assert.equal(rig.settled.length, 8);
  await rig.journal.close();
});

test("Journal that must be durable tells nobody before the sync, and syncs once for all that came meanwhile", async () => {
  const rig = new Rig({ fsync: true });
  rig.file.slow = true;
  rig.record(1);
  await rig.turn();
  rig.record(2, 3);
  await rig.turn();
  rig.record(4);
  await rig.turn();
  assert.deepEqual(rig.settled, []);
  assert.deepEqual([rig.file.appends.length, rig.file.syncs], [1, 1], "the others wait for the sync under way");
  rig.file.release();
  await rig.turn();
  assert.deepEqual(rig.settled, ["1"]);
  assert.deepEqual([rig.file.appends.length, rig.file.syncs], [2, 2]);
  rig.file.release();
  await rig.turn();
  assert.deepEqual(rig.settled, ["1", "2", "3", "4"]);
  assert.equal(rig.file.syncs, 2);
});

test("Journal whose sync fails tells that nothing of the group is written, and goes on", async () => {
  const rig = new Rig({ fsync: true });
  rig.file.slow = true;
  rig.record(1, 2);
  await rig.turn();
  rig.record(3);
  rig.file.release("the device failed");
  await rig.turn();
  rig.file.release();
  await rig.turn();
  assert.deepEqual(rig.settled, ["1: The journal cannot be written", "2: The journal cannot be written", "3"]);
  assert.deepEqual(rig.said, ["failing: the device failed", "recovered: 2"]);
  assert.deepEqual(rig.file.messages.map(({ n }) => n), [3]);
  const [{ messages, notes, reason }] = rig.file.notes("gap");
  assert.deepEqual([messages, notes, reason], [2, 0, "the device failed"]);
});

test("Journal on a full disk tells its trouble once, refuses each message, and tells its end with a gap note", async () => {
  const rig = new Rig();
  rig.file.full = "no space left on the device";
  for (let n = 1; n <= 5; n++) {
    rig.record(n);
    if (n === 3) rig.journal.note({ note: "close", at: AT });
    await rig.turn();
  }
  assert.equal(rig.settled.length, 5);
  assert.ok(rig.settled.every((text) => text.endsWith(": The journal cannot be written")));
  assert.deepEqual(rig.said, ["failing: no space left on the device"]);
  assert.deepEqual(rig.journal.counts, { entries: 0, failed: 5 });
  rig.clock.advance(60_000);
  rig.file.full = null;
  rig.record(6);
  await rig.turn();
  assert.deepEqual(rig.said.at(-1), "recovered: 5");
  const [gap, sixth] = rig.file.lines;
  assert.deepEqual(gap, {
    note: "gap",
    at: "2026-01-31T12:01:00.000Z",
    since: AT,
    messages: 5,
    notes: 1,
    reason: "no space left on the device",
  } as never);
  assert.equal(sixth.n, 6);
  rig.record(7);
  await rig.turn();
  assert.equal(rig.file.notes("gap").length, 1, "a gap is told once");
});

test("Journal on a disk that is full and has room by turns tells so no more than once in ten seconds", async () => {
  const rig = new Rig();
  for (let n = 1; n <= 40; n++) {
    rig.file.full = n % 2 === 1 ? "no space left on the device" : null;
    rig.record(n);
    await rig.turn();
    rig.clock.advance(1000);
  }
  assert.equal(rig.said.filter((text) => text.startsWith("failing")).length, 4);
  assert.equal(rig.said.filter((text) => text.startsWith("recovered")).length, 4);
  assert.deepEqual(rig.journal.counts, { entries: 20, failed: 20 });
  assert.equal(rig.file.notes("gap").reduce((sum, gap) => sum + Number(gap.messages), 0), 20);
});

test("Journal that starts on a full disk tells so at once, and takes no harm", async () => {
  const rig = new Rig();
  rig.file.full = "no space left on the device";
  rig.journal.start();
  assert.deepEqual(rig.said, ["failing: no space left on the device"]);
  await rig.journal.close();
  assert.equal(rig.file.closed, true);
});

test("Journal keeps of a message its hash, key and text", () => {
  const { journal } = new Rig({ key: parsePath("PID-3.1"), payload: "hash" });
  const about = { hash: messageHash(MESSAGE), payload: undefined, stored: undefined, failure: null };
  assert.deepEqual(journal.take(MESSAGE, 1, "MSG1"), { ...about, key: "4711" });
  assert.equal(journal.take(utf8("MSH|^~\\&|A\r"), 2, "MSG2").key, null);
});

/** A store of a test. */
class FakeStore implements MessageStore {
  readonly names = new Set<string>();
  full = false;
  unsynced: string | null = null;
  readonly log: string[] = [];

  put(_message: Uint8Array, n: number): { name: string } | { failure: string } {
    if (this.full) return { failure: "no space left on the device" };
    this.names.add(`${n}.hl7`);
    return { name: `${n}.hl7` };
  }

  sync(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    this.log.push(`sync ${names.join(" ")}`);
    const failed = names.filter((name) => name === this.unsynced);
    return Promise.resolve(new Map(failed.map((name) => [name, "the device failed"])));
  }

  remove(name: string): void {
    this.names.delete(name);
  }
}

/** Stores and records as a connection does. */
function receive(rig: Rig, n: number): void {
  const { stored, failure } = rig.journal.take(MESSAGE, n, `M${n}`);
  rig.journal.record(entry(n, { stored }), failure, rig.waiter(n));
}

test("Journal refuses a message that cannot be stored, writes no entry of it, and the others as ever", async () => {
  const store = new FakeStore();
  const rig = new Rig({ store });
  receive(rig, 1);
  store.full = true;
  receive(rig, 2);
  store.full = false;
  receive(rig, 3);
  await rig.turn();
  assert.deepEqual(rig.settled, ["1", "2: The message cannot be stored", "3"]);
  assert.deepEqual(rig.file.messages.map(({ n, stored }) => [n, stored]), [[1, "1.hl7"], [3, "3.hl7"]]);
  assert.deepEqual(rig.said, ["failing: no space left on the device"]);
});

test("Journal takes the stored file of a message away that it cannot write", async () => {
  const store = new FakeStore();
  const rig = new Rig({ store });
  rig.file.full = "no space left on the device";
  receive(rig, 1);
  assert.equal(store.names.size, 1);
  await rig.turn();
  assert.equal(store.names.size, 0);
});

test("Journal that must be durable syncs stored messages before their entries", async () => {
  const store = new FakeStore();
  const rig = new Rig({ store, fsync: true });
  rig.file.slow = true;
  store.unsynced = "2.hl7";
  for (const n of [1, 2, 3]) receive(rig, n);
  await rig.turn();
  assert.deepEqual(store.log, ["sync 1.hl7 2.hl7 3.hl7"]);
  assert.deepEqual(rig.file.messages.map(({ n }) => n), [1, 3]);
  rig.file.release();
  await rig.turn();
  assert.deepEqual(rig.settled, ["1", "2: The message cannot be stored", "3"]);
  assert.deepEqual([...store.names], ["1.hl7", "3.hl7"]);
});

test("Journal with a store alone waits for it, and needs no file", async () => {
  const store = new FakeStore();
  const rig = new Rig({ store, file: null });
  assert.equal(rig.journal.waits, true);
  receive(rig, 1);
  rig.journal.note({ note: "open", at: AT });
  await rig.turn();
  assert.deepEqual(rig.settled, ["1"]);
  await rig.journal.close();
});

test("Journal without file and store makes nobody wait, and remembers", () => {
  const journal = new Journal({ recent: 2 });
  assert.equal(journal.waits, false);
  for (const n of [1, 2, 3]) journal.done(entry(n));
  assert.deepEqual(journal.recent().map(({ n }) => n), [2, 3]);
  assert.deepEqual(journal.recent(1).map(({ n }) => n), [3]);
});

test("Journal is full while the device is busy with too much, and not when it has caught up", async () => {
  const rig = new Rig({ fsync: true });
  rig.file.slow = true;
  const payload = "x".repeat(1_000_000);
  for (let n = 1; n <= 16; n++) rig.journal.record(entry(n, { payload }), null, null);
  assert.equal(rig.journal.full, false);
  rig.journal.record(entry(17, { payload }), null, null);
  rig.journal.record(entry(18, { payload }), null, null);
  assert.equal(rig.journal.full, true);
  await rig.turn();
  assert.equal(rig.journal.full, true, "under way is not written");
  rig.file.release();
  await rig.turn();
  assert.equal(rig.journal.full, false);
});

test("Journal writes what is left before it closes, and waits for the device", async () => {
  const rig = new Rig({ fsync: true });
  rig.file.slow = true;
  rig.record(1);
  await rig.turn();
  rig.record(2);
  let closed = false;
  const closing = rig.journal.close().then(() => closed = true);
  rig.file.release();
  await rig.turn();
  assert.equal(closed, false);
  assert.equal(rig.file.closed, false);
  rig.file.release();
  await closing;
  assert.equal(rig.file.closed, true);
  assert.deepEqual(rig.settled, ["1", "2"]);
});
