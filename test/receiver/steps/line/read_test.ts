/** The verbs of the connection, of semantics, of the lower layer and of TLS: what they are read as, and what is refused. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EventKind } from "../../../../receiver/scenario/scenario.ts";
import { type FaultName, FAULTS } from "../../../../receiver/scenario/fault.ts";
import { LINK_FAULTS } from "../../../../receiver/steps/link_faults.ts";
import type { StepSpec } from "../../../../receiver/steps/registry.ts";
import { issuesOf, scenarioOf } from "../../scenario/files.ts";

const TLS_LISTENER = "listeners: [{name: secure, endpoint: 'tls://:0?cert=a&key=b'}, {name: plain, endpoint: ':0'}]\n";

describe("steps of the line as they are read", () => {
  const fixed = (ms: number) => ({ kind: "fixed", ms }) as const;
  const rows: readonly (readonly [at: EventKind, steps: string, specs: readonly StepSpec[]])[] = [
    ["open", "accept_delay: 2s", [{ verb: "accept_delay", delay: fixed(2000) }]],
    ["open", "limit: {concurrent: 5, then: queue}", [{ verb: "limit", concurrent: 5, otherwise: "queue" }]],
    ["open", "stop_reading: 5s", [{ verb: "stop_reading", forMs: 5000 }]],
    ["open", "rate: {in: 64KB/s}", [{ verb: "rate", rates: { in: 64_000 } }]],
    ["open", "greet: 5", [{ verb: "greet", text: "5" }]],
    ["open", "greet: {hex: 0B0D}", [{ verb: "greet", hex: "0b0d" }]],
    ["idle", "half_close: {after: 1s}", [{ verb: "delay", delay: fixed(1000) }, { verb: "half_close" }]],
    ["frame_fault", "close: {after: {messages: 10}}", [
      { verb: "later", after: { messages: 10 }, steps: [{ verb: "close" }] },
    ]],
    ["message", "quota: {rate: 6/m, then: close}", [{ verb: "quota", perSecond: 0.1, otherwise: "close" }]],
    ["message", "queue: {depth: 100, then: reset}", [{ verb: "queue", depth: 100, otherwise: "reset" }]],
    ["message", "process_time: '10ms:1,1s:1'", [{
      verb: "process_time",
      delay: { kind: "weighted", choices: [{ ms: 10, weight: 1 }, { ms: 1000, weight: 1 }] },
    }]],
    ["message", "duplicate: cached_ack", [{ verb: "duplicate", policy: "cached_ack" }]],
    ["message", "forward: ':2576'", [{ verb: "forward", to: ":2576", timeoutMs: 5000 }]],
    ["message", "link_nak: 2", [{ verb: "link_nak", tries: 2 }]],
    ["message", "link_nak: {tries: 2, code: X}", [{ verb: "link_nak", tries: 2, code: "X" }]],
    ["message", "link_nak: {tries: 3}", [{ verb: "link_nak", tries: 3 }]],
    ["message", "eot: 2", [{ verb: "eot", tries: 2 }]],
    ["message", "link_commit: none", [{ verb: "link_commit", word: "none" }]],
    ["message", "bad_bcc: 2", [{ verb: "bad_bcc", value: 2 }]],
    ["message", "bad_count: 1", [{ verb: "bad_count", value: 1 }]],
    ["message", "unchecked: 5", [{ verb: "unchecked", value: 5 }]],
    ["message", "enq_storm: 2", [{ verb: "enq_storm", value: 2 }]],
    ["message", "late_enq: 2s", [{ verb: "late_enq", value: 2000 }]],
    ["tls", "tls: wrong_host", [{ verb: "tls", fault: "wrong_host" }]],
  ];
  for (const [at, step, specs] of rows) {
    test(`the step {${step}} at '${at}' is read as ${specs.map(({ verb }) => verb).join(" and ")}`, () => {
      const scenario = scenarioOf(
        `rules: [{id: a, on: ${at}, then: ${at === "message" ? "continue" : "stop"}, do: [{${step}}]},
          {id: b, do: [{process_time: 1s}, reply]}]`,
      );
      assert.deepEqual(scenario.rules[0].do, specs);
    });
  }

  test("faults of the lower layer that need no value are read as bare words, and are those of --fault", () => {
    const bare: readonly StepSpec[] = [
      { verb: "link_nak", tries: 1 },
      { verb: "bad_bcc", value: 1 },
      { verb: "bad_count", value: 1 },
      { verb: "unchecked", value: 1 },
      { verb: "eot", tries: 1 },
      { verb: "wrong_ack" },
      { verb: "rint" },
      { verb: "enq_storm", value: 10 },
      { verb: "no_eot", value: 1 },
    ];
    for (const spec of bare) {
      const { rules: [{ do: steps }] } = scenarioOf(`rules: [{id: a, do: [${spec.verb}, reply]}]`);
      assert.deepEqual(steps[0], spec);
      assert.deepEqual(FAULTS[spec.verb.replace("_", "-") as FaultName], steps);
    }
  });

  test("steps at a TLS handshake are read with the waits before them", () => {
    for (
      const steps of [
        "{accept_delay: 500ms}",
        "{delay: 20ms}, {tls: expired}",
        "{accept_delay: 1s}, {tls: stall}",
        "{close: {after: 1s}}",
        "reset",
        "{tls: garbage}",
        "{tls: no_client_cert}",
        "{tls: close}",
      ]
    ) {
      const text = `version: 1\n${TLS_LISTENER}rules: [{id: a, on: tls, when: {listener: secure}, do: [${steps}]}]`;
      assert.deepEqual(issuesOf(text), [], steps);
    }
  });
});

/** Steps of a rule, and what is wrong with them. */
type Row = readonly [steps: string, issue: RegExp];

