/** In-band control: messages that say themselves what is to be done with them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../../lib/bytes.ts";
import { draw } from "../../../lib/random.ts";
import { Decider, explain, type Plan } from "../../../receiver/decide/decide.ts";
import { dryRun } from "../../../receiver/decide/dry_run.ts";
import { parseInBand, UNREAD, UnreadError } from "../../../receiver/decide/in_band_text.ts";
import { dependences } from "../../../receiver/scenario/order.ts";
import { tellInBand } from "../../../receiver/scenario/tell.ts";
import { adt } from "../caller.ts";
import { example, issuesOf, scenarioOf } from "../scenario/files.ts";
import { contextOf, Judge, type Sent } from "./deciding.ts";

const CONTROL = `control: {in_band: {field: ZTS-1, prefix: "fault:"}}\n`;

/** A message that asks for something. */
function asking(text: string, id = "MSG1"): Sent {
  return { id, rest: `ZTS|${text}\r` };
}

/** What is done with a message, in words, and who decides. */
function fate({ rule, steps }: Plan): string {
  return explain({ rule, steps, considered: [] }).replace(" decides: ", ": ").replace(" decide: ", ": ");
}

function fates(judge: Judge, ...texts: readonly string[]): string[] {
  return texts.map((text) => fate(judge.plan(asking(text))));
}

/** How many of a thousand messages, which ask for the same, get what. */
function tally(text: string): Record<string, number> {
  const judge = new Judge(CONTROL);
  const found: Record<string, number> = {};
  for (let i = 0; i < 1000; i++) {
    const what = fate(judge.plan(asking(text, `MSG${i}`)));
    found[what] = (found[what] ?? 0) + 1;
  }
  return found;
}

function near(found: number, wanted: number): void {
  assert.ok(Math.abs(found - wanted) < 50, `${found}, wanted about ${wanted}`);
}

test("parseInBand reads each question with its alternatives", () => {
  assert.deepEqual(parseInBand("delay=50us:30,0.1s:5 ; code=AE:10%, none ;close:10;no-reply:0.5"), {
    delay: [{ value: 0.05, chance: 0.3 }, { value: 100, chance: 0.05 }],
    code: [{ value: "AE", chance: 0.1 }, { value: "none", chance: 0.9 }],
    end: [{ value: "close", chance: 0.1 }, { value: "hold", chance: 0.005 }],
  });
  assert.deepEqual(parseInBand("delay=2s:50;delay=5s:25").delay, parseInBand("delay=2s:50,5s:25").delay);
  assert.deepEqual(parseInBand("reset"), { delay: [], code: [], end: [{ value: "reset", chance: 1 }] });
  assert.deepEqual(parseInBand("close:0").end, [{ value: "close", chance: 0 }]);
});

const UNREADABLE: Readonly<Record<string, readonly string[]>> = {
  too_long: [`delay=1s${" ".repeat(200)}`],
  unknown_part: ["", ";", "close;", "wait=2s", "CLOSE", "close=", "constructor", "delay"],
  bad_value: ["delay=", "delay=2", "delay=-1s", "code=OK", "code=ae", "code=AA,,AE", "delay=a=b"],
  bad_percent: ["close:", "close:x", "close:101", "close:-1", "close:1e1", "close:10:20", "delay=2s:50%%"],
  over_100: ["close:60;reset:60", "close;reset", "code=AE,AR", "code=AE:100,AR", "close:50;close:51"],
  contradiction: ["hold;delay=2s", "no-reply;code=AE:10", "code=none;delay=1s", "code=none;delay=1s;hold:5"],
};

for (const [why, texts] of Object.entries(UNREADABLE)) {
  test(`parseInBand refuses what cannot be read, ${why}, without telling it`, () => {
    for (const text of texts) {
      assert.throws(
        () => parseInBand(text),
        (error) => {
          assert.ok(error instanceof UnreadError);
          assert.equal(error.why, why, text);
          assert.equal(error.message, `Cannot read what a message asks for: ${UNREAD[error.why]}`);
          return true;
        },
      );
    }
  });
}

