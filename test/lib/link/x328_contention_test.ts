import assert from "node:assert/strict";
import { test } from "node:test";
import { losing } from "./wire.ts";
import { ack, alone, between, ENQ, EOT, etx, sends } from "./x328_script.ts";

test("X328Link with the priority of the line yields to a host's bid, takes its message, and sends its own then", () => {
  assert.deepEqual(
    between({ near: { priority: "line" }, far: { priority: "host" } }, (s) => {
      s.send("near", "A\r");
      s.send("far", "Z\r");
    }),
    [
      "0 near writes <ENQ><CR>",
      "0 far writes <ENQ><CR>",
      "5 far note contention",
      "5 near note contention",
      "5 near note yielded",
      "5 near writes <DLE>0<CR>",
      "10 far writes <STX>100002Z<CR><ETX>57<CR>",
      "15 near message Z<CR>",
      "15 near writes <DLE>1<CR>",
      "20 far delivered 1",
      "20 far writes <EOT><CR>",
      "25 near writes <ENQ><CR>",
      "30 far writes <DLE>0<CR>",
      "35 near writes <STX>100002A<CR><ETX>4C<CR>",
      "40 far message A<CR>",
      "40 far writes <DLE>1<CR>",
      "45 near delivered 1",
      "45 near writes <EOT><CR>",
    ],
  );
});

test("X328Link, line against line: both yield, go back to neutral, and neither loses its message", () => {
  assert.deepEqual(
    between({}, (s) => {
      s.send("near", "A\r");
      s.send("far", "Z\r");
    }),
    [
      "0 near writes <ENQ><CR>",
      "0 far writes <ENQ><CR>",
      "5 far note contention",
      "5 far note yielded",
      "5 far writes <DLE>0<CR>",
      "5 near note contention",
      "5 near note yielded",
      "5 near writes <DLE>0<CR>",
      "10 near note both_yielded",
      "10 far note both_yielded",
      "73 far writes <ENQ><CR>",
      "78 near writes <DLE>0<CR>",
      "83 far writes <STX>100002Z<CR><ETX>57<CR>",
      "88 near message Z<CR>",
      "88 near writes <DLE>1<CR>",
      "93 far delivered 1",
      "93 far writes <EOT><CR>",
      "98 near writes <ENQ><CR>",
      "103 far writes <DLE>0<CR>",
      "108 near writes <STX>100002A<CR><ETX>4C<CR>",
      "113 far message A<CR>",
      "113 far writes <DLE>1<CR>",
      "118 near delivered 1",
      "118 near writes <EOT><CR>",
    ],
  );
});

test("X328Link, host against host: both insist once, then both yield, and neither loses its message", () => {
  assert.deepEqual(
    between({ near: { priority: "host" } }, (s) => {
      s.send("near", "A\r");
      s.send("far", "Z\r");
    }),
    [
      "0 near writes <ENQ><CR>",
      "0 far writes <ENQ><CR>",
      "5 far note contention",
      "5 near note contention",
      "1005 far note bid_again",
      "1005 far writes <ENQ><CR>",
      "1005 near note bid_again",
      "1005 near writes <ENQ><CR>",
      "1010 near note contention",
      "1010 near note yielded",
      "1010 near writes <DLE>0<CR>",
      "1010 far note contention",
      "1010 far note yielded",
      "1010 far writes <DLE>0<CR>",
      "1015 far note both_yielded",
      "1015 near note both_yielded",
      "1069 near writes <ENQ><CR>",
      "1074 far writes <DLE>0<CR>",
      "1079 near writes <STX>100002A<CR><ETX>4C<CR>",
      "1084 far message A<CR>",
      "1084 far writes <DLE>1<CR>",
      "1089 near delivered 1",
      "1089 near writes <EOT><CR>",
      "1094 far writes <ENQ><CR>",
      "1099 near writes <DLE>0<CR>",
      "1104 far writes <STX>100002Z<CR><ETX>57<CR>",
      "1109 near message Z<CR>",
      "1109 near writes <DLE>1<CR>",
      "1114 far delivered 1",
      "1114 far writes <EOT><CR>",
    ],
  );
});

test("X328Link with the priority of the host ignores a bid before its own is answered, and sends when it is", () => {
  assert.deepEqual(
    alone({ priority: "host" }, [[0, sends("A\r")], [5, ENQ], [400, ENQ], [700, ack(0)], [710, ack(1)]]),
    [
      "0 writes <ENQ><CR>",
      "5 note contention",
      "400 note bid_ignored",
      "700 writes <STX>100002A<CR><ETX>4C<CR>",
      "710 delivered 1",
      "710 writes <EOT><CR>",
    ],
  );
});

