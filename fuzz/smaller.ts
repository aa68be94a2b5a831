/**
 * A failed case made smaller still: cases are plain JSON, so parts of texts and lists are left out, and numbers made 0, as
 * long as the same goes wrong. It reaches what fast-check's own shrinking does not, which makes one part of a case smaller
 * while the others stay.
 *
 * @module
 */
import type { Json } from "./schema_case.ts";

/** Each way to make a value one step smaller, the boldest first; texts that are one of the words stay whole. */
export function* smallerThan(value: Json, words: readonly string[] = []): Generator<Json> {
  if (typeof value === "number" && value !== 0) {
    yield 0;
    if (Number.isInteger(value) && Math.abs(value) > 1) yield Math.trunc(value / 2);
  } else if (typeof value === "string") {
    if (words.includes(value)) return;
    for (const [from, to] of holes(value.length)) yield value.slice(0, from) + value.slice(to);
  } else if (Array.isArray(value)) {
    const list = value as readonly Json[];
    for (const [from, to] of holes(list.length)) yield list.toSpliced(from, to - from);
    for (const [i, each] of list.entries()) for (const less of smallerThan(each, words)) yield list.with(i, less);
  } else if (value !== null && typeof value === "object") {
    for (const [key, each] of Object.entries(value)) {
      if (typeof each === "string" && !words.includes(each)) {
        for (const hole of holes(each.length)) {
          yield {
            ...shifted(value as { [key: string]: Json }, hole),
            [key]: each.slice(0, hole[0]) + each.slice(hole[1]),
          };
        }
      }
      for (const less of smallerThan(each, words)) yield { ...value, [key]: less };
    }
  }
}

/** A map whose lists of numbers are places of a text that is left out a part of. */
function shifted(
  map: { readonly [key: string]: Json },
  [from, to]: readonly [number, number],
): { [key: string]: Json } {
  const moved = (each: Json) => typeof each !== "number" || each <= from ? each : Math.max(from, each - (to - from));
  return Object.fromEntries(
    Object.entries(map).map(([key, each]) => [key, Array.isArray(each) ? each.map(moved) : each]),
  );
}

/** What can be left out of so many: a half, a quarter, and so on down to one. */
function* holes(length: number): Generator<readonly [from: number, to: number]> {
  for (let size = Math.ceil(length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < length; from += size) yield [from, Math.min(length, from + size)];
  }
}

/** The smallest case that can be come to in so many tries, for which `fails` is still true. */
export async function smallest(
  value: Json,
  fails: (value: Json) => Promise<boolean>,
  mostTries: number,
  words: readonly string[] = [],
): Promise<Json> {
  let best = value;
  for (let tries = 0, going = true; going;) {
    going = false;
    for (const less of smallerThan(best, words)) {
      if (++tries > mostTries) return best;
      if (!await fails(less)) continue;
      best = less;
      going = true;
      break;
    }
  }
  return best;
}
