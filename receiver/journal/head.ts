/**
 * The head of a journal: what wrote it, under which scenario.
 *
 * @module
 */
import { createHash, randomUUID } from "node:crypto";
import type { Scenario } from "../scenario/scenario.ts";
import type { JournalHead, PayloadForm } from "./entry.ts";

/** What only the program knows of itself, and how the journal is kept. */
export interface HeadOptions {
  /** The program's version. */
  readonly version: string;
  /** Deno, Bun or Node, and its version. */
  readonly runtime: string;
  readonly payload: PayloadForm;
  /** The path of the keys; null for none. */
  readonly key: string | null;
}

/**
 * A maker of heads for one run: a line of JSON each, its line end included, with the time of its making.
 *
 * @example
 * ```ts
 * import { headOf } from "./head.ts";
 * import { scenarioFromFlags } from "../scenario/from_flags.ts";
 * import assert from "node:assert/strict";
 *
 * const options = { version: "1.0.0", runtime: "bun 1.4.5", payload: "headers", key: null } as const;
 * const head = headOf(scenarioFromFlags({ seed: 7 }), options, () => new Date(0));
 * assert.match(head(), /^\{"journal":"mllp\.journal\/1","at":"1970-01-01T00:00:00\.000Z","version":"1\.0\.0",.*\}\n$/);
 * ```
 */
export function headOf(scenario: Scenario, options: HeadOptions, now: () => Date = () => new Date()): () => string {
  const { version, runtime, payload, key } = options;
  const hash = scenarioHash(scenario);
  const run = randomUUID();
  return () => {
    const head: JournalHead = {
      journal: "mllp.journal/1",
      at: now().toISOString(),
      version,
      runtime,
      seed: scenario.seed,
      scenario: hash,
      payload,
      key,
      run,
    };
    return `${JSON.stringify(head)}\n`;
  };
}

/**
 * SHA-256 of a scenario in its canonical form, in hex: JSON without blanks, the keys of each object in order,
 * infinite numbers as text; of certificates and keys only that there are some (our decision: they are no behaviour).
 *
 * @example
 * ```ts
 * import { scenarioHash } from "./head.ts";
 * import { scenarioFromFlags } from "../scenario/from_flags.ts";
 * import assert from "node:assert/strict";
 *
 * const hash = scenarioHash(scenarioFromFlags({ seed: 7 }));
 * assert.equal(hash, scenarioHash(scenarioFromFlags({ seed: 7, faults: [] })));
 * assert.notEqual(hash, scenarioHash(scenarioFromFlags({ seed: 8 })));
 * ```
 */
export function scenarioHash(scenario: Scenario): string {
  const listeners = scenario.listeners.map((listener) => ({ ...listener, tls: listener.tls !== null }));
  const canonical = JSON.stringify({ ...scenario, listeners }, (_key, value: unknown) => {
    if (typeof value === "number" && !Number.isFinite(value)) return String(value);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
  });
  return createHash("sha256").update(canonical).digest("hex");
}
