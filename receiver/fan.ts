/**
 * Several who want to hear of a receiver's events, as one. Nobody else is asked for anything as long as nobody else listens.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { ReceiverEvent, ReceiverObserver } from "./events.ts";

/**
 * An observer that hands on.
 *
 * @example
 * ```ts
 * import { Fan } from "./fan.ts";
 * import assert from "node:assert/strict";
 *
 * const heard: string[] = [];
 * const fan = new Fan(null);
 * const end = fan.add((event) => heard.push(event.event));
 * fan.event({ event: "change", at: "2026-01-31T12:00:00.000Z", what: "heal", detail: "" });
 * end();
 * fan.event({ event: "change", at: "2026-01-31T12:00:00.000Z", what: "heal", detail: "" });
 * assert.deepEqual(heard, ["change"]);
 * ```
 */
export class Fan implements ReceiverObserver {
  readonly payloads: boolean;
  readonly #first: ReceiverObserver | null;
  readonly #others: Set<(event: ReceiverEvent) => void> = new Set();
  #wanted = true;

  constructor(first: ReceiverObserver | null) {
    this.#first = first;
    this.payloads = first?.payloads ?? false;
  }

  /** One more who listens; what comes back ends that. */
  add(listener: (event: ReceiverEvent) => void): () => void {
    this.#others.add(listener);
    return () => void this.#others.delete(listener);
  }

  wantsMessage(): boolean {
    this.#wanted = this.#first !== null && (this.#first.wantsMessage?.() ?? true);
    return this.#wanted || this.#others.size > 0;
  }

  event(event: ReceiverEvent): void {
    if (event.event !== "message" || this.#wanted) this.#first?.event(event);
    if (this.#others.size === 0) return;
    // A payload is for who asked for it.
    const told = event.event === "message" && event.payload !== undefined ? { ...event, payload: undefined } : event;
    for (const listener of this.#others) listener(told);
  }
}
