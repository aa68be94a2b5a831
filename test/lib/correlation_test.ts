import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8 } from "../../lib/bytes.ts";
import { type AckMatch, Correlation, HISTORY, MATCH_MEANINGS } from "../../lib/correlation.ts";

const A = utf8("MSG-A");
const B = utf8("MSG-B");
const NONE = utf8("");

test("Correlation knows the acknowledgement of a message that waits as its own, in any order", () => {
  const sent = new Correlation(3);
  const a = sent.open(A);
  const b = sent.open(B);
  assert.equal(sent.match(B, false), "own");
  assert.equal(sent.found, b);
  assert.equal(sent.match(A, true), "own");
  assert.equal(sent.found, a);
  assert.equal(sent.withoutId, false);
});

test("Correlation compares a part of a buffer in place", () => {
  const sent = new Correlation(1);
  sent.open(A);
  const ack = utf8("MSA|AA|MSG-A|text");
  assert.equal(sent.match(ack, false, 7, 12), "own");
  assert.equal(sent.match(ack, false, 7, 11), "wrong_id");
  assert.equal(sent.match(ack, false, 6, 12), "wrong_id");
});

test("Correlation takes a negative acknowledgement without an id for the only message that waits", () => {
  const sent = new Correlation(2);
  const a = sent.open(A);
  assert.equal(sent.match(NONE, false), "wrong_id");
  assert.equal(sent.match(NONE, true), "own");
  assert.equal(sent.found, a);
  assert.equal(sent.withoutId, true);
  sent.open(B);
  assert.equal(sent.match(NONE, true), "wrong_id");
  assert.equal(sent.withoutId, false);
});

test("Correlation takes an empty id for that of a message that has none itself", () => {
  const sent = new Correlation(1);
  const entry = sent.open(NONE);
  assert.equal(sent.match(NONE, false), "own");
  assert.equal(sent.found, entry);
  assert.equal(sent.withoutId, false);
});

test("Correlation knows a duplicate from a stale one by whether anything was sent since the answer", () => {
  const sent = new Correlation(1);
  sent.answered(sent.open(A));
  assert.equal(sent.match(A, false), "duplicate");
  const b = sent.open(B);
  assert.equal(sent.match(A, false), "stale");
  sent.answered(b);
  assert.equal(sent.match(A, false), "stale");
  assert.equal(sent.match(B, false), "duplicate");
});

test("Correlation knows a late one from one for a message given up", () => {
  const sent = new Correlation(2);
  sent.timedOut(sent.open(A));
  sent.givenUp(sent.open(B));
  assert.equal(sent.match(A, false), "late");
  assert.equal(sent.match(B, false), "stale");
});

test("Correlation takes a late acknowledgement that is answered at last for a duplicate from then on", () => {
  const sent = new Correlation(1);
  const a = sent.open(A);
  sent.timedOut(a);
  assert.equal(sent.match(A, false), "late");
  sent.answered(a);
  assert.equal(sent.match(A, false), "duplicate");
  assert.equal(sent.waiting, 0);
});

test("Correlation calls an unknown id wrong while something waits, and unsolicited while nothing does", () => {
  const sent = new Correlation(1);
  assert.equal(sent.match(A, false), "unsolicited");
  const b = sent.open(B);
  assert.equal(sent.match(A, false), "wrong_id");
  assert.equal(sent.found, -1);
  sent.answered(b);
  assert.equal(sent.match(A, false), "unsolicited");
});

test("Correlation takes an id used twice for its latest use", () => {
  const sent = new Correlation(2);
  sent.answered(sent.open(A));
  const again = sent.open(A);
  assert.equal(sent.match(A, false), "own");
  assert.equal(sent.found, again);
});

test("Correlation forgets a message when its history has passed on", () => {
  const sent = new Correlation(1);
  sent.answered(sent.open(A));
  for (let i = 0; i < HISTORY; i++) sent.answered(sent.open(utf8(`M${i}`)));
  assert.equal(sent.match(A, false), "stale");
  sent.answered(sent.open(B));
  assert.equal(sent.match(A, false), "unsolicited");
});

