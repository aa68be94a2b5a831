/** `mllp ctl`, run as the shell does, against the control API of a receiver without connections. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { command } from "../../cli/ctl.ts";
import { ACTIONS } from "../../cli/ctl/actions.ts";
import { helpText } from "../../cli/parser.ts";
import { runProgram } from "../../cli/program.ts";
import { systemClock } from "../../lib/clock.ts";
import { plain } from "../../lib/text.ts";
import { parseEndpoint } from "../../lib/transport/endpoint.ts";
import { ControlServer } from "../../receiver/control/server.ts";
import { FakeReceiver, turn } from "../receiver/control/fake_surface.ts";
import { RecordingStream } from "./recording_stream.ts";

let folder: string;
let receiver: FakeReceiver;
let server: ControlServer;

const SCENARIO = `name: bench
seed: 7
phases: [{name: well, for: 1h}, {name: ill, rules: [{id: own, when: {type: X}, do: [hold]}]}]
rules: [{id: lab, when: {type: ORU}, to_state: busy, do: [{reply: AE}]}]`;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "mllp-ctl-"));
  receiver = new FakeReceiver(SCENARIO, { clock: systemClock });
  const endpoint = parseEndpoint("127.0.0.1:0");
  server = await ControlServer.open(receiver, { endpoint, token: null, version: "1.0.0" });
});
after(async () => {
  rmSync(folder, { recursive: true });
  await server.close();
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface RunOptions {
  readonly input?: string;
  readonly environment?: Record<string, string>;
  readonly url?: string;
  readonly stdout?: RecordingStream;
}

async function ctl(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { input = "", environment = {}, url = server.url, stdout = new RecordingStream() } = options;
  const stderr = new RecordingStream();
  const code = await runProgram({
    calledAs: "mllp",
    args: ["ctl", ...args, "--control", url],
    environment,
    stdout,
    stderr,
    stdin: () => Readable.from([input]),
    commands: [{ name: "ctl", purpose: command.purpose, load: () => Promise.resolve(command) }],
  });
  return { code, out: stdout.text, err: stderr.text };
}

/** What a run that went well printed. */
async function said(...args: string[]): Promise<string> {
  const { code, out, err } = await ctl(args);
  assert.deepEqual([code, err], [0, ""], out);
  return out;
}

