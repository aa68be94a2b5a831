import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { linkMaker } from "../../../lib/link/make.ts";
import { ack } from "../../peer.ts";
import { accepts, type Arrived, message, outcomes, type Receiver, Rig, type RigPlan, silent, total } from "./rig.ts";

/** Does one thing the first time a message is seen, another when it comes again. */
function firstThen(first: Receiver, then: Receiver): Receiver {
  const seen = new Set<string>();
  return (arrived) => {
    const again = seen.has(arrived.id);
    seen.add(arrived.id);
    (again ? then : first)(arrived);
  };
}

const resets: Receiver = ({ session, later }) => later(1, () => session.reset());
const closes: Receiver = ({ session, later }) => later(1, () => void session.close());

describe("Attack, losses", () => {
  test("Attack without retries gives a lost message the loss as its outcome, and connects again", async () => {
    for (const [receiver, outcome] of [[resets, "reset"], [closes, "closed"]] as const) {
      const run = await new Rig(receiver, { rate: 1, count: 4 }).play();
      assert.deepEqual(outcomes(run), { [outcome]: 4 });
      assert.equal(run.connections.reconnects, 3);
      assert.equal(run.retries, 0);
    }
  });

  test("Attack with retries sends a lost message again: the same bytes, counted as a retry", async () => {
    const rig = new Rig(firstThen(resets, accepts()), { rate: 1, count: 3, retries: 1 });
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { accepted: 3 });
    assert.deepEqual([run.retries, run.sent], [3, 3]);
    const texts = rig.arrived.map(({ text }) => text);
    assert.equal(texts.length, 6);
    for (let i = 0; i < 6; i += 2) assert.equal(texts[i], texts[i + 1]);
  });

  test("Attack gives a message up when its retries are used up", async () => {
    const rig = new Rig(resets, { rate: 1, count: 2, retries: 2 });
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { reset: 2 });
    assert.equal(run.retries, 4);
    assert.equal(rig.arrived.length, 6);
  });

  test("Attack sends again, in order, all that was on its way over a lost connection", async () => {
    let lost = false;
    const rig = new Rig((arrived) => {
      if (lost) return arrived.reply(ack(arrived.id), 1);
      if (arrived.ordinal < 3) return;
      lost = true;
      arrived.session.reset();
    }, { rate: 100, count: 4, inFlight: 4, retries: 1 });
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { accepted: 4 });
    const ids = rig.arrived.map(({ id }) => id);
    assert.deepEqual(ids.slice(4), ids.slice(0, 4));
  });

  test("Attack connects again at once after a connection that was of use, and with growing waits after others", async () => {
    const usual = new Rig(({ id, reply, session, later }) => {
      reply(ack(id), 1);
      later(2, () => void session.close());
    }, { rate: 100, count: 20 });
    const run = await usual.play();
    assert.deepEqual(outcomes(run), { accepted: 20 });
    assert.equal(run.connections.reconnects, 19);
    assert.ok(run.latency_us.lag !== null && run.latency_us.lag.max <= 2000);

    const useless = new Rig(resets, { rate: null, count: 5, backoff: { kind: "list", waitsMs: [10, 100, 1000] } });
    await useless.play();
    const times = useless.arrived.map(({ at }) => at);
    const gaps = times.slice(1).map((at, i) => at - times[i]);
    // Each wait, and the few ticks until it is noticed and the message is there.
    const waits = [10, 100, 1000, 1000];
    assert.ok(gaps.every((gap, i) => gap >= waits[i] && gap < waits[i] + 20), gaps.join(" "));
  });

  test("Attack counts on while the receiver is away, and leaves unsent at once what nobody is left to take", async () => {
    const rig = new Rig(accepts(), { rate: 100, durationMs: 3000 });
    const run = await rig.play({
      1000: () => {
        rig.refusing = true;
        rig.arrived[0].session.reset();
      },
    });
    assert.equal(total(run), 300);
    assert.ok(run.outcomes.unsent > 195 && run.outcomes.unsent <= 201, `${run.outcomes.unsent}`);
    assert.equal(run.connections.open, 0);
    assert.match(run.errors[0].text, /connection refused/);
    assert.ok(rig.clock.now() < 3200);
  });

  test("Attack sends what was queued when the receiver comes back", async () => {
    const rig = new Rig(accepts(), { rate: 100, durationMs: 4000 });
    const run = await rig.play({
      1000: () => {
        rig.refusing = true;
        rig.arrived[0].session.reset();
      },
      2000: () => rig.refusing = false,
    });
    const { accepted, reset = 0 } = outcomes(run);
    assert.equal(accepted! + reset, 400);
    assert.ok(reset <= 1);
    assert.equal(run.connections.reconnects, 1);
  });
});

