import assert from "node:assert/strict";
import { test } from "node:test";
import { losing } from "./wire.ts";
import { between, FIRST, Script, SECOND } from "./x328_script.ts";

test("X328Link delivers a message in two blocks, each acknowledged: the vectors of the protocol", () => {
  assert.deepEqual(between({ near: { maxBlock: 50 } }, (s) => s.send("near", FIRST + SECOND)), [
    "0 near writes <ENQ><CR>",
    "5 far writes <DLE>0<CR>",
    "10 near writes <STX>100043MSH|^~\\&|A|B|C|D|19990101||ADT^A01|1|P|2.3<CR><ETB>61<CR>",
    "15 far writes <DLE>1<CR>",
    "20 near writes <STX>200017EVN|A01|19990101<CR><ETX>1F<CR>",
    "25 far message MSH|^~\\&|A|B|C|D|19990101||ADT^A01|1|P|2.3<CR>EVN|A01|19990101<CR>",
    "25 far writes <DLE>2<CR>",
    "30 near delivered 1",
    "30 near writes <EOT><CR>",
  ]);
});

test("X328Link bids again on Timer A when its bid is lost", () => {
  assert.deepEqual(between({ fate: losing("near 1") }, (s) => s.send("near", "A\r")), [
    "0 near writes <ENQ><CR> (lost)",
    "6000 near note timer_a",
    "6000 near writes <ENQ><CR>",
    "6005 far writes <DLE>0<CR>",
    "6010 near writes <STX>100002A<CR><ETX>4C<CR>",
    "6015 far message A<CR>",
    "6015 far writes <DLE>1<CR>",
    "6020 near delivered 1",
    "6020 near writes <EOT><CR>",
  ]);
});

test("X328Link bids again when the answer to its bid is lost: before any block that is a new bid", () => {
  assert.deepEqual(between({ fate: losing("far 1") }, (s) => s.send("near", "A\r")), [
    "0 near writes <ENQ><CR>",
    "5 far writes <DLE>0<CR> (lost)",
    "6000 near note timer_a",
    "6000 near writes <ENQ><CR>",
    "6005 far writes <DLE>0<CR>",
    "6010 near writes <STX>100002A<CR><ETX>4C<CR>",
    "6015 far message A<CR>",
    "6015 far writes <DLE>1<CR>",
    "6020 near delivered 1",
    "6020 near writes <EOT><CR>",
  ]);
});

test("X328Link sends a lost block again on Timer A", () => {
  assert.deepEqual(between({ near: { maxBlock: 2 }, fate: losing("near 2") }, (s) => s.send("near", "A\rB\r")), [
    "0 near writes <ENQ><CR>",
    "5 far writes <DLE>0<CR>",
    "10 near writes <STX>100002A<CR><ETB>58<CR> (lost)",
    "6010 near note timer_a",
    "6010 near note resend",
    "6010 near writes <STX>100002A<CR><ETB>58<CR>",
    "6015 far writes <DLE>1<CR>",
    "6020 near writes <STX>200002B<CR><ETX>4C<CR>",
    "6025 far message A<CR>B<CR>",
    "6025 far writes <DLE>2<CR>",
    "6030 near delivered 1",
    "6030 near writes <EOT><CR>",
  ]);
});

test("X328Link answers a repeated block again when its acknowledgement was lost, and takes it once", () => {
  assert.deepEqual(between({ near: { maxBlock: 2 }, fate: losing("far 2") }, (s) => s.send("near", "A\rB\r")), [
    "0 near writes <ENQ><CR>",
    "5 far writes <DLE>0<CR>",
    "10 near writes <STX>100002A<CR><ETB>58<CR>",
    "15 far writes <DLE>1<CR> (lost)",
    "6010 near note timer_a",
    "6010 near note resend",
    "6010 near writes <STX>100002A<CR><ETB>58<CR>",
    "6015 far note duplicate",
    "6015 far writes <DLE>1<CR>",
    "6020 near writes <STX>200002B<CR><ETX>4C<CR>",
    "6025 far message A<CR>B<CR>",
    "6025 far writes <DLE>2<CR>",
    "6030 near delivered 1",
    "6030 near writes <EOT><CR>",
  ]);
});

