/** The driver over real sockets: who may connect, and the ends that streams of memory cannot tell apart. */
import assert from "node:assert/strict";
import { connect as dial } from "node:net";
import { test } from "node:test";
import { latin1 } from "../../../lib/bytes.ts";
import { startDriver } from "../../../lib/bridge/driver.ts";
import type { DriverEvent } from "../../../lib/bridge/options.ts";
import { parseNetwork } from "../../../lib/network.ts";
import { parseEndpoint } from "../../../lib/transport/endpoint.ts";
import { listen } from "../../../lib/transport/open.ts";
import { accepted, request, said } from "./rig.ts";

/** One ILLP transaction from an address of this host. */
function transact(port: number, localAddress: string, message: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = dial({ host: "127.0.0.1", port, localAddress, allowHalfOpen: true });
    const chunks: Uint8Array[] = [];
    socket.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    socket.once("error", (error) => resolve((error as { code?: string }).code ?? error.message));
    socket.once("end", () => resolve(chunks.length === 0 ? "empty" : said(new Uint8Array(Buffer.concat(chunks)))));
    socket.end(message);
  });
}

test("Driver over TCP passes messages both ways, and lets in only whom distalAllow names", async () => {
  const application = await listen(parseEndpoint("127.0.0.1:0"), {}, ({ stream }) => {
    const chunks: Uint8Array[] = [];
    stream.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    stream.once("end", () => stream.end(accepted(new Uint8Array(Buffer.concat(chunks)))));
  });
  const events: DriverEvent[] = [];
  const driver = await startDriver({
    line: { medium: "listen", endpoint: parseEndpoint("127.0.0.1:0"), protocol: "mllp" },
    to: application.endpoint,
    dist: parseEndpoint("127.0.0.1:0"),
    distalAllow: [parseNetwork("127.0.0.1")],
    onEvent: (event) => events.push(event),
  });
  const line = dial({ host: "127.0.0.1", port: driver.line.port });
  const heard: string[] = [];
  const replied = new Promise<void>((resolve) => {
    line.on("data", (chunk) => {
      const frame = new Uint8Array(chunk).subarray(1, -2);
      heard.push(said(frame));
      if (heard.length === 1) return resolve();
      line.write(`\x0b${latin1(accepted(frame))}\x1c\r`);
    });
  });
  line.write(`\x0b${latin1(request("MSG1"))}\x1c\r`);
  await replied;
  assert.deepEqual(heard, ["AA MSG1"]);
  const port = driver.dist?.port ?? 0;
  assert.equal(await transact(port, "127.0.0.1", request("OUT1")), "AA OUT1");
  assert.equal(await transact(port, "127.0.0.2", request("OUT2")), "ECONNRESET");
  assert.deepEqual(heard, ["AA MSG1", "request OUT1"]);
  const refused = events.find(({ event }) => event === "distal_refused");
  assert.match(refused?.detail ?? "", /^127\.0\.0\.2:\d+: Its address 127\.0\.0\.2 is not allowed$/);
  assert.equal(driver.status().counters.distalRefused, 1);
  line.destroy();
  await driver.stop();
  await application.close();
});

test("Driver over TCP answers who has ended its half, and fails to start on an address that is taken", async () => {
  const application = await listen(parseEndpoint("127.0.0.1:0"), {}, ({ stream }) => {
    stream.resume().once("end", () => stream.end(accepted(request("MSG1"))));
  });
  const options = {
    line: { medium: "listen", endpoint: parseEndpoint("127.0.0.1:0"), protocol: "mllp" },
    to: application.endpoint,
    dist: null,
  } as const;
  const driver = await startDriver(options);
  const got = new Promise<string>((resolve) => {
    const chunks: Uint8Array[] = [];
    const line = dial({ host: "127.0.0.1", port: driver.line.port, allowHalfOpen: true });
    line.on("data", (chunk) => chunks.push(chunk));
    line.once("end", () => resolve(said(new Uint8Array(Buffer.concat(chunks)).subarray(1, -2))));
    line.end(`\x0b${latin1(request("MSG1"))}\x1c\r`);
  });
  assert.equal(await got, "AA MSG1");
  await assert.rejects(startDriver({ ...options, dist: driver.line }), /Cannot listen/);
  await driver.stop();
  await application.close();
});