test("InBand gives a message what it asks for, and no other", () => {
  const judge = new Judge(CONTROL);
  assert.deepEqual(fates(judge, "fault:delay=2s", "fault:code=AE", "fault:hold", "fault:no-reply", "fault:code=none"), [
    "in_band: wait 2s, then reply AA",
    "in_band: reply AE",
    "in_band: say nothing",
    "in_band: say nothing",
    "in_band: say nothing",
  ]);
  assert.deepEqual(
    fates(judge, "fault:close", "fault:reset;delay=1s", "fault:code=AR;close", "fault:code=none;close"),
    [
      "in_band: close (FIN)",
      "in_band: wait 1s, then reset (RST)",
      "in_band: reply AR, then close (FIN)",
      "in_band: close (FIN)",
    ],
  );
  assert.deepEqual(fates(judge, "close", "Fault:close", " fault:close", ""), Array(4).fill("the defaults: reply AA"));
  assert.equal(fate(judge.plan({ id: "1" })), "the defaults: reply AA");
});

test("InBand takes the value at its path whole, components, escapes and all, and one repetition of it", () => {
  const judge = new Judge(CONTROL);
  assert.deepEqual(fates(judge, "fault:close^X", "fault:close\\S\\", "fault:close~fault:hold", "X~fault:hold"), [
    "the defaults: reply AA",
    "the defaults: reply AA",
    "in_band: close (FIN)",
    "the defaults: reply AA",
  ]);
  const any = new Judge(`control: {in_band: {field: "ZTS-1[*].2", prefix: "é:"}}`);
  assert.deepEqual(fates(any, "é:hold", "X~Y^é:hold&X~Z^é:close", "Y^é:code=AE^é:hold"), [
    "the defaults: reply AA",
    "the defaults: reply AA",
    "in_band: reply AE",
  ]);
});

test("InBand asks for nothing where the scenario does not let messages ask", () => {
  assert.deepEqual(fates(new Judge(""), "fault:close"), ["the defaults: reply AA"]);
});

test("InBand draws for each question by itself, as often as was asked for", () => {
  const found = tally("fault:delay=2s:50;code=AE:10,AR:20;close:30");
  const share = (part: string) =>
    Object.entries(found).reduce((sum, [what, count]) => sum + (what.includes(part) ? count : 0), 0);
  near(share("wait 2s"), 500);
  near(share("reply AE"), 100);
  near(share("reply AR"), 200);
  near(share("close"), 300);
  near(found["in_band: wait 2s, then reply AE, then close (FIN)"], 15);
  near(found["the defaults: reply AA"], 1000 * 0.5 * 0.7 * 0.7);
  near(tally("fault:code=AE:25,AR")["in_band: reply AR"], 750);
  assert.deepEqual(tally("fault:close:0"), { "the defaults: reply AA": 1000 });
});

test("InBand draws by seed, control id, attempt and question alone", () => {
  const plan = (judge: Judge, text: string, id: string) => judge.plan(asking(text, id));
  const [forth, back] = [new Judge(CONTROL), new Judge(CONTROL)];
  const ids = Array.from({ length: 50 }, (_, i) => `MSG${i}`);
  const ahead = ids.map((id) => plan(forth, "fault:code=AE:50", id).rule);
  const behind = [...ids].reverse().map((id) => plan(back, "fault:delay=0:0;code=AE:50", id).rule);
  assert.deepEqual(ahead, behind.reverse());
  assert.notDeepEqual(ahead, ids.map((id) => plan(forth, "fault:code=AE:50", id).rule));
  const { considered: [{ draw: drawn, chance, held }] } = plan(new Judge(CONTROL, 9), "fault:code=AE:50", "X");
  assert.equal(drawn, draw(9, "in_band", "X#1", 1));
  assert.deepEqual([chance, held], [0.5, drawn < 0.5]);
});