function refuses(rows: readonly Row[], at: EventKind = "message", then = "continue"): void {
  for (const [steps, wanted] of rows) {
    const found = issuesOf(`version: 1\nrules: [{id: a, on: ${at}, then: ${then}, do: [${steps}]}]`);
    assert.equal(found.length, 1, `${steps}: ${found.join("\n")}`);
    assert.match(found[0], wanted, steps);
  }
}

describe("steps of the line that are refused", () => {
  test("after wants a delay, or one or more of messages, bytes, idle and age, above zero", () => {
    refuses([
      ["{close: {}}", /close: when to end needs the key 'after'$/],
      ["{close: 5s}", /close: found '5s', wanted when to end: a map$/],
      ["{rate: {in: 1KB/s, after: {mesages: 10}}}", /rate\.after\.mesages: unknown key .* did you mean 'messages'\?$/],
      ["{rate: {in: 1KB/s, after: {unifrom: [1s, 2s]}}}", /after\.unifrom: unknown key .* did you mean 'uniform'\?$/],
      ["{stop_reading: {after: {messages: 0}}}", /after\.messages: Cannot read '0' as a count: wanted .* from 1 on/],
      ["{stop_reading: {after: {bytes: 0}}}", /after\.bytes: found 0 bytes, wanted more than 0$/],
      ["{stop_reading: {after: {idle: 0s}}}", /after\.idle: Cannot wait 0s: wanted more than 0$/],
      ["{stop_reading: {after: {messages: 5, idel: 1s}}}", /after\.idel: unknown key 'idel', did you mean 'idle'\?$/],
      ["{stop_reading: {after: {}}}", /after: found an empty map, wanted what to wait for: one of messages, bytes/],
      ["{stop_reading: {after: soon}}", /after: Cannot read 'soon' as a duration/],
    ]);
  });

  test("values of the verbs of the connection say what they want", () => {
    refuses([
      ["{stop_reading: {}}", /stop_reading: found nothing, wanted for or after, or the bare word stop_reading$/],
      ["{stop_reading: 0s}", /stop_reading: Cannot wait 0s/],
      ["{stop_reading: {fro: 5s}}", /stop_reading\.fro: unknown key 'fro', did you mean 'for'\?$/],
      ["rate", /rate needs a value: \{rate: \.\.\.\}$/],
      ["{rate: {}}", /rate: found no rate, wanted in or out, or both$/],
      ["{rate: {in: 64KB}}", /rate\.in: Cannot read '64KB' as a rate of bytes: .* such as 64KB\/s or 1MiB\/m$/],
      ["{rate: 64KB/s}", /rate: found '64KB\/s', wanted rates: a map$/],
      ["greet", /greet needs a value/],
      ["{greet: {text: a, hex: 0b}}", /greet: wanted one of text and hex$/],
      ["{greet: {after: 5s}}", /greet: wanted one of text and hex$/],
      ["{greet: {hex: 0b0}}", /greet\.hex: Cannot read '0b0' as bytes/],
      ["later", /unknown step 'later'/],
      ["{later: {after: 5s}}", /unknown key 'later'/],
    ]);
    refuses([
      ["accept_delay", /accept_delay needs a value/],
      ["{limit: {concurrent: 0, then: close}}", /limit\.concurrent: Cannot read '0' as a count/],
      ["{limit: {concurrent: 5}}", /limit: a limit needs the key 'then'$/],
      [
        "{limit: {concurrent: 5, then: AR}}",
        /limit\.then: unknown end of a connection too many 'AR', wanted close, queue/,
      ],
    ], "open");
  });

  test("values of the verbs of semantics and of the lower layer say what they want", () => {
    refuses([
      ["{quota: {rate: 20/s}}", /quota: a quota needs the key 'then'$/],
      ["{quota: {rate: 0/s, then: AR}}", /quota\.rate: Cannot read '0\/s' as a rate/],
      ["{quota: {rate: 20/s, then: AA}}", /quota\.then: unknown way to refuse 'AA', did you mean 'AE'\?$/],
      ["{process_time: 1s}, {queue: {depth: -1, then: AR}}", /queue\.depth: Cannot read '-1' as a count/],
      ["{queue: {depth: 5, then: AR}}", /do\[0\]: the queue is always empty: wanted process_time somewhere/],
      ["{duplicate: cached}", /duplicate: unknown way with duplicates 'cached', did you mean 'cached_ack'\?$/],
      ["{forward: 'tcp://real'}", /forward: Cannot read 'tcp:\/\/real' as an endpoint: no port/],
      ["{forward: ':0'}", /forward: Cannot connect to ':0': wanted a port above 0$/],
      [
        "{forward: {to: ':1?framing=mlpp'}}",
        /forward\.to: Cannot forward to .*: framing: Cannot read 'mlpp': wanted one of .*; did you mean mllp\?$/,
      ],
      [
        "{forward: ':1?allow=no-eb'}",
        /forward: Cannot forward to .*: allow: Cannot read 'no-eb': wanted one of leading-bytes, /,
      ],
      ["{forward: {to: ':1', timeout: 0s}}", /forward\.timeout: Cannot wait 0s/],
      ["{link_nak: 0}", /link_nak: Cannot read '0' as a count/],
      ["{link_nak: {}}", /link_nak: found nothing, wanted tries or code, or the bare word link_nak$/],
      ["{link_nak: {tries: 1, code: late}}", /link_nak\.code: unknown NAK code 'late', wanted C, X, B, G$/],
      ["{link_nak: {tires: 1}}", /link_nak\.tires: unknown key 'tires', did you mean 'tries'\?$/],
      ["{eot: 0}", /eot: Cannot read '0' as a count/],
      ["{bad_bcc: 0}, reply", /bad_bcc: Cannot read '0' as a count/],
      ["{enq_storm: 1}, reply", /enq_storm: Cannot bid 1 times at once: wanted 2 to 1,000$/],
      ["{enq_storm: 1001}, reply", /enq_storm: Cannot bid 1001 times at once: wanted 2 to 1,000$/],
      ["{late_enq: 0s}, reply", /late_enq: Cannot wait 0s: wanted more than 0$/],
      ["late_enq, reply", /late_enq needs a value: \{late_enq: \.\.\.\}$/],
      ["{no_eot: 2}, reply", /no_eot takes no value/],
      ["{link_commit: naak}", /link_commit: unknown commit 'naak', did you mean 'nak'\?$/],
    ]);
    refuses([["{tls: expird}", /tls: unknown fault of a handshake 'expird', did you mean 'expired'\?$/]], "tls");
  });

  test("verbs are refused at events at which they cannot be done, by the name under which they were written", () => {
    refuses([
      ["{accept_delay: 1s}", /accept_delay cannot be done at 'message', only at open, tls$/],
      ["{limit: {concurrent: 1, then: close}}", /limit cannot be done at 'message', only at open$/],
    ]);
    refuses([["{tls: stall}", /tls cannot be done at 'message', only at tls$/]], "message", "stop");
    refuses([
      [
        "{close: {after: {messages: 1}}}",
        /close with after: \{\.\.\.\} cannot be done at 'tls', only at message, open/,
      ],
      ["{greet: hello}", /greet cannot be done at 'tls', only at message, open, frame_fault, idle$/],
      ["half_close", /half_close cannot be done at 'tls'/],
    ], "tls");
    refuses([
      ["{quota: {rate: 1/s, then: close}}", /quota cannot be done at 'open', only at message$/],
      ["{duplicate: AE}", /duplicate cannot be done at 'open'/],
      ["{forward: ':1'}", /forward cannot be done at 'open'/],
      ["{process_time: 1s}", /process_time cannot be done at 'open'/],
      ["{link_nak: 1}", /link_nak cannot be done at 'open'/],
      ["eot", /eot cannot be done at 'open', only at message$/],
      ["rint", /rint cannot be done at 'open', only at message$/],
      ["no_eot", /no_eot cannot be done at 'open', only at message$/],
    ], "open");
    refuses(
      [["close", /close cannot be done at 'close'/], ["stop_reading", /cannot be done at 'close'/]],
      "close",
      "stop",
    );
  });

  test("steps that leave a message unanswered are refused, and told what is missing", () => {
    refuses(
      [
        [
          "{quota: {rate: 1/s, then: AR}}",
          /do: quota lets messages pass to nothing: wanted reply at the end, or then:/,
        ],
        ["{delay: 1s}, {link_nak: 2}", /do: link_nak lets messages pass to nothing/],
        ["{process_time: 1s}", /do: it waits and then does nothing: wanted reply, hold or close at its end/],
        ["{rate: {in: 1KB/s}}", /do: it says nothing: wanted reply, hold or close at its end, or then: continue$/],
        ["{delay: 1s}, {close: {after: {messages: 5}}}", /do: it says nothing: wanted reply/],
        ["{link_commit: none}", /do: it says nothing/],
        ["rint", /do: it says nothing/],
        ["{eot: 2}", /do: eot lets messages pass to nothing: wanted reply at the end, or then: continue$/],
      ],
      "message",
      "stop",
    );
    for (
      const steps of [
        "{quota: {rate: 1/s, then: AR}}, {process_time: 1s}, reply",
        "{close: {after: {messages: 5}}}, reply",
        "{link_nak: 2}, {forward: ':1'}",
        "{link_commit: nak}, hold",
        "{link_commit: nak}",
        "half_close",
        "half_close, {reset: {after: 5s}}",
        "{rate: {out: 1KB/s}}, reply, half_close",
      ]
    ) {
      assert.deepEqual(issuesOf(`version: 1\nrules: [{id: a, do: [${steps}]}]`), [], steps);
    }
    const asked = "version: 1\nrules: [{id: a, then: continue, do: [{quota: {rate: 1/s, then: AR}}]}]";
    assert.deepEqual(issuesOf(asked), []);
  });

  test("more than one word to a message in the lower layer is refused, and refusals before it are not", () => {
    const said = (word: string) =>
      new RegExp(`do\\[1\\]: ${word} has said the lower layer's word before, wanted one of them$`);
    refuses([
      ["rint, wrong_ack", said("rint")],
      ["wrong_ack, {link_nak: 2}", said("wrong_ack")],
      ["{link_commit: ack}, eot", said("link_commit")],
    ]);
    for (const steps of ["{link_nak: 2}, {eot: 3}, rint, reply", "eot, {link_commit: twice}, reply"]) {
      assert.deepEqual(issuesOf(`version: 1\nrules: [{id: a, do: [${steps}]}]`), [], steps);
    }
  });

  test("faults of a reply are refused where no reply follows that they can strike", () => {
    const past = (what: string) =>
      new RegExp(`do\\[0\\]: bad_bcc is of the reply behind it, and ${what} writes that past`);
    refuses(
      [
        ["bad_bcc, close", /do\[0\]: bad_bcc is of the reply behind it, and there is none$/],
        ["reply, {late_enq: 1s}", /do\[1\]: late_enq is of the reply behind it, and there is none$/],
        ["bad_bcc, {send: start}, {send: end_data}", past("send")],
        ["bad_bcc, {drip: {bytes: 1, every: 1ms}}", past("drip")],
        ["bad_bcc, {split_at: 50%}", past("split_at")],
        ["bad_bcc, {mutate: nul_fill}", past("mutate")],
        ["bad_bcc, stale", past("stale")],
        ["bad_bcc, {join: 2}", past("join")],
        ["bad_bcc, {reply: {code: AA, via: 'tcp://127.0.0.1:9'}}", past("via")],
      ],
      "message",
      "stop",
    );
    refuses([
      ["bad_bcc, {bad_bcc: 2}, reply", /do\[1\]: bad_bcc was asked for already, wanted it once for a reply$/],
      ["bad_bcc, unchecked, reply", /do\[1\]: bad_bcc changes the checksum already, wanted one of them$/],
    ]);
    for (
      const steps of [
        "bad_bcc, bad_count, {delay: 1s}, reply, unchecked, {reply: {code: AA, late: 1s}}",
        "enq_storm, {late_enq: 1s}, no_eot, {forward: ':1'}",
        "{quota: {rate: 1/s, then: AR}}, bad_bcc, {reply: {code: AE, twice: true}}",
      ]
    ) {
      assert.deepEqual(issuesOf(`version: 1\nrules: [{id: a, do: [${steps}]}]`), [], steps);
    }
    assert.deepEqual(issuesOf("version: 1\nrules: [{id: a, then: continue, do: [bad_bcc]}]"), []);
  });

  test("steps after an end, after a half close and after a handshake are refused", () => {
    refuses(
      [["half_close, reply", /do\[1\]: half_close has sent FIN before, and nothing can be said after it$/]],
      "message",
      "stop",
    );
    refuses([["half_close", /do: half_close leaves nothing for later rules to do: it needs then: stop$/]]);
    refuses([["{tls: stall}, reset", /do\[1\]: nothing can be done after tls, wanted it last$/]], "tls", "stop");
    refuses([["{tls: stall}", /do: tls leaves nothing for later rules to do/]], "tls");
  });
});

