/**
 * Conditions: what an event must be for a rule to look at it, as written and as a value. What they mean for a
 * message is `decide/when.ts`.
 *
 * This module performs no I/O.
 *
 * # Grammar (faults.md section 3.2)
 *
 * A map; all of its keys must hold. `type`, `size`, `raw`, `listener`, `peer`, `tls_cn`, `version`, `duplicate`, `frame`,
 * `any`, `all`, `not`; every other key is the path of an HL7 value. A test is a text, a list of texts of which one
 * must be the value, or a map of `is`, `in`, `starts`, `ends`, `contains`, `matches`, `above`, `below`, `exists`,
 * `absent`, `empty`, all of which must hold.
 *
 * @module
 */
import * as v from "valibot";
import { parsePath } from "../../lib/hl7/path.ts";
import { nearest, parseSize } from "../../lib/values.ts";
import { parseNetwork } from "../../lib/network.ts";
import {
  flag,
  type Form,
  list,
  map,
  oneOrMore,
  type Read,
  refused,
  scalar,
  shapedAs,
  shown,
  text,
  word,
} from "./form.ts";
import { FRAME_WORDS, type FrameWord } from "./frame.ts";
import { name } from "./units.ts";

/** What a value must be; every part that is given must hold, and of a list one element. */
export interface Test {
  readonly is?: readonly string[];
  readonly starts?: readonly string[];
  readonly ends?: readonly string[];
  readonly contains?: readonly string[];
  /** A regular expression (RE2's kind). */
  readonly matches?: string;
  /** A number; of versions, a version. */
  readonly above?: string;
  readonly below?: string;
  /** Whether there is a value; `absent` is `exists` the other way round. */
  readonly exists?: boolean;
  /** Whether there is none, or HL7's explicit null. */
  readonly empty?: boolean;
}

/** A bound of a message's size, in bytes. */
export interface SizeBound {
  readonly op: ">" | ">=" | "<" | "<=" | "=";
  readonly bytes: number;
}

/** A test of the values at a path; with `[*]` one of them must pass. */
export interface FieldTest {
  readonly path: string;
  readonly test: Test;
}

/** Conditions; all that are given must hold. */
export interface When {
  /** Patterns such as `ADT^A0*`, of which one must fit; `*` stands for any characters, and a pattern without `^` for every event of that message code. */
  readonly type?: readonly string[];
  readonly size?: SizeBound;
  /** Of the whole message. */
  readonly raw?: Test;
  /** Names of listeners. */
  readonly listener?: readonly string[];
  /** Networks such as `10.2.0.0/16`. */
  readonly peer?: readonly string[];
  /** Of the common name in the peer's certificate. */
  readonly tlsCn?: Test;
  /** Of MSH-12.1. */
  readonly version?: Test;
  /** Whether the control id has come before. */
  readonly duplicate?: boolean;
  readonly frame?: readonly FrameWord[];
  readonly fields?: readonly FieldTest[];
  readonly any?: readonly When[];
  readonly all?: readonly When[];
  readonly not?: When;
}

const someText = text("a text");

const numberBound = scalar("a number such as 90 or 6.5", (found) => {
  if (/^[+-]?\d+(\.\d+)?$/.test(found)) return found;
  throw new RangeError(`Cannot compare with '${found}': wanted a number such as 90 or 6.5`);
});

const versionBound = scalar("a version such as 2.5 or 2.3.1", (found) => {
  if (/^\d+(\.\d+)*$/.test(found)) return found;
  throw new RangeError(`Cannot compare with '${found}': wanted a version such as 2.5 or 2.3.1`);
});

const parts = (bound: Form<string>) => ({
  is: v.optional(oneOrMore(someText)),
  in: v.optional(list(someText)),
  starts: v.optional(oneOrMore(someText)),
  ends: v.optional(oneOrMore(someText)),
  contains: v.optional(oneOrMore(someText)),
  matches: v.optional(text("a regular expression")),
  above: v.optional(bound),
  below: v.optional(bound),
  exists: v.optional(flag),
  absent: v.optional(flag),
  empty: v.optional(flag),
});

