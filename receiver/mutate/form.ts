/**
 * The value behind `mutate`: a list of mutations, each a bare word or a name with its value.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { byKey, type Form, list, map, oneOrMore, refused, scalar, shapedAs, unknownWord } from "../scenario/form.ts";
import { conflictOf } from "./conflicts.ts";
import type { MutationName, MutationSpec } from "./mutation.ts";
import { MUTATION_NAMES, mutationKind } from "./registry.ts";

const valued = MUTATION_NAMES.filter((name) => mutationKind(name).form !== null);
const bare = MUTATION_NAMES.filter((name) => mutationKind(name).bare !== null);

/** What stands behind a name. */
function formOf(name: MutationName): Form<MutationSpec> {
  return mutationKind(name).form ?? refused(`${name} takes no value`);
}

function aboutOf(name: MutationName): string {
  const { about } = mutationKind(name);
  return `${about[0].toUpperCase()}${about.slice(1)}`;
}

const bareMutation: Form<MutationSpec> = scalar("a mutation", (written): MutationSpec => {
  const name = MUTATION_NAMES.find((each) => each === written);
  if (name === undefined) throw new RangeError(unknownWord("mutation", written, MUTATION_NAMES));
  const spec = mutationKind(name).bare;
  if (spec === null) throw new RangeError(`${name} needs a value: {${name}: ...}`);
  return spec;
});

const valuedMutation = byKey<MutationSpec>(
  "a mutation",
  Object.fromEntries(valued.map((name) => [
    name,
    v.pipe(map("a mutation", { [name]: formOf(name) }), v.transform((read) => read[name] as MutationSpec)),
  ])),
);

/** A mutation. */
export const mutationForm: Form<MutationSpec> = shapedAs<MutationSpec>(
  v.union([
    ...bare.map((name) => v.pipe(v.literal(name), v.description(aboutOf(name)))),
    ...valued.map((name) => v.pipe(v.strictObject({ [name]: formOf(name) }), v.description(aboutOf(name)))),
  ]),
  (input) => {
    if (input === null || typeof input !== "object" || Array.isArray(input)) return bareMutation;
    const keys = Object.keys(input);
    const wordAlone = keys.find((key) => (bare as readonly string[]).includes(key));
    if (wordAlone !== undefined) return refused(`${wordAlone} takes no value, wanted the bare word ${wordAlone}`);
    return valuedMutation;
  },
);

const together: Form<readonly MutationSpec[]> = v.pipe(
  oneOrMore(mutationForm),
  v.rawCheck<MutationSpec[]>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const specs = dataset.value;
    specs.forEach((second, key) => {
      const conflict = specs.slice(0, key).map((first) => conflictOf(first, second)).find((found) => found !== null);
      if (typeof conflict !== "string") return;
      addIssue({ message: conflict, path: [{ type: "array", origin: "value", input: specs, key, value: second }] });
    });
  }),
);

/** One mutation, or a list of those that go together. */
export const mutationsForm: Form<readonly MutationSpec[]> = shapedAs<readonly MutationSpec[]>(
  v.union([mutationForm, list(mutationForm)]),
  () => together,
);
