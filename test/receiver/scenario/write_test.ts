/** Scenarios as documents: those of flags, written; those that are changed part by part. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseEndpoint } from "../../../lib/transport/endpoint.ts";
import { parseDelay } from "../../../receiver/scenario/delay.ts";
import {
  type Document,
  findRule,
  mergePatch,
  plainJson,
  withDefaults,
  withoutRule,
  withRule,
} from "../../../receiver/scenario/document.ts";
import { FAULT_NAMES } from "../../../receiver/scenario/fault.ts";
import { type ScenarioFlags, scenarioFromFlags, withFlags } from "../../../receiver/scenario/from_flags.ts";
import { parseScenario } from "../../../receiver/scenario/parse.ts";
import { parseReply } from "../../../receiver/scenario/reply.ts";
import { DEFAULT_LIMITS, type Scenario } from "../../../receiver/scenario/scenario.ts";
import { SourceText } from "../../../receiver/scenario/source.ts";
import { writeFlags } from "../../../receiver/scenario/write.ts";
import { EXAMPLES } from "./files.ts";

const parsed = (document: Document) => parseScenario(JSON.stringify(document), { file: "written", seed: 99 });

/** Without what a document says otherwise: the framing stands in the endpoint's options, certificates nowhere. */
function comparable({ listeners, ...rest }: Scenario): object {
  const places = listeners.map(({ name, endpoint, link }) => {
    const { framing = link.framing ?? "mllp", ...options } = endpoint.options;
    return { name, endpoint: { ...endpoint, options }, framing };
  });
  return JSON.parse(JSON.stringify({ ...rest, listeners: places }));
}

describe("writeFlags", () => {
  const FLAGS: Readonly<Record<string, ScenarioFlags>> = {
    "nothing but a seed": { seed: 7 },
    "a reply and a delay": {
      seed: 7,
      reply: parseReply("AA:98,AE:1.5,none:0.5"),
      delay: parseDelay("lognormal(40ms,400ms,2s)"),
    },
    "weighted delays": { seed: 7, delay: parseDelay("2ms:90,150ms:9,5s:1") },
    "an echo": { seed: 7, reply: "echo" },
    "bounds": { seed: 7, limits: { maxConnections: 5, idleTimeoutMs: 1500 } },
    "every fault": { seed: 7, faults: FAULT_NAMES.map((name, i) => ({ name, chance: i === 0 ? 0.015 : 0.1 })) },
    "a fault that always strikes": { seed: 7, faults: [{ name: "no-reply", chance: 1 }] },
    "listeners": {
      seed: 7,
      listeners: [
        { name: "adt", endpoint: parseEndpoint("127.0.0.1:2576"), link: { framing: "mllp2" }, tls: null },
        { endpoint: parseEndpoint("tls://[::1]:2577?cert=a.pem&key=b.pem"), link: {}, tls: null },
      ],
    },
  };

  for (const [what, flags] of Object.entries(FLAGS)) {
    test(`writeFlags writes ${what} so that it reads as the same scenario`, () => {
      const scenario = parsed(writeFlags(flags));
      assert.deepEqual(comparable(scenario), comparable(scenarioFromFlags({ ...flags })));
    });
  }

  test("writeFlags writes a fault that never strikes as a rule that is switched off", () => {
    const [rule] = parsed(writeFlags({ seed: 7, faults: [{ name: "no-reply", chance: 0 }] })).rules;
    assert.deepEqual([rule.enabled, rule.do], [false, [{ verb: "hold" }]]);
  });

  test("writeFlags puts flags over a file's document as they are put over its scenario", () => {
    const text =
      "version: 1\nname: base\ndefaults: {reply: AE, delay: {uniform: [1ms, 2ms]}}\nlimits: {max_pending: 9}\n" +
      "rules: [{id: a, when: {type: ADT}, do: [close]}]";
    const flags = { seed: 3, reply: parseReply("AR"), faults: [{ name: "no-reply", chance: 0.5 }] as const };
    const base = plainJson(new SourceText(text).value) as Document;
    const expected = withFlags(parseScenario(text, { file: "base", seed: 1 }), { ...flags, limits: {} });
    assert.deepEqual(comparable(parsed(writeFlags(flags, base))), comparable(expected));
    assert.deepEqual(DEFAULT_LIMITS.maxPending, 1000);
  });
});

describe("a document", () => {
  for (const { name, text } of EXAMPLES) {
    test(`a document of ${name} reads as the same scenario`, () => {
      const files = { resolve: (path: string) => path, read: () => "20ms\n" };
      const options = { file: name, seed: 1, files };
      const matcher = () => () => false;
      const document = plainJson(new SourceText(text).value);
      assert.deepEqual(
        parseScenario(JSON.stringify(document), { ...options, matcher }),
        parseScenario(text, { ...options, matcher }),
      );
    });
  }

  test("a document keeps texts that only look like numbers or truths", () => {
    const values = ["007", "1e3", "1.0", "-0", "9007199254740993", "True", "", "12", "-5", "true"];
    assert.deepEqual(plainJson(values), ["007", "1e3", "1.0", "-0", "9007199254740993", "True", "", 12, -5, true]);
  });

  test("a document's rules are found, replaced and taken away wherever they stand, and it stays as it is itself", () => {
    const document: Document = { phases: [{ name: "p", rules: [{ id: "own" }] }, { name: "q" }], rules: [{ id: "a" }] };
    const before = structuredClone(document);
    assert.deepEqual(findRule(document, "own")?.path, ["phases", 0, "rules", 0]);
    const { document: changed } = withRule(document, { id: "own", note: "x" }, "first");
    assert.deepEqual(findRule(changed, "own")?.rule, { id: "own", note: "x" });
    assert.deepEqual(withoutRule(document, ["phases", 0, "rules", 0]).phases, [{ name: "p" }, { name: "q" }]);
    assert.deepEqual(withRule(document, { id: "b" }, "last").path, ["rules", 1]);
    assert.deepEqual(withDefaults(document, { reply: "AE" }).defaults, { reply: "AE" });
    assert.deepEqual(document, before);
  });

  test("a document's merge patch does as RFC 7396 says", () => {
    const cases: readonly (readonly [unknown, unknown, unknown])[] = [
      [{ a: "b" }, { a: "c" }, { a: "c" }],
      [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
      [{ a: "b" }, { a: null }, {}],
      [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
      [{ a: ["b"] }, { a: "c" }, { a: "c" }],
      [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
      [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
      [["a", "b"], ["c", "d"], ["c", "d"]],
      [{ a: "b" }, ["c"], ["c"]],
      [{ e: null }, { a: 1 }, { e: null, a: 1 }],
      [["a"], { a: "b", c: null }, { a: "b" }],
      [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ];
    for (const [target, patch, result] of cases) assert.deepEqual(mergePatch(target as never, patch as never), result);
    const polluted = mergePatch({}, JSON.parse('{"__proto__": {"x": 1}}'));
    assert.equal(({} as { x?: number }).x, undefined);
    assert.equal((polluted as { x?: number }).x, undefined);
  });
});
