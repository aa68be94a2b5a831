/**
 * The scenarios of examples/ that are about connections, TLS, the lower layer and verdicts: each run by the compiled binary, and the one thing
 * that it shows seen by a raw client. `change` says which times are shorter here than in the file.
 *
 * @module
 */
import assert from "node:assert/strict";
import { connect as connectSocket, type Socket } from "node:net";
import { test } from "node:test";
import { connect as connectTls, type PeerCertificate, type TLSSocket } from "node:tls";
import { startPeer } from "../peer.ts";
import { ACK0, ACK1, ENQ, EOT, hllpBlock, type Layer, NAK, tokensOf, x328Block } from "../lower_layer.ts";
import { acks, Caller, callPort } from "../receiver/caller.ts";
import { ask, type Example, foretold, framed, ids, message, messages, shows } from "./scenario_example.ts";

shows("connection-per-message", "answers, and ends the connection", async (receiver) => {
  const caller = await callPort(receiver.port);
  caller.write(messages(1, 2));
  await caller.untilEnded();
  assert.deepEqual([acks(caller.text), caller.ended], [["AA 1"], "fin"]);
});

shows("hung-receiver", "never reads the third connection, and never answers the tenth message", async (receiver) => {
  const first = await ask(receiver, messages(...ids(8)), 8);
  await ask(receiver, messages("second"), 1);
  const third = await callPort(receiver.port);
  const { stream } = third;
  stream.write(new Uint8Array(16 * 1024 * 1024));
  // The tenth is held, the eleventh is not.
  first.write(messages("tenth", "eleventh"));
  await first.untilAcks(9);
  assert.equal(acks(first.text)[8], "AA eleventh");
  assert.equal(third.text, "");
  assert.ok((stream as Socket).writableLength > 0, "its writes back up");
  stream.destroy();
});

shows("load-balancer", "resets the third connection, and ends those that are used up or silent", async (receiver) => {
  const silent = await ask(receiver, messages("a"), 1);
  const busy = await ask(receiver, messages("b"), 1);
  // The RST may be there before the client knows that it is connected.
  const third = new Caller(connectSocket({ host: "127.0.0.1", port: receiver.port, allowHalfOpen: true }));
  await third.untilEnded();
  assert.equal(third.ended, "reset");
  busy.write(messages("c", "d"));
  await busy.untilEnded();
  assert.deepEqual([acks(busy.text), busy.ended], [["AA b", "AA c", "AA d"], "fin"]);
  await silent.untilEnded();
  assert.equal(silent.ended, "reset");
}, { change: { "idle: 60s": "idle: 3s", "messages: 100": "messages: 3" } });

shows("slow-link", "takes and gives no more than so many bytes a second", async (receiver) => {
  const began = performance.now();
  const text = `OBX|1|TX|A||${"x".repeat(60_000)}\r`;
  const caller = await ask(receiver, framed(message("1", "ORU^R01", text)), 1);
  const ms = performance.now() - began;
  assert.deepEqual(acks(caller.text), ["AA 1"]);
  assert.ok(ms > 1000, `60 KB at 50 KB/s took ${ms} ms`);
}, { change: { "5KB/s": "50KB/s" } });

shows("mllp-release-2", "refuses two tries with a commit NAK, and commits the third", async (receiver) => {
  const caller = await callPort(receiver.port);
  for (let tries = 1; tries <= 2; tries++) {
    caller.write(messages("1"));
    await caller.until(() => caller.text === "\v\x15\u001c\r".repeat(tries));
  }
  caller.write(messages("1"));
  await caller.untilAcks(1);
  assert.ok(caller.text.startsWith(`${"\v\x15\u001c\r".repeat(2)}\v\x06\u001c\r\vMSH|`));
  caller.write("\v\x06\u001c\r");
  assert.deepEqual(acks(caller.text), ["AA 1"]);
}, { args: ["--framing", "mllp2"] });