test("X328Link with the priority of the host bids again 1 s after the peer's bid, which counts as no try", () => {
  assert.deepEqual(
    alone({ priority: "host", bidTries: 1 }, [[0, sends("A\r")], [5, ENQ], [1010, ack(0)], [1020, ack(1)]]),
    [
      "0 writes <ENQ><CR>",
      "5 note contention",
      "1005 note bid_again",
      "1005 writes <ENQ><CR>",
      "1010 writes <STX>100002A<CR><ETX>4C<CR>",
      "1020 delivered 1",
      "1020 writes <EOT><CR>",
    ],
  );
});

test("X328Link with the priority of the host gives way to a peer that insists as well", () => {
  assert.deepEqual(
    alone({ priority: "host" }, [[0, sends("A\r")], [5, ENQ], [1010, ENQ], [1020, etx(1, "Z\r")], [1030, EOT], [
      1040,
      ack(0),
    ], [1050, ack(1)]]),
    [
      "0 writes <ENQ><CR>",
      "5 note contention",
      "1005 note bid_again",
      "1005 writes <ENQ><CR>",
      "1010 note contention",
      "1010 note yielded",
      "1010 writes <DLE>0<CR>",
      "1020 message Z<CR>",
      "1020 writes <DLE>1<CR>",
      "1030 writes <ENQ><CR>",
      "1040 writes <STX>100002A<CR><ETX>4C<CR>",
      "1050 delivered 1",
      "1050 writes <EOT><CR>",
    ],
  );
});

test("X328Link that yields waits for the peer's message until Timer D, and bids then", () => {
  assert.deepEqual(alone({}, [[0, sends("A\r")], [5, ENQ], [30_010, ack(0)], [30_020, ack(1)]]), [
    "0 writes <ENQ><CR>",
    "5 note contention",
    "5 note yielded",
    "5 writes <DLE>0<CR>",
    "30005 note timer_d",
    "30005 writes <ENQ><CR>",
    "30010 writes <STX>100002A<CR><ETX>4C<CR>",
    "30020 delivered 1",
    "30020 writes <EOT><CR>",
  ]);
});

test("X328Link fails with bid_contended where its own bids come back to it over and over", () => {
  assert.deepEqual(alone({ bidTries: 1 }, [[0, sends("A\r")], [5, ENQ + ack(0)], [1000, ENQ + ack(0)]]), [
    "0 writes <ENQ><CR>",
    "5 note contention",
    "5 note yielded",
    "5 note both_yielded",
    "5 writes <DLE>0<CR>",
    "465 writes <ENQ><CR>",
    "1000 note contention",
    "1000 failed 1 bid_contended",
    "1000 note unexpected",
    "1000 writes <EOT><CR><DLE>0<CR>",
    "31000 note timer_d",
  ]);
});

test("X328Link, host against host, the second bid just after the first: neither loses its message", () => {
  assert.deepEqual(
    between({ near: { priority: "host" } }, (s) => {
      s.send("near", "A\r");
      s.sendAt(4, "far", "Z\r");
    }),
    [
      "0 near writes <ENQ><CR>",
      "4 far writes <ENQ><CR>",
      "5 far note contention",
      "9 near note contention",
      "1005 far note bid_again",
      "1005 far writes <ENQ><CR>",
      "1009 near note bid_again",
      "1009 near writes <ENQ><CR>",
      "1010 near note contention",
      "1010 near note yielded",
      "1010 near writes <DLE>0<CR>",
      "1014 far note contention",
      "1014 far note yielded",
      "1014 far writes <DLE>0<CR>",
      "1015 far note both_yielded",
      "1019 near note both_yielded",
      "1073 near writes <ENQ><CR>",
      "1078 far writes <DLE>0<CR>",
      "1083 near writes <STX>100002A<CR><ETX>4C<CR>",
      "1088 far message A<CR>",
      "1088 far writes <DLE>1<CR>",
      "1093 near delivered 1",
      "1093 near writes <EOT><CR>",
      "1098 far writes <ENQ><CR>",
      "1103 near writes <DLE>0<CR>",
      "1108 far writes <STX>100002Z<CR><ETX>57<CR>",
      "1113 near message Z<CR>",
      "1113 near writes <DLE>1<CR>",
      "1118 far delivered 1",
      "1118 far writes <EOT><CR>",
    ],
  );
});

