/** A journal on disk: its head, its end, rotation, what cannot be opened or written; and reading it back. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { utf8 } from "../../../lib/bytes.ts";
import { DiskFile, type DiskFileOptions } from "../../../receiver/journal/file.ts";
import { readJournal, readJournalFiles } from "../../../receiver/journal/read.ts";
import { journalFiles } from "../../../receiver/journal/rotated.ts";

const root = mkdtempSync(join(tmpdir(), "mllp-journal-"));
after(() => rmSync(root, { recursive: true }));
let names = 0;
const fresh = () => join(root, `${names++}.ndjson`);

const HEAD = '{"journal":"mllp.journal/1","at":"2026-01-31T12:00:00.000Z"}\n';
const note = (name: string) => `{"note":"${name}","at":"2026-01-31T12:00:00.000Z"}\n`;
const message = (n: number) =>
  `{"n":${n},"at":"2026-01-31T12:00:00.000Z","connection":1,"controlId":"M${n}","type":"ADT^A01","bytesIn":1,` +
  `"hash":"","outcome":"none"}\n`;
const open = (path: string, options: Partial<DiskFileOptions> = {}) =>
  new DiskFile(path, { head: () => HEAD, ...options });

/** What reading a journal comes to: the kinds of its lines, and what was torn. */
async function read(path: string) {
  const lines: string[] = [];
  const torn: string[] = [];
  const options = {
    torn: (line: { lineNumber: number; bytes: number }) => torn.push(`${line.lineNumber}: ${line.bytes}`),
  };
  for await (const { line } of readJournalFiles(path, options)) {
    lines.push("journal" in line ? "head" : "note" in line ? String(line.note) : `M${line.n}`);
  }
  return { lines, torn };
}

test("DiskFile begins with a head, and each run that appends begins with one", async () => {
  const path = fresh();
  const first = open(path);
  assert.equal(first.append(new Uint8Array(0)), null);
  assert.equal(readFileSync(path, "utf8"), HEAD, "before there is a message");
  assert.equal(first.append(utf8(message(1))), null);
  first.close();
  const second = open(path);
  assert.equal(second.append(utf8(message(1))), null);
  assert.equal(second.append(utf8(message(2))), null);
  second.close();
  assert.equal(second.cut, 0);
  assert.deepEqual(await read(path), { lines: ["head", "M1", "head", "M1", "M2"], torn: [] });
});

test("DiskFile cuts off a torn last line, of whatever length, and tells how much", async () => {
  for (const tear of ['{"n":2,"at":"2026', "{", "\u0000".repeat(3000), `{"n":2,"payload":"${"x".repeat(200_000)}`]) {
    const path = fresh();
    writeFileSync(path, HEAD + message(1) + tear);
    const file = open(path);
    assert.equal(file.cut, tear.length);
    assert.equal(file.append(utf8(message(2))), null);
    file.close();
    assert.deepEqual(await read(path), { lines: ["head", "M1", "head", "M2"], torn: [] });
  }
});

test("DiskFile is for its owner alone, rotated too; one that is there keeps its rights", {
  skip: process.platform === "win32",
}, () => {
  const mode = (path: string) => statSync(path).mode & 0o777;
  const path = fresh();
  const file = open(path, { rotateBytes: 100 });
  for (const n of [1, 2, 3]) assert.equal(file.append(utf8(message(n))), null);
  file.close();
  assert.ok(existsSync(`${path}.1`), "it was rotated");
  assert.deepEqual([mode(path), mode(`${path}.1`)], [0o600, 0o600]);
  const shared = fresh();
  writeFileSync(shared, HEAD);
  chmodSync(shared, 0o640);
  open(shared).close();
  assert.equal(mode(shared), 0o640);
});

test("DiskFile cuts off a torn head, and ends a whole line that only lacks its end", async () => {
  const torn = fresh();
  writeFileSync(torn, HEAD.slice(0, 12));
  const file = open(torn);
  assert.equal(file.cut, 12);
  file.append(utf8(message(1)));
  file.close();
  assert.deepEqual((await read(torn)).lines, ["head", "M1"]);
  const unended = fresh();
  writeFileSync(unended, (HEAD + message(1)).slice(0, -1));
  const other = open(unended);
  assert.equal(other.cut, 0);
  other.append(utf8(message(2)));
  other.close();
  assert.deepEqual((await read(unended)).lines, ["head", "M1", "head", "M2"]);
});

test("DiskFile refuses what is no journal, or is damaged, and leaves it as it is", () => {
  const rows: [string, RegExp][] = [
    ["MSH|^~\\&|A\rPID|1||4711\r", /^its first line is no head of a journal, wanted a journal or no file$/],
    [message(1), /no head of a journal/],
    ['{\n  "name": "example"\n}', /no head of a journal/],
    [`${HEAD}{"n":1,\n`, /^its last line is damaged: found no JSON object, wanted a line of a journal$/],
    [`${HEAD}12\n`, /its last line is damaged/],
  ];
  for (const [content, says] of rows) {
    const path = fresh();
    writeFileSync(path, content);
    assert.throws(() => open(path), (error: Error) => error instanceof RangeError && says.test(error.message));
    assert.equal(readFileSync(path, "utf8"), content);
  }
  assert.throws(() => open(root), { code: "EISDIR" });
  assert.throws(() => open(join(root, "no", "such.ndjson")), { code: "ENOENT" });
});

test("DiskFile on a full device says why and goes on trying; there is nothing to cut", async () => {
  const file = open("/dev/full");
  assert.equal(file.append(utf8(message(1))), "no space left on the device");
  assert.equal(file.append(utf8(message(2))), "no space left on the device");
  assert.equal(await file.sync(), null);
  file.close();
});

