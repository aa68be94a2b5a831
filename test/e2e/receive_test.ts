/**
 * `mllp receive` from the compiled binary, seen by a raw socket: what it prints, what it answers,
 * how it breaks.
 *
 * @module
 */
import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import { test } from "node:test";
import { run, start, startReceiver } from "../binary.ts";
import { framed } from "../peer.ts";

/** What a raw socket sees. */
interface Seen {
  readonly bytes: string;
  readonly end: "fin" | "rst" | "open";
}

/** Sends bytes and watches until the end of the stream, or until `enough` has come. */
function talk(port: number, bytes: string | Uint8Array, enough: RegExp | null = null): Promise<Seen> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let seen = "";
    const done = (end: Seen["end"]) => {
      socket.destroy();
      resolve({ bytes: seen, end });
    };
    socket.on("connect", () => socket.write(bytes));
    socket.on("data", (data) => {
      seen += data.toString("latin1");
      if (enough?.test(seen)) done("open");
    });
    socket.on("end", () => done("fin"));
    socket.on("error", () => done("rst"));
  });
}

const message = (id: string, more = "") =>
  `MSH|^~\\&|ADT|HOSP|LAB|WARD|20260131||ADT^A01^ADT_A01|${id}|P|2.5${more}\rPID|1||900417\r`;
const WHOLE = new RegExp("\u001c\r$");

test("mllp receive says where it listens, first of all, for people and for scripts", async () => {
  const people = start(["receive", "--listen", "127.0.0.1:0"]);
  await people.waitFor("stderr", /^listening mllp on 127\.0\.0\.1:\d+\n/);
  await people.stop();
  const quiet = start(["receive", "--listen", "127.0.0.1:0", "--quiet"]);
  await quiet.waitFor("stderr", /^listening mllp on 127\.0\.0\.1:\d+\n/);
  await quiet.stop();
  const script = start(["receive", "--listen", "127.0.0.1:0", "--json", "--quiet"]);
  const [line] = await script.waitFor("stdout", /^.*\n/);
  const { event, endpoint, framing } = JSON.parse(line);
  assert.equal(event, "listening");
  assert.match(endpoint, /^tcp:\/\/127\.0\.0\.1:\d+$/);
  assert.equal(framing, "mllp");
  const { code, stdout } = await script.stop();
  assert.equal(code, 0);
  const lines = stdout.trim().split("\n").map((text) => JSON.parse(text));
  assert.deepEqual(lines.map((each) => each.event), ["listening", "summary"]);
});

test("mllp receive answers with sender and receiver swapped and the message's id", async () => {
  const receiver = await startReceiver();
  const { bytes } = await talk(receiver.port, framed(message("M1")), WHOLE);
  await receiver.stop();
  const [msh, msa] = bytes.slice(1).split("\r");
  assert.match(msh, /^MSH\|\^~\\&\|LAB\|WARD\|ADT\|HOSP\|\d{14}[^|]*\|\|ACK\^A01\^ACK\|[^|]+\|P\|2\.5/);
  assert.equal(msa, "MSA|AA|M1");
});

test("mllp receive prints a summary that adds up, as its last line of JSON", async () => {
  const receiver = await startReceiver(["--json", "--reply", "AA:50,AE:50", "--seed", "7"]);
  for (let i = 0; i < 20; i++) await talk(receiver.port, framed(message(`M${i}`)), WHOLE);
  await talk(receiver.port, framed(message("M1")), WHOLE);
  const { code, stdout } = await receiver.stop();
  assert.equal(code, 0);
  const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
  const summary = lines.at(-1);
  assert.equal(summary.event, "summary");
  assert.deepEqual([summary.messages, summary.connections, summary.duplicates], [21, 21, 1]);
  assert.equal(summary.replies.AA + summary.replies.AE, 21);
  assert.ok(summary.replies.AA > 0 && summary.replies.AE > 0);
  assert.deepEqual(summary.expect, []);
  assert.equal(lines.filter(({ event }) => event === "message").length, 21);
});

