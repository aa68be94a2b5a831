/** How a run stands while it runs, when its receiver goes away and comes back. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { standingOf } from "../../../lib/load/standing.ts";
import { accepts, outcomes, Rig, silent } from "./rig.ts";

describe("Attack, its snapshot", () => {
  test("Attack whose receiver is gone tells why, how often it tried, and what waits to be sent again", async () => {
    const rig = new Rig((arrived) => arrived.ordinal < 8 && accepts()(arrived), {
      rate: 100,
      count: 100,
      connections: 4,
      retries: 1,
      backoff: { kind: "list", waitsMs: [100] },
    });
    const run = await rig.play({
      500: () => {
        assert.deepEqual([rig.attack.snapshot().refused, rig.attack.snapshot().reopening], [null, 0]);
        rig.refusing = true;
        for (const connection of [0, 1, 2, 3]) {
          rig.arrived.find((each) => each.connection === connection)?.session.reset();
        }
      },
      1045: ({ attack }) => {
        const { open, reopening, refused, retrying, in_flight, settled, planned, queue } = attack.snapshot();
        assert.deepEqual([open, reopening, retrying, in_flight, settled], [0, 4, 4, 0, 8]);
        // All that was planned is somewhere.
        assert.equal(settled + retrying + in_flight + queue, planned);
        assert.equal(refused?.reason, "connection refused");
        // Four connections, a first try at once and then one each 100 ms.
        assert.ok(refused !== null && refused.tries >= 20 && refused.tries <= 24, `${refused?.tries}`);
        rig.refusing = false;
      },
      1250: ({ attack }) => {
        const { open, reopening, refused, retrying } = attack.snapshot();
        assert.deepEqual([open, reopening, refused, retrying], [4, 0, null, 0]);
        attack.abort();
      },
    });
    assert.equal(run.outcomes.accepted, 8);
  });

  test("Attack by count tells how much of it is done, and in the drain how long that may take", async () => {
    const rig = new Rig((arrived) => arrived.ordinal < 7 && accepts()(arrived), {
      rate: 100,
      count: 20,
      connections: 20,
      timeoutMs: 4000,
      drainMs: 30_000,
    });
    const run = await rig.play({
      40: ({ attack }) => assert.deepEqual([attack.snapshot().count, attack.snapshot().drain_left_s], [20, null]),
      1200: ({ attack }) => {
        const { phase, settled, in_flight, drain_left_s, left_s } = attack.snapshot();
        assert.deepEqual([phase, settled, in_flight, left_s], ["draining", 7, 13, null]);
        assert.ok(drain_left_s !== null && drain_left_s > 28.5 && drain_left_s < 29.5, `${drain_left_s}`);
      },
    });
    assert.deepEqual(outcomes(run), { accepted: 7, timeout: 13 });
  });

  test("Attack tells how long the message that has waited longest was due", async () => {
    const ages: (number | undefined)[] = [];
    await new Rig(silent, { rate: 10, durationMs: 2000, timeoutMs: 60_000, drainMs: 100 }).play({
      50: ({ attack }) => void ages.push(attack.snapshot().queued_for_us),
      1500: ({ attack }) => void ages.push(attack.snapshot().queued_for_us),
    });
    assert.equal(ages[0], undefined);
    // The second message, due at 100 ms, is the first that waits.
    assert.ok(Math.abs((ages[1] ?? 0) - 1_400_000) < 3000, `${ages[1]}`);
  });

  test("Attack that ends by time before its count has no count to tell of", async () => {
    const counts: (number | null)[] = [];
    const look = { 50: ({ attack }: Rig) => void counts.push(attack.snapshot().count) };
    await new Rig(accepts(), { rate: 100, count: 20, durationMs: 100 }).play(look);
    await new Rig(accepts(), { rate: 100, durationMs: 100 }).play(look);
    await new Rig(accepts(), { rate: 100, count: 20, durationMs: 1000 }).play(look);
    await new Rig(accepts(), { rate: null, count: 200, durationMs: 100 }).play(look);
    assert.deepEqual(counts, [null, null, 20, 200]);
  });

  test("Attack of which nothing was answered has measured nothing in its last interval", async () => {
    await new Rig(silent, { rate: 1, count: 3, timeoutMs: 5000 }).play({
      2500: ({ attack }) => {
        const { service, response } = attack.snapshot();
        assert.deepEqual([service.count, response?.count], [0, 0]);
      },
    });
  });
});

test("standingOf counts a connection that is opened for the first time as not yet there, not as tried again", () => {
  const line = (state: "open" | "closed" | "connecting" | "pausing", refusals: number) => ({
    inFlight: 1,
    retrying: 2,
    connection: { state, refusals },
  });
  assert.deepEqual(
    standingOf(
      [line("open", 0), line("closed", 1), line("connecting", 0), line("connecting", 3), line("pausing", 0)],
      9,
    ),
    { inFlight: 5, queue: 9, open: 1, retrying: 10, reopening: 2, refusals: 4 },
  );
});
