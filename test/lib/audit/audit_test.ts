import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Audit } from "../../../lib/audit/audit.ts";
import { FAILING } from "../../../lib/audit/document.ts";
import { OUTCOMES } from "../../../lib/outcome.ts";
import { audited, found, hash, HEAD, received, sent, time } from "./ledger.ts";

const ks = (examples: readonly { readonly k: number }[]) => examples.map(({ k }) => k);

describe("Audit of what was lost", () => {
  test("Audit finds nothing where all that was sent was received", () => {
    const document = audited([sent(0), sent(1)], [received(1, 0), received(2, 1)]);
    assert.deepEqual(found(document), {});
    assert.equal(document.pass, true);
    assert.deepEqual(document.received, {
      files: [{ name: "journal.ndjson", messages: 2 }],
      messages: 2,
      different: 2,
      earlier: 0,
    });
  });

  test("Audit tells what was lost with an acknowledgement from what was lost without", () => {
    const log = [sent(0), sent(1), sent(2, { outcome: "timeout" }), sent(3, { outcome: "reset" })];
    const document = audited(log, [received(1, 0)]);
    assert.deepEqual(found(document), { lost: 3, acknowledged_not_received: 1 });
    assert.deepEqual(ks(document.examples.lost), [1, 2, 3]);
    assert.deepEqual(ks(document.examples.acknowledged_not_received), [1]);
    assert.deepEqual(document.failed, ["lost", "acknowledged_not_received"]);
  });

  test("Audit takes for accounted for what the sender was refused, and what it never sent", () => {
    for (const outcome of ["error", "reject", "refused", "dropped", "unsent"] as const) {
      assert.deepEqual(found(audited([sent(0), sent(1, { outcome })], [received(1, 0)])), {}, outcome);
    }
  });

  test("Audit finds what was received while the sender does not know, and passes all the same", () => {
    const unknown = OUTCOMES.filter((outcome) => !["accepted", "error", "reject"].includes(outcome));
    for (const outcome of unknown) {
      const document = audited([sent(0, { outcome })], [received(1, 0)]);
      assert.deepEqual(found(document), { received_not_acknowledged: 1 }, outcome);
      assert.equal(document.pass, true);
    }
    assert.equal(
      audited([sent(0, { outcome: "timeout" })], [received(1, 0)], {
        failOn: ["received_not_acknowledged"],
      }).pass,
      false,
    );
  });

  test("Audit's accounts add up to the lines of the log, whatever the outcomes", () => {
    const { sent: { accepted, refused, unacknowledged, never_sent, messages } } = audited(
      OUTCOMES.map((outcome, k) => sent(k, { outcome })),
      [],
    );
    assert.deepEqual([accepted, refused, unacknowledged, never_sent], [1, 2, 6, 3]);
    assert.equal(messages, OUTCOMES.length);
  });
});

describe("Audit of what came twice", () => {
  test("Audit takes a second receipt for a copy where the first was acknowledged and the sender sent it once", () => {
    const document = audited([sent(0)], [received(1, 0), received(2, 0), received(3, 0)]);
    assert.deepEqual(found(document), { duplicated: 1 });
    assert.deepEqual(document.copies, { duplicated: 2, resent: 0 });
    assert.deepEqual(document.examples.duplicated[0].received.map(({ n }) => n), [1, 2, 3]);
  });

  test("Audit takes a second receipt for sent again where the sender tried twice", () => {
    const document = audited([sent(0, { attempts: 2 })], [received(1, 0), received(2, 0)]);
    assert.deepEqual(found(document), { resent: 1 });
    assert.equal(document.pass, true);
    assert.deepEqual(document.copies, { duplicated: 0, resent: 1 });
    assert.deepEqual(found(audited([sent(0, { attempts: 2 })], [1, 2, 3].map((n) => received(n, 0)))), {
      duplicated: 1,
    });
  });

  test("Audit takes a second receipt for sent again where the receiver had not acknowledged the first", () => {
    const reasons = [
      { outcome: "held", reply: null },
      { outcome: "rst", reply: { code: ["AA"], lastByteAt: time(11) } },
      { reply: { code: ["AE"], lastByteAt: time(11) } },
      // The acknowledgement left only after the second had come.
      { reply: { code: ["AA"], lastByteAt: time(25) } },
    ];
    for (const reason of reasons) {
      const document = audited([sent(0)], [received(1, 0, reason), received(2, 0)]);
      assert.deepEqual(found(document), { resent: 1 }, JSON.stringify(reason));
    }
    // Nobody waits for nothing.
    const copy = [received(1, 0, { outcome: "held", reply: null }), received(2, 0, { at: time(11) })];
    assert.deepEqual(found(audited([sent(0)], copy)), { duplicated: 1 });
  });

  test("Audit looks at what became of a reply later", () => {
    for (const [lastByteAt, finding] of [[time(15), "duplicated"], [time(30), "resent"]] as const) {
      const audit = new Audit({ by: "controlId", order: "key", content: true, list: 9, failOn: FAILING });
      audit.beginLog("run.ndjson");
      audit.sent(sent(0));
      audit.beginJournal("journal.ndjson");
      audit.head(HEAD);
      audit.received(received(1, 0, { outcome: "pending", reply: null }));
      audit.received(received(2, 0));
      audit.amended({ note: "amended", n: 1, at: time(40), outcome: "replied", reply: { code: ["AA"], lastByteAt } });
      assert.deepEqual(found(audit.judge("1", [])), { [finding]: 1 });
    }
  });
});

