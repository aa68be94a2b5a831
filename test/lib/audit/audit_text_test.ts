import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { auditText } from "../../../lib/audit/audit_text.ts";
import { plain, width } from "../../../lib/text.ts";
import { audited, received, sent } from "./ledger.ts";

const text = (document: ReturnType<typeof audited>, columns = 80) => plain(auditText(document, columns).join("\n"));

describe("auditText", () => {
  test("auditText gives both accounts, the verdicts and the first of each kind", () => {
    const log = [
      sent(0),
      sent(1, { outcome: "timeout" }),
      sent(2, { outcome: "reject" }),
      sent(3, { outcome: "dropped" }),
    ];
    const journal = [1, 2, 3, 4, 5].map((n) => received(n, 1)).concat(received(6, 2));
    assert.equal(
      text(audited(log, journal)),
      `ACCOUNTS
  sent              4  run.ndjson
    accepted        1  AA or CA came
    refused         1  AE, AR, CE or CR came
    unacknowledged  1  nothing good came
    never sent      1  no connection, or no room
  received          6  journal.ndjson
    distinct        2  of the messages sent

FINDINGS
  FAILED  lost                       1  sent, and never received
  FAILED  acknowledged_not_received  1  of the lost: the sender holds an acknowledgement
  FAILED  duplicated                 1  received again without a reason, 4 times in all
  passed  reordered                  0  received after one that was sent later
  passed  altered                    0  received with another content
  passed  foreign                    0  received, and never sent
  noted   received_not_acknowledged  1  received, but the sender does not know
  none    resent                     0  received again, as it was sent again

LOST
  k  sent                      control id  outcome   tries
  0  2026-01-31T12:00:00.000Z  M0          accepted      1

DUPLICATED
  k  sent                      control id  outcome  tries  received
  1  2026-01-31T12:00:00.010Z  M1          timeout      1  n 1 12:00:00.011, n 2 12:00:00.021, n 3 12:00:00.031 and 2 more

RECEIVED NOT ACKNOWLEDGED
  k  sent                      control id  outcome  tries  received
  1  2026-01-31T12:00:00.010Z  M1          timeout      1  n 1 12:00:00.011, n 2 12:00:00.021, n 3 12:00:00.031 and 2 more

NOT JUDGED
  order: 2 messages without a key; mllp spam --log-key PATH, or --order all

FAILED: 1 lost, 1 acknowledged_not_received, 1 duplicated`,
    );
  });

  test("auditText says how many of a kind it shows, and lists the acknowledged apart where the lost are cut off", () => {
    const log = [sent(0, { outcome: "timeout" }), sent(1), sent(2)];
    const lines = text(audited(log, [], { list: 1 }));
    assert.match(lines, /\nLOST \(1 of 3\)\n.*\n {2}0 /);
    assert.match(lines, /\nACKNOWLEDGED NOT RECEIVED \(1 of 2\)\n.*\n {2}1 /);
  });

  test("auditText names what was not compared, and does not call it passed", () => {
    const lines = text(audited([sent(0)], [received(1, 0)], { content: false, order: "none" }));
    assert.match(lines, /\n {2}- +reordered +- /);
    assert.match(lines, /\n {2}- +altered +- /);
  });

  test("auditText ends with what a build wants to know", () => {
    const last = (document: ReturnType<typeof audited>) => text(document).split("\n").at(-1);
    assert.equal(last(audited([sent(0)], [received(1, 0)])), "the message was received");
    const unknown = audited([sent(0, { outcome: "timeout" }), sent(1, { outcome: "unsent" })], [received(1, 0)]);
    assert.equal(last(unknown), "1 of 2 messages were received; 1 received_not_acknowledged");
  });

  test("auditText shows a peer's bytes harmlessly, and breaks sentences at the width", () => {
    const log = [sent(0, { controlId: "\u001b[31mX\r", key: "" })];
    const lines = auditText(audited(log, [], { by: "key", content: false }), 50);
    assert.match(lines.join("\n"), /\\x1b\[31mX\\r {2}\(none\)/);
    const from = lines.findIndex((line) => plain(line) === "NOT JUDGED");
    for (const line of lines.slice(from)) assert.ok(width(line) <= 50, line);
  });
});