type WrittenTest = Read<ReturnType<typeof parts>>;

const testOfMap = (written: Form<WrittenTest>): Form<Test> =>
  v.pipe(
    written,
    v.rawTransform<WrittenTest, Test>(({ dataset, addIssue }) => {
      const { in: among, is, exists, absent, ...rest } = dataset.value;
      const wants = [exists === true, absent === false, is, among, rest.starts, rest.ends, rest.contains, rest.matches];
      const wantsValue = [...wants, rest.above, rest.below, rest.empty === false].some((part) => part);
      const wantsNone = exists === false || absent === true;
      if (Object.keys(dataset.value).length === 0) {
        addIssue({ message: "found an empty test, wanted one of is, starts, ..." });
      }
      if (is !== undefined && among !== undefined) addIssue({ message: "is and in mean the same, wanted one of them" });
      if (wantsValue && wantsNone) addIssue({ message: "can never hold: a value that is absent passes no other test" });
      const presence = wantsNone ? false : exists ?? (absent === undefined ? undefined : true);
      const equal = is ?? among;
      return {
        ...rest,
        ...(equal === undefined ? {} : { is: equal }),
        ...(presence === undefined ? {} : { exists: presence }),
      };
    }),
  );

const literals: Form<Test> = v.pipe(oneOrMore(someText), v.transform((is: string[]): Test => ({ is })));

function testWith(bound: Form<string>): Form<Test> {
  const written = map("a test", parts(bound));
  const ofMap = testOfMap(written);
  return shapedAs<Test>(
    v.union([someText, v.array(someText), written]),
    (input) => input !== null && typeof input === "object" && !Array.isArray(input) ? ofMap : literals,
  );
}

/** A test. */
export const testForm: Form<Test> = testWith(numberBound);

const versionForm = testWith(versionBound);

const pattern = scalar("a message type such as ADT^A01, ADT^A0* or *, several with | between", (found) => {
  const parts = found.split("|").map((part) => part.trim());
  for (const part of parts) {
    if (/^[^\s^|]+(\^[^\s^|]+)?$/.test(part)) continue;
    throw new RangeError(`Cannot read '${part}' as a message type: wanted one such as ADT^A01, ADT^A0* or *`);
  }
  return parts;
});

const types: Form<string[]> = v.pipe(oneOrMore(pattern), v.transform((found: string[][]) => found.flat()));

const sizeBound: Form<SizeBound> = scalar("a bound such as '>1MB' or '<=512'", (found) => {
  const [, op, size] = /^(>=|<=|>|<|=)\s*(.*)$/.exec(found.trim()) ?? [];
  if (op === undefined) throw new RangeError(`Cannot read '${found}' as a bound: wanted >, >=, <, <= or = and a size`);
  return { op: op as SizeBound["op"], bytes: parseSize(size) };
});

const network = scalar("an address or a network such as 10.2.0.0/16", (found) => {
  parseNetwork(found);
  return found;
});

const itself = v.lazy(() => whenForm) as Form<When>;

/** The keys that are no paths. */
const ENTRIES = {
  type: v.optional(types),
  size: v.optional(sizeBound),
  raw: v.optional(testForm),
  listener: v.optional(oneOrMore(name)),
  peer: v.optional(oneOrMore(network)),
  tls_cn: v.optional(testForm),
  version: v.optional(versionForm),
  duplicate: v.optional(flag),
  frame: v.optional(oneOrMore(word("frame", FRAME_WORDS))),
  any: v.optional(list(itself)),
  all: v.optional(list(itself)),
  not: v.optional(itself),
};
const KNOWN = Object.keys(ENTRIES);

/** What the path of a value looks like, for the published schema. */
const PATH_PATTERN = String.raw`^[A-Z][A-Z0-9]{2}(\[(\*|[0-9]+)\])?(-[0-9]+(\[(\*|[0-9]+)\])?(\.[0-9]+){0,2})?$`;

