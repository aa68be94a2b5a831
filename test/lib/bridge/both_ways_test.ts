/** The line used from both ends at once, each with a time to think, so that the two directions do meet. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { accepted, request, Rig, said } from "./rig.ts";

const COUNT = 1000;
/** So many streams of memory take a slow machine its time. */
const LIMIT = { timeout: 60_000 };

const LINES = [["mllp", "line"], ["mllp2", "line"], ["hllp", "line"], ["hllp", "host"], ["x328", "line"], [
  "x328",
  "host",
]] as const;

for (const [protocol, priority] of LINES) {
  test(
    `Driver on ${protocol} carries ${COUNT} transactions each way at once, priority ${priority}: none lost, none starved`,
    LIMIT,
    async () => {
      const rig = await new Rig({ protocol, priority, onEvent: () => {} }).start();
      const ids = (prefix: string) => Array.from({ length: COUNT }, (_, i) => `${prefix}${i}`);
      const after = (ms: number, what: () => void) => void rig.clock.schedule(rig.clock.now() + ms, what);
      rig.application = (message) => new Promise((resolve) => after(7, () => resolve(accepted(message))));
      let next = 0;
      let done = 0;
      const peer = await rig.peer((self, message) => {
        const what = said(message);
        if (what.startsWith("request")) after(5, () => self.send(accepted(message, `PEER${what.slice(8)}`)));
        if (!what.startsWith("AA")) return;
        done++;
        if (next < COUNT) self.send(request(`IN${next++}`));
      });
      peer.send(request(`IN${next++}`));
      const replies: string[] = [];
      /** How far the one direction was when the other was done. */
      let behind = 0;
      const distal = async () => {
        for (const id of ids("OUT")) {
          replies.push(await rig.distal(request(id)));
          if (done < COUNT) behind = done;
        }
      };
      const over = distal();
      await rig.until(() => replies.length === COUNT && done === COUNT, 3_600_000);
      await over;
      assert.deepEqual(replies, ids("AA OUT"));
      assert.deepEqual(rig.served, ids("request IN"));
      assert.deepEqual(peer.heard.filter((heard) => heard.startsWith("AA")), ids("AA IN"));
      assert.deepEqual(peer.heard.filter((heard) => heard.startsWith("request")), ids("request OUT"));
      const { counters, longestWaitMs } = rig.driver.status();
      const { messagesIn, messagesOut, repliesOut, repliesIn } = counters;
      assert.deepEqual([messagesIn, messagesOut, repliesOut, repliesIn], [COUNT, COUNT, COUNT, COUNT]);
      const { refusedIn, failedOut, unmatched, repliesLost } = counters;
      assert.deepEqual([refusedIn, failedOut, unmatched, repliesLost], [0, 0, 0, 0]);
      assert.ok(behind > COUNT / 4, `${behind} of ${COUNT} came in while all others went out`);
      assert.ok(rig.clock.now() > 5 * COUNT);
      assert.ok(longestWaitMs.in < 5000 && longestWaitMs.out < 5000, JSON.stringify(longestWaitMs));
      await rig.stop();
    },
  );
}

test("Driver on mllp gives both directions turns when the peer sends all it has at once", async () => {
  const rig = await new Rig({ lineQueue: 200 }).start();
  const peer = await rig.peer();
  for (let i = 0; i < 100; i++) peer.send(request(`IN${i}`));
  const replies = Promise.all(Array.from({ length: 10 }, (_, i) => rig.distal(request(`OUT${i}`))));
  for (let turn = 0; turn < 4; turn++) await rig.settle();
  assert.deepEqual(await replies, Array.from({ length: 10 }, (_, i) => `AA OUT${i}`));
  await rig.until(() => peer.heard.length === 110);
  // Ours went out among the peer's, not after them.
  const last = peer.heard.lastIndexOf("request OUT9");
  assert.ok(last < 60, `the last of ours was number ${last}`);
  await rig.stop();
});
