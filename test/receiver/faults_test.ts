/** Each fault as the peer sees it, on real sockets: FIN where FIN, RST where RST, half of the bytes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReceiverEvent } from "../../receiver/events.ts";
import { Decider } from "../../receiver/decide/decide.ts";
import { Receiver } from "../../receiver/receiver.ts";
import { parseFault } from "../../receiver/scenario/fault.ts";
import { type ScenarioFlags, scenarioFromFlags } from "../../receiver/scenario/from_flags.ts";
import type { Scenario } from "../../receiver/scenario/scenario.ts";
import { acks, adt, type Caller, callPort, framed, listener } from "./caller.ts";

/** Runs a scenario on a free port with one caller, and gives the receiver's events. */
async function withCaller(scenario: Scenario, talk: (caller: Caller) => Promise<void>): Promise<ReceiverEvent[]> {
  const events: ReceiverEvent[] = [];
  const receiver = new Receiver(scenario, { observer: { event: (event) => void events.push(event) } });
  const [{ endpoint }] = await receiver.start();
  const caller = await callPort(Number(endpoint.slice(endpoint.lastIndexOf(":") + 1)));
  try {
    await talk(caller);
  } finally {
    caller.stream.destroy();
    await receiver.stop();
  }
  return events;
}

function faulty(...faults: string[]): Scenario {
  return scenarioFromFlags({ seed: 1, listeners: [listener(":0")], faults: faults.map(parseFault) });
}

function outcomes(events: readonly ReceiverEvent[]): string[] {
  return events.flatMap((event) => event.event === "message" ? [`${event.outcome} ${event.rule}`] : []);
}

test("the fault no-reply leaves the message unanswered and the connection open", async () => {
  const scenario = scenarioFromFlags({ seed: 1, listeners: [listener(":0")], faults: [parseFault("no-reply:50%")] });
  const events = await withCaller(scenario, async (caller) => {
    const ids = Array.from({ length: 20 }, (_, i) => `MSG${i}`);
    caller.write(ids.map((id) => framed(adt(id))).join(""));
    caller.stream.end();
    await caller.untilEnded();
    const answered = acks(caller.text).length;
    assert.ok(answered > 0 && answered < 20, `${answered} of 20 were answered`);
    assert.equal(caller.ended, "fin");
  });
  assert.deepEqual(new Set(outcomes(events)), new Set(["held no-reply", "replied null"]));
});

test("the fault close-before-ack is a FIN and no byte, though the peer's bytes were not all read", async () => {
  const events = await withCaller(faulty("close-before-ack"), async (caller) => {
    // Far more than one read: a careless close would make the kernel send RST.
    caller.write(framed(adt("MSG1")) + "x".repeat(300_000));
    await caller.untilEnded();
    assert.equal(caller.text, "");
    assert.equal(caller.ended, "fin");
  });
  assert.deepEqual(outcomes(events), ["fin close-before-ack"]);
});

test("the fault reset-before-ack is a real RST and no byte", async () => {
  const events = await withCaller(faulty("reset-before-ack"), async (caller) => {
    caller.write(framed(adt("MSG1")));
    await caller.untilEnded();
    assert.equal(caller.text, "");
    assert.equal(caller.ended, "reset");
  });
  assert.deepEqual(outcomes(events), ["rst reset-before-ack"]);
});

test("the fault close-mid-ack is half of the acknowledgement's bytes and a FIN", async () => {
  let whole = "";
  await withCaller(faulty(), async (caller) => {
    caller.write(framed(adt("MSG1")));
    await caller.untilAcks(1);
    whole = caller.text;
  });
  const events = await withCaller(faulty("close-mid-ack"), async (caller) => {
    caller.write(framed(adt("MSG1")));
    await caller.untilEnded();
    assert.equal(caller.ended, "fin");
    assert.equal(caller.text.length, Math.floor(whole.length / 2));
    assert.equal(caller.text.slice(0, 20), whole.slice(0, 20));
  });
  assert.deepEqual(outcomes(events), ["fin close-mid-ack"]);
});

test("the fault close-after-ack is the whole acknowledgement and a FIN", async () => {
  const events = await withCaller(faulty("close-after-ack"), async (caller) => {
    caller.write(framed(adt("MSG1")));
    await caller.untilEnded();
    assert.equal(caller.ended, "fin");
    assert.deepEqual(acks(caller.text), ["AA MSG1"]);
    assert.ok(caller.text.endsWith("\u001c\r"));
  });
  assert.deepEqual(outcomes(events), ["fin close-after-ack"]);
});

test("a reset does not take the replies to earlier messages of the same chunk with it", async () => {
  const flags: ScenarioFlags = { seed: 1, listeners: [listener(":0")], faults: [parseFault("reset-before-ack:50%")] };
  const scenario = scenarioFromFlags(flags);
  const decider = new Decider(scenario);
  const due = { mode: "original", accept: "NE", application: "AL" } as const;
  const struck = (id: string) => decider.decide({ due, isAnswer: false, scope: id, attempt: 1 }).rule !== null;
  const ids = Array.from({ length: 100 }, (_, i) => `MSG${i}`);
  const spared = ids.filter((id) => !struck(id)).slice(0, 3);
  const chunk = [...spared, ids.find(struck) ?? ""];
  const events = await withCaller(scenario, async (caller) => {
    caller.write(chunk.map((id) => framed(adt(id))).join(""));
    await caller.untilEnded();
    assert.equal(caller.ended, "reset");
    assert.deepEqual(acks(caller.text), spared.map((id) => `AA ${id}`));
  });
  assert.deepEqual(outcomes(events), [...spared.map(() => "replied null"), "rst reset-before-ack"]);
});

test("messages behind a closing fault in the same chunk are not taken", async () => {
  const events = await withCaller(faulty("close-after-ack"), async (caller) => {
    caller.write(framed(adt("MSG1")) + framed(adt("MSG2")));
    await caller.untilEnded();
    assert.deepEqual(acks(caller.text), ["AA MSG1"]);
  });
  assert.deepEqual(outcomes(events), ["fin close-after-ack"]);
});
