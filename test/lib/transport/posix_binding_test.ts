import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Libc, MODEM_BITS } from "../../../lib/transport/libc.ts";
import { type PortParts, PosixPort, waitMs } from "../../../lib/transport/posix_binding.ts";

const skip = process.platform === "win32" && "Windows has no such descriptors";

/** A port over a file, and over what a test says of the C library. */
function portOver(path: string, flags: string, libc: Partial<Libc>, parts: Partial<PortParts> = {}): PosixPort {
  const fd = openSync(path, flags);
  return new PosixPort({
    fd,
    libc: libc as Libc,
    openOptions: { path } as PortParts["openOptions"],
    endsOnHangUp: true,
    pending: () => false,
    speed: null,
    release: () => closeSync(fd),
    ...parts,
  });
}

test("waitMs looks at once, then each millisecond, then ever less, at most 20 ms apart", () => {
  const waits = Array.from({ length: 400 }, (_, i) => waitMs(i));
  assert.deepEqual([...new Set(waits)], [0, 1, 2, 4, 8, 16, 20]);
  assert.deepEqual(waits, waits.toSorted((a, b) => a - b));
  assert.equal(waitMs(1e9), 20);
});

test("PosixPort reads nothing until there is something, and 0 bytes as the end", { skip }, async () => {
  let looks = 0;
  const port = portOver("/dev/null", "r+", { readable: () => ++looks > 3 });
  assert.equal((await port.read(Buffer.alloc(8), 0, 8)).bytesRead, 0);
  assert.equal(looks, 4);
  await port.close();
});

test("PosixPort goes on after a hang-up where that is no end", { skip }, async () => {
  let looks = 0;
  const stop = Promise.withResolvers<void>();
  const readable = () => {
    if (++looks === 5) stop.resolve();
    return true;
  };
  const port = portOver("/dev/null", "r+", { readable }, { endsOnHangUp: false });
  const reading = port.read(Buffer.alloc(8), 0, 8);
  await stop.promise;
  await port.close();
  await assert.rejects(reading, { canceled: true });
});

test("PosixPort rejects what waits when it is closed, as canceled, and closes twice as once", { skip }, async () => {
  let released = 0;
  const never = { readable: () => false, writable: () => false };
  const port = portOver("/dev/null", "r+", never, { pending: () => true, release: () => void released++ });
  const waiting = [port.read(Buffer.alloc(8), 0, 8), port.write(Buffer.from("x")), port.drain()];
  await Promise.all([port.close(), port.close()]);
  for (const each of waiting) await assert.rejects(each, { canceled: true });
  assert.equal(released, 1);
  assert.equal(port.isOpen, false);
  await assert.rejects(port.read(Buffer.alloc(8), 0, 8), { canceled: true });
  await assert.rejects(port.write(Buffer.from("x")), { canceled: true });
  await assert.rejects(port.drain(), { canceled: true });
});

test("PosixPort writes on where the system took a part, or refused and takes one byte", { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "mllp-"));
  const path = join(folder, "out");
  const asked: string[] = [];
  let looks = 0;
  const libc: Partial<Libc> = {
    readable: () => false,
    writable: () => ++looks % 2 === 0,
    // The second time it takes nothing: the port then asks node:fs, which writes a byte.
    write: (_, bytes) => asked.push(Buffer.from(bytes).toString()) === 2 ? -1 : 3,
  };
  const port = portOver(path, "w", libc);
  await port.write(Buffer.from("abcdefgh"));
  assert.deepEqual(asked, ["abcdefgh", "defgh", "efgh", "h"]);
  assert.equal(readFileSync(path, "utf8"), "d");
  await port.close();
  rmSync(folder, { recursive: true });
});

test("PosixPort tells why a write failed in the system's own words", { skip }, async () => {
  const port = portOver("/dev/null", "r", { readable: () => false, writable: () => true, write: () => -1 });
  await assert.rejects(port.write(Buffer.from("x")), { code: "EBADF" });
  await port.close();
});

test("PosixPort reads the modem lines and sets those asked for", { skip }, async () => {
  const set: [number, boolean | string][] = [];
  const port = portOver("/dev/null", "r+", {
    modemLines: () => MODEM_BITS.cts | MODEM_BITS.dcd | MODEM_BITS.rts,
    setModemLines: (_, bits, up) => set.push([bits, up]) > 0,
    setBreak: (_, on) => set.push([0, `break ${on}`]) > 0,
  });
  assert.deepEqual(await port.get(), { cts: true, dsr: false, dcd: true });
  await port.set({ dtr: false });
  await port.set({ rts: true, brk: true });
  assert.deepEqual(set, [[MODEM_BITS.dtr, false], [MODEM_BITS.rts, true], [0, "break true"]]);
  await port.close();
});

test("PosixPort says so where there are no modem lines and no speed", { skip }, async () => {
  const port = portOver("/dev/null", "r+", { modemLines: () => null });
  await assert.rejects(port.get(), /Cannot read modem lines: the device has none/);
  await assert.rejects(port.set({ dtr: true }), /Cannot set modem lines: the device has none/);
  await assert.rejects(port.update({ baudRate: 9600 }), /Cannot set the speed: a pty has none/);
  await assert.rejects(port.getBaudRate(), /Cannot tell the speed: a pty has none/);
  await port.close();
});

test("PosixPort passes speeds on to who sets them", { skip }, async () => {
  let now = 9600;
  const speed = { set: (baud: number) => Promise.resolve(void (now = baud)), get: () => Promise.resolve(now) };
  const port = portOver("/dev/null", "r+", {}, { speed });
  await port.update({ baudRate: 300 });
  assert.deepEqual(await port.getBaudRate(), { baudRate: 300 });
  await port.close();
});
