/**
 * The published JSON Schema of scenarios as a grammar that people can read: for docs/scenarios.md.
 *
 * @module
 */
import { scenarioJsonSchema } from "./make_schema.ts";

/** What is used of a JSON Schema. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** The published schema. */
export const SCHEMA: Schema = JSON.parse(scenarioJsonSchema());

/** The parts that have a name. */
export const PARTS: Readonly<Record<string, Schema>> = SCHEMA.$defs ?? {};

/** Values with a word of their own in the grammar, by how the schema describes them; several may be one word. */
const VALUES: Readonly<Record<string, string>> = {
  "a duration such as 250ms, 5s or 2m": "TIME",
  "a duration above 0, such as 250ms, 5s or 2m": "TIME",
  "a percentage such as 0.5%": "PERCENT",
  "a percentage above 0% and below 100%, such as 40%": "PERCENT",
  "a whole number from 0 on": "N",
  "a whole number from 1 on": "N",
  "a whole number from 2 on, this message counted": "N",
  "a number of bids from 2 to 1,000": "N",
  "a whole number below 4294967296": "N",
  "a size such as 512, 64KB or 16MiB": "SIZE",
  "a size up to 256MiB, such as 2MB": "SIZE",
  "a rate such as 20/s or 6/m": "RATE",
  "a rate of bytes such as 64KB/s": "BYTES/s",
  "a path such as PID-3.1 or OBX[*]-5": "PATH",
  "a name of letters, digits, '-', '_' and '.', at most 64": "NAME",
  "an endpoint such as tcp://127.0.0.1:2575": "ENDPOINT",
  "an endpoint such as tcp://127.0.0.1:2576": "ENDPOINT",
  "HOST:PORT": "HOST:PORT",
  "a reply such as AA, none, file:PATH, echo or AA:98,AE:2": "CODES",
  "a reply such as AE, file:PATH or AA:98,AE:2": "CODES",
  "a delay such as 250ms, or 10ms:90,2s:10, or a map such as {uniform: [10ms, 1s]}": "TIMES",
  "scenario, listener, connection, peer, control_id, or a path such as PID-3.1":
    "scenario | listener | connection | peer | control_id | PATH",
  "a message type such as ADT^A01, ADT^A0* or *, several with | between": "TYPES",
  "a message type such as ADR^A19 or RSP^K22^RSP_K21": "TYPE",
  "a bound such as '>1MB' or '<=512'": "BOUND",
  "an address or a network such as 10.2.0.0/16": "NETWORK",
  "a number such as 90 or 6.5": "NUMBER",
  "a version such as 2.5 or 2.3.1": "VERSION",
  "a regular expression": "REGEX",
  "a code of HL7 table 0357, such as 207": "CODE",
  "same, empty, wrong, previous, or a control id": "same | empty | wrong | previous | TEXT",
  "a place: start, rest, end_block or a percentage such as 40%": "start | rest | end_block | PERCENT",
  "an acknowledgement such as CA, or 'CA after 50ms'": "CODE | CODE after TIMES",
  "an acknowledgement such as AA, or 'AA after 3s'": "CODE | CODE after TIMES",
  "bytes: two hexadecimal digits each, such as 0d0a": "HEX",
  "bytes: two hexadecimal digits each, such as 0d0a, or lf": "HEX | lf",
  "bytes: two hexadecimal digits each, such as 0d0a, or spaces": "HEX | spaces",
  "the five separators in the order of |^~\\&": "TEXT",
  "the path of a file with a duration on each line": "FILE",
  "the path of a file that holds the reply": "FILE",
  "the address of the JSON Schema, for editors": "TEXT",
  "the version of the language, 1": "1",
  "a text, or bytes as {hex: 0b0d}": "TEXT",
  "a text": "TEXT",
  "a text for people": "TEXT",
  "a text for developers": "TEXT",
  "a text for MSA-3": "TEXT",
  true: "true",
};

/** Parts that are values. */
const NAMED_VALUES: Readonly<Record<string, string>> = { duration: "TIME", percent: "PERCENT" };

/** Forms that stand at several places and are no parts of the schema: the name of each, by what it comes to. */
const SHARED: Map<string, string> = new Map();

/** A schema in the grammar's words, on one line; what has a name, by its name. */
export function grammarOf(schema: Schema): string {
  const text = formOf(schema);
  return SHARED.get(text) ?? text;
}

function formOf(schema: Schema): string {
  const { $ref, type, description, anyOf, properties, items, additionalProperties } = schema;
  if ($ref !== undefined) {
    const name = $ref.replace("#/$defs/", "");
    return NAMED_VALUES[name] ?? name;
  }
  if (anyOf !== undefined) return [...new Set(anyOf.map(grammarOf))].join(" | ");
  if (type === "array") return `[${grammarOf(items ?? {})}, ...]`;
  if (properties !== undefined) return `{${keysOf(schema).join(", ")}}`;
  if (typeof additionalProperties === "object") return `{NAME: ${grammarOf(additionalProperties)}, ...}`;
  if (description !== undefined && VALUES[description] !== undefined) return VALUES[description];
  if (schema.const !== undefined) return String(schema.const);
  const words = (schema.enum ?? []).filter((word) => typeof word === "string");
  if (words.length > 0) return words.join(" | ");
  if (type === "boolean") return "true | false";
  if (type === "string") return "TEXT";
  throw new Error(`The grammar has no word for ${JSON.stringify(schema)}: add one to VALUES in grammar.ts`);
}

