/**
 * Dialogues of a lower layer, for tests of the receiver: what a peer writes, and what it must see then. It knows no rules of any layer.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Layer, tokensOf } from "../lower_layer.ts";
import type { Bench, Caller } from "./caller.ts";

/** What the peer writes, or how many milliseconds pass, and what it sees then. */
export type Turn = readonly [does: string | number, ...sees: string[]];

/** Plays turn after turn, and holds what comes against what it must be. */
export async function play(bench: Bench, caller: Caller, layer: Layer, turns: readonly Turn[]): Promise<void> {
  for (const [i, [does, ...sees]] of turns.entries()) {
    const before = caller.text.length;
    if (typeof does === "number") await bench.pass(does);
    else {
      caller.write(does);
      await bench.pass(1);
    }
    assert.deepEqual(tokensOf(layer, caller.text.slice(before)), sees, `turn ${i + 1}`);
  }
}