test("mllp receive gives the same message the same fate under the same seed, whatever the order", async () => {
  const fates = async (order: readonly number[]) => {
    const receiver = await startReceiver(["--fault", "close-before-ack:30%", "--reply", "AA:60,AE:40", "--seed", "42"]);
    const seen: string[] = [];
    for (const i of order) {
      const { bytes, end } = await talk(receiver.port, framed(message(`S${i}`)), WHOLE);
      seen[i] = end === "fin" ? "fin" : /MSA\|(\w\w)/.exec(bytes)![1];
    }
    await receiver.stop();
    return seen;
  };
  const up = Array.from({ length: 30 }, (_, i) => i);
  const first = await fates(up);
  assert.deepEqual(await fates([...up].reverse()), first);
  assert.deepEqual([...new Set(first)].sort(), ["AA", "AE", "fin"]);
});

for (
  const [fault, check] of [
    ["close-before-ack", ({ bytes, end }: Seen) => assert.deepEqual([bytes, end], ["", "fin"])],
    ["reset-before-ack", ({ bytes, end }: Seen) => assert.deepEqual([bytes, end], ["", "rst"])],
    ["close-mid-ack", ({ bytes, end }: Seen) => {
      assert.match(bytes, /^\vMSH/);
      assert.doesNotMatch(bytes, WHOLE);
      assert.equal(end, "fin");
    }],
    ["close-after-ack", ({ bytes, end }: Seen) => {
      assert.match(bytes, WHOLE);
      assert.equal(end, "fin");
    }],
  ] as const
) {
  test(`mllp receive --fault ${fault} does what its name says`, async () => {
    const receiver = await startReceiver(["--fault", `${fault}:100%`]);
    check(await talk(receiver.port, framed(message("F1"))));
    const { stdout } = await receiver.stop();
    assert.match(stdout, new RegExp(fault));
  });
}

test("mllp receive --fault no-reply says nothing and keeps the connection open", async () => {
  const receiver = await startReceiver(["--fault", "no-reply:100%"]);
  const talking = talk(receiver.port, framed(message("F1")));
  await receiver.waitFor("stderr", /F1/);
  const silent = await Promise.race([talking, new Promise((resolve) => setTimeout(resolve, 300, "open"))]);
  assert.equal(silent, "open");
  await receiver.stop();
  assert.deepEqual((await talking).bytes, "");
});

test("mllp receive --reply echo sends any bytes back, framed or not", async () => {
  const receiver = await startReceiver(["--reply", "echo"]);
  const half = await talk(receiver.port, "\vMSH|no end", /no end/);
  const text = await talk(receiver.port, "PING\n", /PING\n/);
  await receiver.stop();
  assert.deepEqual([half.bytes, text.bytes], ["\vMSH|no end", "PING\n"]);
});

test("mllp receive sends the accept and the application acknowledgement in enhanced mode", async () => {
  const receiver = await startReceiver();
  const both = await talk(
    receiver.port,
    framed(message("E1", "|||AL|AL")),
    new RegExp("MSA\\|AA\\|E1[\\s\\S]*\u001c\r$"),
  );
  const accept = await talk(receiver.port, framed(message("E2", "|||AL|NE")), WHOLE);
  await receiver.stop();
  assert.deepEqual([...both.bytes.matchAll(/MSA\|(\w\w)\|E1/g)].map(([, code]) => code), ["CA", "AA"]);
  assert.deepEqual([...accept.bytes.matchAll(/MSA\|(\w\w)\|E2/g)].map(([, code]) => code), ["CA"]);
});

test("mllp receive never acknowledges an acknowledgement", async () => {
  const receiver = await startReceiver();
  const answer = `MSH|^~\\&|A|B|C|D|20260131||ACK|X1|P|2.5\rMSA|AA|Y1\r`;
  const { bytes } = await talk(receiver.port, Buffer.concat([framed(answer), framed(message("N1"))]), WHOLE);
  await receiver.stop();
  assert.deepEqual([...bytes.matchAll(/MSA\|AA\|(\w+)/g)].map(([, id]) => id), ["N1"]);
});