describe("steps of the line on listeners that cannot have them", () => {
  const listeners = (...framings: string[]) =>
    `version: 1\nlisteners:\n${framings.map((framing, i) => `  - {name: l${i}, endpoint: ':0${framing}'}\n`).join("")}`;
  const nak = "{id: a, do: [{link_nak: 2}, reply]}";

  test("a fault of the lower layer is refused where none of the rule's listeners has it", () => {
    assert.deepEqual(issuesOf(`${listeners("?framing=mllp")}rules: [${nak}]`), [
      "4:22 rules[0].do[0]: link_nak needs a listener with the framing mllp2 or hllp or x328, found mllp",
    ]);
    assert.deepEqual(issuesOf(`${listeners("?framing=mllp", "?framing=none")}rules: [${nak}]`), [
      "5:22 rules[0].do[0]: link_nak needs a listener with the framing mllp2 or hllp or x328, found mllp, none",
    ]);
    const named = "{id: a, when: {listener: l0}, sequence: {steps: [[{link_commit: none}, hold]]}}";
    assert.match(
      issuesOf(`${listeners("?framing=mllp", "?framing=mllp2")}rules: [${named}]`).join(),
      /sequence\.steps\[0\]\[0\]: link_commit needs a listener with the framing mllp2, found mllp$/,
    );
  });

  test("a fault of the lower layer names the framings that have it, and a code the one that has codes", () => {
    const issue = (framing: string, steps: string) =>
      issuesOf(`${listeners(`?framing=${framing}`)}rules: [{id: a, do: [${steps}, reply]}]`).join("\n");
    assert.match(issue("mllp", "bad_bcc"), /: bad_bcc needs a listener with the framing hllp or x328, found mllp$/);
    assert.match(issue("x328", "unchecked"), /: unchecked needs a listener with the framing hllp, found x328$/);
    assert.match(issue("hllp", "rint"), /: rint needs a listener with the framing x328, found hllp$/);
    assert.match(issue("x328", "{link_nak: {code: B}}"), /: link_nak with a code needs .* framing hllp, found x328$/);
    for (const [framing, verbs] of Object.entries(LINK_FAULTS)) {
      for (const verb of verbs.filter((each) => each !== "link_commit")) {
        assert.equal(issue(framing, verb === "late_enq" ? "{late_enq: 1s}" : verb), "", `${framing} ${verb}`);
      }
    }
    assert.equal(issue("hllp", "{link_nak: {code: B}}"), "");
  });

  test("what writes a reply past the lower layer is refused in X3.28, and what damages MLLP's frame in HLLP too", () => {
    const issue = (framing: string, steps: string) =>
      issuesOf(`${listeners(`?framing=${framing}`)}rules: [{id: a, do: [${steps}]}]`).join("\n");
    const past = [
      ["send", "{send: {part: 50%}}, close"],
      ["drip", "{drip: {bytes: 1, every: 20ms}}"],
      ["split_at", "{reply: {code: AA, split_at: 50%}}"],
      ["join", "{join: 2}"],
      ["stale", "stale"],
      ["via", "{reply: {code: AA, via: 'tcp://127.0.0.1:9'}}"],
      ["rate out", "{rate: {out: 1KB/s}}, reply"],
    ];
    for (const [what, steps] of past) {
      const wanted = `: ${what} needs a listener with the framing mllp or mllp2 or hllp or illp or none, found x328`;
      assert.ok(issue("x328", steps).endsWith(wanted), issue("x328", steps));
      assert.equal(issue("hllp", steps), "", what);
    }
    for (const framing of ["x328", "hllp"]) {
      const wanted = `: mutate needs a listener with the framing mllp or mllp2 or illp or none, found ${framing}`;
      assert.ok(issue(framing, "{mutate: nul_fill}").endsWith(wanted), issue(framing, "{mutate: nul_fill}"));
    }
    for (const steps of ["twice", "{rate: {in: 1KB/s}}, {greet: hello}, {reply: {code: AE, late: 1s}}, half_close"]) {
      assert.equal(issue("x328", steps), "", steps);
    }
  });

  test("a fault of the lower layer is taken where one listener has it, or where that is not settled", () => {
    for (const framings of [["?framing=mllp2"], ["?framing=mllp", "?framing=mllp2"], [""]]) {
      assert.deepEqual(issuesOf(`${listeners(...framings)}rules: [${nak}]`), []);
    }
    assert.deepEqual(issuesOf(`version: 1\nrules: [${nak}]`), []);
  });

  test("a rule for handshakes is refused where none of its listeners speaks TLS", () => {
    const rule = (when: string) => `version: 1\n${TLS_LISTENER}rules: [{id: a, on: tls${when}, do: [{tls: stall}]}]`;
    assert.deepEqual(issuesOf(rule("")), []);
    assert.deepEqual(issuesOf(rule(", when: {listener: secure}")), []);
    assert.deepEqual(issuesOf(rule(", when: {listener: plain}")), [
      "3:21 rules[0].on: can never fire: none of its listeners speaks TLS, wanted tls://...",
    ]);
  });
});
