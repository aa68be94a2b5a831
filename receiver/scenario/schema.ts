/**
 * The grammar of a scenario file as one schema: what `parse.ts` reads with and what the published JSON Schema is
 * made of. Steps come from their registry. It knows each part for itself; what must hold between parts is `check.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { FRAMINGS } from "../../lib/link/make.ts";
import { parseEndpoint } from "../../lib/transport/endpoint.ts";
import { type StepSpec, wordOf, WORDS } from "../steps/registry.ts";
import { enhancedForm } from "../steps/enhanced.ts";
import { mutationForm, mutationsForm } from "../mutate/form.ts";
import { delayForm } from "./delay_form.ts";
import { expectationForm } from "./expectation.ts";
import {
  byKey,
  flag,
  type Form,
  list,
  map,
  type Read,
  refused,
  scalar,
  shapedAs,
  shown,
  text,
  unknownWord,
  word,
} from "./form.ts";
import { parseReply } from "./reply.ts";
import { EVENT_KINDS, type ListenerState } from "./scenario.ts";
import { scopeForm, triggerForm } from "./trigger.ts";
import { count, name, path, percent, positive, seed, wait } from "./units.ts";
import { testForm, whenForm } from "./when.ts";

/** What a step reads as: the specs it stands for, mostly one. */
export type WrittenStep = readonly StepSpec[];

const valued = WORDS.filter((word) => wordOf(word)?.schema !== null);
const bare = WORDS.filter((word) => wordOf(word)?.bare !== null);

const REFUSED =
  "a step comes after a connection was accepted: to refuse connections write listeners: {NAME: refused} " +
  "in a phase; to break this one, 'reset'";

/** What a step's word or value has been read as. */
type Specs = StepSpec | readonly StepSpec[];

function listed(found: Specs): WrittenStep {
  return Array.isArray(found) ? found as readonly StepSpec[] : [found as StepSpec];
}

function schemaOf(word: string): Form<Specs> {
  return wordOf(word)?.schema ?? refused(`${word} takes no value`);
}

function valueStep(word: string): Form<WrittenStep> {
  return v.pipe(
    map("a step", { [word]: schemaOf(word) }),
    v.transform((read): WrittenStep => listed(read[word] as Specs)),
  );
}

const bareStep: Form<WrittenStep> = scalar("a step", (written): WrittenStep => {
  if (written === "refused") throw new RangeError(`Cannot use 'refused' as a step: ${REFUSED}`);
  const word = wordOf(written);
  if (word === undefined) throw new RangeError(unknownWord("step", written, WORDS));
  if (word.bare === null) throw new RangeError(`${written} needs a value: {${written}: ...}`);
  return listed(word.bare);
});

const valueSteps = byKey<WrittenStep>("a step", Object.fromEntries(valued.map((word) => [word, valueStep(word)])));

/** A step: a bare word, or a word with its value. */
export const stepForm: Form<WrittenStep> = shapedAs<WrittenStep>(
  v.union([
    v.pipe(v.picklist(bare), v.description("A step without a value")),
    ...valued.map((word) => v.pipe(v.strictObject({ [word]: schemaOf(word) }), v.description(aboutStep(word)))),
  ]),
  (input) => {
    if (input === null || typeof input !== "object" || Array.isArray(input)) return bareStep;
    if (Object.hasOwn(input, "refused")) return refused(`Cannot use 'refused' as a step: ${REFUSED}`);
    const wordAlone = WORDS.find((word) => Object.hasOwn(input, word) && !valued.includes(word));
    return wordAlone === undefined
      ? valueSteps
      : refused(`${wordAlone} takes no value, wanted the bare word ${wordAlone}`);
  },
);

function aboutStep(word: string): string {
  const about = wordOf(word)?.about ?? "";
  return `${about[0].toUpperCase()}${about.slice(1)}`;
}

const steps = list(stepForm, "a list of steps");

const SEQUENCE = {
  steps: list(steps, "a list of lists of steps"),
  at_end: v.optional(word("end of a sequence", ["last", "cycle", "fall_through"])),
  per: v.optional(scopeForm),
};

const RULE = {
  id: name,
  on: v.optional(word("event", EVENT_KINDS)),
  when: v.optional(whenForm),
  trigger: v.optional(triggerForm),
  do: v.optional(steps),
  sequence: v.optional(map("a sequence", SEQUENCE)),
  then: v.optional(word("way to go on", ["stop", "continue"])),
  in_state: v.optional(name),
  to_state: v.optional(name),
  enabled: v.optional(flag),
  ttl: v.optional(wait),
  note: v.optional(text("a text for people")),
};

