/**
 * What the language's schemas are made of: words, values with units, lists, maps with known keys, each with the
 * error it gives. A schema reads what the file holds and is turned into the published JSON Schema;
 * it knows no scenario.
 *
 * This module performs no I/O.
 *
 * # Two sides of one schema
 *
 * `shapedAs` makes a schema that is published as one thing and read as another: a choice among several
 * forms is published as all of them, and read as the one that was evidently meant. So an
 * error names the wrong key of a step, not each of the steps that it is not.
 *
 * A scenario's scalars are read as texts whatever they look like, so that `5`, `"5"` and 5 out of a program are the same.
 *
 * @module
 */
import * as v from "valibot";
import { nearest } from "../../lib/values.ts";

/** A schema that reads a `T`. */
export type Form<T> = v.GenericSchema<unknown, T>;

/** The keys of a map and the form of each; `v.optional` marks those that may be missing. */
export type Entries = Readonly<Record<string, v.GenericSchema<unknown, unknown>>>;

/** What a map with such keys is read as. */
export type Read<E extends Entries> = v.InferOutput<v.ObjectSchema<E, undefined>>;

/** How much of a wrong value is shown. */
const SHOWN = 60;

/**
 * A value in a few words, for an error.
 *
 * @example
 * ```ts
 * import { shown } from "./form.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(shown("x"), "'x'");
 * assert.equal(shown(["x"]), "a list");
 * ```
 */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value !== null && typeof value === "object") return "a map";
  if (value === undefined || value === "") return "nothing";
  const text = typeof value === "string" ? `'${value}'` : String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

/**
 * An unknown word, with what was probably meant: the nearest, or all there are.
 *
 * @example
 * ```ts
 * import { unknownWord } from "./form.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(unknownWord("key", "whne", ["when", "do"]), "unknown key 'whne', did you mean 'when'?");
 * ```
 */
export function unknownWord(kind: string, word: string, known: Iterable<string>): string {
  const all = [...known];
  const meant = nearest(word, all);
  return `unknown ${kind} ${shown(word)}, ${meant === null ? `wanted ${all.join(", ")}` : `did you mean '${meant}'?`}`;
}

/** Whether a value is a map. */
function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/**
 * A schema published as `shape` and read as whatever `pick` chooses for the value.
 *
 * @example
 * ```ts
 * import { shapedAs } from "./form.ts";
 * import * as v from "valibot";
 * import assert from "node:assert/strict";
 *
 * const asText = v.pipe(v.number(), v.transform(String));
 * const form = shapedAs<string>(v.union([v.string(), v.number()]), (input) => typeof input === "string" ? v.string() : asText);
 * assert.equal(v.parse(form, 5), "5");
 * ```
 */
export function shapedAs<T>(shape: v.GenericSchema, pick: (input: unknown) => Form<T>): Form<T> {
  return {
    ...shape,
    "~run": (dataset, config) => pick(dataset.value)["~run"](dataset, config),
  } as Form<T>;
}

/**
 * A form that no value has; `message` says why.
 *
 * @example
 * ```ts
 * import { refused } from "./form.ts";
 * import * as v from "valibot";
 * import assert from "node:assert/strict";
 *
 * assert.equal(v.safeParse(refused("wanted a list"), 5).issues?.[0].message, "wanted a list");
 * ```
 */
export function refused(message: string): Form<never> {
  return v.never(message);
}

/** What a scalar looks like in the published schema, unless its form says more: YAML makes numbers of some texts. */
const ANY_LOOK = { type: ["string", "number"] };

/**
 * A value that `parse` reads from its text; `wanted` says what it is, in an error and in the published schema.
 *
 * @param look the keys of the published schema that say how it looks
 *
 * @example
 * ```ts
 * import { scalar } from "./form.ts";
 * import { parseDuration } from "../../lib/values.ts";
 * import * as v from "valibot";
 * import assert from "node:assert/strict";
 *
 * const duration = scalar("a duration such as 250ms", parseDuration);
 * assert.equal(v.parse(duration, "2s"), 2000);
 * assert.match(v.safeParse(duration, ["2s"]).issues?.[0].message ?? "", /^found a list, wanted a duration/);
 * ```
 */
export function scalar<T>(
  wanted: string,
  parse: (text: string) => T,
  look: Readonly<Record<string, unknown>> = ANY_LOOK,
): Form<T> {
  const shape = v.pipe(v.string(), v.metadata({ ...look, description: wanted }));
  const reading = v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      try {
        return parse(String(dataset.value));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        addIssue({ message: error.message });
        return NEVER;
      }
    }),
  );
  return shapedAs<T>(shape, (input) => {
    const bare = input === undefined || input === null || input === "" || typeof input === "object";
    return bare ? refused(`found ${shown(input)}, wanted ${wanted}`) : reading;
  });
}

/**
 * A text as it stands; empty only where that is allowed.
 *
 * @example
 * ```ts
 * import { text } from "./form.ts";
 * import * as v from "valibot";
 * import assert from "node:assert/strict";
 *
 * assert.equal(v.parse(text("a name"), 5), "5");
 * ```
 */
export function text(wanted: string): Form<string> {
  return scalar(wanted, (found) => found, { type: ["string", "number", "boolean"] });
}

