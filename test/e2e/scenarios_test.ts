/**
 * Every scenario of examples/ run by the compiled binary, and the one thing that it shows seen by a raw client. Times that are made for
 * people are shorter here, in a copy of the file: `change` says which. What goes by phases and by chance is held against `--dry-run`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { run } from "../binary.ts";
import { acks, callPort } from "../receiver/caller.ts";
import { read } from "../source.ts";
import { ask, EXAMPLES, foretold, framed, ids, message, messages, shows } from "./scenario_example.ts";

for (const name of EXAMPLES) {
  test(`examples/${name} is fine, and says what it does`, async () => {
    const { code, stdout, stderr } = await run(["receive", `examples/${name}`, "--check", "--explain"]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^examples/${name}: fine: `));
    assert.doesNotMatch(stdout, /it cannot run/);
  });
}

shows("first-two-tries-fail", "gives silence and FIN, half an acknowledgement and RST, and AA", async (receiver) => {
  const tries = [];
  for (let i = 0; i < 2; i++) {
    const caller = await callPort(receiver.port);
    caller.write(messages("A"));
    await caller.untilEnded();
    tries.push([caller.ended, caller.text.length > 0, acks(caller.text).length]);
  }
  assert.deepEqual(tries, [["fin", false, 0], ["reset", true, 0]]);
  assert.deepEqual(acks((await ask(receiver, messages("A"), 1)).text), ["AA A"]);
}, { change: { "after: 2s": "after: 50ms" } });

shows("late-ack", "sends the third acknowledgement behind the fourth", async (receiver) => {
  const caller = await ask(receiver, messages(1, 2, 3, 4), 4);
  assert.deepEqual(acks(caller.text), ["AA 1", "AA 2", "AA 4", "AA 3"]);
}, { change: { "late: 8s": "late: 300ms" } });

shows("ae-for-a-patient", "answers by patient, ward and size", async (receiver) => {
  const caller = await ask(
    receiver,
    [
      message("1", "ADT^A01", "PID|1||12^^^X~900000666^^^HOSP\r"),
      message("2", "ADT^A01", "PID|1||4711\rPV1|1|I|WARD7^3\r"),
      message("3", "ORU^R01", `OBX|1|TX|A||${"x".repeat(1_000_001)}\r`),
      message("4"),
    ].map(framed).join(""),
    4,
  );
  assert.deepEqual(acks(caller.text), ["AE 1", "AR 2", "AE 3", "AA 4"]);
  assert.match(caller.text, /\rERR\|[^\r]*PID\^1\^3[^\r]*204/);
  assert.match(caller.text, /MSA\|AR\|2\|No bed is free\r/);
});

test("examples/maintenance-window.yaml is healthy, slow and refusing, down, and catching up, by its times", async () => {
  const fates = await foretold("maintenance-window", ids(700));
  const phases = Map.groupBy(fates, ({ phase }) => phase);
  const sizes = Array.from(phases, ([phase, { length }]) => [phase, length]);
  assert.deepEqual(sizes, [["healthy", 30], ["brown-out", 30], ["down", 30], ["catch-up", 500], [null, 110]]);
  const refused = phases.get("brown-out")!.filter(({ rule }) => rule === "refuses-more-and-more");
  assert.ok(refused.length > 2 && refused.length < 20, `${refused.length} of 30, 30% on average`);
});

shows(
  "maintenance-window",
  "refuses connections while it is down, cuts off who was there, and comes back",
  async (receiver) => {
    const early = await ask(receiver, messages("early"), 1);
    await receiver.waitFor("stdout", /down has begun/);
    const error = await new Promise((resolve) => connect(receiver.port, "127.0.0.1").once("error", resolve));
    assert.equal((error as { code?: string }).code, "ECONNREFUSED");
    early.write(messages("meanwhile"));
    await early.untilEnded();
    assert.equal(early.ended, "reset");
    await receiver.waitFor("stdout", /catch-up has begun/);
    const late = await ask(receiver, messages(...ids(25)), 25);
    const accepted = acks(late.text).filter((each) => each.startsWith("AA")).length;
    assert.ok(accepted >= 20 && accepted < 25, `20 a second, and a few more on a slow machine: ${accepted} of 25`);
  },
  {
    change: {
      "name: healthy, for: 30s": "name: healthy, for: 1s",
      "name: brown-out\n    for: 30s": "name: brown-out\n    for: 100ms",
      "name: down\n    for: 30s": "name: down\n    for: 3s",
    },
  },
);

shows(
  "slow-receiver-with-a-queue",
  "works on one message after the other, and sends away what does not fit",
  async (receiver) => {
    const began = performance.now();
    const caller = await ask(receiver, messages(...ids(30)), 30);
    const codes = acks(caller.text).map((each) => each.slice(0, 2));
    assert.deepEqual(codes, [...Array(21).fill("AA"), ...Array(9).fill("AR")]);
    assert.ok(performance.now() - began >= 21 * 40 - 5);
  },
);

shows("rate-limit", "takes five messages at once, and refuses the others", async (receiver) => {
  const caller = await ask(receiver, messages(...ids(10)), 10);
  const codes = acks(caller.text).map((each) => each.slice(0, 2));
  assert.deepEqual(codes, [...Array(5).fill("AA"), ...Array(5).fill("AR")]);
  assert.match(caller.text, /MSA\|AR\|M6\|More than 5\/s\r/);
});

shows("half-an-ack-then-reset", "breaks off the fifth acknowledgement with RST", async (receiver) => {
  const caller = await ask(receiver, messages(1, 2, 3, 4), 4);
  caller.write(messages(5));
  await caller.untilEnded();
  assert.equal(caller.ended, "reset");
  const rest = caller.text.slice(caller.text.lastIndexOf("\u001c\r") + 2);
  assert.match(rest, /^\vMSH\|/);
  assert.deepEqual(acks(rest), []);
});

shows(
  "previous-message-ack",
  "acknowledges the message before, once more, nobody's and an unknown one",
  async (receiver) => {
    const caller = await callPort(receiver.port);
    const id = (i: number) => `MESSAGE-${1000 + i}`;
    for (let i = 1; i <= 10; i++) {
      caller.write(messages(id(i)));
      await caller.untilAcks(i);
    }
    const said = acks(caller.text);
    const [unknown] = said.splice(7, 1);
    assert.deepEqual(said, [1, 1, 3, 3, 5, null, 7, 9, 10].map((i) => `AA ${i === null ? "" : id(i)}`));
    assert.match(unknown, /^AA \S+$/);
    assert.doesNotMatch(unknown, /MESSAGE-10(0\d|10)$/);
    const frames = caller.text.split("\u001c\r");
    assert.equal(frames[3], frames[2], "byte for byte");
    assert.notEqual(frames[1], frames[0], "made anew");
  },
);

shows(
  "duplicate-policy",
  "loses the fourth acknowledgement, and answers a duplicate as the first time",
  async (receiver) => {
    const caller = await callPort(receiver.port);
    for (const [i, id] of ["1", "1", "2", "3"].entries()) {
      caller.write(messages(id));
      await caller.untilAcks(i + 1);
    }
    const [first, again] = caller.text.split("\u001c\r");
    assert.equal(again, first, "byte for byte");
    caller.write(messages(4));
    await receiver.waitFor("stdout", /"controlId":"4".*"outcome":"reply_lost"/);
    caller.write(messages(4));
    await caller.untilAcks(5);
    assert.deepEqual(acks(caller.text), ["AA 1", "AA 1", "AA 2", "AA 3", "AA 4"]);
  },
);

shows(
  "enhanced-mode",
  "sends CA and then AA on the same connection, and for results the other way round",
  async (receiver) => {
    const orders = ["1", "2"].map((id) => framed(message(id, "ORM^O01"))).join("");
    assert.deepEqual(acks((await ask(receiver, orders, 4)).text), ["CA 1", "CA 2", "AA 1", "AA 2"]);
    const result = await ask(receiver, framed(message("3", "ORU^R01")), 2);
    assert.deepEqual(acks(result.text), ["AA 3", "CA 3"]);
  },
  { change: { "after 3s": "after 400ms" } },
);

/** Bytes with those that have no look as words. */
function visible(text: string): string {
  const words: Readonly<Record<string, string>> = {
    "\v": "<VT>",
    "\u001c": "<FS>",
    "\r": "<CR>",
    "\n": "<LF>",
    "\0": "<NUL>",
  };
  return Array.from(text, (character) => words[character] ?? character).join("");
}

