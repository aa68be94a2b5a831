import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Audit } from "../../../lib/audit/audit.ts";
import { FAILING } from "../../../lib/audit/document.ts";
import type { SentMessage } from "../../../lib/audit/records.ts";
import { audited, found, hash, HEAD, received, sent } from "./ledger.ts";

const byKey = { by: "key", content: false } as const;

describe("Audit by key", () => {
  /** An engine gives messages ids of its own and leaves the key alone. */
  const rewritten = (n: number, key: string) => received(n, n + 500, { key, hash: hash(n + 900) });

  test("Audit by key finds messages again under new ids", () => {
    const log = [0, 1, 2].map((k) => sent(k, { key: `K${k}` }));
    const document = audited(log, [rewritten(1, "K0"), rewritten(2, "K2"), rewritten(3, "K9")], byKey);
    assert.deepEqual(found(document), { lost: 1, acknowledged_not_received: 1, foreign: 1 });
    assert.equal(document.examples.lost[0].controlId, "M1");
    assert.equal(document.examples.foreign[0].key, "K9");
    assert.match(document.unjudged.join("\n"), /contents: known by their key[^]*order: messages known by their key/);
  });

  test("Audit by key compares contents where asked to, and the order of all", () => {
    const log = [0, 1].map((k) => sent(k, { key: `K${k}` }));
    const journal = [rewritten(1, "K1"), rewritten(2, "K0")];
    const document = audited(log, journal, { by: "key", content: true, order: "all" });
    assert.deepEqual(found(document), { reordered: 1, altered: 2 });
    assert.deepEqual(document.unjudged, []);
  });

  test("Audit by key counts what is lost and doubled among messages of one key", () => {
    const log = [0, 1, 2].map((k) => sent(k, { key: "P" }));
    const lost = audited(log, [rewritten(1, "P"), rewritten(2, "P")], byKey);
    assert.deepEqual(found(lost), { lost: 1, acknowledged_not_received: 1 });
    assert.match(lost.unjudged.join("\n"), /^3 messages that share a key with another: /);
    const copy = received(4, 8, { key: "P", hash: hash(901) });
    const doubled = audited(log, [rewritten(1, "P"), copy, rewritten(2, "P"), rewritten(3, "P")], byKey);
    assert.deepEqual(found(doubled), { duplicated: 1 });
  });

  test("Audit by key knows those of one key by their content where it was left alone", () => {
    const log = [0, 1, 2].map((k) => sent(k, { key: "P" }));
    const document = audited(log, [received(1, 2, { key: "P" }), received(2, 0, { key: "P" })], byKey);
    assert.deepEqual(document.examples.lost.map(({ k }) => k), [1]);
  });

  test("Audit by key refuses a journal and logs without any", () => {
    const audit = new Audit({ by: "key", order: "key", content: false, list: 1, failOn: FAILING });
    audit.beginJournal("journal.ndjson");
    assert.throws(
      () => audit.head({ ...HEAD, key: null }),
      /^RangeError: no key is kept in this journal; mllp receive/,
    );
    assert.throws(() => audited([sent(0)], [], byKey), /^RangeError: no message in the logs has a key; mllp spam/);
    const some = audited([sent(0, { key: "K0" }), sent(1)], [received(1, 0, { key: "K0" }), received(2, 1)], byKey);
    assert.deepEqual(found(some), {});
    assert.match(some.unjudged[0], /^1 message without a key: known by content and order alone$/);
  });
});

describe("Audit of ids that are not unique", () => {
  test("Audit matches messages of one id by content first, whatever the order", () => {
    const log = [0, 1, 2].map((k) => sent(k, { controlId: "SAME" }));
    const document = audited(log, [2, 0].map((k, n) => received(n + 1, k, { controlId: "SAME" })));
    assert.deepEqual(found(document), { lost: 1, acknowledged_not_received: 1 });
    assert.equal(document.examples.lost[0].k, 1);
  });

  test("Audit lets one of the same id and content stand for each sent, and gives copies to those sent again", () => {
    const same = { controlId: "SAME", hash: hash(1) };
    const log = [sent(0, same), sent(1, { ...same, attempts: 2 }), sent(2, same)];
    const receipts = (count: number) => Array.from({ length: count }, (_, n) => received(n + 1, 0, same));
    assert.deepEqual(found(audited(log, receipts(2))), { lost: 1, acknowledged_not_received: 1 });
    assert.deepEqual(found(audited(log, receipts(3))), {});
    assert.deepEqual(found(audited(log, receipts(4))), { resent: 1 });
    assert.deepEqual(found(audited(log, receipts(5))), { resent: 1, duplicated: 1 });
  });

  test("Audit knows messages without an id by their content", () => {
    const log = [0, 1].map((k) => sent(k, { controlId: "" }));
    const document = audited(log, [received(1, 1, { controlId: "" })]);
    assert.deepEqual(document.examples.lost.map(({ k }) => k), [0]);
  });
});

describe("Audit of several logs", () => {
  function logs(...each: readonly (readonly SentMessage[])[]) {
    const audit = new Audit({ by: "controlId", order: "all", content: true, list: 9, failOn: FAILING });
    each.forEach((log, i) => {
      audit.beginLog(`run-${i}.ndjson`);
      for (const message of log) audit.sent(message);
    });
    audit.beginJournal("journal.ndjson");
    audit.head(HEAD);
    return audit;
  }

  test("Audit of the shards of one run counts k over all of them", () => {
    const audit = logs([sent(0), sent(2)], [sent(1), sent(3)]);
    [2, 1, 0, 3].forEach((k, n) => audit.received(received(n + 1, k)));
    const document = audit.judge("1", []);
    assert.deepEqual(document.examples.reordered.map(({ k, file }) => [k, file]), [
      [0, "run-0.ndjson"],
      [1, "run-1.ndjson"],
    ]);
    assert.deepEqual([document.unjudged, document.warnings], [[], []]);
  });

  test("Audit of runs that each count from 0 judges the order within each", () => {
    const own = (k: number) => sent(k, { controlId: `B${k}`, hash: hash(k + 50) });
    const audit = logs([sent(0), sent(1)], [own(0), own(1)]);
    audit.received(received(1, 1));
    audit.received(received(2, 50, { controlId: "B0" }));
    audit.received(received(3, 51, { controlId: "B1" }));
    audit.received(received(4, 0));
    const document = audit.judge("1", []);
    assert.deepEqual(document.examples.reordered.map(({ controlId }) => controlId), ["M0"]);
    assert.match(document.unjudged.join(), /^order between logs: /);
  });

  test("Audit refuses a log that was given twice, and one with a number in it twice", () => {
    assert.throws(
      () => logs([sent(0)], [sent(0)]).judge("1", []),
      /run-1\.ndjson: message 0 stands in run-0\.ndjson too/,
    );
    assert.throws(() => logs([sent(4), sent(4, { controlId: "X" })]).judge("1", []), /message 4 stands in it twice/);
  });

  test("Audit warns of numbers that are in no log, a shard's others not among them", () => {
    const warned = (...ks: number[]) => logs(ks.map((k) => sent(k))).judge("1", []).warnings.join();
    assert.equal(warned(0, 1, 2), "");
    assert.equal(warned(1, 3, 5), "");
    assert.equal(warned(7), "");
    assert.match(warned(0, 1, 3, 5), /^2 messages of the run are in no log: up to k 5 /);
    assert.match(warned(3, 4), /^3 messages of the run /);
  });
});
