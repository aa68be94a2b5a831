/**
 * `mllp llpdrv` from the compiled binary when a line, the destination or the driver itself goes away in the middle of
 * something. The far end of the pty is the test's own: a station made of the library's parts, or bytes by hand.
 *
 * @module
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, test } from "node:test";
import { latin1, utf8 } from "../../lib/bytes.ts";
import { HllpFramer } from "../../lib/framing/hllp.ts";
import { HllpLink } from "../../lib/link/hllp.ts";
import { X328Link } from "../../lib/link/x328.ts";
import { Session } from "../../lib/session.ts";
import { parseEndpoint } from "../../lib/transport/endpoint.ts";
import { connect } from "../../lib/transport/open.ts";
import type { Transport } from "../../lib/transport/transport.ts";
import { ack, closedPort, idOf } from "../peer.ts";
import { call, hasEnded, message, msa, setStage, until } from "./llpdrv_rig.ts";

const skip = process.platform === "win32" || !existsSync("/dev/ptmx") ? "there are no ptys here" : false;
const { newPath, application, driver, ends } = setStage();

/** The cable: while it is there, so is the device at its path. */
async function plugIn(path: string): Promise<Transport> {
  const cable = await connect(parseEndpoint(`pty:${path}`));
  ends(() => cable.close(0));
  return cable;
}

/** A station at the far end of a cable, quick to try again. */
function stationOn(cable: Transport, protocol: "-a" | "-h") {
  const link = protocol === "-a"
    ? new X328Link({ timerAMs: 400, rebidMs: 50, bidTries: 500, blockTries: 3, priority: "host" })
    : new HllpLink(new HllpFramer(), { readTimeoutMs: 2000, retries: 20, priority: true });
  const heard: string[] = [];
  const delivered = new Set<number>();
  const failed: number[] = [];
  const session = new Session(cable, link, {
    event: (event) => {
      if (event.type === "message") {
        const text = latin1(event.payload);
        heard.push(msa(text));
        if (!text.includes("\rMSA|")) session.send(utf8(ack(idOf(text))));
      } else if (event.type === "delivered") delivered.add(event.ticket);
      else if (event.type === "failed") failed.push(event.ticket);
    },
    closed: () => {},
  });
  return { heard, delivered, failed, send: (id: string) => session.send(utf8(message(id))) };
}

/** Bytes by hand, and what came back for them. */
function byHand(cable: Transport) {
  let said = "";
  cable.stream.on("data", (chunk: Uint8Array) => said += latin1(chunk));
  return {
    write: (text: string) => void cable.stream.write(utf8(text)),
    hears: (text: string) => until(`${JSON.stringify(text)} on the line`, () => said.endsWith(text)),
  };
}

for (const [protocol, name] of [["-a", "X3.28"], ["-h", "HLLP"]] as const) {
  describe(`mllp llpdrv on a line of ${name} that is interrupted`, { skip }, () => {
    test(`mllp llpdrv opens a line of ${name} again that was unplugged in mid-block, and takes nothing of what was cut`, async () => {
      const app = await application();
      const path = newPath();
      const first = await plugIn(path);
      const { distPort, logged } = await driver(protocol, "-t", path, "-i", String(app.port), "-i", "0");
      const { write, hears } = byHand(first);
      if (protocol === "-a") {
        write("\x05\r");
        await hears("\x100\r");
        write("\x02100043MSH|^~\\&|A|B|C|D|19990101||ADT^A01|1|P|2.3\r\x1761\r");
        await hears("\x101\r");
        write("\x02200017EVN|A01");
      } else write("\vD23\rMSH|^~\\&|A|B|C|D|19990101||ADT^A01|1|P");
      await first.close(0);
      assert.match(String((await logged("line_closed")).detail), /./);
      const second = stationOn(await plugIn(path), protocol);
      second.send("M1");
      await until("the message is answered", () => second.heard.length === 1);
      assert.deepEqual(second.heard, ["AA|M1"]);
      assert.equal(msa((await call(distPort, message("D1"))).reply), "AA|D1");
      assert.deepEqual(app.requests.map(idOf), ["M1"]);
    });

    test(`mllp llpdrv tells a distal client when the line of ${name} is unplugged in the middle of its message`, async () => {
      const app = await application();
      const path = newPath();
      const cable = await plugIn(path);
      const { distPort } = await driver(protocol, "-t", path, "-i", String(app.port), "-i", "0");
      const { hears } = byHand(cable);
      const reply = call(distPort, message("D1"));
      await hears(protocol === "-a" ? "\x05\r" : "\x1c\r");
      await cable.close(0);
      assert.match(msa((await reply).reply), /^AE\|D1\|/);
    });

    test(`mllp llpdrv acknowledges nothing on ${name} while the destination is down, and the message goes through when it is back`, async () => {
      const port = await closedPort();
      const path = newPath();
      const station = stationOn(await plugIn(path), protocol);
      const { logged } = await driver(protocol, "-t", path, "-i", String(port), "-i", "0");
      station.send("M1");
      await logged("destination_failed");
      assert.equal(station.delivered.size, 0);
      const app = await application(undefined, port);
      await until("the message is answered", () => station.heard.length === 1);
      assert.deepEqual([station.heard, app.requests.map(idOf)], [["AA|M1"], ["M1"]]);
    });

    test(`mllp llpdrv carries the longest message of ${name}, and refuses one byte more`, async () => {
      const near = await application();
      const far = await application();
      const path = newPath();
      const { distPort } = await driver(protocol, "-p", path, "-i", String(near.port), "-i", "0");
      await driver(protocol, "-t", path, "-i", String(far.port), "-i", "0", "--priority", "host");
      const longest = protocol === "-a" ? 99_999 : 99_994;
      const head = message("M1").slice(0, -1);
      const text = `${head}${"x".repeat(longest - head.length - 1)}\r`;
      assert.equal(msa((await call(distPort, text)).reply), "AA|M1");
      assert.ok(far.requests[0] === text);
      const more = await call(distPort, `${head}${"x".repeat(longest - head.length)}\r`);
      assert.match(msa(more.reply), new RegExp(`^AE\\|M1\\|.*${longest + 1} bytes.*at most ${longest}`));
      assert.equal(far.requests.length, 1);
    });
  });
}