shows("damaged-frames", "damages eight frames in eight ways", async (receiver) => {
  const caller = await callPort(receiver.port);
  const wanted = [
    /^<VT>MSH.*MSA\|AA\|1<CR><FS>$/,
    /^<CR><LF><VT>MSH.*MSA\|AA\|2<CR><FS><CR>$/,
    /^<VT>MSH((?!<CR>).)*<LF>MSA\|AA\|3<LF><FS><LF>$/,
    /^<VT><FS><CR><VT>MSH.*MSA\|AA\|4<CR><FS><CR>$/,
    /^<VT>MSH.*MSA\|AA\|5<CR><FS><CR><NUL><NUL>$/,
    /^<VT>MSH.*<VT>.*<CR><FS><CR>$/,
    /^HTTP\/1\.1 400 .*<\/html><CR><LF>$/,
    /^<VT>MSH((?!<FS>).)*$/,
  ];
  let before = 0;
  for (const [i, pattern] of wanted.entries()) {
    before = caller.text.length;
    caller.write(messages(i + 1));
    await caller.until(() => pattern.test(visible(caller.text.slice(before))));
  }
  // Nothing of the eighth follows: the ninth begins where it was cut off.
  caller.write(messages(9));
  await caller.until(() => acks(caller.text.slice(before)).includes("AA 9"));
  assert.match(visible(caller.text.slice(before)), /^<VT>MSH((?!<FS>|MSA).)*<VT>MSH((?!<VT>).)*<CR>MSA\|AA\|9/);
});

