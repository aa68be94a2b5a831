/**
 * Documents drawn from a JSON Schema: mostly what it allows, with values that its descriptions give as examples, and here
 * and there what it does not. So every verb and key of a language is reached, and one that is new is reached by itself.
 *
 * @module
 */
import fc, { type Arbitrary } from "fast-check";
import type { Schema } from "../test/receiver/scenario/grammar.ts";

/** Plain JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What a value may be called besides those of its description. */
const VALUES: readonly (readonly [RegExp, readonly Json[]])[] = [
  [/^a duration/, ["1ms", "250ms", "2m", "1h", "20ms", "0s"]],
  [/^a delay/, ["250ms", "10ms:90,2s:10", "0s", "5s:1", "1ms:50,2ms:50"]],
  [/^a percentage|^a place/, ["1%", "40%", "99.9%", "100%", "0%", "start", "rest", "end_block"]],
  [/^a whole number from [12]/, [2, 3, 7, 1000, "3"]],
  [/^a whole number/, [0, 1, 2, 7, "3"]],
  [/^a reply/, ["AA", "AE", "none", "echo", "AA:98,AE:2", "CA", "file:reply.hl7", "AR:1"]],
  [/^an acknowledgement/, ["CA", "AA", "AE after 50ms", "CR", "AA after 10ms:1,2s:1"]],
  [/^a path|^scenario, listener/, ["PID-3.1", "OBX[*]-5", "MSH-9.2", "ZZZ", "connection", "control_id", "peer"]],
  [/^a name/, ["a", "late", "a-1", "x.y_z", 7]],
  [/^an endpoint/, ["tcp://127.0.0.1:2576", ":2577", "unix:/tmp/x.sock", "tls://lab.example:1?insecure"]],
  [/^HOST:PORT/, ["127.0.0.1:8575", "localhost:1"]],
  [/^a message type/, ["ADT^A01", "ADT^A0*", "*", "ORU^R01|ADT^A08", "ACK", "RSP^K22^RSP_K21"]],
  [/^a bound/, [">1MB", "<=512", ">0"]],
  [/^an address/, ["10.2.0.0/16", "127.0.0.1", "::1", "fe80::/10"]],
  [/^a number/, [90, 6.5, "-3"]],
  [/^a version/, ["2.5", "2.3.1", 2.4]],
  [/^a rate of bytes/, ["64KB/s", "1MiB/m"]],
  [/^a rate/, ["20/s", "6/m", "1/h"]],
  [/^a size/, [512, "64KB", "2MB"]],
  [/^bytes/, ["0d0a", "lf", "spaces", "0b"]],
  [/^the five separators/, ["|^~\\&", "#@!$%"]],
  [/^a regular expression/, ["^A.*$", "(a|b)+", "(?i)x", "[", "(a*)*b", "\\p{L}{1,20}"]],
  [/^a code/, ["207", 100, "XYZ"]],
  [/^the version/, [1, "1"]],
  [/^same, empty/, ["same", "empty", "wrong", "previous", "OTHER"]],
];

/** What no schema allows, or what is allowed and odd. */
const ODD: readonly Json[] = [
  ...[null, true, false, -1, 0, 1e300, 1.5, "", " ", "~", "null", "yes", "0o17", "1e3", "2026-01-31", "*", "&a", "<<"],
  ...["\u0000", "\u001b[31m", "\ufeff", "x".repeat(300), "9".repeat(40), "__proto__", "constructor", "ADT^A01|", "%"],
  ...[[], {}, [[]], { "": "" }],
];

const several = <T>(one: Arbitrary<T>) => ({ weight: 40, arbitrary: fc.array(one, { minLength: 1, maxLength: 3 }) });
const none = { weight: 1, arbitrary: fc.constant([]) };

/** The texts that a description gives as examples. */
function examplesIn(description: string): readonly string[] {
  const [, after] = /such as (.+)$/.exec(description) ?? [];
  if (after === undefined) return [];
  return after.split(/, (?:or )?| or /).map((text) => text.replace(/^'|'$/g, "")).filter((text) => !/[{}]/.test(text));
}

/** An arbitrary of values that a schema with definitions allows, but for some; those keys of it are always there. */
export function schemaCase(schema: Schema, always: readonly string[] = []): Arbitrary<Json> {
  const definitions = Object.entries(schema.$defs ?? {});
  const { $whole } = fc.letrec<Record<string, Json>>((tie) => {
    const wrong = fc.constantFrom(...ODD);
    const of = (part: Schema): Arbitrary<Json> => {
      const right = allowed(part);
      return fc.oneof({ weight: 60, arbitrary: right }, { weight: 1, arbitrary: wrong });
    };
    const allowed = (part: Schema): Arbitrary<Json> => {
      const { $ref, anyOf, properties, items, additionalProperties, type, description = "" } = part;
      if ($ref !== undefined) return tie($ref.replace("#/$defs/", ""));
      if (anyOf !== undefined) return fc.oneof({ depthSize: "small", withCrossShrink: true }, ...anyOf.map(of));
      if (type === "array") return fc.oneof(several(of(items ?? {})), none);
      if (properties !== undefined) return mapOf(part, of);
      if (typeof additionalProperties === "object") {
        return fc.dictionary(fc.constantFrom("a", "late", "PID-3.1", "b"), of(additionalProperties), { maxKeys: 2 });
      }
      const words = (part.enum ?? (part.const === undefined ? [] : [part.const])) as readonly Json[];
      if (words.length > 0) return fc.constantFrom(...words);
      const known = VALUES.find(([pattern]) => pattern.test(description))?.[1] ?? [];
      const values = [...known, ...examplesIn(description)];
      if (type === "boolean") return fc.boolean();
      return values.length > 0 ? fc.constantFrom(...values) : fc.constantFrom<Json>("text", "x", "7");
    };
    return {
      ...Object.fromEntries(definitions.map(([name, part]) => [name, of(part)])),
      $whole: allowed({ ...schema, required: [...schema.required ?? [], ...always] }),
    };
  });
  return $whole;
}

/** A map with what it needs, some of what it may have, and now and then a key that it has not. */
function mapOf(schema: Schema, of: (part: Schema) => Arbitrary<Json>): Arbitrary<Json> {
  const { properties = {}, patternProperties = {}, required = [] } = schema;
  const entries = Object.entries(properties).filter(([key]) => key !== "$schema");
  const needed = entries.filter(([key]) => required.includes(key));
  const others = entries.filter(([key]) => !required.includes(key));
  const entry = ([key, part]: readonly [string, Schema]) => of(part).map((value): [string, Json] => [key, value]);
  const free = Object.values(patternProperties).flatMap((part) =>
    ["PID-3.1", "MSH-4", "OBX[*]-5"].map((path): [string, Schema] => [path, part])
  );
  const strange = fc.constantFrom<[string, Json]>(["rleu", "x"], ["", ""], ["__proto__", { a: "1" }], ["id", "late"]);
  const choices = [...others, ...free];
  const optional = choices.length === 0 ? fc.constant([]) : fc.oneof(
    several(fc.oneof({ depthSize: "small" }, ...choices.map(entry))),
    needed.length === 0 ? none : { ...none, weight: 40 },
  );
  return fc.tuple(
    fc.tuple(...needed.map(entry)),
    optional,
    fc.oneof({ weight: 40, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: strange }),
    fc.oneof({ weight: 60, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  ).map(([must, may, odd, without]) =>
    Object.fromEntries([...(without ? must.slice(1) : must), ...may, ...(odd === null ? [] : [odd])])
  );
}
