import assert from "node:assert/strict";
import { test } from "node:test";
import { ack, alone, ENQ, EOT, etx, NAK, RINT, sends } from "./x328_script.ts";

test("X328Link bids again 1 s after a refusal, and fails with bid_refused after the fifth", () => {
  assert.deepEqual(alone({}, [[0, sends("A\r")], [10, NAK], [1020, NAK], [2030, NAK], [3040, NAK], [4050, NAK]]), [
    "0 writes <ENQ><CR>",
    "10 note bid_refused",
    "1010 writes <ENQ><CR>",
    "1020 note bid_refused",
    "2020 writes <ENQ><CR>",
    "2030 note bid_refused",
    "3030 writes <ENQ><CR>",
    "3040 note bid_refused",
    "4040 writes <ENQ><CR>",
    "4050 failed 1 bid_refused",
    "4050 writes <EOT><CR>",
  ]);
});

test("X328Link answers a bid while it waits to bid again", () => {
  assert.deepEqual(
    alone({}, [[0, sends("A\r")], [10, NAK], [500, ENQ], [510, etx(1, "Z\r")], [520, EOT], [530, ack(0)], [
      540,
      ack(1),
    ]]),
    [
      "0 writes <ENQ><CR>",
      "10 note bid_refused",
      "500 writes <DLE>0<CR>",
      "510 message Z<CR>",
      "510 writes <DLE>1<CR>",
      "520 writes <ENQ><CR>",
      "530 writes <STX>100002A<CR><ETX>4C<CR>",
      "540 delivered 1",
      "540 writes <EOT><CR>",
    ],
  );
});

test("X328Link fails with commit_refused when a block is refused five times", () => {
  assert.deepEqual(alone({}, [[0, sends("A\r")], [5, ack(0)], [10, NAK], [20, NAK], [30, NAK], [40, NAK], [50, NAK]]), [
    "0 writes <ENQ><CR>",
    "5 writes <STX>100002A<CR><ETX>4C<CR>",
    "10 note resend",
    "10 writes <STX>100002A<CR><ETX>4C<CR>",
    "20 note resend",
    "20 writes <STX>100002A<CR><ETX>4C<CR>",
    "30 note resend",
    "30 writes <STX>100002A<CR><ETX>4C<CR>",
    "40 note resend",
    "40 writes <STX>100002A<CR><ETX>4C<CR>",
    "50 failed 1 commit_refused",
    "50 writes <EOT><CR>",
  ]);
});

test("X328Link counts the tries of each block anew", () => {
  assert.deepEqual(
    alone({ maxBlock: 2, blockTries: 2 }, [[0, sends("A\rB\r")], [5, ack(0)], [10, NAK], [20, ack(1)], [30, NAK], [
      40,
      ack(2),
    ]]),
    [
      "0 writes <ENQ><CR>",
      "5 writes <STX>100002A<CR><ETB>58<CR>",
      "10 note resend",
      "10 writes <STX>100002A<CR><ETB>58<CR>",
      "20 writes <STX>200002B<CR><ETX>4C<CR>",
      "30 note resend",
      "30 writes <STX>200002B<CR><ETX>4C<CR>",
      "40 delivered 1",
      "40 writes <EOT><CR>",
    ],
  );
});

test("X328Link fails with interrupted when the peer answers a block with EOT", () => {
  assert.deepEqual(
    alone({}, [[0, sends("A\r")], [1, sends("B\r")], [5, ack(0)], [10, EOT], [70, ack(0)], [80, ack(1)]]),
    [
      "0 writes <ENQ><CR>",
      "5 writes <STX>100002A<CR><ETX>4C<CR>",
      "10 failed 1 interrupted",
      "60 writes <ENQ><CR>",
      "70 writes <STX>100002B<CR><ETX>4F<CR>",
      "80 delivered 2",
      "80 writes <EOT><CR>",
    ],
  );
});

test("X328Link takes RINT for an ACK, and leaves the line to the peer for 1 s after the transfer", () => {
  assert.deepEqual(
    alone({ maxBlock: 2 }, [[0, sends("A\rB\r")], [1, sends("C\r")], [5, ack(0)], [10, RINT], [20, ack(2)], [
      1030,
      ack(0),
    ], [1040, ack(1)]]),
    [
      "0 writes <ENQ><CR>",
      "5 writes <STX>100002A<CR><ETB>58<CR>",
      "10 writes <STX>200002B<CR><ETX>4C<CR>",
      "20 delivered 1",
      "20 writes <EOT><CR>",
      "1020 writes <ENQ><CR>",
      "1030 writes <STX>100002C<CR><ETX>4E<CR>",
      "1040 delivered 2",
      "1040 writes <EOT><CR>",
    ],
  );
});

