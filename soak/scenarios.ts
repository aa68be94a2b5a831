/**
 * What the receiver of a soak is told to do. All of it can be survived by who sends well: nothing here takes back an
 * acknowledgement.
 *
 * @module
 */

/** Where the receiver listens. */
export interface Places {
  /** MLLP: for spam and send. */
  readonly load: number;
  /** ILLP: for the line driver. */
  readonly line: number;
}

/** The scenarios' names. */
export type ScenarioName = "calm" | "moody" | "broken";

const RULES: Readonly<Record<ScenarioName, readonly string[]>> = {
  calm: [],
  moody: [
    "{id: refuses, trigger: {chance: 2%}, do: [{reply: {code: AE, text: Try again}}]}",
    "{id: silent, trigger: {chance: 0.5%}, do: [hold]}",
    "{id: slow, trigger: {chance: 2%}, do: [{delay: 300ms}, reply]}",
    "{id: in-pieces, trigger: {chance: 2%}, do: [{drip: {chunks: 5, over: 50ms}}]}",
    "{id: twice, when: {listener: load}, trigger: {chance: 1%}, do: [twice]}",
  ],
  broken: [
    "{id: closes, trigger: {chance: 1%}, do: [close]}",
    "{id: resets, trigger: {chance: 1%}, do: [reset]}",
    "{id: half, trigger: {chance: 1%}, do: [{send: {part: 50%}}, reset]}",
    "{id: closes-after, when: {listener: load}, trigger: {chance: 1%}, do: [reply, close]}",
    "{id: damaged, when: {listener: load}, trigger: {chance: 0.5%}, do: [{mutate: [drop_end_data]}]}",
    "{id: no-answer, when: {listener: load}, trigger: {chance: 0.5%}, do: [drop_reply]}",
  ],
};

/** A scenario's text. */
export function scenarioText(name: ScenarioName, { load, line }: Places): string {
  const rules = RULES[name].map((rule) => `  - ${rule}\n`).join("");
  return `version: 1
name: ${name}
seed: 7
listeners:
  - {name: load, endpoint: "tcp://127.0.0.1:${load}"}
  - {name: line, endpoint: "tcp://127.0.0.1:${line}", framing: illp}
defaults: {reply: AA, delay: 2ms}
${rules === "" ? "" : `rules:\n${rules}`}`;
}

/** A rule that is added while it runs, for a while. */
export const PASSING_RULE = "{id: passing, trigger: {every: 7}, do: [{delay: 500ms}, reply]}";
