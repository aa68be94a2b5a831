import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../../lib/bytes.ts";
import { accepted, request, Rig, text, withSettling } from "./rig.ts";

test("Driver passes a message of the line to the destination and its reply back", async () => {
  const rig = await new Rig().start();
  const peer = await rig.peer();
  peer.send(request("MSG1"));
  await rig.settle();
  assert.deepEqual(rig.served, ["request MSG1"]);
  assert.deepEqual(peer.heard, ["AA MSG1"]);
  assert.deepEqual(rig.story, ["received", "answered", "replied"]);
  assert.equal(rig.driver.status().counters.messagesIn, 1);
  assert.equal(rig.driver.status().destinationUp, true);
  await rig.stop();
});

test("Driver passes a distal client's message to the line and the reply back", async () => {
  const rig = await new Rig().start();
  const peer = await rig.peer();
  const reply = rig.distal(request("OUT1"));
  await rig.settle();
  assert.deepEqual(peer.heard, ["request OUT1"]);
  assert.equal(await reply, "AA OUT1");
  assert.deepEqual(rig.story, ["sent", "completed"]);
  assert.deepEqual(rig.served, []);
  await rig.stop();
});

test("Driver answers AE to the line while the destination is down, and serves it when that is back", async () => {
  const rig = await new Rig().start();
  const peer = await rig.peer();
  await rig.applicationDown();
  peer.send(request("MSG1"));
  await rig.settle();
  assert.deepEqual(peer.heard, ["AE MSG1"]);
  assert.match(text(peer.messages[0]), /^Cannot connect to memory:to/);
  assert.equal(rig.driver.status().destinationUp, false);
  await rig.applicationUp();
  peer.send(request("MSG2"));
  await rig.settle();
  assert.deepEqual(peer.heard, ["AE MSG1", "AA MSG2"]);
  assert.equal(rig.driver.status().counters.refusedIn, 1);
  await rig.stop();
});

test("Driver answers AE when the destination does not reply in time, and not before", async () => {
  const rig = await new Rig().start();
  rig.application = () => "hang";
  const peer = await rig.peer();
  peer.send(request("MSG1"));
  await rig.run(29_999);
  assert.deepEqual(peer.heard, []);
  await rig.run(1);
  assert.deepEqual(peer.heard, ["AE MSG1"]);
  assert.equal(text(peer.messages[0]), "No reply of the destination within 30s");
  await rig.stop();
});

test("Driver answers AE when the destination breaks the connection", async () => {
  const rig = await new Rig().start();
  rig.application = () => "reset";
  const peer = await rig.peer();
  peer.send(request("MSG1"));
  await rig.settle();
  assert.deepEqual(peer.heard, ["AE MSG1"]);
  await rig.stop();
});

for (const [emptyReply, heard] of [["AA", ["AA MSG1"]], ["AE", ["AE MSG1"]], ["none", []]] as const) {
  test(`Driver puts on the line for an empty reply what emptyReply ${emptyReply} says`, async () => {
    const rig = await new Rig({ emptyReply }).start();
    rig.application = () => new Uint8Array(0);
    const peer = await rig.peer();
    peer.send(request("MSG1"));
    await rig.settle();
    assert.deepEqual(peer.heard, heard);
    await rig.stop();
  });
}

test("Driver refuses with the code that is due: CE where only the accept acknowledgement is, nothing where none is", async () => {
  const rig = await new Rig().start();
  await rig.applicationDown();
  const peer = await rig.peer();
  peer.send(request("MSG1", "|||AL|NE"));
  peer.send(request("MSG2", "|||NE|NE"));
  peer.send(request("MSG3", "|||NE|AL"));
  await rig.settle();
  assert.deepEqual(peer.heard, ["CE MSG1", "AE MSG3"]);
  await rig.stop();
});

test("Driver serves a message that crosses one of ours, so that two who wait for each other go on", async () => {
  const rig = await new Rig().start();
  const peer = await rig.peer((self, message) => {
    // Answers nothing before its own message is answered.
    if (self.heard.length === 1) return void self.send(request("IN1"));
    self.send(accepted(self.messages[0]));
    assert.ok(message);
  });
  const reply = rig.distal(request("OUT1"));
  await rig.settle();
  assert.deepEqual(peer.heard, ["request OUT1", "AA IN1"]);
  assert.equal(await reply, "AA OUT1");
  await rig.stop();
});

