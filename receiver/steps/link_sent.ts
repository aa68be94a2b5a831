/**
 * The steps about how the lower layer sends the next reply: `bad_bcc`, `bad_count`, `unchecked`, `enq_storm`, `late_enq`, `no_eot`. One
 * table says how each is written and told; what it does to the line is the link's. Which framing has which: see `link_faults.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { formatCount, formatDuration, parseCount } from "../../lib/values.ts";
import { type Form, scalar } from "../scenario/form.ts";
import { positive, wait } from "../scenario/units.ts";
import type { StepKind } from "./step.ts";

/** How many bids are a storm, if nothing is said (our decision: twice as many as a bid has tries). */
const STORM = 10;
/** No more bids than this at once (our decision: a line's worth of noise, and no buffer of any size). */
const MOST_BIDS = 1000;

const bids: Form<number> = scalar(`a number of bids from 2 to ${formatCount(MOST_BIDS)}`, (text) => {
  const found = parseCount(text);
  if (found >= 2 && found <= MOST_BIDS) return found;
  throw new RangeError(`Cannot bid ${text} times at once: wanted 2 to ${formatCount(MOST_BIDS)}`);
}, { type: ["integer", "string"], minimum: 2, maximum: MOST_BIDS });

/** Links count whole milliseconds. */
const wholeWait: Form<number> = v.pipe(wait, v.transform(Math.ceil));

/** A kind of fault: `value` is how often, how many, or how many milliseconds. */
interface Sent {
  readonly about: string;
  /** Reads the value behind the word; null where there is none. */
  readonly value: Form<number> | null;
  /** The value of the bare word; null where one is needed. */
  readonly bare: number | null;
  tell(value: number): string;
}

/** Which blocks of a reply are struck, in words. */
function blocks(times: number): string {
  return times === 1 ? "the first block of the reply" : `the first ${formatCount(times)} blocks sent of the reply`;
}

const SENT = {
  bad_bcc: {
    about: "sends the next reply with a wrong checksum",
    value: positive,
    bare: 1,
    tell: (times) => `give ${blocks(times)} a wrong checksum`,
  },
  bad_count: {
    about: "sends the next reply with a count that is too high by one",
    value: positive,
    bare: 1,
    tell: (times) => `give ${blocks(times)} a count that is too high by one`,
  },
  unchecked: {
    about: "sends the next reply with the checksum 999, which says that it is not to be looked at",
    value: positive,
    bare: 1,
    tell: (times) => `give ${blocks(times)} the checksum 999 (not to be looked at)`,
  },
  enq_storm: {
    about: "bids for the line with many ENQ at once, to send the next reply",
    value: bids,
    bare: STORM,
    tell: (count) => `bid for the line with ${formatCount(count)} ENQ at once`,
  },
  late_enq: {
    about: "bids late for the line, to send the next reply",
    value: wholeWait,
    bare: null,
    tell: (ms) => `bid for the line ${formatDuration(ms)} late`,
  },
  no_eot: {
    about: "leaves out the EOT behind the next reply",
    value: null,
    bare: 1,
    tell: () => "leave out the EOT behind the reply",
  },
} as const satisfies Readonly<Record<string, Sent>>;

const TABLE: Readonly<Record<string, Sent>> = SENT;

/** The name of one, as links have it, too. */
export type LinkSentVerb = keyof typeof SENT;

/** All of them. */
export const LINK_SENT: readonly LinkSentVerb[] = Object.freeze(Object.keys(SENT) as LinkSentVerb[]);

/** One of them, as written and as planned. */
export interface OneLinkSent<V extends LinkSentVerb> {
  readonly verb: V;
  /** How often, how many, or how many milliseconds. */
  readonly value: number;
}

/** Any of them, as written and as planned. */
export type LinkSent = { readonly [V in LinkSentVerb]: OneLinkSent<V> }[LinkSentVerb];

/** The kinds of steps, by verb. */
export type LinkSentKinds = { readonly [V in LinkSentVerb]: StepKind<OneLinkSent<V>, OneLinkSent<V>> };

function kind<V extends LinkSentVerb>(verb: V): StepKind<OneLinkSent<V>, OneLinkSent<V>> {
  const { about, value: form, bare, tell } = TABLE[verb];
  const step = (value: number): OneLinkSent<V> => ({ verb, value });
  return {
    verb,
    about,
    schema: form === null ? null : v.pipe(form, v.transform((value: number) => step(value) as LinkSent)),
    bare: bare === null ? null : step(bare),
    on: ["message"],
    role: "connection",
    tell: ({ value }) => tell(value),
    plan: (spec) => spec,
    perform({ value }, line) {
      line.fault(verb, value);
      return 0;
    },
    describe: ({ value }) => tell(value),
  };
}

/** All of them. */
export const linkSent: LinkSentKinds = {
  bad_bcc: kind("bad_bcc"),
  bad_count: kind("bad_count"),
  unchecked: kind("unchecked"),
  enq_storm: kind("enq_storm"),
  late_enq: kind("late_enq"),
  no_eot: kind("no_eot"),
};