describe("Attack, reply timeouts", () => {
  test("Attack keeps the connection, and counts the answers that come late", async () => {
    const rig = new Rig(accepts(250), { rate: 2, count: 4, timeoutMs: 200 });
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { timeout: 4 });
    assert.deepEqual(run.errors.map(({ text, count }) => [text, count]), [["no answer within 200ms", 4]]);
    // The run ends with its last timeout, before the last late answer.
    assert.equal(run.anomalies.late, 3);
    assert.equal(rig.connections, 1);
    assert.deepEqual(run.acks, {});
  });

  test("Attack under reconnect drops the connection when what else is on its way is settled", async () => {
    const rig = new Rig((arrived) => arrived.ordinal === 0 ? undefined : arrived.reply(ack(arrived.id), 150), {
      rate: 100,
      count: 8,
      inFlight: 4,
      timeoutMs: 200,
      onTimeout: "reconnect",
    });
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { accepted: 7, timeout: 1 });
    assert.equal(run.connections.reconnects, 1);
  });

  test("Attack under reconnect sends a message without an answer again, if it has tries left", async () => {
    const rig = new Rig(firstThen(silent, accepts()), {
      rate: 1,
      count: 2,
      timeoutMs: 300,
      onTimeout: "reconnect",
      retries: 1,
    });
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { accepted: 2 });
    assert.deepEqual([run.retries, run.sent, rig.connections], [2, 2, 3]);
  });

  test("Attack goes on behind a message that is never answered", async () => {
    const rig = new Rig((arrived) => arrived.ordinal === 0 ? undefined : arrived.reply(ack(arrived.id), 1), {
      rate: 400,
      count: 1000,
      inFlight: 2,
      timeoutMs: 5000,
    });
    assert.deepEqual(outcomes(await rig.play()), { accepted: 999, timeout: 1 });
  });
});

describe("Attack, acknowledgements that are not the one", () => {
  const cases: readonly [string, (arrived: Arrived) => void, string][] = [
    ["another id", ({ reply }) => reply(ack("NOBODY")), "wrong_id"],
    ["no MSA", ({ reply }) => reply("MSH|^~\\&|LAB|||||||ADT^A01|9|P|2.5\r"), "no_msa"],
  ];
  for (const [what, receiver, anomaly] of cases) {
    test(`Attack that hears nothing but ${what} calls the message wrong_id`, async () => {
      const run = await new Rig(receiver, { rate: 10, count: 3, timeoutMs: 50 }).play();
      assert.deepEqual(outcomes(run), { wrong_id: 3 });
      assert.equal(run.anomalies[anomaly as "no_msa"], 3);
    });
  }

  test("Attack waits on through what is not the message's own, and counts each by its kind", async () => {
    let previous = "";
    const rig = new Rig(({ id, reply }) => {
      reply(ack("NOBODY"), 1);
      reply("MSH|^~\\&|LAB|||||||ADT^A01|9|P|2.5\r", 2);
      reply(ack(id, "CA"), 3);
      if (previous !== "") reply(ack(previous), 4);
      reply(ack(id), 5);
      reply(ack(id), 6);
      reply(ack("NOBODY"), 7);
      previous = id;
    }, { rate: 10, count: 3 });
    const run = await rig.play({ 250: () => {} });
    assert.deepEqual(outcomes(run), { accepted: 3 });
    assert.deepEqual(
      { ...run.anomalies, duplicate: 0, unsolicited: 0 },
      { stale: 2, duplicate: 0, unsolicited: 0, wrong_id: 3, no_msa: 3, late: 0, commit: 3 },
    );
    // Of the last message the run does not wait for what follows its answer.
    assert.ok(run.anomalies.duplicate >= 2 && run.anomalies.unsolicited >= 2);
  });

  test("Attack takes a negative acknowledgement without an id for the one message that waits", async () => {
    const run = await new Rig(({ reply }) => reply(ack("", "AR")), { rate: 10, count: 2 }).play();
    assert.deepEqual(outcomes(run), { reject: 2 });
    assert.deepEqual(run.warnings, { nak_without_id: 2 });
  });

  test("Attack does not take a code that HL7 does not know for an answer", async () => {
    const run = await new Rig(({ id, reply }) => reply(ack(id, "OK")), { rate: 10, count: 2, timeoutMs: 50 }).play();
    assert.deepEqual(outcomes(run), { wrong_id: 2 });
    assert.deepEqual(run.warnings, { unknown_code: 2 });
  });

  test("Attack waits for what the message asks for, and for nothing if it asks for nothing", async () => {
    const accept = await new Rig(({ id, reply }) => reply(ack(id, "CA")), { messages: [message("|||AL|NE")], count: 3 })
      .play();
    assert.deepEqual(outcomes(accept), { accepted: 3 });
    const never = await new Rig(silent, { messages: [message("|||NE|NE")], rate: null, count: 2000 }).play();
    assert.deepEqual(outcomes(never), { accepted: 2000 });
    assert.equal(never.latency_us.service.count, 0);
  });

  test("Attack calls damaged what was answered with bytes outside of frames, or with half a frame and FIN", async () => {
    const noise = await new Rig(({ id, write }) => write(ack(id)), { rate: 10, count: 2, timeoutMs: 50 }).play();
    assert.deepEqual(outcomes(noise), { damaged: 2 });
    const half = await new Rig(({ session, write, later }) => {
      write("\vMSH|^~");
      later(2, () => void session.close());
    }, { rate: 10, count: 2 }).play();
    assert.deepEqual(outcomes(half), { damaged: 2 });
  });

  test("Attack under a strict profile gives up a connection that has sent damage", async () => {
    const makeLink = linkMaker({ profile: "strict" });
    const rig = new Rig(({ id, write }) => write(`xx\v${ack(id)}\u001c\r`), { rate: 2, count: 3, makeLink });
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { damaged: 3 });
    assert.equal(rig.connections, 3);
  });
});

