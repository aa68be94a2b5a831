/** What is wrong with a scenario file is said with its place, its path, and what was probably meant. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MOST_ISSUES, ScenarioError } from "../../../receiver/scenario/issue.ts";
import { parseScenario } from "../../../receiver/scenario/parse.ts";
import { issuesOf } from "./files.ts";

/** A text, in which the value in question stands behind `version: 1` and a line end, and the issue that it has. */
type Row = readonly [text: string, issue: string | RegExp];

function check(rows: readonly Row[]): void {
  for (const [text, wanted] of rows) {
    const found = issuesOf(`version: 1\n${text}`);
    assert.equal(found.length, 1, `${text}: ${found.join("\n")}`);
    if (typeof wanted === "string") assert.equal(found[0], wanted, text);
    else assert.match(found[0], wanted, text);
  }
}

describe("parseScenario on a text that is no scenario", () => {
  test("parseScenario refuses an empty file, a list, and another version", () => {
    assert.deepEqual(issuesOf(""), ["1:1 : it is empty, wanted a scenario: version: 1, ..."]);
    assert.deepEqual(issuesOf("# only a comment\n"), ["1:1 : it is empty, wanted a scenario: version: 1, ..."]);
    assert.deepEqual(issuesOf("- 1\n"), ["1:1 : found a list, wanted a scenario: a map"]);
    assert.deepEqual(issuesOf("name: x\n"), ["1:1 : a scenario needs the key 'version'"]);
    assert.deepEqual(issuesOf("name: x\nversion: 2\n"), ["2:10 version: found version 2, wanted 1"]);
  });

  test("parseScenario tells where a text stops being YAML or JSON", () => {
    assert.match(issuesOf("version: 1\nrules: [")[0], /^2:9 : it is no YAML: /);
    assert.match(issuesOf('{"version": 1, "rules": ]}')[0], /^1:25 : it is no YAML: /);
    assert.match(issuesOf("version: 1\nname: a: b")[0], /^2:7 : it is no YAML: /);
    assert.match(issuesOf("version: 1\nversion: 1")[0], /^2:1 : it is no YAML: Map keys must be unique/);
    assert.match(issuesOf("version: 1\n---\nversion: 1")[0], /^2:1 : it is no YAML: .*multiple documents/);
    assert.match(issuesOf("version: !!js/function 1")[0], /^1:10 : it is no YAML: Unresolved tag/);
  });

  test("parseScenario survives what is made to bring it down", () => {
    const lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 0; i < 9; i++) {
      const [before, now] = ["abcdefghij"[i], "abcdefghij"[i + 1]];
      lines.push(`${now}: &${now} [${Array.from({ length: 10 }, () => `*${before}`).join(", ")}]`);
    }
    assert.match(issuesOf(lines.join("\n")).join(), /more than 200000 values/);
    assert.match(issuesOf("a: &x [*x]").join(), /alias of something that it stands in/);
    assert.match(issuesOf("a: *nowhere").join(), /alias of nothing before it/);
    for (const deep of ["[".repeat(100_000), "a: ".repeat(3) + "{a: ".repeat(50_000), "- ".repeat(50_000)]) {
      assert.ok(issuesOf(deep).length > 0);
    }
    assert.match(issuesOf(`${"[".repeat(70)}${"]".repeat(70)}`).join(), /nested more than 64 deep/);
    assert.match(issuesOf("version: 1\n__proto__: {a: 1}").join(), /unknown key '__proto__'/);
    assert.match(issuesOf("version: 1\nconstructor: 1").join(), /unknown key 'constructor'/);
    assert.match(issuesOf("version: 1\nprofiles: {__proto__: [hold]}").join(), /Cannot use '__proto__' as a name/);
  });
});

