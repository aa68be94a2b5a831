import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Act, planSoak } from "../../soak/plan.ts";
import { parseScenario } from "../../receiver/scenario/parse.ts";
import { scenarioText } from "../../soak/scenarios.ts";

const actsOf = (minutes: number, seed = 7): Act[] => planSoak(minutes, seed).flatMap(({ acts }) => acts);
const killsOf = (minutes: number) => actsOf(minutes).filter(({ deed }) => deed.startsWith("kill"));

describe("planSoak", () => {
  test("planSoak makes legs that follow each other and make up the whole time", () => {
    for (const minutes of [1, 3, 5, 30, 240]) {
      const legs = planSoak(minutes, 7);
      assert.deepEqual(legs.map(({ number }) => number), legs.map((_, i) => i + 1));
      let end = 0;
      for (const { beginsMs, lastsMs, acts } of legs) {
        assert.equal(beginsMs, end);
        end += lastsMs;
        assert.ok(lastsMs >= 60_000 && lastsMs <= 11 * 60_000, `${lastsMs} ms`);
        assert.ok(acts.every(({ atMs }) => atMs >= beginsMs && atMs < end));
      }
      assert.equal(end, minutes * 60_000);
    }
  });

  test("planSoak kills both who promise to lose nothing, and leaves the last part of the run in peace", () => {
    for (const minutes of [3, 5, 30, 240]) {
      const kills = killsOf(minutes);
      assert.deepEqual(new Set(kills.map(({ deed }) => deed)), new Set(["kill receive", "kill llpdrv"]), `${minutes}`);
      assert.ok(kills.every(({ atMs }) => atMs < 0.6 * minutes * 60_000));
      for (let i = 1; i < kills.length; i++) assert.ok(kills[i].atMs - kills[i - 1].atMs >= 45_000);
    }
    assert.ok(killsOf(240).length > 10);
  });

  test("planSoak does something else every ten to twenty seconds, the same for the same seed", () => {
    const gentle = actsOf(30).filter(({ deed }) => !deed.startsWith("kill"));
    assert.ok(gentle.length > 85 && gentle.length < 185, `${gentle.length}`);
    assert.equal(new Set(gentle.map(({ deed }) => deed)).size, 7);
    assert.deepEqual(actsOf(30, 1), actsOf(30, 1));
    assert.notDeepEqual(actsOf(30, 1), actsOf(30, 2));
  });
});

test("scenarioText gives scenarios that the receiver takes", () => {
  for (const name of ["calm", "moody", "broken"] as const) {
    const { rules, listeners } = parseScenario(scenarioText(name, { load: 2575, line: 2600 }), { file: name, seed: 1 });
    assert.equal(rules.length > 0, name !== "calm");
    assert.deepEqual(listeners?.map(({ link }) => link.framing), [undefined, "illp"]);
  }
});
