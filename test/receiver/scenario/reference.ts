/**
 * The parts of docs/scenarios.md that are made of the code: tables and lists of every word that the language has. What a word means is told
 * here only where the code does not tell it; a word that is told of nowhere is an error.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import { command } from "../../../cli/receive.ts";
import { FRAMINGS } from "../../../lib/link/make.ts";
import { ROUTES } from "../../../receiver/control/routes.ts";
import type { MessageOutcome } from "../../../receiver/events.ts";
import { MUTATION_NAMES, mutationKind } from "../../../receiver/mutate/registry.ts";
import { outcomeWord } from "../../../receiver/scenario/expectation.ts";
import { EVENT_KINDS, type EventKind } from "../../../receiver/scenario/scenario.ts";
import { LINK_FAULTS } from "../../../receiver/steps/link_faults.ts";
import { kindOf, type Verb, VERBS, wordOf, WORDS } from "../../../receiver/steps/registry.ts";
import type { StepRole } from "../../../receiver/steps/step.ts";
import { code, fence, list, table } from "../../markdown.ts";
import { read, ROOT } from "../../source.ts";
import { grammarLines, PARTS, SCHEMA, type Schema } from "./grammar.ts";

const sentence = (text: string) => text[0].toUpperCase() + text.slice(1);

/** Rows of keys and what they mean. Throws for a key that is told of and not there, or there and not told of. */
function keyed(what: string, keys: readonly string[], about: Readonly<Record<string, string>>): string[][] {
  const strange = Object.keys(about).filter((key) => !keys.includes(key));
  const silent = keys.filter((key) => about[key] === undefined);
  if (strange.length + silent.length > 0) {
    throw new Error(
      `The reference of ${what} tells nothing of ${silent.join(", ") || "-"}, and has no use for ${strange}`,
    );
  }
  return keys.map((key) => [code(key), about[key]]);
}

/** The map of a reply. */
const REPLIES = PARTS.step.anyOf?.find(({ properties }) => properties?.reply !== undefined)
  ?.properties?.reply.anyOf?.find(({ properties }) => properties !== undefined);

const keysIn = (schema: Schema | undefined) => Object.keys(schema?.properties ?? {});

const EVENTS: Readonly<Record<EventKind, string>> = {
  message: "a message has come in whole; no rule looks at acknowledgements",
  open: "a connection was accepted, after its handshake if it has one",
  tls: "a client begins a TLS handshake; what is done takes the place of ours",
  frame_fault: "a frame was refused; if no rule decides, it is answered or not as the framing has it",
  idle: "silence for `limits.idle_timeout` with nothing to answer; if no rule decides, the connection is closed",
  close: "a connection is gone; a rule can only change the state by it",
};

const ROLES: Readonly<Record<StepRole, string>> = {
  wait: "a wait",
  answer: "an answer",
  silence: "silence",
  end: "an end",
  connection: "the line",
  question: "a question",
  handshake: "handshake",
};

const WHEN: Readonly<Record<string, string>> = {
  type: "MSH-9: `ADT^A01`, `ADT^A0*`, `ORU` for any event of it, `*`; several with a bar between, or in a list",
  size: "bytes of the message, frame not counted: `>1MB`, `<=512`",
  raw: "a test of the whole message",
  listener: "the listener's name; in a list, one of them",
  peer: "the client's address, or its network: `10.2.0.0/16`",
  tls_cn: "a test of the common name in the client's certificate",
  version: "a test of MSH-12; `above` and `below` compare versions",
  duplicate: "whether the control id has come before",
  frame: "`strict`, `tolerated`, or the code of the deviation that was tolerated (at `frame_fault`: refused)",
  any: "a list of conditions, one of which must hold",
  all: "a list of conditions, all of which must hold",
  not: "conditions that must not hold together",
};

const TESTS: Readonly<Record<string, string>> = {
  is: "the value itself, or one of a list; as is a text or list without a key",
  in: "the same, for a list",
  starts: "how it begins; of a list, one",
  ends: "how it ends; of a list, one",
  contains: "what stands in it; of a list, one",
  matches: "a regular expression of RE2, found anywhere in it: no look-around, no back reference, no surprise in time",
  above: "a number, and the value is one above it",
  below: "a number, and the value is one below it",
  exists: "whether there is a value",
  absent: "whether there is none",
  empty: 'whether there is none, or HL7\'s null (`""`)',
};

