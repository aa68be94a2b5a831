/** The driver with a spool: what was acknowledged reaches the destination, whatever happens. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { accepted, FakeSpool, request, Rig, said, text } from "./rig.ts";

test("Driver with a spool acknowledges on x328 and mllp2 when the message is on disk, and drains in order", async () => {
  for (const protocol of ["x328", "mllp2"] as const) {
    const spool = new FakeSpool();
    const rig = await new Rig({ protocol, spool }).start();
    await rig.applicationDown();
    const peer = await rig.peer();
    for (const id of ["MSG1", "MSG2", "MSG3"]) {
      peer.send(request(id));
      await rig.run(3000);
    }
    assert.deepEqual(peer.delivered, [1, 2, 3]);
    assert.deepEqual(peer.heard, []);
    assert.equal(rig.driver.status().spool, 3);
    await rig.applicationUp();
    await rig.run(30_000);
    assert.deepEqual(rig.served, ["request MSG1", "request MSG2", "request MSG3"]);
    assert.deepEqual(peer.heard, ["AA MSG1", "AA MSG2", "AA MSG3"]);
    assert.equal(spool.size, 0);
    assert.ok(spool.reasons.length > 0);
    await rig.stop();
  }
});

test("Driver that died with a spool sends what it had acknowledged when it is back, and loses nothing", async () => {
  const spool = new FakeSpool();
  const first = await new Rig({ protocol: "x328", spool }).start();
  await first.applicationDown();
  const peer = await first.peer();
  peer.send(request("MSG1"));
  await first.run(3000);
  assert.deepEqual(peer.delivered, [1]);
  // It is killed: nothing of it is heard any more, and the spool is what it is.
  const second = await new Rig({ protocol: "x328", spool }).start();
  await second.run(1000);
  assert.deepEqual(second.served, ["request MSG1"]);
  assert.equal(spool.size, 0);
  // On a line of many peers nobody knows whose it was.
  assert.ok(second.story.includes("reply_lost"));
  await second.stop();
  await first.stop();
});

test("Driver with a spool that cannot be written to refuses, and acknowledges nothing", async () => {
  for (const protocol of ["x328", "mllp2", "hllp", "mllp"] as const) {
    const spool = new FakeSpool();
    spool.broken = true;
    const rig = await new Rig({ protocol, spool, spoolAck: "AA" }).start();
    const peer = await rig.peer();
    peer.send(request("MSG1"));
    await rig.run(20_000);
    assert.deepEqual(peer.delivered, []);
    assert.deepEqual(peer.heard, protocol === "mllp" ? ["AE MSG1"] : []);
    assert.deepEqual(rig.served, []);
    assert.ok(rig.story.includes("spool_failed"));
    await rig.stop();
  }
});

test("Driver with a spool answers CA on mllp and hllp to who asks for it, and sends the application's word later", async () => {
  for (const protocol of ["mllp", "hllp"] as const) {
    const rig = await new Rig({ protocol, spool: new FakeSpool() }).start();
    await rig.applicationDown();
    const peer = await rig.peer((self, message) => {
      if (protocol === "hllp" && self.heard.length === 2) self.send(new Uint8Array(0));
      assert.ok(message);
    });
    peer.send(request("MSG1", "|||AL|AL"));
    await rig.run(5000);
    assert.deepEqual(peer.heard, ["CA MSG1"]);
    await rig.applicationUp();
    await rig.run(20_000);
    assert.deepEqual(peer.heard, ["CA MSG1", "AA MSG1"]);
    await rig.stop();
  }
});

test("Driver with a spool answers AA on mllp only where spoolAck allows it, and then keeps the destination's to itself", async () => {
  const spool = new FakeSpool();
  const rig = await new Rig({ spool, spoolAck: "AA" }).start();
  await rig.applicationDown();
  const peer = await rig.peer();
  peer.send(request("MSG1"));
  await rig.run(1000);
  assert.deepEqual(peer.heard, ["AA MSG1"]);
  await rig.applicationUp();
  await rig.run(20_000);
  assert.deepEqual(rig.served, ["request MSG1"]);
  assert.deepEqual(peer.heard, ["AA MSG1"]);
  // The peer was told what the destination says: nothing is lost that somebody should look for.
  assert.equal(rig.driver.status().counters.repliesLost, 0);
  await rig.stop();

  const plain = await new Rig({ spool: new FakeSpool() }).start();
  await plain.applicationDown();
  const other = await plain.peer();
  other.send(request("MSG1"));
  await plain.run(1000);
  assert.deepEqual(other.heard, ["AE MSG1"]);
  assert.equal(plain.driver.status().spool, 0);
  await plain.stop();
});

test("Driver with a spool lets nothing overtake what it keeps", async () => {
  const rig = await new Rig({ spool: new FakeSpool() }).start();
  await rig.applicationDown();
  const peer = await rig.peer();
  peer.send(request("MSG1", "|||AL|NE"));
  await rig.run(100);
  peer.send(request("MSG2"));
  await rig.run(100);
  await rig.applicationUp();
  await rig.run(20_000);
  assert.deepEqual(rig.served, ["request MSG1", "request MSG2"]);
  assert.deepEqual(peer.heard, ["CA MSG1", "AA MSG1", "AA MSG2"]);
  await rig.stop();
});

test("Driver with a spool tries a message again until the destination has answered it", async () => {
  const spool = new FakeSpool();
  const rig = await new Rig({ protocol: "mllp2", spool }).start();
  let tries = 0;
  rig.application = (message) => ++tries < 3 ? "reset" : accepted(message);
  const peer = await rig.peer();
  peer.send(request("MSG1"));
  peer.send(request("MSG2"));
  await rig.run(10_000);
  assert.deepEqual(rig.served, ["request MSG1", "request MSG1", "request MSG1", "request MSG2"]);
  assert.deepEqual(peer.heard, ["AA MSG1", "AA MSG2"]);
  assert.equal(rig.driver.status().counters.drained, 2);
  await rig.stop();
});

/** A spool with these messages, and an application that breaks off at those that its name says. */
async function stumbling(ids: readonly string[], stumblesAt: (id: string) => boolean) {
  const spool = new FakeSpool();
  for (const id of ids) spool.put(request(id));
  const rig = new Rig({ protocol: "x328", spool });
  rig.application = (message) => stumblesAt(said(message).slice(8)) ? "reset" : accepted(message);
  await rig.start();
  return { rig, spool };
}