test("mllp receive rejects what it cannot read, and never says AA to bytes it threw away", async () => {
  const receiver = await startReceiver(["--max-frame", "1KB"]);
  const unreadable = await talk(receiver.port, framed("hello"), WHOLE);
  const empty = await talk(receiver.port, "\v\u001c\r", WHOLE);
  const large = await talk(receiver.port, framed(message("BIG") + `NTE|1||${"x".repeat(2000)}\r`), WHOLE);
  const noise = await talk(receiver.port, Buffer.concat([Buffer.from("noise"), framed(message("OK"))]), WHOLE);
  await receiver.stop();
  assert.match(unreadable.bytes, /MSA\|AR\|?[\r|]/);
  assert.match(empty.bytes, /MSA\|AR\|?[\r|]/);
  assert.match(large.bytes, /MSA\|AR\|BIG/);
  assert.deepEqual([...noise.bytes.matchAll(/MSA\|(\w\w)\|(\w+)/g)].map(([, code, id]) => code + id), ["AAOK"]);
});

test("mllp receive --strict answers a damaged frame with AR and closes", async () => {
  const receiver = await startReceiver(["--strict"]);
  const { bytes, end } = await talk(receiver.port, `\v${message("D1")}\u001c\n`);
  await receiver.stop();
  assert.match(bytes, /MSA\|AR\|D1/);
  assert.equal(end, "fin");
});

test("mllp receive counts connections without data and is otherwise silent about them", async () => {
  const receiver = await startReceiver(["--json"]);
  for (let i = 0; i < 3; i++) {
    await new Promise<void>((resolve) => {
      const socket = connect(receiver.port, "127.0.0.1", () => socket.end());
      socket.on("close", () => resolve());
      socket.resume();
    });
  }
  await talk(receiver.port, framed(message("L1")), WHOLE);
  const { stdout } = await receiver.stop();
  const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
  const summary = lines.at(-1);
  assert.equal(summary.messages, 1);
  assert.equal(summary.connections, 4);
  assert.equal(summary.probes, 3);
  assert.equal(lines.filter(({ event }) => event === "open").length, 1);
});

test("mllp receive --count stops after so many messages, each answered", async () => {
  const receiver = await startReceiver(["--count", "2", "--delay", "50ms", "--json", "--quiet"]);
  const both = await Promise.all(["C1", "C2"].map((id) => talk(receiver.port, framed(message(id)), WHOLE)));
  const { code, stdout } = await receiver.finished;
  assert.equal(code, 0);
  for (const { bytes } of both) assert.match(bytes, WHOLE);
  assert.equal(JSON.parse(stdout.trim().split("\n").at(-1)!).messages, 2);
});

test("mllp receive on a port that is taken: one line, exit 3", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const { code, stderr } = await run(["receive", "--listen", `127.0.0.1:${port}`]);
  server.close();
  assert.equal(code, 3);
  assert.match(stderr, /in use/);
  assert.equal(stderr.trimEnd().split("\n").length, 1);
});

for (
  const [what, args, says] of [
    ["a fault that does not exist", ["--fault", "close-before-act:10%"], /close-before-act.*close-before-ack/],
    ["a bad delay", ["--delay", "lognormal(1s)"], /--delay/],
    ["a bad reply", ["--reply", "AX"], /--reply.*AX/],
    ["a reply file that is not there", ["--reply", "file:nowhere.hl7"], /nowhere\.hl7/],
  ] as const
) {
  test(`mllp receive with ${what}: one line, exit 2`, async () => {
    const { code, stderr } = await run(["receive", "--listen", "127.0.0.1:0", ...args]);
    assert.equal(code, 2);
    assert.match(stderr, says);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
  });
}

test("mllp receive listens on several endpoints at once, each with its framing", async () => {
  const receiver = start(["receive", "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0?framing=mllp2"]);
  const [, first] = await receiver.waitFor("stderr", /listening mllp on 127\.0\.0\.1:(\d+)/);
  const [, second] = await receiver.waitFor("stderr", /listening mllp2 on 127\.0\.0\.1:(\d+)/);
  const plain = await talk(Number(first), framed(message("A")), WHOLE);
  const committed = await talk(Number(second), framed(message("B")), new RegExp("MSA\\|AA\\|B[\\s\\S]*\u001c\r$"));
  await receiver.stop();
  assert.match(plain.bytes, /^\vMSH/);
  assert.ok(committed.bytes.startsWith("\v\u0006\u001c\r\vMSH"));
});
