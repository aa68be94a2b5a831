import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1, utf8 } from "../../../lib/bytes.ts";
import { X328Link } from "../../../lib/link/x328.ts";
import { ack, between, ENQ, EOT, etx, NAK, RINT } from "./x328_script.ts";

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

test("X328Link commits faults of what it sends with the message sent next and no other, every try of it", () => {
  const story = between({ near: { turnMs: 0 } }, (s) => {
    s.send("near", "A\r");
    s.near.fault("bad_bcc", 3);
    s.near.fault("bad_count");
    s.near.fault("enq_storm", 2);
    s.near.fault("late_enq", 200);
    s.near.fault("no_eot");
    s.send("near", "B\r");
    s.send("near", "C\r");
  });
  assert.deepEqual(story.filter((line) => line.includes(" near writes ")), [
    "0 near writes <ENQ><CR>",
    "10 near writes <STX>100002A<CR><ETX>4C<CR>",
    "20 near writes <EOT><CR>",
    "220 near writes <ENQ><CR><ENQ><CR>",
    // A wrong BCC is none of the wrong length either.
    "230 near writes <STX>100003B<CR><ETX>4F<CR>",
    "240 near writes <STX>100002B<CR><ETX>4E<CR>",
    "250 near writes <STX>100002B<CR><ETX>4E<CR>",
    "260 near writes <STX>100002B<CR><ETX>4F<CR>",
    "270 near writes <ENQ><CR>",
    "280 near writes <STX>100002C<CR><ETX>4E<CR>",
    "290 near writes <EOT><CR>",
  ]);
});

test("X328Link forgets faults of a message that were not all needed", () => {
  const story = between({}, (s) => {
    s.near.fault("bad_bcc", 9);
    s.send("near", "A\r");
    s.send("near", "B\r");
  });
  assert.deepEqual(
    story.filter((line) => /near (failed|delivered)/.test(line)).map((line) => line.replace(/^\d+ /, "")),
    [
      "near failed 1 commit_refused",
      "near delivered 2",
    ],
  );
  assert.equal(story.filter((line) => line.includes("fault invalid_checksum")).length, 5);
});

test("X328Link lets its sink arm what the message in its hands is answered with", () => {
  for (const [name, wanted] of [["link_nak", NAK], ["eot", EOT], ["rint", RINT], ["wrong_ack", ack(2)]] as const) {
    const link = new X328Link();
    const said = () => {
      const output = link.output();
      return output?.type === "bytes" ? latin1(output.bytes) : "";
    };
    const receive = (text: string, fault: boolean) =>
      link.receive(utf8(text), 0, (event) => {
        if (event.type === "message" && fault) link.fault(name);
      });
    receive(ENQ, true);
    said();
    receive(etx(1, "A\r"), true);
    assert.equal(said(), wanted, name);
    receive(ENQ, false);
    said();
    receive(etx(1, "B\r"), false);
    assert.equal(said(), ack(1), `${name}, the next one`);
  }
});
