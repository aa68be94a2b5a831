/**
 * Messages looked for, and expectations judged, among the entries of a journal in memory: for who asks while a receiver
 * runs. A message has its entry when it is done with; those that are not are not seen.
 *
 * This module performs no I/O.
 *
 * # What can be judged
 *
 * Only what the entries hold: of messages that the ring has let go of nothing is known, and conditions on more than was kept of
 * each message are an error that names what is missing (`kept.ts`).
 *
 * @module
 */
import { Moment } from "../decide/moment.ts";
import type { Matcher } from "../decide/passes.ts";
import { compileWhen } from "../decide/when.ts";
import type { JournalMessage, PayloadForm } from "../journal/entry.ts";
import type { Expectation } from "../scenario/expectation.ts";
import { conditionsIn, type When } from "../scenario/when.ts";
import { checkExpectation, checkWhen, EntryFacts, type ListenerName, scopeOf } from "./kept.ts";
import type { Standing } from "./verdict.ts";
import { Verifier } from "./verifier.ts";

export type { ListenerName } from "./kept.ts";

/** What entries are read with. */
export interface EntriesOptions {
  /** What the journal keeps of each message. */
  readonly payload: PayloadForm;
  /** In the order of the scenario. */
  readonly listeners?: readonly ListenerName[];
  /** Reads regular expressions. */
  readonly matcher?: Matcher;
}

/** What an expectation is judged with. */
export interface JudgeEntriesOptions extends EntriesOptions {
  /** When the receiver was started, in milliseconds since 1970: `count` with `within` runs from there. */
  readonly startedAtMs: number;
  /** The present time, likewise. */
  readonly nowMs: number;
  /** Whether it is the last time of asking: what is still missing is missing for good. */
  readonly final?: boolean;
  /** Whether values of messages may be told. */
  readonly values?: boolean;
}

/**
 * The entries whose messages fit conditions, in the order given.
 *
 * @throws RangeError for conditions on more than was kept, on a listener that there is not, or with a regular expression that
 * cannot be read
 *
 * @example
 * ```ts
 * import { findEntries } from "./entries.ts";
 * import assert from "node:assert/strict";
 *
 * const entry = (n: number, type: string) =>
 *   ({ n, type, at: "2026-01-31T12:00:00.000Z", controlId: `MSG${n}`, peer: "", bytesIn: 99, warnings: [] }) as never;
 * const found = findEntries({ type: ["ADT"] }, [entry(1, "ADT^A01"), entry(2, "ORU^R01")], { payload: "hash" });
 * assert.deepEqual(found.map(({ n }) => n), [1]);
 * ```
 */
export function findEntries(
  when: When,
  entries: Iterable<JournalMessage>,
  options: EntriesOptions,
): JournalMessage[] {
  checkWhen(when, options.payload);
  checkListeners([when], options.listeners);
  const moment = new Moment();
  const listeners = (options.listeners ?? []).map(({ name }) => name);
  const conditions = compileWhen(when, { moment, listeners, matcher: options.matcher });
  const facts = new EntryFacts(options);
  const found: JournalMessage[] = [];
  for (const entry of entries) {
    moment.begin({ scope: scopeOf(entry), attempt: entry.attempt }, facts.of(entry));
    if (conditions.every(({ holds }) => holds(moment))) found.push(entry);
  }
  moment.end();
  return found;
}

/**
 * How an expectation stands by these entries; messages count in the order of their arrival.
 *
 * @throws RangeError as `findEntries` does
 *
 * @example
 * ```ts
 * import { verifyEntries } from "./entries.ts";
 * import assert from "node:assert/strict";
 *
 * const at = "2026-01-31T12:00:00.000Z";
 * const entry = { n: 1, at, type: "ADT^A01", controlId: "MSG1", peer: "", bytesIn: 99, warnings: [], reply: null };
 * const expectation = { kind: "count", when: { type: ["ADT"] }, bounds: { atLeast: 1, atMost: Infinity } } as const;
 * const options = { payload: "hash", startedAtMs: Date.parse(at), nowMs: Date.parse(at) } as const;
 * assert.equal(verifyEntries(expectation, [entry as never], options).pass, true);
 * ```
 */
export function verifyEntries(
  expectation: Expectation,
  entries: Iterable<JournalMessage>,
  options: JudgeEntriesOptions,
): Standing {
  checkExpectation(expectation, options.payload);
  checkListeners(whensOf(expectation), options.listeners);
  const { matcher, values, startedAtMs, nowMs, final = false } = options;
  const listeners = (options.listeners ?? []).map(({ name }) => name);
  const verifier = new Verifier([expectation], { listeners, matcher, values });
  const facts = new EntryFacts(options);
  for (const entry of [...entries].sort((a, b) => a.n - b.n)) {
    const { n, attempt, outcome, reply, at } = entry;
    const known = facts.of(entry);
    verifier.arrived({ n, attempt, scope: scopeOf(entry), isAnswer: facts.isAnswer, facts: known });
    if (outcome === "pending") continue;
    verifier.settled({ n, codes: reply?.code ?? [], outcome, atMs: facts.since(reply?.lastByteAt ?? at) });
  }
  const sinceMs = nowMs - startedAtMs;
  const [found] = verifier.standings(sinceMs);
  if (!final) return found;
  const [verdict] = verifier.verdicts(sinceMs);
  return { ...verdict, decided: true };
}

/** The conditions of an expectation. */
function whensOf(expectation: Expectation): readonly When[] {
  if (expectation.kind === "order") return expectation.when;
  return "when" in expectation ? [expectation.when] : [];
}

/** A name that no listener has would hold for nothing, and not say so. */
function checkListeners(whens: readonly When[], listeners: readonly ListenerName[] = []): void {
  const names = listeners.flatMap(({ name }) => name ?? []);
  const strange = whens.flatMap((when) => [...listenersIn(when)]).find((name) => !names.includes(name));
  if (strange === undefined) return;
  const known = names.length === 0 ? "no listener has a name" : `wanted ${names.join(", ")}`;
  throw new RangeError(`Cannot look at the listener '${strange}': ${known}`);
}

function* listenersIn(when: When): Generator<string> {
  yield* when.listener ?? [];
  for (const { when: inner } of conditionsIn(when, [])) yield* listenersIn(inner);
}
