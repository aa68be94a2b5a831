/**
 * `mllp ctl` on the compiled binary, as it looks at a receiver, waits for what it gets, and acts on its connections.
 *
 * @module
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { run, start } from "../binary.ts";
import { closedPort } from "../peer.ts";
import { acks } from "../receiver/caller.ts";
import { framed, message, messages, withReceiver } from "./controlled.ts";

const timeout = 60_000;

/** Messages whose id begins with E are refused, those with H held. */
const SCENARIO = `
version: 1
name: for ctl
seed: 7
rules:
  - {id: refuse, when: {MSH-10: {starts: E}}, do: [{reply: AE}]}
  - {id: silence, when: {MSH-10: {starts: H}}, do: [hold]}
  - {id: slow, when: {MSH-10: {starts: S}}, do: [{delay: 1h}, {reply: AA}]}
`;

test("mllp ctl status tells how the receiver stands, in lines and as JSON", { timeout }, async () => {
  await withReceiver(SCENARIO, async (receiver) => {
    const caller = await receiver.ask("M1", "E1");
    caller.write(messages("S1", "H1"));
    await receiver.received(4);
    const lines = await receiver.done("status");
    assert.match(lines, /^receiver +mllp \d+\.\d+\.\d+, up \S+, seed 7$/m);
    assert.match(lines, /^scenario +for ctl \([0-9a-f]{12}\)$/m);
    assert.match(lines, new RegExp(`^listener +tcp://127\\.0\\.0\\.1:${receiver.port} mllp open$`, "m"));
    assert.match(lines, /^rules +3 of 3 on$/m);
    assert.match(lines, /^connections +1 open$/m);
    assert.match(lines, /^messages +4, replied AA 1, AE 1$/m);
    assert.match(lines, /^fault +slow: 1 under way\nfault +silence: 1 under way$/m);
    const { seed, scenario, connections, activeFaults, totals } = await receiver.json("status");
    assert.deepEqual([seed, scenario.name, scenario.rules, connections, totals.messages], [7, "for ctl", 3, 1, 4]);
    assert.deepEqual(activeFaults, [{ rule: "slow", active: 1 }, { rule: "silence", active: 1 }]);
  });
});

test("mllp ctl messages lists what came, shows one, and its text where that is kept", { timeout }, async () => {
  await withReceiver(SCENARIO, async (receiver) => {
    await receiver.ask("M1", "E1");
    const caller = await receiver.call();
    caller.write(framed(message("O1", "ORU^R01")));
    await caller.untilAcks(1);
    const list = await receiver.done("messages");
    assert.deepEqual(list.trimEnd().split("\n").map((line) => line.replace(/\d{4}-\S+Z/, "T")), [
      "1  T  ADT^A01  M1  AA",
      "2  T  ADT^A01  E1  AE by refuse",
      "3  T  ORU^R01  O1  AA",
    ]);
    const ids = async (...flags: readonly string[]): Promise<string[]> => {
      const { messages } = await receiver.json("messages", ...flags);
      return messages.map(({ controlId }: { controlId: string }) => controlId);
    };
    assert.deepEqual(await ids("--type", "ORU*"), ["O1"]);
    assert.deepEqual(await ids("--rule", "refuse"), ["E1"]);
    assert.deepEqual(await ids("--unmatched"), ["M1", "O1"]);
    assert.deepEqual(await ids("--since", "2"), ["O1"]);
    assert.deepEqual(await ids("--limit", "2"), ["E1", "O1"]);
    assert.match(await receiver.done("messages", "2"), /^rule: refuse$/m);
    assert.equal(await receiver.done("messages", "1", "bin"), message("M1"));
    assert.equal(await receiver.done("messages", "1", "hl7"), message("M1").replaceAll("\r", "\r\n"));
    const { segments } = JSON.parse(await receiver.done("messages", "1", "json"));
    assert.deepEqual([segments[1].name, segments[1].fields[2]], ["PID", "4711^^^HOSP^MR"]);
    const { code, stderr } = await receiver.ctl("messages", "9");
    assert.deepEqual([code, stderr], [2, "mllp ctl: There is no message 9: 3 have come\n"]);
  }, () => ["--payload", "full"]);
});