describe("parseScenario on one wrong value", () => {
  test("parseScenario names the nearest of unknown keys and words", () => {
    check([
      ["rulse: []", "2:1 rulse: unknown key 'rulse', did you mean 'rules'?"],
      ["rules: [{id: a, whne: {type: X}, do: [hold]}]", "2:17 rules[0].whne: unknown key 'whne', did you mean 'when'?"],
      ["rules: [{id: a, do: [hodl]}]", "2:22 rules[0].do[0]: unknown step 'hodl', did you mean 'hold'?"],
      ["rules: [{id: a, do: [{dealy: 5s}]}]", "2:23 rules[0].do[0].dealy: unknown key 'dealy', did you mean 'delay'?"],
      ["rules: [{id: a, do: [{delay: {exponentail: {mean: 1s}}}]}]", /exponentail: unknown key .* 'exponential'\?$/],
      [
        "rules: [{id: a, when: {tpye: X}, do: [hold]}]",
        /^2:24 rules\[0\]\.when\.tpye: unknown key .*did you mean 'type'\?$/,
      ],
      [
        "rules: [{id: a, when: {PID-3: {strats: X}}, do: [hold]}]",
        /PID-3\.strats: unknown key 'strats', did you mean 'starts'\?$/,
      ],
      ["rules: [{id: a, on: mesage, do: [hold]}]", "2:21 rules[0].on: unknown event 'mesage', did you mean 'message'?"],
      [
        "rules: [{id: a, trigger: allways, do: [hold]}]",
        /trigger: unknown trigger 'allways', did you mean 'always'\?$/,
      ],
      ["rules: [{id: a, trigger: {every: 5, per: conection}, do: [hold]}]", /per: unknown scope .*'connection'\?$/],
      ["phases_at_end: stp", "2:16 phases_at_end: unknown end of phases 'stp', did you mean 'stop'?"],
      ["expect: [{evry: {}}]", "2:11 expect[0].evry: unknown key 'evry', did you mean 'every'?"],
      ["expect: [{outcome: rest, at_most: 1}]", /unknown outcome 'rest', did you mean 'reset'\?$/],
      ["limits: {max_dealy: 5s}", "2:10 limits.max_dealy: unknown key 'max_dealy', did you mean 'max_delay'?"],
      ["defaults: {reply: AX}", /^2:19 defaults\.reply: Cannot read 'AX' as a reply/],
      ["listeners: [{endpoint: ':1', framing: mlpp}]", /framing: unknown framing 'mlpp', did you mean 'mllp'\?$/],
    ]);
  });

  test("parseScenario says what it found and what it wanted", () => {
    check([
      ["seed: x", "2:7 seed: Cannot read 'x' as a seed: wanted a whole number below 4294967296"],
      ["seed: [1]", "2:7 seed: found a list, wanted a whole number below 4294967296"],
      ["seed:", "2:1 seed: found nothing, wanted a whole number below 4294967296"],
      ["rules: {}", "2:8 rules: found a map, wanted a list of rules"],
      ["rules: []", "2:8 rules: found an empty list, wanted a list of rules"],
      ["rules: [{do: [hold]}]", "2:9 rules[0]: a rule needs the key 'id'"],
      ["rules: [{id: a b, do: [hold]}]", /^2:14 rules\[0\]\.id: Cannot use 'a b' as a name/],
      ["rules: [{id: a, do: hold}]", "2:21 rules[0].do: found 'hold', wanted a list of steps"],
      ["rules: [{id: a, do: [delay]}]", "2:22 rules[0].do[0]: delay needs a value: {delay: ...}"],
      ["rules: [{id: a, do: [{hold: 1}]}]", "2:22 rules[0].do[0]: hold takes no value, wanted the bare word hold"],
      ["rules: [{id: a, do: [{delay: 1s, reset: {}}]}]", /found delay and reset in one|found reset and delay in one/],
      ["rules: [{id: a, do: [{close: {after: 5}}]}]", /close\.after: Cannot read '5' as a duration/],
      ["rules: [{id: a, do: [{send: {part: 0.5}}]}]", /send\.part: Cannot read '0\.5' as a percentage/],
      ["rules: [{id: a, do: [{reply: {}}]}]", /reply: found an empty reply, wanted one of code, file, text, err, /],
      [
        "rules: [{id: a, do: [{reply: {code: 'file:x', text: y}}]}]",
        /reply\.text: text goes into an acknowledgement, and this reply sends a file$/,
      ],
      ["rules: [{id: a, do: [{reply: {err: {code: 207, location: PID3}}}]}]", /err\.location: Cannot read the path/],
      ["rules: [{id: a, do: [{reply: echo}]}]", /reply: Cannot echo in a rule/],
      ["rules: [{id: a, do: [hold], enabled: yes}]", /enabled: found 'yes', wanted true or false$/],
      ["rules: [{id: a, do: [hold], when: {}}]", /when: found no condition/],
      ["rules: [{id: a, do: [hold], when: {PID-3: ''}}]", /PID-3: found nothing, wanted a text$/],
      ["rules: [{id: a, do: [hold], when: {type: 'ADT^A01^ADT_A01'}}]", /type: Cannot read 'ADT\^A01\^ADT_A01'/],
      ["rules: [{id: a, do: [hold], when: {size: 1MB}}]", /size: Cannot read '1MB' as a bound/],
      ["rules: [{id: a, do: [hold], when: {peer: 10.2.0.0/99}}]", /peer: .*found \/99, wanted at most \/32$/],
      ["rules: [{id: a, do: [hold], when: {PID-7: {above: x}}}]", /above: Cannot compare with 'x'/],
      [
        "rules: [{id: a, do: [hold], when: {PID-7: {exists: true, absent: true}}}]",
        /can never hold: a value that is absent/,
      ],
      ["rules: [{id: a, do: [hold], when: {PID-7: {is: x, in: [y]}}}]", /is and in mean the same/],
      ["rules: [{id: a, do: [hold], trigger: every}]", /trigger: every needs a value: \{every: \.\.\.\}$/],
      ["rules: [{id: a, do: [hold], trigger: {}}]", /trigger: found an empty trigger/],
      ["rules: [{id: a, do: [hold], trigger: {chance: 5%, ramp: {from: 0%, to: 5%, over: 1m}}}]", /exclude each other/],
      ["rules: [{id: a, do: [hold], trigger: {between: [1s]}}]", /between: wanted two durations/],
      [
        "defaults: {delay: {uniform: [2s, 1s]}}",
        /delay: Cannot read 'uniform' as a delay: wanted the shorter time first/,
      ],
      ["expect: [{count: {when: {type: X}}}]", /count: wanted one of is, at_least, at_most, between$/],
      ["expect: [{count: {when: {type: X}, is: 1, at_least: 1}}]", /count: wanted one of is, between/],
      ["expect: [{retries: {when: {type: X}, between: [3, 1]}}]", /between: wanted two numbers, the smaller first/],
      ["control: {listen: 8575}", /listen: Cannot read '8575' as an endpoint/],
    ]);
  });

  test("parseScenario refuses what is not available, and says so", () => {
    check([
      [
        "rules: [{id: a, when: {PID-5: {matches: '^X'}}, do: [hold]}]",
        /matches: 'matches' is not available in this version/,
      ],
      ["rules: [{id: a, do: [{break: 3}]}]", /unknown key 'break', wanted accept_delay, /],
      ["rules: [{id: a, do: [refused]}]", /^2:22 rules\[0\]\.do\[0\]: Cannot use 'refused' as a step: .*'reset'$/],
      ["rules: [{id: a, do: [{refused: 5s}]}]", /Cannot use 'refused' as a step/],
    ]);
  });
});