test("DiskFile makes a new file where the present one would grow too large, the oldest being FILE.1", async () => {
  const path = fresh();
  const file = open(path, { rotateBytes: HEAD.length + 2 * message(1).length, durable: true });
  for (let n = 1; n <= 7; n++) assert.equal(file.append(utf8(message(n))), null);
  assert.equal(await file.sync(), null);
  file.close();
  assert.deepEqual(journalFiles(path), [`${path}.1`, `${path}.2`, `${path}.3`, path]);
  assert.equal(readFileSync(`${path}.1`, "utf8"), HEAD + message(1) + message(2));
  assert.equal(readFileSync(path, "utf8"), HEAD + message(7));
  const { lines } = await read(path);
  assert.deepEqual(lines.filter((line) => line !== "head"), ["M1", "M2", "M3", "M4", "M5", "M6", "M7"]);
  const again = open(path, { rotateBytes: 1024 });
  for (let n = 1; n <= 10; n++) again.append(utf8(message(n)));
  again.close();
  assert.equal(journalFiles(path).length, 5, "numbers go on");
});

test("DiskFile writes a line that is longer than a file may be, alone", () => {
  const path = fresh();
  const file = open(path, { rotateBytes: 1024 });
  const long = `{"note":"${"x".repeat(5000)}"}\n`;
  for (let i = 0; i < 3; i++) assert.equal(file.append(utf8(long)), null);
  file.close();
  for (const part of journalFiles(path)) assert.equal(readFileSync(part, "utf8"), HEAD + long);
});

test("DiskFile that cannot be rotated goes on growing, and tells it once for each size", () => {
  const folder = join(root, "rotating");
  mkdirSync(folder);
  const path = join(folder, "journal.ndjson");
  const told: string[] = [];
  const file = open(path, { rotateBytes: 1024, warn: (text) => told.push(text) });
  file.append(utf8(message(1)));
  rmSync(folder, { recursive: true });
  for (let n = 2; n < 14; n++) assert.equal(file.append(utf8(message(n))), null);
  assert.equal(told.length, 1);
  assert.match(told[0], /^cannot rotate the journal .*journal\.ndjson, it goes on growing: there is no such folder$/);
  file.close();
});

test("DiskFile that is given up is gone if it was not there before, and as it was if it was", () => {
  const made = fresh();
  open(made).giveUp();
  assert.equal(existsSync(made), false);
  const kept = fresh();
  writeFileSync(kept, HEAD);
  open(kept).giveUp();
  assert.equal(readFileSync(kept, "utf8"), HEAD);
});

test("readJournalFiles reads a set whose last file is not there yet", async () => {
  const path = fresh();
  writeFileSync(`${path}.1`, HEAD + message(1));
  writeFileSync(`${path}.10`, HEAD + message(3));
  writeFileSync(`${path}.2`, HEAD + message(2));
  writeFileSync(`${path}.bak`, "no journal");
  assert.deepEqual((await read(path)).lines, ["head", "M1", "head", "M2", "head", "M3"]);
});

test("readJournal tells of a torn last line and leaves it out, wherever the chunks are cut", async () => {
  const text = HEAD + message(1) + note("open") + '{"n":2,"at":"20';
  const bytes = utf8(text);
  for (const size of [1, 7, bytes.length]) {
    const chunks = Array.from(
      { length: Math.ceil(bytes.length / size) },
      (_, i) => bytes.subarray(i * size, i * size + size),
    );
    const found: number[] = [];
    const torn: unknown[] = [];
    for await (const { lineNumber } of readJournal(chunks, { name: "j", torn: (line) => torn.push(line) })) {
      found.push(lineNumber);
    }
    assert.deepEqual(found, [1, 2, 3]);
    assert.deepEqual(torn, [{ file: "j", lineNumber: 4, bytes: 15 }]);
  }
});

test("readJournal names file and line of any other damage", async () => {
  const rows: [string, RegExp][] = [
    ["", /^Cannot read j: it is empty, wanted a journal$/],
    [
      message(1),
      /^Cannot read j: line 1 is no head of a journal, wanted a journal as mllp receive --journal writes it$/,
    ],
    [`${HEAD}{"n":1,"at\n${message(2)}`, /^Cannot read j: line 2 /],
    [
      `${HEAD}${message(1).replace('"controlId":"M1",', "")}${message(2)}`,
      /^Cannot read j: line 2: 'controlId' is missing/,
    ],
    [`${HEAD}${message(1).replace('"n":1', '"n":"1"')}`, /^Cannot read j: line 2: found n '1', wanted a number$/],
    [`${HEAD}{"note":7}\n`, /^Cannot read j: line 2: found note 7, wanted a text$/],
    [HEAD.replace("/1", "/2"), /^Cannot read j: line 1: found journal 'mllp\.journal\/2', wanted 'mllp\.journal\/1'$/],
  ];
  for (const [text, says] of rows) {
    const reading = (async () => {
      for await (const line of readJournal(utf8(text), { name: "j" })) void line;
    })();
    await assert.rejects(reading, (error: Error) => {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, says);
      return true;
    });
  }
});

test("readJournal takes a torn line before a head for what a killed receiver left", async () => {
  const path = fresh();
  writeFileSync(path, HEAD + message(1));
  appendFileSync(path, `{"n":2,"at\n${HEAD}${message(1)}`);
  assert.deepEqual(await read(path), { lines: ["head", "M1", "head", "M1"], torn: ["3: 10"] });
});
