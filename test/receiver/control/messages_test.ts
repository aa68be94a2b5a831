/** The routes of messages and of who watches, on a receiver without connections. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Document } from "../../../receiver/scenario/document.ts";
import { Bench, turn } from "./fake_surface.ts";

/** A receiver that has got an ADT, an ORU and another ADT. */
function filled(options: ConstructorParameters<typeof Bench>[1] = {}): Bench {
  const bench = new Bench('rules: [{id: lab, when: {type: "ORU"}, do: [{reply: AE}]}]', options);
  bench.receiver.receive({ id: "M1", rest: "PID|1||4711^^^H||M\u00fcster^Eva\r" });
  bench.clock.advance(1000);
  bench.receiver.receive({ id: "M2", type: "ORU^R01" });
  bench.clock.advance(1000);
  bench.receiver.receive({ id: "M3", type: "ADT^A08" });
  return bench;
}

async function numbers(bench: Bench, line: string, body?: unknown): Promise<unknown[]> {
  const answer = await bench.ask(line, body);
  assert.equal(answer.status, 200, answer.text);
  return ((answer.body as Document).messages as Document[]).map(({ n }) => n);
}

describe("GET /v1/messages", () => {
  test("GET /v1/messages lists entries without the messages' text, and says how much is remembered", async () => {
    const { body, text } = await filled().ask("GET /v1/messages");
    const { messages, memory } = body as { messages: Document[]; memory: Document };
    assert.deepEqual(messages.map(({ n, type, rule }) => [n, type, rule]), [
      [1, "ADT^A01", null],
      [2, "ORU^R01", "lab"],
      [3, "ADT^A08", null],
    ]);
    assert.deepEqual(memory, { entries: 3, received: 3 });
    assert.doesNotMatch(text, /4711|payload/);
  });

  test("GET /v1/messages picks by number, time, type, rule and by there being none", async () => {
    const bench = filled();
    assert.deepEqual(await numbers(bench, "GET /v1/messages?limit=2"), [2, 3]);
    assert.deepEqual(await numbers(bench, "GET /v1/messages?since=2"), [3]);
    assert.deepEqual(await numbers(bench, "GET /v1/messages?since=2026-01-31T12:00:01.000Z"), [2, 3]);
    assert.deepEqual(await numbers(bench, "GET /v1/messages?type=ADT%5EA0*"), [1, 3]);
    assert.deepEqual(await numbers(bench, "GET /v1/messages?rule=lab"), [2]);
    assert.deepEqual(await numbers(bench, "GET /v1/messages?unmatched=true&limit=1"), [3]);
  });

  test("GET /v1/messages refuses keys that it does not know and values that are none", async () => {
    const bench = filled();
    assert.match(
      (await bench.problem("GET /v1/messages?limt=2")).message,
      /Unknown query key 'limt': did you mean 'limit'/,
    );
    for (const query of ["limit=0", "limit=x", "since=yesterday", "unmatched=1"]) {
      const { status, code } = await bench.problem(`GET /v1/messages?${query}`);
      assert.deepEqual([status, code], [400, "bad_request"], query);
    }
  });

  test("GET /v1/messages waits for what has come and is not done with yet", async () => {
    const bench = filled();
    let settle = () => {};
    bench.receiver.pending = new Promise((resolve) => settle = resolve);
    const answered = numbers(bench, "GET /v1/messages");
    await turn();
    bench.receiver.receive({ id: "M4" });
    settle();
    assert.deepEqual(await answered, [1, 2, 3, 4]);
  });
});

