import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { TransportError } from "../../../lib/errors.ts";
import { parseEndpoint } from "../../../lib/transport/endpoint.ts";
import { whyNoLines } from "../../../lib/transport/libc.ts";
import type { LineTransport } from "../../../lib/transport/line.ts";
import { connect, listen } from "../../../lib/transport/open.ts";
import { ptsIdentity } from "../../../lib/transport/serial.ts";
import type { Transport } from "../../../lib/transport/transport.ts";

const noPtys = !existsSync("/dev/ptmx") && "there is no /dev/ptmx here";
const flag = process.platform === "darwin" ? "-f" : "-F";

/** A pty of ours stands in for the cable and the device behind it. */
const overPty = (sentence: string, body: (path: string, master: Transport) => Promise<void>) =>
  test(sentence, { skip: noPtys, timeout: 20_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "mllp-"));
    const path = join(folder, "line");
    const master = await connect(parseEndpoint(`pty:${path}`));
    try {
      await body(path, master);
    } finally {
      await master.close(0);
      rmSync(folder, { recursive: true });
    }
  });

async function failureOf(promise: Promise<unknown>): Promise<TransportError> {
  const error = await promise.then(() => null, (error) => error);
  assert.ok(error instanceof TransportError, String(error));
  return error;
}

const open = (text: string) => connect(parseEndpoint(text));
const stty = (path: string, ...words: string[]) => spawnSync("stty", [flag, path, ...words]).stdout.toString();

overPty("A serial line sets speed, stop bits and flow control as its endpoint asks", async (path) => {
  const line = await open(`serial:${path}?baud=19200&data=8&parity=none&stop=2&flow=xonxoff`);
  const settings = stty(path, "-a");
  for (const word of ["speed 19200 baud", "cstopb", "ixon", "ixoff", "-crtscts", "-echo", "-icanon"]) {
    assert.match(settings, new RegExp(`(^|\\s)${word}\\b`, "m"), settings);
  }
  await line.close();
});

overPty(
  "A serial line says how many bytes it carries in a second: as it is asked to, or as it was set",
  async (path) => {
    stty(path, "4800");
    const left = await open(`serial:${path}`);
    assert.equal(left.info.bytesPerSecond, 480);
    await left.close();
    const set = await open(`serial:${path}?baud=9600&stop=2`);
    assert.equal(set.info.bytesPerSecond, 9600 / 11);
    await set.close();
  },
);

overPty("A serial line is always raw, and leaves what is not asked for as it was", async (path) => {
  stty(path, "4800", "cstopb", "ixon", "ixoff", "crtscts", "echo", "icanon", "icrnl", "opost", "min", "5", "time", "9");
  const line = await open(`serial:${path}`);
  const settings = stty(path, "-a");
  const kept = ["speed 4800 baud", "cstopb", "ixon", "ixoff", "crtscts"];
  for (const word of [...kept, "-echo", "-icanon", "-icrnl", "-opost", "min = 1", "time = 0"]) {
    assert.match(settings, new RegExp(`(^|\\s)${word}\\b`, "m"), settings);
  }
  await line.close();
});

overPty(
  "A serial line has one driver: the second is told who has it, and a third after the first succeeds",
  async (path) => {
    const first = await open(`serial:${path}`);
    const error = await failureOf(open(`serial:${path}?baud=9600`));
    assert.deepEqual(
      [error.code, error.operation, error.endpoint, error.systemCode],
      ["connect_refused", "connect", `serial:${path}`, "EBUSY"],
    );
    const holder = process.platform === "linux" ? `, process ${process.pid}` : "";
    assert.equal(error.message, `Cannot open serial:${path}: another program has it${holder}`);
    // Whoever asks by the device's own name asks for the same device.
    const listening = await failureOf(listen(parseEndpoint(`serial:${realpathSync(path)}`), {}, () => {}));
    assert.deepEqual([listening.code, listening.systemCode], ["listen_failed", "EBUSY"]);
    await first.close();
    const third = await open(`serial:${path}`);
    await third.close();
  },
);

