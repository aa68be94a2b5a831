/** A line with one peer: a device that hangs up and is opened again, and a serial server that is connected to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LineMedium, Media } from "../../../lib/bridge/options.ts";
import { failure } from "../../../lib/transport/failure.ts";
import { memoryPair, type MemoryTransport } from "../../../lib/transport/memory.ts";
import { connect, listen } from "../../../lib/transport/open.ts";
import { accepted, FakeSpool, Peer, request, Rig } from "./rig.ts";

/** A device of memory: there or not, plugged in by whoever waits at its far end. */
class Device {
  there = true;
  /** When it was tried to open it. */
  readonly tries: number[] = [];
  rig!: Rig;
  far: MemoryTransport | null = null;

  readonly media: Media = {
    listen,
    connect: (endpoint, options) => {
      if (endpoint.path !== this.rig.line.path) return connect(endpoint, options);
      this.tries.push(this.rig.clock.now());
      if (!this.there) return Promise.reject(failure("connect_refused", "connect", endpoint, "no such device"));
      const [near, far] = memoryPair(endpoint.path);
      this.far = far;
      return Promise.resolve(near);
    },
  };

  peer(onMessage?: (peer: Peer, message: Uint8Array) => void): Peer {
    assert.ok(this.far !== null);
    return new Peer(this.rig, this.far, onMessage);
  }
}

type Options = ConstructorParameters<typeof Rig>[0];

function rigWith(medium: LineMedium, options: Options = {}): { rig: Rig; device: Device } {
  const device = new Device();
  const rig = new Rig({ ...options, media: device.media });
  device.rig = rig;
  Object.assign(rig.options, { line: { ...rig.options.line, medium } });
  return { rig, device };
}

test("Driver on a device that is not there does not start", async () => {
  const { rig, device } = rigWith("device");
  device.there = false;
  await assert.rejects(rig.start(), /no such device/);
  await rig.applicationDown();
});

test("Driver connects to a line whose peer is not there yet, with pauses that grow", async () => {
  const { rig, device } = rigWith("connect");
  device.there = false;
  await rig.start();
  await rig.run(15_000);
  assert.deepEqual(device.tries, [0, 200, 700, 1700, 3700, 8700, 13_700]);
  device.there = true;
  await rig.run(5000);
  const peer = device.peer();
  peer.send(request("MSG1"));
  await rig.settle();
  assert.deepEqual(peer.heard, ["AA MSG1"]);
  await rig.stop();
});

test("Driver opens a device again that has hung up, and the message cut short in it is nothing", async () => {
  for (const protocol of ["mllp", "mllp2", "hllp", "x328"] as const) {
    const { rig, device } = rigWith("device", { protocol });
    await rig.start();
    const peer = device.peer();
    const bytes = peer.session.link.encode(request("MSG1"));
    if (protocol === "x328") peer.session.write(new Uint8Array([5, 13]));
    await rig.run(10);
    peer.session.write(bytes.subarray(0, 40));
    await rig.run(10);
    peer.session.reset();
    await rig.run(1000);
    assert.equal(rig.driver.status().counters.reopenings, 1);
    assert.deepEqual(rig.served, []);
    const again = device.peer();
    again.send(request("MSG2"));
    await rig.run(3000);
    assert.deepEqual(again.heard, ["AA MSG2"]);
    assert.deepEqual(rig.served, ["request MSG2"]);
    await rig.stop();
  }
});

test("Driver on x328 sends the reply of an acknowledged message on the line that has come back", async () => {
  const { rig, device } = rigWith("device", { protocol: "x328" });
  let answer: (reply: Uint8Array) => void = () => {};
  rig.application = () => new Promise((resolve) => answer = resolve);
  await rig.start();
  const peer = device.peer();
  peer.send(request("MSG1"));
  await rig.run(5000);
  assert.deepEqual(peer.delivered, [1]);
  peer.session.reset();
  await rig.run(1000);
  const again = device.peer();
  answer(accepted(request("MSG1")));
  await rig.run(5000);
  assert.deepEqual(again.heard, ["AA MSG1"]);
  await rig.stop();
});

test("Driver on x328 takes a distal client's reply on the line that has come back", async () => {
  const { rig, device } = rigWith("device", { protocol: "x328" });
  await rig.start();
  const peer = device.peer(() => {});
  const reply = rig.distal(request("OUT1"));
  await rig.run(1000);
  assert.deepEqual(peer.heard, ["request OUT1"]);
  peer.session.reset();
  await rig.run(1000);
  device.peer().send(accepted(request("OUT1")));
  await rig.run(5000);
  assert.equal(await reply, "AA OUT1");
  await rig.stop();
});

test("Driver tells a distal client AE when the line hangs up in the middle of its message", async () => {
  const { rig, device } = rigWith("device", { protocol: "x328" });
  await rig.start();
  const peer = device.peer();
  peer.transport.pause();
  const reply = rig.distal(request("OUT1"));
  await rig.run(100);
  peer.session.reset();
  await rig.run(1000);
  assert.equal(await reply, "AE OUT1");
  device.far?.reset();
  await rig.stop();
});

test("Driver with a spool loses nothing of what it acknowledged over a line that hangs up at random", async () => {
  const spool = new FakeSpool();
  const { rig, device } = rigWith("device", { protocol: "x328", spool });
  await rig.start();
  const acknowledged: string[] = [];
  let number = 0;
  for (let life = 0; life < 20; life++) {
    if (life % 5 === 2) await rig.applicationDown();
    if (life % 5 === 4) await rig.applicationUp();
    const peer = device.peer(() => {});
    const first = number;
    for (let i = 0; i < 4; i++) peer.send(request(`MSG${number++}`));
    // Each life ends at another place within the four.
    await rig.run(3 + life * 17);
    acknowledged.push(...peer.delivered.map((ticket) => `request MSG${first + ticket - 1}`));
    peer.session.reset();
    await rig.run(1000);
  }
  await rig.run(120_000);
  assert.ok(acknowledged.length > 20 && acknowledged.length < 80, `${acknowledged.length} acknowledged`);
  assert.deepEqual(acknowledged.filter((message) => !rig.served.includes(message)), []);
  assert.deepEqual(rig.served, rig.served.toSorted((a, b) => Number(a.slice(11)) - Number(b.slice(11))));
  device.far?.reset();
  await rig.stop();
});
