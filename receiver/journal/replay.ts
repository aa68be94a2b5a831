/**
 * The decisions of a run out of its journal, to be repeated: what was planned for each message, by its control id and attempt, though
 * the scenario may have been edited since. It decides nothing and performs nothing.
 *
 * # What is repeated (our decisions)
 *
 * A message is known by its control id, or by what stands for it where it has none, and by its attempt. Of a
 * journal with several runs the last one that has the message counts. What is repeated is the plan: with a `quota`, a `queue` or a
 * `limit` what becomes of it depends on how much else is under way, as it did then. What is decided when connections open, fall silent or
 * close stands in no message's line and is decided anew, as is a message that the journal does not know.
 *
 * @module
 */
import type { Considered, Plan } from "../decide/plan.ts";
import { formatCount } from "../../lib/values.ts";
import type { After } from "../steps/step.ts";
import type { PlannedStep } from "../steps/registry.ts";
import type { QuotaSpec } from "../steps/quota.ts";
import { isHead, isMessage, type JournalLine, type JournalMessage } from "./entry.ts";
import { asConsidered, asPlannedSteps } from "./planned_form.ts";
import { readJournalFiles, type TornJournalLine } from "./read.ts";

/** How many messages a replay holds (our decision: some hundred megabytes). */
export const MOST_REPLAYED = 1_000_000;

/** Plans that are alike are held once; so many different ones are looked for. */
const ALIKE = 10_000;

/** What was decided on a message. */
interface Decided {
  readonly rule: string | null;
  readonly steps: readonly PlannedStep[];
  readonly considered: readonly Considered[];
}

/**
 * The decisions of a journal.
 *
 * @example
 * ```ts
 * import { Replay } from "./replay.ts";
 * import assert from "node:assert/strict";
 *
 * const replay = new Replay();
 * const line = { n: 1, controlId: "MSG1", attempt: 2, rule: "late", considered: [], plan: [{ verb: "hold" }] };
 * replay.take(line as never);
 * assert.deepEqual(replay.planOf("MSG1", 2)?.steps, [{ verb: "hold" }]);
 * assert.equal(replay.planOf("MSG1", 1), null);
 * assert.deepEqual([replay.messages, replay.repeated, replay.unknown], [1, 1, 1]);
 * ```
 */
export class Replay {
  /** How many runs the journal tells of. */
  runs = 0;
  /** How many messages of it have no plan: nothing was drawn, counted or looked at for them. */
  unplanned = 0;
  /** How many messages were decided as they were then. */
  repeated = 0;
  /** How many were asked for that it does not know. */
  unknown = 0;
  readonly #most: number;
  readonly #decided: Map<string, Decided> = new Map();
  readonly #alike: Map<string, readonly PlannedStep[]> = new Map();
  /** By what quotas and put-off steps are known to be the same for several messages. */
  readonly #same: Map<string, QuotaSpec | After> = new Map();
  readonly #files: Set<string> = new Set();
  #run: string | null = null;

  constructor(most: number = MOST_REPLAYED) {
    this.#most = most;
  }

  /** How many messages it holds. */
  get messages(): number {
    return this.#decided.size;
  }

  /** The files that replies are made of, by path: whoever performs the plans must have them. */
  get files(): readonly string[] {
    return [...this.#files];
  }

  /** Takes a line of the journal. Throws a `RangeError` for a plan that is none, and where there are too many. */
  take(line: JournalLine): void {
    if (isHead(line)) {
      const run = line.run ?? `${line.seed} ${line.at}`;
      if (run !== this.#run) this.runs++;
      this.#run = run;
    } else if (isMessage(line)) this.#takeMessage(line);
  }

  /** What was decided on a message then; null if it is not known. */
  planOf(scope: string, attempt: number): Plan | null {
    const decided = this.#decided.get(keyOf(scope, attempt));
    if (decided === undefined) {
      this.unknown++;
      return null;
    }
    this.repeated++;
    return decided;
  }

  #takeMessage(message: JournalMessage): void {
    const { plan, scope, controlId, attempt, rule, considered } = message;
    if (plan === undefined) {
      this.unplanned++;
      return;
    }
    const whose = scope ?? controlId;
    if (typeof whose !== "string" || whose === "") throw new RangeError("scope is missing, wanted whose plan it is");
    if (!Number.isInteger(attempt)) throw new RangeError("attempt is no whole number, wanted the message's attempt");
    if (rule !== null && typeof rule !== "string") throw new RangeError("rule is no text, wanted a rule's id or null");
    const decided: Decided = { rule, steps: this.#steps(plan), considered: asConsidered(considered) };
    this.#decided.set(keyOf(whose, attempt), decided);
    if (this.#decided.size > this.#most) {
      throw new RangeError(`it holds more than ${formatCount(this.#most)} messages, wanted a shorter journal`);
    }
  }

  #steps(plan: unknown): readonly PlannedStep[] {
    const text = JSON.stringify(plan);
    const known = this.#alike.get(text);
    if (known !== undefined) return known;
    const steps = asPlannedSteps(plan).map((step) => this.#shared(step));
    if (this.#alike.size < ALIKE) this.#alike.set(text, steps);
    return steps;
  }

  /** What one object said for all messages of a rule is one object again. */
  #shared(step: PlannedStep): PlannedStep {
    for (const file of filesOf(step)) this.#files.add(file);
    if (step.verb === "quota") return { ...step, spec: this.#one(step.spec) };
    return step.verb === "later" ? { ...step, after: this.#one(step.after) } : step;
  }

  #one<T extends QuotaSpec | After>(value: T): T {
    const text = JSON.stringify(value);
    const known = this.#same.get(text);
    if (known !== undefined) return known as T;
    this.#same.set(text, value);
    return value;
  }
}

/** The files that a step replies with, those of the steps within it included. */
function filesOf(step: PlannedStep): string[] {
  const own = "items" in step ? step.items.flatMap((item) => typeof item === "string" ? [] : [item.file]) : [];
  return "steps" in step ? [...own, ...step.steps.flatMap(filesOf)] : own;
}

function keyOf(scope: string, attempt: number): string {
  return `${attempt} ${scope}`;
}

/**
 * The decisions of a journal on disk, with the files that it was rotated into.
 *
 * @throws RangeError that names file and line; what the system throws for a file that cannot be read
 *
 * @example
 * ```ts
 * import { readReplay } from "./replay.ts";
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(readReplay("journal-of-nobody.ndjson"));
 * ```
 */
export async function readReplay(
  path: string,
  options: { torn?(line: TornJournalLine): void } = {},
): Promise<Replay> {
  const replay = new Replay();
  for await (const { line, file, lineNumber } of readJournalFiles(path, options)) {
    try {
      replay.take(line);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(`Cannot read ${file}: line ${lineNumber}: ${error.message}`, { cause: error });
    }
  }
  return replay;
}
