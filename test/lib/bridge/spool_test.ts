import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { FileSpool, SPOOL_FILE, SpoolError } from "../../../lib/bridge/spool.ts";
import { latin1, utf8 } from "../../../lib/bytes.ts";

const root = mkdtempSync(join(tmpdir(), "mllp-spool-"));
after(() => rmSync(root, { recursive: true }));

let folders = 0;
const newFolder = () => join(root, `${folders++}`);
const fileOf = (folder: string) => join(folder, SPOOL_FILE);
const about = (controlId: string) => ({ line: "/dev/ttyS0#1", controlId, at: new Date(0) });
const put = (spool: FileSpool, text: string) => spool.put(utf8(text), about(text));

function take(spool: FileSpool): string[] {
  const taken: string[] = [];
  for (let entry = spool.next(); entry !== null; entry = spool.next()) {
    taken.push(latin1(entry.message));
    spool.done(entry.id);
  }
  return taken;
}

const failsWith = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof SpoolError && error.code === code && message.test(error.message);

describe("FileSpool", () => {
  test("FileSpool gives messages in the order of their coming, and keeps the oldest until it is done", () => {
    const spool = FileSpool.open(newFolder());
    const ids = ["A", "B", "C"].map((text) => put(spool, text));
    assert.deepEqual(ids, [1, 2, 3]);
    assert.equal(spool.size, 3);
    assert.equal(latin1(spool.next()!.message), "A");
    spool.failed(1, "nobody listens");
    assert.equal(latin1(spool.next()!.message), "A");
    spool.done(1);
    spool.done(1);
    assert.equal(spool.size, 2);
    assert.deepEqual(take(spool), ["B", "C"]);
    assert.equal(spool.size, 0);
    assert.equal(spool.bytes, 0);
    spool.close();
    spool.close();
  });

  test("FileSpool holds its messages over a close, and uses no id twice", () => {
    const folder = newFolder();
    const first = FileSpool.open(folder);
    put(first, "A");
    put(first, "B");
    first.done(1);
    first.done(2);
    put(first, "C");
    const { bytes } = first;
    first.close();
    const second = FileSpool.open(folder);
    assert.deepEqual({ size: second.size, bytes: second.bytes }, { size: 1, bytes });
    assert.equal(second.next()!.id, 3);
    second.done(3);
    assert.equal(put(second, "D"), 4);
    second.close();
  });

  test("FileSpool keeps every byte, none and a megabyte of them", () => {
    const spool = FileSpool.open(newFolder());
    const every = Uint8Array.from({ length: 1 << 20 }, (_, i) => i * 31 & 0xff);
    spool.put(every, about("1"));
    spool.put(new Uint8Array(), about("2"));
    assert.deepEqual(spool.next()!.message, every);
    spool.done(1);
    assert.equal(spool.next()!.message.length, 0);
    spool.close();
  });

  test("FileSpool keeps the reason of the last failed try, and counts them", () => {
    const folder = newFolder();
    const spool = FileSpool.open(folder);
    put(spool, "A");
    spool.failed(1, "connection refused");
    spool.failed(1, "no answer within 5s");
    spool.close();
    const database = new DatabaseSync(fileOf(folder));
    const row = database.prepare("SELECT at, line, control_id, tries, why FROM queue").get();
    database.close();
    assert.deepEqual({ ...row }, {
      at: "1970-01-01T00:00:00.000Z",
      line: "/dev/ttyS0#1",
      control_id: "A",
      tries: 2,
      why: "no answer within 5s",
    });
  });

  test("FileSpool is for its owner alone", () => {
    const folder = newFolder();
    const spool = FileSpool.open(folder);
    put(spool, "A");
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
    spool.close();
    chmodSync(fileOf(folder), 0o644);
    FileSpool.open(folder).close();
    assert.equal(statSync(fileOf(folder)).mode & 0o777, 0o600);
  });

  test("FileSpool leaves no byte of a message behind that is done, once it is closed", () => {
    const folder = newFolder();
    const spool = FileSpool.open(folder);
    put(spool, "a".repeat(9000) + "SECRET");
    put(spool, "stays");
    spool.done(1);
    spool.close();
    assert.deepEqual(readdirSync(folder), [SPOOL_FILE]);
    const text = latin1(readFileSync(fileOf(folder)));
    assert.ok(text.includes("stays"));
    assert.ok(!text.includes("SECRET"));
  });

  test("FileSpool refuses a message above its bound, and takes it when there is room again", () => {
    const folder = newFolder();
    const spool = FileSpool.open(folder, { maxBytes: 1000 });
    put(spool, "A".repeat(200));
    assert.throws(
      () => put(spool, "B".repeat(300)),
      failsWith("spool_full", /a message of 300B: .* holds 1, of .*1KB.* 544B are left/),
    );
    assert.equal(spool.size, 1);
    spool.done(1);
    put(spool, "B".repeat(300));
    assert.equal(spool.size, 1);
    spool.close();
    assert.throws(() => FileSpool.open(folder, { maxBytes: 0 }), RangeError);
  });

  test("FileSpool is used by one program at a time", () => {
    const folder = newFolder();
    const spool = FileSpool.open(folder);
    assert.throws(() => FileSpool.open(folder), failsWith("spool_in_use", /another program uses it/));
    put(spool, "A");
    assert.throws(() => FileSpool.open(folder), failsWith("spool_in_use", /another program uses it/));
    spool.close();
    const next = FileSpool.open(folder);
    assert.deepEqual(take(next), ["A"]);
    next.close();
  });

  test("FileSpool delivers no message that the disk has changed", () => {
    const folder = newFolder();
    const spool = FileSpool.open(folder);
    put(spool, "MSH|RIGHT|");
    spool.close();
    const bytes = readFileSync(fileOf(folder));
    bytes.write("WRONG", bytes.lastIndexOf("MSH|RIGHT|") + 4);
    writeFileSync(fileOf(folder), bytes);
    const again = FileSpool.open(folder);
    assert.equal(again.size, 1);
    assert.equal(again.next()!.damage, "The bytes of message 1 are not those that were written");
    again.close();
  });

  test("FileSpool keeps what was given up, with the reason, apart from what is to be delivered", () => {
    const folder = newFolder();
    const spool = FileSpool.open(folder, { maxBytes: 3 * 257 });
    for (const text of ["A", "B", "C"]) put(spool, text);
    assert.equal(latin1(spool.next(1)!.message), "B");
    assert.equal(spool.next(3), null);
    spool.bury(2, "The destination fails with it");
    spool.bury(2, "twice");
    assert.deepEqual([spool.size, spool.dead, spool.bytes], [2, 1, 3 * 257]);
    assert.throws(() => put(spool, ""), failsWith("spool_full", /the spool holds 3/));
    assert.deepEqual(take(spool), ["A", "C"]);
    spool.close();
    const again = FileSpool.open(folder);
    assert.deepEqual([again.size, again.dead, again.bytes], [0, 1, 257]);
    assert.equal(again.next(), null);
    again.close();
    const database = new DatabaseSync(fileOf(folder));
    const row = database.prepare("SELECT id, control_id, why FROM dead").get();
    assert.deepEqual({ ...row }, { id: 2, control_id: "B", why: "The destination fails with it" });
    // As the documentation says: it comes again, in its old place.
    database.exec("INSERT INTO queue SELECT * FROM dead; DELETE FROM dead");
    database.close();
    const third = FileSpool.open(folder);
    assert.deepEqual([take(third), third.dead], [["B"], 0]);
    third.close();
  });

  test("FileSpool says so when it is closed or its folder cannot be", () => {
    const folder = newFolder();
    const spool = FileSpool.open(folder);
    spool.close();
    assert.throws(() => put(spool, "A"), SpoolError);
    assert.equal(spool.size, 0);
    assert.throws(
      () => FileSpool.open(join(root, "no", "such")),
      failsWith("spool_failed", /Cannot open the spool .*no\/such\/spool\.sqlite: there is no such folder/),
    );
    const file = join(root, "file");
    writeFileSync(file, "");
    assert.throws(() => FileSpool.open(file), failsWith("spool_failed", /no folder/));
  });
});

