/** In-band control at work: what comes over the wire, and how many messages may ask at a time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { acks, adt, Bench, framed } from "./caller.ts";

/** A message that asks for something. */
function asking(id: string, text: string): string {
  return framed(adt(id, ["", ""], `ZTS|${text}\r`));
}

function receiving(more: string): Bench {
  return new Bench(`{version: 1, control: {in_band: {field: ZTS-1, prefix: "fault:"${more}}}}`);
}

test("Receiver does what messages ask for", async () => {
  const bench = receiving("");
  const caller = bench.call();
  caller.write(asking("M1", "fault:delay=2s;code=AE") + asking("M2", "") + asking("M3", "fault:close"));
  await bench.pass(1999);
  assert.deepEqual(acks(caller.text), []);
  await bench.pass(1);
  await caller.untilEnded();
  assert.deepEqual(acks(caller.text), ["AE M1", "AA M2"]);
  assert.deepEqual(bench.outcomes(), ["M1 replied", "M2 replied", "M3 fin"]);
  await bench.receiver.stop();
});

test("Receiver spares messages that ask while so many others have what they asked for", async () => {
  const bench = receiving(", max: {active: 1}");
  const [first, second] = [bench.call(), bench.call()];
  first.write(asking("M1", "fault:delay=2s;code=AE"));
  await bench.pass(10);
  second.write(asking("M2", "fault:code=AE") + asking("M3", "fault:code=AE:0"));
  await bench.pass(10);
  assert.deepEqual(acks(second.text), ["AA M2", "AA M3"]);
  await bench.pass(2000);
  assert.deepEqual(acks(first.text), ["AE M1"]);
  second.write(asking("M4", "fault:code=AR"));
  await bench.pass(10);
  assert.deepEqual(acks(second.text), ["AA M2", "AA M3", "AR M4"]);
  const { overflowed, active } = bench.receiver.bench.ledger.of("in_band");
  assert.deepEqual([overflowed, active], [1, 0]);
  await bench.receiver.stop();
});

test("Receiver says once for each reason that it cannot read what messages ask for, without what they said", async () => {
  const bench = receiving("");
  const caller = bench.call();
  const texts = ["fault:delay=soon", "fault:dance", "fault:delay=later", "", "fault:code=AE"];
  caller.write(texts.map((text, i) => asking(`M${i + 1}`, text)).join(""));
  await bench.settle();
  const told = () => bench.of("change").filter(({ what }) => what === "in_band").map(({ detail }) => detail);
  assert.deepEqual(told(), [
    "message 1 on connection 1: it asks for a delay or a code that is none; the rules decide. This is said once",
    "message 2 on connection 1: it asks for something other than delay=, code=, close, reset, hold and no-reply; the rules decide. This is said once",
  ]);
  assert.deepEqual(acks(caller.text), ["AA M1", "AA M2", "AA M3", "AA M4", "AE M5"]);
  bench.receiver.bench.forget();
  caller.write(asking("M6", "fault:dance"));
  await bench.settle();
  assert.equal(told().length, 3, "what is forgotten is told anew");
  await bench.receiver.stop();
});