/** Writes to an example, piece after piece, and sees each time what comes back, in words. */
async function converses(port: number, layer: Layer, turns: readonly (readonly [writes: string, sees: string[]])[]) {
  const caller = await callPort(port);
  for (const [i, [writes, sees]] of turns.entries()) {
    const from = caller.text.length;
    const come = () => tokensOf(layer, caller.text.slice(from));
    caller.write(writes);
    await caller.until(() => come().length >= sees.length && !come().at(-1)!.startsWith("rest"));
    assert.deepEqual(come(), sees, `turn ${i + 1}`);
  }
}

shows("hllp-naks", "refuses two tries with a NAK, and damages its reply to the third", async ({ port }) => {
  const block = hllpBlock(message("1"));
  await converses(port, "hllp", [
    [block, ["[N X]"]],
    [block, ["[N X]"]],
    [block, ["[D AA 1, wrong checksum]"]],
    [block, ["[D AA 1]"]],
  ]);
}, { args: ["--framing", "hllp"] });

shows("x328-bad-line", "refuses, interrupts, comes late, storms, and damages its reply", async ({ port }) => {
  const began = performance.now();
  await converses(port, "x328", [
    [ENQ, ["ACK0"]],
    [x328Block(message("1")), ["NAK"]],
    [x328Block(message("1")), ["RINT"]],
    [EOT, ["ENQ", "ENQ", "ENQ"]],
    [ACK0, ["[1 AA 1, wrong BCC]"]],
    [NAK, ["[1 AA 1]"]],
    [ACK1, ["EOT"]],
  ]);
  assert.ok(performance.now() - began >= 195, "the bid was late");
}, { args: ["--framing", "x328"] });

/** A real receiver's port, which only a test knows. */
const REAL = await startPeer((text, socket) => {
  const id = /\|ADT\^A01\|([^|]*)/.exec(text)?.[1];
  socket.write(framed(`MSH|^~\\&|LAB|MAIN|ADT|WARD|20260131||ACK|R${id}|P|2.5\rMSA|AR|${id}|The real one\r`));
});
test.after(() => REAL.close());

shows(
  "in-front-of-a-real-receiver",
  "loses messages, breaks connections, and else says what the real one says",
  async (receiver) => {
    const fates = await foretold("in-front-of-a-real-receiver", ids(60), ["--seed", "7"]);
    const rules = new Set<string | null>();
    for (const { id, rule } of fates) {
      rules.add(rule);
      const caller = await callPort(receiver.port);
      caller.write(messages(id));
      if (rule === "real") {
        await caller.untilAcks(1);
        assert.match(caller.text, new RegExp(`MSA\\|AR\\|${id}\\|The real one`));
      } else if (rule === "broken") {
        await caller.untilEnded();
        assert.equal(caller.ended, "reset");
      } else {
        await receiver.waitFor("stdout", new RegExp(`"controlId":"${id}".*"outcome":"discarded"`));
        assert.equal(caller.text, "");
      }
      caller.stream.destroy();
    }
    assert.deepEqual([...rules].sort(), ["broken", "lost-on-the-way", "real"]);
  },
  { change: { "tcp://127.0.0.1:2576": `tcp://127.0.0.1:${REAL.port}` }, args: ["--seed", "7"] },
);

shows("in-front-of-a-real-receiver", "answers AE where there is no real receiver", async (receiver) => {
  const fates = await foretold("in-front-of-a-real-receiver", ids(20), ["--seed", "7"]);
  const { id } = fates.find(({ rule }) => rule === "real")!;
  assert.deepEqual(acks((await ask(receiver, messages(id), 1)).text), [`AE ${id}`]);
}, { change: { "tcp://127.0.0.1:2576": "tcp://127.0.0.1:1" }, args: ["--seed", "7"] });

/** A TLS connection that takes any certificate, when its handshake is done, and the certificate. */
function secure(receiver: Example): Promise<{ socket: TLSSocket; shown: PeerCertificate }> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: "127.0.0.1", port: receiver.port, rejectUnauthorized: false });
    socket.once("error", reject);
    socket.once("secureConnect", () => resolve({ socket, shown: socket.getPeerCertificate() }));
  });
}

/** What one certificate says of time and host. */
async function certificate(receiver: Example): Promise<{ isOver: boolean; hosts: string }> {
  const { socket, shown } = await secure(receiver);
  socket.destroy();
  return { isOver: Date.parse(shown.valid_to) < Date.now(), hosts: shown.subjectaltname ?? "" };
}

