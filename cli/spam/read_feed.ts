/**
 * From the flags of feeding.ts to a source of messages: reads the files, makes the patients, puts all of it
 * together. What is wrong with any of it is a `UsageError`, before anything is sent.
 *
 * @module
 */
import { basename } from "node:path";
import type { Readable } from "node:stream";
import { BUILT_IN } from "../../lib/feed/built_in.ts";
import { builtInGroup, composeFeed, type FeedTemplate, slotNeeds, type TemplateGroup } from "../../lib/feed/compose.ts";
import { parseSkeleton } from "../../lib/feed/skeleton.ts";
import type { MessageSource } from "../../lib/load/message_source.ts";
import { nearest } from "../../lib/values.ts";
import { usage, UsageError } from "../exit_code.ts";
import { filesOf, type OutgoingGroup, type OutgoingMessage, readGroups } from "../messages.ts";
import type { Output } from "../output.ts";
import type { FeedingChoices, MixPart } from "./feeding.ts";
import type { TakenFile } from "./taken_file.ts";

/** Where the messages are read from and where warnings go. */
export interface FeedingSurroundings {
  readonly input: Readable;
  readonly output: Output;
  /** Whether messages go without frames: then a file is one message, every byte of it. */
  readonly unframed: boolean;
}

/** How many patients there are if nobody says. */
const PATIENTS = 1000;

/** Every file that the messages of a run come from, those in folders too: nothing else is to be written there. */
export function inputFiles(
  files: readonly string[],
  flags: Pick<FeedingChoices, "template" | "csvFeed">,
): TakenFile[] {
  const inputs = (operands: readonly string[], by: string) =>
    operands.flatMap((operand) => filesOf(operand).map((path) => ({ path, by })));
  const { template, csvFeed } = flags;
  return [
    ...inputs(files, "FILE"),
    ...inputs(template, "--template"),
    ...(csvFeed === undefined ? [] : [{ path: csvFeed, by: "--csv-feed" }]),
  ];
}

/** The source of a run's messages. Throws a `UsageError` for whatever cannot be sent. */
export async function readFeed(
  files: readonly string[],
  flags: FeedingChoices,
  seed: number,
  surroundings: FeedingSurroundings,
): Promise<MessageSource> {
  const { csvFeed } = flags;
  const given = await readAll(files, flags, seed, surroundings);
  const groups = flags.mix === undefined
    ? [{ templates: given.flatMap(({ templates }) => templates), weight: 1, order: "given" as const }]
    : mixed(flags.mix, given);
  const needs = slotNeeds({ groups, settings: flags.set });
  if (csvFeed !== undefined && !needs.has("csv")) {
    throw new UsageError(`--csv-feed ${csvFeed}: no slot asks for it; wanted {{csv.COLUMN}} in a --template or --set`);
  }
  if (flags.patients !== undefined && !needs.has("patients")) {
    throw new UsageError(
      `--patients ${flags.patients}: no slot asks for them; wanted {{patient.FIELD}} in a --template or --set, or --mix with a built-in type`,
    );
  }
  if (flags.shuffle && !groups.some(({ order, templates }) => order === "given" && templates.length > 1)) {
    throw new UsageError(
      flags.mix === undefined
        ? "--shuffle: there is one message, and nothing to shuffle; wanted several, in a FILE, a folder or --template"
        : "--shuffle and --mix: no part has several messages to shuffle; built-in types have an order of their own",
    );
  }
  // Loaded where they are needed: parser and names take their time.
  const csv = csvFeed === undefined ? null : await (await import("./csv_feed.ts")).readCsv(csvFeed);
  const patients = needs.has("patients")
    ? await (await import("./patients.ts")).makePatients(flags.patients ?? PATIENTS, seed)
    : null;
  return usage(() =>
    composeFeed({
      groups,
      seed,
      raw: flags.raw,
      settings: flags.set,
      shuffle: flags.shuffle,
      keepOrder: flags.keepOrder ?? null,
      patients,
      csv,
    })
  );
}

/** What an operand or a `--template` stands for. */
interface Given {
  readonly operand: string;
  readonly templates: readonly FeedTemplate[];
}

async function readAll(
  files: readonly string[],
  flags: FeedingChoices,
  seed: number,
  { input, output, unframed }: FeedingSurroundings,
): Promise<Given[]> {
  const { text, escapes, raw } = flags;
  const instead = flags.template.length > 0 ? "--template" : flags.mix === undefined ? null : "--mix";
  if (text !== undefined && instead !== null) {
    throw new UsageError(`--text: a message and ${instead} were given; wanted one of them`);
  }
  const options = { escapes, raw, anyText: raw, whole: unframed, folders: true, seed, input, output };
  // The sample is for who names nothing else.
  const plain = files.length === 0 && instead !== null ? [] : await readGroups(files, { ...options, text });
  const templates = flags.template.length === 0 ? [] : await readGroups(flags.template, options);
  return [...plain.map((group) => givenBy(group, asItIs)), ...templates.map((group) => givenBy(group, withSlots))];
}

function givenBy({ operand, messages }: OutgoingGroup, read: (message: OutgoingMessage) => FeedTemplate): Given {
  return { operand, templates: messages.map(read) };
}

function asItIs({ bytes, source }: OutgoingMessage): FeedTemplate {
  return { skeleton: { bytes, slots: [] }, source };
}

function withSlots({ bytes, source, file, line, column }: OutgoingMessage): FeedTemplate {
  return { skeleton: usage(() => parseSkeleton(bytes, { name: file, line, column })), source };
}

/** Each part by its name: what was given, else a built-in type. */
function mixed(mix: readonly MixPart[], given: readonly Given[]): TemplateGroup[] {
  const used = new Set<Given>();
  const groups = mix.map(({ name, weight }): TemplateGroup => {
    const named = given.filter(({ operand }) => nameOf(operand) === name);
    for (const one of named) used.add(one);
    if (named.length > 0) return { templates: named.flatMap(({ templates }) => templates), weight, order: "given" };
    if (BUILT_IN.has(name)) return builtInGroup(name, weight);
    const known = [...new Set([...given.map(({ operand }) => nameOf(operand)), ...BUILT_IN.keys()])];
    const meant = nearest(name, known);
    throw new UsageError(
      `--mix ${name}=${weight}: no file or folder of that name was given, and no type is built in; wanted one of ${
        known.join(", ")
      }${meant === null ? "" : `; did you mean ${meant}?`}`,
    );
  });
  const unused = given.find((one) => !used.has(one));
  if (unused !== undefined) {
    throw new UsageError(
      `--mix: ${unused.operand} has no part in it and would never be sent; add ${nameOf(unused.operand)}=N`,
    );
  }
  return groups;
}

/** `corpus/adt.hl7` and `corpus/adt/` are `adt`; standard input is `stdin`. */
function nameOf(operand: string): string {
  return operand === "-" ? "stdin" : basename(operand).replace(/(?<=.)\.[^.]*$/, "").toLowerCase();
}
