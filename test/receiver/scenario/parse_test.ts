/** A scenario file as a value: units resolved, defaults filled in, files found beside the file. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withFlags } from "../../../receiver/scenario/from_flags.ts";
import { parseDelay } from "../../../receiver/scenario/delay.ts";
import { parseFault } from "../../../receiver/scenario/fault.ts";
import { parseReply } from "../../../receiver/scenario/reply.ts";
import { replyFilesOf } from "../../../receiver/scenario/contents.ts";
import { parseScenario } from "../../../receiver/scenario/parse.ts";
import { DEFAULT_LIMITS } from "../../../receiver/scenario/scenario.ts";
import { scenarioFromFlags } from "../../../receiver/scenario/from_flags.ts";
import { scenarioOf } from "./files.ts";

test("parseScenario makes of the smallest file what no flags make", () => {
  assert.deepEqual(scenarioOf("", { seed: 7 }), scenarioFromFlags({ seed: 7 }));
});

test("parseScenario makes of a file what the flags of the same meaning make", () => {
  const file = scenarioOf(`
seed: 9
defaults: {reply: "AA:98,AE:2", delay: "lognormal(40ms,400ms)"}
limits: {max_connections: 5, idle_timeout: 10s}
rules:
  - {id: no-reply, trigger: {chance: 10%}, do: [hold]}
  - {id: close-mid-ack, trigger: {chance: 0.5%}, do: [{send: {part: 50%}}, close]}
  - {id: close-after-ack, trigger: {chance: 1%}, do: [reply, close]}
`);
  assert.deepEqual(
    file,
    scenarioFromFlags({
      seed: 9,
      reply: parseReply("AA:98,AE:2"),
      delay: parseDelay("lognormal(40ms,400ms)"),
      faults: ["no-reply:10%", "close-mid-ack:0.5%", "close-after-ack:1%"].map(parseFault),
      limits: { maxConnections: 5, idleTimeoutMs: 10_000 },
    }),
  );
});

test("parseScenario reads every part of a rule", () => {
  const [rule] = scenarioOf(`
rules:
  - id: late
    on: message
    when: {type: "ADT^A0*|ORU", size: ">=1MB", PID-3.1: {in: [a, "b"], starts: x}, not: {"OBX[*]-5": {absent: true}}}
    trigger: {nth: [3, 5], every: 1, first: 20, after: 2, times: 4, chance: {p: 0.5%, burst: 2}, between: [10s, 1m30s], over: 6/m, per: PID-3.1}
    do: [{delay: {lognormal: {median: 40ms, p99: 400ms, max: 2s}}}, {reply: {code: AE, text: No, err: [{code: 207, location: PID-3, severity: W}]}}]
    then: stop
    in_state: normal
    to_state: gone
    ttl: 10m
    enabled: false
    note: for the demo
`).rules;
  assert.deepEqual(rule, {
    id: "late",
    on: "message",
    when: {
      type: ["ADT^A0*", "ORU"],
      size: { op: ">=", bytes: 1_000_000 },
      not: { fields: [{ path: "OBX[*]-5", test: { exists: false } }] },
      fields: [{ path: "PID-3.1", test: { starts: ["x"], is: ["a", "b"] } }],
    },
    trigger: {
      chance: 0.005,
      burst: 2,
      betweenMs: [10_000, 90_000],
      overPerSecond: 0.1,
      nth: [3, 5],
      every: 1,
      first: 20,
      after: 2,
      times: 4,
      per: { path: "PID-3.1" },
    },
    do: [
      { verb: "delay", delay: { kind: "lognormal", medianMs: 40, p99Ms: 400, maxMs: 2000 } },
      {
        verb: "reply",
        reply: [{ reply: "AE", weight: 1 }],
        said: { text: "No", errors: [{ code: "207", location: "PID-3", severity: "W" }] },
      },
    ],
    then: "stop",
    inState: "normal",
    toState: "gone",
    ttlMs: 600_000,
    enabled: false,
    note: "for the demo",
  });
});

test("parseScenario reads every form of a delay", () => {
  const delayOf = (text: string, trace = "") => {
    const files = { resolve: (path: string) => `/data/${path}`, read: () => trace };
    return scenarioOf(`defaults: {delay: ${text}}`, { files }).defaults.delay;
  };
  assert.deepEqual(delayOf("250ms"), { kind: "fixed", ms: 250 });
  assert.deepEqual(delayOf("0"), { kind: "fixed", ms: 0 });
  assert.deepEqual(delayOf('"10ms:90, 2s:9, 30s:1"'), parseDelay("10ms:90,2s:9,30s:1"));
  assert.deepEqual(delayOf("{uniform: [10ms, 1s]}"), parseDelay("uniform(10ms,1s)"));
  assert.deepEqual(delayOf("{normal: {mean: 40ms, sd: 5ms}}"), parseDelay("normal(40ms,5ms)"));
  assert.deepEqual(delayOf("{lognormal: {median: 40ms, p99: 400ms}}"), parseDelay("lognormal(40ms,400ms)"));
  assert.deepEqual(delayOf("{exponential: {mean: 20ms}}"), parseDelay("exponential(20ms)"));
  assert.deepEqual(delayOf("{ramp: {from: 0s, to: 2s, over: 1m}}"), {
    kind: "ramp",
    fromMs: 0,
    toMs: 2000,
    overMs: 60_000,
  });
  assert.deepEqual(delayOf("{trace: m.txt}", "20ms\n\n# lunch\n1.5s\n"), {
    kind: "trace",
    file: "/data/m.txt",
    timesMs: [20, 1500],
  });
});

test("parseScenario reads every form of a step, each short one as what it is short for", () => {
  const doing = (step: string) => scenarioOf(`rules: [{id: a, do: [${step}, close]}]`).rules[0].do.slice(0, -1);
  assert.deepEqual(doing("reply"), [{ verb: "reply", reply: null }]);
  assert.deepEqual(doing("{reply: AE}"), [{ verb: "reply", reply: [{ reply: "AE", weight: 1 }] }]);
  assert.deepEqual(doing('{reply: "AA:1,AE:3"}'), [{ verb: "reply", reply: parseReply("AA:1,AE:3") }]);
  assert.deepEqual(doing("{reply: none}"), [{ verb: "hold" }]);
  assert.deepEqual(doing("{reply: {code: none}}"), [{ verb: "hold" }]);
  assert.deepEqual(doing("{reply: {code: AR}}"), [{ verb: "reply", reply: [{ reply: "AR", weight: 1 }] }]);
  assert.deepEqual(doing("{reply: {text: Hello}}"), [{ verb: "reply", reply: null, said: { text: "Hello" } }]);
  assert.deepEqual(doing("hold"), [{ verb: "hold" }]);
  assert.deepEqual(doing("{send: {part: 25%}}"), [{ verb: "send", to: { part: 0.25 } }]);
  assert.deepEqual(doing("{delay: 1s}"), [{ verb: "delay", delay: { kind: "fixed", ms: 1000 } }]);
  assert.deepEqual(scenarioOf("rules: [{id: a, do: [{reset: {after: 1s}}]}]").rules[0].do, [
    { verb: "delay", delay: { kind: "fixed", ms: 1000 } },
    { verb: "reset" },
  ]);
});

test("parseScenario looks for the files that a scenario names beside it", () => {
  const files = { resolve: (path: string) => `/scenarios/${path}`, read: () => "" };
  const scenario = scenarioOf(
    `
listeners: [{endpoint: "tls://127.0.0.1:0?cert=a.pem&key=b.pem", framing: mllp2}]
defaults: {reply: "file:default.hl7"}
profiles: {p: [{reply: "file:profile.hl7"}]}
phases: [{name: x, for: 1s, use: [p], rules: [{id: c, do: [{reply: "file:phase.hl7"}]}]}]
rules:
  - {id: a, trigger: {every: 2}, do: [{reply: {code: "file:rule.hl7"}}]}
  - {id: b, sequence: {steps: [[{reply: "file:rule.hl7"}], [{reply: "file:turn.hl7"}]]}}
`,
    { files },
  );
  assert.deepEqual(
    replyFilesOf(scenario),
    ["default", "profile", "rule", "turn", "phase"].map((name) => `/scenarios/${name}.hl7`),
  );
  const [{ endpoint, link, tls }] = scenario.listeners;
  assert.deepEqual(endpoint.options, { cert: "/scenarios/a.pem", key: "/scenarios/b.pem", framing: "mllp2" });
  assert.deepEqual([link, tls], [{ framing: "mllp2" }, null]);
});

test("parseScenario reads phases, expectations, limits and control", () => {
  const scenario = scenarioOf(`
name: everything
listeners: [{name: adt, endpoint: ":0"}]
profiles: {slow: [{delay: 1s}]}
phases:
  - {name: one, for: 1m, listeners: {adt: refused, all: open}, use: [slow, a]}
  - {name: two, messages: 50}
phases_at_end: repeat
rules: [{id: a, do: [hold]}]
limits: {max_pending: 10, max_delay: 5m, active_faults: 0, held_connections: 7, journal: 100}
expect:
  - {count: {when: {type: ADT}, at_least: 3, within: 5s}}
  - {count: {when: {type: ADT}, is: 0}}
  - {order: [{type: "ADT^A01"}, {type: "ADT^A08"}], per: PID-3.1}
  - {no_duplicates: MSH-10}
  - {every: {when: {type: "*"}, gets: AA, within: 5s}}
  - {retries: {when: {type: "*"}, between: [1, 3]}}
  - {none: {type: ORU}}
  - {outcome: reset, at_most: 2}
  - {outcome: fin}
control: {listen: "127.0.0.1:8575", ttl_default: 10m, in_band: {field: MSH-8, prefix: "fault:", max: {delay: 30s, active: 5}}}
`);
  assert.deepEqual(scenario.phases, [
    {
      name: "one",
      forMs: 60_000,
      listeners: { adt: "refused", all: "open" },
      useRules: ["a"],
      useProfiles: ["slow"],
      rules: [],
    },
    { name: "two", messages: 50, listeners: {}, useRules: [], useProfiles: [], rules: [] },
  ]);
  assert.equal(scenario.phasesAtEnd, "repeat");
  assert.deepEqual(scenario.limits, {
    ...DEFAULT_LIMITS,
    maxPending: 10,
    maxDelayMs: 300_000,
    activeFaults: 0,
    heldConnections: 7,
    journal: 100,
  });
  const [adt, any] = [{ type: ["ADT"] }, { type: ["*"] }];
  assert.deepEqual(scenario.expect, [
    { kind: "count", when: adt, bounds: { atLeast: 3, atMost: Infinity }, withinMs: 5000 },
    { kind: "count", when: adt, bounds: { atLeast: 0, atMost: 0 } },
    { kind: "order", when: [{ type: ["ADT^A01"] }, { type: ["ADT^A08"] }], per: { path: "PID-3.1" } },
    { kind: "no_duplicates", path: "MSH-10" },
    { kind: "every", when: any, gets: "AA", withinMs: 5000 },
    { kind: "retries", when: any, bounds: { atLeast: 1, atMost: 3 } },
    { kind: "none", when: { type: ["ORU"] } },
    { kind: "outcome", outcome: "rst", bounds: { atLeast: 0, atMost: 2 } },
    { kind: "outcome", outcome: "fin", bounds: { atLeast: 1, atMost: Infinity } },
  ]);
  assert.deepEqual(scenario.control, {
    listen: "127.0.0.1:8575",
    ttlDefaultMs: 600_000,
    inBand: { path: "MSH-8", prefix: "fault:", maxDelayMs: 30_000, maxActive: 5 },
  });
});

test("parseScenario takes a regular expression that its matcher can read", () => {
  const matcher = () => () => true;
  const scenario = scenarioOf("rules: [{id: a, when: {PID-5: {matches: '^X'}}, do: [hold]}]", { matcher });
  assert.deepEqual(scenario.rules[0].when, { fields: [{ path: "PID-5", test: { matches: "^X" } }] });
});

test("parseScenario reads YAML and JSON alike, whatever the scalars look like", () => {
  const yaml = "version: 1\nseed: 0x10\nrules:\n  - id: 5\n    when: {PID-3: [yes, 1e3, 017, null]}\n    do: [hold]\n";
  const json = JSON.stringify({
    version: 1,
    seed: "0x10",
    rules: [{ id: 5, when: { "PID-3": ["yes", "1e3", "017", null] }, do: ["hold"] }],
  });
  const options = { file: "s", seed: 1 };
  assert.deepEqual(parseScenario(json, options), parseScenario(yaml, options));
  assert.deepEqual(parseScenario(`\ufeff${yaml}`, options).rules[0].when?.fields?.[0].test.is, [
    "yes",
    "1e3",
    "017",
    "null",
  ]);
});

test("withFlags replaces the defaults of a scenario and adds faults behind its rules", () => {
  const scenario = scenarioOf(
    "seed: 5\ndefaults: {reply: AE, delay: 1s}\nlimits: {max_delay: 2s}\nrules: [{id: a, trigger: {every: 2}, do: [hold]}]",
  );
  const changed = withFlags(scenario, {
    seed: 6,
    reply: parseReply("AA"),
    faults: [parseFault("no-reply:10%")],
    limits: { maxConnections: 3 },
  });
  assert.deepEqual(changed.defaults, { reply: [{ reply: "AA", weight: 1 }], delay: { kind: "fixed", ms: 1000 } });
  assert.deepEqual(changed.rules.map(({ id }) => id), ["a", "no-reply"]);
  assert.deepEqual([changed.seed, changed.limits.maxConnections, changed.limits.maxDelayMs], [6, 3, 2000]);
  assert.deepEqual(withFlags(scenario, {}), scenario);
  assert.throws(
    () => withFlags(scenario, { reply: "echo", delay: parseDelay("0") }),
    /Cannot use the rule a on an echo/,
  );
  const named = scenarioOf("rules: [{id: no-reply, trigger: {every: 2}, do: [hold]}]");
  assert.throws(() => withFlags(named, { faults: [parseFault("no-reply")] }), /the scenario has a rule of that name/);
});