describe("GET /v1/messages/{n}", () => {
  test("GET /v1/messages/{n} shows one entry, and its text as bytes, as lines and as fields", async () => {
    const bench = filled();
    assert.equal(((await bench.ask("GET /v1/messages/2")).body as { message: Document }).message.controlId, "M2");
    const bin = await bench.fetch("GET /v1/messages/1.bin");
    assert.equal(bin.headers.get("content-type"), "application/octet-stream");
    const bytes = new Uint8Array(await bin.arrayBuffer());
    assert.equal(bytes.indexOf(0xfc), -1);
    assert.ok(bytes.indexOf(0xc3) > 0);
    const { text } = await bench.ask("GET /v1/messages/1.hl7");
    assert.match(text, /^MSH\|.*\r\nPID\|1\|\|4711.*\r\n$/);
    const { body } = await bench.ask("GET /v1/messages/1.json");
    const { segments, controlId } = body as unknown as {
      segments: { name: string; fields: string[] }[];
      controlId: string;
    };
    assert.equal(controlId, "M1");
    assert.deepEqual(segments[0].fields.slice(0, 3), ["|", "^~\\&", "ADT"]);
    assert.deepEqual(segments[1], { name: "PID", fields: ["1", "", "4711^^^H", "", "M\u00fcster^Eva"] });
  });

  test("GET /v1/messages/{n} says of a message that is not there how many have come", async () => {
    const bench = filled();
    assert.match((await bench.problem("GET /v1/messages/9")).message, /There is no message 9: 3 have come/);
    assert.equal((await bench.problem("GET /v1/messages/x")).status, 400);
    assert.equal((await bench.problem("GET /v1/messages/-1.bin")).status, 400);
  });

  test("GET /v1/messages/{n}.hl7 needs messages that are kept whole, and names the flag", async () => {
    const bench = filled({ payload: "headers" });
    for (const form of ["hl7", "bin", "json"]) {
      const { status, message } = await bench.problem(`GET /v1/messages/1.${form}`);
      assert.equal(status, 409);
      assert.match(message, /--payload full/);
    }
  });
});

describe("POST /v1/messages/find and /count", () => {
  test("POST /v1/messages/find takes the conditions of rules", async () => {
    const bench = filled();
    assert.deepEqual(await numbers(bench, "POST /v1/messages/find", { "PID-3.1": "4711" }), [1]);
    assert.deepEqual(await numbers(bench, "POST /v1/messages/find?limit=1", "type: ADT"), [3]);
    assert.equal(((await bench.ask("POST /v1/messages/count", "type: ADT")).body as Document).count, 2);
  });

  test("POST /v1/messages/find tells what is wrong with conditions, and what was not kept", async () => {
    const bench = filled({ payload: "headers" });
    const { status, issues } = await bench.problem("POST /v1/messages/find", "{any: [{tpye: ADT}]}");
    assert.equal(status, 422);
    assert.deepEqual(issues?.map(({ path, column }) => [path, column]), [["any[0].tpye", 9]]);
    assert.equal((await bench.problem("POST /v1/messages/find", "")).status, 422);
    const { status: kept, message } = await bench.problem("POST /v1/messages/find", { "PID-3.1": "4711" });
    assert.equal(kept, 422);
    assert.match(message, /PID-3/);
  });
});

describe("GET /v1/explain", () => {
  test("GET /v1/explain gives the reasons for a message", async () => {
    const bench = filled();
    const { body } = await bench.ask("GET /v1/explain?message=2");
    const { n, considered } = body as unknown as { n: number; considered: Document[] };
    assert.equal(n, 2);
    assert.equal(considered[0].rule, "lab");
    assert.equal((await bench.problem("GET /v1/explain?message=9")).status, 404);
    assert.equal((await bench.problem("GET /v1/explain")).status, 400);
  });
});

describe("POST /v1/verify", () => {
  test("POST /v1/verify judges an expectation by what has come", async () => {
    const bench = filled();
    const verdict = async (body: unknown) => (await bench.ask("POST /v1/verify", body)).body as Document;
    assert.equal((await verdict({ count: { when: { type: "ADT" }, is: 2 } })).pass, true);
    const failed = await verdict("count: {when: {type: ADT^A04}, at_least: 1}");
    assert.deepEqual([failed.pass, failed.memory], [false, { entries: 3, received: 3 }]);
    assert.ok((failed.nearest as unknown[]).length > 0);
  });

  test("POST /v1/verify tells where an expectation is wrong", async () => {
    const { status, issues } = await filled().problem("POST /v1/verify", "count:\n  when: {type: ADT}\n  at_lest: 1");
    assert.equal(status, 422);
    assert.deepEqual(issues?.map(({ path, line }) => [path, line])[0], ["count.at_lest", 3]);
  });

  test("POST /v1/verify drains what is under way before it judges", async () => {
    const bench = filled();
    let settle = () => {};
    bench.receiver.pending = new Promise((resolve) => settle = resolve);
    const answered = bench.ask("POST /v1/verify", { count: { when: { type: "ADT" }, is: 3 } });
    await turn();
    bench.receiver.receive({ id: "M4" });
    settle();
    assert.equal(((await answered).body as Document).pass, true);
  });
});

