import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../../lib/bytes.ts";
import { FRAMINGS, linkMaker, type LinkOptions } from "../../../lib/link/make.ts";
import { written } from "../../contract/link_contract.ts";
import { readable } from "./wire.ts";

const ACK = utf8("\x0b\x06\x1c\r");

test("linkMaker's release 2 drops a partial block that its own repetition follows, and answers once", () => {
  const link = linkMaker({ framing: "mllp2" })();
  const seen: string[] = [];
  link.receive(utf8("\x0bMSH|half"), 0, (event) => seen.push(event.type));
  link.receive(utf8("\x0bMSH|whole\r\x1c\r"), 10, (event) => {
    seen.push(event.type === "fault" ? event.code : event.type === "message" ? readable(event.payload) : event.type);
  });
  assert.deepEqual(seen, ["unexpected_start", "MSH|whole<CR>"]);
  assert.deepEqual(written(link), ACK);
});

test("linkMaker's release 2 takes a start block for data where resync-on-start is denied", () => {
  const link = linkMaker({ framing: "mllp2", deny: ["resync-on-start"] })();
  const seen: string[] = [];
  link.receive(utf8("\x0bA\x0bB\r\x1c\r"), 0, (event) => {
    if (event.type === "message") seen.push(readable(event.payload));
  });
  assert.deepEqual(seen, ["A<VT>B<CR>"]);
});

test("linkMaker refuses options that cannot be, before any link is made", () => {
  const impossible: LinkOptions[] = [
    { maxFrame: 0 },
    { allow: ["no-final-cr"], deny: ["no-final-cr"] },
    { framing: "mllp2", mllp2: { commitTimeoutMs: 10_000, receiveTimeoutMs: 15_000 } },
    { framing: "hllp", hllp: { readTimeoutMs: 0 } },
    { framing: "hllp", maxFrame: 11 },
    { framing: "x328", x328: { timerAMs: 0 } },
    { framing: "x328", maxFrame: 0 },
  ];
  for (const options of impossible) assert.throws(() => linkMaker(options), RangeError);
});

test("linkMaker gives each framing its dialogue: whether it confirms messages, and answers", () => {
  const told = FRAMINGS.map((framing) => {
    const { confirms, confirmsReplies, owesAnswer, commit } = linkMaker({ framing })();
    return [framing, confirms, confirmsReplies, owesAnswer, commit !== undefined];
  });
  assert.deepEqual(told, [
    ["mllp", false, false, undefined, false],
    ["mllp2", true, true, undefined, true],
    ["hllp", true, false, false, true],
    ["x328", true, true, undefined, true],
    ["illp", false, false, undefined, false],
    ["none", false, false, undefined, false],
  ]);
});

test("linkMaker limits what HLLP and X3.28 carry to what they can, or to less where that is asked for", () => {
  const big = (size: number) => utf8("x".repeat(size - 1) + "\r");
  for (const [framing, most] of [["hllp", 99_994], ["x328", 99_999]] as const) {
    for (const maxFrame of [undefined, 16 * 1024 * 1024]) {
      const link = linkMaker({ framing, maxFrame })();
      link.encode(big(most));
      assert.throws(
        () => link.encode(big(most + 1)),
        /^RangeError: Cannot .* \d+ bytes.*: expected at most|wanted at most/,
      );
    }
  }
  const seen: string[] = [];
  const small = linkMaker({ framing: "hllp", maxFrame: 100 })();
  small.receive(linkMaker({ framing: "hllp" })().encode(big(200)), 0, (event) => {
    seen.push(event.type === "fault" ? event.code : event.type);
  });
  assert.ok(seen.includes("frame_too_large"), seen.join());
  assert.throws(() => linkMaker({ framing: "x328", maxFrame: 100 })().encode(big(101)), /expected at most 100$/);
});

test("linkMaker gives two stations that bid at once pauses of their own", () => {
  const pauses = new Set<number>();
  for (let i = 0; i < 8; i++) {
    const link = linkMaker({ framing: "x328", x328: { priority: "line" } })();
    link.send(utf8("MSH|\r"), 0);
    // Both have bid, both give way.
    link.receive(utf8("\x05\r"), 0, () => {});
    link.receive(utf8("\x100\r"), 0, () => {});
    pauses.add(link.deadline());
  }
  assert.ok(pauses.size > 1, "drawn by a fresh seed each");
});
