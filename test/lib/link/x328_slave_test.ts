import assert from "node:assert/strict";
import { test } from "node:test";
import { ack, alone, damaged, ENQ, EOT, etb, etx, sends, type Step } from "./x328_script.ts";

test("X328Link drops a block that its master aborts by ENQ, says NAK, and stays in the transfer", () => {
  assert.deepEqual(
    alone({}, [[0, ENQ], [10, etb(1, "A\r")], [20, "\x02200002B" + ENQ], [30, etx(2, "B\r")], [40, EOT]]),
    [
      "0 writes <DLE>0<CR>",
      "10 writes <DLE>1<CR>",
      "20 note block_aborted",
      "20 writes <NAK><CR>",
      "30 message A<CR>B<CR>",
      "30 writes <DLE>2<CR>",
    ],
  );
});

test("X328Link discards the partial message when EOT comes where ETX was due", () => {
  assert.deepEqual(
    alone({}, [[0, ENQ], [10, etb(1, "A\r")], [20, "\x02200002B\r" + EOT], [30, ENQ], [40, etx(1, "Z\r")], [50, EOT]]),
    [
      "0 writes <DLE>0<CR>",
      "10 writes <DLE>1<CR>",
      "20 note message_aborted",
      "20 note partial_discarded",
      "30 writes <DLE>0<CR>",
      "40 message Z<CR>",
      "40 writes <DLE>1<CR>",
    ],
  );
});

test("X328Link discards the partial message when EOT comes in place of a block", () => {
  assert.deepEqual(alone({}, [[0, ENQ], [10, etb(1, "A\r")], [20, EOT], [30, ENQ], [40, etx(1, "Z\r")], [50, EOT]]), [
    "0 writes <DLE>0<CR>",
    "10 writes <DLE>1<CR>",
    "20 note partial_discarded",
    "30 writes <DLE>0<CR>",
    "40 message Z<CR>",
    "40 writes <DLE>1<CR>",
  ]);
});

test("X328Link takes EOT early in a block for an abort when the line falls silent", () => {
  assert.deepEqual(alone({}, [[0, ENQ], [10, etb(1, "A\r")], [20, "\x02200009B" + EOT]]), [
    "0 writes <DLE>0<CR>",
    "10 writes <DLE>1<CR>",
    "3020 note timer_b",
    "3020 note message_aborted",
    "3020 note partial_discarded",
  ]);
});

test("X328Link refuses a block with a wrong BCC, and takes it when it is right", () => {
  assert.deepEqual(alone({}, [[0, ENQ], [10, damaged(etx(1, "A\r"))], [20, etx(1, "A\r")], [30, EOT]]), [
    "0 writes <DLE>0<CR>",
    "10 fault invalid_checksum",
    "10 writes <NAK><CR>",
    "20 message A<CR>",
    "20 writes <DLE>1<CR>",
  ]);
});

test("X328Link refuses a block with a wrong length, and one without its CR", () => {
  assert.deepEqual(
    alone({}, [[0, ENQ], [10, "\x02100003A\r\x034D\r"], [20, "\x02100002A\r\x034C?"], [30, etx(1, "A\r")], [40, EOT]]),
    [
      "0 writes <DLE>0<CR>",
      "10 fault invalid_count",
      "10 writes <NAK><CR>",
      "20 fault invalid_trailer",
      "20 noise ?",
      "20 writes <NAK><CR>",
      "30 message A<CR>",
      "30 writes <DLE>1<CR>",
    ],
  );
});

test("X328Link refuses a block with a number that is not due", () => {
  assert.deepEqual(alone({}, [[0, ENQ], [10, etx(2, "A\r")], [20, etx(0, "A\r")], [30, etx(1, "A\r")], [40, EOT]]), [
    "0 writes <DLE>0<CR>",
    "10 fault invalid_block_number",
    "10 writes <NAK><CR>",
    "20 fault invalid_block_number",
    "20 writes <NAK><CR>",
    "30 message A<CR>",
    "30 writes <DLE>1<CR>",
  ]);
});

