/**
 * The flags that say what `mllp spam` sends: files, templates, built-in types, mixed and in order. What they
 * lead to is in read_feed.ts, which is loaded when there is a run.
 *
 * @module
 */
import { parseSetting } from "../../lib/feed/setting.ts";
import { slotGuide } from "../../lib/feed/slots.ts";
import { EVERY, type FieldPath, parsePath } from "../../lib/hl7/path.ts";
import { wrap } from "../../lib/text.ts";
import { parsePositive } from "../../lib/values.ts";
import { anyText, type FlagValues, group, repeated, toggle, value } from "../command.ts";

/** One part of a mix. */
export interface MixPart {
  readonly name: string;
  readonly weight: number;
}

/** Thirty microseconds each, before anything is sent. */
const MOST_PATIENTS = 100_000;
/** What a slot takes in the help, with the space behind it. */
const SLOT_COLUMNS = 24;

/** The flags. */
export const feedingFlags = group("Messages", {
  template: repeated("FILE", "messages with slots such as {{patient.mrn}} (below); a folder too; repeatable", anyText, {
    path: true,
  }),
  set: repeated(
    "PATH=VALUE",
    "put a value into every message: MSH-5=LAB; 'OBX-5?=9': only where there is an OBX; slots allowed; repeatable",
    parseSetting,
  ),
  mix: value(
    "NAME=N,...",
    "messages in these proportions: files or folders by name, or built in: adt, oru, orm, siu, mdm",
    parseMix,
  ),
  shuffle: toggle("files in a drawn order, another each time round"),
  csvFeed: value("FILE", "rows for {{csv.COLUMN}}: message k takes row k, and again from the top", anyText, undefined, {
    path: true,
  }),
  patients: value("N", "how many patients to invent for {{patient...}} (1000)", parsePatients),
  keepOrder: value(
    "PATH",
    "messages with the same value there, such as PID-3, go in order over one connection",
    parseKey,
  ),
  dryRun: value("N", "print the first N messages and send nothing", parsePositive),
});

/** What the help says of slots, in lines of at most 80 columns. */
export const feedingNotes: readonly string[] = [
  "Slots of --template and --set:",
  ...slotGuide().flatMap(({ form, about }) =>
    wrap(about, 80 - SLOT_COLUMNS).map((line, i) => `  ${i === 0 ? form : ""}`.padEnd(SLOT_COLUMNS) + line)
  ),
];

/** The flags that decide what is read, and how. */
export type FeedingChoices = FlagValues<typeof feedingFlags> & {
  readonly text?: string | undefined;
  readonly escapes: boolean;
  readonly raw: boolean;
};

function parseMix(text: string): MixPart[] {
  const parts = text.split(",").map((part): MixPart => {
    const found = /^\s*([^=]+?)\s*=\s*(\S+?)%?\s*$/.exec(part);
    if (found === null) throw new RangeError(`Cannot read '${part}' as a part of a mix: wanted NAME=N, such as adt=70`);
    return { name: found[1].toLowerCase(), weight: parsePositive(found[2]) };
  });
  const twice = parts.find(({ name }, i) => parts.findIndex((other) => other.name === name) !== i);
  if (twice !== undefined) throw new RangeError(`Cannot mix '${text}': ${twice.name} is there twice`);
  return parts;
}

function parsePatients(text: string): number {
  const count = parsePositive(text);
  if (count > MOST_PATIENTS) throw new RangeError(`Cannot invent ${count} patients: wanted ${MOST_PATIENTS} at most`);
  return count;
}

function parseKey(text: string): FieldPath {
  const path = parsePath(text);
  const { segment, segmentIndex, field, repetition } = path.parts;
  if (segmentIndex === EVERY || repetition === EVERY) {
    throw new RangeError(`Cannot keep an order by '${text}': wanted one value of a message, not every one`);
  }
  if (field === 0 || (segment === "MSH" && field <= 2)) {
    throw new RangeError(`Cannot keep an order by '${text}': wanted a field with a value, such as PID-3`);
  }
  return path;
}