const TRIGGERS: Readonly<Record<string, string>> = {
  nth: "only the event with this number, or with one of these",
  every: "only each so many-th event",
  first: "only the first so many",
  after: "not the first so many",
  times: "acts at most so often; other events are still counted",
  chance: "a share of the events, drawn; with `{p, burst}`, so many in a row each time",
  between: "only from the one time to the other, counted from the start, or from that of the rule's phase",
  over: "only what goes beyond this rate; one second's worth may come at once",
  ramp: "a chance that changes evenly over a time, and then stays",
  per: "whose events are counted together, or whose draws are taken; see below",
};

const SCOPES: Readonly<Record<string, string>> = {
  scenario: "all events together",
  listener: "those of each listener; what is counted without `per` is counted so",
  connection: "those of each connection",
  peer: "those of each client's address",
  control_id: "the tries of each message",
  PATH: "those with the same value there, such as `PID-3.1`",
};

const SCENARIO: Readonly<Record<string, string>> = {
  version: "`1`; the only one that must be there",
  name: "for people",
  seed: "of all draws; `--seed` goes before it; without either, one is chosen and printed",
  listeners: "where messages are taken: `endpoint`, and if wanted a `name` and a `framing`; 127.0.0.1:2575, if none",
  defaults: "`reply` (AA, if none) and `delay`, for what no rule decides; the delay goes before rules' steps, too",
  profiles: "lists of steps by name, for phases",
  rules: "tried in order",
  phases: "one after the other from the start",
  phases_at_end: "`stop` the receiver, `repeat` from the first, or (if nothing is said) `stay` without a phase",
  expect: "what must have happened by the end",
  limits: "bounds",
  control: "the control API: where it listens, and how long its rules last unless they say so",
};

const REPLY: Readonly<Record<string, string>> = {
  code: "what is sent: a code, or several with weights",
  file: "the file that is sent",
  text: "MSA-3",
  err: "an ERR segment, or a list of them: `{code: 207, location: PID-3, severity: E, text: ...}`",
  control_id:
    "MSA-2: `same`, `empty`, `wrong`, a text, or `previous`, the last of this connection; empty if there is none",
  as: "a response instead of an acknowledgement: `ADR^A19`, with the query's own segments",
  late: "after so long a time, out of the order of replies",
  stale: "the connection's previous reply once more, byte for byte, instead of this one",
  swap: "exchanged with the next reply that is to be swapped, on whatever connection",
  twice: "two times",
  reorder: "with the replies to the next messages of the connection, so many in all, the last first",
  join: "with those, so many in all, in one write",
  drip: "bit by bit: `{bytes: 1, every: 20ms}` or `{chunks: 5, over: 2s}`",
  split_at: "in two pieces, cut behind `start`, `rest`, `end_block` or a percentage",
  via: "to another endpoint, over a connection of our own that stays open for the next",
  on: "`new_connection`: over one for this reply alone",
  enhanced: "both acknowledgements of enhanced mode, one by one, whatever the message asks for",
  mutate: "damage to the frame; see below",
};

const RULE: Readonly<Record<string, string>> = {
  id: "its name in draws, counts, the journal and the API; unique",
  on: "the event; `message`, unless given",
  when: "conditions; without them, every such event",
  trigger: "which of the events that the conditions hold for; without it, all",
  do: "steps, one after the other; a rule without any leaves the message to the defaults, and to no rule behind it",
  sequence: "a list of steps for the first time, one for the second, and so on, instead of `do`",
  then: "`stop` decides; `continue` does the steps and lets later rules decide, too",
  in_state: "holds in this state alone; the first state is `normal`",
  to_state: "the state from the next event on",
  enabled: "`false` until somebody switches it on by the control API",
  ttl: "how long after it was put in force it ends by itself",
  note: "for people",
};

const PHASE: Readonly<Record<string, string>> = {
  name: "unique",
  for: "how long; a last phase with neither `for` nor `messages` goes on to the end",
  messages: "until so many messages have come in it",
  listeners: "`refused` or `open`, by the listener's name or `all`; `refused` means that nobody listens there",
  use: "profiles whose steps go before all else, and rules of the scenario that then hold in no other phase",
  rules: "rules of its own, tried before the scenario's",
};