test("X328Link repeats its last answer upon ENQ between blocks: ACK", () => {
  assert.deepEqual(alone({}, [[0, ENQ], [10, etb(1, "A\r")], [20, ENQ], [30, etx(2, "B\r")], [40, EOT]]), [
    "0 writes <DLE>0<CR>",
    "10 writes <DLE>1<CR>",
    "20 writes <DLE>1<CR>",
    "30 message A<CR>B<CR>",
    "30 writes <DLE>2<CR>",
  ]);
});

test("X328Link repeats its last answer upon ENQ between blocks: NAK", () => {
  assert.deepEqual(
    alone({}, [[0, ENQ], [10, etb(1, "A\r")], [15, damaged(etx(2, "B\r"))], [20, ENQ], [30, etx(2, "B\r")], [40, EOT]]),
    [
      "0 writes <DLE>0<CR>",
      "10 writes <DLE>1<CR>",
      "15 fault invalid_checksum",
      "15 writes <NAK><CR>",
      "20 writes <NAK><CR>",
      "30 message A<CR>B<CR>",
      "30 writes <DLE>2<CR>",
    ],
  );
});

test("X328Link takes ENQ before any block and after an acknowledged ETX for a new bid", () => {
  assert.deepEqual(alone({}, [[0, ENQ], [10, ENQ], [20, etx(1, "A\r")], [30, ENQ], [40, etx(1, "B\r")], [50, EOT]]), [
    "0 writes <DLE>0<CR>",
    "10 writes <DLE>0<CR>",
    "20 message A<CR>",
    "20 writes <DLE>1<CR>",
    "30 writes <DLE>0<CR>",
    "40 message B<CR>",
    "40 writes <DLE>1<CR>",
  ]);
});

test("X328Link takes another message in the same transfer", () => {
  assert.deepEqual(alone({}, [[0, ENQ], [10, etx(1, "A\r")], [20, etb(2, "B\r")], [30, etx(3, "C\r")], [40, EOT]]), [
    "0 writes <DLE>0<CR>",
    "10 message A<CR>",
    "10 writes <DLE>1<CR>",
    "20 writes <DLE>2<CR>",
    "30 message B<CR>C<CR>",
    "30 writes <DLE>3<CR>",
  ]);
});

test("X328Link drops a partial block on Timer B, unanswered, and takes it when it comes again", () => {
  assert.deepEqual(alone({}, [[0, ENQ], [20, "\x02100002A"], [4000, etx(1, "A\r")], [4010, EOT]]), [
    "0 writes <DLE>0<CR>",
    "3020 note timer_b",
    "3020 fault truncated",
    "4000 message A<CR>",
    "4000 writes <DLE>1<CR>",
  ]);
});

test("X328Link runs Timer B from the STX of each block anew", () => {
  assert.deepEqual(
    alone({}, [[0, ENQ], [10, "\x02100002A"], [2000, "\r\x1758\r\x022"], [4990, "0000"], [5100, etx(2, "B\r")], [
      5200,
      EOT,
    ]]),
    [
      "0 writes <DLE>0<CR>",
      "2000 writes <DLE>1<CR>",
      "5000 note timer_b",
      "5000 fault truncated",
      "5100 message A<CR>B<CR>",
      "5100 writes <DLE>2<CR>",
    ],
  );
});

test("X328Link discards a partial message on Timer D, and starts that with each block", () => {
  assert.deepEqual(
    alone({}, [[0, ENQ], [20_000, etb(1, "A\r")], [60_000, ENQ], [60_010, etx(1, "Z\r")], [60_020, EOT]]),
    [
      "0 writes <DLE>0<CR>",
      "20000 writes <DLE>1<CR>",
      "50000 note timer_d",
      "50000 note partial_discarded",
      "60000 writes <DLE>0<CR>",
      "60010 message Z<CR>",
      "60010 writes <DLE>1<CR>",
    ],
  );
});

test("X328Link tells noise between blocks and goes on", () => {
  assert.deepEqual(
    alone({}, [[0, "xx" + ENQ], [20, "~~" + etb(1, "A\r")], [25, "??"], [30, "!" + etx(2, "B\r") + "zz"], [
      40,
      EOT + "\xff",
    ]]),
    [
      "0 noise xx",
      "0 writes <DLE>0<CR>",
      "20 noise ~~",
      "20 writes <DLE>1<CR>",
      "25 noise ??",
      "30 noise !",
      "30 message A<CR>B<CR>",
      "30 noise zz",
      "30 writes <DLE>2<CR>",
      "40 noise <0xFF>",
    ],
  );
});

