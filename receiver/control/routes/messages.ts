/**
 * The routes of messages: those in memory, by number, by what is kept of them, and by conditions. The text of a message, which is about a patient, is answered to who asks
 * for just that, and only where the receiver was told to keep it.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { latin1 } from "../../../lib/bytes.ts";
import { decodeText, readCharset } from "../../../lib/hl7/charset.ts";
import { SegmentWalk } from "../../../lib/hl7/segments.ts";
import { readSeparators, STANDARD_SEPARATORS } from "../../../lib/hl7/separators.ts";
import { parsePositive } from "../../../lib/values.ts";
import { compileTypes } from "../../decide/type_pattern.ts";
import type { JournalMessage } from "../../journal/entry.ts";
import { whenForm } from "../../scenario/when.ts";
import { Problem } from "../problem.ts";
import {
  answer,
  type BodyKind,
  bodyOf,
  type Call,
  flagKey,
  json,
  type QueryKey,
  type Route,
  textKey,
} from "../route.ts";
import * as shapes from "../shapes.ts";

/** So many messages are listed unless more are asked for. */
const LISTED = 100;

const LIMIT: QueryKey<number> = {
  name: "limit",
  about: `how many at most, the last ones; ${LISTED} if not given`,
  schema: { type: "integer", minimum: 1 },
  read: parsePositive,
};

const SINCE: QueryKey<(entry: JournalMessage) => boolean> = {
  name: "since",
  about: "only those with a greater number, or that came at this time or later",
  schema: { type: "string", examples: ["17", "2026-01-31T12:00:00Z"] },
  read(text) {
    if (/^\d+$/.test(text)) return ({ n }) => n > Number(text);
    const at = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : NaN;
    if (Number.isNaN(at)) {
      throw new RangeError(`found '${text}', wanted a number or a time such as 2026-01-31T12:00:00Z`);
    }
    return (entry) => Date.parse(entry.at) >= at;
  },
};

const TYPE = textKey("type", "only those of this type: patterns such as ADT^A0*, with | between them", ["ADT^A01"]);
const RULE = textKey("rule", "only those that this rule decided on");
const UNMATCHED = flagKey("unmatched", "only those that no rule decided on");

function view(entry: JournalMessage): object {
  const { payload: _, ...rest } = entry;
  return rest;
}

function memoryOf({ surface }: Call): object {
  return { entries: surface.recent().length, received: surface.status().totals.messages };
}

async function listed(call: Call): Promise<Response> {
  await call.surface.settled();
  const [since, type, rule, unmatched] = [call.ask(SINCE), call.ask(TYPE), call.ask(RULE), call.ask(UNMATCHED)];
  const fits = type === undefined ? null : compileTypes(type.split("|").map((part) => part.trim()));
  const found = call.surface.recent().filter((entry) =>
    (since === undefined || since(entry)) && (fits === null || fits(entry.type)) &&
    (rule === undefined || entry.rule === rule) && (unmatched !== true || entry.rule === null)
  );
  return json({ messages: found.slice(-(call.ask(LIMIT) ?? LISTED)).map(view), memory: memoryOf(call) });
}

function entryOf(call: Call): JournalMessage {
  const n = call.number("n");
  const found = call.surface.recent().findLast((entry) => entry.n === n);
  if (found !== undefined) return found;
  const { entries, received } = memoryOf(call) as { entries: number; received: number };
  const why = n > received || n === 0
    ? `${received} have come`
    : `it is not done with, or one of those before the ${entries} that are in memory`;
  throw new Problem("not_found", `There is no message ${n}: ${why}`);
}

function textOf(call: Call): { readonly entry: JournalMessage; readonly bytes: Uint8Array<ArrayBuffer> } {
  if (call.surface.payload !== "full") {
    throw new Problem("conflict", "The texts of messages are not kept: start the receiver with --payload full");
  }
  const entry = entryOf(call);
  const payload = entry.payload ?? "";
  return { entry, bytes: Uint8Array.from(payload, (character) => character.charCodeAt(0)) };
}

function download(bytes: Uint8Array<ArrayBuffer>, type: string): Response {
  return new Response(bytes, { headers: { "Content-Type": type, "X-Content-Type-Options": "nosniff" } });
}

