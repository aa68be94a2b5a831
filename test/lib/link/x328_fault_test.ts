import assert from "node:assert/strict";
import { test } from "node:test";
import { between } from "./x328_script.ts";

test("X328Link under bad_bcc sends a block with a wrong BCC, and the right one again", () => {
  assert.deepEqual(
    between({}, (s) => {
      s.near.fault("bad_bcc");
      s.send("near", "A\r");
    }),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100002A<CR><ETX>4D<CR>",
      "15 far fault invalid_checksum",
      "15 far writes <NAK><CR>",
      "20 near note resend",
      "20 near writes <STX>100002A<CR><ETX>4C<CR>",
      "25 far message A<CR>",
      "25 far writes <DLE>1<CR>",
      "30 near delivered 1",
      "30 near writes <EOT><CR>",
    ],
  );
});

test("X328Link under bad_count sends a block with a wrong length and the BCC of that, as often as told", () => {
  assert.deepEqual(
    between({}, (s) => {
      s.near.fault("bad_count", 2);
      s.send("near", "A\r");
    }),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100003A<CR><ETX>4D<CR>",
      "15 far fault invalid_count",
      "15 far writes <NAK><CR>",
      "20 near note resend",
      "20 near writes <STX>100003A<CR><ETX>4D<CR>",
      "25 far fault invalid_count",
      "25 far writes <NAK><CR>",
      "30 near note resend",
      "30 near writes <STX>100002A<CR><ETX>4C<CR>",
      "35 far message A<CR>",
      "35 far writes <DLE>1<CR>",
      "40 near delivered 1",
      "40 near writes <EOT><CR>",
    ],
  );
});

test("X328Link under link_nak refuses good blocks as often as told, and does not deliver them", () => {
  assert.deepEqual(
    between({}, (s) => {
      s.far.fault("link_nak", 2);
      s.send("near", "A\r");
    }),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100002A<CR><ETX>4C<CR>",
      "15 far writes <NAK><CR>",
      "20 near note resend",
      "20 near writes <STX>100002A<CR><ETX>4C<CR>",
      "25 far writes <NAK><CR>",
      "30 near note resend",
      "30 near writes <STX>100002A<CR><ETX>4C<CR>",
      "35 far message A<CR>",
      "35 far writes <DLE>1<CR>",
      "40 near delivered 1",
      "40 near writes <EOT><CR>",
    ],
  );
});

test("X328Link under eot ends the transfer at a good block", () => {
  assert.deepEqual(
    between({}, (s) => {
      s.far.fault("eot");
      s.send("near", "A\r");
    }),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100002A<CR><ETX>4C<CR>",
      "15 far writes <EOT><CR>",
      "20 near failed 1 interrupted",
    ],
  );
});

test("X328Link under wrong_ack names another block, and the right one when it is asked again", () => {
  assert.deepEqual(
    between({}, (s) => {
      s.far.fault("wrong_ack");
      s.send("near", "A\r");
    }),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100002A<CR><ETX>4C<CR>",
      "15 far message A<CR>",
      "15 far writes <DLE>2<CR>",
      "20 near note unexpected",
      "6010 near note timer_a",
      "6010 near note resend",
      "6010 near writes <STX>100002A<CR><ETX>4C<CR>",
      "6015 far note duplicate",
      "6015 far writes <DLE>1<CR>",
      "6020 near delivered 1",
      "6020 near writes <EOT><CR>",
    ],
  );
});

test("X328Link under rint says RINT in place of an ACK", () => {
  assert.deepEqual(
    between({}, (s) => {
      s.far.fault("rint");
      s.send("near", "A\r");
    }),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100002A<CR><ETX>4C<CR>",
      "15 far message A<CR>",
      "15 far writes <DLE><<CR>",
      "20 near delivered 1",
      "20 near writes <EOT><CR>",
    ],
  );
});

test("X328Link under enq_storm bids many times at once", () => {
  assert.deepEqual(
    between({}, (s) => {
      s.near.fault("enq_storm", 3);
      s.send("near", "A\r");
    }),
    [
      "0 near writes <ENQ><CR><ENQ><CR><ENQ><CR>",
      "5 far writes <DLE>0<CR><DLE>0<CR><DLE>0<CR>",
      "10 near note unexpected",
      "10 near note unexpected",
      "10 near writes <STX>100002A<CR><ETX>4C<CR>",
      "15 far message A<CR>",
      "15 far writes <DLE>1<CR>",
      "20 near delivered 1",
      "20 near writes <EOT><CR>",
    ],
  );
});

test("X328Link under late_enq bids late", () => {
  assert.deepEqual(
    between({}, (s) => {
      s.near.fault("late_enq", 700);
      s.send("near", "A\r");
    }),
    [
      "700 near writes <ENQ><CR>",
      "705 far writes <DLE>0<CR>",
      "710 near writes <STX>100002A<CR><ETX>4C<CR>",
      "715 far message A<CR>",
      "715 far writes <DLE>1<CR>",
      "720 near delivered 1",
      "720 near writes <EOT><CR>",
    ],
  );
});

test("X328Link under no_eot does not end its transfer", () => {
  assert.deepEqual(
    between({}, (s) => {
      s.near.fault("no_eot");
      s.send("near", "A\r");
    }),
    [
      "0 near writes <ENQ><CR>",
      "5 far writes <DLE>0<CR>",
      "10 near writes <STX>100002A<CR><ETX>4C<CR>",
      "15 far message A<CR>",
      "15 far writes <DLE>1<CR>",
      "20 near delivered 1",
      "30015 far note timer_d",
    ],
  );
});