describe("POST /v1/wait", () => {
  const three = { count: { when: { type: "ADT" }, at_least: 3 } };

  /** Lets what waits look again. */
  async function pass(bench: Bench, ms: number): Promise<void> {
    await turn();
    bench.clock.advance(ms);
    await turn();
  }

  test("POST /v1/wait answers at once where it passes, or never can", async () => {
    const bench = filled();
    const met = (await bench.ask("POST /v1/wait", { count: { when: { type: "ADT" }, at_least: 2 } })).body as Document;
    assert.deepEqual([met.pass, met.waitedMs], [true, 0]);
    const never = (await bench.ask("POST /v1/wait", { none: { type: "ORU" } })).body as Document;
    assert.deepEqual([never.pass, never.decided, never.waitedMs], [false, true, 0]);
    assert.equal(bench.receiver.listening, 0);
  });

  test("POST /v1/wait answers when the message has come that was missing", async () => {
    const bench = filled();
    const answered = bench.ask("POST /v1/wait?timeout=30s", three);
    await pass(bench, 5000);
    bench.receiver.receive({ id: "M4" });
    const { pass: passed, waitedMs } = (await answered).body as Document;
    assert.deepEqual([passed, waitedMs], [true, 5000]);
    assert.equal(bench.receiver.listening, 0);
  });

  test("POST /v1/wait waits for what must not happen until it does, or until the time is over", async () => {
    const bench = filled();
    const none = { none: { type: "ADT^A04" } };
    const answered = bench.ask("POST /v1/wait?timeout=2s", none);
    await pass(bench, 2000);
    assert.deepEqual([((await answered).body as Document).pass, ((await answered).body as Document).waitedMs], [
      true,
      2000,
    ]);
    const broken = bench.ask("POST /v1/wait?timeout=2s", none);
    await turn();
    bench.receiver.receive({ id: "M4", type: "ADT^A04" });
    await pass(bench, 10);
    assert.equal(((await broken).body as Document).pass, false);
  });

  test("POST /v1/wait answers at the end of its time with what came closest", async () => {
    const bench = filled();
    const answered = bench.ask("POST /v1/wait?timeout=2s", three);
    await pass(bench, 1000);
    bench.receiver.receive({ id: "M4", type: "ORU^R01" });
    await pass(bench, 1000);
    const { pass: passed, waitedMs, nearest } = (await answered).body as Document;
    assert.deepEqual([passed, waitedMs], [false, 2000]);
    assert.ok((nearest as unknown[]).length > 0);
  });

  test("POST /v1/wait looks once for many messages that come at a time", async () => {
    const bench = filled();
    let looks = 0;
    const verify = bench.receiver.verify.bind(bench.receiver);
    bench.receiver.verify = (expectation) => (looks++, verify(expectation));
    const answered = bench.ask("POST /v1/wait", { count: { when: { type: "ORU" }, at_least: 500 } });
    await turn();
    for (let i = 0; i < 499; i++) bench.receiver.receive({ id: `N${i}`, type: "ORU^R01" });
    await pass(bench, 10);
    assert.equal(((await answered).body as Document).pass, true);
    assert.equal(looks, 2);
  });

  test("POST /v1/wait is answered when the API stops, and refuses a time that is too long", async () => {
    const bench = filled();
    assert.match((await bench.problem("POST /v1/wait?timeout=11m", three)).message, /10m at most/);
    const answered = bench.ask("POST /v1/wait", three);
    await turn();
    bench.app.close();
    assert.equal(((await answered).body as Document).pass, false);
  });

  test("POST /v1/wait ends when its client has gone", async () => {
    const bench = filled();
    const client = new AbortController();
    const request = new Request("http://127.0.0.1:8575/v1/wait", {
      method: "POST",
      body: JSON.stringify(three),
      signal: client.signal,
    });
    const answered = bench.app.fetch(request);
    await turn();
    assert.equal(bench.receiver.listening, 1);
    client.abort();
    await answered;
    assert.equal(bench.receiver.listening, 0);
  });

  test("POST /v1/wait refuses the hundred and first who waits", async () => {
    const bench = filled();
    const waiting = Array.from({ length: 100 }, () => bench.ask("POST /v1/wait", three));
    await turn();
    await turn();
    const { status, code } = await bench.problem("POST /v1/wait", three);
    assert.deepEqual([status, code], [503, "busy"]);
    bench.app.close();
    await Promise.all(waiting);
  });
});