test("X328Link ignores a heading", () => {
  assert.deepEqual(alone({}, [[0, ENQ], [20, "\x01LAB7" + etx(1, "A\r")], [40, EOT]]), [
    "0 writes <DLE>0<CR>",
    "20 message A<CR>",
    "20 writes <DLE>1<CR>",
  ]);
});

test("X328Link ends the transfer when the message is larger than it may be", () => {
  assert.deepEqual(alone({ maxMessage: 3 }, [[0, ENQ], [20, etb(1, "A\r")], [30, etx(2, "B\r")]]), [
    "0 writes <DLE>0<CR>",
    "20 writes <DLE>1<CR>",
    "30 note message_too_large",
    "30 writes <EOT><CR>",
  ]);
});

test("X328Link says RINT in place of the next ACK, then an ACK before another RINT", () => {
  assert.deepEqual(
    alone({}, [
      [0, ENQ],
      [5, (l) => l.requestEnd()],
      [10, etb(1, "A\r")],
      [15, (l) => l.requestEnd()],
      [20, etb(2, "B\r")],
      [30, etx(3, "C\r")],
      [40, EOT],
    ]),
    [
      "0 writes <DLE>0<CR>",
      "10 writes <DLE><<CR>",
      "20 writes <DLE>2<CR>",
      "30 message A<CR>B<CR>C<CR>",
      "30 writes <DLE><<CR>",
    ],
  );
});

test("X328Link says no RINT after a bad block, nor twice with a NAK between", () => {
  assert.deepEqual(
    alone({}, [
      [0, ENQ],
      [5, (l) => l.requestEnd()],
      [10, damaged(etb(1, "A\r"))],
      [20, etb(1, "A\r")],
      [25, (l) => l.requestEnd()],
      [30, damaged(etb(2, "B\r"))],
      [40, etb(2, "B\r")],
      [50, etx(3, "C\r")],
      [60, EOT],
    ]),
    [
      "0 writes <DLE>0<CR>",
      "10 fault invalid_checksum",
      "10 writes <NAK><CR>",
      "20 writes <DLE><<CR>",
      "30 fault invalid_checksum",
      "30 writes <NAK><CR>",
      "40 writes <DLE>2<CR>",
      "50 message A<CR>B<CR>C<CR>",
      "50 writes <DLE><<CR>",
    ],
  );
});

test("X328Link repeats a RINT as it repeats an ACK", () => {
  assert.deepEqual(
    alone({}, [[0, ENQ], [5, (l) => l.requestEnd()], [10, etb(1, "A\r")], [20, etb(1, "A\r")], [30, ENQ], [
      40,
      etx(2, "B\r"),
    ], [50, EOT]]),
    [
      "0 writes <DLE>0<CR>",
      "10 writes <DLE><<CR>",
      "20 note duplicate",
      "20 writes <DLE><<CR>",
      "30 writes <DLE><<CR>",
      "40 message A<CR>B<CR>",
      "40 writes <DLE>2<CR>",
    ],
  );
});

test("X328Link ends the transfer with EOT in place of the next answer when it is interrupted", () => {
  assert.deepEqual(alone({}, [[0, ENQ], [5, (l) => l.interrupt()], [10, etb(1, "A\r")]]), [
    "0 writes <DLE>0<CR>",
    "10 writes <EOT><CR>",
  ]);
});

test("X328Link that is interrupted while no transfer of the peer's is under way, or at its end, leaves the next alone", () => {
  assert.deepEqual(alone({}, [[0, (l) => l.interrupt()], [5, ENQ], [10, etx(1, "A\r")], [15, EOT]]), [
    "5 writes <DLE>0<CR>",
    "10 message A<CR>",
    "10 writes <DLE>1<CR>",
  ]);
  const twice: Step[] = [[0, ENQ], [5, (l) => l.interrupt()], [10, EOT], [15, ENQ], [20, etx(1, "A\r")], [25, EOT]];
  assert.deepEqual(alone({}, twice), [
    "0 writes <DLE>0<CR>",
    "15 writes <DLE>0<CR>",
    "20 message A<CR>",
    "20 writes <DLE>1<CR>",
  ]);
});