describe("Attack, match any", () => {
  test("Attack takes an echo for an answer, framed or not, and says that it is one", async () => {
    for (const write of [(text: string) => `\v${text}\u001c\r`, (text: string) => text]) {
      const run = await new Rig((arrived) => arrived.write(write(arrived.text)), { rate: 10, count: 3, match: "any" })
        .play();
      assert.deepEqual(outcomes(run), { accepted: 3 });
      assert.equal(run.warnings?.echo, 3);
      assert.deepEqual(run.acks, {});
    }
  });

  test("Attack takes another's acknowledgement for an answer, with its code", async () => {
    const run = await new Rig(({ reply }) => reply(ack("OLD", "AE")), { rate: 10, count: 3, match: "any" }).play();
    assert.deepEqual(outcomes(run), { error: 3 });
    assert.equal(run.warnings?.unmatched, 3);
  });

  test("Attack takes anything for an answer to text that is no HL7", async () => {
    const makeLink = linkMaker({ framing: "none" });
    const messages = [new TextEncoder().encode("PING")];
    const rig = new Rig(({ text, write }) => write(text === "PING" ? "PONG" : "?"), {
      rate: 1,
      count: 2,
      makeLink,
      messages,
    });
    assert.deepEqual(outcomes(await rig.play()), { accepted: 2 });
  });

  test("Attack does not count the silence that ends an unframed answer as the receiver's time", async () => {
    const run = await new Rig(({ text, write }) => write(text, 30), {
      rate: 1,
      count: 4,
      makeLink: linkMaker({ framing: "none" }),
      match: "any",
    }).play();
    const { service, response } = run.latency_us;
    // The receiver's own 200 ms of silence and its 30 ms, not our 200 ms as well; a tick or two of the clock.
    assert.ok(service.count === 4 && service.min >= 230_000 && service.max <= 233_000, `${service.min} ${service.max}`);
    assert.ok(response !== null && response.min >= 230_000 && response.max <= 234_000, `${response?.max}`);
  });

  test("Attack does not count the silence before a commit acknowledgement was taken for whole", async () => {
    const makeLink = linkMaker({ framing: "none" });
    const run = await new Rig(({ id, write }) => {
      write(ack(id, "CA"), 30);
      write(ack(id, "AA"), 500);
    }, { rate: 1, count: 2, makeLink, messages: [message("|||AL|AL")] }).play();
    const { CA, AA } = run.latency_us.ack ?? {};
    assert.ok(CA?.count === 2 && CA.min >= 230_000 && CA.max <= 233_000, `${CA?.max}`);
    assert.ok(AA?.count === 2 && AA.min >= 700_000 && AA.max <= 703_000, `${AA?.max}`);
  });
});

describe("Attack, a connection for each message", () => {
  test("Attack opens and closes a connection for each, and times the connect apart", async () => {
    const rig = new Rig(accepts(20), { rate: 20, count: 10, connectionPerMessage: true, connections: 4 });
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { accepted: 10 });
    assert.deepEqual(rig.arrived.map(({ connection }) => connection), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.equal(run.latency_us.connect.count, 10);
    assert.equal(run.latency_us.service.p50, 20_000);
    assert.deepEqual([run.connections.reconnects, run.connections.per_message], [0, true]);
  });

  test("Attack calls refused the message whose connection cannot be opened; with retries it tries again", async () => {
    const during = { 1000: (rig: Rig) => rig.refusing = true, 1450: (rig: Rig) => rig.refusing = false };
    const plan: RigPlan = { rate: 10, count: 20, connectionPerMessage: true };
    const run = await new Rig(accepts(), plan).play(during);
    assert.deepEqual(outcomes(run), { accepted: 15, refused: 5 });
    assert.equal(run.sent, 15);
    const patient = new Rig(accepts(), {
      ...plan,
      retries: 1,
      backoff: { kind: "list", waitsMs: [600] },
      connections: 9,
    });
    const retried = await patient.play(during);
    assert.deepEqual(outcomes(retried), { accepted: 20 });
    assert.equal(retried.retries, 5);
    assert.equal(retried.sent, 20);
  });
});