test("Driver with the host's priority serves a message that crosses ours after it", async () => {
  const rig = await new Rig({ priority: "host" }).start();
  const peer = await rig.peer((self) => self.heard.length === 1 && self.send(request("IN1")));
  const reply = rig.distal(request("OUT1"));
  await rig.settle();
  assert.deepEqual(rig.served, []);
  assert.deepEqual(rig.driver.status().lines.map(({ holder, waiting }) => [holder, waiting]), [["out", 1]]);
  peer.send(accepted(request("OUT1")));
  await rig.settle();
  assert.equal(await reply, "AA OUT1");
  assert.deepEqual(peer.heard, ["request OUT1", "AA IN1"]);
  await rig.stop();
});

test("Driver takes the one acknowledgement with the right id for a distal client, and passes on the others", async () => {
  const rig = await new Rig().start();
  const peer = await rig.peer((self) => {
    self.send(accepted(request("OTHER")));
    self.send(accepted(request("OUT1")));
  });
  assert.equal(await withSettling(rig, rig.distal(request("OUT1"))), "AA OUT1");
  assert.deepEqual(rig.served, ["AA OTHER"]);
  assert.equal(rig.driver.status().counters.unmatched, 1);
  // The destination's reply to an acknowledgement goes nowhere.
  assert.deepEqual(peer.heard, ["request OUT1"]);
  await rig.stop();
});

test("Driver waits for the application's acknowledgement after a CA, and gives the CA if that is all that comes", async () => {
  const rig = await new Rig().start();
  const commit = (id: string) => utf8(`MSH|^~\\&|A|B|C|D|20260131||ACK|X|P|2.3\rMSA|CA|${id}\r`);
  let last = true;
  await rig.peer((self, message) => {
    if (self.heard.at(-1)?.startsWith("request") !== true) return;
    const id = self.heard[self.heard.length - 1].slice(8);
    self.send(commit(id));
    if (last) self.send(accepted(message));
    last = false;
  });
  assert.equal(await withSettling(rig, rig.distal(request("OUT1", "|||AL|AL"))), "AA OUT1");
  const second = rig.distal(request("OUT2", "|||AL|AL"));
  await rig.run(30_000);
  assert.equal(await second, "CA OUT2");
  await rig.stop();
});

test("Driver answers a distal client AE when the line stays silent, and never by an end alone", async () => {
  const rig = await new Rig().start();
  await rig.peer(() => {});
  const reply = rig.distalBytes(request("OUT1"));
  await rig.run(30_000);
  assert.equal(text(await reply), "No reply came within 30s");
  await rig.stop();
});

test("Driver resets a distal client whose request is no HL7, is empty, or is an answer that the line did not take", async () => {
  const rig = await new Rig().start();
  assert.equal(await withSettling(rig, rig.distal(utf8("no HL7 at all"))), "reset");
  assert.equal(await withSettling(rig, rig.distal(new Uint8Array(0))), "reset");
  const late = rig.distal(accepted(request("MSG1")));
  await rig.run(10_000);
  assert.equal(await late, "reset");
  assert.deepEqual(rig.story, ["distal_refused", "distal_refused", "distal_failed"]);
  await rig.stop();
});

test("Driver answers a distal client AE when no line comes within lineWaitMs, and sends when one does", async () => {
  const rig = await new Rig().start();
  const first = rig.distalBytes(request("OUT1"));
  await rig.run(10_000);
  assert.equal(text(await first), "The line is not connected");
  const second = rig.distal(request("OUT2"));
  await rig.run(9000);
  await rig.peer();
  assert.equal(await withSettling(rig, second), "AA OUT2");
  await rig.stop();
});

test("Driver answers a distal client AE when the line hangs up in its transaction", async () => {
  const rig = await new Rig().start();
  await rig.peer((self) => void self.session.close());
  const reply = rig.distalBytes(request("OUT1"));
  assert.equal(text(await withSettling(rig, reply)), "The line hung up before the reply came");
  await rig.stop();
});

for (const [distalTo, who] of [["oldest", 0], ["newest", 1], ["only", -1]] as const) {
  test(`Driver with two lines gives a distal client the one that distalTo ${distalTo} says`, async () => {
    const rig = await new Rig({ distalTo }).start();
    const peers = [await rig.peer(), await rig.peer()];
    const reply = await withSettling(rig, rig.distalBytes(request("OUT1")));
    assert.deepEqual(peers.map(({ heard }) => heard.length), [0, 1].map((at) => at === who ? 1 : 0));
    if (who < 0) assert.equal(text(reply), "The line has 2 connections, wanted the only one");
    await rig.stop();
  });
}

test("Driver forwards the answer of a client that has left as one that nobody waits for", async () => {
  const rig = await new Rig().start();
  const peer = await rig.peer(() => {});
  const { connect } = await import("../../../lib/transport/open.ts");
  const client = await connect(rig.dist);
  client.stream.end(request("OUT1"));
  await rig.settle();
  client.reset();
  await rig.settle();
  peer.send(accepted(request("OUT1")));
  await rig.settle();
  assert.deepEqual(rig.served, ["AA OUT1"]);
  assert.deepEqual(rig.story.slice(0, 4), ["sent", "distal_gone", "received", "unmatched"]);
  await rig.stop();
});