/** A key that is neither a known one nor a path, with what was probably meant. */
function strangeKey(key: string): string | null {
  try {
    parsePath(key);
    return null;
  } catch (error) {
    const meant = nearest(key, KNOWN);
    const why = meant === null ? (error as Error).message : `did you mean '${meant}'?`;
    return `unknown key ${shown(key)}: wanted the path of a value, such as PID-3.1, or ${KNOWN.join(", ")}; ${why}`;
  }
}

/** Conditions. */
export const whenForm: Form<When> = shapedAs<When>(
  v.pipe(
    v.strictObject(ENTRIES),
    v.metadata({ patternProperties: { [PATH_PATTERN]: { $ref: "#/$defs/test" } } }),
  ),
  (input) => {
    if (input === null || typeof input !== "object" || Array.isArray(input)) {
      return refused(`found ${shown(input)}, wanted conditions: a map such as {type: "ADT^A01"}`);
    }
    const keys = Object.keys(input);
    if (keys.length === 0) {
      return refused("found no condition, wanted at least one; for every message, leave 'when' out");
    }
    const paths = keys.filter((key) => !KNOWN.includes(key) && strangeKey(key) === null);
    const entries = { ...ENTRIES, ...Object.fromEntries(paths.map((path) => [path, testForm])) };
    return v.pipe(
      v.looseObject(entries),
      v.rawCheck<Record<string, unknown>>(({ addIssue }) => {
        for (const key of keys) {
          const message = key in entries ? null : strangeKey(key);
          if (message === null) continue;
          addIssue({ message, path: [{ type: "object", origin: "key", input: {}, key, value: undefined }] });
        }
      }),
      v.transform((read: Record<string, unknown>): When => assembled(read, paths)),
    );
  },
);

/** The conditions of a map whose parts have been read. */
function assembled(read: Record<string, unknown>, paths: readonly string[]): When {
  const { tls_cn: tlsCn, ...rest } = read;
  const known = Object.fromEntries(Object.entries(rest).filter(([key]) => KNOWN.includes(key)));
  return {
    ...known,
    ...(tlsCn === undefined ? {} : { tlsCn: tlsCn as Test }),
    ...(paths.length === 0 ? {} : { fields: paths.map((path) => ({ path, test: read[path] as Test })) }),
  };
}

/**
 * Every test in conditions, however deep, with the path of its place.
 *
 * @example
 * ```ts
 * import { testsIn } from "./when.ts";
 * import assert from "node:assert/strict";
 *
 * const when = { not: { fields: [{ path: "PID-3.1", test: { is: ["4711"] } }] } };
 * assert.deepEqual([...testsIn(when, ["when"])], [{ test: { is: ["4711"] }, place: ["when", "not", "PID-3.1"] }]);
 * ```
 */
export function* testsIn(
  when: When,
  place: readonly (string | number)[],
): Generator<{ readonly test: Test; readonly place: readonly (string | number)[] }> {
  if (when.raw !== undefined) yield { test: when.raw, place: [...place, "raw"] };
  if (when.tlsCn !== undefined) yield { test: when.tlsCn, place: [...place, "tls_cn"] };
  if (when.version !== undefined) yield { test: when.version, place: [...place, "version"] };
  for (const { path, test } of when.fields ?? []) yield { test, place: [...place, path] };
  for (const { when: inner, place: at } of conditionsIn(when, place)) yield* testsIn(inner, at);
}

/**
 * The conditions directly within conditions, with the path of each.
 *
 * @example
 * ```ts
 * import { conditionsIn } from "./when.ts";
 * import assert from "node:assert/strict";
 *
 * const [inner] = conditionsIn({ any: [{ duplicate: true }] }, []);
 * assert.deepEqual(inner, { when: { duplicate: true }, place: ["any", 0] });
 * ```
 */
export function* conditionsIn(
  when: When,
  place: readonly (string | number)[],
): Generator<{ readonly when: When; readonly place: readonly (string | number)[] }> {
  for (const key of ["any", "all"] as const) {
    for (const [i, inner] of (when[key] ?? []).entries()) yield { when: inner, place: [...place, key, i] };
  }
  if (when.not !== undefined) yield { when: when.not, place: [...place, "not"] };
}
