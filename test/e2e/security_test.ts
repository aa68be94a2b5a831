/**
 * The compiled binary among hostile texts: whatever a peer writes into a message or a reply, no terminal, page or reader of
 * a report obeys it; what holds messages is for its owner alone; and what TLS refuses is said in plain words.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { run, startReceiver } from "../binary.ts";
import { framed } from "../peer.ts";
import { testCertificates } from "../tls.ts";

const timeout = 120_000;
const folder = mkdtempSync(join(tmpdir(), "mllp-security-"));
after(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
// Colours on: only then would paint of a peer be shown as paint.
const env = { NO_COLOR: "", FORCE_COLOR: "1" };

const ESC = "\u001b";
/** Sets a title, clears the screen, conceals, turns the direction of writing, and is markup and a formula besides. */
const EVIL =
  `=1+1${ESC}]0;owned\u0007${ESC}[2J${ESC}[8m\u009b8m\u202egnp\u2066\u0000\u007f<img src=x onerror=alert(1)>"'`;
const evilMessage = (id: string) => `MSH|^~\\&|A|${EVIL}|C|D|20260131||${EVIL}|${id}|P|2.5\rPID|1||${EVIL}\r`;

/** That a terminal obeys nothing in a text but line ends and the colours of this program. */
function assertHarmless(text: string, what: string): void {
  assert.ok(!text.includes(`${ESC}[8m`), `${what}: paint of a peer`);
  const rest = text.replaceAll(new RegExp(`${ESC}\\[(1|2|22|3[1-6]|39)m`, "g"), "");
  const found = /[^\P{C}\n]|[\u2028\u2029]/u.exec(rest);
  assert.equal(
    found,
    null,
    `${what}: ${JSON.stringify(rest.slice(Math.max(0, (found?.index ?? 0) - 40)).slice(0, 80))}`,
  );
}

