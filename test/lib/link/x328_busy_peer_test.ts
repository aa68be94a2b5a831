/** A peer that leaves no pause between its messages: ours goes out all the same, or is told to have failed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { X328Options } from "../../../lib/link/x328_options.ts";
import { alone, ENQ, EOT, etx, Script, sends, type Step } from "./x328_script.ts";

/** How many messages of a peer that never pauses come before ours is delivered; its queue is always full. */
function passedBy(near: X328Options, far: X328Options): number {
  let serial = 0;
  const script = new Script(
    {
      onMessage: (_, side) => {
        if (side === "near") script.sendAt(script.clock.now(), "far", `Z${++serial}\r`);
      },
    },
    near,
    { turnMs: 0, ...far },
  );
  for (let i = 0; i < 5; i++) script.send("far", `Z${++serial}\r`);
  script.sendAt(7, "near", "A\r");
  const ours = (line: string) => line.endsWith(" near delivered 1");
  while (script.clock.now() < 60_000 && !script.log.some(ours)) script.run(100);
  const story = script.log;
  const at = story.findIndex(ours);
  assert.ok(at > 0, "ours was never delivered");
  assert.ok(!story.some((line) => line.includes(" failed ")), "a message failed");
  return story.slice(0, at).filter((line) => line.includes(" near message ")).length;
}

test("X328Link gets its message through to a peer that bids again straight after EOT, after so many of the peer's", () => {
  for (const near of ["line", "host"] as const) {
    for (const far of ["line", "host"] as const) {
      const passed = passedBy({ priority: near }, { priority: far });
      assert.ok(passed <= 10, `${passed} went before ours, ${near} against ${far}`);
    }
  }
  assert.equal(passedBy({}, { priority: "host" }), 10);
  assert.equal(passedBy({ bidTries: 2 }, { priority: "host" }), 4);
});

test("X328Link refuses one bid of a peer that always goes first, and gives its message up if that was in vain", () => {
  const rounds = Array.from({ length: 9 }, (_, i): Step[] => {
    const at = 10 * (i + 1);
    return [[at, ENQ], [at + 1, etx(1, "Z\r")], [at + 2, EOT]];
  });
  const story = alone({ bidTries: 2 }, [[0, sends("A\r")], ...rounds.flat()]);
  assert.deepEqual(story.filter((line) => /NAK|unexpected|failed|EOT/.test(line)), [
    "40 writes <NAK><CR>",
    "41 note block_unexpected",
    "80 failed 1 bid_contended",
    "80 writes <EOT><CR><DLE>0<CR>",
  ]);
  assert.equal(story.filter((line) => line.endsWith(" message Z<CR>")).length, 8);
});