test("X328Link, host against host, with the first bid lost", () => {
  assert.deepEqual(
    between({ near: { priority: "host" }, fate: losing("near 1") }, (s) => {
      s.send("near", "A\r");
      s.sendAt(3, "far", "Z\r");
    }),
    [
      "0 near writes <ENQ><CR> (lost)",
      "3 far writes <ENQ><CR>",
      "8 near note contention",
      "1008 near note bid_again",
      "1008 near writes <ENQ><CR>",
      "1013 far note contention",
      "2013 far note bid_again",
      "2013 far writes <ENQ><CR>",
      "2018 near note contention",
      "2018 near note yielded",
      "2018 near writes <DLE>0<CR>",
      "2023 far writes <STX>100002Z<CR><ETX>57<CR>",
      "2028 near message Z<CR>",
      "2028 near writes <DLE>1<CR>",
      "2033 far delivered 1",
      "2033 far writes <EOT><CR>",
      "2038 near writes <ENQ><CR>",
      "2043 far writes <DLE>0<CR>",
      "2048 near writes <STX>100002A<CR><ETX>4C<CR>",
      "2053 far message A<CR>",
      "2053 far writes <DLE>1<CR>",
      "2058 near delivered 1",
      "2058 near writes <EOT><CR>",
    ],
  );
});

test("X328Link, line against line, with an answer lost", () => {
  assert.deepEqual(
    between({ fate: losing("far 2") }, (s) => {
      s.send("near", "A\r");
      s.send("far", "Z\r");
    }),
    [
      "0 near writes <ENQ><CR>",
      "0 far writes <ENQ><CR>",
      "5 far note contention",
      "5 far note yielded",
      "5 far writes <DLE>0<CR> (lost)",
      "5 near note contention",
      "5 near note yielded",
      "5 near writes <DLE>0<CR>",
      "10 far note both_yielded",
      "73 far writes <ENQ><CR>",
      "78 near writes <DLE>0<CR>",
      "83 far writes <STX>100002Z<CR><ETX>57<CR>",
      "88 near message Z<CR>",
      "88 near writes <DLE>1<CR>",
      "93 far delivered 1",
      "93 far writes <EOT><CR>",
      "98 near writes <ENQ><CR>",
      "103 far writes <DLE>0<CR>",
      "108 near writes <STX>100002A<CR><ETX>4C<CR>",
      "113 far message A<CR>",
      "113 far writes <DLE>1<CR>",
      "118 near delivered 1",
      "118 near writes <EOT><CR>",
    ],
  );
});

test("X328Link takes STX before a bid for noise where no block is due", () => {
  assert.deepEqual(
    alone({}, [[0, sends("A\r")], [2, "\x02" + ENQ], [10, etx(1, "Z\r")], [20, EOT], [30, ack(0)], [40, ack(1)]]),
    [
      "0 writes <ENQ><CR>",
      "2 note contention",
      "2 note yielded",
      "2 writes <DLE>0<CR>",
      "10 message Z<CR>",
      "10 writes <DLE>1<CR>",
      "20 writes <ENQ><CR>",
      "30 writes <STX>100002A<CR><ETX>4C<CR>",
      "40 delivered 1",
      "40 writes <EOT><CR>",
    ],
  );
});

test("X328Link has all its tries left after a contention", () => {
  assert.deepEqual(alone({ priority: "host", bidTries: 2 }, [[0, sends("A\r")], [5, ENQ]]), [
    "0 writes <ENQ><CR>",
    "5 note contention",
    "1005 note bid_again",
    "1005 writes <ENQ><CR>",
    "7005 note timer_a",
    "7005 writes <ENQ><CR>",
    "13005 note timer_a",
    "13005 failed 1 bid_timeout",
    "13005 writes <EOT><CR>",
  ]);
});

test("X328Link with the priority of the host insists anew once it has had the line, or has given way", () => {
  const story = alone({ priority: "host" }, [
    [0, sends("A\r")],
    [5, ENQ],
    [10, ack(0)],
    [20, ack(1)],
    [1000, sends("B\r")],
    [1005, ENQ],
    [2010, ENQ],
    [2020, etx(1, "Z\r")],
    [2030, EOT],
    [2035, ENQ],
    [2040, ack(0)],
    [2050, ack(1)],
  ]);
  assert.deepEqual(story, [
    "0 writes <ENQ><CR>",
    "5 note contention",
    "10 writes <STX>100002A<CR><ETX>4C<CR>",
    "20 delivered 1",
    "20 writes <EOT><CR>",
    "1000 writes <ENQ><CR>",
    "1005 note contention",
    "2005 note bid_again",
    "2005 writes <ENQ><CR>",
    "2010 note contention",
    "2010 note yielded",
    "2010 writes <DLE>0<CR>",
    "2020 message Z<CR>",
    "2020 writes <DLE>1<CR>",
    "2030 writes <ENQ><CR>",
    "2035 note contention",
    "2040 writes <STX>100002B<CR><ETX>4F<CR>",
    "2050 delivered 2",
    "2050 writes <EOT><CR>",
  ]);
});