test("Driver with a spool gives up a message that the destination fails with and not with others, and tells its sender", async () => {
  const spool = new FakeSpool();
  const rig = new Rig({ protocol: "x328", spool });
  rig.application = (message) => said(message) === "request BAD" ? "reset" : accepted(message);
  await rig.start();
  const peer = await rig.peer();
  for (const id of ["MSG1", "BAD", "MSG2", "MSG3"]) peer.send(request(id));
  await rig.run(60_000);
  const bad = "request BAD";
  assert.deepEqual(rig.served, ["request MSG1", bad, bad, bad, "request MSG2", bad, "request MSG3"]);
  assert.deepEqual(peer.heard, ["AA MSG1", "AA MSG2", "AE BAD", "AA MSG3"]);
  assert.match(text(peer.messages[2]), /^Given up: The destination .* broke the connection$/);
  assert.deepEqual(spool.buried.map(({ message }) => said(message)), [bad]);
  const { counters, spool: left, dead } = rig.driver.status();
  assert.deepEqual([counters.deadLetters, counters.drained, left, dead], [1, 3, 0, 1]);
  const [told] = rig.events.filter(({ event }) => event === "dead_letter");
  assert.deepEqual([told.level, told.controlId], ["error", "BAD"]);
  await rig.stop();
});

test("Driver with a spool gives up several messages, each after its tries, and keeps the order of the rest", async () => {
  const ids = Array.from({ length: 8 }, (_, i) => `MSG${i}`);
  const { rig, spool } = await stumbling(ids, (id) => ["MSG0", "MSG1", "MSG5"].includes(id));
  await rig.until(() => spool.size === 0);
  assert.deepEqual(spool.buried.map(({ id }) => id), [1, 2, 6]);
  const answered = rig.served.filter((each) => !/[015]$/.test(each));
  assert.deepEqual(answered, ["MSG2", "MSG3", "MSG4", "MSG6", "MSG7"].map((id) => `request ${id}`));
  await rig.stop();
});

test("Driver with a spool gives nothing up while the destination fails with all, or cannot be reached", async () => {
  let down = true;
  const { rig, spool } = await stumbling(["MSG1", "MSG2", "MSG3", "MSG4"], () => down);
  await rig.run(3_600_000);
  await rig.applicationDown();
  await rig.run(3_600_000);
  assert.deepEqual([spool.size, spool.dead], [4, 0]);
  down = false;
  await rig.applicationUp();
  await rig.run(60_000);
  assert.deepEqual([spool.size, spool.dead], [0, 0]);
  assert.equal(rig.driver.status().counters.drained, 4);
  await rig.stop();
});

test("Driver with a spool keeps a message that the destination fails with as long as nothing waits behind it", async () => {
  const { rig, spool } = await stumbling(["BAD"], (id) => id === "BAD");
  await rig.run(600_000);
  assert.deepEqual([spool.size, spool.dead], [1, 0]);
  spool.put(request("MSG1"));
  await rig.run(60_000);
  assert.deepEqual([spool.size, spool.dead], [0, 1]);
  await rig.stop();
});

test("Driver with a spool delivers nothing that the disk has changed, and goes on behind it", async () => {
  const spool = new FakeSpool();
  spool.put(request("MSG1"));
  spool.entries[0] = { ...spool.entries[0], damage: "The bytes of message 1 are not those that were written" };
  spool.put(request("MSG2"));
  const rig = await new Rig({ protocol: "x328", spool }).start();
  await rig.run(1000);
  assert.deepEqual(rig.served, ["request MSG2"]);
  assert.deepEqual([spool.size, spool.dead, rig.driver.status().counters.deadLetters], [0, 1, 1]);
  await rig.stop();
});