/** The keys of a map with the form of each; a question mark behind those that may be missing. */
function keysOf({ properties = {}, patternProperties = {}, required = [] }: Schema): string[] {
  return [
    ...Object.entries(properties).filter(([key]) => key !== "$schema").map(([key, value]) =>
      `${key}${required.includes(key) ? "" : "?"}: ${grammarOf(value)}`
    ),
    ...Object.values(patternProperties).map((value) => `PATH?: ${grammarOf(value)}`),
  ];
}

/** The schema behind a step's word. */
function valueOf(word: string): Schema {
  const found = PARTS.step.anyOf?.find(({ properties }) => properties?.[word] !== undefined)?.properties?.[word];
  if (found === undefined) throw new Error(`The schema has no step '${word}' with a value`);
  return unwrapped(found);
}

/** A choice among one is that one. */
function unwrapped(schema: Schema): Schema {
  return schema.anyOf?.length === 1 ? unwrapped(schema.anyOf[0]) : schema;
}

/** The options of a choice, those of choices among them included. */
function optionsOf({ anyOf = [] }: Schema): Schema[] {
  return anyOf.flatMap((option) => option.anyOf === undefined ? [option] : optionsOf(option));
}

/** The definitions of the whole grammar, the larger before what they are made of. */
function definitions(): [name: string, schema: Schema][] {
  const { test, when, scope, trigger, delay, mutation, mutations, enhanced, step, rule, expectation } = PARTS;
  const keys = SCHEMA.properties ?? {};
  const conditions = when.properties ?? {};
  const shared: [string, Schema][] = [
    ["delay", delay],
    ["after", valueOf("close").properties!.after],
    ["gathering", valueOf("join")],
    ["drip", valueOf("drip")],
    ["place", valueOf("split_at")],
    ["refusal", valueOf("quota").properties!.then],
    ["error", valueOf("reply").anyOf![1].properties!.err.anyOf![0]],
    ["reply", valueOf("reply")],
    ["frame", conditions.frame.anyOf![0]],
    ["listener", keys.listeners.items!],
    ["phase", keys.phases.items!],
    ["limits", keys.limits],
    ["control", keys.control],
  ];
  for (const [name, schema] of shared) SHARED.set(formOf(schema), name);
  // Of a version it is the same but for how it is compared.
  SHARED.set(formOf(conditions.version), "test");
  const of = (name: string) => shared.find(([each]) => each === name) as [string, Schema];
  return [
    ["scenario", { ...SCHEMA, $defs: undefined }],
    of("listener"),
    ["rule", rule],
    ["when", when],
    ["test", test],
    of("frame"),
    ["trigger", trigger],
    ["scope", scope],
    ["step", step],
    of("reply"),
    of("error"),
    ["enhanced", enhanced],
    of("gathering"),
    of("drip"),
    of("place"),
    of("refusal"),
    of("after"),
    of("delay"),
    ["mutations", mutations],
    ["mutation", mutation],
    of("phase"),
    ["expectation", expectation],
    of("limits"),
    of("control"),
  ];
}

const WIDTH = 112;

/** Pieces one behind the other on as many lines as they need; `between` stands before each but the first. */
function wrapped(pieces: readonly string[], between: string, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const piece of pieces) {
    const next = line === "" ? piece : `${line}${between}${piece}`;
    if (indent.length + next.length > WIDTH && line !== "") {
      lines.push(`${indent}${line}`);
      line = `${between.trimStart()}${piece}`;
    } else line = next;
  }
  return [...lines, `${indent}${line}`];
}

/** A definition on as many lines as it needs. */
function define(name: string, schema: Schema): string[] {
  const text = formOf(schema);
  if (name.length + 3 + text.length <= WIDTH) return [`${name} = ${text}`];
  if (schema.properties !== undefined) return [`${name} =`, ...keysOf(schema).flatMap((key) => onLines(key, "  "))];
  if (schema.anyOf === undefined) return [`${name} =`, ...wrapped(text.split(" | "), " | ", "    ")];
  const words = optionsOf(schema).filter(({ properties }) => properties === undefined).flatMap((option) =>
    grammarOf(option).split(" | ")
  );
  const maps = optionsOf(schema).filter(({ properties }) => properties !== undefined);
  return [
    `${name} =`,
    ...words.length === 0 ? [] : wrapped([...new Set(words)], " | ", "    "),
    ...maps.flatMap((option) => {
      const one = grammarOf(option);
      if (one.length + 4 <= WIDTH) return [`  | ${one}`];
      const [first, ...rest] = keysOf(option).flatMap((key) => onLines(key, "     "));
      return [`  | {${first.trimStart()}`, ...rest.slice(0, -1), `${rest[rest.length - 1]}}`];
    }),
  ];
}

function onLines(key: string, indent: string): string[] {
  if (indent.length + key.length <= WIDTH) return [`${indent}${key}`];
  const [first, ...rest] = wrapped(key.split(" | "), " | ", indent);
  return [first, ...rest.map((line) => `  ${line}`)];
}

/** The whole grammar, as lines. */
export function grammarLines(): string[] {
  return definitions().flatMap(([name, schema]) => define(name, schema));
}
