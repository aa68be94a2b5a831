import assert from "node:assert/strict";
import { test } from "node:test";
import { ack, alone, between, damaged, ENQ, EOT, etx, sends } from "./x328_script.ts";

test("X328Link leaves the answer to a bid and to the last block to its holder", () => {
  assert.deepEqual(
    between({ far: { bid: "manual", commit: "manual" } }, (s) => {
      s.send("near", "A\r");
      s.at(100, "far", (l) => l.answerBid(true));
      s.at(3000, "far", (l) => l.commit(true));
    }),
    [
      "0 near writes <ENQ><CR>",
      "5 far note bid",
      "100 far writes <DLE>0<CR>",
      "105 near writes <STX>100002A<CR><ETX>4C<CR>",
      "110 far message A<CR>",
      "3000 far writes <DLE>1<CR>",
      "3005 near delivered 1",
      "3005 near writes <EOT><CR>",
    ],
  );
});

test("X328Link acknowledges blocks before the last by itself", () => {
  assert.deepEqual(
    between({ near: { maxBlock: 2 }, far: { commit: "manual" } }, (s) => {
      s.send("near", "A\rB\r");
      s.at(100, "far", (l) => l.commit(true));
    }),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100002A<CR><ETB>58<CR>",
      "15 far writes <DLE>1<CR>",
      "20 near writes <STX>200002B<CR><ETX>4C<CR>",
      "25 far message A<CR>B<CR>",
      "100 far writes <DLE>2<CR>",
      "105 near delivered 1",
      "105 near writes <EOT><CR>",
    ],
  );
});

test("X328Link discards a repeat of a held block, unanswered", () => {
  assert.deepEqual(
    between({ far: { commit: "manual" } }, (s) => {
      s.send("near", "A\r");
      s.at(7000, "far", (l) => l.commit(true));
    }),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100002A<CR><ETX>4C<CR>",
      "15 far message A<CR>",
      "6010 near note timer_a",
      "6010 near note resend",
      "6010 near writes <STX>100002A<CR><ETX>4C<CR>",
      "6015 far note block_discarded",
      "7000 far writes <DLE>1<CR>",
      "7005 near delivered 1",
      "7005 near writes <EOT><CR>",
    ],
  );
});

test("X328Link refuses a held message with NAK, and hears it again", () => {
  assert.deepEqual(
    between({ near: { maxBlock: 2 }, far: { commit: "manual" } }, (s) => {
      s.send("near", "A\rB\r");
      s.at(70, "far", (l) => l.commit(false));
      s.at(100, "far", (l) => l.commit(true));
    }),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100002A<CR><ETB>58<CR>",
      "15 far writes <DLE>1<CR>",
      "20 near writes <STX>200002B<CR><ETX>4C<CR>",
      "25 far message A<CR>B<CR>",
      "70 far writes <NAK><CR>",
      "75 near note resend",
      "75 near writes <STX>200002B<CR><ETX>4C<CR>",
      "80 far message A<CR>B<CR>",
      "100 far writes <DLE>2<CR>",
      "105 near delivered 1",
      "105 near writes <EOT><CR>",
    ],
  );
});

test("X328Link ends the transfer with EOT in place of a held acknowledgement", () => {
  assert.deepEqual(
    between({ far: { commit: "manual" } }, (s) => {
      s.send("near", "A\r");
      s.at(70, "far", (l) => l.interrupt());
    }),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100002A<CR><ETX>4C<CR>",
      "15 far message A<CR>",
      "70 far writes <EOT><CR>",
      "75 near failed 1 interrupted",
    ],
  );
});

test("X328Link says RINT in place of a held ACK", () => {
  assert.deepEqual(
    between({ far: { commit: "manual" } }, (s) => {
      s.send("near", "A\r");
      s.at(70, "far", (l) => {
        l.requestEnd();
        l.commit(true);
      });
    }),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100002A<CR><ETX>4C<CR>",
      "15 far message A<CR>",
      "70 far writes <DLE><<CR>",
      "75 near delivered 1",
      "75 near writes <EOT><CR>",
    ],
  );
});