describe("FileSpool never makes a damaged file anew:", () => {
  const spoiled = (spoil: (path: string) => void) => {
    const folder = newFolder();
    const spool = FileSpool.open(folder);
    for (let i = 0; i < 50; i++) put(spool, `${i}`.repeat(500));
    spool.close();
    spoil(fileOf(folder));
    return folder;
  };
  const CASES: [string, (path: string) => void, RegExp][] = [
    ["something else", (path) => writeFileSync(path, "this is no spool\n".repeat(300)), /not a database/],
    ["empty", (path) => truncateSync(path, 0), /the file is empty/],
    ["cut off", (path) => truncateSync(path, 8192), /malformed|page|invalid/i],
    [
      "overwritten in the middle",
      (path) => {
        const bytes = readFileSync(path);
        bytes.fill(0x41, 4096, 12_288);
        writeFileSync(path, bytes);
      },
      /malformed|btree|page|tree/i,
    ],
    ["gone, its -wal left", (path) => (rmSync(path), writeFileSync(`${path}-wal`, "x")), /its -wal is still there/],
    [
      "a folder",
      (path) => (rmSync(path), mkdirSync(path)),
      /no plain file/,
    ],
  ];
  for (const [how, spoil, message] of CASES) {
    test(`FileSpool refuses a file that is ${how}, and leaves it as it is`, () => {
      const folder = spoiled(spoil);
      const path = fileOf(folder);
      const before = existsSync(path) && statSync(path).isFile() ? readFileSync(path) : null;
      assert.throws(() => FileSpool.open(folder), failsWith("spool_damaged", message));
      if (before !== null) assert.deepEqual(readFileSync(path), before);
    });
  }

  test("FileSpool refuses a database of something else", () => {
    const folder = newFolder();
    FileSpool.open(folder).close();
    rmSync(fileOf(folder));
    const other = new DatabaseSync(fileOf(folder));
    other.exec("CREATE TABLE songs (title TEXT)");
    other.close();
    assert.throws(() => FileSpool.open(folder), failsWith("spool_damaged", /a database of something else/));
  });
});