const LIMITS: Readonly<Record<string, string>> = {
  max_connections: "open at a time; further ones are closed at once (10,000)",
  idle_timeout: "how long a connection may be silent with nothing to answer (for ever)",
  max_pending: "messages of one connection that wait for their answers; then it is not read (1000)",
  max_delay: "no single wait is longer (no bound)",
  active_faults: "messages under a fault at a time; further ones get the default reply (no bound)",
  held_connections: "connections held without an answer at a time (no bound)",
  journal: "messages that the control API remembers (1000)",
};

const EXPECTATIONS: Readonly<Record<string, string>> = {
  count: "so many such messages came, each coming counted, within a time of the start if one is given",
  order: "messages came in this order: none before the first of the kind before it; `per` scope, if given",
  no_duplicates: "no two messages have the same value there; tries of a message are one message, but for MSH-10",
  every: "each such message got this code at one of its tries, in time; no such message is a failure, too",
  retries: "each such message came so often again",
  none: "no such message came",
  outcome: "so many messages came to this (one at least, unless bounds are given)",
};

/** The texts before the words of a union, or the keys of an interface, in a source: what the code says of each. */
function commentsIn(path: string, begins: string, ends: string, entry: RegExp): Map<string, string> {
  const source = read(path);
  const from = source.indexOf(begins);
  const text = source.slice(from, source.indexOf(ends, from));
  const found = new Map<string, string>();
  for (const [, comment = "", name] of text.matchAll(entry)) {
    found.set(name, comment.replace(/\s*\n\s*\*?\s*/g, " ").trim().replace(/\.$/, ""));
  }
  if (from < 0 || found.size === 0) throw new Error(`Found no '${begins}' in ${path}`);
  return found;
}

/** A doc comment's text, if there is one, and the name behind it. */
const UNION_WORD = /(?:\/\*\* ((?:(?!\*\/)[\s\S])*?) \*\/\s*)\| "(\w+)"/g;
const INTERFACE_KEY = /(?:\/\*\*\s((?:(?!\*\/)[\s\S])*?)\*\/\s*)?readonly (\w+)\??:/g;

function outcomes(): string {
  const told = commentsIn("receiver/events.ts", "export type MessageOutcome", ";\n\n", UNION_WORD);
  return list(Array.from(told, ([outcome, about]) => {
    const word = outcomeWord(outcome as MessageOutcome);
    if (word === undefined) throw new Error(`The outcome '${outcome}' has no word`);
    return `${code(outcome)}${word === outcome ? "" : ` (${code(word)})`}: ${about}`;
  }));
}

/** Of keys that say it all by their names, what the source says nothing of. */
const PLAIN: Readonly<Record<string, string>> = {
  connection: "The connection's number",
  peer: "The client's address",
  attempt: "The how-manieth time this control id has come",
  controlId: "MSH-10",
  warnings: "The deviations of its frame that were tolerated",
  rule: "The rule that decided; null for the defaults",
  considered: "Each rule that was looked at: its number, its draw, and why it did not act",
  steps: "What was done, and when",
  outcome: "What it came to; see above. `pending` where steps were left for later: an `amended` note follows",
};

function journalKeys(): string {
  const told = commentsIn("receiver/journal/entry.ts", "export interface JournalMessage", "\n}\n", INTERFACE_KEY);
  return list(Array.from(told, ([key, about]) => {
    const says = about === "" ? PLAIN[key] : about;
    if (says === undefined) throw new Error(`The reference tells nothing of the journal's key '${key}'`);
    return `${code(key)}: ${says}`;
  }));
}

