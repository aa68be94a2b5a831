/** The routes of what holds for all messages, and of connections, on a receiver without any. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Document } from "../../../receiver/scenario/document.ts";
import { Bench } from "./fake_surface.ts";

const PHASES = `name: shift
seed: 7
phases: [{name: well, for: 60s}, {name: ill, rules: [{id: a, to_state: poisoned, do: [hold]}]}]`;

describe("GET /v1/status", () => {
  test("GET /v1/status shows version, seed, scenario, phase, state, listeners and active faults", async () => {
    const bench = new Bench(PHASES);
    bench.clock.advance(61_000);
    bench.receiver.receive({ id: "M1" });
    const { status, body } = await bench.ask("GET /v1/status");
    assert.equal(status, 200);
    const { hash } = (body as { scenario: { hash: string } }).scenario;
    assert.match(hash, /^[0-9a-f]{64}$/);
    const { totals: _, ...rest } = body as Document;
    assert.deepEqual(rest, {
      version: "1.0.0",
      seed: 7,
      scenario: { name: "shift", hash, rules: 1 },
      uptimeMs: 61_000,
      phase: { name: "ill", paused: false, elapsedMs: 1000, endsInMs: null },
      state: "poisoned",
      listeners: [{ name: null, endpoint: "tcp://127.0.0.1:2575", framing: "mllp", state: "open" }],
      connections: 1,
      rulesOn: 1,
      activeFaults: [{ rule: "a", active: 1 }],
    });
  });
});

describe("/v1/scenario", () => {
  test("GET /v1/scenario shows the document, and it can be put as it is", async () => {
    const bench = new Bench(PHASES);
    const { body } = await bench.ask("GET /v1/scenario");
    assert.equal((body as Document).seed, 7);
    const { hash } = bench.receiver.live;
    assert.equal((await bench.ask("PUT /v1/scenario", body)).status, 200);
    assert.equal(bench.receiver.live.hash, hash);
    assert.deepEqual(bench.receiver.live.document, body);
  });

  test("PUT /v1/scenario takes the place of the whole, and lets rules that are as they were go on", async () => {
    const bench = new Bench("rules: [{id: a, trigger: {every: 2}, do: [hold]}]");
    bench.receiver.receive({ id: "M1" });
    const yaml = "version: 1\nname: other\ndefaults: {reply: AE}\nrules: [{id: a, trigger: {every: 2}, do: [hold]}]\n";
    const { body } = await bench.ask("PUT /v1/scenario", yaml, { "content-type": "text/yaml; charset=utf-8" });
    const { name, rules } = (body as { scenario: Document }).scenario;
    assert.deepEqual([name, rules], ["other", 1]);
    assert.equal(bench.receiver.receive({ id: "M2" }).rule, "a");
    assert.equal(bench.receiver.live.scenario.seed, 1);
  });

  test("PUT /v1/scenario tells everything that is wrong at its line and column, and changes nothing", async () => {
    const bench = new Bench(PHASES);
    const { status, issues } = await bench.problem("PUT /v1/scenario", "version: 1\nrulse: []\nseed: x\n");
    assert.equal(status, 422);
    assert.deepEqual(issues?.map(({ path, line, column }) => [path, line, column]), [["rulse", 2, 1], ["seed", 3, 7]]);
    assert.equal(bench.receiver.live.scenario.name, "shift");
    for (const text of ["", "[1]", "x", "{version: 1, version: 1}", "\u0000"]) {
      assert.equal((await bench.problem("PUT /v1/scenario", text)).status, 422, text);
    }
  });

  test("PUT /v1/scenario refuses another seed, other listeners and another control address while it runs", async () => {
    const bench = new Bench('listeners: [{name: adt, endpoint: "tcp://127.0.0.1:2575"}]\nseed: 7');
    const put = (rest: Document) => bench.problem("PUT /v1/scenario", { version: 1, ...rest });
    const seed = await put({ seed: 8 });
    assert.deepEqual([seed.status, seed.code], [409, "conflict"]);
    assert.match(seed.message, /The seed cannot change while it runs: found 8, and the run began with 7/);
    assert.equal((await put({ listeners: [{ name: "adt", endpoint: "tcp://127.0.0.1:2576" }] })).status, 409);
    assert.equal((await put({ listeners: [{ endpoint: "127.0.0.1:2575" }] })).status, 409);
    assert.equal((await put({ control: { listen: "127.0.0.1:9000" } })).status, 409);
    assert.equal((await put({ limits: { journal: 5 } })).status, 409);
    const same = { version: 1, listeners: [{ name: "adt", endpoint: "127.0.0.1:2575", framing: "mllp" }] };
    assert.equal((await bench.ask("PUT /v1/scenario", same)).status, 200);
    const named = { version: 1, rules: [{ id: "a", when: { listener: "adt" }, do: ["hold"] }] };
    assert.equal((await bench.ask("PUT /v1/scenario", named)).status, 200);
  });
});

describe("/v1/default-reply", () => {
  test("PUT /v1/default-reply changes what no rule decides on, and keeps the delay", async () => {
    const bench = new Bench("defaults: {delay: 5ms}");
    assert.deepEqual((await bench.ask("PUT /v1/default-reply", { reply: "AE" })).body, { reply: "AE" });
    assert.deepEqual(bench.receiver.receive({ id: "M1" }).steps, [{ verb: "delay", ms: 5 }, {
      verb: "reply",
      items: ["AE"],
    }]);
    assert.deepEqual((await bench.ask("GET /v1/default-reply")).body, { reply: "AE" });
    await bench.ask("PUT /v1/default-reply", "reply: AA:98,AR:2");
    assert.deepEqual((await bench.ask("GET /v1/default-reply")).body, { reply: "AA:98,AR:2" });
  });

  test("PUT /v1/default-reply refuses what is no reply", async () => {
    const bench = new Bench("rules: [{id: a, do: [hold]}]");
    assert.match(
      (await bench.problem("PUT /v1/default-reply", { reply: "AX" })).message,
      /Cannot read 'AX' as a reply/,
    );
    const { issues } = await bench.problem("PUT /v1/default-reply", { repyl: "AA" });
    assert.deepEqual(issues?.map(({ path, message }) => [path, message]), [
      ["", "a default reply needs the key 'reply'"],
      ["repyl", "unknown key 'repyl', did you mean 'reply'?"],
    ]);
    assert.match((await bench.problem("PUT /v1/default-reply", { reply: "echo" })).message, /echo/);
    assert.match((await bench.problem("PUT /v1/default-reply", "")).message, /found nothing/);
  });
});

describe("/v1/phase and /v1/state", () => {
  test("POST /v1/phase goes to a phase, pauses it, resumes it, and leaves all", async () => {
    const bench = new Bench(PHASES);
    const phase = async (body: unknown) =>
      ((await bench.ask("POST /v1/phase", body)).body as Document).phase as Document;
    assert.equal((await phase({ set: "pause" })).paused, true);
    bench.clock.advance(100_000);
    assert.deepEqual(await phase({ set: "resume" }), { name: "well", paused: false, elapsedMs: 0, endsInMs: 60_000 });
    assert.equal((await phase({ jump: "ill" })).name, "ill");
    assert.equal(await phase({ jump: null }), null);
    const { status, message } = await bench.problem("POST /v1/phase", { set: "pause" });
    assert.equal(status, 409);
    assert.equal(message, "There is no phase at present to pause: go to one of well, ill");
  });

  test("POST /v1/phase refuses an unknown phase, two wishes at once, none, and a scenario without phases", async () => {
    const bench = new Bench(PHASES);
    assert.match((await bench.problem("POST /v1/phase", { jump: "il" })).message, /did you mean 'ill'/);
    assert.equal((await bench.problem("POST /v1/phase", { jump: "ill", set: "pause" })).status, 422);
    assert.equal((await bench.problem("POST /v1/phase", {})).status, 422);
    assert.equal((await new Bench().problem("POST /v1/phase", { jump: "ill" })).status, 409);
  });

  test("PUT /v1/state goes to a state that a rule names, or back to the first", async () => {
    const bench = new Bench(PHASES);
    assert.deepEqual((await bench.ask("PUT /v1/state", { state: "poisoned" })).body, { state: "poisoned" });
    assert.deepEqual((await bench.ask("PUT /v1/state", { state: "normal" })).body, { state: "normal" });
    assert.match((await bench.problem("PUT /v1/state", { state: "poisned" })).message, /did you mean 'poisoned'/);
  });
});

describe("/v1/heal and /v1/reset", () => {
  test("POST /v1/heal switches every rule off until the scenario, or the rule, is put in force again", async () => {
    const bench = new Bench("rules: [{id: a, do: [hold]}]");
    assert.deepEqual((await bench.ask("POST /v1/heal")).body, { released: 2 });
    assert.equal(bench.receiver.receive({ id: "M1" }).rule, null);
    await bench.ask("PATCH /v1/rules/a", { enabled: true });
    assert.equal(bench.receiver.receive({ id: "M2" }).rule, "a");
    await bench.ask("POST /v1/heal");
    await bench.ask("PUT /v1/scenario", (await bench.ask("GET /v1/scenario")).body);
    assert.equal(bench.receiver.receive({ id: "M3" }).rule, "a");
  });

  test("POST /v1/reset heals and forgets what was counted and what came", async () => {
    const bench = new Bench("rules: [{id: a, to_state: ill, do: [hold]}]");
    bench.receiver.receive({ id: "M1" });
    await bench.ask("POST /v1/reset");
    const { state, totals } = (await bench.ask("GET /v1/status")).body as { state: string; totals: Document };
    assert.deepEqual([state, totals.messages], ["normal", 0]);
    assert.deepEqual(bench.receiver.standings().map(({ standing, firings }) => [standing, firings]), [["healed", 0]]);
  });
});

describe("/v1/connections", () => {
  test("GET /v1/connections lists them", async () => {
    const { body } = await new Bench().ask("GET /v1/connections");
    assert.equal(((body as Document).connections as Document[])[0].held, 1);
  });

  test("POST /v1/connections/{id}/... does what it says with the connection, bytes as they are", async () => {
    const bench = new Bench();
    for (const action of ["close", "reset", "stop_reading", "resume"]) {
      const { body } = await bench.ask(`POST /v1/connections/1/${action}`);
      assert.deepEqual(body, { connection: 1, done: action });
    }
    await bench.ask("POST /v1/connections/1/send", new Uint8Array([0x0b, 0xff, 0x1c]));
    assert.deepEqual(bench.receiver.acted, ["close 0", "reset 0", "stop_reading 0", "resume 0", "send 3"]);
  });

  test("POST /v1/connections/{id}/... refuses a number that is none, a connection that is gone, and bytes where none belong", async () => {
    const bench = new Bench();
    assert.equal((await bench.problem("POST /v1/connections/one/close")).status, 400);
    assert.equal((await bench.problem("POST /v1/connections/7/close")).status, 404);
    assert.equal((await bench.problem("POST /v1/connections/1/close", "x")).status, 422);
    assert.equal((await bench.problem("POST /v1/connections/1/send")).status, 422);
    assert.equal((await bench.problem("POST /v1/connections/1/clsoe")).status, 404);
    assert.deepEqual(bench.receiver.acted, []);
  });
});
