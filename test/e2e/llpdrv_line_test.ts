/**
 * `mllp llpdrv` from the compiled binary on lines that are no network: X3.28 and HLLP over a pty, whose two ends are
 * two drivers, each with an application and distal clients of its own.
 *
 * @module
 */
import assert from "node:assert/strict";
import { existsSync, lstatSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { whyNoLines } from "../../lib/transport/libc.ts";
import { run, start } from "../binary.ts";
import { ack, closedPort, idOf } from "../peer.ts";
import { type Application, call, hasEnded, message, msa, setStage, until } from "./llpdrv_rig.ts";

const skip = process.platform === "win32" || !existsSync("/dev/ptmx") ? "there are no ptys here" : false;
const { folder, newPath: newLine, application, driver } = setStage();

/** Two stations on one line: `near` has made the pty, `far` has opened its other side as a tty. */
async function stations(protocol: "-a" | "-h", near: Application, far: Application, more: readonly string[] = []) {
  const path = newLine();
  const first = await driver(protocol, "-p", path, "-i", String(near.port), "-i", "0", ...more);
  // The other side has priority: somebody must, where both begin at once.
  const second = await driver(protocol, "-t", path, "-i", String(far.port), "-i", "0", "--priority", "host", ...more);
  return { path, near: first, far: second };
}

for (const [protocol, name] of [["-a", "X3.28"], ["-h", "HLLP"]] as const) {
  describe(`mllp llpdrv on a pty that speaks ${name}`, { skip }, () => {
    test(`mllp llpdrv brings a message over ${name} from one application to the other, and the reply back`, async () => {
      const near = await application((request) => ack(idOf(request), "AE", "near"));
      const far = await application((request) => ack(idOf(request), "AR", "far"));
      const both = await stations(protocol, near, far);
      const text = message("M1", "x".repeat(1000));
      assert.deepEqual(await call(both.near.distPort, text).then(({ reply, end }) => [msa(reply), end]), [
        "AR|M1|far",
        "fin",
      ]);
      assert.deepEqual(far.requests, [text]);
      assert.equal(msa((await call(both.far.distPort, message("M2"))).reply), "AE|M2|near");
      assert.deepEqual(near.requests, [message("M2")]);
      await until(
        "both are counted",
        () => both.near.status().counters.messagesOut === 1 && both.near.status().counters.messagesIn === 1,
      );
      const { counters } = both.near.status();
      assert.equal(counters.faults + counters.checksumErrors + counters.retries, 0);
      if (protocol === "-a") {
        assert.equal(counters.blocksOut, 1 + 5 + 1, "MSH, OBX in blocks of 245 bytes, and the reply");
      }
    });

    test(`mllp llpdrv carries messages both ways at once over ${name}, and loses none`, async () => {
      const near = await application();
      const far = await application();
      const both = await stations(protocol, near, far, protocol === "-a" ? ["--rebid", "100ms"] : []);
      const from = async (port: number, prefix: string) => {
        const codes: string[] = [];
        for (let i = 0; i < 20; i++) codes.push(msa((await call(port, message(`${prefix}${i}`))).reply));
        return codes;
      };
      const [out, back] = await Promise.all([from(both.near.distPort, "N"), from(both.far.distPort, "F")]);
      assert.deepEqual(out, Array.from({ length: 20 }, (_, i) => `AA|N${i}`));
      assert.deepEqual(back, Array.from({ length: 20 }, (_, i) => `AA|F${i}`));
      assert.deepEqual(far.requests.map(idOf), Array.from({ length: 20 }, (_, i) => `N${i}`));
      assert.deepEqual(near.requests.map(idOf), Array.from({ length: 20 }, (_, i) => `F${i}`));
    });

    test(`mllp llpdrv refuses over ${name} what its destination cannot take, and the sender is told`, async () => {
      const near = await application();
      const port = await closedPort();
      const path = newLine();
      await driver(protocol, "-p", path, "-i", String(port), "-i", "0");
      const fast = protocol === "-a" ? ["--rebid", "20ms", "--bid-tries", "2"] : ["--retries", "1"];
      const far = await driver(protocol, "-t", path, "-i", String(near.port), "-i", "0", "--priority", "host", ...fast);
      assert.match(msa((await call(far.distPort, message("M1"))).reply), /^AE\|M1\|/);
      await far.logged("distal_failed");
    });
  });
}

describe("mllp llpdrv and its device", { skip }, () => {
  test("mllp llpdrv makes a symbolic link for its pty, and removes it at the end, a hurried one too", async () => {
    const app = await application();
    const path = newLine();
    const first = await driver("-a", "-p", path, "-i", String(app.port));
    assert.match(realpathSync(path), /^\/dev\//);
    await first.stop();
    assert.equal(lstatSync(path, { throwIfNoEntry: false }), undefined);
    const second = await driver("-a", "-p", path, "-i", String(app.port), "--stop-timeout", "1h");
    second.signal("SIGTERM");
    second.signal("SIGTERM");
    await until("it has ended", () => hasEnded(second.pid));
    assert.equal(lstatSync(path, { throwIfNoEntry: false }), undefined);
  });

  test("mllp llpdrv has its device alone: a second driver fails with a clear error", async () => {
    const app = await application();
    const path = newLine();
    await driver("-a", "-p", path, "-i", String(app.port));
    await driver("-a", "-t", path, "-i", String(app.port));
    const { code, stdout, stderr } = await run(["llpdrv", "-a", "-t", path, "-i", String(app.port)]);
    assert.deepEqual({ code, stdout }, { code: 3, stdout: "" });
    assert.match(stderr, /^mllp llpdrv: Cannot open serial:\S+: another program has it, process \d+\n$/);
  });

  test("mllp llpdrv runs the manual's second line, with the path of a pty and the site's names put in their place", async () => {
    const app = await application();
    const discard = await application((_, socket) => {
      socket.end();
      return null;
    });
    const path = newLine();
    const near = await driver("-a", "-p", path, "-i", String(app.port), "-i", "0", "--reply-timeout", "300ms");
    const carevuefsi = await closedPort();
    const services = join(folder, "services");
    writeFileSync(services, `discard ${discard.port}/tcp\ncarevuefsi ${carevuefsi}/tcp\n`);
    // As init(8) starts it from /etc/ttys, the name of the tty appended.
    const words = [
      "llpdrv",
      "-YIa",
      "-t",
      path,
      "-i",
      "discard%localhost",
      "-i",
      "carevuefsi",
      "--services",
      services,
      "ttyd0",
    ];
    const supervised = start(words);
    await supervised.waitFor("stderr", /started/);
    assert.equal(msa((await call(carevuefsi, message("M1"))).reply), "AA|M1");
    // What is discarded is acknowledged by the line's protocol and has no reply.
    assert.match(msa((await call(near.distPort, message("M2"))).reply), /^AE\|M2\|/);
    assert.deepEqual([app.requests, discard.requests], [[message("M1")], [message("M2")]]);
    const { code, stdout } = await supervised.stop();
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "" });
  });

  test("mllp llpdrv -d shows every control sequence of X3.28 by name and with its time, and no byte of a message", async () => {
    const app = await application();
    const far = await application();
    const path = newLine();
    const shown = start(["llpdrv", "-da", "-p", path, "-i", String(app.port), "-i", "0"]);
    const [, distal] = await shown.waitFor("stderr", /started: .* distal server on tcp:\/\/127\.0\.0\.1:(\d+)/);
    await driver("-a", "-t", path, "-i", String(far.port), "-i", "0", "--priority", "host");
    const text = message("M1", `SECRET${"x".repeat(300)}`);
    assert.equal(msa((await call(Number(distal), text)).reply), "AA|M1");
    await shown.waitFor("stderr", /< EOT/);
    const { stderr } = await shown.stop();
    const trace = stderr.split("\n").filter((line) => /#1 [<>] /.test(line));
    for (const line of trace) assert.match(line, /^\d\d:\d\d:\d\d\.\d{3} /);
    assert.deepEqual(trace.map((line) => line.replace(/^.*#1 /, "")), [
      "> ENQ",
      "< ACK0",
      "> block 1, 60 bytes, MSH-10 M1, ETB",
      "< ACK1",
      "> block 2, 245 bytes, ETB",
      "< ACK2",
      "> block 3, 73 bytes, ETX",
      "< ACK3",
      "> EOT",
      "< ENQ",
      "> ACK0",
      `< block 1, ${ack("M1").length} bytes, MSH-10 R1, ETX`,
      "> ACK1",
      "< EOT",
    ]);
    assert.ok(!stderr.includes("SECRET"));
  });

  test("mllp llpdrv opens its device again when that has hung up, and goes on", async () => {
    const app = await application();
    const far = await application();
    const path = newLine();
    const args = ["-h", "-p", path, "-i", String(far.port), "-i", "0", "--priority", "host"];
    const first = await driver(...args);
    const device = await driver("-h", "-t", path, "-i", String(app.port), "-i", "0", "--line-wait", "10s");
    assert.equal(msa((await call(device.distPort, message("M1"))).reply), "AA|M1");
    await first.stop();
    await device.logged("line_closed");
    await driver(...args);
    await until("it is open again", () => device.status().counters.reopenings >= 1);
    assert.equal(msa((await call(device.distPort, message("M2"))).reply), "AA|M2");
    assert.deepEqual(far.requests.map(idOf), ["M1", "M2"]);
  });

  test("mllp llpdrv that does nothing costs under 2 % of a core", { skip: process.platform !== "linux" }, async () => {
    const app = await application();
    const path = newLine();
    await driver("-a", "-p", path, "-i", String(app.port));
    const { pid } = await driver("-a", "-t", path, "-i", String(app.port));
    /** Processor time in hundredths of a second, user and system. */
    const used = () => {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
      return Number(fields[11]) + Number(fields[12]);
    };
    // What the start still does is no idling.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const before = used();
    await new Promise((resolve) => setTimeout(resolve, 4000));
    assert.ok(used() - before <= 8, `${used() - before} hundredths in four seconds`);
  });
});

test("mllp llpdrv has lines where the library has", () => {
  assert.equal(skip === false, whyNoLines("pty") === null);
});
