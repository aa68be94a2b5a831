/**
 * `mllp llpdrv` from the compiled binary: how it starts, goes to the background, and ends, and what it shows. What it
 * carries is in llpdrv_mllp_test.ts and llpdrv_line_test.ts.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { BINARY, run, start } from "../binary.ts";
import { ack, closedPort, framed, idOf } from "../peer.ts";
import { hasEnded, message, msa, openLine, setStage, until } from "./llpdrv_rig.ts";

const { folder, newPath, application, ...stage } = setStage();

/** A driver of an MLLP line on free ports, in the background. */
const driver = (to: number, ...more: string[]) => stage.driver("-m", "-i", "0", "-i", String(to), "-i", "0", ...more);

describe("mllp llpdrv in the background", () => {
  test("mllp llpdrv prints only the server's pid once everything is bound, and ends itself; SIGTERM ends the server", async () => {
    const app = await application();
    const port = await closedPort();
    const pidFile = newPath();
    const { code, stdout, stderr } = await run([
      ...["llpdrv", "-m", "-i", String(port), "-i", `${app.port}%localhost`, "-i", "0"],
      ...["--pid-file", pidFile],
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^\d+\n$/);
    assert.equal(stderr, "");
    const pid = Number(stdout);
    stage.ends(() => until("the end", () => hasEnded(pid) || (process.kill(pid, "SIGKILL"), false)));
    assert.equal(readFileSync(pidFile, "utf8"), stdout);
    const [ids] = spawnSync("ps", ["-o", "pid=,pgid=,sid=,tty=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim()
      .split("\n");
    assert.match(ids, new RegExp(`^${pid} +${pid} +${pid} +\\?$`), "own session and group, no terminal");
    // It is bound already: no wait, no second try.
    const line = await openLine(port);
    assert.equal(msa(await line.ask(message("M1"))), "AA|M1");
    process.kill(pid, "SIGTERM");
    await line.ended;
    await until("the server has ended", () => hasEnded(pid));
    assert.equal(existsSync(pidFile), false);
    assert.equal(await connects(port), false);
  });

  test("mllp llpdrv called as llpdrv is the driver, in the background too", async () => {
    const app = await application();
    const name = join(folder, "llpdrv");
    symlinkSync(BINARY, name);
    const { stdout, stderr, status } = spawnSync(name, ["-m", "-i", "0", "-i", String(app.port), "--json"], {
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    const { pid, line } = JSON.parse(stdout);
    try {
      const peer = await openLine(Number(/\d+$/.exec(line)![0]));
      assert.equal(msa(await peer.ask(message("M1"))), "AA|M1");
      peer.close();
    } finally {
      process.kill(pid, "SIGTERM");
      await until("the end", () => hasEnded(pid));
    }
    const help = spawnSync(name, ["--help"], { encoding: "utf8" });
    assert.match(help.stdout, /^Usage: mllp llpdrv /);
    const version = spawnSync(name, ["--version"], { encoding: "utf8" });
    assert.match(version.stdout, /^mllp \d/);
  });

  test("mllp llpdrv says why it cannot start, prints no pid and leaves no process", async () => {
    const app = await application();
    const taken = createServer(() => {});
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    const mark = newPath();
    const to = String(app.port);
    const CASES: [string[], number, RegExp][] = [
      [
        ["-m", "-i", String(port), "-i", to, "-i", "0"],
        3,
        /Cannot listen on tcp:\/\/127\.0\.0\.1:\d+: the address is in use/,
      ],
      [["-m", "-i", "0", "-i", to, "-i", String(port)], 3, /Cannot listen on .*: the address is in use/],
      [["-a", "-t", "/dev/no-such-tty", "-i", to], 3, /\/dev\/no-such-tty/],
      [
        ["-m", "-i", "0", "-i", to, "--pid-file", "/no/such/pid"],
        2,
        /^mllp llpdrv: --pid-file \/no\/such\/pid: cannot write/,
      ],
      [
        ["-m", "-i", "0", "-i", to, "--spool", "/no/such/folder", "--spool-ack", "AA"],
        2,
        /--spool \/no\/such\/folder: Cannot open the spool/,
      ],
      [["-m", "-i", "0", "-i", to, "--log-file", "-"], 2, /--log-file -: there is no standard error in the background/],
      [["-m", "-i", "0", "-i", to, "--metrics", `127.0.0.1:${port}`], 3, /the address is in use/],
      [
        ["-m", "-i", "0", "-i", to, "--status-file", "/no/such/x"],
        2,
        /--status-file \/no\/such\/x: cannot write the file/,
      ],
      [["-m", "-i", "0"], 2, /the destination is missing/],
    ];
    try {
      for (const [args, exit, why] of CASES) {
        const { code, stdout, stderr } = await run(["llpdrv", ...args, "--from-address", mark]);
        assert.deepEqual({ code, stdout }, { code: exit, stdout: "" }, args.join(" "));
        assert.match(stderr, why);
        assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
      }
    } finally {
      await new Promise((resolve) => taken.close(resolve));
    }
    const { stdout } = spawnSync("ps", ["-eo", "args="], { encoding: "utf8" });
    assert.ok(!stdout.includes(mark), "a server was left behind");
  });

  test("mllp llpdrv opens its log anew after SIGHUP, and has no payload in it", async () => {
    const app = await application();
    const { folder, linePort, logged, signal, log } = await driver(app.port);
    const line = await openLine(linePort);
    await line.ask(message("M1", "SECRET"));
    await logged("replied");
    renameSync(join(folder, "log.ndjson"), join(folder, "log.1"));
    signal("SIGHUP");
    await until("the log is made anew", () => existsSync(join(folder, "log.ndjson")));
    await logged("log_opened");
    await line.ask(message("M2", "SECRET"));
    await logged("replied");
    assert.equal(log().filter(({ event }) => event === "received").map(({ controlId }) => controlId).join(), "M2");
    const texts = ["log.ndjson", "log.1", "status.json"].map((name) => readFileSync(join(folder, name), "utf8")).join(
      "",
    );
    assert.ok(texts.includes("M1") && !texts.includes("SECRET"));
    line.close();
  });

  test("mllp llpdrv finishes the transaction in hand at SIGTERM, and waits for no other", async () => {
    const held: (() => void)[] = [];
    const app = await application((request, socket) => {
      held.push(() => socket.end(ack(idOf(request))));
      return null;
    });
    const { linePort, signal, pid, logged, stop } = await driver(app.port);
    const line = await openLine(linePort);
    const reply = line.ask(message("M1"));
    await until("the application has it", () => held.length === 1);
    signal("SIGTERM");
    await logged("stopping");
    assert.equal(await connects(linePort), false);
    assert.equal(hasEnded(pid), false);
    held[0]();
    assert.equal(msa(await reply), "AA|M1");
    await stop();
  });

  test("mllp llpdrv does not wait at a second SIGTERM", async () => {
    const app = await application(() => null);
    const pidFile = newPath();
    const { linePort, signal, pid, logged } = await driver(app.port, "--pid-file", pidFile);
    const line = await openLine(linePort);
    void line.ask(message("M1"));
    await until("the application has it", () => app.requests.length === 1);
    signal("SIGTERM");
    await logged("stopping");
    signal("SIGTERM");
    await until("it has ended", () => hasEnded(pid));
    assert.match(String((await logged("hurried")).detail), /1 transactions cut off/);
    assert.equal(existsSync(pidFile), false);
  });
});

describe("mllp llpdrv in the foreground", () => {
  test("mllp llpdrv -1 does one transaction and ends, without a distal server", async () => {
    const app = await application();
    const once = start(["llpdrv", "-1m", "-i", "0", "-i", String(app.port), "-i", "0"]);
    const [, port] = await once.waitFor("stderr", /started: line tcp:\/\/127\.0\.0\.1:(\d+), .* no distal server/);
    const line = await openLine(Number(port));
    assert.equal(msa(await line.ask(message("M1"))), "AA|M1");
    const { code, stderr, stdout } = await once.finished;
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /warning: -1 has no distal server: tcp:\/\/127\.0\.0\.1:0 is not used/);
  });

  test("mllp llpdrv -1 exits 4 if its transaction failed", async () => {
    const once = start(["llpdrv", "-1m", "-i", "0", "-i", String(await closedPort())]);
    const [, port] = await once.waitFor("stderr", /started: line tcp:\/\/127\.0\.0\.1:(\d+)/);
    const line = await openLine(Number(port));
    assert.match(msa(await line.ask(message("M1"))), /^AE\|M1/);
    assert.equal((await once.finished).code, 4);
  });

  test("mllp llpdrv -d shows what passes on the line by name, without a byte of it", async () => {
    const app = await application();
    const shown = start(["llpdrv", "-dm", "-i", "0", "-i", String(app.port)]);
    const [, port] = await shown.waitFor("stderr", /started: line tcp:\/\/127\.0\.0\.1:(\d+)/);
    const line = await openLine(Number(port));
    await line.ask(message("M1", "SECRET"));
    await shown.waitFor("stderr", /> frame/);
    line.close();
    const { code, stderr } = await shown.stop();
    assert.equal(code, 0);
    const trace = stderr.split("\n").filter((text) => /#1 [<>] /.test(text))
      .map((text) =>
        text.replace(/^\d\d:\d\d:\d\d\.\d{3} 127\.0\.0\.1:\d+/, "TIME PEER").replace(/MSH-10 R1/, "MSH-10 REPLY")
      );
    assert.deepEqual(trace, [
      `TIME PEER#1 < frame, ${message("M1", "SECRET").length} bytes, MSH-10 M1`,
      `TIME PEER#1 > frame, ${ack("M1").length} bytes, MSH-10 REPLY`,
    ]);
    assert.ok(!stderr.includes("SECRET"));
  });

  test("mllp llpdrv -y --json has its log on standard output; -Y its counters for Prometheus", async () => {
    const app = await application();
    const shown = start(["llpdrv", "-yYm", "-i", "0", "-i", String(app.port), "--json", "--metrics", "127.0.0.1:0"]);
    const [, url] = await shown.waitFor("stdout", /"event":"metrics","detail":"([^"]+)"/);
    const [, port] = await shown.waitFor("stdout", /"event":"started","detail":"line tcp:\/\/127\.0\.0\.1:(\d+)/);
    const line = await openLine(Number(port));
    await line.ask(message("M1"));
    await shown.waitFor("stdout", /"event":"replied"/);
    assert.match(await (await fetch(url)).text(), /^llpdrv_messages_total\{direction="in"\} 1$/m);
    line.close();
    const { stdout } = await shown.stop("SIGINT");
    const events = stdout.trim().split("\n").map((text) => JSON.parse(text).event);
    assert.equal(events.at(-1), "stopped");
  });

  test("mllp llpdrv --log-file - writes its log to standard error as NDJSON, for a supervisor", async () => {
    const app = await application();
    const shown = start(["llpdrv", "-Ym", "-i", "0", "-i", String(app.port), "--log-file", "-", "--log-level", "info"]);
    await shown.waitFor("stderr", /"event":"started"/);
    const { stderr, stdout, code } = await shown.stop();
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "" });
    for (const text of stderr.trim().split("\n")) assert.ok(JSON.parse(text).at);
  });

  test("mllp llpdrv -y ends when its terminal has gone, unless it has a log file to open anew", async () => {
    const app = await application();
    const kept = start(["llpdrv", "-ym", "-i", "0", "-i", String(app.port)]);
    await kept.waitFor("stderr", /started/);
    assert.equal((await kept.stop("SIGHUP")).code, 0);
    const supervised = start(["llpdrv", "-Ym", "-i", "0", "-i", String(app.port)]);
    await supervised.waitFor("stderr", /started/);
    process.kill(supervised.child.pid!, "SIGHUP");
    await supervised.waitFor("stderr", /signal: SIGHUP: there is no log file/);
    assert.equal((await supervised.stop()).code, 0);
  });

  test("mllp llpdrv --dry-run shows what a line means, and binds nothing", async () => {
    const { code, stdout } = await run([
      "llpdrv",
      "-YIa",
      "-t",
      "/dev/ttyd0",
      "-i",
      "discard%localhost",
      "-i",
      "6001",
      "ttyd0",
      "--dry-run",
    ]);
    assert.equal(code, 0);
    assert.match(stdout, /^line +opens serial:\/dev\/ttyd0\?baud=9600&data=8&parity=none&stop=1&flow=none, X3\.28$/m);
    assert.match(stdout, /^destination +connects to tcp:\/\/localhost:9 for each message, ILLP$/m);
    assert.match(stdout, /^distal server +listens on tcp:\/\/127\.0\.0\.1:6001, ILLP, for 127\.0\.0\.0\/8, ::1\/128$/m);
  });
});

test("mllp llpdrv ends at SIGTERM though a peer has sent half a frame", async () => {
  const app = await application();
  const { linePort, stop } = await driver(app.port);
  const line = await openLine(linePort);
  line.write(framed(message("M1")).subarray(0, 20));
  await stop();
  await line.ended;
  assert.deepEqual(app.requests, []);
});

/** Whether something listens on a port. */
function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.on("connect", () => (socket.destroy(), resolve(true)));
    socket.on("error", () => resolve(false));
  });
}
