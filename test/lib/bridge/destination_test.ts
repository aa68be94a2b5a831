import assert from "node:assert/strict";
import { test } from "node:test";
import { DestinationCall } from "../../../lib/bridge/destination.ts";
import { latin1, utf8 } from "../../../lib/bytes.ts";
import { VirtualClock } from "../../../lib/clock.ts";
import { IllpLink } from "../../../lib/link/illp.ts";
import { memoryPair } from "../../../lib/transport/memory.ts";

async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

function rig() {
  const [near, far] = memoryPair();
  const call = new DestinationCall(near, new IllpLink(), new VirtualClock());
  let settled = "";
  call.reply.then((reply) => settled = `reply ${latin1(reply)}`, (error) => settled = error.code);
  return { call, far, settled: () => settled };
}

test("DestinationCall has an empty reply from who closes without a byte", async () => {
  const { call, far, settled } = rig();
  call.send(utf8("request"));
  far.stream.resume().once("end", () => far.stream.end());
  await settle();
  assert.equal(settled(), "reply ");
});

test("DestinationCall is answered only once its request is written, however early the destination speaks", async () => {
  const { call, far, settled } = rig();
  far.pause();
  call.send(new Uint8Array(1_000_000));
  far.stream.end("early");
  await settle();
  assert.equal(call.written, false);
  assert.equal(settled(), "");
  far.resume();
  far.stream.resume();
  await settle();
  assert.equal(settled(), "reply early");
});

test("DestinationCall fails for a reply that a reset cut short, and never takes it for whole", async () => {
  const { call, far, settled } = rig();
  call.send(utf8("request"));
  far.stream.write("MSH|half a re");
  await settle();
  far.reset();
  await settle();
  assert.equal(settled(), "reply_reset");
});

test("DestinationCall without a request is open until the destination closes", async () => {
  const { call, far } = rig();
  assert.equal(call.open, true);
  far.stream.end();
  await settle();
  assert.equal(call.open, false);
});
