/** A folder of stored messages: names, a second run, what cannot be written. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { utf8 } from "../../../lib/bytes.ts";
import { FolderStore, storedName } from "../../../receiver/journal/store.ts";

const root = mkdtempSync(join(tmpdir(), "mllp-store-"));
after(() => rmSync(root, { recursive: true }));

test("storedName makes any control id harmless", () => {
  const rows: [string, string][] = [
    ["MSG1", "00000007-MSG1.hl7"],
    ["", "00000007.hl7"],
    ["../../etc/passwd", "00000007-.._.._etc_passwd.hl7"],
    ["a b\u0000c\u00fc\n", "00000007-a_b_c__.hl7"],
    ["C:\\x*?", "00000007-C__x__.hl7"],
    ["x".repeat(500), `00000007-${"x".repeat(64)}.hl7`],
  ];
  for (const [id, name] of rows) assert.equal(storedName(7, id), name);
  assert.equal(storedName(123456789, "A"), "123456789-A.hl7");
});

test("FolderStore makes its folder and stores messages byte for byte", async () => {
  const folder = join(root, "deep", "down");
  const store = new FolderStore(folder);
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(store.put(bytes, 1, "MSG1"), { name: "00000001-MSG1.hl7" });
  assert.deepEqual([...readFileSync(join(folder, "00000001-MSG1.hl7"))], [...bytes]);
  assert.deepEqual(await store.sync(["00000001-MSG1.hl7"]), new Map());
  store.remove("00000001-MSG1.hl7");
  store.remove("00000001-MSG1.hl7");
  assert.deepEqual(readdirSync(folder), []);
});

test("FolderStore keeps messages for their owner alone", { skip: process.platform === "win32" }, () => {
  const folder = join(root, "owned");
  new FolderStore(folder).put(utf8("MSH|"), 1, "A");
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(statSync(join(folder, "00000001-A.hl7")).mode & 0o777, 0o600);
});

test("FolderStore goes on behind the highest number of a run before", () => {
  const folder = join(root, "twice");
  const first = new FolderStore(folder);
  first.put(utf8("one"), 1, "A");
  first.put(utf8("two"), 12, "");
  writeFileSync(join(folder, "00000099-notes.txt"), "");
  assert.deepEqual(new FolderStore(folder).put(utf8("three"), 1, "A"), { name: "00000013-A.hl7" });
  assert.equal(readFileSync(join(folder, "00000001-A.hl7"), "utf8"), "one");
});

test("FolderStore never writes over a file, and says why it could not store", async () => {
  const folder = join(root, "taken");
  const store = new FolderStore(folder);
  writeFileSync(join(folder, "00000001-A.hl7"), "mine");
  assert.deepEqual(store.put(utf8("x"), 1, "A"), { failure: "that is a file" });
  assert.equal(readFileSync(join(folder, "00000001-A.hl7"), "utf8"), "mine");
  assert.deepEqual(await store.sync(["nowhere.hl7"]), new Map([["nowhere.hl7", "there is no such folder"]]));
  rmSync(folder, { recursive: true });
  assert.deepEqual(store.put(utf8("x"), 2, "A"), { failure: "there is no such folder" });
});
