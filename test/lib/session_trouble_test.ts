import assert from "node:assert/strict";
import { test } from "node:test";
import { MllpFramer } from "../../lib/framing/mllp.ts";
import { MllpLink } from "../../lib/link/mllp.ts";
import { type Ending, Session } from "../../lib/session.ts";
import { memoryPair } from "../../lib/transport/memory.ts";
import type { Transport } from "../../lib/transport/transport.ts";

/** Lets everything happen that is under way. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

function endings(transport: Transport): Ending[] {
  const seen: Ending[] = [];
  new Session(transport, new MllpLink(new MllpFramer()), { event: () => {}, closed: (ending) => seen.push(ending) });
  return seen;
}

test("Session calls an end after a TLS alert an error, not a FIN", async () => {
  const [near, far] = memoryPair();
  const seen = endings(near);
  const code = "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED";
  near.stream.emit("error", Object.assign(new Error("alert"), { code }));
  far.end();
  await settle();
  assert.deepEqual(seen.map(({ how, error }) => [how, error?.code, error?.systemCode]), [[
    "error",
    "tls_failed",
    code,
  ]]);
});

test("Session over a stream that broke before it was made says so", async () => {
  const [near, far] = memoryPair();
  near.stream.on("error", () => {});
  far.reset();
  await settle();
  assert.ok(near.stream.closed);
  const seen = endings(near);
  await settle();
  assert.deepEqual(seen.map(({ how }) => how), ["reset"]);
});

test("Session ends with 'error' and the system's word for anything but a reset", async () => {
  const [near] = memoryPair();
  const seen = endings(near);
  const failure = Object.assign(new Error("read EIO"), { code: "EIO" });
  near.stream.destroy(failure);
  await settle();
  assert.deepEqual(seen.map(({ how, error }) => [how, error?.code, error?.systemCode]), [[
    "error",
    "stream_failed",
    "EIO",
  ]]);
  assert.equal(seen[0].error?.cause, failure);
});