describe("parseScenario on parts that do not go together", () => {
  test("parseScenario refuses steps that cannot follow each other", () => {
    check([
      ["rules: [{id: a, do: [close, hold]}]", "2:29 rules[0].do[1]: nothing can be done after close, wanted it last"],
      ["rules: [{id: a, do: [{reset: {after: 1s}}, reply]}]", /do\[1\]: nothing can be done after reset/],
      ["rules: [{id: a, do: [hold, reply]}]", /do\[1\]: hold says nothing and reply answers, wanted one of them$/],
      ["rules: [{id: a, do: [{delay: 1s}]}]", /^2:21 rules\[0\]\.do: it waits and then does nothing/],
      ["rules: [{id: a, then: continue, do: [close]}]", /do: close leaves nothing for later rules to do/],
      ["rules: [{id: a, then: continue}]", /it does nothing: then: continue needs do/],
      [
        "rules: [{id: a, do: [hold], sequence: {steps: [[hold]]}}]",
        /^2:29 rules\[0\]\.sequence: do and sequence exclude/,
      ],
      [
        "rules: [{id: a, sequence: {steps: [[hold], [close, reply]]}}]",
        /sequence\.steps\[1\]\[1\]: nothing can be done after close/,
      ],
      ["rules: [{id: a, on: open, do: [reply]}]", /do\[0\]: reply cannot be done at 'open', only at message$/],
      ["rules: [{id: a, on: open}]", /it does nothing: wanted do or sequence$/],
      ["rules: [{id: a, on: open, when: {type: X}, do: [reset]}]", /^2:34 rules\[0\]\.when\.type: type is of messages/],
      ["rules: [{id: a, on: open, when: {any: [{PID-3: X}]}, do: [reset]}]", /any\[0\]\.PID-3: PID-3 is of messages/],
      ["rules: [{id: a, on: open, trigger: {first: 1, per: control_id}, do: [reset]}]", /per: it is of messages/],
      ["profiles: {p: [close]}\nphases: [{name: x, for: 1s, use: [p]}]", /^2:15 profiles\.p: close leaves nothing/],
    ]);
  });

  test("parseScenario refuses names that are taken and names that nothing has", () => {
    check([
      [
        "rules: [{id: a, trigger: {every: 2}, do: [hold]}, {id: a, do: [hold]}]",
        /^2:56 rules\[1\]\.id: there is a rule .* called 'a' already/,
      ],
      [
        "rules: [{id: a, when: {listener: adt}, do: [hold]}]",
        /listener: no listener has a name, wanted one called 'adt'$/,
      ],
      [
        "listeners: [{name: adt, endpoint: ':0'}]\nrules: [{id: a, when: {listener: atd}, do: [hold]}]",
        /listener: unknown listener 'atd', did you mean 'adt'\?$/,
      ],
      [
        "listeners: [{name: a, endpoint: ':0'}, {name: a, endpoint: ':1'}]",
        /listeners\[1\]\.name: there is a listener called 'a'/,
      ],
      ["listeners: [{name: all, endpoint: ':0'}]", /'all' means every listener/],
      ["listeners: [{endpoint: ':0?framing=none', framing: mllp}]", /framing: found mllp, and none in the endpoint/],
      [
        "listeners: [{endpoint: 'pty:/tmp/line', framing: illp}]",
        /framing: found illp for pty:\/tmp\/line: ILLP ends a message/,
      ],
      ["phases: [{name: x, for: 1s, use: [nobody]}]", /use: unknown rule or profile 'nobody'/],
      ["phases: [{name: x, for: 1s}, {name: x, for: 1s}]", /phases\[1\]\.name: there is a phase called 'x' already/],
      ["phases: [{name: x, for: 1s, listeners: {adt: refused}}]", /listeners\.adt: no listener has a name/],
      ["profiles: {p: [{delay: 1s}]}", "2:12 profiles.p: no phase uses it"],
    ]);
  });

  test("parseScenario refuses phases that never end or never begin, and echoes of messages", () => {
    check([
      ["phases: [{name: x}, {name: y, for: 1s}]", /^2:10 phases\[0\]: it never ends: wanted for or messages$/],
      ["phases: [{name: x, for: 1s, messages: 5}]", /messages: for and messages exclude each other/],
      ["phases_at_end: stop", "2:1 phases_at_end: there are no phases"],
      ["phases: [{name: x}]\nphases_at_end: repeat", /the last phase, x, never ends/],
      [
        "defaults: {reply: echo}\nrules: [{id: a, do: [hold]}]",
        /^2:19 defaults\.reply: Cannot use the rule a on an echo/,
      ],
    ]);
    assert.deepEqual(issuesOf("version: 1\nphases: [{name: x, for: 1s}, {name: y}]"), []);
  });

  test("parseScenario tells of files that cannot be used where they are named", () => {
    check([["defaults: {delay: {trace: slow.txt}}", /^2:19 defaults\.delay: Cannot read the file 'slow\.txt'/]]);
    const files = { resolve: (path: string) => path, read: () => "20ms\nsoon\n" };
    const text = "version: 1\nrules: [{id: a, do: [{delay: {trace: slow.txt}}, reply]}]";
    assert.match(
      issuesOf(text, { files })[0],
      /^2:22 rules\[0\]\.do\[0\]: slow\.txt:2: Cannot read 'soon' as a duration/,
    );
  });

  test("parseScenario refuses a regular expression that its matcher cannot read", () => {
    const matcher = () => {
      throw new RangeError("Cannot read '(' as a regular expression");
    };
    const text = "version: 1\nrules: [{id: a, when: {not: {PID-5: {matches: '('}}}, do: [hold]}]";
    assert.deepEqual(issuesOf(text, { matcher }), [
      "2:47 rules[0].when.not.PID-5.matches: Cannot read '(' as a regular expression",
    ]);
  });
});

