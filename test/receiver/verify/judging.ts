/**
 * What the tests of expectations judge with: an expectation as written, and messages that come and are done with.
 *
 * @module
 */
import { utf8 } from "../../../lib/bytes.ts";
import type { MessageOutcome } from "../../../receiver/events.ts";
import { matcherOf } from "../../../receiver/matcher.ts";
import type { Expectation } from "../../../receiver/scenario/expectation.ts";
import { Attempts } from "../../../receiver/attempts.ts";
import { type Standing, type Verdict, Verifier, type VerifierOptions } from "../../../receiver/verify/verifier.ts";
import { contextOf, type Sent } from "../decide/deciding.ts";
import { scenarioOf } from "../scenario/files.ts";

/** A message, and what becomes of it: AA at once, unless it says otherwise; `codes: null` for not done with. */
export interface Coming extends Sent {
  readonly atMs?: number;
  readonly codes?: readonly string[] | null;
  readonly outcome?: MessageOutcome;
  /** When it is done with. */
  readonly doneMs?: number;
}

const LISTENERS = "listeners: [{name: adt, endpoint: ':0'}, {name: lab, endpoint: ':0'}]";

/** An expectation as it is written. */
export function expectationOf(text: string): Expectation {
  const [expectation] = scenarioOf(`${LISTENERS}\nexpect: [${text}]`, { matcher: matcherOf() }).expect ?? [];
  return expectation;
}

/** Judges one expectation. */
export class Judged {
  readonly verifier: Verifier;
  readonly #attempts: Attempts = new Attempts();
  #n = 0;
  #nowMs = 0;

  constructor(text: string, options: VerifierOptions = {}) {
    this.verifier = new Verifier([expectationOf(text)], {
      listeners: ["adt", "lab"],
      matcher: matcherOf(),
      ...options,
    });
  }

  /** Messages come, one after the other. */
  come(...messages: readonly Coming[]): this {
    for (const { atMs = this.#nowMs, codes = ["AA"], outcome = "replied", doneMs = atMs, ...sent } of messages) {
      const n = ++this.#n;
      const { scope, attempt, facts } = contextOf({ ...sent, nowMs: atMs }, this.#attempts.seen(utf8(sent.id)));
      this.#nowMs = atMs;
      this.verifier.arrived({ n, isAnswer: false, scope, attempt, facts: facts! });
      if (codes !== null) this.verifier.settled({ n, codes, outcome, atMs: doneMs });
    }
    return this;
  }

  /** The verdict at the end. */
  get verdict(): Verdict {
    return this.verifier.verdicts(this.#nowMs)[0];
  }

  /** How it stands. */
  standing(nowMs: number = this.#nowMs): Standing {
    return this.verifier.standings(nowMs)[0];
  }
}

/** Messages of these types, with ids of their own. */
export function ofTypes(...types: readonly string[]): Coming[] {
  return types.map((type, i) => ({ id: `MSG${i + 1}`, type }));
}
