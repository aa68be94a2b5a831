/**
 * Conditions, compiled once for a scenario: each says whether it holds at a moment, and what it is in words.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { utf8 } from "../../lib/bytes.ts";
import { codeOfRule, type FrameWord } from "../scenario/frame.ts";
import { tellConditions } from "../scenario/tell.ts";
import type { SizeBound, When } from "../scenario/when.ts";
import { isIn, parseNetwork } from "../../lib/network.ts";
import type { Moment } from "./moment.ts";
import { type CompiledTest, compileTest, type Matcher } from "./passes.ts";
import { compileTypes } from "./type_pattern.ts";
import { hashOf } from "./values.ts";

/** One condition. */
export interface Condition {
  /** In words: `whose MSH-6 starts with 'HOSP'`. */
  readonly text: string;
  holds(moment: Moment): boolean;
  /** The path whose value it looks at; `null` for what is no value of the message. */
  readonly slot: number | null;
  /** The hash that the value must have: where it has another, the condition does not hold. `null` where there is no telling. */
  readonly gate: number | null;
}

/** What conditions are compiled with. */
export interface Surroundings {
  readonly moment: Moment;
  /** The names of the scenario's listeners, in order. */
  readonly listeners: readonly (string | undefined)[];
  readonly matcher?: Matcher;
}

const ORDERS: Readonly<Record<SizeBound["op"], (size: number, bytes: number) => boolean>> = {
  ">": (size, bytes) => size > bytes,
  ">=": (size, bytes) => size >= bytes,
  "<": (size, bytes) => size < bytes,
  "<=": (size, bytes) => size <= bytes,
  "=": (size, bytes) => size === bytes,
};

/**
 * The conditions of a map, in the order in which they are looked at: what is cheap first.
 *
 * @throws RangeError for a regular expression that cannot be read
 *
 * @example
 * ```ts
 * import { compileWhen } from "./when.ts";
 * import { Moment } from "./moment.ts";
 * import assert from "node:assert/strict";
 *
 * const moment = new Moment();
 * const [retried] = compileWhen({ duplicate: true }, { moment, listeners: [] });
 * moment.begin({ scope: "MSG1", attempt: 2 }, null);
 * assert.equal(retried.text, "whose control id has come before");
 * assert.equal(retried.holds(moment), true);
 * ```
 */
export function compileWhen(when: When, surroundings: Surroundings): Condition[] {
  const texts = tellConditions(when);
  return partsOf(when, surroundings).map(({ holds, slot = null, gate = null }, i) => ({
    text: texts[i],
    holds,
    slot,
    gate,
  }));
}

interface Part {
  readonly holds: (moment: Moment) => boolean;
  readonly slot?: number;
  readonly gate?: number;
}

/** One part for each text of `tellConditions`, in its order. */
function partsOf(when: When, surroundings: Surroundings): Part[] {
  const { moment, listeners, matcher } = surroundings;
  const { type, listener, peer, duplicate, frame, size, version, tlsCn, fields = [], any, all, not, raw } = when;
  const parts: Part[] = [];
  if (type !== undefined) {
    const fits = compileTypes(type);
    parts.push({ holds: ({ type }) => fits(type) });
  }
  if (listener !== undefined) {
    const wanted = listeners.flatMap((name, index) => name !== undefined && listener.includes(name) ? [index] : []);
    parts.push({ holds: ({ facts }) => wanted.includes(facts.listener) });
  }
  if (peer !== undefined) parts.push({ holds: fromNetworks(peer) });
  if (duplicate !== undefined) parts.push({ holds: ({ attempt }) => attempt > 1 === duplicate });
  if (frame !== undefined) parts.push({ holds: (at) => frame.some((word) => hasFrame(at, word)) });
  if (size !== undefined) {
    const fits = ORDERS[size.op];
    parts.push({ holds: ({ message }) => fits(message.length, size.bytes) });
  }
  if (version !== undefined) {
    const slot = moment.values.slot("MSH-12.1");
    parts.push(fieldPart(slot, compileTest(version, matcher, true), moment));
  }
  if (tlsCn !== undefined) {
    const { passes, inverted } = compileTest(tlsCn, matcher);
    parts.push({
      holds: ({ facts: { tlsName } }) => {
        if (tlsName === null) return inverted;
        const name = utf8(tlsName);
        return passes(name, 0, name.length) !== inverted;
      },
    });
  }
  for (const { path, test } of fields) {
    parts.push(fieldPart(moment.values.slot(path), compileTest(test, matcher), moment));
  }
  const each = (inner: When) => allOf(partsOf(inner, surroundings));
  if (any !== undefined) {
    const choices = any.map(each);
    parts.push({ holds: (at) => choices.some((holds) => holds(at)) });
  }
  for (const inner of all ?? []) parts.push({ holds: each(inner) });
  if (not !== undefined) {
    const holds = each(not);
    parts.push({ holds: (at) => !holds(at) });
  }
  if (raw !== undefined) {
    const { passes, inverted } = compileTest(raw, matcher);
    parts.push({ holds: ({ message }) => passes(message, 0, message.length) !== inverted });
  }
  return parts;
}

function fieldPart(slot: number, { passes, inverted, only }: CompiledTest, { values }: Moment): Part {
  if (inverted) return { slot, holds: ({ values }) => !values.some(slot, passes) };
  const gated = only !== undefined && !values.several(slot);
  return {
    slot,
    ...(gated ? { gate: hashOf(only, 0, only.length) } : {}),
    holds: ({ values }) => values.some(slot, passes),
  };
}

function allOf(parts: readonly Part[]): (moment: Moment) => boolean {
  if (parts.length === 1) return parts[0].holds;
  return (moment) => {
    for (let i = 0; i < parts.length; i++) if (!parts[i].holds(moment)) return false;
    return true;
  };
}

/** Whether the peer is in one of some networks; a connection's messages ask for the same peer again and again. */
function fromNetworks(texts: readonly string[]): (moment: Moment) => boolean {
  const networks = texts.map(parseNetwork);
  let last: string | null = null;
  let answer = false;
  return ({ facts: { peer } }) => {
    if (peer !== last) {
      last = peer;
      answer = networks.some((network) => isIn(peer, network));
    }
    return answer;
  };
}

function hasFrame({ facts, warnings }: Moment, word: FrameWord): boolean {
  if (facts.fault !== undefined) return facts.fault === word;
  if (word === "strict") return warnings.length === 0;
  if (word === "tolerated") return warnings.length > 0;
  return warnings.some(({ rule }) => codeOfRule(rule) === word);
}