shows(
  "tls-rotation",
  "shows a good certificate, one that has expired, one of another host, and the good one",
  async (receiver) => {
    const first = await certificate(receiver);
    assert.deepEqual([first.isOver, /127\.0\.0\.1/.test(first.hosts)], [false, true]);
    await receiver.waitFor("stdout", /expired has begun/);
    const second = await certificate(receiver);
    assert.deepEqual([second.isOver, /127\.0\.0\.1/.test(second.hosts)], [true, true]);
    await receiver.waitFor("stdout", /wrong has begun/);
    const third = await certificate(receiver);
    assert.deepEqual([third.isOver, /127\.0\.0\.1/.test(third.hosts)], [false, false]);
    await receiver.waitFor("stdout", /good-again has begun/);
    const { socket } = await secure(receiver);
    const caller = new Caller(socket);
    caller.write(messages("1"));
    await caller.untilAcks(1);
    assert.deepEqual(acks(caller.text), ["AA 1"]);
    socket.destroy();
  },
  { change: { "for: 30s": "for: 2s" }, args: ["--tls-self-signed"] },
);

/** The first bytes of a TLS handshake. */
async function clientHello(): Promise<string> {
  let heard: () => void = () => {};
  const hello = new Promise<void>((resolve) => heard = resolve);
  const peer = await startPeer(() => {}, (socket) => socket.once("data", () => heard()));
  const socket = connectTls({ host: "127.0.0.1", port: peer.port, rejectUnauthorized: false });
  socket.on("error", () => {});
  await hello;
  socket.destroy();
  await peer.close();
  return peer.received();
}

shows("tls-handshakes", "fails four handshakes in four ways, and then none", async (receiver) => {
  const hello = await clientHello();
  const fail = async () => {
    const caller = await callPort(receiver.port);
    caller.write(hello);
    return caller;
  };
  const stalled = await fail();
  const garbage = await fail();
  await garbage.until(() => garbage.text.length > 0);
  // A TLS record of a handshake begins with 22, of an alert with 21.
  assert.ok(![21, 22].includes(garbage.text.charCodeAt(0)));
  const closed = await fail();
  await closed.untilEnded();
  assert.deepEqual([closed.ended, closed.text], ["fin", ""]);
  const broken = await fail();
  await broken.untilEnded();
  assert.deepEqual([broken.ended, broken.text], ["reset", ""]);
  const { socket } = await secure(receiver);
  const caller = new Caller(socket);
  caller.write(messages("1"));
  await caller.untilAcks(1);
  assert.deepEqual([stalled.ended, stalled.text], [null, ""]);
  for (const each of [stalled, garbage, caller]) each.stream.destroy();
}, { args: ["--tls-self-signed"] });

shows("judge-a-client", "finds a client that tries again good", async (receiver) => {
  const caller = await callPort(receiver.port);
  for (let tries = 0, left = ids(20); left.length > 0 && tries < 4; tries++) {
    const from = caller.text.length;
    caller.write(messages(...left));
    await caller.until(() => acks(caller.text.slice(from)).length === left.length);
    const refused = acks(caller.text.slice(from)).filter((each) => each.startsWith("AE"));
    left = refused.map((each) => each.slice(3));
  }
  const { code, stdout } = await receiver.stop();
  const { expect } = JSON.parse(stdout.trim().split("\n").at(-1)!);
  assert.deepEqual(expect.map(({ pass }: { pass: boolean }) => pass), [true, true, true, true], stdout);
  assert.equal(code, 0);
});

shows("judge-a-client", "finds a client that gives up wanting, with exit 1", async (receiver) => {
  await ask(receiver, messages(...ids(20)), 20);
  const { code, stdout } = await receiver.stop();
  const { expect } = JSON.parse(stdout.trim().split("\n").at(-1)!);
  assert.deepEqual(expect.map(({ pass }: { pass: boolean }) => pass), [false, true, true, true]);
  assert.match(expect[0].detail, /M\d+/);
  assert.equal(code, 1);
});
