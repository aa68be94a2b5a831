/**
 * `mllp ctl` on the compiled binary, as it changes what a receiver does: rules, the default reply, phases, the state, the whole scenario.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { acks } from "../receiver/caller.ts";
import { type Controlled, messages, withReceiver } from "./controlled.ts";
import { call } from "./verbs/observer.ts";

const timeout = 60_000;

/** What a message with this id is answered with. */
async function answer(receiver: Controlled, id: string): Promise<string> {
  const caller = await receiver.ask(id);
  caller.stream.destroy();
  return acks(caller.text)[0];
}

/** A command that is refused: its status, and what it says. */
async function refused(receiver: Controlled, ...args: readonly string[]): Promise<[number | null, string]> {
  const { code, stderr } = await receiver.ctl(...args);
  return [code, stderr.trim()];
}

test("mllp ctl rule adds, shows, replaces, patches, switches and takes away a rule", { timeout }, async () => {
  await withReceiver(null, async (receiver, folder) => {
    assert.equal(await receiver.done("rule", "list"), "no rules\n");
    const added = await receiver.json("rule", "add", "{id: bad, when: {MSH-10: {starts: B}}, do: [{reply: AE}]}");
    assert.deepEqual([added.id, added.standing, added.firings], ["bad", "on", 0]);
    assert.deepEqual([await answer(receiver, "B1"), await answer(receiver, "M1")], ["AE B1", "AA M1"]);

    // Of two rules that hold, the new one is first unless it is said otherwise.
    const path = join(folder, "rule.yaml");
    writeFileSync(path, "id: worse\nwhen: {MSH-10: {starts: B}}\ntrigger: {first: 1}\ndo: [{reply: AR}]\n");
    await receiver.done("rule", "add", path);
    assert.deepEqual([await answer(receiver, "B2"), await answer(receiver, "B3")], ["AR B2", "AE B3"]);
    await receiver.done("rule", "add", "{id: rest, do: [{reply: CR}]}", "--at", "last");
    assert.deepEqual([await answer(receiver, "B4"), await answer(receiver, "M2")], ["AE B4", "CR M2"]);
    assert.match(await receiver.done("rule", "list"), /^worse .*\nbad .*\nrest .*\n$/);

    await receiver.done("rule", "put", "rest", "{do: [{reply: CE}]}");
    assert.equal(await answer(receiver, "M3"), "CE M3");
    await receiver.done("rule", "patch", "bad", '{"when": {"MSH-10": {"starts": "X"}}}');
    assert.deepEqual([await answer(receiver, "X1"), await answer(receiver, "B5")], ["AE X1", "CE B5"]);
    await receiver.done("rule", "disable", "rest");
    assert.match(await receiver.done("rule", "show", "rest"), /^rest +off +acted \d+ /);
    assert.equal(await answer(receiver, "M4"), "AA M4");
    await receiver.done("rule", "enable", "rest");
    assert.equal(await answer(receiver, "M5"), "CE M5");
    assert.equal(await receiver.done("rule", "delete", "rest"), "rest is gone\n");
    assert.equal(await answer(receiver, "M6"), "AA M6");
    assert.deepEqual((await receiver.json("rule", "list")).rules.map(({ id }: { id: string }) => id), ["worse", "bad"]);
  });
});

test("mllp ctl rule fire lets a rule act once, though it is off", { timeout }, async () => {
  const rule = "{id: once, enabled: false, when: {MSH-10: {starts: F}}, do: [{reply: AR}]}";
  await withReceiver(`{version: 1, rules: [${rule}]}`, async (receiver) => {
    assert.equal(await answer(receiver, "F1"), "AA F1");
    assert.match(await receiver.done("rule", "fire", "once"), /1 to come by hand/);
    assert.deepEqual(
      [await answer(receiver, "M1"), await answer(receiver, "F2"), await answer(receiver, "F3")],
      ["AA M1", "AR F2", "AA F3"],
    );
    await receiver.heard("change", "the rule once acts on the next event");
  });
});