test("mllp ctl find, verify and explain judge what came", { timeout }, async () => {
  await withReceiver(SCENARIO, async (receiver) => {
    await receiver.ask("M1", "E1", "M2");
    assert.match(await receiver.done("find", "{MSH-10: {starts: M}}"), /M1.*\n.*M2.*\n$/);
    assert.equal((await receiver.json("find", "{MSH-10: {starts: M}}", "--limit", "1")).messages[0].controlId, "M2");
    assert.match(await receiver.done("verify", "no_duplicates: MSH-10"), /^pass: /);
    const failed = await receiver.ctl("verify", "{count: {when: {MSH-10: {starts: M}}, is: 3}}");
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /^FAIL: .*wanted exactly 3, found 2; nearest: message 2 \(ADT\^A01, E1\)/);
    assert.match(await receiver.done("explain", "2"), /^refuse: matches\nso refuse decides: reply AE\n/);
    const passed = ["refuse: not whose MSH-10 starts with 'E'", "silence: not whose MSH-10 starts with 'H'"];
    await receiver.done("rule", "disable", "slow");
    await receiver.ask("S1");
    const explained = await receiver.json("explain", "4");
    assert.deepEqual(explained.lines.slice(0, 4), [
      ...passed,
      "slow: switched off, or in another state",
      "so the defaults decide: reply AA",
    ]);
    assert.deepEqual(explained.considered.map(({ missed }: { missed: string }) => missed), ["when", "when", "off"]);
    // What came before the change is told by what was written down.
    const [note, ...rest] = (await receiver.json("explain", "2")).lines;
    assert.match(note, /^the rules have been changed since/);
    assert.deepEqual(rest.slice(0, 2), ["refuse: matches", "so refuse decides: reply AE"]);
    const wrong = await receiver.ctl("find", "{MSH-10x: M}");
    assert.deepEqual([wrong.code, /^mllp ctl: 1:2: MSH-10x: /.test(wrong.stderr)], [2, true], wrong.stderr);
  });
});

test("mllp ctl wait returns when the message has come, and with 1 when its time is over", { timeout }, async () => {
  await withReceiver(SCENARIO, async (receiver, folder) => {
    const path = join(folder, "expect.yaml");
    writeFileSync(path, "count: {when: {MSH-10: M2}, at_least: 1}\n");
    const waiting = receiver.ctl("wait", `@${path}`, "--timeout", "30s", "--json");
    await receiver.ask("M1");
    // It has asked by now: this is what it waits for.
    while ((await receiver.status()).totals.messages < 1);
    await receiver.ask("M2");
    const { code, stdout } = await waiting;
    assert.equal(code, 0);
    const { pass, waitedMs } = JSON.parse(stdout);
    assert.equal(pass, true);
    assert.ok(waitedMs < 30_000);
    const late = await receiver.ctl("wait", "count: {when: {MSH-10: M3}, is: 1}", "--timeout", "100ms");
    assert.deepEqual([late.code, /^FAIL: .*found 0/.test(late.stdout)], [1, true], late.stdout);
    // What can no longer pass is not waited for.
    const never = await receiver.ctl("wait", "none: {MSH-10: M1}", "--timeout", "10m");
    assert.deepEqual([never.code, /^FAIL: /.test(never.stdout)], [1, true], never.stdout);
  });
});