/** A receiver nobody should trust: answers each frame with what `reply` makes of its MSH-10. */
async function withPeer(reply: (id: string) => string, body: (endpoint: string) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = "";
    socket.on("error", () => {}).on("data", (data) => {
      text += data.toString("latin1");
      for (let end = text.indexOf("\u001c\r"); end >= 0; end = text.indexOf("\u001c\r")) {
        socket.write(framed(reply(text.slice(0, end).split("|")[9])));
        text = text.slice(end + 2);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await body(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

test("mllp receive shows hostile messages as text, and keeps them for its owner alone", { timeout }, async () => {
  const [journal, store] = [at("journal.ndjson"), at("store")];
  const receiver = await startReceiver([
    ...["--journal", journal, "--payload", "full", "--store", store, "--show-payload", "--count", "4"],
  ]);
  const socket = connect(receiver.port, "127.0.0.1").on("error", () => {});
  for (const id of ["../../owned", EVIL, "x".repeat(1_000_000), ""]) socket.write(framed(evilMessage(id)));
  const { code, stdout, stderr } = await receiver.finished;
  socket.destroy();
  assert.equal(code, 0);
  assertHarmless(stdout + stderr, "the log");
  assert.match(stderr, /\.\.\/\.\.\/owned .* AA/);
  assert.match(stderr, /x{400}… \(1000000 characters\)/);
  const text = readFileSync(journal, "utf8");
  assertHarmless(text, "the journal");
  assert.equal(
    JSON.parse(text.split("\n").filter((line) => line.includes('"n":2,'))[0]).controlId,
    Buffer.from(EVIL).toString("latin1"),
  );
  const why = await run(["receive", "--journal", journal, "--why", "2"], { env });
  assertHarmless(why.stdout + why.stderr, "--why");
  const names = readdirSync(store).sort();
  assert.deepEqual(names.map((name) => name.slice(0, 24)), [
    "00000001-.._.._owned.hl7",
    "00000002-_1_1__0_owned__",
    `00000003-${"x".repeat(15)}`,
    "00000004.hl7",
  ]);
  if (process.platform === "win32") return;
  const modes = [journal, store, ...names.map((name) => join(store, name))].map((path) => statSync(path).mode & 0o777);
  assert.deepEqual(modes, [0o600, 0o700, 0o600, 0o600, 0o600, 0o600]);
});

test("mllp send and mllp spam show hostile replies as text, in every report", { timeout }, async () => {
  const nak = (id: string) =>
    `MSH|^~\\&|${EVIL}|B|A|B|20260131||ACK|1|P|2.5\rMSA|AE|${id}|${EVIL}\r` +
    `ERR||PID^1^${EVIL}|207^${EVIL}|E|${EVIL}||${EVIL}|${EVIL}\r`;
  await withPeer(nak, async (endpoint) => {
    for (const more of [["--show-payload"], ["--json"], ["--format", "classic"]]) {
      const { code, stdout, stderr } = await run(["send", endpoint, ...more], { env });
      assert.equal(code, 1, stderr);
      assert.match(stdout, /owned/);
      assertHarmless(stdout + stderr, `send ${more.join(" ")}`);
    }
    const files = {
      html: at("run.html"),
      junit: at("run.xml"),
      csv: at("run.csv"),
      out: at("run.json"),
      log: at("run.log"),
    };
    const load = await run([
      ...["spam", endpoint, "--count", "2", "--rate", "50/s", "--fail-if", "errors > 0"],
      ...Object.entries(files).flatMap(([flag, path]) => [`--${flag}`, path]),
    ], { env });
    assert.equal(load.code, 1, load.stderr);
    assert.match(load.stdout, /AE: =1\+1\\x1b\]0;owned/);
    assertHarmless(load.stdout + load.stderr, "spam");
    for (const [flag, path] of Object.entries(files)) {
      const text = readFileSync(path, "utf8");
      if (flag !== "html") assertHarmless(text, `--${flag}`);
      if (flag === "html" || flag === "junit") assert.doesNotMatch(text, /<img|onerror=alert\(1\)>/, `--${flag}`);
      if (flag === "csv") assert.doesNotMatch(text, /^=|,=|"=/m, "no cell is a formula");
    }
    assert.match(readFileSync(files.html, "utf8"), /=1\+1\\x1b\]0;owned\\x07.*&lt;img src=x/);
  });
  const endless = (id: string) => `MSH|^~\\&|A|B|A|B|20260131||ACK|1|P|2.5\rMSA|AE|${id}|${"x".repeat(3_000_000)}\r`;
  await withPeer(endless, async (endpoint) => {
    const { stdout } = await run(["send", endpoint]);
    assert.ok(stdout.length < 2000, `${stdout.length} characters`);
    assert.match(stdout, /x… \(3000000 characters\)/);
  });
});

test("mllp says in plain words why TLS was refused, on either side", { timeout }, async () => {
  const { expired, ca, client } = await testCertificates();
  for (const [name, text] of Object.entries({ ca, cert: expired.cert, key: expired.key })) {
    writeFileSync(at(`${name}.pem`), text);
  }
  const receiver = await startReceiver([
    "--tls",
    "--cert",
    at("cert.pem"),
    "--key",
    at("key.pem"),
    "--client-ca",
    at("ca.pem"),
  ]);
  const endpoint = `127.0.0.1:${receiver.port}`;
  const refused = async (words: RegExp, codes: number[], ...args: string[]) => {
    const ended = await run([...args.slice(0, 1), endpoint, "--timeout", "2s", ...args.slice(1)]);
    assert.match(ended.stdout + ended.stderr, words);
    assert.ok(codes.includes(ended.code ?? -1), `${args.join(" ")}: exit ${ended.code}`);
  };
  await refused(/the peer's certificate has expired/, [3], "send", "--tls");
  await refused(/the peer's certificate has expired/, [3], "spam", "--tls", "--ca", at("ca.pem"), "--count", "1");
  // With TLS 1.3 the refusal comes after the handshake, and the end of the connection may be faster.
  const uncertified = /requires a client certificate|a refused certificate looks like this too|connection was reset/;
  await refused(uncertified, [3, 4], "send", "--tls", "--insecure");
  await refused(/a TLS alert, so the receiver speaks TLS/, [5], "send");
  writeFileSync(at("client.pem"), client.cert);
  writeFileSync(at("client.key"), client.key);
  const mutual = ["--tls", "--insecure", "--cert", at("client.pem"), "--key", at("client.key")];
  assert.equal((await run(["send", endpoint, ...mutual])).code, 0);
  const { stderr } = await receiver.stop();
  assert.match(stderr, /refused \S+ .*: the peer gave no certificate, and one is required/);
  assert.match(stderr, /refused \S+ .*: the peer does not speak TLS, it sent plain bytes/);
});
