import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { linkMaker } from "../../../lib/link/make.ts";
import { ack } from "../../peer.ts";
import { accepts, type Arrived, type Receiver, Rig, silent, total } from "./rig.ts";

const resets: Receiver = ({ session, later }) => later(1, () => session.reset());
const closes: Receiver = ({ session, later }) => later(1, () => void session.close());

describe("Attack, every planned message", () => {
  test("Attack tells of each message, with its reply or why there is none", async () => {
    const told: unknown[] = [];
    const rig = new Rig(
      ({ ordinal, id, reply, session }) => ordinal === 0 ? reply(ack(id), 5) : session.reset(),
      { rate: 10, count: 2 },
      {
        settled({ controlId, message, outcome, code, attempts, error, reply, ...times }) {
          const text = new TextDecoder().decode(message);
          told.push({ controlId, outcome, code, attempts, error, reply: reply && new TextDecoder().decode(reply) });
          assert.ok(text.includes(`|${controlId}|`), text);
          const { due, sent, settled, lagUs, serviceUs, responseUs } = times;
          // The stamps of a message bear whole milliseconds.
          assert.ok(Math.abs(sent.getTime() - due!.getTime() - lagUs / 1000) <= 1, `${lagUs}`);
          assert.ok(Math.abs(settled.getTime() - sent.getTime() - serviceUs / 1000) <= 1, `${serviceUs}`);
          assert.ok(Math.abs(lagUs + serviceUs - responseUs) < 1, `${lagUs} ${serviceUs} ${responseUs}`);
        },
        keepBytes: true,
      },
    );
    await rig.play();
    const [a, b] = rig.arrived.map(({ id }) => id);
    const why = "the receiver reset the connection before the reply";
    assert.deepEqual(told, [
      { controlId: a, outcome: "accepted", code: "AA", attempts: 1, error: "", reply: `\v${ack(a)}\u001c\r` },
      { controlId: b, outcome: "reset", code: null, attempts: 1, error: why, reply: null },
    ]);
  });

  test("Attack tells of the messages that were never sent too", async () => {
    const told: [number, string, number][] = [];
    const rig = new Rig(accepts(400), { rate: 10, durationMs: 1000, maxQueue: 3 }, {
      settled: ({ k, outcome, attempts, serviceUs }) => {
        told.push([k, outcome, attempts]);
        assert.equal(Number.isNaN(serviceUs), attempts === 0);
      },
    });
    const run = await rig.play();
    assert.equal(told.length, run.planned);
    assert.deepEqual(told.map(([k]) => k).sort((a, b) => a - b), Array.from({ length: run.planned }, (_, k) => k));
    for (const outcome of ["accepted", "dropped", "unsent"] as const) {
      const seen = told.filter(([, each]) => each === outcome);
      assert.ok(seen.length > 0 && seen.length === run.outcomes[outcome], outcome);
      assert.ok(seen.every(([, , attempts]) => attempts === (outcome === "accepted" ? 1 : 0)));
    }
  });

  /** The one that replies more than once. */
  const SEVERAL = 9;
  const acts: readonly ((arrived: Arrived) => void)[] = [
    ({ id, reply }) => reply(ack(id), 3),
    ({ id, reply }) => reply(ack(id, "AE", "no"), 40),
    ({ id, reply }) => reply(ack(id, "AR"), 1),
    silent,
    resets,
    closes,
    ({ reply }) => reply(ack("NOBODY")),
    ({ write }) => write("garbage"),
    ({ write, session, later }) => {
      write("\vMSH|^~");
      later(3, () => void session.close());
    },
    ({ id, reply }) => {
      reply(ack(id, "CA"), 2);
      reply(ack(id), 300);
      reply(ack(id), 301);
    },
  ];

  test("Attack gives each planned message exactly one outcome, whatever the receiver does and however the run ends", {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          script: fc.array(fc.nat(acts.length - 1), { minLength: 1, maxLength: 12 }),
          rate: fc.constantFrom(null, 5, 50, 400),
          connections: fc.integer({ min: 1, max: 5 }),
          inFlight: fc.constantFrom(1, 1, 4),
          single: fc.boolean(),
          mllp2: fc.boolean(),
          strict: fc.boolean(),
          any: fc.boolean(),
          retries: fc.nat(2),
          reconnect: fc.boolean(),
          maxQueue: fc.constantFrom(1, 20, 100_000),
          drainMs: fc.constantFrom(0, 500, 3000),
          end: fc.constantFrom("duration", "count", "stop", "abort"),
          endAt: fc.integer({ min: 1, max: 1500 }),
          awayAt: fc.option(fc.integer({ min: 1, max: 1200 })),
        }),
        async (choice) => {
          const { script, single, end, endAt, awayAt, rate } = choice;
          const rig = new Rig((arrived) => {
            const act = script[arrived.ordinal % script.length];
            // Where whatever comes settles a message, several replies to each would breed messages without end.
            acts[choice.any && act === SEVERAL ? 0 : act](arrived);
          }, {
            rate,
            connections: choice.connections,
            inFlight: single ? 1 : choice.inFlight,
            connectionPerMessage: single,
            makeLink: linkMaker({
              framing: choice.mllp2 ? "mllp2" : "mllp",
              profile: choice.strict ? "strict" : "tolerant",
              mllp2: { commitTimeoutMs: 200 },
            }),
            match: choice.any ? "any" : "id",
            timeoutMs: 120,
            retries: choice.retries,
            onTimeout: choice.reconnect ? "reconnect" : "keep",
            maxQueue: choice.maxQueue,
            drainMs: choice.drainMs,
            backoff: { kind: "exponential", firstMs: 20, mostMs: 200 },
            durationMs: end === "duration" ? endAt : Infinity,
            count: end === "count" ? endAt % 60 + 1 : Infinity,
          });
          const run = await rig.play({
            [endAt]: ({ attack }) => {
              if (end === "stop") attack.stop("SIGINT");
              if (end === "abort") attack.abort();
            },
            ...(awayAt === null || awayAt === endAt ? {} : { [awayAt]: () => rig.refusing = !rig.refusing }),
          });
          assert.equal(total(run), run.planned);
          assert.equal(run.intervals.reduce((sum, row) => sum + row.accepted + row.errors, 0), run.planned);
          assert.ok(run.sent <= run.planned);
          if (rate === null) assert.equal(run.outcomes.dropped, 0);
          if (end === "count" && rate !== null) assert.equal(run.planned, endAt % 60 + 1);
          const ids = new Set(rig.arrived.map(({ id }) => id));
          assert.ok(ids.size <= run.planned, "no message was invented");
        },
      ),
      { numRuns: 200, seed: 20261122 },
    );
  });
});