test("mllp ctl rule --ttl ends a rule by itself, which is told and written down", { timeout }, async () => {
  await withReceiver(null, async (receiver, folder) => {
    const { endsInMs } = await receiver.json("rule", "add", "{id: brief, do: [{reply: AE}]}", "--ttl", "1s");
    assert.ok(endsInMs > 0 && endsInMs <= 1000, `${endsInMs}`);
    assert.equal(await answer(receiver, "M1"), "AE M1");
    await receiver.heard("change", `"what":"expired".*the rule brief has come to its end`);
    assert.equal(await answer(receiver, "M2"), "AA M2");
    assert.match(await receiver.done("rule", "list"), /^brief +expired/);
    // A ttl that is begun anew.
    await receiver.done("rule", "enable", "brief", "--ttl", "1h");
    assert.equal(await answer(receiver, "M3"), "AE M3");
    await receiver.running.stop();
    const notes = readFileSync(join(folder, "received.ndjson"), "utf8").trim().split("\n").map((line) =>
      JSON.parse(line)
    );
    const changes = notes.filter(({ note }) => note === "change").map(({ what }) => what);
    assert.deepEqual(changes, ["scenario", "expired", "scenario"]);
  }, (folder) => ["--journal", join(folder, "received.ndjson")]);
});

test("mllp ctl rule names what it cannot do, and changes nothing", { timeout }, async () => {
  await withReceiver(
    "{version: 1, rules: [{id: bad, when: {MSH-10: B}, do: [{reply: AE}]}]}",
    async (receiver, folder) => {
      const before = await receiver.json("scenario", "get");
      const path = join(folder, "wrong.yaml");
      writeFileSync(path, "id: wrong\nwhen: {MSH-10: B}\ndo:\n  - {replay: AE}\n");
      const cases: readonly (readonly [args: readonly string[], said: RegExp])[] = [
        [["rule", "add", path], /wrong\.yaml:4:6: do\[0\]\.replay: .*did you mean 'reply'/],
        [["rule", "add", "{id: bad, do: [hold]}"], /There is a rule 'bad' already/],
        [["rule", "show", "nobody"], /There is no rule 'nobody': bad/],
        [["rule", "patch", "bad", '{"do": []}'], /do/],
        [["rule", "delete", "nobody"], /There is no rule 'nobody'/],
        [["rule", "fire", "nobody"], /There is no rule 'nobody'/],
        [["rule", "add", "{id: a, do: [hold]}", "--ttl", "soon"], /--ttl: Cannot read 'soon' as a duration/],
        [["rule", "list", "--ttl", "5m"], /--ttl is of no use to rule list/],
        [["rule", "add", join(folder, "missing.yaml")], /missing\.yaml/],
      ];
      for (const [args, said] of cases) {
        const [code, stderr] = await refused(receiver, ...args);
        assert.deepEqual([code, said.test(stderr)], [2, true], `${args.join(" ")}: ${stderr}`);
      }
      assert.deepEqual(await receiver.json("scenario", "get"), before);
      assert.equal(await answer(receiver, "B"), "AE B");
    },
  );
});

test("mllp ctl reply changes what messages get that no rule decides on", { timeout }, async () => {
  await withReceiver(null, async (receiver) => {
    assert.equal(await receiver.done("reply"), "default reply AA\n");
    for (const code of ["AE", "AR", "CR", "AA"]) {
      assert.equal(await receiver.done("reply", code), `default reply ${code}\n`);
      assert.equal(await answer(receiver, `M${code}`), `${code} M${code}`);
    }
    await receiver.done("reply", "none");
    const caller = await receiver.call();
    caller.write("\vMSH|^~\\&|A|B|C|D|20260131||ADT^A01|SILENT|P|2.5\r\u001c\r");
    await receiver.received(5);
    await receiver.done("reply", "AA:50,AE:50");
    assert.equal(caller.text, "");
    assert.match(await answer(receiver, "DRAWN"), /^A[AE] DRAWN$/);
    const [code, stderr] = await refused(receiver, "reply", "XX");
    assert.equal(code, 2);
    assert.match(stderr, /XX/);
    assert.equal(await receiver.done("reply"), "default reply AA:50,AE:50\n");
  });
});

const PHASES = `
version: 1
phases_at_end: stay
phases:
  - {name: healthy, for: 1h}
  - {name: ill, for: 1h, rules: [{id: ill-ae, do: [{reply: AE}]}]}
  - {name: down, for: 1h, listeners: {all: refused}}
`;