test("mllp ctl events and messages --follow show what happens, as it happens", { timeout }, async () => {
  await withReceiver(SCENARIO, async (receiver) => {
    const events = start(["ctl", "events", "--json", "--control", receiver.url]);
    const follow = start(["ctl", "messages", "--follow", "--rule", "refuse", "--control", receiver.url]);
    const some = start(["ctl", "events", "--types", "change", "--control", receiver.url]);
    // Each of them listens when it has heard of a change; the third tells of nothing else.
    while ((await receiver.json("rule", "fire", "silence")).armed < 50) {
      const heard = [events, some].map((each) => each.waitFor("stdout", /fire/).then(() => true));
      if (await Promise.race([Promise.all(heard), pause(50)])) break;
    }
    await receiver.done("rule", "disable", "silence");
    const caller = await receiver.call();
    const seen = follow.waitFor("stdout", /^\d+ {2}\S+ {2}ADT\^A01 {2}E\d+ {2}AE by refuse$/m);
    let isSeen = false;
    void seen.then(() => isSeen = true);
    for (let i = 1; !isSeen; i++) {
      caller.write(messages(`E${i}`, `M${i}`));
      await caller.untilAcks(2 * i);
      await pause(20);
    }
    caller.stream.destroy();
    const [line] = await events.waitFor("stdout", /^{"event":"message".*"controlId":"E1".*}$/m);
    assert.deepEqual([JSON.parse(line).rule, JSON.parse(line).payload], ["refuse", undefined]);
    await events.waitFor("stdout", /^{"event":"close"/m);
    await receiver.running.stop();
    for (const each of [events, follow, some]) {
      const { code, stdout } = await each.finished;
      assert.equal(code, 0);
      if (each === follow) assert.doesNotMatch(stdout, /M\d/);
      if (each === some) assert.doesNotMatch(stdout, /message/);
    }
  });
});

test("mllp ctl connections lists them, and closes, resets, stops, resumes and writes to one", { timeout }, async () => {
  await withReceiver(SCENARIO, async (receiver, folder) => {
    const callers = [await receiver.ask("M1"), await receiver.ask("M2", "E2"), await receiver.ask("M3")];
    callers[1].write(messages("H2", "S2"));
    await receiver.received(6);
    const lines = (await receiver.done("connections")).trimEnd().split("\n");
    assert.deepEqual(lines.map((line) => line.trim().replace(/ +127\S+ +to tcp:\S+ +since \S+Z +/, ": ")), [
      "1: 1 message",
      "2: 4 messages  1 waiting, 1 held",
      "3: 1 message",
    ]);

    assert.equal(await receiver.done("connections", "stop_reading", "3"), "connection 3: stop_reading\n");
    callers[2].write(messages("M4"));
    await receiver.ask("M5");
    assert.match(await receiver.done("connections"), /^3 .*not read$/m);
    assert.deepEqual(acks(callers[2].text), ["AA M3"]);
    await receiver.done("connections", "resume", "3");
    await callers[2].untilAcks(2);

    const path = join(folder, "bytes.bin");
    writeFileSync(path, Uint8Array.of(0x0b, 0x00, 0xff, 0x1c, 0x0d));
    await receiver.done("connections", "send", "3", path);
    await callers[2].until(() => callers[2].text.endsWith("\v\u0000\u00ff\u001c\r"));
    await receiver.done("connections", "close", "1");
    await callers[0].untilEnded();
    assert.equal(callers[0].ended, "fin");
    await receiver.done("connections", "reset", "2");
    await callers[1].untilEnded();
    assert.equal(callers[1].ended, "reset");
    await receiver.heard("close", '"connection":2,"how":"local"');
    for (const args of [["close", "1"], ["reset", "2"], ["stop", "3"], ["send", "3"], ["close", "x"]]) {
      assert.equal((await receiver.ctl("connections", ...args)).code, 2, args.join(" "));
    }
    await receiver.heard("change", "connection 2: reset");
  });
});

test("mllp ctl ends with 3 where there is no receiver, and with 2 for a place that is none", { timeout }, async () => {
  const port = await closedPort();
  for (const args of [["status"], ["heal"], ["wait", "none: {type: ADT}"], ["events"]]) {
    const { code, stderr } = await run(["ctl", ...args, "--control", `:${port}`]);
    assert.equal(code, 3, `${args.join(" ")}: ${stderr}`);
    assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port}`));
  }
  for (const place of ["https://127.0.0.1:1", "http://127.0.0.1:1/v1", "nowhere"]) {
    assert.equal((await run(["ctl", "status", "--control", place])).code, 2, place);
  }
  assert.equal((await run(["ctl", "stats", "--control", `:${port}`])).code, 2);
});

/** Lets time pass; resolves with what is not so. */
function pause(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms));
}
