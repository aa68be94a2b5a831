/**
 * What the API answers, as schemas: its description is made of them, and tests hold every answer against them.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { type ProblemCode, PROBLEMS } from "./problem.ts";

const number = (about: string) => v.pipe(v.number(), v.description(about));
const whole = (about: string) => v.pipe(v.number(), v.integer(), v.description(about));
const text = (about: string) => v.pipe(v.string(), v.description(about));
const truth = (about: string) => v.pipe(v.boolean(), v.description(about));
const orNull = <T extends v.GenericSchema>(schema: T) => v.nullable(schema);
const counts = (about: string) => v.pipe(v.record(v.string(), v.number()), v.description(about));
/** What another part of the program defines, and may add to. */
const open = (about: string) => v.pipe(v.looseObject({}), v.description(about));

/** A scenario's name and content. */
const scenarioKeys = {
  name: orNull(text("The scenario's name")),
  hash: text("SHA-256 of the scenario in its canonical form, in hex"),
  rules: whole("How many rules there are, those of phases included"),
};

/** What was put in force. */
export const adopted = v.strictObject({ scenario: v.strictObject(scenarioKeys) });

/** How the receiver stands. */
export const status = v.strictObject({
  version: text("Of the program"),
  seed: whole("Of all draws"),
  scenario: v.strictObject(scenarioKeys),
  uptimeMs: number("Milliseconds since the start"),
  phase: orNull(
    v.strictObject({
      name: text("The phase that it is"),
      paused: truth("Whether its time stands still"),
      elapsedMs: number("How long it has been going on"),
      endsInMs: orNull(number("When it ends by itself; null if it does not, or not by time")),
    }),
  ),
  state: text("The state that rules set and ask for"),
  listeners: v.array(v.strictObject({
    name: orNull(v.string()),
    endpoint: text("Where it is bound"),
    framing: v.string(),
    state: v.picklist(["open", "refused"]),
  })),
  connections: whole("How many connections are open"),
  rulesOn: whole("How many rules may act on the next event"),
  activeFaults: v.array(v.strictObject({
    rule: v.string(),
    active: whole("How many of its faults are under way: waits, held replies"),
  })),
  totals: v.pipe(
    v.looseObject({ messages: v.number(), replies: counts("By MSA-1"), faults: counts("By rule") }),
    v.description("Counts since the start, or the last reset"),
  ),
});

const RULE = {
  id: v.string(),
  phase: orNull(text("The phase that it belongs to; null for the scenario's own")),
  standing: v.pipe(
    v.picklist(["on", "off", "healed", "expired", "state", "phase"]),
    v.description(
      "Whether it may act on the next event; else why not: switched off, healed, past its ttl, in another state or phase",
    ),
  ),
  firings: whole("How often it has acted"),
  armed: whole("How often it is still to act by hand"),
  inForceMs: number("Since when it has been in force"),
  endsInMs: orNull(number("When it ends by its ttl; null if it does not")),
  rule: open("The rule as it is written"),
};

/** A rule. */
export const rule = v.strictObject(RULE);

/** All rules. */
export const rules = v.strictObject({ rules: v.array(rule) });

/** What heal and reset came to. */
export const healed = v.strictObject({
  released: whole("How many waits were cancelled, and held replies sent or dropped"),
});

/** The default reply. */
export const defaultReply = v.strictObject({ reply: text("As in a scenario's defaults: AA, none, AA:98,AE:2, ...") });

/** The phase after a change. */
export const phase = v.strictObject({ phase: status.entries.phase });

/** The state after a change. */
export const state = v.strictObject({ state: v.string() });

/** A connection. */
const connection = v.strictObject({
  id: whole("Its number, in order of acceptance"),
  peer: v.string(),
  listener: v.string(),
  since: v.string(),
  messages: v.number(),
  bytes: v.number(),
  waiting: whole("How many messages wait for their reply"),
  held: whole("How many messages were deliberately not answered"),
  reading: truth("Whether it is read"),
});

/** All connections. */
export const connections = v.strictObject({ connections: v.array(connection) });

/** What was done with a connection. */
export const acted = v.strictObject({ connection: whole("Its number"), done: v.string() });

const entry = open(
  "A message as in the journal (n, at, controlId, type, rule, steps, reply, outcome, ...), without its text",
);

/** How much is remembered: what is not there cannot be found. */
const memory = v.pipe(
  v.strictObject({
    entries: whole("How many messages are in memory"),
    received: whole("How many messages have come"),
  }),
  v.description("What is looked at: the messages last done with"),
);

/** Messages. */
export const messages = v.strictObject({ messages: v.array(entry), memory });

/** One message. */
export const message = v.strictObject({ message: entry });

/** How many messages. */
export const counted = v.strictObject({ count: v.number(), memory });

/** A message's segments. */
export const segments = v.strictObject({
  n: v.number(),
  controlId: v.string(),
  type: v.string(),
  segments: v.array(v.strictObject({
    name: v.string(),
    fields: v.pipe(v.array(v.string()), v.description("From the first one on; MSH-1, the separator itself, included")),
  })),
});

const VERDICT = {
  expr: text("The expectation in one line"),
  pass: v.boolean(),
  decided: truth("Whether nothing that may still come changes it"),
  detail: text("What was found, in one sentence"),
  nearest: v.optional(v.array(open("A message that came close to what was wanted, or is what is wrong"))),
  memory,
};

/** What an expectation came to. */
export const verdict = v.strictObject(VERDICT);

/** What was waited for. */
export const waited = v.strictObject({ ...VERDICT, waitedMs: number("How long it took") });

/** Why a message was dealt with as it was. */
export const explanation = v.strictObject({
  n: v.number(),
  lines: v.array(v.string()),
  considered: v.array(open("A rule that was considered")),
});

/** A problem. */
export const problem = v.strictObject({
  error: v.strictObject({
    code: v.picklist(Object.keys(PROBLEMS) as ProblemCode[]),
    message: v.string(),
    issues: v.optional(v.array(v.strictObject({
      path: text("What it is about; empty for the whole"),
      line: whole("In the body, from 1"),
      column: v.number(),
      message: v.string(),
    }))),
  }),
});
