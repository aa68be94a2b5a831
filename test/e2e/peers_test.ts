/**
 * The compiled binary at the other end of implementations that nobody here wrote.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { latin1 } from "../../lib/bytes.ts";
import { sampleAdt } from "../../lib/hl7/sample.ts";
import { run, start } from "../binary.ts";
import { PEERS } from "../peers/all.ts";
import type { Peer, PeerReply } from "../peers/peer.ts";

/** A peer that hangs fails its test. */
const LIMIT = { timeout: 30_000 };
const IDS = ["FIRST", "SECOND", "THIRD"];
const AT = new Date(Date.UTC(2026, 0, 31, 12));

let folder: string;
let file: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "mllp-peers-"));
  file = join(folder, "two.hl7");
  writeFileSync(file, sample("FIRST") + sample("SECOND"));
});

after(() => rmSync(folder, { recursive: true }));

function sample(controlId: string): string {
  return latin1(sampleAdt({ controlId, at: AT }));
}

/** Runs the binary against a peer's server; also tells what control ids the peer read. */
async function against(peer: Peer, argsOf: (endpoint: string) => string[]) {
  const received: string[] = [];
  const server = await peer.serve((controlId) => received.push(controlId));
  try {
    return { ...await run(argsOf(`127.0.0.1:${server.port}`)), received };
  } finally {
    await server.close();
  }
}

/** Lets a peer's client send three messages to `mllp receive`; its replies, and the receiver's summary. */
async function receive(peer: Peer) {
  const receiver = start(["receive", "--listen", "127.0.0.1:0", "--json", "--quiet"]);
  try {
    const [, port] = await receiver.waitFor("stdout", /"endpoint":"tcp:\/\/127\.0\.0\.1:(\d+)"/);
    const client = await peer.connect(Number(port), sample("TEMPLATE"));
    const replies: PeerReply[] = [];
    for (const id of IDS) replies.push(await client.exchange(id));
    await client.close();
    // Not by `child.kill`: after that Deno reports the signal as the end, even of a run that exits by itself.
    process.kill(receiver.child.pid!, "SIGINT");
    const { code, stdout } = await receiver.finished;
    return { replies, code, summary: JSON.parse(stdout.trim().split("\n").at(-1)!) };
  } finally {
    await receiver.stop("SIGKILL");
  }
}

for (const peer of PEERS) {
  test(`mllp send is answered AA by the server of ${peer.name}`, LIMIT, async () => {
    const { code, stdout, stderr, received } = await against(peer, (endpoint) => ["send", endpoint, file, "--json"]);
    const results = stdout.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(results.map(({ controlId, outcome, code }) => [controlId, outcome, code]), [
      ["FIRST", "accepted", "AA"],
      ["SECOND", "accepted", "AA"],
    ]);
    assert.equal(code, 0, stderr);
    assert.deepEqual([...new Set(received)], ["FIRST", "SECOND"]);
  });

  test(`mllp spam has every message accepted by the server of ${peer.name}`, LIMIT, async () => {
    const load = ["--closed", "--connections", "4", "--count", "100", "--json"];
    const { code, stdout, stderr, received } = await against(peer, (endpoint) => ["spam", endpoint, ...load]);
    assert.equal(code, 0, stderr);
    const { planned, sent, outcomes, acks } = JSON.parse(stdout);
    assert.deepEqual([planned, sent, outcomes.accepted, acks], [100, 100, 100, { AA: 100 }]);
    assert.equal(new Set(received).size, 100);
  });

  test(`mllp receive answers AA, with its own control id, to the client of ${peer.name}`, LIMIT, async () => {
    const { replies, code, summary } = await receive(peer);
    assert.deepEqual(replies, IDS.map((controlId) => ({ code: "AA", controlId })));
    assert.equal(code, 0);
    // Three, whatever else the peer sent: an acknowledgement is never answered.
    assert.deepEqual(summary.replies, { AA: 3 });
  });
}

test("mllp receive ends the storm of acknowledgements that hl7v2-net's client starts", LIMIT, async () => {
  const { summary } = await receive(PEERS.find(({ name }) => name === "hl7v2-net")!);
  // Each of our three replies was acknowledged by the client, the last one perhaps too late to be counted.
  assert.ok(summary.messages === 5 || summary.messages === 6, `${summary.messages} messages`);
  assert.deepEqual(summary.replies, { AA: 3 });
});
