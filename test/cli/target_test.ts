import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { command } from "../../cli/send.ts";
import { createOutput } from "../../cli/output.ts";
import { parseArguments } from "../../cli/parser.ts";
import { madeWords, readTarget, type Target } from "../../cli/target.ts";
import { UsageError } from "../../cli/exit_code.ts";
import { TransportError } from "../../lib/errors.ts";
import { parseEndpoint } from "../../lib/transport/endpoint.ts";
import { listen } from "../../lib/transport/open.ts";
import { testCertificates } from "../tls.ts";
import { RecordingStream } from "./recording_stream.ts";

const folder = mkdtempSync(join(tmpdir(), "mllp-target-"));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, "adt.hl7");
writeFileSync(file, "MSH|");

/** What `mllp send` connects to with these arguments. */
function target(...args: string[]): Target {
  return targetTelling(new RecordingStream(), ...args);
}

function targetTelling(stderr: RecordingStream, ...args: string[]): Target {
  const parsed = parseArguments(command, args);
  assert.notEqual(parsed, "help");
  const { operands, flags } = parsed as Exclude<typeof parsed, "help">;
  const output = createOutput({ stdout: new RecordingStream(), stderr, quiet: flags.quiet, program: "mllp send" });
  return readTarget(operands[0], flags, output);
}

test("readTarget says of a file in the endpoint's place that the endpoint comes first", () => {
  for (const [text, what] of [[file, "a file"], ["-", "standard input"]]) {
    const message = `ENDPOINT: '${text}' is ${what}, and the endpoint comes first: HOST:PORT ${text}`;
    assert.throws(() => target(text), new UsageError(message));
  }
  assert.throws(
    () => target("nowhere.hl7"),
    /^UsageError: ENDPOINT: Cannot read 'nowhere\.hl7' as an endpoint: no port/,
  );
});

test("readTarget names the flag of a file that cannot be used, and the option of an endpoint", () => {
  const rows: [string[], RegExp][] = [
    [["tls://h:1", "--ca", "/no.pem"], /^Cannot read the file '\/no\.pem' of --ca: there is no such file$/],
    [["tls://h:1", "--ca", folder], /^Cannot read the file '.*' of --ca: it is a folder$/],
    [["tls://h:1", "--ca", file], /^Cannot use --ca: no certificate in PEM form in it$/],
    [["tls://h:1?ca=/no.pem"], /^Cannot read the file '\/no\.pem' of the option 'ca': there is no such file$/],
  ];
  for (const [args, message] of rows) {
    assert.throws(() => target(...args), (error) => error instanceof UsageError && message.test(error.message));
  }
});

test("readTarget refuses ILLP on a line, which has no end to end a message with", () => {
  const why =
    /is a line: ILLP ends a message with the stream, and a line has no end; wanted mllp, mllp2, hllp or x328$/;
  assert.throws(() => target("serial:/dev/ttyS0?baud=9600", "--framing", "illp"), (error) => {
    assert.ok(error instanceof UsageError);
    assert.match(error.message, /^--framing illp: serial:\/dev\/ttyS0 /);
    assert.match(error.message, why);
    return true;
  });
  assert.throws(() => target("pty:/tmp/line?framing=illp"), UsageError);
  assert.equal(target("unix:/tmp/line", "--framing", "illp").framing, "illp");
});

test("readTarget refuses a strictness that the framing has no rules for", () => {
  for (const framing of ["hllp", "x328", "illp", "none"]) {
    const flags: [string[], string][] = [
      [["--strict"], "--strict"],
      [["--allow", "no-final-cr"], "--allow"],
      [["--deny", "no-final-cr"], "--deny"],
    ];
    for (const [given, name] of flags) {
      const message = `${name} is about frames of MLLP, and what is spoken is ${framing}: leave it out`;
      assert.throws(() => target(":2575", "--framing", framing, ...given), new UsageError(message));
      assert.throws(() => target(`:2575?framing=${framing}`, ...given), new UsageError(message));
    }
    assert.throws(
      () => target(":2575?strict", "--framing", framing),
      new UsageError(`tcp://127.0.0.1:2575: 'strict' is about frames of MLLP, not of ${framing}`),
    );
  }
  assert.equal(target(":2575?framing=mllp2&strict", "--framing", "hllp").framing, "mllp2");
});