test("InBand bounds the delays that are asked for, and leaves out the default one", () => {
  const judge = new Judge(
    `defaults: {delay: 20ms}\ncontrol: {in_band: {field: ZTS-1, prefix: "fault:", max: {delay: 30s}}}`,
  );
  assert.deepEqual(fates(judge, "fault:delay=1h", "fault:delay=0", "fault:code=AE", "fault:hold", "fault:close:0"), [
    "in_band: wait 30s, then reply AA",
    "in_band: wait 0s, then reply AA",
    "in_band: wait 20ms, then reply AE",
    "in_band: say nothing",
    "the defaults: wait 20ms, then reply AA",
  ]);
  const limited = new Judge(`${CONTROL}limits: {max_delay: 1s}`);
  assert.deepEqual(fates(limited, "fault:delay=1h"), ["in_band: wait 1s, then reply AA"]);
});

test("InBand replies by default where no code is drawn, whatever the default is", () => {
  const none = new Judge(`defaults: {reply: none}\n${CONTROL}`);
  assert.deepEqual(fates(none, "fault:delay=1s", "fault:code=AA", "fault:code=AE:0"), [
    "in_band: say nothing",
    "in_band: reply AA",
    "the defaults: say nothing",
  ]);
  const plan = new Decider(scenarioOf(CONTROL)).decide({
    ...contextOf(asking("fault:code=AE")),
    due: { mode: "enhanced", accept: "AL", application: "AL" },
  });
  assert.deepEqual(plan.steps, [{ verb: "reply", items: ["CA", "AE"] }]);
});

test("InBand decides before all rules, which count the message all the same", () => {
  const judge = new Judge(`
${CONTROL}
rules:
  - {id: slow, then: continue, do: [{delay: 1s}]}
  - {id: third, trigger: {nth: 3}, do: [reset]}
  - {id: rest, to_state: seen, do: [{reply: AR}]}
`);
  assert.deepEqual(fates(judge, "fault:code=AE", "fault:code=AE:0"), ["in_band: reply AE", "the defaults: reply AA"]);
  assert.equal(judge.decider.state, "normal");
  assert.deepEqual(fates(judge, "", ""), ["third: wait 1s, then reset (RST)", "rest: wait 1s, then reply AR"]);
});

test("InBand goes before a rule that was fired by hand, which waits for the next message", () => {
  const judge = new Judge(`${CONTROL}rules: [{id: a, trigger: {nth: 99}, do: [reset]}]`);
  judge.decider.fire("a");
  assert.deepEqual(fates(judge, "fault:hold", "", ""), [
    "in_band: say nothing",
    "a: reset (RST)",
    "the defaults: reply AA",
  ]);
});

test("InBand leaves a text that cannot be read to the rules, and says why without the text", () => {
  const judge = new Judge(`${CONTROL}rules: [{id: a, do: [{reply: AR}]}]`);
  const plan = judge.plan(asking("fault:delay=4711"));
  assert.equal(plan.rule, "a");
  assert.deepEqual(plan.considered[0], {
    rule: "in_band",
    chance: 1,
    draw: null,
    held: false,
    missed: "bad_value",
    matched: true,
  });
  assert.equal(
    explain(plan),
    "in_band: it asks for a delay or a code that is none; a: always; so a decides: reply AR",
  );
  const long = judge.plan(asking(`fault:${"X".repeat(100_000)}`), { values: true });
  assert.ok(!JSON.stringify(long).includes("XX"));
  assert.match(explain(long), /^in_band: what it asks for is longer than 200 bytes; a: /);
});