describe("FileSpool killed while it writes", () => {
  const CHILD = join(import.meta.dirname!, "spool_child.ts");
  const args = "deno" in process.versions ? ["run", "-A", CHILD] : [CHILD];

  /** Starts the writer and kills it when it has said so many numbers; returns the last one that it said. */
  async function killedAfter(folder: string, count: number): Promise<number> {
    const child: ChildProcess = spawn(process.execPath, [...args, folder], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    let numbers = 0;
    child.stdout!.on("data", (data: Uint8Array) => {
      said += latin1(data);
      numbers += latin1(data).split("\n").length - 1;
      if (numbers >= count) child.kill("SIGKILL");
    });
    await new Promise((resolve) => child.once("close", resolve));
    // A line that was cut off was not said.
    return Number(said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1));
  }

  test("FileSpool has after each kill -9 every message that it took in, whole and in order", async () => {
    const folder = newFolder();
    let last = -1;
    for (const count of [1, 7, 30]) {
      const said = await killedAfter(folder, count);
      assert.ok(said >= last + count, `${said} after ${last}`);
      last = said;
      const spool = FileSpool.open(folder);
      // One more may have been taken in whose number was not said any more.
      assert.ok(spool.size === said + 1 || spool.size === said + 2, `${spool.size} messages, said ${said}`);
      last = spool.size - 1;
      spool.close();
    }
    const spool = FileSpool.open(folder);
    const messages = take(spool);
    spool.close();
    assert.deepEqual(
      messages,
      Array.from({ length: last + 1 }, (_, i) => `MSH|${i}|${"x".repeat(i * 37 % 3000)}\r`),
    );
  });
});