/** A rule. */
export const ruleForm: Form<Read<typeof RULE>> = map("a rule", RULE);

/** A rule as its parts were read. */
export type WrittenRule = Read<typeof RULE>;

const rules = list(ruleForm, "a list of rules");

/** A map of names to something. */
function named<T>(what: string, form: Form<T>): Form<Record<string, T>> {
  const all = v.record(v.string(), form) as unknown as Form<Record<string, T>>;
  return shapedAs<Record<string, T>>(all, (input) => {
    if (input === null || typeof input !== "object" || Array.isArray(input)) {
      return refused(`found ${shown(input)}, wanted ${what}: a map`);
    }
    const strange = Object.keys(input).flatMap((key) => {
      const [issue] = v.safeParse(name, key).issues ?? [];
      return issue === undefined ? [] : [{ key, message: issue.message }];
    });
    if (strange.length === 0) return all;
    return v.pipe(
      all,
      v.rawCheck<Record<string, T>>(({ addIssue }) => {
        for (const { key, message } of strange) {
          addIssue({ message, path: [{ type: "object", origin: "key", input: {}, key, value: undefined }] });
        }
      }),
    );
  });
}

const endpoint = scalar("an endpoint such as tcp://127.0.0.1:2575", parseEndpoint, { type: "string" });

const LISTENER = {
  name: v.optional(name),
  endpoint,
  framing: v.optional(word("framing", FRAMINGS)),
};

const PHASE = {
  name,
  for: v.optional(wait),
  messages: v.optional(positive),
  listeners: v.optional(
    named<ListenerState>("listeners and whether they take connections", word("state", ["refused", "open"])),
  ),
  use: v.optional(list(name, "a list of rules' ids or profiles' names")),
  rules: v.optional(rules),
};

/** A phase as its parts were read. */
export type WrittenPhase = Read<typeof PHASE>;

const LIMITS = {
  max_connections: v.optional(positive),
  idle_timeout: v.optional(wait),
  max_pending: v.optional(positive),
  max_delay: v.optional(wait),
  active_faults: v.optional(count),
  held_connections: v.optional(count),
  journal: v.optional(positive),
};

const IN_BAND = {
  field: path,
  prefix: text("a text"),
  max: v.optional(map("bounds", { delay: v.optional(wait), active: v.optional(count) })),
};

const CONTROL = {
  listen: v.optional(scalar("HOST:PORT", (found) => parseEndpoint(found) && found)),
  ttl_default: v.optional(wait),
  in_band: v.optional(map("in-band control", IN_BAND)),
};

const DEFAULTS = {
  reply: v.optional(scalar("a reply such as AA, none, file:PATH, echo or AA:98,AE:2", parseReply, { type: "string" })),
  delay: v.optional(delayForm),
};

const SCENARIO = {
  $schema: v.optional(text("the address of the JSON Schema, for editors")),
  version: scalar("the version of the language, 1", (found) => {
    if (found !== "1") throw new RangeError(`found version ${found}, wanted 1`);
    return 1 as const;
  }, { type: ["integer", "string"], enum: [1, "1"] }),
  name: v.optional(text("a text for people")),
  seed: v.optional(seed),
  listeners: v.optional(list(map("a listener", LISTENER), "a list of listeners")),
  defaults: v.optional(map("defaults", DEFAULTS)),
  profiles: v.optional(named("profiles: lists of steps by name", steps)),
  rules: v.optional(rules),
  phases: v.optional(list(map("a phase", PHASE), "a list of phases")),
  phases_at_end: v.optional(word("end of phases", ["stop", "repeat", "stay"])),
  expect: v.optional(list(expectationForm, "a list of expectations")),
  limits: v.optional(map("limits", LIMITS)),
  control: v.optional(map("control", CONTROL)),
};

/** A scenario as its parts were read. */
export type WrittenScenario = Read<typeof SCENARIO>;

/** The whole grammar. */
export const scenarioForm: Form<WrittenScenario> = map("a scenario", SCENARIO);

/** The parts that stand at several places, by the names that the published schema has for them. */
export const scenarioParts: Readonly<Record<string, Form<unknown>>> = {
  test: testForm,
  when: whenForm,
  scope: scopeForm,
  trigger: triggerForm,
  delay: delayForm,
  mutation: mutationForm,
  mutations: mutationsForm,
  enhanced: enhancedForm,
  step: stepForm,
  rule: ruleForm,
  expectation: expectationForm,
  duration: wait,
  percent,
};
