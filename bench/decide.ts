/**
 * What a decision costs with a hundred rules: 40 on the message type, 40 on a field, 10 with a regular expression of which at
 * most 2 are reached, 10 with a chance; and what it costs without any. In microseconds a message, on
 * whatever runtime runs it.
 *
 * @module
 */
import process from "node:process";
import { utf8 } from "../lib/bytes.ts";
import { acksDueOf } from "../lib/hl7/ack_mode.ts";
import { AckScan } from "../lib/hl7/ack_scan.ts";
import { HeaderScan } from "../lib/hl7/header.ts";
import { Decider, type MessageContext } from "../receiver/decide/decide.ts";
import { matcherOf } from "../receiver/matcher.ts";
import { scenarioFromFlags } from "../receiver/scenario/from_flags.ts";
import { parseScenario } from "../receiver/scenario/parse.ts";
import type { Scenario } from "../receiver/scenario/scenario.ts";

/** What was measured; microseconds a message. */
export interface DecideFigures {
  /** The hundred rules; under 20 is asked for. */
  readonly hundredUs: number;
  /** The same with reasons asked for: what `explain` costs. */
  readonly reasonsUs: number;
  /** No rule at all. */
  readonly noneUs: number;
}

const TYPES = ["ADT^A01", "ADT^A04", "ADT^A08", "ORU^R01", "ORM^O01", "SIU^S12", "MDM^T02", "DFT^P03"];
const FIELDS = ["PID-3.1", "PV1-3.1", "MSH-3", "MSH-4", "PID-8", "PV1-2", "OBX[*]-5", "PID-5.1", "EVN-1", "PV1-19"];

/** A hundred rules as a file has them; none of them decides but by chance, so that every message tries them all. */
export function hundredRules(): string {
  const each = (count: number, line: (i: number) => string) => Array.from({ length: count }, (_, i) => line(i));
  return [
    "version: 1",
    "seed: 7",
    "rules:",
    ...each(40, (i) => `  - {id: type-${i}, when: {type: "${TYPES[i % 8]}", MSH-5: NOBODY${i}}, do: [{reply: AR}]}`),
    ...each(40, (i) => `  - {id: field-${i}, when: {"${FIELDS[i % 10]}": "NEVER${i}"}, do: [{reply: AE}]}`),
    // Eight of the ten are of other types, so that two are reached.
    ...each(
      10,
      (i) =>
        `  - {id: match-${i}, when: {type: "${
          i < 2 ? "*" : "ZZZ^Z01"
        }", "OBX[*]-5": {matches: "^NO-?[A-Z]+${i}$"}}, do: [hold]}`,
    ),
    ...each(10, (i) => `  - {id: chance-${i}, trigger: {chance: 1%}, do: [{delay: "10ms:90,2s:10"}, {reply: AE}]}`),
  ].join("\n");
}

/** A message of the usual size. */
function messageOf(i: number): Uint8Array {
  const type = TYPES[i % TYPES.length].replace("^", "^");
  return utf8([
    `MSH|^~\\&|ADT|WARD|LAB|MAIN|20260131120000||${type}|MSG${i}|P|2.5`,
    "EVN|A01|20260131120000",
    `PID|1||${4711 + i}^^^HOSP^MR~0815^^^HOSP^PI||Muster^Max^^^Dr.||19700101|M|||Musterweg 1^^Musterstadt^^12345`,
    "PV1|1|I|W1^101^1^HOSP||||1234^Sample^Sara|||MED||||||||V4711",
    "OBR|1|1|1|CBC^Blood count|||20260131120000",
    "OBX|1|NM|WBC^Leukocytes||7.2|10*9/L|4-10|N|||F",
    "OBX|2|NM|HGB^Hemoglobin||14.1|g/dL|12-16|N|||F",
    "OBX|3|TX|NOTE||all well|||N|||F",
    "",
  ].join("\r"));
}

/** What reads expressions in a receiver. */
const matcher = matcherOf();

/** Decides on each of some messages, again and again; microseconds a message, of the fastest of several rounds: who else is at work on the machine only adds. */
function measure(scenario: Scenario, messages: readonly Uint8Array[], reasons: boolean): number {
  const decider = new Decider(scenario, { matcher });
  const header = new HeaderScan();
  const msa = new AckScan();
  let nowMs = 0;
  const context = {
    due: { mode: "original", accept: "NE", application: "AL" } as MessageContext["due"],
    isAnswer: false,
    attempt: 1,
    get scope() {
      return header.text(10);
    },
    facts: {
      listener: 0,
      connection: 1,
      peer: "127.0.0.1",
      tlsName: null,
      nowMs,
      message: messages[0],
      header,
      warnings: [],
    },
  };
  const asked = reasons ? { values: false } : null;
  let steps = 0;
  const round = () => {
    const before = performance.now();
    for (const message of messages) {
      header.scan(message);
      msa.scan(message);
      context.due = acksDueOf(header, msa);
      context.facts.message = message;
      context.facts.nowMs = ++nowMs;
      steps += decider.decide(context, asked).steps.length;
    }
    return (performance.now() - before) * 1000 / messages.length;
  };
  for (let i = 0; i < 5; i++) round();
  const rounds = Array.from({ length: 50 }, round);
  if (steps === 0) throw new Error("Cannot measure: nothing was decided");
  return Math.min(...rounds);
}

/** Measures; takes a few seconds. */
export function decideFigures(): DecideFigures {
  const messages = Array.from({ length: 2000 }, (_, i) => messageOf(i));
  const hundred = parseScenario(hundredRules(), { file: "hundred.yaml", seed: 7, matcher });
  if (hundred.rules.length !== 100) throw new Error(`Cannot measure: found ${hundred.rules.length} rules, wanted 100`);
  return {
    hundredUs: measure(hundred, messages, false),
    reasonsUs: measure(hundred, messages, true),
    noneUs: measure(scenarioFromFlags({ seed: 7 }), messages, false),
  };
}

if (import.meta.main) {
  const figures = decideFigures();
  const us = (value: number) => `${value.toFixed(2)} us`;
  process.stdout.write(
    [
      `a decision among 100 rules       ${us(figures.hundredUs)} (wanted: under 20 us)`,
      `the same, with all its reasons   ${us(figures.reasonsUs)}`,
      `a decision without rules         ${us(figures.noneUs)}`,
      "Header and MSA scanned in all three.",
      "",
    ].join("\n"),
  );
}
