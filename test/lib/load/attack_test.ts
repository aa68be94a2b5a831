import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TransportError } from "../../../lib/errors.ts";
import { linkMaker } from "../../../lib/link/make.ts";
import { Attack } from "../../../lib/load/attack.ts";
import type { MessageSource } from "../../../lib/load/message_source.ts";
import { parseThreshold } from "../../../lib/load/threshold.ts";
import { canonicalRun } from "../../../lib/report/json.ts";
import { ack } from "../../peer.ts";
import { accepts, message, outcomes, Rig, silent, total } from "./rig.ts";

describe("Attack, the schedule", () => {
  test("Attack sends exactly rate times duration messages, each as it falls due", async () => {
    const rig = new Rig(accepts(), { rate: 200, durationMs: 5000, connections: 4 });
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { accepted: 1000 });
    assert.deepEqual([run.planned, run.sent, run.duration_s, run.rate.achieved], [1000, 1000, 5, 200]);
    assert.deepEqual([run.generator.verdict, run.generator.reasons], ["healthy", []]);
    const began = rig.arrived[0].at;
    // Due every 5 ms; a tick of the virtual clock later it is there.
    rig.arrived.forEach(({ at }, k) => assert.equal(at - began, k * 5, `message ${k}`));
    assert.equal(run.latency_us.lag?.max, 1000);
  });

  test("Attack numbers its messages from one seed: unique control ids, fresh time stamps", async () => {
    const rig = new Rig(accepts(), { rate: 50, count: 100, seed: 36 });
    const run = await rig.play();
    assert.equal(run.seed, 36);
    assert.equal(new Set(rig.arrived.map(({ id }) => id)).size, 100);
    assert.equal(rig.arrived[7].id, "0000010000000000007");
    const stamps = rig.arrived.map(({ text }) => text.split("|")[6]);
    assert.equal(new Set(stamps).size, 100);
    assert.deepEqual(stamps, stamps.toSorted());
  });

  test("Attack takes its templates in turn", async () => {
    const rig = new Rig(accepts(), { rate: 100, count: 5, messages: [message("|1"), message("|2")] });
    await rig.play();
    assert.deepEqual(rig.arrived.map(({ text }) => text.split("\r")[0].split("|").at(-1)), ["1", "2", "1", "2", "1"]);
  });

  test("Attack frames every kind of message before t0, and no more than once where the kinds are told", () => {
    const framed: number[] = [];
    const bytes = message();
    const messages: MessageSource = {
      ...{ size: 1_000_000, hasIds: true, asksForBoth: false, controlId: bytes, awaited: "application" },
      render(k) {
        framed.push(k);
        return bytes;
      },
      kinds: () => [7, 900_000],
    };
    const unused = () => Promise.reject(new Error("nothing is sent"));
    const plan = { target: "memory:example", connect: unused, makeLink: linkMaker(), messages };
    new Attack(plan);
    assert.deepEqual(framed, [7, 900_000]);
    new Attack({ ...plan, messages: { ...messages, size: 3, kinds: undefined } as MessageSource });
    assert.deepEqual(framed.slice(2), [0, 1, 2]);
  });

  test("Attack gives a message to the connection that has been free longest", async () => {
    const rig = new Rig(accepts(), { rate: 100, count: 6, connections: 3 });
    await rig.play();
    assert.deepEqual(rig.arrived.map(({ connection }) => connection), [0, 1, 2, 0, 1, 2]);
  });

  test("Attack without a rate sends the next message with each answer, and measures service alone", async () => {
    const rig = new Rig(accepts(20), { rate: null, durationMs: 1000, connections: 2, inFlight: 3 });
    const run = await rig.play();
    assert.equal(run.model, "closed");
    assert.deepEqual([run.latency_us.lag, run.latency_us.response, run.rate.asked], [null, null, null]);
    assert.equal(run.latency_us.service.p50, 20_000);
    assert.equal(run.planned, run.sent);
    // Six places, an answer each 20 ms, a tick of the virtual clock between answer and next message at most.
    assert.ok(run.sent >= 6 * 45 && run.sent <= 6 * 51, `${run.sent}`);
  });

  test("Attack stops by count in a closed loop too", async () => {
    const run = await new Rig(accepts(), { rate: null, count: 321, connections: 4 }).play();
    assert.deepEqual([run.planned, run.sent, run.outcomes.accepted], [321, 321, 321]);
  });
});

