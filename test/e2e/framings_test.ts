/**
 * `mllp send`, `spam` and `receive` from the compiled binary over HLLP and X3.28: on TCP, UNIX sockets and ptys, what they
 * say, keep and exit with.
 *
 * @module
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import type { JournalMessage } from "../../receiver/journal/entry.ts";
import type { RunDocument } from "../../lib/load/result.ts";
import { run, start, startReceiver, tell } from "../binary.ts";

const folder = mkdtempSync(join(tmpdir(), "mllp-framings-"));
after(() => rmSync(folder, { recursive: true }));

const noPty = process.platform === "win32" || !existsSync("/dev/ptmx");

/** A message of exactly so many bytes. */
function messageOf(size: number): string {
  const path = join(folder, `${size}.hl7`);
  const head = `MSH|^~\\&|LAB|WARD|EHR|MAIN|20260131||ORU^R01|B${size}|P|2.5\rOBX|1|ED|||`;
  writeFileSync(path, `${head}${"x".repeat(size - head.length - 1)}\r`);
  return path;
}

for (const [framing, most] of [["hllp", 99_994], ["x328", 99_999]] as const) {
  describe(`the framing ${framing}`, () => {
    test(`mllp send and spam speak ${framing} with mllp receive on TCP, a UNIX socket and a pty, each message in its journal`, async () => {
      const journal = join(folder, `${framing}.ndjson`);
      const socket = `unix:${join(folder, `${framing}.sock`)}`;
      const line = join(folder, framing);
      const lines = noPty ? [] : [`pty:${line}`, `serial:${line}`];
      const receiver = await startReceiver(
        ["--listen", socket, ...noPty ? [] : ["--listen", `pty:${line}`]]
          .concat(["--framing", framing, "--journal", journal, "--fsync", "--json"]),
      );
      const tcp = `127.0.0.1:${receiver.port}`;
      const places = [tcp, socket, ...lines];
      for (const place of places) {
        const { code, stdout, stderr } = await run(["send", place, "--framing", framing, "--json"]);
        const { outcome, code: said, attempts, warnings, error } = JSON.parse(stdout);
        assert.deepEqual([code, stderr], [0, ""], place);
        assert.deepEqual([outcome, said, attempts, warnings, error], ["accepted", "AA", 1, [], null], place);
      }
      const load = ["--connections", "4", "--count", "100", "--closed", "--json", "--quiet"];
      const { code, stdout } = await run(["spam", `${tcp}?framing=${framing}`, ...load]);
      const { planned, outcomes, acks, warnings } = JSON.parse(stdout) as RunDocument;
      assert.deepEqual([code, planned, outcomes.accepted, acks, warnings], [0, 100, 100, { AA: 100 }, {}]);
      const ended = await receiver.stop();
      const summary = JSON.parse(ended.stdout.trim().split("\n").at(-1)!);
      assert.deepEqual([ended.code, summary.messages, summary.frameFaults], [0, places.length + 100, {}]);
      const kept = readFileSync(journal, "utf8").trim().split("\n").map((text) => JSON.parse(text) as JournalMessage);
      const codes = kept.filter(({ n }) => n !== undefined).map(({ outcome, reply }) => `${outcome} ${reply?.code}`);
      assert.deepEqual([codes.length, new Set(codes)], [places.length + 100, new Set(["replied AA"])]);
    });

    test(`mllp send over ${framing} exits by what the answer was, and says so`, async () => {
      const receiver = await startReceiver(["--framing", framing, "--reply", "AE"]);
      const { code, stdout } = await run(["send", `127.0.0.1:${receiver.port}`, "--framing", framing]);
      assert.equal(code, 1);
      assert.match(stdout, /✗ AE application error/);
      const big = await run(["send", `127.0.0.1:${receiver.port}`, messageOf(most), "--raw", "--framing", framing]);
      assert.equal(big.code, 1, "it came whole, and was answered");
      await receiver.stop();
    });

    test(`mllp send over ${framing} is told at once when the receiver is killed`, async () => {
      const receiver = await startReceiver(["--framing", framing, "--reply", "none", "--json"]);
      const sending = run(["send", `127.0.0.1:${receiver.port}`, "--framing", framing, "--json"]);
      await receiver.waitFor("stdout", /"outcome":"held"/);
      tell(receiver.child, "SIGKILL");
      const { code, stdout } = await sending;
      assert.equal(code, 4);
      assert.match(JSON.parse(stdout).outcome, /^(closed|reset)$/);
      await receiver.finished;
    });

    test(`mllp send over ${framing} gives up who says nothing, and names what was waited for`, async () => {
      const server = createServer((socket) => socket.on("error", () => {}).resume());
      await new Promise<void>((bound) => server.listen(0, "127.0.0.1", bound));
      const { port } = server.address() as { port: number };
      const args = ["send", `127.0.0.1:${port}`, "--framing", framing, "--timeout", "200ms", "--json"];
      const { code, stdout } = await run(args);
      server.close();
      const { outcome, error } = JSON.parse(stdout);
      assert.deepEqual([code, outcome], [4, "timeout"]);
      assert.match(
        error.message,
        {
          hllp: /^Cannot deliver the message: no answer within 200 ms, 6 tries$/,
          x328: /^Cannot deliver the message: nothing came for 200ms after enq_sent \(ENQ, message 1, try \d\)$/,
        }[framing],
      );
    });

    test(`mllp refuses over ${framing} what is too long for it and a strictness that it has not, before anything is sent`, async () => {
      const oversized = messageOf(most + 1);
      const rows: readonly [readonly string[], RegExp][] = [
        [["send", "127.0.0.1:1", oversized, "--raw"], new RegExp(`${most + 1} bytes.*at most ${most}`)],
        [["spam", "127.0.0.1:1", oversized, "--raw", "--count", "1"], new RegExp(`${most + 1} bytes.*at most ${most}`)],
        [["send", "127.0.0.1:1", "--strict"], /--strict is about frames of MLLP/],
        [["spam", "127.0.0.1:1", "--allow", "no-final-cr", "--count", "1"], /--allow is about frames of MLLP/],
        [["receive", "--listen", "127.0.0.1:0", "--deny", "no-final-cr"], /--deny is about frames of MLLP/],
      ];
      for (const [args, says] of rows) {
        const { code, stderr } = await run([...args, "--framing", framing]);
        assert.equal(code, 2, args.join(" "));
        assert.match(stderr, says);
      }
    });
  });
}

test("mllp receive keeps its strictness for the listeners that speak MLLP", async () => {
  const receiver = start(
    ["receive", "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0?framing=x328", "--strict", "--for", "1ms"],
  );
  assert.equal((await receiver.finished).code, 0);
});

test("mllp send over ILLP calls a service that discards everything closed, and satisfied under --match any", async () => {
  const discard = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {}).resume().on("end", () => socket.end());
  });
  await new Promise<void>((bound) => discard.listen(0, "127.0.0.1", bound));
  const { port } = discard.address() as { port: number };
  const args = ["send", `127.0.0.1:${port}?framing=illp`, "--json"];
  const [strict, any] = [await run(args), await run([...args, "--match", "any"])];
  discard.close();
  assert.deepEqual([strict.code, JSON.parse(strict.stdout).outcome], [4, "closed"]);
  assert.deepEqual([any.code, JSON.parse(any.stdout).outcome], [0, "accepted"]);
});