/**
 * One of some words.
 *
 * @example
 * ```ts
 * import { word } from "./form.ts";
 * import * as v from "valibot";
 * import assert from "node:assert/strict";
 *
 * assert.match(v.safeParse(word("way", ["stop", "stay"]), "stp").issues?.[0].message ?? "", /did you mean 'stop'/);
 * ```
 */
export function word<const W extends string>(kind: string, words: readonly W[]): Form<W> {
  const known = v.picklist(words);
  return shapedAs<W>(known, (input) => {
    if ((words as readonly unknown[]).includes(input)) return known;
    if (typeof input === "string" && input !== "") return refused(unknownWord(kind, input, words));
    return refused(`found ${shown(input)}, wanted ${words.join(", ")}`);
  });
}

/** True or false. */
export const flag: Form<boolean> = shapedAs<boolean>(v.union([v.boolean(), v.picklist(["true", "false"])]), (input) => {
  const said = String(input);
  return said === "true" || said === "false"
    ? v.pipe(v.unknown(), v.transform(() => said === "true"))
    : refused(`found ${shown(input)}, wanted true or false`);
});

/**
 * A list with at least one element.
 *
 * @example
 * ```ts
 * import { list, text } from "./form.ts";
 * import * as v from "valibot";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(v.parse(list(text("a word")), ["x"]), ["x"]);
 * ```
 */
export function list<T>(form: Form<T>, wanted = "a list"): Form<T[]> {
  const all = v.array(form);
  return shapedAs<T[]>(v.pipe(all, v.minLength(1)), (input) => {
    if (!Array.isArray(input)) return refused(`found ${shown(input)}, wanted ${wanted}`);
    return input.length > 0 ? all : refused(`found an empty list, wanted ${wanted}`);
  });
}

/**
 * One value, or a list of them; a list either way.
 *
 * @example
 * ```ts
 * import { oneOrMore, text } from "./form.ts";
 * import * as v from "valibot";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(v.parse(oneOrMore(text("a word")), "x"), ["x"]);
 * ```
 */
export function oneOrMore<T>(form: Form<T>): Form<T[]> {
  const many = list(form);
  const one = v.pipe(form, v.transform((value: T): T[] => [value]));
  return shapedAs<T[]>(v.union([form, v.array(form)]), (input) => Array.isArray(input) ? many : one);
}

/**
 * A map with these keys and no others. Every unknown key is told, with the nearest known one.
 *
 * @param what the thing, for an error: `a rule`
 *
 * @example
 * ```ts
 * import { flag, map, text } from "./form.ts";
 * import * as v from "valibot";
 * import assert from "node:assert/strict";
 *
 * const form = map("a thing", { name: text("a name"), on: v.optional(flag) });
 * assert.deepEqual(v.parse(form, { name: "x" }), { name: "x" });
 * assert.match(v.safeParse(form, { nam: "x" }).issues?.map((issue) => issue.message).join() ?? "", /key 'nam'/);
 * ```
 */
export function map<E extends Entries>(what: string, entries: E): Form<Read<E>> {
  const known = Object.keys(entries);
  const reading = v.looseObject(entries, (issue) => `${what} needs the key ${issue.expected?.replaceAll('"', "'")}`);
  return shapedAs<Read<E>>(v.strictObject(entries), (input) => {
    if (!isMap(input)) return refused(`found ${shown(input)}, wanted ${what}: a map`);
    const strange = Object.keys(input).filter((key) => !known.includes(key));
    if (strange.length === 0) return reading as Form<Read<E>>;
    return v.pipe(
      reading,
      v.rawCheck(({ addIssue }) => {
        for (const key of strange) addIssue({ message: unknownWord("key", key, known), path: [keyOf(input, key)] });
      }),
    ) as Form<Read<E>>;
  });
}

/** The place of a key itself, not of its value. */
function keyOf(input: Record<string, unknown>, key: string): v.ObjectPathItem {
  return { type: "object", origin: "key", input, key, value: input[key] };
}

/**
 * One of several maps, told apart by a key of its own each.
 *
 * @param what the thing, for an error: `a step`
 * @param variants by that key
 *
 * @example
 * ```ts
 * import { byKey, map, text } from "./form.ts";
 * import * as v from "valibot";
 * import assert from "node:assert/strict";
 *
 * const form = byKey("a shape", { round: map("a round one", { round: text("a size") }) });
 * assert.deepEqual(v.parse(form, { round: "5" }), { round: "5" });
 * assert.match(v.safeParse(form, { rund: "5" }).issues?.[0].message ?? "", /did you mean 'round'/);
 * ```
 */
export function byKey<T>(what: string, variants: Readonly<Record<string, Form<T>>>): Form<T> {
  const known = Object.keys(variants);
  return shapedAs<T>(v.union(Object.values(variants)), (input) => {
    if (!isMap(input)) return refused(`found ${shown(input)}, wanted ${what}: a map with one of ${known.join(", ")}`);
    const found = known.filter((key) => Object.hasOwn(input, key));
    if (found.length > 1) return refused(`found ${found.join(" and ")} in one, wanted ${what} of its own for each`);
    if (found.length === 1) return variants[found[0]];
    const [key] = Object.keys(input);
    if (key === undefined) return refused(`found an empty map, wanted ${what}: one of ${known.join(", ")}`);
    return v.pipe(
      v.unknown(),
      v.rawTransform<unknown, T>(({ addIssue, NEVER }) => {
        addIssue({ message: unknownWord("key", key, known), path: [keyOf(input, key)] });
        return NEVER;
      }),
    );
  });
}