overPty("A serial line tells its speed and changes it while it is open", async (path) => {
  const line = await open(`serial:${path}?baud=1200`) as LineTransport;
  const done = Promise.withResolvers<void>();
  line.stream.update({ baudRate: 2400 }, (error) => error === null ? done.resolve() : done.reject(error));
  await done.promise;
  assert.equal(stty(path, "speed").trim(), "2400");
  assert.deepEqual(await line.stream.port?.getBaudRate(), { baudRate: 2400 });
  await line.close();
});

overPty("A serial line is set though there is no search path for stty", async (path) => {
  const { PATH } = process.env;
  process.env.PATH = "/nowhere";
  try {
    // The usual folders are looked through all the same: init(8) gives no path.
    await (await open(`serial:${path}?baud=600`)).close();
  } finally {
    process.env.PATH = PATH;
  }
  assert.equal(stty(path, "speed").trim(), "600");
});

overPty("A serial line that refuses a setting says which program said so, and lets the device go", async (path) => {
  const error = await failureOf(open(`serial:${path}?baud=12345`));
  assert.match(error.message, /^Cannot open serial:.*: the device does not take these settings \(stty: .+\)$/);
  const line = await open(`serial:${path}`);
  await line.close();
});

overPty("listen on a serial line gives its stream, and the device stays taken until that is closed", async (path) => {
  const accepted = Promise.withResolvers<Transport>();
  const listener = await listen(parseEndpoint(`serial:${path}`), {}, accepted.resolve);
  const line = await accepted.promise;
  await listener.close();
  assert.equal((await failureOf(open(`serial:${path}`))).systemCode, "EBUSY");
  await line.close();
  await (await open(`serial:${path}`)).close();
});

overPty("connect to a serial line is cancelled by its signal and lets the device go", async (path) => {
  const stop = new AbortController();
  const opening = connect(parseEndpoint(`serial:${path}`), { signal: stop.signal });
  stop.abort(new Error("changed our mind"));
  await assert.rejects(opening, /^Error: changed our mind$/);
  await (await open(`serial:${path}`)).close();
});

test("A serial line that is not there, or no terminal, says so", { skip: noPtys }, async () => {
  const missing = await failureOf(open("serial:/dev/no-such-line"));
  assert.match(missing.message, /^Cannot open serial:\/dev\/no-such-line: there is no such device/);
  assert.deepEqual([missing.code, missing.systemCode], ["connect_refused", "ENOENT"]);
  const device = await failureOf(open("serial:/dev/null"));
  assert.equal(device.message, "Cannot open serial:/dev/null: that device is not a terminal");
  const file = await failureOf(open("serial:/etc/passwd"));
  assert.equal(file.message, "Cannot open serial:/etc/passwd: that file is not a terminal device");
});

test("Lines are not supported on Windows and on Node, with what to do instead (not_supported)", () => {
  assert.equal(
    whyNoLines("serial", "win32", "bun"),
    "serial lines are not supported on Windows: use a serial server and -i",
  );
  assert.equal(whyNoLines("pty", "linux", "node"), "ptys are not supported on Node: use the mllp binary, Deno or Bun");
  assert.equal(whyNoLines("pty", "sunos", "deno"), "ptys are not supported on sunos");
  assert.equal(whyNoLines("serial", "linux", "deno"), null);
  assert.equal(whyNoLines("serial", "darwin", "bun"), null);
});

test("ptsIdentity knows a pty by its number for as long as it is the same, and no other device", async () => {
  for (const path of ["/dev/ttyS0", "/dev/pts/999999", "/dev/pts/../null", "/dev/pts/ptmx"]) {
    assert.equal(ptsIdentity(path), null, path);
  }
  if (process.platform !== "linux") return;
  const folder = mkdtempSync(join(tmpdir(), "mllp-"));
  const open = (name: string) => connect(parseEndpoint(`pty:${folder}/${name}`));
  const lines = [await open("one"), await open("two")];
  const paths = ["one", "two"].map((name) => realpathSync(join(folder, name)));
  const [one, two] = paths.map(ptsIdentity);
  assert.ok(one !== null && two !== null);
  assert.notEqual(one, two);
  assert.deepEqual(paths.map(ptsIdentity), [one, two]);
  await Promise.all(lines.map((line) => line.close()));
  assert.ok(!paths.map(ptsIdentity).includes(one), "a closed pty's number is nobody's, or another's");
  rmSync(folder, { recursive: true });
});
