/**
 * `mllp llpdrv` from the compiled binary between an MLLP line over TCP and ILLP: both ways, what goes wrong, and the
 * spool.
 *
 * @module
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { run } from "../binary.ts";
import { ack, closedPort, idOf } from "../peer.ts";
import { call, hasEnded, linePeer, message, msa, openLine, setStage, until } from "./llpdrv_rig.ts";

const { newPath, application, ...stage } = setStage();

/** A driver of an MLLP line on free ports, in the background. */
const driver = (to: number, ...more: string[]) => stage.driver("-m", "-i", "0", "-i", String(to), "-i", "0", ...more);

describe("mllp llpdrv between an MLLP line and ILLP", () => {
  test("mllp llpdrv brings a message of the line to the destination, and the reply back", async () => {
    const app = await application((request) => ack(idOf(request), "AE", "no such patient"));
    const { linePort, status } = await driver(app.port);
    const line = await openLine(linePort);
    const text = message("M1", "\u00e4\u00ff");
    assert.equal(msa(await line.ask(text)), "AE|M1|no such patient");
    assert.deepEqual(app.requests, [text]);
    line.close();
    await until("it is counted", () => status().counters.repliesOut === 1);
    assert.equal(status().counters.messagesIn, 1);
    assert.equal(status().destinationUp, true);
  });

  test("mllp llpdrv brings a distal client's message to the line, and the reply back", async () => {
    const app = await application();
    const { linePort, distPort, status } = await driver(app.port);
    const asked: string[] = [];
    const line = await openLine(linePort, (request) => {
      asked.push(request);
      return ack(idOf(request), "AR", "not today");
    });
    const { reply, end } = await call(distPort, message("D1"));
    assert.deepEqual({ msa: msa(reply), end }, { msa: "AR|D1|not today", end: "fin" });
    assert.deepEqual(asked, [message("D1")]);
    assert.deepEqual(app.requests, []);
    line.close();
    await until("it is counted", () => status().counters.repliesIn === 1);
  });

  test("mllp llpdrv carries three hundred transactions each way at once, and loses none", async () => {
    const app = await application();
    const { linePort, distPort } = await driver(app.port, "--distal-to", "oldest");
    const line = await openLine(linePort);
    const from = async (count: number, ask: (id: string) => Promise<string>, prefix: string) => {
      const codes: string[] = [];
      for (let i = 0; i < count; i++) codes.push(msa(await ask(`${prefix}${i}`)));
      return codes;
    };
    const [into, out] = await Promise.all([
      from(300, (id) => line.ask(message(id)), "L"),
      from(300, async (id) => (await call(distPort, message(id))).reply, "D"),
    ]);
    assert.deepEqual(into, Array.from({ length: 300 }, (_, i) => `AA|L${i}`));
    assert.deepEqual(out, Array.from({ length: 300 }, (_, i) => `AA|D${i}`));
    assert.equal(app.requests.length, 300);
    line.close();
  });

  test("mllp llpdrv answers AE for a destination that is down, and goes on when it is back", async () => {
    const port = await closedPort();
    const { linePort, status, logged } = await driver(port);
    const line = await openLine(linePort);
    const refusal = msa(await line.ask(message("M1")));
    assert.match(refusal, /^AE\|M1\|.*connect/i);
    assert.equal((await logged("destination_failed")).level, "warning");
    const app = await application(undefined, port);
    assert.equal(msa(await line.ask(message("M2"))), "AA|M2");
    assert.deepEqual(app.requests.map(idOf), ["M2"]);
    line.close();
    await until("it is counted", () => status().counters.destinationFailures === 1 && status().destinationUp === true);
  });

  test("mllp llpdrv answers AE to a distal client while there is no line, and after the line has gone", async () => {
    const app = await application();
    const { distPort, linePort } = await driver(app.port, "--line-wait", "50ms");
    assert.match(msa((await call(distPort, message("D1"))).reply), /^AE\|D1\|The line is not connected/);
    const line = await openLine(linePort, () => {
      line.close();
      return null;
    });
    assert.match(msa((await call(distPort, message("D2"))).reply), /^AE\|D2\|/);
  });

  test("mllp llpdrv turns away a distal client outside --distal-allow, and logs it", async () => {
    const app = await application();
    const { distPort, linePort, logged } = await driver(app.port, "--distal-allow", "127.0.0.1");
    const line = await openLine(linePort);
    assert.deepEqual(await call(distPort, message("D1"), "127.0.0.2"), { reply: "", end: "reset" });
    const { level, detail } = await logged("distal_refused");
    assert.equal(level, "warning");
    assert.match(String(detail), /127\.0\.0\.2/);
    assert.equal(msa((await call(distPort, message("D2"), "127.0.0.1")).reply), "AA|D2");
    line.close();
  });
});