test("mllp ctl phase jumps, stands still and goes on; what it says of listeners is in force when it returns", {
  timeout,
}, async () => {
  await withReceiver(PHASES, async (receiver) => {
    assert.equal((await receiver.status()).phase.name, "healthy");
    const caller = await receiver.ask("M1");
    assert.match(await receiver.done("phase", "ill"), /^phase ill for /);
    assert.equal(await answer(receiver, "M2"), "AE M2");
    assert.match(await receiver.done("phase", "pause"), /paused/);
    const { elapsedMs } = (await receiver.status()).phase;
    assert.equal((await receiver.status()).phase.elapsedMs, elapsedMs);
    assert.doesNotMatch(await receiver.done("phase", "resume"), /paused/);
    for (let i = 0; i < 3; i++) {
      // Without `mllp ctl` between, which takes its time.
      const jump = async (name: string) => {
        const body = JSON.stringify({ jump: name });
        assert.equal((await fetch(`${receiver.url}/v1/phase`, { method: "POST", body })).status, 200);
      };
      await jump("down");
      assert.equal(await call(receiver.port), "ECONNREFUSED");
      assert.deepEqual((await receiver.status()).listeners.map(({ state }: { state: string }) => state), ["refused"]);
      await jump("healthy");
      assert.equal(await call(receiver.port), "taken");
      await jump("down");
      assert.equal((await fetch(`${receiver.url}/v1/heal`, { method: "POST" })).status, 200);
      assert.equal(await call(receiver.port), "taken");
    }
    assert.equal(await receiver.done("phase", "none"), "phase none\n");
    const [code, stderr] = await refused(receiver, "phase", "helthy");
    assert.deepEqual([code, stderr], [2, "mllp ctl: unknown phase 'helthy', did you mean 'healthy'?"]);
    // Who was there before any of it still is.
    assert.equal(caller.ended, null);
    caller.write(messages("M3"));
    await caller.untilAcks(2);
  });
});

test("mllp ctl state goes to a state that a rule names", { timeout }, async () => {
  const rules = [
    "{id: ill, in_state: ill, do: [{reply: AE}]}",
    "{id: poison, when: {MSH-10: P}, to_state: ill, do: [{reply: AR}]}",
  ];
  await withReceiver(`{version: 1, rules: [${rules.join()}]}`, async (receiver) => {
    assert.equal(await answer(receiver, "M1"), "AA M1");
    assert.equal(await receiver.done("state", "ill"), "state ill\n");
    assert.equal(await answer(receiver, "M2"), "AE M2");
    assert.equal((await refused(receiver, "state", "well"))[0], 2);
    await receiver.done("state", "normal");
    assert.equal(await answer(receiver, "M3"), "AA M3");
  });
});

test("mllp ctl scenario puts a whole scenario in force, or nothing of it", { timeout }, async () => {
  await withReceiver("{version: 1, name: first, rules: [{id: one, do: [{reply: AE}]}]}", async (receiver, folder) => {
    const before = await receiver.json("scenario", "get");
    const listening = [{ endpoint: "tcp://127.0.0.1:0", framing: "mllp" }];
    assert.deepEqual(before.listeners, listening, "those of --listen, which stand in place of a file's");
    const path = join(folder, "second.yaml");
    const second =
      "version: 1\nname: second\ndefaults: {reply: AR}\nrules:\n  - {id: two, when: {MSH-10: T}, do: [{reply: CE}]}\n";
    // The second rule is wrong; the first one, and the name, must not come into force either.
    writeFileSync(path, `${second}  - {id: three, when: {MSH-99x: T}, do: [{reply: CR}]}\n`);
    const [code, stderr] = await refused(receiver, "scenario", "put", path);
    assert.equal(code, 2);
    assert.match(stderr, /second\.yaml:6:\d+: rules\[1\]\.when\.MSH-99x: /);
    assert.deepEqual(await receiver.json("scenario", "get"), before);
    assert.equal(await answer(receiver, "T"), "AE T");
    writeFileSync(path, second);
    assert.equal(await receiver.done("scenario", "put", path), "in force: second, 1 rule\n");
    assert.deepEqual([await answer(receiver, "T"), await answer(receiver, "M")], ["CE T", "AR M"]);
    const now = await receiver.json("scenario", "get");
    assert.deepEqual([now.name, now.rules.length, now.seed], ["second", 1, before.seed]);
    // What was got can be put, and a text stands for itself.
    await receiver.done("scenario", "put", JSON.stringify(before));
    assert.equal(await answer(receiver, "T"), "AE T");
    const [conflict, said] = await refused(receiver, "scenario", "put", "{version: 1, seed: 99}");
    assert.deepEqual([conflict, /seed cannot change while it runs/.test(said)], [2, true], said);
  });
});