describe("Audit of contents and strangers", () => {
  test("Audit finds what was received with another content, be it a copy", () => {
    const journal = [received(1, 0, { hash: hash(99) }), received(2, 1), received(3, 1, { hash: hash(98) })];
    const document = audited([sent(0), sent(1)], journal);
    assert.deepEqual(found(document), { altered: 2, duplicated: 1 });
    assert.deepEqual(found(audited([sent(0), sent(1)], journal, { content: false })), { duplicated: 1 });
  });

  test("Audit takes hashes for what they are, upper-case and odd ones too", () => {
    const journal = [received(1, 0, { hash: "aB" }), received(2, 1, { hash: "x" })];
    assert.deepEqual(found(audited([sent(0, { hash: "aB" }), sent(1, { hash: "y" })], journal)), { altered: 1 });
  });

  test("Audit finds what nobody sent, but for what came before the first was sent", () => {
    const early = received(1, 50, { at: new Date(Date.parse(time(0)) - 1).toISOString() });
    const document = audited([sent(0)], [early, received(2, 0), received(3, 51)]);
    assert.deepEqual(found(document), { foreign: 1 });
    assert.equal(document.received.earlier, 1);
    assert.deepEqual(document.examples.foreign, [
      { n: 3, at: time(31), controlId: "M51", file: "journal.ndjson", key: null },
    ]);
  });

  test("Audit lists no more than asked for, and counts all", () => {
    const document = audited([0, 1, 2].map((k) => sent(k)), [], { list: 1 });
    assert.deepEqual([document.counts.lost, ks(document.examples.lost)], [3, [0]]);
    assert.deepEqual(audited([sent(0)], [], { list: 0 }).examples.lost, []);
  });
});

describe("Audit of the order", () => {
  const keyed = (k: number, key: string | null) => sent(k, { key });

  test("Audit finds what came after a message sent later, of the same key, by arrival and not by line", () => {
    const log = [keyed(1, "P1"), keyed(0, "P1"), keyed(2, "P2"), keyed(3, "P1")];
    const journal = [received(4, 0), received(1, 3), received(2, 2), received(3, 1)];
    const document = audited(log, journal);
    assert.deepEqual(found(document), { reordered: 2 });
    assert.deepEqual(document.examples.reordered.map(({ k, overtaken_by }) => [k, overtaken_by?.k]), [[0, 3], [1, 3]]);
  });

  test("Audit looks at the first receipt: one that was sent again is late if that first one was", () => {
    const journal = [received(1, 0, { outcome: "held", reply: null }), received(2, 1), received(3, 0)];
    assert.deepEqual(found(audited([keyed(0, "P"), keyed(1, "P")], journal)), { resent: 1 });
  });

  test("Audit judges the order within keys, of all, or of none", () => {
    const log = [keyed(0, "P1"), keyed(1, "P2")];
    const journal = [received(1, 1), received(2, 0)];
    assert.deepEqual(found(audited(log, journal)), {});
    assert.deepEqual(found(audited(log, journal, { order: "all" })), { reordered: 1 });
    assert.deepEqual(found(audited(log, journal, { order: "none" })), {});
  });

  test("Audit goes by the receiver's keys where the log has none, and says so where nobody has", () => {
    const journal = [received(1, 1, { key: "P" }), received(2, 0, { key: "P" })];
    const document = audited([sent(0), sent(1)], journal);
    assert.deepEqual(found(document), { reordered: 1 });
    assert.deepEqual(document.unjudged, []);
    const blind = audited([sent(0), sent(1)], [received(1, 1), received(2, 0)]);
    assert.deepEqual(found(blind), {});
    assert.match(blind.unjudged.join(), /^order: no message has a key; mllp spam --log-key PATH, or --order all$/);
  });

  test("Audit puts the files of one run together by number, and those of several runs by time", () => {
    const audit = (heads: readonly { run?: string; seed: number }[], numbers: readonly number[]) => {
      const audit = new Audit({ by: "controlId", order: "all", content: true, list: 9, failOn: FAILING });
      audit.beginLog("run.ndjson");
      for (const k of [0, 1, 2]) audit.sent(sent(k));
      heads.forEach((head, i) => {
        audit.beginJournal(`journal.ndjson.${i}`);
        const { run: _, ...anonymous } = HEAD;
        audit.head({ ...anonymous, ...head });
        // The clock was set back in between.
        audit.received(received(numbers[i], i, { at: time(30 - 10 * i) }));
      });
      return found(audit.judge("1", []));
    };
    assert.deepEqual(audit([{ run: "a", seed: 1 }, { run: "a", seed: 1 }, { run: "a", seed: 1 }], [1, 2, 3]), {});
    assert.deepEqual(audit([{ seed: 1 }, { seed: 1 }, { seed: 1 }], [1, 2, 3]), {});
    const apart = { reordered: 2 };
    assert.deepEqual(audit([{ run: "a", seed: 1 }, { run: "b", seed: 1 }, { run: "c", seed: 1 }], [1, 2, 3]), apart);
    assert.deepEqual(audit([{ seed: 1 }, { seed: 1 }, { seed: 1 }], [1, 1, 1]), apart);
    assert.deepEqual(audit([{ seed: 1 }, { seed: 2 }, { seed: 3 }], [1, 2, 3]), apart);
  });
});