describe("parseScenario on rules that can never fire", () => {
  const rules = (...lines: string[]) => `rules:\n${lines.map((line) => `  - {${line}}\n`).join("")}`;
  const shadowed = /rules\[1\]: can never fire: the rule 'a' before it decides on/;

  test("parseScenario refuses triggers that hold for no event", () => {
    for (
      const trigger of [
        "first: 0",
        "times: 0",
        "chance: 0%",
        "chance: {p: 0%, burst: 2}",
        "ramp: {from: 0%, to: 0%, over: 1s}",
      ]
    ) {
      check([[rules(`id: a, trigger: {${trigger}}, do: [hold]`), /rules\[0\]\.trigger: can never fire: /]]);
    }
    check([
      [
        rules("id: a, trigger: {first: 3, after: 3}, do: [hold]"),
        /no event has a number that fits first: 3, after: 3$/,
      ],
      [rules("id: a, trigger: {every: 5, first: 4}, do: [hold]"), /can never fire/],
      [rules("id: a, trigger: {nth: [1, 2], after: 2}, do: [hold]"), /can never fire/],
      [rules("id: a, trigger: {between: [40s, 10s]}, do: [hold]"), /can never fire: wanted the earlier time first/],
    ]);
    assert.deepEqual(issuesOf(`version: 1\n${rules("id: a, trigger: {every: 5, first: 5}, do: [hold]")}`), []);
  });

  test("parseScenario refuses rules behind one that takes all that they could have", () => {
    const hold = "do: [hold]";
    check([
      [rules(`id: a, ${hold}`, `id: b, when: {type: X}, ${hold}`), /the rule 'a' before it decides on every message$/],
      [rules(`id: a, when: {type: "*"}, ${hold}`, `id: b, ${hold}`), shadowed],
      [rules(`id: a, when: {type: "ADT^*"}, ${hold}`, `id: b, when: {type: "ADT^A01|ADT^A0*"}, ${hold}`), shadowed],
      [rules(`id: a, when: {type: ADT}, ${hold}`, `id: b, when: {type: "ADT^A01"}, ${hold}`), shadowed],
      [
        rules(
          `id: a, when: {MSH-3: X}, ${hold}`,
          `id: b, when: {MSH-3: X, size: ">1KB"}, trigger: {every: 2}, ${hold}`,
        ),
        shadowed,
      ],
      [rules(`id: a, sequence: {steps: [[hold]]}`, `id: b, ${hold}`), shadowed],
      [
        `phases: [{name: p, for: 1s, ${"rules: [{id: a, do: [hold]}, {id: b, do: [hold]}]"}}]`,
        /phases\[0\]\.rules\[1\]: can never fire/,
      ],
    ]);
  });

  test("parseScenario lets rules stand behind one that leaves something", () => {
    const hold = "do: [hold]";
    for (
      const first of [
        "trigger: {chance: 99%}, do: [hold]",
        "trigger: {every: 2}, do: [hold]",
        "then: continue, do: [{delay: 1s}]",
        "enabled: false, do: [hold]",
        "ttl: 5m, do: [hold]",
        "sequence: {steps: [[hold]], at_end: fall_through}",
        "when: {type: 'ADT^A0*'}, do: [hold]",
        "when: {type: 'ADT^A01', MSH-3: X}, do: [hold]",
        "on: open, do: [reset]",
        "in_state: normal, to_state: gone, do: [hold]",
      ]
    ) {
      assert.deepEqual(
        issuesOf(`version: 1\n${rules(`id: a, ${first}`, `id: b, when: {type: "ADT^*"}, ${hold}`)}`),
        [],
        first,
      );
    }
    const phased = "phases: [{name: p, for: 1s, use: [a]}]\n";
    assert.deepEqual(issuesOf(`version: 1\n${phased}${rules(`id: a, ${hold}`, `id: b, ${hold}`)}`), []);
  });

  test("parseScenario refuses rules in a state that nothing enters", () => {
    check([[
      rules("id: a, trigger: {every: 2}, to_state: poisoned, do: [hold]", "id: b, in_state: poisend, do: [hold]"),
      /^4:23 rules\[1\]\.in_state: can never fire: no rule goes to this state; unknown state 'poisend', did you mean 'poisoned'\?$/,
    ]]);
  });
});