test("X328Link sends a lost last block again on Timer A", () => {
  assert.deepEqual(between({ near: { maxBlock: 2 }, fate: losing("near 3") }, (s) => s.send("near", "A\rB\r")), [
    "0 near writes <ENQ><CR>",
    "5 far writes <DLE>0<CR>",
    "10 near writes <STX>100002A<CR><ETB>58<CR>",
    "15 far writes <DLE>1<CR>",
    "20 near writes <STX>200002B<CR><ETX>4C<CR> (lost)",
    "6020 near note timer_a",
    "6020 near note resend",
    "6020 near writes <STX>200002B<CR><ETX>4C<CR>",
    "6025 far message A<CR>B<CR>",
    "6025 far writes <DLE>2<CR>",
    "6030 near delivered 1",
    "6030 near writes <EOT><CR>",
  ]);
});

test("X328Link delivers a message once whose last acknowledgement was lost", () => {
  assert.deepEqual(between({ near: { maxBlock: 2 }, fate: losing("far 3") }, (s) => s.send("near", "A\rB\r")), [
    "0 near writes <ENQ><CR>",
    "5 far writes <DLE>0<CR>",
    "10 near writes <STX>100002A<CR><ETB>58<CR>",
    "15 far writes <DLE>1<CR>",
    "20 near writes <STX>200002B<CR><ETX>4C<CR>",
    "25 far message A<CR>B<CR>",
    "25 far writes <DLE>2<CR> (lost)",
    "6020 near note timer_a",
    "6020 near note resend",
    "6020 near writes <STX>200002B<CR><ETX>4C<CR>",
    "6025 far note duplicate",
    "6025 far writes <DLE>2<CR>",
    "6030 near delivered 1",
    "6030 near writes <EOT><CR>",
  ]);
});

test("X328Link whose peer's EOT was lost goes back to neutral on Timer D, and sends what waited", () => {
  assert.deepEqual(
    between({ fate: losing("near 3") }, (s) => {
      s.send("near", "A\r");
      s.sendAt(100, "far", "Z\r");
    }),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100002A<CR><ETX>4C<CR>",
      "15 far message A<CR>",
      "15 far writes <DLE>1<CR>",
      "20 near delivered 1",
      "20 near writes <EOT><CR> (lost)",
      "30015 far note timer_d",
      "30015 far writes <ENQ><CR>",
      "30020 near writes <DLE>0<CR>",
      "30025 far writes <STX>100002Z<CR><ETX>57<CR>",
      "30030 near message Z<CR>",
      "30030 near writes <DLE>1<CR>",
      "30035 far delivered 1",
      "30035 far writes <EOT><CR>",
    ],
  );
});

test("X328Link whose peer's EOT was lost takes its next bid as a new one", () => {
  assert.deepEqual(
    between({ fate: losing("near 3") }, (s) => {
      s.send("near", "A\r");
      s.send("near", "B\r");
    }),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100002A<CR><ETX>4C<CR>",
      "15 far message A<CR>",
      "15 far writes <DLE>1<CR>",
      "20 near delivered 1",
      "20 near writes <EOT><CR> (lost)",
      "70 near writes <ENQ><CR>",
      "75 far writes <DLE>0<CR>",
      "80 near writes <STX>100002B<CR><ETX>4F<CR>",
      "85 far message B<CR>",
      "85 far writes <DLE>1<CR>",
      "90 near delivered 2",
      "90 near writes <EOT><CR>",
    ],
  );
});