test("readTarget fits the lower layer's waits to the time for a reply, and to the speed of a line", () => {
  const bid = (...args: string[]) => {
    const { makeLink, deliveryTimeoutMs } = target(...args);
    const link = makeLink();
    link.send(new TextEncoder().encode("MSH|\r"), 0);
    link.output();
    return [link.deadline(), deliveryTimeoutMs];
  };
  assert.deepEqual(bid(":2575", "--framing", "x328"), [2500, 5000]);
  assert.deepEqual(bid(":2575", "--framing", "x328", "--timeout", "1m"), [6000, 60_000]);
  // A block of 256 bytes takes two seconds.
  assert.deepEqual(bid("serial:/dev/ttyS0?baud=1280", "--framing", "x328"), [4500, 7000]);
  assert.deepEqual(bid(":2575", "--framing", "hllp"), [5000, Infinity]);
  // A block of 20 bytes.
  assert.deepEqual(bid("serial:/dev/ttyS0?baud=200", "--framing", "hllp"), [6000, Infinity]);
  assert.deepEqual(bid(":2575", "--framing", "mllp2"), [5000, Infinity]);
});

test("readTarget's connect names the flags that get past a certificate it refuses", async () => {
  const { selfSigned, otherName, server, ca } = await testCertificates();
  writeFileSync(join(folder, "ca.pem"), ca);
  const rows = [
    [selfSigned, [], /self-signed and not among the trusted ones \(--ca FILE trusts it, --insecure does not check\)$/],
    [server, [], /not trusted \(--ca FILE trusts it, --insecure does not check\)$/],
    [
      otherName,
      ["--ca", join(folder, "ca.pem")],
      /is for .*elsewhere\.example, not for 127\.0\.0\.1 \(--servername NAME says which name it must have\)$/,
    ],
  ] as const;
  for (const [tls, flags, message] of rows) {
    const listener = await listen(parseEndpoint("tls://127.0.0.1:0"), { tls }, (transport) => void transport.close());
    try {
      await assert.rejects(target(`tls://127.0.0.1:${listener.endpoint.port}`, ...flags).connect(), (error) => {
        assert.ok(error instanceof TransportError);
        assert.equal(error.code, "tls_failed");
        assert.notEqual(error.systemCode, "");
        assert.match(error.message, message);
        return true;
      });
    } finally {
      await listener.close();
    }
  }
});

test("readTarget's connect leaves other errors as they are", async () => {
  await assert.rejects(target("127.0.0.1:1").connect(), /connection refused$/);
});

test("readTarget's connect asks of a peer that says nothing to a TLS handshake whether it speaks TLS", async () => {
  const listener = await listen(parseEndpoint("tcp://127.0.0.1:0"), {}, (transport) => transport.stream.resume());
  try {
    const plain = target(`tls://127.0.0.1:${listener.endpoint.port}`, "--connect-timeout", "50ms");
    await assert.rejects(
      plain.connect(),
      /within 50ms \(does it speak TLS\? tcp:\/\/HOST:PORT, or no --tls, is plain\)$/,
    );
  } finally {
    await listener.close();
  }
});

test("madeWords tells of a pty that was made, and of no other endpoint", () => {
  assert.equal(
    madeWords("pty:/tmp/line", "/dev/pts/3"),
    "made /tmp/line (/dev/pts/3): waiting for somebody to open it",
  );
  for (const place of ["pty:/tmp/line", "serial:/dev/ttyS0", "tcp://127.0.0.1:2575"]) {
    assert.equal(madeWords(place, place), null);
  }
  assert.equal(madeWords("tcp://127.0.0.1:2575", "127.0.0.1:40000"), null);
});

test("readTarget says once that its pty was made, and nothing under --quiet or of one that is there", {
  skip: !existsSync("/dev/ptmx") && "there is no /dev/ptmx here",
}, async () => {
  const path = join(folder, "line");
  const stderr = new RecordingStream();
  const made = targetTelling(stderr, `pty:${path}`);
  for (const expected of [/^made \S+\/line \(\/dev\/\S+\): waiting for somebody to open it\n$/, /^$/]) {
    const near = await made.connect();
    assert.match(stderr.take(), expected);
    const far = await targetTelling(stderr, `pty:${path}`).connect();
    await far.close();
    await near.close();
  }
  const quiet = await targetTelling(stderr, `pty:${path}`, "--quiet").connect();
  await quiet.close();
  assert.equal(stderr.take(), "");
});
