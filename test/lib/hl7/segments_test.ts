import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "../../../lib/bytes.ts";
import { SegmentWalk } from "../../../lib/hl7/segments.ts";
import { bytes } from "./bytes_of.ts";

function walked(message: string): string[] {
  const walk = new SegmentWalk();
  const input = bytes(message);
  const found: string[] = [];
  walk.begin(input);
  while (walk.next()) found.push(latin1(input, walk.from, walk.to));
  return found;
}

const CASES: [string, string, string[]][] = [
  ["nothing", "", []],
  ["line ends alone", "\r\r\n\n", []],
  ["CR ends", "MSH|1\rPID|2\r", ["MSH|1", "PID|2"]],
  ["no last end", "MSH|1\rPID|2", ["MSH|1", "PID|2"]],
  ["CR LF ends", "MSH|1\r\nPID|2\r\n", ["MSH|1", "PID|2"]],
  ["LF ends", "MSH|1\nPID|2\n", ["MSH|1", "PID|2"]],
  ["LF ends and the CR of a frame", "MSH|1\nPID|2\n\r", ["MSH|1", "PID|2"]],
  ["LF ends and a CR in place of the last", "MSH|1\nPID|2\r", ["MSH|1", "PID|2"]],
  ["blank lines", "\r\nMSH|1\r\r\rPID|2\r", ["MSH|1", "PID|2"]],
  ["a LF within a field of a message with CR ends", "MSH|1\rNTE|a\nMSA|AA\r", ["MSH|1", "NTE|a\nMSA|AA"]],
];

for (const [what, message, wanted] of CASES) {
  test(`SegmentWalk walks ${what}`, () => assert.deepEqual(walked(message), wanted));
}

test("SegmentWalk.is wants the whole name", () => {
  const walk = new SegmentWalk();
  const names: boolean[] = [];
  walk.begin(bytes("MSH|1\rMSA|\rMSA\rMSAX|\rMS\r"));
  while (walk.next()) names.push(walk.is(0x4d, 0x53, 0x41, 0x7c));
  assert.deepEqual(names, [false, true, true, false, false]);
});
