/**
 * `mllp send` against peers that answer in every way: outcome, code and exit status of cli.md's
 * table, from the compiled binary.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket } from "node:net";
import { ack, closedPort, framed, idOf, type Script, startPeer } from "../peer.ts";
import { run } from "../binary.ts";

interface Row {
  readonly peer: string;
  readonly script?: Script;
  readonly opened?: (socket: Socket) => void;
  readonly args?: readonly string[];
  readonly outcome: string;
  readonly code: string | null;
  readonly exit: number;
  /** What a person reads, on standard output. */
  readonly says: RegExp;
  readonly warnings?: readonly string[];
  readonly error?: string | null;
}

const reply = (make: (id: string) => string): Script => (message, socket) =>
  void socket.write(framed(make(idOf(message))));

const TABLE: readonly Row[] = [
  { peer: "AA", script: reply((id) => ack(id)), outcome: "accepted", code: "AA", exit: 0, says: /AA accepted/ },
  {
    peer: "AE with text and an ERR segment",
    script: reply((id) => ack(id, "AE", "No such bed", "ERR||PV1^1^3^1^2|103|E||||Bed 12 is not in ward 3\r")),
    outcome: "error",
    code: "AE",
    exit: 1,
    says:
      /AE application error: No such bed[\s\S]*error {4}PV1-3\[1\]\.2 {2}103 Table value not found\n\s+Bed 12 is not in ward 3/,
  },
  {
    peer: "AR",
    script: reply((id) => ack(id, "AR")),
    outcome: "reject",
    code: "AR",
    exit: 1,
    says: /AR application reject/,
  },
  { peer: "CE", script: reply((id) => ack(id, "CE")), outcome: "error", code: "CE", exit: 1, says: /CE commit error/ },
  {
    peer: "CR",
    script: reply((id) => ack(id, "CR")),
    outcome: "reject",
    code: "CR",
    exit: 1,
    says: /CR commit reject/,
  },
  {
    peer: "an AE that names no message",
    script: reply(() => ack("", "AE", "Cannot read MSH")),
    outcome: "error",
    code: "AE",
    exit: 1,
    says: /Cannot read MSH/,
    warnings: ["nak_without_id"],
  },
  {
    peer: "FIN before the reply",
    script: (_message, socket) => socket.end(),
    outcome: "closed",
    code: null,
    exit: 4,
    says: /closed: The receiver closed the connection before its/,
    error: "reply_closed",
  },
  {
    peer: "RST before the reply",
    script: (_message, socket) => socket.resetAndDestroy(),
    outcome: "reset",
    code: null,
    exit: 4,
    says: /reset: The receiver reset the connection before its/,
    error: "reply_reset",
  },
  {
    peer: "silence",
    script: () => {},
    outcome: "timeout",
    code: null,
    exit: 4,
    says: /timeout: No acknowledgement within 400ms/,
    error: "reply_timeout",
  },
  {
    peer: "the acknowledgement of another message",
    script: reply(() => ack("OTHER")),
    outcome: "wrong_id",
    code: "AA",
    exit: 5,
    says: /wrong_id AA: No acknowledgement[\s\S]*MSA-2 OTHER/,
    warnings: ["wrong_id"],
    error: "reply_wrong_id",
  },
  {
    peer: "a message without MSA",
    script: reply(() => "MSH|^~\\&|LAB|||||20260131||ADT^A08|X1|P|2.5\r"),
    outcome: "wrong_id",
    code: null,
    exit: 5,
    says: /acknowledges nothing/,
    warnings: ["no_msa"],
    error: "reply_wrong_id",
  },
  {
    peer: "another's acknowledgement, then the right one",
    script: (message, socket) => socket.write(Buffer.concat([framed(ack("OTHER")), framed(ack(idOf(message)))])),
    outcome: "accepted",
    code: "AA",
    exit: 0,
    says: /AA accepted[\s\S]*wrong_id/,
    warnings: ["wrong_id"],
  },
  {
    peer: "garbage",
    script: (_message, socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"),
    outcome: "damaged",
    code: null,
    exit: 5,
    says: /Expected 0x0B \(VT\), the start of a frame, at byte 0, found 0x48 \('H'\): an HTTP answer[\s\S]*48 54 54 50/,
    warnings: ["noise"],
    error: "reply_damaged",
  },
  {
    peer: "an acknowledgement without a frame",
    script: (message, socket) => socket.write(ack(idOf(message))),
    outcome: "damaged",
    code: null,
    exit: 5,
    says: /the bytes are not framed/,
    error: "reply_damaged",
  },
  {
    peer: "an acknowledgement without a frame, under --match any",
    script: (message, socket) => socket.write(ack(idOf(message))),
    args: ["--match", "any"],
    outcome: "accepted",
    code: null,
    exit: 0,
    says: /accepted/,
  },
  {
    peer: "an echo, under --match any",
    script: (message, socket) => socket.write(framed(message)),
    args: ["--match", "any"],
    outcome: "accepted",
    code: null,
    exit: 0,
    says: /our own bytes back/,
    warnings: ["echo"],
  },
  {
    peer: "half an acknowledgement, then FIN",
    script: (message, socket) => socket.end(framed(ack(idOf(message))).subarray(0, 40)),
    outcome: "damaged",
    code: null,
    exit: 5,
    says: /damaged: /,
    error: "truncated",
  },
  {
    peer: "half an acknowledgement, then RST",
    script: (message, socket) => {
      socket.write(framed(ack(idOf(message))).subarray(0, 40));
      setTimeout(() => socket.resetAndDestroy(), 50);
    },
    outcome: "reset",
    code: null,
    exit: 4,
    says: /reset/,
    error: "reply_reset",
  },
  {
    peer: "an acknowledgement byte by byte",
    script: (message, socket) => {
      const bytes = framed(ack(idOf(message)));
      let at = 0;
      const timer = setInterval(() => {
        socket.write(bytes.subarray(at, ++at));
        if (at === bytes.length) clearInterval(timer);
      }, 1);
    },
    args: ["--timeout", "10s"],
    outcome: "accepted",
    code: "AA",
    exit: 0,
    says: /AA accepted/,
  },
  {
    peer: "two acknowledgements in one packet",
    script: (message, socket) => {
      const bytes = framed(ack(idOf(message)));
      socket.write(Buffer.concat([bytes, bytes]));
    },
    outcome: "accepted",
    code: "AA",
    exit: 0,
    says: /AA accepted[\s\S]*duplicate/,
    warnings: ["duplicate"],
  },
  {
    peer: "a frame that ends with LF, read strictly",
    script: (message, socket) => socket.write(`\v${ack(idOf(message))}\u001c\n`),
    args: ["--strict"],
    outcome: "damaged",
    code: null,
    exit: 5,
    says: /0x1C 0x0D[\s\S]*found 0x0A \(LF\)[\s\S]*--allow \S+ would accept it/,
    error: "invalid_trailer",
  },
];

for (const row of TABLE) {
  test(`mllp send to a peer that answers ${row.peer}: ${row.outcome}, exit ${row.exit}`, async () => {
    const peer = await startPeer(row.script ?? (() => {}), row.opened);
    try {
      const args = ["send", `127.0.0.1:${peer.port}`, "--timeout", "400ms", ...row.args ?? []];
      const [people, script] = await Promise.all([run(args), run([...args, "--json"])]);
      assert.match(people.stdout, row.says);
      assert.equal(people.stderr, "");
      assert.equal(people.code, row.exit);
      const result = JSON.parse(script.stdout);
      assert.equal(result.outcome, row.outcome);
      assert.equal(result.code, row.code);
      assert.equal(result.attempts, 1);
      assert.equal(result.error?.code ?? null, row.error ?? null);
      if (row.warnings !== undefined) assert.deepEqual(result.warnings, row.warnings);
      assert.equal(script.code, row.exit);
    } finally {
      await peer.close();
    }
  });
}

test("mllp send to a port where nothing listens: refused, exit 3", async () => {
  const args = ["send", `127.0.0.1:${await closedPort()}`];
  const [people, script] = await Promise.all([run(args), run([...args, "--json"])]);
  assert.match(people.stdout, /refused: Cannot connect to .*: connection\s+refused/);
  assert.equal(people.code, 3);
  const result = JSON.parse(script.stdout);
  assert.deepEqual([result.outcome, result.code, result.error.code], ["refused", null, "connect_refused"]);
  assert.equal(script.code, 3);
});
