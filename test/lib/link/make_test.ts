import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../../lib/bytes.ts";
import { linkMaker, type LinkOptions } from "../../../lib/link/make.ts";
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
  ];
  for (const options of impossible) assert.throws(() => linkMaker(options), RangeError);
});
