/** The end of a driver while something is under way on the line: finished, or refused in words that the peer knows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../../lib/bytes.ts";
import { connect } from "../../../lib/transport/open.ts";
import { accepted, FakeSpool, request, Rig } from "./rig.ts";

/** A peer that says what it is told to and nothing else, and hears what is said on the line. */
async function standby(rig: Rig) {
  const { stream } = await connect(rig.line);
  let said = "";
  stream.on("data", (chunk: Uint8Array) => said += latin1(chunk)).once("end", () => stream.end());
  return { write: (text: string) => void stream.write(utf8(text)), heard: () => said };
}

test("Driver on x328 told to stop between blocks ends the transfer with EOT in place of the next answer", async () => {
  for (const spool of [null, new FakeSpool()]) {
    const rig = await new Rig({ protocol: "x328", spool }).start();
    const { write, heard } = await standby(rig);
    write("\x05\r");
    await rig.run(10);
    write("\x02100005MSH|\r\x1734\r");
    await rig.run(10);
    const done = rig.driver.stop();
    await rig.run(100);
    assert.equal(heard(), "\x100\r\x101\r");
    write("\x02200017EVN|A01|19990101\r\x031F\r");
    await rig.run(100);
    assert.equal(heard(), "\x100\r\x101\r\x04\r");
    assert.deepEqual(await done, { ok: true, why: "" });
    assert.deepEqual(rig.served, []);
    assert.equal(spool?.size ?? 0, 0);
    await rig.applicationDown();
  }
});

test("Driver on x328 told to stop waits no longer than stopTimeoutMs for a transfer, and then ends it with EOT", async () => {
  const rig = await new Rig({ protocol: "x328", stopTimeoutMs: 2000 }).start();
  const { write, heard } = await standby(rig);
  write("\x05\r");
  await rig.run(10);
  assert.equal(heard(), "\x100\r");
  const done = rig.driver.stop();
  await rig.run(1900);
  assert.equal(rig.driver.status().state, "stopping");
  await rig.run(200);
  await done;
  assert.equal(heard(), "\x100\r\x04\r");
  await rig.settle();
  assert.equal(rig.open(), 0);
  await rig.applicationDown();
});

test("Driver on x328 told to stop while its destination is asked at a bid refuses that", async () => {
  const rig = await new Rig({ protocol: "x328" }).start();
  const { write, heard } = await standby(rig);
  write("\x05\r");
  const done = rig.driver.stop();
  await rig.run(100);
  await done;
  assert.equal(heard(), "\x15\r");
  assert.deepEqual(rig.served, []);
  await rig.applicationDown();
});

test("Driver on x328 told to stop in the middle of its own transfer ends that with EOT when the time is up", async () => {
  const rig = await new Rig({ protocol: "x328", stopTimeoutMs: 2000 }).start();
  const { heard } = await standby(rig);
  const reply = rig.distal(request("OUT1"));
  await rig.run(10);
  const done = rig.driver.stop();
  await rig.run(2100);
  await done;
  assert.equal(await reply, "AE OUT1");
  assert.equal(heard(), "\x05\r\x04\r");
  await rig.applicationDown();
});

test("Driver on x328 told to stop still takes the answer that a distal client waits for", async () => {
  const rig = await new Rig({ protocol: "x328" }).start();
  const peer = await rig.peer(() => {});
  const reply = rig.distal(request("OUT1"));
  await rig.run(1000);
  const done = rig.driver.stop();
  await rig.run(1000);
  peer.send(accepted(request("OUT1")));
  await rig.run(1000);
  assert.equal(await reply, "AA OUT1");
  await done;
  assert.deepEqual(peer.delivered, [1]);
  await rig.applicationDown();
});

test("Driver on x328 told to stop in the middle of a block that does not go on ends the transfer with EOT on Timer B", async () => {
  const rig = await new Rig({ protocol: "x328" }).start();
  const { write, heard } = await standby(rig);
  write("\x05\r");
  await rig.run(10);
  write("\x02100005MS");
  await rig.run(10);
  const done = rig.driver.stop();
  await rig.run(2900);
  assert.equal(heard(), "\x100\r");
  assert.equal(rig.driver.status().state, "stopping");
  await rig.run(200);
  assert.equal(heard(), "\x100\r\x04\r");
  assert.deepEqual(await done, { ok: true, why: "" });
  assert.deepEqual(rig.served, []);
  await rig.applicationDown();
});
