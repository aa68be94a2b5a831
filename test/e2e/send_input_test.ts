/**
 * What `mllp send` sends: files in every form, standard input, texts; over TLS, UNIX sockets and
 * the other framings; from the compiled binary.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { selfSigned } from "../../lib/transport/self_signed.ts";
import { run, start, startReceiver } from "../binary.ts";
import { ack, framed, idOf, type Peer, startPeer } from "../peer.ts";

let folder: string;
let peer: Peer;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "mllp-send-"));
  peer = await startPeer((message, socket) => socket.write(framed(ack(idOf(message)))));
});

after(async () => {
  await peer.close();
  rmSync(folder, { recursive: true });
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Runs `mllp send` against a fresh peer that accepts all; what it was sent, as text. */
async function sent(
  args: readonly string[],
  input?: string,
): Promise<{ bytes: string; code: number | null; text: string }> {
  const listener = await startPeer((message, socket) => socket.write(framed(ack(idOf(message)))));
  try {
    const { code, stdout, stderr } = await run(["send", `127.0.0.1:${listener.port}`, ...args], { input });
    return { bytes: listener.received(), code, text: stdout + stderr };
  } finally {
    await listener.close();
  }
}

const HEAD = "MSH|^~\\&|ADT|HOSP|LAB|WARD|20260131||ADT^A01|";

test("mllp send repairs the line ends of a file with LF and a byte order mark", async () => {
  const path = file("lf.hl7", `\ufeff${HEAD}A|P|2.5\nPID|1\n`);
  const { bytes, code } = await sent([path]);
  assert.equal(bytes, `\v${HEAD}A|P|2.5\rPID|1\r\u001c\r`);
  assert.equal(code, 0);
});

test("mllp send repairs the line ends of a file with CRLF, and ends the last segment", async () => {
  const { bytes } = await sent([file("crlf.hl7", `${HEAD}A|P|2.5\r\nPID|1`)]);
  assert.equal(bytes, `\v${HEAD}A|P|2.5\rPID|1\r\u001c\r`);
});

test("mllp send leaves every byte as it is under --raw", async () => {
  const { bytes } = await sent([file("raw.hl7", `${HEAD}A|P|2.5\nPID|1`), "--raw"]);
  assert.equal(bytes, `\v${HEAD}A|P|2.5\nPID|1\u001c\r`);
});

test("mllp send sends each message of an unframed file, not splitting at MSH inside a field", async () => {
  const path = file("two.hl7", `${HEAD}A|P|2.5\rOBX|1|TX|||see MSH|x\r${HEAD}B|P|2.5\r`);
  const { bytes, text } = await sent([path]);
  assert.equal(bytes, `\v${HEAD}A|P|2.5\rOBX|1|TX|||see MSH|x\r\u001c\r\v${HEAD}B|P|2.5\r\u001c\r`);
  assert.match(text, /2 messages: 2 accepted/);
});

test("mllp send sends each message of a framed file", async () => {
  const path = file("framed.hl7", `\v${HEAD}A|P|2.5\r\u001c\r\v${HEAD}B|P|2.5\r\u001c\r`);
  const { bytes } = await sent([path]);
  assert.equal(bytes, `\v${HEAD}A|P|2.5\r\u001c\r\v${HEAD}B|P|2.5\r\u001c\r`);
});

test("mllp send sends the messages of a batch, or the batch as one with --whole-batch", async () => {
  const batch = `FHS|^~\\&|A\rBHS|^~\\&|A\r${HEAD}A|P|2.5\r${HEAD}B|P|2.5\rBTS|2\rFTS|1\r`;
  const path = file("batch.hl7", batch);
  const { bytes } = await sent([path]);
  assert.equal(bytes, `\v${HEAD}A|P|2.5\r\u001c\r\v${HEAD}B|P|2.5\r\u001c\r`);
  const whole = await sent([path, "--whole-batch", "--match", "any"]);
  assert.equal(whole.bytes, `\v${batch}\u001c\r`);
});

test("mllp send turns escapes in a file into bytes, and leaves HL7's own alone", async () => {
  const path = file("escapes.txt", String.raw`\x0b${HEAD}A|P|2.5\rNTE|1||\T\ and \.br\ \x41\r\x1c\r`);
  const { bytes } = await sent([path, "--escapes"]);
  assert.equal(bytes, `\v${HEAD}A|P|2.5\rNTE|1||\\T\\ and \\.br\\ A\r\u001c\r`);
});