test("X328Link that is abandoned ends in words whatever is under way, and nothing that is over", () => {
  const abandon: Step = [50, (l) => l.abandon()];
  const send: Step = [0, sends("A\r")];
  const last = (steps: Step[], options = {}) => alone(options, [...steps, abandon]).slice(-1)[0];
  assert.equal(last([[0, ENQ], [5, etb(1, "A\r")]]), "50 writes <EOT><CR>");
  assert.equal(last([[0, ENQ]], { bid: "manual" }), "50 writes <NAK><CR>");
  assert.equal(last([send]), "50 writes <EOT><CR>");
  assert.equal(last([send, [5, ack(0)]]), "50 writes <EOT><CR>");
  assert.equal(last([[0, ENQ], [5, etx(1, "A\r")]]), "5 writes <DLE>1<CR>");
  assert.equal(last([[0, ENQ], [5, etx(1, "A\r")], [10, EOT]]), "5 writes <DLE>1<CR>");
});

test("X328Link takes a block for a repeat of the last only if its text and its end are the same too, and says NAK else", () => {
  assert.deepEqual(
    alone({}, [
      [0, ENQ],
      [10, etb(1, "A\r")],
      [20, etb(1, "Z\r")],
      [30, etx(1, "A\r")],
      [40, etb(1, "A\r")],
      [
        50,
        etx(2, "B\r"),
      ],
      [60, etx(2, "Y\r")],
      [70, etx(2, "B\r")],
      [80, EOT],
    ]),
    [
      "0 writes <DLE>0<CR>",
      "10 writes <DLE>1<CR>",
      "20 note not_a_repeat",
      "20 fault invalid_block_number",
      "20 writes <NAK><CR>",
      "30 note not_a_repeat",
      "30 fault invalid_block_number",
      "30 writes <NAK><CR>",
      "40 note duplicate",
      "40 writes <DLE>1<CR>",
      "50 message A<CR>B<CR>",
      "50 writes <DLE>2<CR>",
      "60 note not_a_repeat",
      "60 fault invalid_block_number",
      "60 writes <NAK><CR>",
      "70 note duplicate",
      "70 writes <DLE>2<CR>",
    ],
  );
});

test("X328Link answers ENQ behind block 8 by NAK, since ACK0 would be the answer to a bid", () => {
  const eight = Array.from({ length: 8 }, (_, i): Step => [i + 1, etb((i + 1) & 7, `${i}\r`)]);
  assert.deepEqual(
    alone({}, [[0, ENQ], ...eight, [10, ENQ], [20, etb(0, "7\r")], [30, etx(1, "8\r")], [40, EOT]]).slice(8),
    [
      "8 writes <DLE>0<CR>",
      "10 writes <NAK><CR>",
      "20 note duplicate",
      "20 writes <DLE>0<CR>",
      "30 message 0<CR>1<CR>2<CR>3<CR>4<CR>5<CR>6<CR>7<CR>8<CR>",
      "30 writes <DLE>1<CR>",
    ],
  );
});

test("X328Link that is interrupted ends the transfer with EOT on Timer B, within a block or between two", () => {
  const interrupt: Step = [2000, (l) => l.interrupt()];
  assert.deepEqual(alone({}, [[0, ENQ], [1000, "\x02100009B"], interrupt]), [
    "0 writes <DLE>0<CR>",
    "4000 note timer_b",
    "4000 fault truncated",
    "4000 writes <EOT><CR>",
  ]);
  assert.deepEqual(alone({}, [[0, ENQ], [1000, etb(1, "A\r")], interrupt]), [
    "0 writes <DLE>0<CR>",
    "1000 writes <DLE>1<CR>",
    "4000 writes <EOT><CR>",
  ]);
  assert.deepEqual(alone({}, [[0, ENQ], interrupt, [2500, "\x02100009B"]]).at(-1), "5500 writes <EOT><CR>");
  assert.deepEqual(alone({}, [[0, ENQ], interrupt, [2500, damaged(etb(1, "A\r"))]]).at(-1), "2500 writes <EOT><CR>");
});
