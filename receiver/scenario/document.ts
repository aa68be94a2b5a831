/**
 * A scenario as it is written, as plain JSON: what can be looked at and changed part by part while it runs. What it means is
 * found out by reading it anew as a whole (`parse.ts`); this knows where rules stand and nothing of what is right.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { PathKey } from "./source.ts";

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | Document;

/** A JSON object. */
export interface Document {
  readonly [key: string]: Json;
}

/** A rule in a document. */
export interface WrittenPlace {
  readonly rule: Document;
  readonly path: readonly PathKey[];
  /** The name of the phase that it belongs to; `null` for the scenario's own. */
  readonly phase: string | null;
}

/** Where a new rule is put: it is tried before all others of the scenario, or after them. */
export type RulePosition = "first" | "last";

/**
 * Whether a value is a JSON object.
 *
 * @example
 * ```ts
 * import { isDocument } from "./document.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([{}, [], null].map(isDocument), [true, false, false]);
 * ```
 */
export function isDocument(value: unknown): value is Document {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The maps, lists and texts of a file as JSON: a text that is just how a number or a truth is written becomes that. Read again, it is
 * the same text.
 *
 * @example
 * ```ts
 * import { plainJson } from "./document.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(plainJson({ seed: "7", enabled: "false", id: "007" }), { seed: 7, enabled: false, id: "007" });
 * ```
 */
export function plainJson(value: unknown): Json {
  if (Array.isArray(value)) return value.map(plainJson);
  if (isDocument(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainJson(inner)]));
  }
  if (value === "true" || value === "false") return value === "true";
  if (typeof value === "string") {
    const number = Number(value);
    return Number.isSafeInteger(number) && String(number) === value ? number : value;
  }
  return (value ?? null) as Json;
}

/**
 * A document as a file's maps, lists and texts: the other way round.
 *
 * @example
 * ```ts
 * import { plainTexts } from "./document.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(plainTexts({ seed: 7, rules: [{ enabled: false }] }), { seed: "7", rules: [{ enabled: "false" }] });
 * ```
 */
export function plainTexts(value: Json): unknown {
  if (Array.isArray(value)) return value.map(plainTexts);
  if (isDocument(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainTexts(inner)]));
  }
  return String(value);
}

/**
 * How many values a document holds, itself included.
 *
 * @example
 * ```ts
 * import { countValues } from "./document.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(countValues({ seed: 7, rules: [{ id: "a" }] }), 5);
 * ```
 */
export function countValues(value: Json): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + countValues(inner), 1);
}

/**
 * All rules, those of phases included, in order.
 *
 * @example
 * ```ts
 * import { writtenRules } from "./document.ts";
 * import assert from "node:assert/strict";
 *
 * const [{ rule, path }] = writtenRules({ version: 1, rules: [{ id: "late" }] });
 * assert.deepEqual([rule, path], [{ id: "late" }, ["rules", 0]]);
 * ```
 */
export function writtenRules(document: Document): WrittenPlace[] {
  const of = (rules: Json | undefined, path: readonly PathKey[], phase: string | null): WrittenPlace[] =>
    listOf(rules).flatMap((rule, i) => isDocument(rule) ? [{ rule, path: [...path, i], phase }] : []);
  return [
    ...of(document.rules, ["rules"], null),
    ...listOf(document.phases).flatMap((phase, i) =>
      isDocument(phase) ? of(phase.rules, ["phases", i, "rules"], String(phase.name)) : []
    ),
  ];
}

/**
 * The rule of an id; `null` if there is none.
 *
 * @example
 * ```ts
 * import { findRule } from "./document.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(findRule({ rules: [{ id: "late" }] }, "late")?.phase, null);
 * assert.equal(findRule({ version: 1 }, "late"), null);
 * ```
 */
export function findRule(document: Document, id: string): WrittenPlace | null {
  return writtenRules(document).find(({ rule }) => String(rule.id) === id) ?? null;
}

/**
 * The document with a rule: in the place of the one of its id, or as a new one.
 *
 * @example
 * ```ts
 * import { withRule } from "./document.ts";
 * import assert from "node:assert/strict";
 *
 * const { document, path } = withRule({ rules: [{ id: "a" }] }, { id: "b" }, "first");
 * assert.deepEqual(document, { rules: [{ id: "b" }, { id: "a" }] });
 * assert.deepEqual(path, ["rules", 0]);
 * ```
 */
export function withRule(
  document: Document,
  rule: Document,
  position: RulePosition,
): { readonly document: Document; readonly path: readonly PathKey[] } {
  const found = findRule(document, String(rule.id));
  if (found !== null) return { document: replaced(document, found.path, () => [rule]), path: found.path };
  const rules = listOf(document.rules);
  return position === "first"
    ? { document: { ...document, rules: [rule, ...rules] }, path: ["rules", 0] }
    : { document: { ...document, rules: [...rules, rule] }, path: ["rules", rules.length] };
}

/**
 * The document without the rule at this place. A list that was all it was goes with it.
 *
 * @example
 * ```ts
 * import { withoutRule } from "./document.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(withoutRule({ version: 1, rules: [{ id: "a" }] }, ["rules", 0]), { version: 1 });
 * ```
 */
export function withoutRule(document: Document, path: readonly PathKey[]): Document {
  return replaced(document, path, () => []);
}

/**
 * The document with other defaults: each of these in place of its own.
 *
 * @example
 * ```ts
 * import { withDefaults } from "./document.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(withDefaults({ defaults: { delay: "1s" } }, { reply: "AE" }), { defaults: { delay: "1s", reply: "AE" } });
 * ```
 */
export function withDefaults(document: Document, defaults: Document): Document {
  return { ...document, defaults: { ...isDocument(document.defaults) ? document.defaults : {}, ...defaults } };
}

/**
 * A value with a JSON Merge Patch (RFC 7396) over it: objects are merged, `null` takes a key away, everything else replaces.
 *
 * @example
 * ```ts
 * import { mergePatch } from "./document.ts";
 * import assert from "node:assert/strict";
 *
 * const rule = { id: "a", ttl: "5m", trigger: { every: 3 } };
 * assert.deepEqual(mergePatch(rule, { ttl: null, trigger: { per: "peer" } }), { id: "a", trigger: { every: 3, per: "peer" } });
 * ```
 */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isDocument(patch)) return patch;
  const merged = new Map<string, Json>(isDocument(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** The value with something else in place of an element of a list that is in it; an empty list is taken out. */
function replaced(value: Document, path: readonly PathKey[], make: () => readonly Json[]): Document {
  const [key, index, ...rest] = path;
  const list = [...listOf(value[key])];
  const at = Number(index);
  const inner = list[at];
  if (rest.length > 0 && isDocument(inner)) list[at] = replaced(inner, rest, make);
  else list.splice(at, 1, ...make());
  const { [String(key)]: _, ...others } = value;
  return list.length === 0 ? others : { ...value, [key]: list };
}
