/**
 * What the language can say of steps, read from its published schema, and what the rows of the tables say: so that a verb, an option or
 * a word that is added to the language and to no table is found missing.
 *
 * @module
 */
import { read } from "../../source.ts";
import type { WrittenRule } from "./table.ts";

interface Schema {
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly description?: string;
  readonly $ref?: string;
}

const PARTS: Readonly<Record<string, Schema>> = JSON.parse(read("docs/schema/mllp.scenario-1.schema.json")).$defs;

/** The schema of a step. */
const STEP = PARTS.step;

/** The words behind which something stands. */
const WORDS = STEP.anyOf!.flatMap(({ properties }) => Object.keys(properties ?? {}));

/** Delays have their own tests; here is seen that there is one. */
const isDelay = ({ description, anyOf = [] }: Schema): boolean =>
  (description?.startsWith("a delay such as") ?? false) || anyOf.some(isDelay);

/** Whatever can be said: `close`, `close.after.idle`, `limit.then=queue`; `WORD!` for a bare word. */
export function sayable(): string[] {
  const points = new Set<string>();
  const walk = (schema: Schema, path: string): void => {
    const name = /^#\/\$defs\/(.*)$/.exec(schema.$ref ?? "")?.[1];
    if (name !== undefined) {
      if (!isDelay(PARTS[name])) walk(PARTS[name], path);
      return;
    }
    if (isDelay(schema) && schema.properties === undefined) {
      points.add(path);
      // `after` may be a delay, or something else.
      for (const each of schema.anyOf ?? []) if (each.properties?.idle !== undefined) walk(each, path);
      return;
    }
    for (const word of schema.enum ?? []) points.add(`${path}=${word}`);
    if (schema.const !== undefined) points.add(`${path}=${schema.const}`);
    for (const each of schema.anyOf ?? []) walk(each, path);
    if (schema.items !== undefined) walk(schema.items, path);
    for (const [key, inner] of Object.entries(schema.properties ?? {})) {
      const at = path === "" ? key : `${path}.${key}`;
      points.add(at);
      // What is a step of its own, too, is read by the same form.
      if (path !== "reply" || !WORDS.includes(key)) walk(inner, at);
    }
  };
  for (const each of STEP.anyOf!) {
    for (const word of each.enum ?? []) points.add(`${word}!`);
    for (const [word, inner] of Object.entries(each.properties ?? {})) {
      points.add(word);
      walk(inner, word);
    }
  }
  return [...points].sort();
}

/** The steps of a rule, those of a sequence included. */
export function stepsOf({ do: steps = [], sequence }: WrittenRule): unknown[] {
  return [steps, (sequence as { steps?: unknown[] } | undefined)?.steps ?? []].flat(3);
}

/** Whatever is said in steps. */
export function saidIn(steps: readonly unknown[]): Set<string> {
  const points = new Set<string>();
  const walk = (value: unknown, path: string): void => {
    points.add(path);
    if (Array.isArray(value)) { for (const each of value) walk(each, path); }
    else if (value !== null && typeof value === "object") {
      for (const [key, inner] of Object.entries(value)) walk(inner, `${path}.${key}`);
    } else points.add(`${path}=${value}`);
  };
  for (const step of steps) {
    if (typeof step === "string") points.add(`${step}!`);
    else for (const [word, value] of Object.entries(step as object)) walk(value, word);
  }
  return points;
}