describe("mllp llpdrv in the middle of X3.28", { skip }, () => {
  test("mllp llpdrv killed -9 with a spool loses nothing that it has acknowledged on an X3.28 line", async () => {
    const port = await closedPort();
    const path = newPath();
    const station = stationOn(await plugIn(path), "-a");
    const args = ["-a", "-t", path, "-i", String(port), "-i", "0", "--spool", newPath()];
    const ids = new Map<number, string>();
    let number = 0;
    const sendOne = () => {
      const id = `M${number++}`;
      ids.set(station.send(id), id);
    };
    for (let life = 1; life <= 3; life++) {
      const { pid } = await driver(...args);
      for (let i = 0; i < 6; i++) sendOne();
      // It dies wherever it is in the transfers after that.
      await until("some are acknowledged", () => station.delivered.size >= 6 * life - 3);
      process.kill(pid, "SIGKILL");
      await until("it is dead", () => hasEnded(pid));
    }
    const app = await application(undefined, port);
    const { status } = await driver(...args);
    await until("all have gone through", () => station.delivered.size + station.failed.length === number);
    await until("the spool is empty", () => status().spool === 0);
    const acknowledged = [...ids].filter(([ticket]) => station.delivered.has(ticket)).map(([, id]) => id);
    assert.ok(acknowledged.length >= 12, `${acknowledged.length} acknowledged`);
    const served = app.requests.map(idOf);
    assert.deepEqual(acknowledged.filter((id) => !served.includes(id)), []);
    const once = served.filter((id, at) => served.indexOf(id) === at);
    assert.deepEqual(once, once.toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1))));
  });

  test("mllp llpdrv gives up a spooled message that its destination breaks off at, logs it loudly, and goes on", async () => {
    const app = await application((request, socket) => {
      if (idOf(request) !== "BAD") return ack(idOf(request));
      socket.resetAndDestroy();
      return null;
    });
    const path = newPath();
    const station = stationOn(await plugIn(path), "-a");
    const spool = ["--spool", newPath(), "--spool-tries", "1"];
    const { status, logged, stop } = await driver("-a", "-t", path, "-i", String(app.port), "-i", "0", ...spool);
    for (const id of ["BAD", "M1"]) station.send(id);
    const { level, controlId, detail } = await logged("dead_letter");
    assert.deepEqual({ level, controlId }, { level: "error", controlId: "BAD" });
    assert.match(String(detail), /^Given up, kept in the spool: /);
    await until("both are answered", () => station.heard.length === 2);
    assert.match(station.heard.toSorted().join("\n"), /^AA\|M1\nAE\|BAD\|Given up: .*$/);
    await stop();
    const { spool: left, counters } = status();
    assert.deepEqual([left, counters.deadLetters], [0, 1]);
    const again = await driver("-a", "-t", path, "-i", String(app.port), "-i", "0", ...spool);
    assert.match(String((await again.logged("dead_letters")).detail), /1 message that was given up waits/);
  });

  test("mllp llpdrv told to end between two blocks ends the transfer with EOT, and has taken nothing", async () => {
    const app = await application();
    const path = newPath();
    const cable = await plugIn(path);
    const { signal, pid, logged } = await driver("-a", "-t", path, "-i", String(app.port), "-i", "0");
    const { write, hears } = byHand(cable);
    write("\x05\r");
    await hears("\x100\r");
    write("\x02100043MSH|^~\\&|A|B|C|D|19990101||ADT^A01|1|P|2.3\r\x1761\r");
    await hears("\x101\r");
    signal("SIGTERM");
    await logged("stopping");
    assert.equal(hasEnded(pid), false);
    write("\x02200017EVN|A01|19990101\r\x031F\r");
    await hears("\x04\r");
    await until("it has ended", () => hasEnded(pid));
    assert.deepEqual(app.requests, []);
  });
});
