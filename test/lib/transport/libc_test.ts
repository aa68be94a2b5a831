import assert from "node:assert/strict";
import { closeSync, existsSync, openSync, readSync, writeSync } from "node:fs";
import { test } from "node:test";
import { type Libc, loadLibc } from "../../../lib/transport/libc.ts";
import { LINE_FLAGS } from "../../../lib/transport/serial.ts";

const skip = !existsSync("/dev/ptmx") && "there is no /dev/ptmx here";

const overPair = (sentence: string, body: (libc: Libc, master: number, slave: number, path: string) => void) =>
  test(sentence, { skip }, async () => {
    const libc = await loadLibc();
    const master = openSync("/dev/ptmx", LINE_FLAGS);
    const path = libc.slaveOf(master) ?? "";
    const slave = openSync(path, LINE_FLAGS);
    try {
      body(libc, master, slave, path);
    } finally {
      closeSync(slave);
      closeSync(master);
    }
  });

test("The C library is loaded once", { skip }, async () => {
  assert.equal(await loadLibc(), await loadLibc());
});

overPair("The C library tells terminals from other files", (libc, _, slave) => {
  assert.equal(libc.isTerminal(slave), true);
  const fd = openSync("/dev/null", "r");
  assert.equal(libc.isTerminal(fd), false);
  assert.equal(libc.slaveOf(fd), null);
  assert.equal(libc.makeRaw(fd), false);
  assert.equal(libc.exclude(fd, true), false);
  closeSync(fd);
});

overPair(
  "The C library says what can be read the moment it was written, and how much was taken",
  (libc, master, slave) => {
    assert.equal(libc.makeRaw(slave), true);
    assert.deepEqual([libc.readable(slave), libc.writable(master)], [false, true]);
    const bytes = new Uint8Array(1_000_000).fill(0x41);
    const taken = libc.write(master, bytes);
    assert.ok(taken > 0 && taken < bytes.length, String(taken));
    assert.equal(libc.readable(slave), true);
    let got = 0;
    const buffer = new Uint8Array(4096);
    while (libc.readable(slave)) got += readSync(slave, buffer, 0, buffer.length, null);
    assert.equal(got, taken);
  },
);

overPair("The C library writes a part of a larger array, not its beginning", (libc, master, slave) => {
  libc.makeRaw(slave);
  assert.equal(libc.write(master, new TextEncoder().encode("MSH|^~").subarray(3, 5)), 2);
  const buffer = new Uint8Array(16);
  assert.ok(libc.readable(slave));
  assert.equal(new TextDecoder().decode(buffer.subarray(0, readSync(slave, buffer, 0, 16, null))), "|^");
});

overPair("The C library throws away what was not read", (libc, master, slave) => {
  libc.makeRaw(slave);
  writeSync(master, "old news");
  assert.equal(libc.readable(slave), true);
  libc.discard(slave);
  assert.equal(libc.readable(slave), false);
});

overPair("The C library locks a file for one descriptor alone", (libc, _, slave, path) => {
  const other = openSync(path, LINE_FLAGS);
  assert.deepEqual([libc.lock(slave), libc.lock(other), libc.lock(slave)], [true, false, true]);
  closeSync(other);
});

overPair("The C library excludes others and allows them again; a pty has no modem lines", (libc, _, slave) => {
  assert.deepEqual([libc.exclude(slave, true), libc.exclude(slave, false)], [true, true]);
  assert.equal(libc.modemLines(slave), null);
  assert.equal(libc.setModemLines(slave, 2, true), false);
  assert.equal(libc.unsent(slave), 0);
});
