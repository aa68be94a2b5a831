/** Load over HLLP, X3.28 and ILLP: lines with one transaction at a time, answers without a word, peers that do not answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { linkMaker, type LinkOptions } from "../../../lib/link/make.ts";
import { hllpBlock } from "../../lower_layer.ts";
import { ack } from "../../peer.ts";
import { accepts, message, outcomes, type Receiver, Rig, type RigPlan, silent, total } from "./rig.ts";

const HLLP: LinkOptions = { framing: "hllp", hllp: { readTimeoutMs: 100, retries: 1 } };
const X328: LinkOptions = { framing: "x328", x328: { timerAMs: 1000, turnMs: 2 } };

/** A closed loop of so many messages over one connection. */
function closed(receiver: Receiver, link: LinkOptions, plan: RigPlan = {}): Rig {
  return new Rig(receiver, { rate: null, count: 4, timeoutMs: 1000, makeLink: linkMaker(link), ...plan });
}

test("Attack over HLLP and X3.28 sends what is in flight one after the other, and loses count of nothing", async () => {
  for (const link of [HLLP, X328]) {
    const rig = closed(accepts(5), link, { connections: 3, inFlight: 4, count: 60 });
    const run = await rig.play();
    assert.deepEqual([outcomes(run), run.planned, run.sent, total(run)], [{ accepted: 60 }, 60, 60, 60], link.framing);
    assert.deepEqual([run.acks, run.warnings], [{ AA: 60 }, {}]);
    assert.equal(new Set(rig.arrived.map(({ id }) => id)).size, 60);
  }
});

test("Attack over a rate keeps what waits in the link for its turn in its response times", async () => {
  const rig = closed(accepts(20), HLLP, { rate: 200, inFlight: 8, count: 40 });
  const run = await rig.play();
  assert.deepEqual(outcomes(run), { accepted: 40 });
  const { service } = run.latency_us;
  assert.ok(service.min! >= 20_000 && service.max! > 100_000, JSON.stringify(service));
});

test("Attack over HLLP takes an empty answer for a message taken, unless the application's own is due", async () => {
  const empty: Receiver = (arrived) => arrived.reply("", 1);
  const run = await closed(empty, HLLP).play();
  assert.deepEqual([outcomes(run), run.acks, run.warnings], [{ accepted: 4 }, {}, { empty_reply: 4 }]);
  assert.equal(run.anomalies.no_msa, 0);
  const enhanced = await closed(empty, HLLP, { messages: [message("|||AL|AL")], count: 2 }).play();
  assert.deepEqual([outcomes(enhanced), enhanced.anomalies.commit], [{ timeout: 2 }, 2]);
  const none = await closed(silent, HLLP, { messages: [message("|||NE|NE")] }).play();
  assert.deepEqual([outcomes(none), none.warnings, none.anomalies.no_msa], [{ accepted: 4 }, {}, 0]);
});

test("Attack calls a message that the lower layer gave up by what came: a refusal, damage, or nothing", async () => {
  const refuses: Receiver = ({ session }) => session.link.commit?.(false);
  for (const [link, tries] of [[HLLP, 2], [X328, 5]] as const) {
    const rig = closed(refuses, link, { count: 2 });
    assert.deepEqual(outcomes(await rig.play()), { reject: 2 });
    assert.equal(rig.arrived.length, 2 * tries);
  }
  const damaged: Receiver = (arrived) => arrived.write(`${hllpBlock(ack(arrived.id)).slice(0, -5)}998\x1c\r`);
  assert.deepEqual(outcomes(await closed(damaged, HLLP, { count: 2 }).play()), { damaged: 2 });
  assert.deepEqual(outcomes(await closed(silent, HLLP, { count: 2 }).play()), { timeout: 2 });
});

test("Attack refuses in the lower layer what it does not take", async () => {
  const rig = closed((arrived) => arrived.reply(`MSH|^~\\&|LAB|||||||${arrived.id}X\r`), X328, { count: 1 });
  const run = await rig.play();
  assert.deepEqual([outcomes(run), run.anomalies.no_msa], [{ wrong_id: 1 }, 5], "each try of it came");
});

test("Attack gives up a connection that is silent for the time of a delivery, and goes on with another", async () => {
  let isDeaf = false;
  const makeLink = () => {
    const framing = isDeaf ? "none" : "x328";
    isDeaf = false;
    return linkMaker({ ...X328, framing })();
  };
  const plan: RigPlan = { rate: null, count: 4, timeoutMs: 1000, makeLink, inFlight: 2, deliveryTimeoutMs: 3000 };
  // The far end's link is made next.
  const rig = new Rig(
    (arrived) => arrived.connection > 0 && accepts()(arrived),
    plan,
    {},
    (_, connection) => isDeaf = connection === 0,
  );
  const run = await rig.play();
  assert.deepEqual([outcomes(run), total(run)], [{ accepted: 2, timeout: 2 }, 4]);
  assert.equal(run.connections.reconnects, 1);
  assert.deepEqual([run.latency_us.service.max! >= 3_000_000, run.latency_us.service.max! < 3_100_000], [true, true]);
});

test("Attack over ILLP calls an end without a reply closed", async () => {
  const rig = closed(({ session }) => session.end(), { framing: "illp" }, { connectionPerMessage: true, count: 2 });
  const run = await rig.play();
  assert.deepEqual([outcomes(run), run.anomalies.no_msa], [{ closed: 2 }, 0]);
});

test("Attack with a connection for each message confirms the reply before it closes", async () => {
  for (const framing of ["mllp2", "x328"] as const) {
    const confirmed: string[] = [];
    const rig = closed(
      (arrived) => {
        accepts()(arrived);
        const { link } = arrived.session;
        const receive = link.receive.bind(link);
        link.receive = (chunk, now, sink) =>
          receive(chunk, now, (event) => {
            if (event.type === "delivered") confirmed.push(event.type);
            sink(event);
          });
      },
      { framing },
      { connectionPerMessage: true, count: 3 },
    );
    assert.deepEqual(outcomes(await rig.play()), { accepted: 3 });
    assert.deepEqual(confirmed, ["delivered", "delivered", "delivered"], framing);
  }
});