test("X328Link bids five times, then says EOT, fails the message and goes on with the next", () => {
  assert.deepEqual(
    between({ fate: losing("near 1", "near 2", "near 3", "near 4", "near 5") }, (s) => {
      s.send("near", "A\r");
      s.send("near", "B\r");
    }),
    [
      "0 near writes <ENQ><CR> (lost)",
      "6000 near note timer_a",
      "6000 near writes <ENQ><CR> (lost)",
      "12000 near note timer_a",
      "12000 near writes <ENQ><CR> (lost)",
      "18000 near note timer_a",
      "18000 near writes <ENQ><CR> (lost)",
      "24000 near note timer_a",
      "24000 near writes <ENQ><CR> (lost)",
      "30000 near note timer_a",
      "30000 near failed 1 bid_timeout",
      "30000 near writes <EOT><CR>",
      "30050 near writes <ENQ><CR>",
      "30055 far writes <DLE>0<CR>",
      "30060 near writes <STX>100002B<CR><ETX>4F<CR>",
      "30065 far message B<CR>",
      "30065 far writes <DLE>1<CR>",
      "30070 near delivered 2",
      "30070 near writes <EOT><CR>",
    ],
  );
});

test("X328Link sends a block five times, then says EOT and fails, although the message has arrived", () => {
  assert.deepEqual(
    between({ fate: losing("far 2", "far 3", "far 4", "far 5", "far 6") }, (s) => s.send("near", "A\r")),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100002A<CR><ETX>4C<CR>",
      "15 far message A<CR>",
      "15 far writes <DLE>1<CR> (lost)",
      "6010 near note timer_a",
      "6010 near note resend",
      "6010 near writes <STX>100002A<CR><ETX>4C<CR>",
      "6015 far note duplicate",
      "6015 far writes <DLE>1<CR> (lost)",
      "12010 near note timer_a",
      "12010 near note resend",
      "12010 near writes <STX>100002A<CR><ETX>4C<CR>",
      "12015 far note duplicate",
      "12015 far writes <DLE>1<CR> (lost)",
      "18010 near note timer_a",
      "18010 near note resend",
      "18010 near writes <STX>100002A<CR><ETX>4C<CR>",
      "18015 far note duplicate",
      "18015 far writes <DLE>1<CR> (lost)",
      "24010 near note timer_a",
      "24010 near note resend",
      "24010 near writes <STX>100002A<CR><ETX>4C<CR>",
      "24015 far note duplicate",
      "24015 far writes <DLE>1<CR> (lost)",
      "30010 near note timer_a",
      "30010 near failed 1 commit_timeout",
      "30010 near writes <EOT><CR>",
    ],
  );
});

test("X328Link goes back to neutral on Timer D when its master falls silent, and does not answer blocks then", () => {
  assert.deepEqual(
    between(
      { far: { timerDMs: 20_000 }, fate: losing("near 2", "near 3", "near 4", "near 5") },
      (s) => s.send("near", "A\r"),
    ),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100002A<CR><ETX>4C<CR> (lost)",
      "6010 near note timer_a",
      "6010 near note resend",
      "6010 near writes <STX>100002A<CR><ETX>4C<CR> (lost)",
      "12010 near note timer_a",
      "12010 near note resend",
      "12010 near writes <STX>100002A<CR><ETX>4C<CR> (lost)",
      "18010 near note timer_a",
      "18010 near note resend",
      "18010 near writes <STX>100002A<CR><ETX>4C<CR> (lost)",
      "20005 far note timer_d",
      "24010 near note timer_a",
      "24010 near note resend",
      "24010 near writes <STX>100002A<CR><ETX>4C<CR>",
      "24015 far note block_unexpected",
      "30010 near note timer_a",
      "30010 near failed 1 commit_timeout",
      "30010 near writes <EOT><CR>",
    ],
  );
});

