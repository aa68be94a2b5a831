/**
 * What steps do, carried out at once or kept to be carried out later: a message's entry in the journal must be written before
 * anything of its answer leaves, and tell what that is. It knows no connection.
 *
 * @module
 */
import type { ReplyCode } from "./made_reply.ts";

/** Something that a step does. */
export interface Effect {
  /** What it says, where it is a whole reply. */
  readonly code: ReplyCode | null;
  /** How many bytes of a reply it sends. */
  readonly bytes: number;
  carryOut(): void;
  /** Is done instead where the message could not be written down; null for what is done all the same. */
  readonly refuse: (() => void) | null;
}

/**
 * The effects of one message's steps.
 *
 * @example
 * ```ts
 * import { Effects } from "./effects.ts";
 * import assert from "node:assert/strict";
 *
 * const done: string[] = [];
 * const effects = new Effects();
 * effects.gather();
 * effects.add({ code: null, bytes: 7, carryOut: () => done.push("sent"), refuse: null });
 * assert.equal(effects.bytes, 7);
 * assert.deepEqual(done, []);
 * for (const effect of effects.take()) effect.carryOut();
 * assert.deepEqual(done, ["sent"]);
 * ```
 */
export class Effects {
  #kept: Effect[] | null = null;

  /** Whether effects are kept. */
  get gathering(): boolean {
    return this.#kept !== null;
  }

  /** MSA-1 of each whole reply that is kept. */
  get codes(): readonly ReplyCode[] {
    return (this.#kept ?? []).flatMap(({ code }) => code ?? []);
  }

  /** How many bytes of replies are kept. */
  get bytes(): number {
    return (this.#kept ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** From now on, effects are kept. */
  gather(): void {
    this.#kept ??= [];
  }

  /** Carries an effect out, or keeps it. */
  add(effect: Effect): void {
    if (this.#kept === null) effect.carryOut();
    else this.#kept.push(effect);
  }

  /** Those that were kept; from now on, none are. */
  take(): readonly Effect[] {
    const kept = this.#kept ?? [];
    this.#kept = null;
    return kept;
  }
}
