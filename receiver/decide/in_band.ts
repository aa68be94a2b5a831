/**
 * In-band control: a message that says in one of its fields what is to be done with it, for testing through an engine that lets
 * that field pass. Only where the scenario asks for it (`control.in_band`). The notation is `in_band_text.ts`.
 *
 * This module performs no I/O.
 *
 * # What it means (faults.md section 3.3; where it is silent, our decisions)
 *
 * - The text is the value at the path, as paths mean it: the first repetition of the field, or with `[*]` the first one that begins with the prefix.
 *   Component separators and escape sequences in it stay as they are. What stands behind the prefix is read.
 * - It is looked at before all rules, fired ones included, in every phase and state. Who asks for something is not decided on by rules; they count the message all the same.
 *   Where nothing that it asks for is drawn, it gets the default reply, as one that no rule decides on.
 * - A text that cannot be read asks for nothing: the rules decide, and the reasons say why.
 * - Draws are those of a rule called `in_band`, of this message and attempt: 0 for the delay, 1 for the code, 2 for the end. So
 *   the draw for a code is the same whether or not a delay is asked for, too.
 * - A code that was drawn is said before the connection ends; an end that was drawn without a code leaves the message unanswered. Who
 *   says nothing does not wait before.
 * - `heal` switches it off with the rules, until a scenario is put in force.
 *
 * @module
 */
import { utf8 } from "../../lib/bytes.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { tellConditions } from "../scenario/tell.ts";
import { type PlannedStep, planStep, type StepSpec } from "../steps/registry.ts";
import { LONGEST_TEXT, parseInBand, type Share, totalOf, type Unread, UnreadError, type Wish } from "./in_band_text.ts";
import type { Moment } from "./moment.ts";
import { compileTest, textOf } from "./passes.ts";
import type { Considered } from "./plan.ts";
import type { MessageSampler } from "./sampler.ts";
import type { ValueTest } from "./values.ts";

/** The rule's id that a message's own wish goes by. */
export const IN_BAND = "in_band";

/** How a scenario has it. */
export type InBandSpec = NonNullable<NonNullable<Scenario["control"]>["inBand"]>;

/** What came of looking. */
export interface InBandAnswer {
  readonly considered: Considered;
  /** What is done; none where nothing was drawn, `null` where the message asks for nothing that can be read. */
  readonly steps: readonly PlannedStep[] | null;
}

/** What one question came to. */
interface Drawn<T> {
  readonly value: T | null;
  readonly chance: number;
  /** `null` where there was nothing to draw. */
  readonly draw: number | null;
}

/**
 * The messages' own wishes, by one scenario.
 *
 * @example
 * ```ts
 * import { InBand } from "./in_band.ts";
 * import { Moment } from "./moment.ts";
 * import { MessageSampler } from "./sampler.ts";
 * import { HeaderScan } from "../../lib/hl7/header.ts";
 * import { utf8 } from "../../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const moment = new Moment();
 * const inBand = new InBand({ path: "MSH-8", prefix: "fault:" }, moment);
 * const message = utf8("MSH|^~\\&|A|B|C|D|20260131|fault:delay=2s;close|ADT^A01|MSG1|P|2.5\r");
 * const header = new HeaderScan();
 * header.scan(message);
 * const facts = { listener: 0, connection: 1, peer: "", tlsName: null, nowMs: 0, message, header, warnings: [] };
 * moment.begin({ scope: "MSG1", attempt: 1 }, facts);
 * const sampler = new MessageSampler(7, [{ reply: "AA", weight: 1 }]);
 * sampler.begin(moment, (reply) => [reply as "AA"]);
 * assert.deepEqual(inBand.ask(moment, sampler, false)?.steps, [{ verb: "delay", ms: 2000 }, { verb: "close" }]);
 * ```
 */
export class InBand {
  /** Off until a scenario is put in force. */
  healed = false;
  readonly #maxDelayMs: number;
  readonly #slot: number;
  readonly #condition: string;
  readonly #find: ValueTest;
  /** What was found last, behind the prefix; `null` for what is too long. */
  #text: string | null = null;