describe("Attack, the three clocks", () => {
  test("Attack times service from the write and response from the intended time", async () => {
    const run = await new Rig(accepts(50), { rate: 10, durationMs: 2000 }).play();
    assert.equal(run.latency_us.service.p50, 50_000);
    assert.equal(run.latency_us.response?.p50, 51_000);
  });

  test("Attack shows a freeze of the receiver in the response times, not in most service times", async () => {
    let frozen = false;
    const held: (() => void)[] = [];
    const rig = new Rig((arrived) => {
      if (frozen) held.push(() => arrived.reply(ack(arrived.id)));
      else arrived.reply(ack(arrived.id), 1);
    }, { rate: 100, durationMs: 4000 });
    const run = await rig.play({
      1000: () => frozen = true,
      3000: () => {
        frozen = false;
        held.splice(0).forEach((answer) => answer());
      },
    });
    assert.deepEqual(outcomes(run), { accepted: 400 });
    const { service, response } = run.latency_us;
    assert.ok(service.p99 < 10_000, `service p99 ${service.p99}`);
    assert.ok(service.max > 1_900_000, `service max ${service.max}`);
    // Two seconds of a hundred each were due meanwhile: half of all messages waited, the first of them two seconds.
    assert.ok(response !== null && response.p90 > 1_400_000, `response p90 ${response?.p90}`);
    assert.ok(run.intervals.some(({ queue }) => queue > 90));
    assert.equal(run.generator.verdict, "healthy");
  });

  test("Attack enters timeouts at their timeout and counts them", async () => {
    const run = await new Rig(silent, { rate: 10, durationMs: 1000, connections: 100, timeoutMs: 700 }).play();
    assert.deepEqual(outcomes(run), { timeout: 10 });
    const { service } = run.latency_us;
    assert.deepEqual([service.count, service.min, service.max], [10, 700_000, 700_000]);
  });

  test("Attack keeps negative acknowledgements in a series of their own, with their texts", async () => {
    const rig = new Rig(({ ordinal, id, reply }) => {
      if (ordinal % 2 === 0) reply(ack(id), 30);
      else reply(ack(id, "AE", "No such bed"), 2);
    }, { rate: 10, count: 10 });
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { accepted: 5, error: 5 });
    assert.deepEqual([run.latency_us.service.count, run.latency_us.service.min], [5, 30_000]);
    assert.deepEqual([run.latency_us.negative.count, run.latency_us.negative.max], [5, 2000]);
    assert.deepEqual(run.acks, { AA: 5, AE: 5 });
    assert.deepEqual(run.errors.map(({ text, count }) => [text, count]), [["AE: No such bed", 5]]);
  });

  test("Attack times commit and application acknowledgements apart where both are due", async () => {
    const rig = new Rig(({ id, reply }) => {
      reply(ack(id, "CA"), 5);
      reply(ack(id, "AA"), 80);
    }, { rate: 5, count: 4, messages: [message("|||AL|AL")] });
    const run = await rig.play();
    assert.deepEqual(outcomes(run), { accepted: 4 });
    assert.equal(run.anomalies.commit, 4);
    assert.equal(run.latency_us.ack?.CA.p50, 5000);
    assert.equal(run.latency_us.ack?.AA.p50, 80_000);
    assert.equal(run.latency_us.service.p50, 80_000);
  });
});

describe("Attack, the queue", () => {
  test("Attack drops what does not fit the queue, and says that the connections were the limit", async () => {
    const run = await new Rig(accepts(100), { rate: 100, durationMs: 3000, connections: 2, maxQueue: 10 }).play();
    assert.ok(run.outcomes.dropped > 200, `${run.outcomes.dropped} dropped`);
    assert.equal(total(run), 300);
    assert.deepEqual(run.generator.reasons, ["100/s x 100 ms needs at least 10 connections; there were 2"]);
    assert.equal(run.generator.verdict, "healthy");
  });

  test("Attack leaves unsent, with its age, what a second after the stop still waits for a connection", async () => {
    const run = await new Rig(accepts(500), { rate: 100, durationMs: 1000 }).play();
    assert.equal(run.sent, 4);
    assert.deepEqual(outcomes(run), { accepted: 4, unsent: 96 });
    assert.equal(run.latency_us.unsent?.count, 96);
    assert.ok((run.latency_us.unsent?.max ?? 0) > 1_900_000);
    assert.equal(run.rate.achieved, 2);
  });

  test("Attack sends what waits only because all connections are busy at the very stop", async () => {
    const run = await new Rig(accepts(30), { rate: 100, durationMs: 95, connections: 2 }).play();
    assert.deepEqual(outcomes(run), { accepted: 10 });
  });

  test("Attack by count sends what is queued when the last message is due, for as long as it may drain", async () => {
    const all = await new Rig(accepts(100), { rate: 1000, count: 50 }).play();
    assert.deepEqual(outcomes(all), { accepted: 50 });
    const some = await new Rig(accepts(100), { rate: 1000, count: 50, drainMs: 2000 }).play();
    assert.equal(total(some), 50);
    assert.ok(some.outcomes.accepted >= 18 && some.outcomes.unsent >= 25);
  });

  test("Attack by count ends in time when the receiver takes connections and closes them", async () => {
    const rig = new Rig(({ session }) => void session.close(), { rate: 20, count: 10, drainMs: 3000 });
    const run = await rig.play();
    assert.equal(total(run), 10);
    assert.ok(rig.clock.now() < 10_000, `${rig.clock.now()} ms`);
  });
});