describe("mllp llpdrv on other lines", () => {
  test("mllp llpdrv -u listens on a UNIX socket, and has several connections there", async () => {
    const app = await application();
    const path = newPath();
    const { distPort } = await stage.driver("-m", "-u", path, "-i", String(app.port), "-i", "0");
    const [first, second] = [await openLine(path), await openLine(path, (text) => ack(idOf(text), "AR"))];
    assert.deepEqual([msa(await first.ask(message("M1"))), msa(await second.ask(message("M2")))], ["AA|M1", "AA|M2"]);
    // The newest is who distal clients speak to.
    assert.equal(msa((await call(distPort, message("D1"))).reply), "AR|D1");
    first.close();
    second.close();
  });

  test("mllp llpdrv --line connects to a serial server that listens, and again when that has gone", async () => {
    const app = await application();
    const port = await closedPort();
    const { distPort, logged } = await stage.driver(
      "-m",
      "--line",
      `127.0.0.1:${port}`,
      "-i",
      `${app.port}`,
      "-i",
      "0",
    );
    await logged("line_failed");
    const server = createServer().listen(port, "127.0.0.1");
    stage.ends(() => new Promise((resolve) => server.close(() => resolve())));
    for (const id of ["1", "2"]) {
      const [socket] = await once(server, "connection") as [Socket];
      const line = linePeer(socket);
      assert.equal(msa(await line.ask(message(`M${id}`))), `AA|M${id}`);
      assert.equal(msa((await call(distPort, message(`D${id}`))).reply), `AA|D${id}`);
      line.close();
    }
    assert.deepEqual(app.requests.map(idOf), ["M1", "M2"]);
  });
});

describe("mllp llpdrv with a spool", () => {
  test("mllp llpdrv loses nothing that it acknowledged when it is killed -9, and delivers it in order", async () => {
    const port = await closedPort();
    const spool = newPath();
    const args = ["--spool", spool, "--spool-ack", "AA"];
    const acknowledged: string[] = [];
    for (let life = 0; life < 3; life++) {
      const { linePort, pid } = await driver(port, ...args);
      const line = await openLine(linePort);
      for (let i = 0; i < 5; i++) {
        const id = `L${life}-${i}`;
        assert.equal(msa(await line.ask(message(id))), `AA|${id}`);
        acknowledged.push(id);
      }
      process.kill(pid, "SIGKILL");
      await until("it is dead", () => hasEnded(pid));
      line.close();
    }
    const app = await application(undefined, port);
    const { status, stop } = await driver(port, ...args);
    await until("the spool is empty", () => app.requests.length >= acknowledged.length && status().spool === 0);
    assert.deepEqual(app.requests.map(idOf), acknowledged);
    await stop();
  });

  test("mllp llpdrv refuses what does not fit into its spool, and a spool that is damaged", async () => {
    const port = await closedPort();
    const spool = newPath();
    const { linePort, stop } = await driver(port, "--spool", spool, "--spool-ack", "AA", "--spool-max", "1KB");
    const line = await openLine(linePort);
    assert.equal(msa(await line.ask(message("M1", "x".repeat(300)))), "AA|M1");
    assert.match(msa(await line.ask(message("M2", "x".repeat(500)))), /^AE\|M2\|/);
    line.close();
    const second = await run(["llpdrv", "-m", "-i", "0", "-i", String(port), "--spool", spool]);
    assert.equal(second.code, 2);
    assert.match(second.stderr, /another program uses it/);
    await stop();
    writeFileSync(join(spool, "spool.sqlite"), "rubbish ".repeat(1000));
    const damaged = await run(["llpdrv", "-m", "-i", "0", "-i", String(port), "--spool", spool]);
    assert.equal(damaged.code, 2);
    assert.match(damaged.stderr, /not a database; look for messages in it/);
    assert.ok(readFileSync(join(spool, "spool.sqlite"), "utf8").startsWith("rubbish "));
  });
});