test("Correlation goes on around a message that is never answered", () => {
  const sent = new Correlation(2);
  const slow = sent.open(A);
  for (let i = 0; i < 5 * HISTORY; i++) {
    const entry = sent.open(utf8(`M${i}`));
    assert.notEqual(entry, slow);
    assert.equal(sent.oldest, slow);
    sent.answered(entry);
  }
  assert.equal(sent.waiting, 1);
  assert.equal(sent.match(A, false), "own");
  assert.equal(sent.found, slow);
});

test("Correlation refuses to wait for more than it has entries for", () => {
  const sent = new Correlation(1);
  assert.equal(sent.size, 1 + HISTORY);
  for (let i = 0; i < sent.size; i++) sent.open(utf8(`M${i}`));
  assert.throws(() => sent.open(A), {
    name: "RangeError",
    message: "Cannot wait for more than 257 acknowledgements on one connection",
  });
  sent.answered(sent.oldest);
  assert.equal(sent.open(A), 0);
});

test("Correlation keeps ids of any width, and those it has when a wider one comes", () => {
  const sent = new Correlation(4);
  const wide = utf8("W".repeat(200));
  const a = sent.open(A);
  const w = sent.open(wide);
  assert.equal(sent.match(A, false), "own");
  assert.equal(sent.found, a);
  assert.equal(sent.match(wide, false), "own");
  assert.equal(sent.found, w);
  assert.equal(sent.match(utf8("W".repeat(199)), false), "wrong_id");
  assert.throws(() => sent.open(new Uint8Array(65_536)), RangeError);
  assert.equal(sent.waiting, 2);
});

test("Correlation has a meaning for people for each match but 'own'", () => {
  const matches: AckMatch[] = ["late", "duplicate", "stale", "wrong_id", "unsolicited"];
  assert.deepEqual(Object.keys(MATCH_MEANINGS).sort(), [...matches].sort());
});

/** The same, told plainly: an ever growing list. */
class Model {
  readonly sent: { id: string; state: "waiting" | "answered" | "late" | "stale"; answeredAt: number }[] = [];

  waiting(): number[] {
    return this.sent.flatMap(({ state }, i) => state === "waiting" ? [i] : []);
  }

  match(id: string, negative: boolean): [AckMatch, number] {
    const waiting = this.waiting();
    if (waiting.length > 0 && this.sent[waiting[0]].id === id) return ["own", waiting[0]];
    if (id === "" && negative && waiting.length === 1) return ["own", waiting[0]];
    for (let i = this.sent.length - 1; i >= 0; i--) {
      const { state, answeredAt } = this.sent[i];
      if (this.sent[i].id !== id) continue;
      if (state === "waiting") return ["own", i];
      if (state === "answered") return [answeredAt === this.sent.length ? "duplicate" : "stale", i];
      return [state, i];
    }
    return [waiting.length > 0 ? "wrong_id" : "unsolicited", -1];
  }
}

test("Correlation does what an ever growing list would do", () => {
  const id = fc.constantFrom("", "1", "2", "3", "10", "A-LONGER-CONTROL-ID-OF-40-CHARACTERS-....");
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ verb: fc.constant("open" as const), id }) },
    { weight: 3, arbitrary: fc.record({ verb: fc.constant("match" as const), id, negative: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ verb: fc.constantFrom("answered", "timedOut", "givenUp"), which: fc.nat() }) },
  );
  const states = { answered: "answered", timedOut: "late", givenUp: "stale" } as const;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const sent = new Correlation(8);
      const model = new Model();
      const entries: number[] = [];
      for (const each of steps) {
        const waiting = model.waiting();
        if (each.verb === "open") {
          entries.push(sent.open(utf8(each.id)));
          model.sent.push({ id: each.id, state: "waiting", answeredAt: -1 });
        } else if (each.verb === "match") {
          const [match, index] = model.match(each.id, each.negative);
          assert.equal(sent.match(utf8(each.id), each.negative), match);
          assert.equal(sent.found, index < 0 ? -1 : entries[index]);
        } else if (waiting.length > 0) {
          const index = waiting[each.which % waiting.length];
          sent[each.verb](entries[index]);
          model.sent[index].state = states[each.verb];
          model.sent[index].answeredAt = model.sent.length;
        }
        const left = model.waiting();
        assert.equal(sent.waiting, left.length);
        assert.equal(sent.oldest, left.length === 0 ? -1 : entries[left[0]]);
      }
    }),
    { seed: 1, numRuns: 3000 },
  );
});