describe("parseScenario on much that is wrong", () => {
  test("parseScenario tells everything at once, in the order of the text", () => {
    const text =
      "version: 1\nseed: x\nrules:\n  - {id: a, do: [hodl], when: {tpye: X, PID-3: {is: [], starts: Y}}}\n  - {do: [hold]}\nend: 1\n";
    assert.deepEqual(issuesOf(text).map((issue) => issue.split(" ")[0]), ["2:7", "4:18", "4:32", "4:53", "5:5", "6:1"]);
  });

  test("parseScenario tells twenty things at most, and how many there are", () => {
    const text = `version: 1\nrules:\n${"  - {id: a, do: [hodl]}\n".repeat(50)}`;
    assert.equal(issuesOf(text).length, MOST_ISSUES);
    assert.throws(() => parseScenario(text, { file: "s.yaml", seed: 1 }), (error) => {
      assert.ok(error instanceof ScenarioError);
      assert.equal(error.found, 50);
      return true;
    });
  });

  test("parseScenario gives the place of what an alias stands for, and the path of where it is used", () => {
    const text =
      "version: 1\nrules:\n  - {id: a, trigger: {every: 2}, do: &wrong [close, hold]}\n  - {id: b, do: *wrong}\n";
    assert.deepEqual(issuesOf(text).map((issue) => issue.split(": ")[0]), [
      "3:53 rules[0].do[1]",
      "3:53 rules[1].do[1]",
    ]);
    assert.match(issuesOf("version: 1\nname: &n [x]\nseed: *n\n")[1], /^3:7 seed: /);
  });
});
