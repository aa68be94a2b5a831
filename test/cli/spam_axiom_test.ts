import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AxiomSink, type AxiomTimes } from "../../cli/spam/axiom.ts";
import { answer, type AxiomScript, takes, withAxiom } from "../axiom_stub.ts";
import { closedPort } from "../peer.ts";
import { settledMessage } from "./settled_message.ts";

const never = new AbortController().signal;
const TOKEN = "xaat-0000-example";
/** Short, so that a test takes no time; what is tested is what happens, not when. */
const TIMES: AxiomTimes = { gatherMs: 2, answerMs: 30_000, waitsMs: [1, 1], longestWaitMs: 5, flushMs: 20_000 };

async function open(url: string, about: { payload?: boolean; times?: Partial<AxiomTimes> } = {}) {
  const warnings: string[] = [];
  const sink = await AxiomSink.open({
    dataset: "example",
    token: TOKEN,
    url,
    payload: about.payload ?? false,
    warn: (text) => warnings.push(text),
    times: { ...TIMES, ...about.times },
  });
  return { sink, warnings };
}

function feed(sink: AxiomSink, count: number): void {
  for (let k = 0; k < count; k++) sink.settled(settledMessage(k));
}

describe("AxiomSink", () => {
  test("AxiomSink delivers an event for each message to the dataset, with the token", async () => {
    await withAxiom(takes, async (url, asked) => {
      const { sink, warnings } = await open(url);
      feed(sink, 5000);
      assert.deepEqual(await sink.finish(never), { to: "axiom", delivered: 5000, lost: 0, note: "" });
      const events = asked.flatMap(({ events }) => events);
      assert.deepEqual(events.map(({ k }) => k), Array.from({ length: 5000 }, (_, k) => k));
      assert.equal(new Set(events.map(({ correlationId }) => correlationId)).size, 5000);
      assert.ok(events.every(({ message }) => message === null));
      const { path, headers } = asked[0];
      assert.deepEqual([path, headers.authorization, headers["content-type"], headers["content-encoding"]], [
        "/v1/datasets/example/ingest",
        `Bearer ${TOKEN}`,
        "application/x-ndjson",
        "gzip",
      ]);
      assert.deepEqual(warnings, []);
    });
  });

  test("AxiomSink delivers while the run goes on, one request at a time", async () => {
    let under = 0;
    let most = 0;
    const slow: AxiomScript = (asked, response, ordinal) => {
      most = Math.max(most, ++under);
      setImmediate(() => {
        under--;
        takes(asked, response, ordinal);
      });
    };
    await withAxiom(slow, async (url, asked) => {
      const { sink } = await open(url);
      for (let round = 1; round <= 3; round++) {
        feed(sink, 10);
        while (asked.flatMap(({ events }) => events).length < 10 * round) {
          await new Promise((done) => setTimeout(done, 1));
        }
      }
      assert.equal((await sink.finish(never)).delivered, 30);
      assert.equal(most, 1);
    });
  });

  test("AxiomSink tries again after 429 and 5xx, and delivers when Axiom recovers", async () => {
    const recovers: AxiomScript = (asked, response, ordinal) => {
      if (ordinal === 0) answer(response, 429, {}, { "Retry-After": "0" });
      else if (ordinal === 1) answer(response, 503);
      else takes(asked, response, ordinal);
    };
    await withAxiom(recovers, async (url, asked) => {
      const { sink } = await open(url);
      feed(sink, 10);
      assert.deepEqual(await sink.finish(never), { to: "axiom", delivered: 10, lost: 0, note: "" });
      assert.equal(asked.length, 3);
    });
  });

  test("AxiomSink gives a batch up after so many tries, counts it and says why", async () => {
    const cases: [number, Record<string, string>, string][] = [
      [500, {}, "Axiom answered 500"],
      [429, { "X-RateLimit-Reset": "99999999999" }, "Axiom answered 429, too many requests"],
    ];
    for (const [status, headers, note] of cases) {
      await withAxiom((_, response) => answer(response, status, {}, headers), async (url, asked) => {
        const { sink, warnings } = await open(url);
        feed(sink, 10);
        assert.deepEqual(await sink.finish(never), { to: "axiom", delivered: 0, lost: 10, note });
        assert.equal(asked.length, 1 + TIMES.waitsMs.length);
        assert.deepEqual(warnings, []);
      });
    }
  });

  test("AxiomSink that is not let in says so once, without the token, and asks no more", async () => {
    for (
      const [status, why] of [[401, "it does not know the token"], [403, "may not write"], [404, "no such dataset"]]
    ) {
      const refuses: AxiomScript = (_, response) => answer(response, status as number, { message: "no entry" });
      await withAxiom(refuses, async (url, asked) => {
        const { sink, warnings } = await open(url);
        feed(sink, 3000);
        while (warnings.length === 0) await new Promise((done) => setTimeout(done, 1));
        feed(sink, 10);
        const { delivered, lost, note } = await sink.finish(never);
        assert.deepEqual([delivered, lost, asked.length, warnings.length], [0, 3010, 1, 1]);
        assert.ok(warnings[0].includes(`Axiom answered ${status}`) && warnings[0].includes(why as string), warnings[0]);
        assert.match(
          warnings[0],
          /^--axiom-dataset example: .*\(no entry\); no further event is sent, the run goes on$/,
        );
        assert.ok(!`${warnings}${note}`.includes(TOKEN));
      });
    }
  });

  test("AxiomSink does not wait for an Axiom that hangs, before its answer or within it", async () => {
    const hangs: AxiomScript[] = [() => {}, (_, response) => {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.write('{"ingested":');
    }];
    for (const hang of hangs) {
      await withAxiom(hang, async (url, asked) => {
        const { sink } = await open(url, { times: { answerMs: 30 } });
        feed(sink, 10);
        const { delivered, lost, note } = await sink.finish(never);
        assert.deepEqual([delivered, lost, note], [0, 10, "Axiom gave no answer in time"]);
        assert.equal(asked.length, 1);
      });
    }
  });

  test("AxiomSink keeps a bounded number of events while Axiom hangs, and counts the rest as lost", async () => {
    await withAxiom(() => {}, async (url, asked) => {
      const { sink } = await open(url);
      feed(sink, 30_000);
      const { delivered, lost, note } = await sink.finish(AbortSignal.abort());
      assert.deepEqual([delivered, lost], [0, 30_000]);
      // One batch is on its way, ten thousand events wait.
      assert.match(note, /17,500: Axiom did not keep up/);
      assert.ok(asked.length <= 1);
    });
  });

  test("AxiomSink ends at once when told to, whatever Axiom does", async () => {
    const stop = new AbortController();
    await withAxiom(() => stop.abort(), async (url) => {
      const { sink } = await open(url, { times: { flushMs: 60_000 } });
      feed(sink, 10);
      assert.equal((await sink.finish(stop.signal)).lost, 10);
    });
    const waiting = new AbortController();
    const later: AxiomScript = (_, response) => {
      answer(response, 429, {}, { "Retry-After": "3600" });
      setImmediate(() => waiting.abort());
    };
    await withAxiom(later, async (url) => {
      const { sink } = await open(url, { times: { longestWaitMs: 60_000, flushMs: 60_000 } });
      feed(sink, 10);
      assert.equal((await sink.finish(waiting.signal)).lost, 10);
    });
  });

  test("AxiomSink gives the last events a bounded time", async () => {
    await withAxiom(() => {}, async (url) => {
      const { sink } = await open(url, { times: { flushMs: 30 } });
      feed(sink, 10);
      assert.equal((await sink.finish(never)).lost, 10);
    });
  });

  test("AxiomSink counts what Axiom refuses of a batch that it takes, and says what it says", async () => {
    const picky: AxiomScript = ({ events }, response) =>
      answer(response, 200, {
        ingested: events.length - 3,
        failed: 3,
        failures: [{ timestamp: "2026-01-31T12:00:00Z", error: "invalid\u001b[2Jtime" }],
      });
    await withAxiom(picky, async (url) => {
      const { sink } = await open(url);
      feed(sink, 10);
      const { delivered, lost, note } = await sink.finish(never);
      assert.deepEqual([delivered, lost, note], [7, 3, "Axiom refused some: invalid\\x1b[2Jtime"]);
    });
  });

  test("AxiomSink does not take a redirect or a bad request for a delivery", async () => {
    for (const [status, headers] of [[302, { Location: "/elsewhere" }], [400, {}]] as const) {
      await withAxiom((_, response) => answer(response, status, {}, headers), async (url, asked) => {
        const { sink } = await open(url);
        feed(sink, 10);
        const { delivered, lost, note } = await sink.finish(never);
        assert.deepEqual([delivered, lost, note, asked.length], [0, 10, `Axiom answered ${status}`, 1]);
      });
    }
  });

  test("AxiomSink that cannot reach Axiom says so, and tries again", async () => {
    const port = await closedPort();
    const { sink } = await open(`http://127.0.0.1:${port}`);
    feed(sink, 10);
    assert.deepEqual(await sink.finish(never), {
      to: "axiom",
      delivered: 0,
      lost: 10,
      note: `cannot reach 127.0.0.1:${port}: connection refused`,
    });
  });

  test("AxiomSink puts replies into its events only when told to", async () => {
    await withAxiom(takes, async (url, asked) => {
      const { sink } = await open(url, { payload: true });
      feed(sink, 1);
      await sink.finish(never);
      assert.match(String(asked[0].events[0].message), /\rMSA\|AA\|M0\r$/);
    });
  });
});