test("Driver bounds what waits on the line, and answers AE to what is above", async () => {
  const rig = await new Rig({ lineQueue: 2 }).start();
  rig.application = () => "hang";
  const peer = await rig.peer();
  for (const id of ["MSG1", "MSG2", "MSG3", "MSG4"]) peer.send(request(id));
  await rig.settle();
  assert.deepEqual(peer.heard, ["AE MSG4"]);
  assert.equal(text(peer.messages[0]), "Too many messages wait for the line");
  await rig.run(90_000);
  assert.deepEqual(peer.heard, ["AE MSG4", "AE MSG1", "AE MSG2", "AE MSG3"]);
  await rig.stop();
});

test("Driver bounds the distal clients, and serves the others one at a time in their order", async () => {
  const rig = await new Rig({ distalQueue: 2 }).start();
  let open = 0;
  let most = 0;
  await rig.peer((self, message) => {
    most = Math.max(most, ++open);
    setImmediate(() => {
      open--;
      self.send(accepted(message));
    });
  });
  const replies = ["OUT1", "OUT2", "OUT3", "OUT4"].map((id) => rig.distal(request(id)));
  assert.deepEqual(await withSettling(rig, Promise.all(replies)), ["AA OUT1", "AA OUT2", "AA OUT3", "reset"]);
  assert.equal(most, 1);
  await rig.stop();
});

test("Driver under once ends after one transaction and says how it went", async () => {
  const rig = await new Rig({ once: true }).start();
  assert.equal(rig.driver.dist, null);
  const peer = await rig.peer();
  peer.send(request("MSG1"));
  assert.deepEqual(await withSettling(rig, rig.driver.done), { ok: true, why: "" });
  assert.deepEqual(peer.heard, ["AA MSG1"]);
  const down = await new Rig({ once: true }).start();
  await down.applicationDown();
  const other = await down.peer();
  other.send(request("MSG1"));
  const { ok, why } = await withSettling(down, down.driver.done);
  assert.equal(ok, false);
  assert.match(why, /^Cannot connect/);
  assert.deepEqual(other.heard, ["AE MSG1"]);
});

test("Driver told to stop finishes what is in hand and refuses what waits", async () => {
  const rig = await new Rig().start();
  let answer: (doing: Uint8Array) => void = () => {};
  rig.application = () => new Promise((resolve) => answer = resolve);
  const peer = await rig.peer();
  peer.send(request("MSG1"));
  peer.send(request("MSG2"));
  const distal = rig.distalBytes(request("OUT1"));
  await rig.settle();
  const done = rig.driver.stop();
  peer.send(request("MSG3"));
  await rig.run(5000);
  assert.deepEqual(peer.heard, ["AE MSG3"]);
  answer(accepted(request("MSG1")));
  assert.deepEqual(await withSettling(rig, done), { ok: true, why: "" });
  assert.deepEqual(peer.heard, ["AE MSG3", "AA MSG1", "AE MSG2"]);
  assert.equal(text(await distal), "The driver is stopping");
  assert.equal(rig.driver.status().state, "stopped");
});

test("Driver told to stop refuses what is in hand after stopTimeoutMs", async () => {
  const rig = await new Rig().start();
  rig.application = () => "hang";
  const peer = await rig.peer();
  peer.send(request("MSG1"));
  await rig.settle();
  const done = rig.driver.stop();
  await rig.run(9_999);
  assert.deepEqual(peer.heard, []);
  await rig.run(1);
  await done;
  assert.deepEqual(peer.heard, ["AE MSG1"]);
  assert.equal(text(peer.messages[0]), "The driver is stopping");
});

test("Driver answers AE where the destination's reply cannot be put on the line", async () => {
  const rig = await new Rig().start();
  rig.application = () => utf8("MSH|^~\\&|A\x1c\rMSA|AA|MSG1\r");
  const peer = await rig.peer();
  peer.send(request("MSG1"));
  await rig.settle();
  assert.deepEqual(peer.heard, ["AE MSG1"]);
  assert.ok(rig.story.includes("reply_lost"));
  await rig.stop();
});

test("Driver answers AE to a message that is too long, and goes on", async () => {
  const rig = await new Rig({ maxMessage: 1000 }).start();
  const peer = await rig.peer();
  peer.send(request("MSG1", "|".repeat(2000)));
  peer.send(request("MSG2"));
  await rig.settle();
  assert.deepEqual(peer.heard, ["AE MSG1", "AA MSG2"]);
  assert.deepEqual(rig.served, ["request MSG2"]);
  await rig.stop();
});
