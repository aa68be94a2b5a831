import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { unzipSync } from "fflate";
import { unpackTar } from "modern-tar";
import { type Entry, tarGz, zip } from "../../release/archive.ts";
import { entry } from "../../release/manual.ts";

const AT = new Date("2026-01-31T23:59:59Z");
const ENTRIES: readonly Entry[] = [
  { path: "mllp-1/mllp", data: new Uint8Array(100_000).fill(7), executable: true },
  entry("mllp-1/README.md", "# mllp\n"),
  entry("mllp-1/docs/a.md", ""),
];
const PACKERS = { tarGz, zip: (entries: readonly Entry[], at: Date) => Promise.resolve(zip(entries, at)) };
const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

for (const [name, pack] of Object.entries(PACKERS)) {
  describe(name, () => {
    test(`${name} makes the same bytes of the same files, in whatever order they come`, async () => {
      const packed = await pack(ENTRIES, AT);
      assert.equal(hash(await pack(ENTRIES, AT)), hash(packed));
      assert.equal(hash(await pack([...ENTRIES].reverse(), AT)), hash(packed));
      assert.notEqual(hash(await pack(ENTRIES.slice(1), AT)), hash(packed));
    });

    test(`${name} makes the same bytes in every time zone`, async () => {
      const here = process.env.TZ;
      try {
        const hashes = new Set<string>();
        for (const zone of ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"]) {
          process.env.TZ = zone;
          hashes.add(hash(await pack(ENTRIES, AT)));
        }
        assert.equal(hashes.size, 1);
      } finally {
        if (here === undefined) delete process.env.TZ;
        else process.env.TZ = here;
      }
    });
  });
}

test("tarGz keeps paths, contents and what can be executed, of one time and nobody's", async () => {
  const unpacked = await unpackTar(gunzipSync(await tarGz(ENTRIES, AT)));
  assert.deepEqual(
    unpacked.map(({ header: { name, mode, uid, gid, mtime }, data }) => ({
      name,
      mode,
      uid,
      gid,
      mtime,
      size: data!.length,
    })),
    [
      { name: "mllp-1/README.md", mode: 0o644, uid: 0, gid: 0, mtime: AT, size: 7 },
      { name: "mllp-1/docs/a.md", mode: 0o644, uid: 0, gid: 0, mtime: AT, size: 0 },
      { name: "mllp-1/mllp", mode: 0o755, uid: 0, gid: 0, mtime: AT, size: 100_000 },
    ],
  );
});

test("zip keeps paths and contents", () => {
  const unpacked = unzipSync(zip(ENTRIES, AT));
  assert.deepEqual(Object.keys(unpacked).sort(), ENTRIES.map(({ path }) => path).sort());
  for (const { path, data } of ENTRIES) assert.deepEqual(unpacked[path], data, path);
});

const UNPACKERS = [
  { program: "tar", args: ["-xzf"], name: "a.tar.gz", pack: PACKERS.tarGz },
  { program: "unzip", args: ["-q"], name: "a.zip", pack: PACKERS.zip },
];
for (const { program, args, name, pack } of UNPACKERS) {
  const there = spawnSync(program, ["--version"]).error === undefined;
  test(
    `archives are unpacked by ${program}, and the binary can be run`,
    { skip: !there && `there is no ${program}` },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "mllp-archive-"));
      try {
        writeFileSync(join(folder, name), await pack(ENTRIES, AT));
        const { status, stderr } = spawnSync(program, [...args, name], { cwd: folder, encoding: "utf8" });
        assert.equal(status, 0, stderr);
        for (const { path, data } of ENTRIES) assert.deepEqual(new Uint8Array(readFileSync(join(folder, path))), data);
        assert.equal(statSync(join(folder, "mllp-1/mllp")).mode & 0o111, 0o111);
        assert.equal(statSync(join(folder, "mllp-1/README.md")).mode & 0o111, 0);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
}