test("InBand tells what was drawn, and with reasons what it looks at", () => {
  const judge = new Judge(CONTROL);
  assert.equal(explain(judge.plan(asking("fault:hold"))), "in_band: matches; so in_band decides: say nothing");
  assert.match(
    explain(judge.plan(asking("fault:code=AE:100,AR:0"))),
    /^in_band: drew 0\.\d{4}, below 100%; so in_band decides: reply AE$/,
  );
  assert.match(
    explain(judge.plan(asking("fault:close:0"))),
    /^in_band: drew 0\.\d{4}, not below 0%; so the defaults decide: reply AA$/,
  );
  assert.deepEqual(judge.plan(asking("")).considered, []);
  const { considered: [reason] } = judge.plan(asking("X"), { values: true });
  assert.deepEqual(reason.conditions, [{ text: "whose ZTS-1 starts with 'fault:'", held: false }]);
  assert.equal(
    explain(judge.plan(asking("X"), { values: true })),
    "in_band: not whose ZTS-1 starts with 'fault:'; so the defaults decide: reply AA",
  );
});

test("InBand is healed with the rules, until a scenario is put in force", () => {
  const scenario = scenarioOf(CONTROL);
  const judge = new Judge(CONTROL);
  judge.decider.heal(0);
  assert.deepEqual(fates(judge, "fault:hold"), ["the defaults: reply AA"]);
  assert.match(explain(judge.plan(asking("fault:hold"), { values: false })), /^in_band: switched off, or/);
  judge.decider.adopt(scenario, 0, new Set(["a"]));
  assert.deepEqual(fates(judge, "fault:hold"), ["the defaults: reply AA"]);
  judge.decider.adopt(scenario, 0, "all");
  assert.deepEqual(fates(judge, "fault:hold"), ["in_band: say nothing"]);
  judge.decider.adopt(scenarioOf(""), 0, "all");
  assert.deepEqual(fates(judge, "fault:hold"), ["the defaults: reply AA"]);
});

test("InBand does not ask acknowledgements, nor what happens on a connection", () => {
  const { decider } = new Judge(CONTROL);
  const context = contextOf(asking("fault:close"));
  assert.equal(decider.decide({ ...context, isAnswer: true }).rule, null);
  assert.deepEqual(decider.decideEvent("open", context.facts!, { values: false }).considered, []);
});

test("the example in_band.yaml does what MSH-8 asks for, and tells so", () => {
  const scenario = example("in_band.yaml");
  assert.deepEqual(dependences(scenario), []);
  assert.equal(
    tellInBand(scenario.control!.inBand!),
    "in_band: messages whose MSH-8 starts with 'fault:', before all rules: what stands behind it, " +
      "such as delay=2s:50;code=AE:10; no delay beyond 30s; at most 5 messages at a time",
  );
  const ask = (text: string) => utf8(adt("M1").replace(/^((?:[^|]*\|){7})[^|]*/, `$1${text}`));
  const plans = [...dryRun(scenario, [ask("fault:delay=2s;code=AE"), ask("")])].map(({ plan }) => fate(plan));
  assert.deepEqual(plans, ["in_band: wait 2s, then reply AE", "the defaults: reply AA"]);
});

test("parseScenario refuses in-band control that could not be told apart or could never be", () => {
  const taken = "what messages ask for goes by the name 'in_band' (control.in_band), wanted another";
  assert.deepEqual(issuesOf(`version: 1\n${CONTROL}rules: [{id: in_band, do: [hold]}]`), [
    `3:14 rules[0].id: ${taken}`,
  ]);
  assert.deepEqual(issuesOf("version: 1\nrules: [{id: in_band, do: [hold]}]"), []);
  assert.deepEqual(
    issuesOf(`version: 1\n${CONTROL}phases: [{name: one, use: [in_band]}]\nprofiles: {in_band: [{delay: 1s}]}`),
    [`4:21 profiles.in_band: ${taken}`],
  );
  assert.deepEqual(issuesOf("version: 1\ncontrol: {in_band: {field: ZTS, prefix: 'fault:'}}"), [
    "2:28 control.in_band.field: found the segment ZTS, wanted a field such as MSH-8",
  ]);
  assert.deepEqual(issuesOf(`version: 1\ndefaults: {reply: echo}\n${CONTROL}`), [
    "2:19 defaults.reply: Cannot use in-band control on an echo: its bytes go back before there is a message",
  ]);
});
