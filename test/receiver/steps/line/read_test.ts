/** The verbs of the connection, of semantics, of the lower layer and of TLS: what they are read as, and what is refused. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EventKind } from "../../../../receiver/scenario/scenario.ts";
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
    ["message", "link_commit: none", [{ verb: "link_commit", word: "none" }]],
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
      "4:22 rules[0].do[0]: link_nak needs a listener with the framing mllp2, found mllp",
    ]);
    assert.deepEqual(issuesOf(`${listeners("?framing=mllp", "?framing=none")}rules: [${nak}]`), [
      "5:22 rules[0].do[0]: link_nak needs a listener with the framing mllp2, found mllp, none",
    ]);
    const named = "{id: a, when: {listener: l0}, sequence: {steps: [[{link_commit: none}, hold]]}}";
    assert.match(
      issuesOf(`${listeners("?framing=mllp", "?framing=mllp2")}rules: [${named}]`).join(),
      /sequence\.steps\[0\]\[0\]: link_commit needs a listener with the framing mllp2, found mllp$/,
    );
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
