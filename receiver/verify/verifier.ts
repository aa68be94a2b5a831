/**
 * Expectations judged as messages come: fed by the receiver with each message when it has been decided upon and when it is done
 * with, asked for verdicts at the end or at any time before.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { type MessageFacts, Moment } from "../decide/moment.ts";
import type { Matcher } from "../decide/passes.ts";
import type { Expectation } from "../scenario/expectation.ts";
import type { Check, Settled } from "./check.ts";
import { CountCheck, OutcomeCheck } from "./counts.ts";
import { DuplicatesCheck } from "./duplicates.ts";
import { EveryCheck } from "./every.ts";
import { OrderCheck } from "./order.ts";
import { RetriesCheck } from "./retries.ts";
import { type Standing, type Verdict, verdictOf } from "./verdict.ts";
import type { Judging } from "./wanted.ts";

export type { Settled } from "./check.ts";
export type { Miss, Standing, Verdict } from "./verdict.ts";

/** A message that has come. */
export interface Arrived {
  readonly n: number;
  /** Whether it is an acknowledgement itself: then it is left out. */
  readonly isAnswer: boolean;
  /** The control id, or what stands for it. */
  readonly scope: string;
  readonly attempt: number;
  /** With the time of its coming; looked at during the call alone. */
  readonly facts: MessageFacts;
}

/** What expectations are judged with. */
export interface VerifierOptions {
  /** The names of the scenario's listeners, in order. */
  readonly listeners?: readonly (string | undefined)[];
  /** Reads regular expressions. */
  readonly matcher?: Matcher;
  /** Whether values of messages may stand in verdicts; they are about patients. */
  readonly values?: boolean;
  /** How many keys each expectation remembers; default a million. */
  readonly most?: number;
}

/**
 * Judges expectations.
 *
 * @example
 * ```ts
 * import { Verifier } from "./verifier.ts";
 * import { HeaderScan } from "../../lib/hl7/header.ts";
 * import { utf8 } from "../../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const verifier = new Verifier([{ kind: "every", when: { type: ["ADT"] }, gets: "AA" }]);
 * const message = utf8("MSH|^~\\&|A|B|C|D|20260131||ADT^A01|MSG1|P|2.5\r");
 * const header = new HeaderScan();
 * header.scan(message);
 * const facts = { listener: 0, connection: 1, peer: "", tlsName: null, nowMs: 0, message, header, warnings: [] };
 * verifier.arrived({ n: 1, isAnswer: false, scope: "MSG1", attempt: 1, facts });
 * verifier.settled({ n: 1, codes: ["AA"], outcome: "replied", atMs: 3 });
 * const [{ expr, pass, detail }] = verifier.verdicts(10);
 * assert.deepEqual([expr, pass, detail], ["every message of type ADT gets AA", true, "1 of 1 got AA"]);
 * ```
 */
export class Verifier {
  readonly #expectations: readonly Expectation[];
  readonly #judging: Judging;
  readonly #moment: Moment = new Moment();
  #checks: readonly Check[];

  /** Throws a `RangeError` for a regular expression that the matcher cannot read, or without a matcher. */
  constructor(expectations: readonly Expectation[], { listeners = [], ...options }: VerifierOptions = {}) {
    this.#expectations = expectations;
    this.#judging = { moment: this.#moment, listeners, ...options };
    this.#checks = this.#made();
  }

  /** A message has come. */
  arrived(message: Arrived): void {
    if (message.isAnswer) return;
    const moment = this.#moment;
    moment.begin(message, message.facts);
    for (const check of this.#checks) check.arrived(moment, message.n);
    moment.end();
  }

  /** A message is done with. */
  settled(message: Settled): void {
    for (const check of this.#checks) check.settled?.(message);
  }

  /** What each expectation came to, in their order: no more messages will come. */
  verdicts(nowMs: number): readonly Verdict[] {
    return this.#checks.map((check) => verdictOf(check.standing(nowMs, true)));
  }

  /** How each expectation stands while more messages may come. */
  standings(nowMs: number): readonly Standing[] {
    return this.#checks.map((check) => check.standing(nowMs, false));
  }

  /** Forgets everything that came. */
  reset(): void {
    this.#checks = this.#made();
  }

  #made(): Check[] {
    return this.#expectations.map((expectation) => checkOf(expectation, this.#judging));
  }
}

function checkOf(expectation: Expectation, judging: Judging): Check {
  switch (expectation.kind) {
    case "count":
    case "none":
      return new CountCheck(expectation, judging);
    case "order":
      return new OrderCheck(expectation, judging);
    case "no_duplicates":
      return new DuplicatesCheck(expectation, judging);
    case "every":
      return new EveryCheck(expectation, judging);
    case "retries":
      return new RetriesCheck(expectation, judging);
    case "outcome":
      return new OutcomeCheck(expectation);
  }
}

/**
 * Whether an expectation is about what must not happen. Then it holds from the start until it is broken: who waits for
 * it waits until it is, or until the time is over.
 *
 * @example
 * ```ts
 * import { isLasting } from "./verifier.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isLasting({ kind: "none", when: { duplicate: true } }), true);
 * assert.equal(isLasting({ kind: "every", when: { type: ["*"] }, gets: "AA" }), false);
 * ```
 */
export function isLasting(expectation: Expectation): boolean {
  switch (expectation.kind) {
    case "none":
    case "no_duplicates":
      return true;
    case "count":
    case "outcome":
      return expectation.bounds.atLeast === 0;
    case "order":
      return expectation.per !== undefined && expectation.per !== "scenario";
    default:
      return false;
  }
}
