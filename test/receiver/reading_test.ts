/** Reading at a rate: a message is there when its last byte would have come over a line of that rate. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { acks, adt, Bench, framed } from "./caller.ts";

/** A receiver that takes 1000 bytes a second from the connection's beginning. */
const slow = () => new Bench("{version: 1, rules: [{id: slow, on: open, do: [{rate: {in: 1000B/s}}]}]}");

/** A message in its frame, 1000 bytes in all. */
function long(id: string): string {
  const { length } = framed(adt(id, ["", ""], "OBX|\r"));
  return framed(adt(id, ["", ""], `OBX|${"x".repeat(1000 - length)}\r`));
}

test("Receiver takes messages no faster than the rate in, however large the pieces are in which they come", async () => {
  const bench = slow();
  const caller = bench.call();
  caller.write(long("M1") + long("M2"));
  await bench.pass(970);
  assert.deepEqual(acks(caller.text), []);
  await bench.pass(60);
  assert.deepEqual(acks(caller.text), ["AA M1"]);
  await bench.pass(940);
  assert.deepEqual(acks(caller.text), ["AA M1"]);
  await bench.pass(60);
  assert.deepEqual(acks(caller.text), ["AA M1", "AA M2"]);
  caller.stream.end();
  await bench.pass(100);
  assert.equal(caller.ended, "fin", "the peer's end is seen, too");
  await bench.receiver.stop();
});

test("Receiver takes the rest at once when the rate in is healed", async () => {
  const bench = slow();
  const caller = bench.call();
  caller.write(long("M1") + long("M2"));
  await bench.pass(100);
  assert.deepEqual(acks(caller.text), []);
  bench.receiver.heal();
  await bench.settle();
  assert.deepEqual(acks(caller.text), ["AA M1", "AA M2"]);
  await bench.receiver.stop();
});