shows("acks-in-pieces", "sends frames in pieces, and three in one write", async (receiver) => {
  const caller = await callPort(receiver.port);
  const pieces: string[] = [];
  caller.stream.on("data", (bytes: Uint8Array) => pieces.push(new TextDecoder("latin1").decode(bytes)));
  let count = 0;
  // A piece is seen as one only if this process looks in time: a round in which it did is enough.
  for (let round = 0, seen = false; round < 5 && !seen; round++) {
    const cuts = [];
    for (let i = 0; i < 4; i++) {
      pieces.length = 0;
      const began = performance.now();
      caller.write(messages(++count));
      await caller.untilAcks(count);
      cuts.push({ pieces: [...pieces], ms: performance.now() - began });
    }
    assert.ok(cuts[1].ms >= 495 && cuts[3].ms >= 495, "half a second");
    pieces.length = 0;
    caller.write(messages(count + 1, count + 2, count + 3));
    await caller.untilAcks(count += 3);
    const [bytewise, chunks, behind, start] = cuts.map((cut) => cut.pieces);
    seen = bytewise.length > 20 && chunks.length > 3 && behind.at(-1) === "\r" && start[0] === "\v" &&
      pieces.length === 1;
    if (round === 4) assert.ok(seen, JSON.stringify(cuts));
  }
});

shows("acks-out-of-order", "answers three messages in reverse order", async (receiver) => {
  assert.deepEqual(acks((await ask(receiver, messages(1, 2, 3), 3)).text), ["AA 3", "AA 2", "AA 1"]);
});