/** Each segment on a line of its own, as editors like it. */
function onLines(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const walk = new SegmentWalk();
  const lines: string[] = [];
  walk.begin(bytes);
  while (walk.next()) lines.push(`${latin1(bytes, walk.from, walk.to)}\r\n`);
  return Uint8Array.from(lines.join(""), (character) => character.charCodeAt(0));
}

/** The segments of a message, their fields as texts in its own charset. */
function segmentsOf(bytes: Uint8Array): { readonly name: string; readonly fields: readonly string[] }[] {
  const { field } = readSeparators(bytes) ?? STANDARD_SEPARATORS;
  const charset = readCharset(bytes);
  const walk = new SegmentWalk();
  const segments: { name: string; fields: string[] }[] = [];
  walk.begin(bytes);
  while (walk.next()) {
    const fields: string[] = [];
    let from = walk.from;
    for (let at = from; at <= walk.to; at++) {
      if (at < walk.to && bytes[at] !== field) continue;
      fields.push(decodeText(bytes.subarray(from, at), charset));
      from = at + 1;
    }
    const [name, ...rest] = fields;
    // MSH-1 is the separator itself.
    const header = ["MSH", "FHS", "BHS"].includes(name);
    segments.push({ name, fields: header ? [String.fromCharCode(field), ...rest] : rest });
  }
  return segments;
}

async function found(call: Call): Promise<readonly JournalMessage[]> {
  const when = call.surface.live.when(await call.text());
  await call.surface.settled();
  return call.surface.find(when);
}

const WHEN: BodyKind = bodyOf("Conditions, as in a rule", whenForm);

/** The routes. */
export const messageRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/messages",
    about: "List the messages in memory, those last done with at the end",
    query: [SINCE, LIMIT, TYPE, RULE, UNMATCHED],
    answer: answer("Their entries", shapes.messages),
    run: listed,
  },
  {
    method: "POST",
    path: "/v1/messages/find",
    about: "List the messages in memory that conditions hold for",
    query: [LIMIT],
    body: WHEN,
    answer: answer("Their entries", shapes.messages),
    async run(call) {
      const limit = call.ask(LIMIT) ?? LISTED;
      return json({ messages: (await found(call)).slice(-limit).map(view), memory: memoryOf(call) });
    },
  },
  {
    method: "POST",
    path: "/v1/messages/count",
    about: "Count the messages in memory that conditions hold for",
    body: WHEN,
    answer: answer("How many", shapes.counted),
    run: async (call) => json({ count: (await found(call)).length, memory: memoryOf(call) }),
  },
  {
    method: "GET",
    path: "/v1/messages/{n}.hl7",
    about: "Show a message's text, each segment on a line",
    answer: { status: 200, about: "The message", type: "x-application/hl7-v2+er7" },
    run: (call) => download(onLines(textOf(call).bytes), "x-application/hl7-v2+er7"),
  },
  {
    method: "GET",
    path: "/v1/messages/{n}.bin",
    about: "Give a message's bytes as they came, frame bytes not included",
    answer: { status: 200, about: "The message", type: "application/octet-stream" },
    run: (call) => download(textOf(call).bytes, "application/octet-stream"),
  },
  {
    method: "GET",
    path: "/v1/messages/{n}.json",
    about: "Show a message's segments and their fields",
    answer: answer("The message", shapes.segments),
    run(call) {
      const { entry: { n, controlId, type }, bytes } = textOf(call);
      return json({ n, controlId, type, segments: segmentsOf(bytes) });
    },
  },
  {
    method: "GET",
    path: "/v1/messages/{n}",
    about: "Show what is known of a message",
    answer: answer("Its entry", shapes.message),
    async run(call) {
      await call.surface.settled();
      return json({ message: view(entryOf(call)) });
    },
  },
  {
    method: "GET",
    path: "/v1/explain",
    about: "Say why a message was dealt with as it was",
    query: [{
      name: "message",
      about: "its number",
      schema: { type: "integer", minimum: 1 },
      read: parsePositive,
    }],
    answer: answer("Each rule that was considered", shapes.explanation),
    async run(call) {
      const [key] = call.route.query ?? [];
      const n = call.ask(key) as number | undefined;
      if (n === undefined) throw new Problem("bad_request", "The query key 'message' is missing: wanted ?message=N");
      await call.surface.settled();
      const explained = call.surface.explain(n);
      if (explained === null) throw new Problem("not_found", `There is no message ${n} in memory`);
      return json({ n, lines: explained.lines, considered: explained.considered });
    },
  },
];
