/**
 * What was sent, as `mllp audit --sent` reads it: one line for each message, in the form of a log of spam.
 *
 * @module
 */
import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { messageHash } from "../lib/message_hash.ts";
import type { Outcome } from "../lib/outcome.ts";

/** A message that was sent. */
export interface Sent {
  readonly at: Date;
  readonly controlId: string;
  /** Its bytes, or their hash where that is known already. */
  readonly message: Uint8Array | { readonly hash: string };
  readonly outcome: Outcome;
  readonly attempts: number;
}

/** A log on disk, a new one for each leg. */
export class Ledger {
  /** How many messages it was told of in all legs, and how many of them were accepted. */
  total = 0;
  accepted = 0;
  #k = 0;

  constructor(readonly path: string) {
    this.clear();
  }

  /** How many are in it now. */
  get size(): number {
    return this.#k;
  }

  add({ at, controlId, message, outcome, attempts }: Sent): void {
    const hash = message instanceof Uint8Array ? messageHash(message) : message.hash;
    const line = { k: this.#k++, at: at.toISOString(), controlId, key: null, hash, outcome, attempts };
    appendFileSync(this.path, `${JSON.stringify(line)}\n`);
    this.total++;
    if (outcome === "accepted") this.accepted++;
  }

  /** Forgets what is in it: it was accounted for. */
  clear(): void {
    this.#k = 0;
    writeFileSync(this.path, "");
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}
