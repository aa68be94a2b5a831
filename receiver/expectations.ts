/**
 * What a scenario expects of a run, fed by the receiver: it hears of every message as it comes and as it is done with.
 *
 * @module
 */
import type { Answer } from "./answer.ts";
import type { Matcher } from "./decide/passes.ts";
import type { Scenario } from "./scenario/scenario.ts";
import { type Verdict, Verifier } from "./verify/verifier.ts";
import type { Witness, Workbench } from "./workbench.ts";

/**
 * The expectations of a run.
 *
 * @example
 * ```ts
 * import { Expectations } from "./expectations.ts";
 * import { scenarioFromFlags } from "./scenario/from_flags.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(new Expectations(scenarioFromFlags({ seed: 1 })).verdicts(), []);
 * ```
 */
export class Expectations implements Witness {
  readonly #matcher: Matcher | undefined;
  #bench: Pick<Workbench, "elapsedMs"> | null = null;
  #written = "";
  #verifier!: Verifier;

  /** Throws a `RangeError` for a regular expression that the matcher cannot read. */
  constructor(scenario: Scenario, matcher?: Matcher) {
    this.#matcher = matcher;
    this.adopt(scenario);
  }

  /** Is fed by a receiver's bench from now on. */
  watch(bench: Workbench): void {
    this.#bench = bench;
    bench.witness = this;
  }

  /** Another scenario's expectations; where they are the same, what was seen still counts. */
  adopt({ expect = [], listeners }: Scenario): void {
    const written = JSON.stringify(expect);
    if (written === this.#written) return;
    const names = listeners.map(({ name }) => name);
    this.#verifier = new Verifier(expect, { listeners: names, matcher: this.#matcher });
    this.#written = written;
  }

  /** Forgets everything that came. */
  reset(): void {
    this.#verifier.reset();
  }

  /** What each came to, in order, if nothing more comes. */
  verdicts(): readonly Verdict[] {
    return this.#verifier.verdicts(this.#nowMs);
  }

  arrived(answer: Answer): void {
    this.#verifier.arrived(answer);
  }

  settled({ n, codes, outcome }: Answer): void {
    this.#verifier.settled({ n, codes, outcome, atMs: this.#nowMs });
  }

  get #nowMs(): number {
    return this.#bench?.elapsedMs() ?? 0;
  }
}
