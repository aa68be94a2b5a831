import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  lchownSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { TransportError } from "../../../lib/errors.ts";
import { type Endpoint, parseEndpoint } from "../../../lib/transport/endpoint.ts";
import { LineTransport } from "../../../lib/transport/line.ts";
import { connect, listen } from "../../../lib/transport/open.ts";
import type { Transport } from "../../../lib/transport/transport.ts";

const noPtys = !existsSync("/dev/ptmx") && "there is no /dev/ptmx here";
/** A pty that is gone: the system counts them from 0 and has fewer. */
const GONE = process.platform === "darwin" ? "/dev/ttys999999" : "/dev/pts/999999";

const within = (
  sentence: string,
  body: (endpoint: Endpoint, path: string) => Promise<void>,
  skip: string | false = noPtys,
) =>
  test(sentence, { skip, timeout: 20_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "mllp-"));
    try {
      await body(parseEndpoint(`pty:${folder}/line`), join(folder, "line"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

async function failureOf(promise: Promise<unknown>): Promise<TransportError> {
  const error = await promise.then(() => null, (error) => error);
  assert.ok(error instanceof TransportError, String(error));
  return error;
}

async function next({ stream }: Transport): Promise<string> {
  return await new Promise((resolve) => stream.once("data", (chunk) => resolve(String(chunk))));
}

/** Both directions, one after the other. */
async function talks(near: Transport, far: Transport): Promise<void> {
  near.stream.write("there");
  assert.equal(await next(far), "there");
  far.stream.write("back");
  assert.equal(await next(near), "back");
}

within("A pty makes its path a link to the slave, and takes the link away when it closes", async (endpoint, path) => {
  const near = await connect(endpoint);
  assert.equal(lstatSync(path).isSymbolicLink(), true);
  assert.equal(realpathSync(path), near.info.peer);
  await near.close();
  assert.throws(() => lstatSync(path), /ENOENT/);
});

within("A pty whose path is a terminal already opens that one, and both talk", async (endpoint) => {
  const near = await connect(endpoint);
  const far = await connect(endpoint);
  assert.deepEqual([far.info.kind, far.info.peer], ["pty", `pty:${endpoint.path}`]);
  await talks(near, far);
  const error = await failureOf(connect(endpoint));
  assert.match(error.message, /: another program has it/);
  await far.close();
  await near.close();
});

within("A pty keeps what is written before its slave is opened, and outlives its users", async (endpoint) => {
  const near = await connect(endpoint);
  near.stream.write("early");
  for (const word of ["first", "second"]) {
    const far = await connect(endpoint);
    if (word === "first") assert.equal(await next(far), "early");
    await talks(near, far);
    await far.close();
  }
  await near.close();
});

within("A pty passes every byte as it is, though its slave's user sets nothing", async (endpoint, path) => {
  const near = await connect(endpoint);
  const settings = spawnSync("stty", [process.platform === "darwin" ? "-f" : "-F", path, "-a"]).stdout.toString();
  for (const word of ["-icanon", "-isig", "-opost", "-icrnl", "-ixon", "-echo", "cs8", "min = 1", "time = 0"]) {
    assert.match(settings, new RegExp(`(^|\\s)${word}\\b`, "m"), settings);
  }
  await near.close();
});

within("A pty leaves a link at its close that leads elsewhere by now", async (endpoint, path) => {
  const near = await connect(endpoint);
  unlinkSync(path);
  symlinkSync("/dev/null", path);
  await near.close();
  assert.equal(readlinkSync(path), "/dev/null");
});

within("A pty refuses a file in its way and leaves it as it is", async (endpoint, path) => {
  writeFileSync(path, "results");
  const error = await failureOf(connect(endpoint));
  assert.deepEqual([error.code, error.operation, error.endpoint], ["connect_refused", "connect", `pty:${path}`]);
  assert.equal(error.message, `Cannot open pty:${path}: a file that is not a terminal is in the way`);
  assert.equal((await failureOf(listen(endpoint, {}, () => {}))).code, "listen_failed");
  assert.equal(readFileSync(path, "utf8"), "results");
});

within("A pty refuses a link to a file, and one to nowhere, and leaves both", async (endpoint, path) => {
  writeFileSync(`${path}.txt`, "results");
  for (const target of [`${path}.txt`, `${path}.nowhere`]) {
    symlinkSync(target, path);
    const error = await failureOf(connect(endpoint));
    assert.equal(error.message, `Cannot open pty:${path}: a symbolic link to ${target} is in the way`);
    assert.equal(readlinkSync(path), target);
    assert.equal(existsSync(`${path}.nowhere`), false);
    unlinkSync(path);
  }
  assert.equal(readFileSync(`${path}.txt`, "utf8"), "results");
});

within("A pty replaces a link of its own to a pty that is gone", async (endpoint, path) => {
  symlinkSync(GONE, path);
  const near = await connect(endpoint);
  assert.equal(realpathSync(path), near.info.peer);
  await near.close();
});

/** A link as a program of that number would have made it. */
const linkOf = (pid: number, slave: string) => `/proc/${pid}/../..${slave}`;
const noLinks = noPtys || (process.platform !== "linux" && "links name their maker on Linux alone");

within("A pty's link leads nowhere once its maker is gone", async (endpoint, path) => {
  const near = await connect(endpoint);
  assert.equal(readlinkSync(path), linkOf(process.pid, near.info.peer));
  const { pid } = spawnSync("true");
  symlinkSync(linkOf(pid, near.info.peer), `${path}.gone`);
  assert.equal(existsSync(`${path}.gone`), false);
  await near.close();
}, noLinks);

within(
  "A pty replaces a link whose maker is gone or has another pty, though that number is given out again",
  async (endpoint, path) => {
    const other = await connect(endpoint);
    const { peer } = other.info;
    const stale = { ...endpoint, path: `${path}.stale` };
    const idle = spawn("sleep", ["20"]);
    try {
      for (const pid of [spawnSync("true").pid, idle.pid!, process.pid]) {
        symlinkSync(linkOf(pid, peer), stale.path);
        const own = await connect(stale);
        assert.notEqual(own.info.peer, peer);
        assert.equal(readlinkSync(stale.path), linkOf(process.pid, own.info.peer));
        const far = await connect(stale);
        await talks(own, far);
        await far.close();
        await own.close();
      }
    } finally {
      idle.kill();
      await other.close();
    }
  },
  noLinks,
);

within("A pty follows a link that another program made to a pty of its own", async (endpoint, path) => {
  const near = await connect(endpoint);
  symlinkSync(near.info.peer, `${path}.socat`);
  const far = await connect({ ...endpoint, path: `${path}.socat` });
  await talks(near, far);
  await far.close();
  assert.equal(readlinkSync(`${path}.socat`), near.info.peer);
  await near.close();
});

within(
  "A pty neither follows nor replaces a link of another user",
  async (endpoint, path) => {
    const near = await connect(endpoint);
    const slave = near.info.peer;
    const other = `${path}.other`;
    for (const target of [slave, GONE]) {
      symlinkSync(target, other);
      lchownSync(other, 12_345, 12_345);
      const error = await failureOf(connect({ ...endpoint, path: other }));
      assert.match(error.message, /a symbolic link of another user \(12345\) is in the way, it leads to \/dev\//);
      assert.equal(readlinkSync(other), target);
      unlinkSync(other);
    }
    await near.close();
  },
  noPtys || (process.getuid?.() !== 0 && "only root can give a link to another user"),
);

within("A pty in a folder that is not there says so, and leaves no descriptor", async (endpoint, path) => {
  const missing = { ...endpoint, path: join(path, "deep", "line") };
  const error = await failureOf(connect(missing));
  assert.match(error.message, /: there is no such directory$/);
});

within("A pty has no modem lines and says so", async (endpoint) => {
  const near = await connect(endpoint) as LineTransport;
  const error = await failureOf(near.modemStatus());
  assert.equal(error.code, "not_supported");
  assert.equal(error.message, `Cannot read modem lines: the device has none: ${near.info.peer}`);
  assert.equal((await failureOf(near.setModemLines({ dtr: false }))).operation, "write");
  assert.ok(near instanceof LineTransport);
  await near.close();
});

within("listen on a pty gives its one stream after it returns, and none once it is closed", async (endpoint, path) => {
  const accepted: Transport[] = [];
  let returned = false;
  const listener = await listen(endpoint, {}, (transport) => {
    assert.equal(returned, true);
    accepted.push(transport);
  });
  returned = true;
  assert.deepEqual(listener.endpoint, endpoint);
  while (accepted.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const far = await connect(endpoint);
  await talks(accepted[0], far);
  await Promise.all([listener.close(), listener.close()]);
  await talks(accepted[0], far);
  await accepted[0].close();
  await far.close();
  assert.equal(existsSync(path), false);

  const unheard = await listen(endpoint, {}, () => assert.fail("the listener was closed"));
  await unheard.close();
  while (existsSync(path)) await new Promise((resolve) => setImmediate(resolve));
});

within("A pty's link goes with a program that exits without a close", (_, path) => {
  const root = new URL("../../../", import.meta.url);
  const program = `
    import { lstatSync } from "node:fs";
    const { connect } = await import("${new URL("lib/transport/open.ts", root)}");
    const { parseEndpoint } = await import("${new URL("lib/transport/endpoint.ts", root)}");
    await connect(parseEndpoint("pty:" + ${JSON.stringify(path)}));
    lstatSync(${JSON.stringify(path)});
    process.exit(7);`;
  const run = "Deno" in globalThis ? ["eval", program] : ["-e", program];
  const { status, stderr } = spawnSync(process.execPath, run, { cwd: fileURLToPath(root) });
  assert.equal(status, 7, stderr.toString());
  assert.throws(() => lstatSync(path), /ENOENT/);
  return Promise.resolve();
});
