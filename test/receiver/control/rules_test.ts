/** The routes of rules, on a receiver without connections. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Document } from "../../../receiver/scenario/document.ts";
import { Bench } from "./fake_surface.ts";

const A40 = `rules:
  - {id: a40, when: {type: "ADT^A40"}, do: [{reply: AR}]}
control: {ttl_default: 10m}`;

const ids = (bench: Bench) => bench.receiver.standings().map(({ id, standing }) => `${id} ${standing}`);

describe("GET /v1/rules", () => {
  test("GET /v1/rules lists each rule as written and how it stands, those of phases last", async () => {
    const bench = new Bench(
      "phases: [{name: p, rules: [{id: own, do: [hold]}]}]\nrules: [{id: a, ttl: 5s, do: [close]}]",
    );
    bench.clock.advance(2000);
    const { status, body } = await bench.ask("GET /v1/rules");
    assert.equal(status, 200);
    const usual = { standing: "on", firings: 0, armed: 0, inForceMs: 2000 };
    assert.deepEqual(body, {
      rules: [
        { id: "a", phase: null, ...usual, endsInMs: 3000, rule: { id: "a", ttl: "5s", do: ["close"] } },
        { id: "own", phase: "p", ...usual, endsInMs: null, rule: { id: "own", do: ["hold"] } },
      ],
    });
  });

  test("GET /v1/rules/{id} shows one rule, and 404 names those that there are", async () => {
    const bench = new Bench(A40);
    const { body } = await bench.ask("GET /v1/rules/a40");
    assert.equal((body as Document).id, "a40");
    const problem = await bench.problem("GET /v1/rules/a4");
    assert.deepEqual([problem.status, problem.code], [404, "not_found"]);
    assert.equal(problem.message, "There is no rule 'a4': a40");
  });
});

describe("POST /v1/rules", () => {
  test("POST /v1/rules adds a rule that is in force when it is answered, before all others and with the usual ttl", async () => {
    const bench = new Bench(A40);
    const { status, headers, body } = await bench.ask("POST /v1/rules", { id: "down", do: ["hold"] });
    assert.equal(status, 201);
    assert.equal(headers.get("location"), "/v1/rules/down");
    assert.equal((body as Document).endsInMs, 600_000);
    assert.deepEqual(ids(bench), ["down on", "a40 on"]);
    assert.equal(bench.receiver.receive({ id: "M1", type: "ADT^A40" }).rule, "down");
    bench.clock.advance(600_000);
    assert.equal(bench.receiver.receive({ id: "M2", type: "ADT^A40" }).rule, "a40");
  });

  test("POST /v1/rules takes YAML, a place behind all others, and a ttl of its own or none", async () => {
    const bench = new Bench(A40);
    await bench.ask("POST /v1/rules?at=last&ttl=none", "id: rest\ndo: [hold]", { "content-type": "application/yaml" });
    assert.deepEqual(ids(bench), ["a40 on", "rest on"]);
    assert.equal(bench.receiver.decider.nextExpiryMs, Infinity);
    await bench.ask("POST /v1/rules?ttl=5s", { id: "short", ttl: "1h", do: ["close"] });
    assert.equal(bench.receiver.decider.nextExpiryMs, 5000);
  });

  test("POST /v1/rules says where in the body something is wrong, and changes nothing", async () => {
    const bench = new Bench(A40);
    const before = bench.receiver.live.document;
    const wrong = "id: x\nwhen:\n  tpye: ADT\ndo:\n  - clsoe";
    const { status, issues, message } = await bench.problem("POST /v1/rules", wrong);
    assert.equal(status, 422);
    assert.deepEqual(issues?.map(({ path, line, column }) => [path, line, column]), [
      ["when.tpye", 3, 3],
      ["do[0]", 5, 5],
    ]);
    assert.match(issues?.[1].message ?? "", /did you mean 'close'/);
    assert.match(message, /^when\.tpye: unknown key 'tpye'.*; 1 more$/);
    assert.equal(bench.receiver.live.document, before);
  });

  test("POST /v1/rules refuses an id that is taken, a body that is no rule, and a rule that nothing could reach", async () => {
    const bench = new Bench(A40);
    assert.equal((await bench.problem("POST /v1/rules", { id: "a40", do: ["hold"] })).status, 409);
    assert.match((await bench.problem("POST /v1/rules", "[]")).message, /found a list, wanted a rule/);
    assert.match((await bench.problem("POST /v1/rules", "{")).message, /it is no YAML/);
    assert.match((await bench.problem("POST /v1/rules", "")).message, /found nothing, wanted a rule/);
    assert.match((await bench.problem("POST /v1/rules", { do: ["hold"] })).message, /a rule needs the key 'id'/);
    const shadowing = await bench.problem("POST /v1/rules?ttl=none", { id: "all", do: ["hold"] });
    assert.equal(shadowing.status, 422);
    assert.match(
      shadowing.message,
      /can never fire: the rule 'all' before it decides on every message; wanted a ttl for 'all', or/,
    );
    assert.deepEqual(ids(bench), ["a40 on"]);
  });
});

describe("PUT /v1/rules/{id}", () => {
  test("PUT /v1/rules/{id} replaces a rule where it stands, in a phase too, and its ttl begins anew", async () => {
    const bench = new Bench("phases: [{name: p, rules: [{id: own, do: [hold]}]}]\nrules: [{id: a, do: [close]}]");
    await bench.ask("PUT /v1/rules/own?ttl=10s", { do: ["reset"] });
    assert.deepEqual(ids(bench), ["a on", "own on"]);
    assert.deepEqual(bench.receiver.receive({ id: "M1" }).steps, [{ verb: "reset" }]);
    bench.clock.advance(8000);
    const { body } = await bench.ask("PUT /v1/rules/own?ttl=10s", { do: ["reset"] });
    assert.equal((body as Document).endsInMs, 10_000);
    assert.equal((body as Document).firings, 1);
  });

  test("PUT /v1/rules/{id} adds one that there is not, and refuses another id than the path's", async () => {
    const bench = new Bench(A40);
    assert.equal((await bench.ask("PUT /v1/rules/new?at=last", { do: ["hold"] })).status, 200);
    assert.deepEqual(ids(bench), ["a40 on", "new on"]);
    assert.equal((await bench.problem("PUT /v1/rules/new", { id: "old", do: ["hold"] })).status, 422);
    assert.match((await bench.problem("PUT /v1/rules/a%20b", { do: ["hold"] })).message, /Cannot use 'a b' as a name/);
  });
});

describe("PATCH /v1/rules/{id}", () => {
  test("PATCH /v1/rules/{id} switches a rule off and on again with its counts", async () => {
    const bench = new Bench("rules: [{id: a, trigger: {every: 3}, do: [hold]}]");
    bench.receiver.receive({ id: "M1" });
    const { body } = await bench.ask("PATCH /v1/rules/a", { enabled: false });
    assert.equal((body as Document).standing, "off");
    assert.equal((body as Document).endsInMs, null);
    bench.receiver.receive({ id: "M2" });
    await bench.ask("PATCH /v1/rules/a", { enabled: true });
    assert.deepEqual([bench.receiver.receive({ id: "M3" }).rule, bench.receiver.receive({ id: "M4" }).rule], [
      null,
      "a",
    ]);
  });

  test("PATCH /v1/rules/{id} takes away what is null and leaves the rest as it is", async () => {
    const bench = new Bench("rules: [{id: a, ttl: 5m, when: {type: ADT, MSH-3: X}, do: [hold]}]");
    await bench.ask("PATCH /v1/rules/a", { ttl: null, when: { "MSH-3": null } });
    assert.deepEqual(bench.receiver.live.document.rules, [{ id: "a", when: { type: "ADT" }, do: ["hold"] }]);
  });

  test("PATCH /v1/rules/{id} refuses what is no JSON object, another id, and a rule that it makes wrong", async () => {
    const bench = new Bench(A40);
    assert.equal((await bench.problem("PATCH /v1/rules/a40", "enabled: false")).status, 422);
    assert.equal((await bench.problem("PATCH /v1/rules/a40", [])).status, 422);
    const deep = await bench.problem("PATCH /v1/rules/a40", `{"when": ${'{"not": '.repeat(100)}1${"}".repeat(101)}`);
    assert.match(deep.message, /nested more than 64 deep/);
    assert.equal((await bench.problem("PATCH /v1/rules/a40", { id: "b" })).status, 422);
    assert.equal((await bench.problem("PATCH /v1/rules/b", { enabled: false })).status, 404);
    const { issues } = await bench.problem("PATCH /v1/rules/a40", { trigger: { evry: 3 } });
    assert.equal(issues?.[0].path, "trigger.evry");
    assert.deepEqual(ids(bench), ["a40 on"]);
  });
});

describe("DELETE /v1/rules/{id}", () => {
  test("DELETE /v1/rules/{id} takes a rule away, and shows what it was", async () => {
    const bench = new Bench(A40);
    const { body } = await bench.ask("DELETE /v1/rules/a40");
    assert.equal((body as Document).id, "a40");
    assert.deepEqual(ids(bench), []);
    assert.equal("rules" in bench.receiver.live.document, false);
    assert.equal((await bench.problem("DELETE /v1/rules/a40")).status, 404);
  });

  test("DELETE /v1/rules/{id} leaves a rule that a phase uses", async () => {
    const bench = new Bench("phases: [{name: p, use: [a]}]\nrules: [{id: a, do: [hold]}]");
    const { status, issues } = await bench.problem("DELETE /v1/rules/a");
    assert.equal(status, 422);
    assert.match(issues?.[0].message ?? "", /unknown rule or profile 'a'/);
    assert.deepEqual(ids(bench), ["a on"]);
  });
});

test("POST /v1/rules/{id}/fire arms a rule for the next event that fits, even if it is off", async () => {
  const bench = new Bench("rules: [{id: a, enabled: false, when: {type: ORU}, do: [hold]}]");
  const { body } = await bench.ask("POST /v1/rules/a/fire");
  assert.deepEqual([(body as Document).armed, (body as Document).standing], [1, "off"]);
  assert.deepEqual(
    ["ADT^A01", "ORU^R01", "ORU^R01"].map((type, i) => bench.receiver.receive({ id: `M${i}`, type }).rule),
    [null, "a", null],
  );
  assert.equal((await bench.problem("POST /v1/rules/b/fire")).status, 404);
});