test("X328Link takes a second RINT running for a garbled block, and sends it again", () => {
  assert.deepEqual(alone({ maxBlock: 2 }, [[0, sends("A\rB\r")], [5, ack(0)], [10, RINT], [20, RINT], [30, ack(2)]]), [
    "0 writes <ENQ><CR>",
    "5 writes <STX>100002A<CR><ETB>58<CR>",
    "10 writes <STX>200002B<CR><ETX>4C<CR>",
    "20 note resend",
    "20 writes <STX>200002B<CR><ETX>4C<CR>",
    "30 delivered 1",
    "30 writes <EOT><CR>",
  ]);
});

test("X328Link takes RINT, an ACK and RINT again for three acknowledgements", () => {
  assert.deepEqual(
    alone({ maxBlock: 2 }, [[0, sends("A\rB\rC\r")], [5, ack(0)], [10, RINT], [20, ack(2)], [30, RINT]]),
    [
      "0 writes <ENQ><CR>",
      "5 writes <STX>100002A<CR><ETB>58<CR>",
      "10 writes <STX>200002B<CR><ETB>58<CR>",
      "20 writes <STX>300002C<CR><ETX>4C<CR>",
      "30 delivered 1",
      "30 writes <EOT><CR>",
    ],
  );
});

test("X328Link ignores the ACK of another block, and sends its own again on Timer A", () => {
  assert.deepEqual(alone({}, [[0, sends("A\r")], [5, ack(0)], [10, ack(2)], [6010, ack(1)]]), [
    "0 writes <ENQ><CR>",
    "5 writes <STX>100002A<CR><ETX>4C<CR>",
    "10 note unexpected",
    "6005 note timer_a",
    "6005 note resend",
    "6005 writes <STX>100002A<CR><ETX>4C<CR>",
    "6010 delivered 1",
    "6010 writes <EOT><CR>",
  ]);
});

test("X328Link ignores a bid while it sends", () => {
  assert.deepEqual(alone({}, [[0, sends("A\r")], [5, ack(0)], [10, ENQ], [20, ack(1)]]), [
    "0 writes <ENQ><CR>",
    "5 writes <STX>100002A<CR><ETX>4C<CR>",
    "10 note bid_ignored",
    "20 delivered 1",
    "20 writes <EOT><CR>",
  ]);
});

test("X328Link ends the transfer that a peer believes to be in, and bids again", () => {
  assert.deepEqual(alone({}, [[0, sends("A\r")], [5, ack(5)], [10, ack(0)], [20, ack(1)]]), [
    "0 writes <ENQ><CR>",
    "5 writes <EOT><CR><ENQ><CR>",
    "10 writes <STX>100002A<CR><ETX>4C<CR>",
    "20 delivered 1",
    "20 writes <EOT><CR>",
  ]);
});

test("X328Link gives up a peer that answers every bid with the ACK of a block", () => {
  assert.deepEqual(alone({ bidTries: 2 }, [[0, sends("A\r")], [5, ack(5)], [10, ack(5)]]), [
    "0 writes <ENQ><CR>",
    "5 writes <EOT><CR><ENQ><CR>",
    "10 failed 1 bid_timeout",
    "10 writes <EOT><CR>",
  ]);
});

test("X328Link answers nothing that nobody asked for", () => {
  assert.deepEqual(
    alone({}, [[0, ack(1) + NAK + RINT + EOT + etx(1, "Q\r")], [10, sends("A\r")], [15, EOT + RINT + etx(1, "Q\r")], [
      20,
      ack(0),
    ], [30, etx(1, "Q\r") + ack(1)]]),
    [
      "0 note unexpected",
      "0 note unexpected",
      "0 note unexpected",
      "0 note block_unexpected",
      "10 writes <ENQ><CR>",
      "15 note unexpected",
      "15 note block_unexpected",
      "20 writes <STX>100002A<CR><ETX>4C<CR>",
      "30 note block_unexpected",
      "30 delivered 1",
      "30 writes <EOT><CR>",
    ],
  );
});