const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe("mllp ctl", () => {
  test("mllp ctl status shows how the receiver stands", async () => {
    const out = await said("status");
    assert.match(out, /^receiver +mllp 1\.0\.0, up .*, seed 7$/m);
    assert.match(out, /^scenario +bench \([0-9a-f]{12}\)$/m);
    assert.match(out, /^listener +tcp:\/\/127\.0\.0\.1:2575 mllp open$/m);
    assert.match(out, /^phase +well for /m);
    assert.match(out, /^rules +1 of 2 on$/m);
    const { code, out: json } = await ctl(["status", "--json"]);
    assert.equal(code, 0);
    assert.equal(JSON.parse(json).seed, 7);
  });

  test("mllp ctl rule adds, shows, changes, fires and takes away rules", async () => {
    assert.match(
      await said("rule", "add", "{id: down, do: [hold]}", "--ttl", "5m"),
      /^down {2}on {2}acted 0 {2}ends in 5m/,
    );
    assert.match(await said("rule", "list"), /^down .*\nlab .*\nown +in another phase +acted 0 +phase ill/);
    assert.match(await said("rule", "disable", "down"), /^down {2}off/);
    assert.match(await said("rule", "fire", "down"), /1 to come by hand/);
    assert.match(await said("rule", "enable", "down", "--ttl", "1m"), /on .*ends in 1m/);
    assert.match(await said("rule", "patch", "down", '{"note": "x"}'), /^down {2}on .*"note":"x"/);
    const path = file("down.yaml", "do: [close]\n");
    assert.match(await said("rule", "put", "down", path, "--ttl", "1h"), /"do":\["close"\]/);
    assert.equal(await said("rule", "delete", "down"), "down is gone\n");
    assert.equal((await ctl(["rule", "show", "down"])).code, 2);
  });

  test("mllp ctl tells what is wrong with a file at its place, each thing on a line, and exits 2", async () => {
    const path = file("wrong.yaml", "id: x\nwhen: {tpye: ADT}\ndo: [clsoe]\n");
    const { code, out, err } = await ctl(["rule", "add", path]);
    assert.deepEqual([code, out], [2, ""]);
    const [first, second] = err.split("\n");
    assert.ok(first.startsWith(`mllp ctl: ${path}:2:8: when.tpye: unknown key 'tpye'`), err);
    assert.ok(second.startsWith(`mllp ctl: ${path}:3:6: do[0]: unknown step 'clsoe', did you mean 'close'?`), err);
    const json = await ctl(["rule", "add", path, "--json"]);
    assert.equal(JSON.parse(json.out).error.issues.length, 2);
  });

  test("mllp ctl scenario gives the scenario, and puts one from standard input", async () => {
    const document = await said("scenario", "get");
    assert.equal(JSON.parse(document).name, "bench");
    const { code, out } = await ctl(["scenario", "put", "-"], { input: document });
    assert.deepEqual([code, out], [0, "in force: bench, 2 rules\n"]);
    const other = file("other.yaml", "version: 1\nseed: 8\n");
    assert.match((await ctl(["scenario", "put", other])).err, /The seed cannot change while it runs/);
  });

  test("mllp ctl reply, phase and state change what holds for all messages", async () => {
    assert.equal(await said("reply"), "default reply AA\n");
    assert.equal(await said("reply", "AE"), "default reply AE\n");
    assert.match(await said("phase", "ill"), /^phase ill for /);
    assert.match(await said("phase", "pause"), /^phase ill for .*, paused\n/);
    assert.equal(await said("phase", "none"), "phase none\n");
    assert.equal(await said("state", "busy"), "state busy\n");
    assert.match((await ctl(["state", "bsy"])).err, /did you mean 'busy'\?/);
    assert.equal(await said("state", "normal"), "state normal\n");
    await said("reply", "AA");
  });

  test("mllp ctl messages lists messages, shows one, and gives its text", async () => {
    receiver.receive({ id: "M1" });
    receiver.receive({ id: "M2", type: "ORU^R01" });
    const out = await said("messages");
    assert.match(out, /^1 {2}\S+ {2}ADT\^A01 {2}M1 {2}AA\n2 {2}\S+ {2}ORU\^R01 {2}M2 {2}AA by lab\n$/);
    assert.doesNotMatch(await said("messages", "--unmatched"), /M2/);
    assert.doesNotMatch(await said("messages", "--type", "ORU"), /M1/);
    assert.match(await said("messages", "2"), /^controlId: M2$/m);
    assert.match(await said("messages", "1", "hl7"), /^MSH\|.*\r\nEVN\|A01\r\n$/);
    assert.match(await said("find", "type: ORU"), /^2 /);
    assert.match(await said("explain", "2"), /message 2/);
    assert.equal((await ctl(["messages", "9"])).code, 2);
    assert.match((await ctl(["messages", "1", "xml"])).err, /wanted hl7, bin or json/);
  });

  test("mllp ctl verify and wait exit with their verdict", async () => {
    assert.match(await said("verify", "count: {when: {type: ADT}, at_least: 1}"), /^pass: /);
    const failed = await ctl(["verify", "count: {when: {type: ADT}, is: 7}"]);
    assert.equal(failed.code, 1);
    assert.match(failed.out, /^FAIL: .*found 1/);
    assert.equal((await ctl(["wait", "none: {type: SIU}", "--timeout", "5ms"])).code, 0);
    const waiting = ctl(["wait", `@${file("expect.yaml", "count: {when: {type: SIU}, at_least: 1}")}`]);
    while (receiver.listening === 0) await turn();
    receiver.receive({ id: "M3", type: "SIU^S12" });
    assert.equal((await waiting).code, 0);
    const wrong = await ctl(["wait", "count: {when: {tpye: ADT}, is: 7}"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /1:16: count\.when\.tpye: unknown key/);
  });

  test("mllp ctl heal and reset end every fault", async () => {
    assert.equal(await said("heal"), "done; 2 held back until now\n");
    assert.match(await said("rule", "list"), /^lab +healed/);
    assert.match(await said("reset"), /^done/);
    assert.equal(await said("messages"), "no messages\n");
  });

  test("mllp ctl connections lists connections and does something with one", async () => {
    assert.match(await said("connections"), /^1 {2}127\.0\.0\.1:40112 {2}to tcp:.*3 messages {2}1 held\n$/);
    assert.equal(await said("connections", "stop_reading", "1"), "connection 1: stop_reading\n");
    await said("connections", "send", "1", file("bytes.bin", "\u000b\u001c\r"));
    assert.deepEqual(receiver.acted, ["stop_reading 0", "send 3"]);
    assert.match((await ctl(["connections", "clsoe", "1"])).err, /did you mean 'close'/);
    assert.match((await ctl(["connections", "send", "1"])).err, /the bytes are missing/);
    assert.match((await ctl(["connections", "close", "1", "x"])).err, /one operand too many/);
    assert.match((await ctl(["connections", "close"])).err, /the connection's number is missing/);
    assert.equal((await ctl(["connections", "close", "7"])).code, 2);
  });

  test("mllp ctl events and messages --follow show what happens until the receiver stops", async () => {
    const own = new FakeReceiver("name: x", { clock: systemClock });
    const endpoint = parseEndpoint("127.0.0.1:0");
    const api = await ControlServer.open(own, { endpoint, token: null, version: "1.0.0" });
    const events = ctl(["events"], { url: api.url });
    const messages = ctl(["messages", "--follow", "--type", "ADT", "--json"], { url: api.url });
    const message = { event: "message", at: "T", n: 1, type: "ADT^A01", controlId: "M1", rule: null, reply: ["AA"] };
    const settled = async (runs: Promise<Ran>[], count: number) => {
      const places = () => own.listening;
      while (places() < count) await turn();
      return runs;
    };
    await settled([events, messages], 1);
    // Both share one subscription: a request of a third client comes behind theirs.
    let seen = 0;
    const unsubscribe = own.subscribe(() => seen++);
    for (let i = 0; i < 50; i++) await turn();
    own.tell({ ...message, outcome: "replied" } as never);
    own.tell({ ...message, n: 2, type: "ORU^R01", outcome: "replied" } as never);
    own.tell({ note: "expired", at: "T", rule: "a" });
    unsubscribe();
    assert.equal(seen, 3);
    await turn();
    await api.close();
    const [all, some] = await Promise.all([events, messages]);
    assert.deepEqual([all.code, some.code], [0, 0]);
    assert.match(all.out, /^T {2}message {2}n=1 .*\nT {2}message {2}n=2 .*\nT {2}expired {2}rule=a\n$/);
    assert.deepEqual(some.out.trim().split("\n").map((line) => JSON.parse(line).n), [1]);
  });
});

describe("mllp ctl's mistakes", () => {
  test("mllp ctl says which action was meant, what is missing, and what is too much", async () => {
    for (
      const [line, wanted] of [
        ["statsu", /unknown action 'statsu': did you mean 'status'\?/],
        ["rule", /unknown action 'rule': wanted rule list, rule show/],
        ["rule ad", /unknown action 'rule ad': did you mean 'rule add'\?/],
        ["rule put x", /rule put: FILE is missing; wanted mllp ctl rule put ID FILE/],
        ["status now", /status: unexpected 'now'; wanted mllp ctl status/],
        ["rule add none.yaml", /Cannot read 'none.yaml': there is no such file/],
        ["status --ttl 5m", /--ttl is of no use to status: it is about rule add, rule put, rule patch, rule enable/],
        ["wait x --timeout soon", /--timeout/],
        ["messages --follow --limit 3", /--follow shows messages as they come/],
      ] as const
    ) {
      const { code, out, err } = await ctl(line.split(" "));
      assert.deepEqual([code, out], [2, ""], line);
      assert.match(err, wanted);
      assert.equal(err.split("\n").length, 2, err);
    }
    for (const url of ["https://127.0.0.1:1", "unix:/x", "http://127.0.0.1:1/v1", "127.0.0.1"]) {
      assert.equal((await ctl(["status"], { url })).code, 2, url);
    }
  });

  test("mllp ctl exits 3 where nobody answers, or somebody else does", async () => {
    const stranger = createServer((_request, response) => response.writeHead(404).end("no"));
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    const { port } = stranger.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const other = await ctl(["status"], { url });
    assert.equal(other.code, 3);
    assert.match(other.err, /is not the control API of mllp receive/);
    await new Promise((resolve) => stranger.close(resolve));
    const refused = await ctl(["status"], { url });
    assert.equal(refused.code, 3);
    assert.match(
      refused.err,
      /Cannot reach http:\/\/127\.0\.0\.1:\d+ \(refused\): is mllp receive running with --control\?/,
    );
    assert.equal((await ctl(["events"], { url })).code, 3);
  });

  test("mllp ctl sends the token of the flag or of the environment", async () => {
    const endpoint = parseEndpoint("127.0.0.1:0");
    const api = await ControlServer.open(receiver, { endpoint, token: "s3cret", version: "1.0.0" });
    const { url } = api;
    const missing = await ctl(["status"], { url });
    assert.equal(missing.code, 2);
    assert.match(missing.err, /The bearer token is missing/);
    assert.equal((await ctl(["status", "--control-token", "s3cret"], { url })).code, 0);
    assert.equal((await ctl(["status"], { url, environment: { MLLP_CONTROL_TOKEN: "s3cret" } })).code, 0);
    assert.equal((await ctl(["events"], { url })).code, 2);
    await api.close();
  });

  test("mllp ctl's help lists every action on lines that fit, and its examples name real ones", () => {
    const help = plain(helpText(command as never));
    for (const { words } of ACTIONS) assert.match(help, new RegExp(`^  ${words}( |$)`, "m"));
    assert.deepEqual(help.split("\n").filter((line) => line.length > 80), []);
    for (const { line } of command.examples) {
      assert.ok(ACTIONS.some(({ words }) => line.startsWith(`mllp ctl ${words}`)), line);
    }
  });
});