test("mllp send reads standard input for -", async () => {
  const { bytes, code } = await sent(["-"], `${HEAD}STDIN|P|2.5\n`);
  assert.equal(bytes, `\v${HEAD}STDIN|P|2.5\r\u001c\r`);
  assert.equal(code, 0);
});

test("mllp send without a file sends the sample, with another id each time", async () => {
  const ids = [(await sent([])).bytes, (await sent([])).bytes].map(idOf);
  assert.match(ids[0], /^[A-Z0-9]+$/);
  assert.notEqual(ids[0], ids[1]);
});

for (
  const [what, args, says] of [
    ["a file that is not there", ["no-such.hl7"], /no-such\.hl7: cannot read it: there is no such file/],
    ["a file without a message", [import.meta.filename!], /no HL7 message in it.*--raw/],
    ["an unknown rule", ["--allow", "no-final-rc"], /--allow.*no-final-rc.*did you mean no-final-cr\?/],
    ["an unknown option", ["--retry", "3"], /--retry.*--retries/],
    ["a bad duration", ["--timeout", "5 parsecs"], /--timeout.*5 parsecs/],
    ["both --text and a file", ["--text", "x", "y.hl7"], /--text: a message and files were given/],
    ["TLS flags without TLS", ["--servername", "x"], /--servername: .* does not speak TLS; wanted tls:/],
  ] as const
) {
  test(`mllp send with ${what}: one line, exit 2, nothing sent`, async () => {
    const { bytes, code, text } = await sent([...args]);
    assert.match(text, says);
    assert.equal(text.trimEnd().split("\n").length, 1);
    assert.equal(code, 2);
    assert.equal(bytes, "");
  });
}

test("mllp send --dry-run shows what would be sent and connects to nothing", async () => {
  const { bytes, code, text } = await sent([file("dry.hl7", `${HEAD}DRY1|P|2.5\r`), "--dry-run", "--show-payload"]);
  assert.equal(bytes, "");
  assert.match(text, /ADT\^A01 {2}DRY1[\s\S]*PID|1 message; nothing was sent/);
  assert.equal(code, 0);
});

test("mllp send --expect AE turns an AE into success, and an AA into a failure", async () => {
  const negative = await startPeer((message, socket) => socket.write(framed(ack(idOf(message), "AE"))));
  const wanted = await run(["send", `127.0.0.1:${negative.port}`, "--expect", "AE"]);
  await negative.close();
  assert.equal(wanted.code, 0);
  assert.equal((await run(["send", `127.0.0.1:${peer.port}`, "--expect", "AE"])).code, 1);
});

test("mllp send --retries sends the same bytes again until an answer comes", async () => {
  const flaky = await startPeer((message, socket, ordinal) => {
    if (ordinal === 0) socket.end();
    else if (ordinal === 1) socket.resetAndDestroy();
    else socket.write(framed(ack(idOf(message))));
  });
  const { code, stdout } = await run(
    ["send", `127.0.0.1:${flaky.port}`, "--retries", "2", "--backoff", "10ms", "--json"],
  );
  const frames = flaky.received().split("\v").slice(1);
  await flaky.close();
  assert.equal(code, 0);
  assert.equal(JSON.parse(stdout).attempts, 3);
  assert.deepEqual(frames, [frames[0], frames[0], frames[0]]);
});

test("mllp send --json prints one object for each message, with the keys that scripts rely on", async () => {
  const path = file("several.hl7", `${HEAD}A|P|2.5\r${HEAD}B|P|2.5\r`);
  const { stdout, stderr } = await run(["send", `127.0.0.1:${peer.port}`, path, "--json"]);
  const objects = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(objects.map(({ controlId }) => controlId), ["A", "B"]);
  for (const key of ["controlId", "outcome", "code", "text", "rttUs", "attempts", "warnings", "error"]) {
    assert.ok(key in objects[0], key);
  }
  assert.match(stderr, /2 messages: 2 accepted/);
});