shows("acks-twice", "answers those messages twice that --dry-run says", async (receiver) => {
  const all = ids(40);
  const fates = await foretold("acks-twice", all, ["--seed", "7"]);
  const wanted = fates.flatMap(({ id, rule }) => rule === "again" ? [`AA ${id}`, `AA ${id}`] : [`AA ${id}`]);
  assert.ok(wanted.length > 42 && wanted.length < 56, `${wanted.length - 40} of 40, 20% on average`);
  const caller = await ask(receiver, messages(...all), wanted.length);
  assert.deepEqual(acks(caller.text), wanted);
}, { args: ["--seed", "7"] });

shows("moody-receiver", "gives each message its fate, whichever connection it takes", async (receiver) => {
  const all = ids(400);
  const fates = await foretold("moody-receiver", all);
  const silent = fates.filter(({ rule }) => rule === "silent").length;
  // Five connections, messages dealt out to them.
  const callers = await Promise.all(Array.from({ length: 5 }, async (_, k) => {
    const own = fates.filter((_, i) => i % 5 === k);
    const due = own.filter(({ rule }) => rule !== "silent").length;
    return await ask(receiver, messages(...own.map(({ id }) => id)), due);
  }));
  const said = callers.flatMap(({ text }) => acks(text)).sort();
  const wanted = fates.flatMap(({ id, rule }) =>
    rule === "silent" ? [] : [`${rule === "refuses" ? "AE" : "AA"} ${id}`]
  );
  assert.deepEqual(said, wanted.sort());
  assert.ok(silent > 0 && said.some((each) => each.startsWith("AE")));
});

shows("poison-message", "breaks at one message, and says nothing any more", async (receiver) => {
  await ask(receiver, messages("before"), 1);
  const caller = await callPort(receiver.port);
  caller.write(framed(message("poison", "ADT^A08", "PID|1||900000666\r")));
  await caller.untilEnded();
  assert.equal(caller.ended, "reset");
  (await callPort(receiver.port)).write(messages("after"));
  await receiver.waitFor("stdout", /"controlId":"after".*"rule":"down".*"outcome":"held"/);
});

shows("query-response", "answers queries in their own form, every third with an error", async (receiver) => {
  const query = (id: string) => framed(message(id, "QRY^A19", "QRD|20260131|R|I|Q1|||1^RD|4711|DEM\rQRF|ADT\r"));
  const caller = await ask(receiver, ["1", "2", "3"].map(query).join("") + messages(4), 4);
  assert.deepEqual(acks(caller.text), ["AA 1", "AA 2", "AE 3", "AA 4"]);
  const [first, , , plain] = caller.text.split("\u001c\r");
  assert.match(first, /\|ADR\^A19[^|]*\|[\s\S]*\rQRD\|20260131\|R\|I\|Q1/);
  assert.match(plain, /\|ACK\^A01/);
});

shows("asked-by-the-message", "does what a message asks for, and takes the others", async (receiver) => {
  const asking = (id: string, what: string) => framed(message(id).replace("||ADT^A01", `|fault:${what}|ADT^A01`));
  const began = performance.now();
  const caller = await ask(receiver, messages(1) + asking("2", "code=AR") + asking("3", "delay=300ms;code=AE"), 3);
  assert.deepEqual(acks(caller.text), ["AA 1", "AR 2", "AE 3"]);
  assert.ok(performance.now() - began >= 295);
  caller.write(asking("4", "reset"));
  await caller.untilEnded();
  assert.equal(caller.ended, "reset");
});

test("examples are all shown, here or among those of connections", () => {
  const tests = ["scenarios", "scenarios_connection"].map((name) => read(`test/e2e/${name}_test.ts`)).join("\n");
  const shown = Array.from(tests.matchAll(/^shows\(\s*"([^"]+)"/gm), ([, name]) => `${name}.yaml`);
  assert.deepEqual([...new Set(shown)].sort(), EXAMPLES);
});