test("X328Link ignores a commit where nothing is held, or not any more", () => {
  assert.deepEqual(
    between({ far: { commit: "manual" } }, (s) => {
      s.at(0, "far", (l) => l.commit(true));
      s.sendAt(1, "near", "A\r");
      s.at(60_000, "far", (l) => l.commit(true));
    }),
    [
      "1 near writes <ENQ><CR>",
      "6 far writes <DLE>0<CR>",
      "11 near writes <STX>100002A<CR><ETX>4C<CR>",
      "16 far message A<CR>",
      "6011 near note timer_a",
      "6011 near note resend",
      "6011 near writes <STX>100002A<CR><ETX>4C<CR>",
      "6016 far note block_discarded",
      "12011 near note timer_a",
      "12011 near note resend",
      "12011 near writes <STX>100002A<CR><ETX>4C<CR>",
      "12016 far note block_discarded",
      "18011 near note timer_a",
      "18011 near note resend",
      "18011 near writes <STX>100002A<CR><ETX>4C<CR>",
      "18016 far note block_discarded",
      "24011 near note timer_a",
      "24011 near note resend",
      "24011 near writes <STX>100002A<CR><ETX>4C<CR>",
      "24016 far note block_discarded",
      "30011 near note timer_a",
      "30011 near failed 1 commit_timeout",
      "30011 near writes <EOT><CR>",
      "30016 far note hold_abandoned",
    ],
  );
});

test("X328Link ignores ENQ and damage while it holds an acknowledgement", () => {
  assert.deepEqual(
    alone({ commit: "manual" }, [
      [0, ENQ],
      [10, etx(1, "A\r")],
      [20, ENQ],
      [30, damaged(etx(1, "A\r"))],
      [
        40,
        "\x021" + ENQ,
      ],
      [50, (l) => l.commit(true)],
      [60, EOT],
    ]),
    [
      "0 writes <DLE>0<CR>",
      "10 message A<CR>",
      "20 note bid_ignored",
      "30 fault invalid_checksum",
      "50 writes <DLE>1<CR>",
    ],
  );
});

test("X328Link refuses a bid with NAK while it is not ready", () => {
  assert.deepEqual(
    between({ far: { bid: "manual" } }, (s) => {
      s.send("near", "A\r");
      s.at(100, "far", (l) => l.answerBid(false));
      s.at(1200, "far", (l) => l.answerBid(true));
    }),
    [
      "0 near writes <ENQ><CR>",
      "5 far note bid",
      "100 far writes <NAK><CR>",
      "105 near note bid_refused",
      "1105 near writes <ENQ><CR>",
      "1110 far note bid",
      "1200 far writes <DLE>0<CR>",
      "1205 near writes <STX>100002A<CR><ETX>4C<CR>",
      "1210 far message A<CR>",
      "1210 far writes <DLE>1<CR>",
      "1215 near delivered 1",
      "1215 near writes <EOT><CR>",
    ],
  );
});

test("X328Link forgets a bid that was taken back, or that nobody answered until Timer D after its last repeat", () => {
  assert.deepEqual(
    alone({ bid: "manual" }, [
      [0, ENQ],
      [20, EOT],
      [30, (l) => l.answerBid(true)],
      [40, ENQ],
      [20_000, ENQ],
      [50_010, (l) => l.answerBid(true)],
    ]),
    ["0 note bid", "40 note bid", "20000 note bid_ignored", "50000 note timer_d"],
  );
});

test("X328Link bids itself after it has refused a bid", () => {
  assert.deepEqual(
    alone({ bid: "manual" }, [[0, ENQ], [10, sends("A\r")], [30, (l) => l.answerBid(false)], [40, ack(0)], [
      50,
      ack(1),
    ]]),
    [
      "0 note bid",
      "30 writes <NAK><CR>",
      "30 writes <ENQ><CR>",
      "40 writes <STX>100002A<CR><ETX>4C<CR>",
      "50 delivered 1",
      "50 writes <EOT><CR>",
    ],
  );
});