test("mllp send shows control characters of a hostile acknowledgement as escapes", async () => {
  const hostile = await startPeer((message, socket) =>
    socket.write(framed(ack(idOf(message), "AE", "\u001b[2J\u001b]0;owned\u0007")))
  );
  const { stdout } = await run(["send", `127.0.0.1:${hostile.port}`, "--show-payload"]);
  await hostile.close();
  for (const control of ["\u001b", "\u0007"]) assert.ok(!stdout.includes(control));
  assert.match(stdout, /\\x1b\[2J/);
});

test("mllp send --framing none takes what comes until a pause as the reply", async () => {
  const server = createServer((socket) => {
    socket.once("data", () => {
      socket.write("HEL");
      setTimeout(() => socket.write("LO"), 20);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const { code, stdout } = await run(
    ["send", `127.0.0.1:${port}`, "--framing", "none", "--text", "PING", "--show-payload"],
  );
  server.close();
  assert.equal(code, 0);
  assert.match(stdout, /> PING[\s\S]*< HELLO/);
});

test("mllp send speaks release 2 with mllp receive, commit blocks both ways", async () => {
  const receiver = await startReceiver(["--framing", "mllp2"]);
  const { code, stdout } = await run(["send", `127.0.0.1:${receiver.port}`, "--framing", "mllp2", "--json"]);
  await receiver.stop();
  assert.equal(code, 0);
  const { outcome, code: ackCode, warnings } = JSON.parse(stdout);
  assert.deepEqual([outcome, ackCode, warnings], ["accepted", "AA", []]);
});

test("mllp send speaks to mllp receive over a UNIX socket", async () => {
  const path = join(folder, "line.sock");
  const receiver = start(["receive", "--listen", `unix:${path}`]);
  await receiver.waitFor("stderr", /listening/);
  const { code } = await run(["send", `unix:${path}`]);
  await receiver.stop();
  assert.equal(code, 0);
});

test("mllp send over TLS checks the receiver's certificate, and says in plain words why it is refused", async () => {
  const server = await selfSigned({ hosts: ["127.0.0.1", "localhost"] });
  const cert = file("srv.pem", server.cert);
  const key = file("srv.key", server.key);
  const receiver = await startReceiver(["--tls", "--cert", cert, "--key", key]);
  const at = `tls://localhost:${receiver.port}`;
  const trusted = await run(["send", at, "--ca", cert]);
  const unknown = await run(["send", at]);
  const careless = await run(["send", at, "--insecure"]);
  const plain = await run(["send", `127.0.0.1:${receiver.port}`, "--timeout", "1s"]);
  await receiver.stop();
  assert.equal(trusted.code, 0, trusted.stdout);
  assert.equal(unknown.code, 3);
  assert.match(unknown.stdout, /refused: [\s\S]*self-signed/i);
  assert.equal(careless.code, 0);
  assert.match(careless.stderr, /warning: --insecure/);
  assert.ok(plain.code === 4 || plain.code === 5, String(plain.code));
});

test("mllp send shows its certificate where the receiver asks for one", async () => {
  const server = await selfSigned({ hosts: ["localhost"] });
  const client = await selfSigned({ hosts: ["lab-analyser"] });
  const paths = {
    cert: file("m-srv.pem", server.cert),
    key: file("m-srv.key", server.key),
    clientCert: file("m-cli.pem", client.cert),
    clientKey: file("m-cli.key", client.key),
  };
  const receiver = await startReceiver(
    ["--tls", "--cert", paths.cert, "--key", paths.key, "--client-ca", paths.clientCert],
  );
  const at = [`tls://localhost:${receiver.port}`, "--ca", paths.cert, "--timeout", "2s"];
  const known = await run(["send", ...at, "--cert", paths.clientCert, "--key", paths.clientKey]);
  const unknown = await run(["send", ...at]);
  await receiver.stop();
  assert.equal(known.code, 0, known.stdout);
  assert.equal(unknown.code, 3, unknown.stdout);
  assert.match(unknown.stdout, /certificate/);
});

test("mllp send is interrupted with 130, and says so", async () => {
  const silent = await startPeer(() => {});
  const running = start(["send", `127.0.0.1:${silent.port}`, "--timeout", "20s"]);
  for (let i = 0; i < 500 && silent.received() === ""; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  const { code, stdout } = await running.stop("SIGINT");
  await silent.close();
  assert.equal(code, 130);
  assert.match(stdout, /interrupted/);
});

test("mllp send speaks the words of mllp_spammer", async () => {
  const { code, stdout } = await run(["send", "-host", "127.0.0.1", "-p", String(peer.port), "-mode", "once"]);
  assert.equal(code, 0, stdout);
  const refused = await run(["send", "-host", "127.0.0.1", "-p", String(peer.port), "-mode", "spam"]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /mllp spam/);
});