test("X328Link keeps its timers and tries as told", () => {
  assert.deepEqual(
    between(
      { near: { timerAMs: 700, bidTries: 2, blockTries: 2 }, fate: losing("near 1", "near 3", "near 4") },
      (s) => s.send("near", "A\r"),
    ),
    [
      "0 near writes <ENQ><CR> (lost)",
      "700 near note timer_a",
      "700 near writes <ENQ><CR>",
      "705 far writes <DLE>0<CR>",
      "710 near writes <STX>100002A<CR><ETX>4C<CR> (lost)",
      "1410 near note timer_a",
      "1410 near note resend",
      "1410 near writes <STX>100002A<CR><ETX>4C<CR> (lost)",
      "2110 near note timer_a",
      "2110 near failed 1 commit_timeout",
      "2110 near writes <EOT><CR>",
    ],
  );
});

test("X328Link leaves the line to the peer after a transfer: two with two messages each take turns", () => {
  assert.deepEqual(
    between({}, (s) => {
      s.send("near", "A\r");
      s.send("near", "B\r");
      s.sendAt(12, "far", "Z\r");
      s.sendAt(13, "far", "Y\r");
    }),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100002A<CR><ETX>4C<CR>",
      "15 far message A<CR>",
      "15 far writes <DLE>1<CR>",
      "20 near delivered 1",
      "20 near writes <EOT><CR>",
      "25 far writes <ENQ><CR>",
      "30 near writes <DLE>0<CR>",
      "35 far writes <STX>100002Z<CR><ETX>57<CR>",
      "40 near message Z<CR>",
      "40 near writes <DLE>1<CR>",
      "45 far delivered 1",
      "45 far writes <EOT><CR>",
      "50 near writes <ENQ><CR>",
      "55 far writes <DLE>0<CR>",
      "60 near writes <STX>100002B<CR><ETX>4F<CR>",
      "65 far message B<CR>",
      "65 far writes <DLE>1<CR>",
      "70 near delivered 2",
      "70 near writes <EOT><CR>",
      "75 far writes <ENQ><CR>",
      "80 near writes <DLE>0<CR>",
      "85 far writes <STX>100002Y<CR><ETX>54<CR>",
      "90 near message Y<CR>",
      "90 near writes <DLE>1<CR>",
      "95 far delivered 2",
      "95 far writes <EOT><CR>",
    ],
  );
});

test("X328Link ignores the second acknowledgement of a block that it sent twice, and does not send the next one twice for it", () => {
  assert.deepEqual(
    between({
      near: { maxBlock: 2 },
      fate: ({ from, number }) => from === "far" && number === 2 ? { delayMs: 6100 } : {},
    }, (s) => s.send("near", "A\rB\r")),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100002A<CR><ETB>58<CR>",
      "15 far writes <DLE>1<CR>",
      "6010 near note timer_a",
      "6010 near note resend",
      "6010 near writes <STX>100002A<CR><ETB>58<CR>",
      "6015 far note duplicate",
      "6015 far writes <DLE>1<CR>",
      "6020 near writes <STX>200002B<CR><ETX>4C<CR>",
      "6025 far message A<CR>B<CR>",
      "6025 far writes <DLE>2<CR>",
      "6030 near delivered 1",
      "6030 near writes <EOT><CR>",
      "6115 near note unexpected",
    ],
  );
});

test("X328Link leaves the line to the peer after each of its transfers, for less time while it is not taken", () => {
  const script = new Script();
  for (let i = 0; i < 7; i++) script.send("near", FIRST);
  const bids = () =>
    script.story().flatMap((line) => /^(\d+) near writes <ENQ><CR>$/.exec(line)?.slice(1).map(Number) ?? []);
  // A transfer takes 20 ms; then 50 ms, 25, 13, and 7 from there on.
  assert.deepEqual(bids(), [0, 70, 115, 148, 175, 202, 229]);
  script.send("far", SECOND);
  script.run();
  const before = bids().length;
  script.send("near", FIRST);
  script.send("near", FIRST);
  const [first, second] = bids().slice(before);
  assert.equal(second - first, 20 + 50);
});