function flags(headings: readonly string[]): string {
  const items = Object.entries(command.flags).flatMap(([key, { heading, about, placeholder }]) => {
    if (!headings.includes(heading)) return [];
    const name = `--${key.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
    return [`${code(placeholder === "" ? name : `${name} <${placeholder}>`)}: ${about}`];
  });
  return list(items);
}

/** An example's question: the first sentences of its comment, up to what it does. */
function question(name: string): string {
  const lines = read(`examples/${name}`).split("\n").slice(1);
  const text = lines.slice(0, lines.findIndex((line) => line === "#")).map((line) => line.slice(2)).join(" ");
  return /^.*?[?.](?=\s|$)/.exec(text)?.[0] ?? text;
}

/** The scenario of a file, without the comment at its head. */
function scenarioOf(path: string): string {
  return fence("yaml", read(path).replace(/^(#.*\n)+/, ""));
}

function steps(): string {
  const kind = (word: string) => ROLES[VERBS.includes(word as Verb) ? kindOf(word as Verb).role : "answer"];
  return table(["step", "it is", "what it does"], WORDS.map((word) => [code(word), kind(word), wordOf(word)!.about]));
}

function places(): string {
  const written = VERBS.filter((verb) => WORDS.includes(verb));
  const rows = written.filter((verb) => kindOf(verb).on.some((event) => event !== "message")).map((verb) => {
    const { on } = kindOf(verb);
    return [
      code(verb),
      ...EVENT_KINDS.filter((event) => event !== "close").map((event) => on.includes(event) ? "yes" : ""),
    ];
  });
  return table(["step", ...EVENT_KINDS.filter((event) => event !== "close").map(code)], rows);
}

/** Which framing has which faults of its own. */
function lowerLayer(): string {
  const framings = FRAMINGS.filter((framing) => LINK_FAULTS[framing].length > 0);
  const rows = WORDS.map((word) => [
    code(word),
    ...framings.map((framing) => (LINK_FAULTS[framing] as readonly string[]).includes(word) ? "yes" : ""),
  ]).filter((row) => row.includes("yes"));
  return table(["step", ...framings.map(code)], rows);
}

/** Every part by the name in its marker. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  examples: () =>
    list(
      readdirSync(`${ROOT}/examples`).filter((name) => name.endsWith(".yaml")).sort().map((name) =>
        `[${name}](../examples/${name}): ${question(name)}`
      ),
    ),
  smallest: () => scenarioOf("test/scenarios/smallest.yaml"),
  "ae-for-a-patient": () => scenarioOf("examples/ae-for-a-patient.yaml"),
  "first-two-tries-fail": () => scenarioOf("examples/first-two-tries-fail.yaml"),
  "late-ack": () => scenarioOf("examples/late-ack.yaml"),
  "maintenance-window": () => scenarioOf("examples/maintenance-window.yaml"),
  scenario: () =>
    table(
      ["key", "meaning"],
      keyed("scenarios", keysIn(SCHEMA).filter((key) => key !== "$schema"), SCENARIO),
    ),
  replies: () => table(["option", "the reply"], keyed("replies", keysIn(REPLIES), REPLY)),
  rules: () => table(["key", "meaning"], keyed("rules", keysIn(PARTS.rule), RULE)),
  events: () => table(["event", "when"], EVENT_KINDS.map((event) => [code(event), EVENTS[event]])),
  conditions: () => table(["key", "what it looks at"], keyed("when", keysIn(PARTS.when), WHEN)),
  tests: () => table(["key", "what the value must be"], keyed("tests", keysIn(PARTS.test.anyOf?.[2]), TESTS)),
  triggers: () => table(["key", "which events"], keyed("triggers", keysIn(PARTS.trigger.anyOf?.[1]), TRIGGERS)),
  scopes: () =>
    table(["scope", "counted together"], Object.entries(SCOPES).map(([scope, about]) => [code(scope), about])),
  steps,
  places,
  "lower layer": lowerLayer,
  mutations: () =>
    table(["mutation", "what it does"], MUTATION_NAMES.map((name) => [code(name), mutationKind(name).about])),
  phases: () => table(["key", "meaning"], keyed("phases", keysIn(SCHEMA.properties?.phases.items), PHASE)),
  limits: () => table(["key", "at most"], keyed("limits", keysIn(SCHEMA.properties?.limits), LIMITS)),
  expectations: () => {
    const kinds = (PARTS.expectation.anyOf ?? []).map(({ required = [] }) => required[0]);
    return table(["expectation", "passes when"], keyed("expectations", kinds, EXPECTATIONS));
  },
  outcomes,
  "journal keys": journalKeys,
  "scenario flags": () => flags(["Scenario"]),
  "journal flags": () => flags(["Journal"]),
  routes: () => list(ROUTES.map(({ method, path, about }) => `${code(`${method} ${path}`)}: ${sentence(about)}`)),
  grammar: () => fence("text", grammarLines().join("\n")),
};
