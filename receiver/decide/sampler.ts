/**
 * The draws of a message, by who takes them: what a step may ask while it is planned.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { draw } from "../../lib/random.ts";
import type { Reply, ReplyTable } from "../scenario/reply.ts";
import type { ReplyItem, Sampler } from "../steps/step.ts";
import { pickWeighted } from "./distribution.ts";
import type { Moment } from "./moment.ts";

/**
 * One object for all messages of a scenario.
 *
 * @example
 * ```ts
 * import { MessageSampler } from "./sampler.ts";
 * import { Moment } from "./moment.ts";
 * import assert from "node:assert/strict";
 *
 * const sampler = new MessageSampler(7, [{ reply: "AA", weight: 1 }]);
 * const moment = new Moment();
 * moment.begin({ scope: "MSG1", attempt: 1 }, null);
 * sampler.begin(moment, (reply) => [reply as "AA"]);
 * sampler.as("slow", 0, 0, 0);
 * const first = sampler.draw();
 * assert.notEqual(sampler.draw(), first);
 * sampler.as("slow", 0, 0, 0);
 * assert.equal(sampler.draw(), first);
 * ```
 */
export class MessageSampler implements Sampler {
  readonly at: { elapsedMs: number; firing: number } = { elapsedMs: 0, firing: 0 };
  items: (reply: Reply) => readonly ReplyItem[] = () => [];
  readonly #seed: number;
  readonly #table: ReplyTable;
  #moment: Moment | null = null;
  #name = "";
  #ordinal = 0;
  #reply: Reply | null = null;

  constructor(seed: number, table: ReplyTable) {
    this.#seed = seed;
    this.#table = table;
  }

  /** Begins with a message. */
  begin(moment: Moment, items: (reply: Reply) => readonly ReplyItem[]): void {
    this.#moment = moment;
    this.items = items;
    this.#reply = null;
  }

  /** Draws from now on in the name of a rule, from this number on. */
  as(name: string, ordinal: number, elapsedMs: number, firing: number): void {
    this.#name = name;
    this.#ordinal = ordinal;
    this.at.elapsedMs = elapsedMs;
    this.at.firing = firing;
  }

  draw(): number {
    return draw(this.#seed, this.#name, this.#moment?.drawKey ?? "", this.#ordinal++);
  }

  defaultReply(): Reply {
    if (this.#reply !== null) return this.#reply;
    const table = this.#table;
    if (table.length === 1) return this.#reply = table[0].reply;
    const drawn = draw(this.#seed, "defaults.reply", this.#moment?.drawKey ?? "", 0);
    return this.#reply = pickWeighted(table, drawn).reply;
  }
}