describe("Attack, the end", () => {
  test("Attack whose first connection fails rejects, with nothing planned", async () => {
    const rig = new Rig(accepts(), { rate: 10 });
    rig.refusing = true;
    await assert.rejects(rig.play(), (error) => error instanceof TransportError && error.code === "connect_refused");
    assert.equal(rig.attack.snapshot().planned, 0);
  });

  test("Attack that is stopped drains: what is on its way is answered, nothing new is due", async () => {
    const rig = new Rig(accepts(400), { rate: 10, connections: 20 });
    const run = await rig.play({ 1005: ({ attack }) => attack.stop("SIGINT") });
    assert.equal(run.interrupted, "SIGINT");
    assert.deepEqual(outcomes(run), { accepted: run.planned });
    assert.ok(run.planned === 10 || run.planned === 11, `${run.planned}`);
    assert.ok(run.duration_s < 1.1);
  });

  test("Attack that is aborted ends at once, with its report", async () => {
    const rig = new Rig(silent, { rate: 10, connections: 2 });
    const run = await rig.play({
      995: ({ attack }) => attack.stop("SIGTERM"),
      1100: ({ attack }) => attack.abort(),
    });
    assert.equal(run.interrupted, "SIGTERM");
    assert.deepEqual(outcomes(run), { unanswered: 2, unsent: 8 });
    assert.ok(rig.clock.now() < 1300);
  });

  test("Attack calls unanswered what has no answer when the time to drain is over", async () => {
    const run = await new Rig(silent, { rate: 10, count: 3, connections: 3, timeoutMs: 60_000, drainMs: 2000 }).play();
    assert.deepEqual(outcomes(run), { unanswered: 3 });
  });

  test("Attack ends when a threshold has been true as long as it may, and that threshold has failed", async () => {
    const thresholds = [parseThreshold("p99(service) > 100ms abort after 2s")];
    let slow = false;
    const rig = new Rig(({ id, reply }) => reply(ack(id), slow ? 150 : 1), { rate: 20, connections: 5, thresholds });
    const run = await rig.play({ 60_000: () => slow = true });
    assert.ok(run.duration_s > 61 && run.duration_s < 65, `${run.duration_s}`);
    assert.equal(run.interrupted, null);
    assert.deepEqual(run.thresholds.map(({ pass, stopped }) => [pass, stopped]), [[false, true]]);
  });

  test("Attack that is stopped while it opens its connections gives them up, and has planned nothing", async () => {
    const never = {
      connect: (signal: AbortSignal) => new Promise<never>((_, reject) => signal.onabort = () => reject(signal.reason)),
    };
    const rig = new Rig(accepts(), { rate: 100, connections: 3, ...never });
    const run = await rig.play({ 5: ({ attack }) => attack.stop("SIGINT") });
    assert.deepEqual([run.planned, run.interrupted], [0, "SIGINT"]);
    assert.ok(rig.clock.now() < 20);
  });

  test("Attack refuses a plan that cannot be, before anything is opened", () => {
    assert.throws(() => new Rig(accepts(), { messages: [] }), /at least one/);
    assert.throws(() => new Rig(accepts(), { connections: 0 }), /connections: wanted/);
    assert.throws(() => new Rig(accepts(), { connectionPerMessage: true, inFlight: 2 }), /carries one message/);
    const unframable = new TextEncoder().encode("MSH|^~\\&|A|||||||ADT^A01|X|P|2.5\rZ|\u001c\r");
    assert.throws(() => new Rig(accepts(), { messages: [unframable] }), RangeError);
  });
});

describe("Attack, its document", () => {
  test("Attack makes a document whose intervals add up and that JSON can hold", async () => {
    const rig = new Rig(accepts(5), { rate: 100, durationMs: 3500, connections: 2 });
    const run = await rig.play();
    const sum = (key: "sent" | "accepted") => run.intervals.reduce((sum, row) => sum + row[key], 0);
    assert.deepEqual([sum("sent"), sum("accepted")], [350, 350]);
    assert.deepEqual(run.intervals.slice(0, 3).map(({ start, length, sent }) => [start, length, sent]), [
      [0, 1, 100],
      [1, 1, 100],
      [2, 1, 100],
    ]);
    assert.doesNotThrow(() => canonicalRun(run));
    assert.deepEqual(run.connections.open, 2);
  });

  test("Attack shows how it stands while it runs", async () => {
    const rig = new Rig(accepts(5), { rate: 100, durationMs: 3000 });
    await rig.play({
      2500: ({ attack }) => {
        const { phase, sent, left_s, asked, achieved, history, open } = attack.snapshot();
        assert.deepEqual([phase, asked, achieved, open, history], ["running", 100, 100, 1, [100, 100]]);
        assert.ok(sent >= 249 && sent <= 250);
        assert.ok(left_s !== null && left_s > 0.4 && left_s < 0.6);
      },
    });
  });

  test("Attack speaks MLLP release 2: an answer is waited for from its commit on", async () => {
    const rig = new Rig(accepts(300), {
      rate: 20,
      count: 5,
      makeLink: linkMaker({ framing: "mllp2" }),
      timeoutMs: 250,
    });
    assert.deepEqual(outcomes(await rig.play()), { timeout: 5 });
    const fine = new Rig(accepts(200), {
      rate: 20,
      count: 5,
      makeLink: linkMaker({ framing: "mllp2" }),
      timeoutMs: 250,
    });
    assert.deepEqual(outcomes(await fine.play()), { accepted: 5 });
  });
});