  constructor({ path, prefix, maxDelayMs = Infinity }: InBandSpec, moment: Moment) {
    const test = { starts: [prefix] };
    const { passes } = compileTest(test);
    this.#maxDelayMs = maxDelayMs;
    this.#slot = moment.values.slot(path);
    [this.#condition] = tellConditions({ fields: [{ path, test }] });
    const longest = LONGEST_TEXT + utf8(prefix).length;
    this.#find = (bytes, from, to) => {
      if (!passes(bytes, from, to)) return false;
      this.#text = to - from > longest ? null : textOf(bytes, from, to).slice(prefix.length);
      return true;
    };
  }

  /**
   * What the moment's message asks for; `null` where it asks for nothing, and reasons are not asked for.
   *
   * @param reasons whether it is told that nothing is asked for
   */
  ask(moment: Moment, sampler: MessageSampler, reasons: boolean): InBandAnswer | null {
    if (this.healed) return reasons ? { considered: missed("off"), steps: null } : null;
    const held = moment.values.some(this.#slot, this.#find);
    const conditions = reasons ? { conditions: [{ text: this.#condition, held }] } : {};
    if (!held) return reasons ? { considered: { ...missed("when"), ...conditions }, steps: null } : null;
    const wish = this.#read();
    if (typeof wish === "string") {
      return { considered: { ...missed(wish), matched: true, ...conditions }, steps: null };
    }
    const delay = drawn(wish.delay, 0, sampler);
    const code = drawn(wish.code, 1, sampler);
    const end = drawn(wish.end, 2, sampler);
    const all = [delay, code, end];
    const struck = all.filter(({ value }) => value !== null);
    // Of several draws that one is told that speaks for what is done.
    const told = (struck.length > 0 ? struck : all).find(({ draw }) => draw !== null);
    return {
      considered: {
        rule: IN_BAND,
        chance: told?.chance ?? 1,
        draw: told?.draw ?? null,
        held: struck.length > 0,
        matched: true,
        ...conditions,
      },
      steps: struck.length === 0 ? [] : this.#steps(delay.value, code.value, end.value, sampler),
    };
  }

  #read(): Wish | Unread {
    const text = this.#text;
    this.#text = null;
    if (text === null) return "too_long";
    try {
      return parseInBand(text);
    } catch (error) {
      if (error instanceof UnreadError) return error.why;
      throw error;
    }
  }

  #steps(
    delayMs: number | null,
    code: Wish["code"][number]["value"] | null,
    end: Wish["end"][number]["value"] | null,
    sampler: MessageSampler,
  ): PlannedStep[] {
    const ends = end === "close" || end === "reset";
    const said = code ?? (ends ? "none" : sampler.defaultReply());
    if (end === "hold" || (said === "none" && !ends)) return [{ verb: "hold" }];
    const answer: StepSpec = { verb: "reply", reply: [{ reply: said, weight: 1 }] };
    return [
      ...delayMs === null ? [] : [{ verb: "delay" as const, ms: Math.min(delayMs, this.#maxDelayMs) }],
      ...said === "none" ? [] : [planStep(answer, sampler)],
      ...ends ? [{ verb: end }] : [],
    ];
  }
}

/** A message that asks for nothing, or for nothing that can be read. */
function missed(why: NonNullable<Considered["missed"]>): Considered {
  return { rule: IN_BAND, chance: 1, draw: null, held: false, missed: why };
}

function drawn<T>(shares: readonly Share<T>[], ordinal: number, sampler: MessageSampler): Drawn<T> {
  if (shares.length === 0) return { value: null, chance: 0, draw: null };
  if (shares.length === 1 && shares[0].chance === 1) return { value: shares[0].value, chance: 1, draw: null };
  sampler.as(IN_BAND, ordinal, 0, 0);
  const draw = sampler.draw();
  let at = draw;
  for (const { value, chance } of shares) {
    if (at < chance) return { value, chance: totalOf(shares), draw };
    at -= chance;
  }
  return { value: null, chance: totalOf(shares), draw };
}
