/**
 * The messages of a run, put together: groups of templates, fields set over them, an order, what the slots
 * need. Everything that can be wrong is found here, before anything is sent.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { utf8 } from "../bytes.ts";
import type { FieldPath } from "../hl7/path.ts";
import { Feed } from "../load/feed.ts";
import type { MessageSource } from "../load/message_source.ts";
import { PlainMessage } from "../load/plain_message.ts";
import { BUILT_IN } from "./built_in.ts";
import type { CsvTable } from "./csv_table.ts";
import { Documents } from "./document.ts";
import { fixedKey } from "./lane_key.ts";
import { type GroupMember, type MessageGroup, MixedFeed } from "./mixed_feed.ts";
import type { PatientPool } from "./patients.ts";
import { applySettings, type FieldSetting, hasPlaceFor } from "./setting.ts";
import { parseSkeleton, type Skeleton } from "./skeleton.ts";
import { SlotMessage } from "./slot_message.ts";
import { UNIQUE_SLOTS } from "./slots.ts";
import { Story } from "./story.ts";
import { InTurn, Shuffled, type Turn } from "./turn.ts";

/** A template, and where it came from. */
export interface FeedTemplate {
  readonly skeleton: Skeleton;
  /** `adt.hl7:12`, for errors. */
  readonly source: string;
}

/** Templates that belong together. */
export interface TemplateGroup {
  readonly templates: readonly FeedTemplate[];
  /** Its part of the messages, among the other groups'. */
  readonly weight: number;
  /** `given`: in their order, or shuffled if that was asked for; for the others see built_in.ts. */
  readonly order: "given" | "story" | "drawn";
}

/** What a run's messages are made of. */
export interface FeedDesign {
  readonly groups: readonly TemplateGroup[];
  readonly seed: number;
  /** Send every message with its own MSH-10 and MSH-7. */
  readonly raw: boolean;
  readonly settings: readonly FieldSetting[];
  readonly shuffle: boolean;
  /** Messages with the same value there stay in order; null for none. */
  readonly keepOrder: FieldPath | null;
  readonly patients: PatientPool | null;
  readonly csv: CsvTable | null;
}

/** Stays that are told at the same time (our decision: a ward's worth). */
const STORY_WIDTH = 32;

/**
 * A group of a built-in type. Throws a `RangeError` for a name that is none.
 *
 * @example
 * ```ts
 * import { builtInGroup } from "./compose.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(builtInGroup("adt", 70).templates.map(({ source }) => source), ["ADT^A01", "ADT^A08", "ADT^A03"]);
 * ```
 */
export function builtInGroup(name: string, weight: number): TemplateGroup {
  const type = BUILT_IN.get(name);
  if (type === undefined) throw new RangeError(`There is no built-in type ${name}: ${[...BUILT_IN.keys()].join(", ")}`);
  const templates = type.templates.map(({ name: source, text }) => ({
    skeleton: parseSkeleton(utf8(text), { name: source, line: 1, column: 1 }),
    source,
  }));
  return { templates, weight, order: type.order };
}

/**
 * What the slots of a design need to be there.
 *
 * @example
 * ```ts
 * import { builtInGroup, slotNeeds } from "./compose.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([...slotNeeds({ groups: [builtInGroup("orm", 1)], settings: [] })], ["patients"]);
 * ```
 */
export function slotNeeds({ groups, settings }: Pick<FeedDesign, "groups" | "settings">): Set<"patients" | "csv"> {
  const skeletons = [
    ...groups.flatMap(({ templates }) => templates.map(({ skeleton }) => skeleton)),
    ...settings.map(({ value }) => value),
  ];
  const needs = skeletons.flatMap(({ slots }) => slots.map(({ kind }) => kind.needs));
  return new Set(needs.filter((need) => need !== undefined));
}

/**
 * The source of a design's messages. Plain messages in turn make a plain `Feed`.
 *
 * @throws RangeError that names what is wrong: the message, or file, line and column of a slot
 *
 * @example
 * ```ts
 * import { builtInGroup, composeFeed } from "./compose.ts";
 * import { PatientPool } from "./patients.ts";
 * import { latin1 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const marta = { family: "Muster", given: "Marta", mrn: "900417", dob: "19800229", sex: "F" };
 * const home = { street: "70 Sample Street", city: "Testham", zip: "00017", phone: "5550100" };
 * const source = composeFeed({
 *   groups: [builtInGroup("adt", 70), builtInGroup("oru", 30)],
 *   seed: 7, raw: false, settings: [], shuffle: false, keepOrder: null,
 *   patients: new PatientPool([{ ...marta, ...home }]), csv: null,
 * });
 * assert.ok(latin1(source.render(0, 0)).includes("|Muster^Marta^"));
 * ```
 */
export function composeFeed(design: FeedDesign): MessageSource {
  const { groups, seed, raw, settings, shuffle, keepOrder } = design;
  refuseSameId(design);
  refuseNowhere(design);
  const set = groups.map(({ templates }) =>
    templates.map(({ skeleton, source }) => ({ skeleton: applySettings(skeleton, settings, source), source }))
  );
  const keepTime = settings.some(({ path }) => isHeaderField(path, 7));
  const plain = !keepTime && set.every((all) => all.every(({ skeleton }) => skeleton.slots.length === 0));
  if (plain && groups.length === 1 && groups[0].order === "given" && !shuffle && keepOrder === null) {
    return new Feed(set[0].map(({ skeleton }) => skeleton.bytes), { seed, raw });
  }
  const documents = new Documents(seed);
  const member = ({ skeleton, source }: FeedTemplate): GroupMember => {
    if (skeleton.slots.length === 0 && !keepTime) {
      const lane = keepOrder === null ? null : fixedKey(keepOrder.first(skeleton.bytes));
      return { shape: new PlainMessage(skeleton.bytes, { seed, raw }), lane };
    }
    const shape = new SlotMessage(skeleton, { ...design, documents, keepTime, source });
    return { shape, lane: keepOrder === null ? null : shape.laneKey(keepOrder) };
  };
  const made = set.map((templates) => templates.map(member));
  if (keepOrder !== null && made.every((all) => all.every(({ lane }) => lane === null))) {
    throw new RangeError(`Cannot keep the order by ${keepOrder.text}: no message has a value there`);
  }
  const turns = groups.map((group, g) => turnOf(group, made[g], design, g));
  const storyGroup = turns.findIndex((turn) => turn instanceof Story);
  return new MixedFeed({
    groups: groups.map(({ weight }, g): MessageGroup => ({ members: made[g], turn: turns[g], weight })),
    seed,
    story: storyGroup < 0 ? undefined : { group: storyGroup, of: turns[storyGroup] as Story },
    keepOrder: keepOrder !== null,
  });
}

function turnOf(group: TemplateGroup, members: readonly GroupMember[], design: FeedDesign, g: number): Turn {
  const { seed, shuffle, keepOrder, patients } = design;
  // Each group in an order of its own.
  const own = (seed + Math.imul(g + 1, 0x9e3779b9)) >>> 0;
  if (group.order === "story") {
    return new Story(members.length, Math.min(STORY_WIDTH, patients?.patients.length ?? 1), own);
  }
  if (group.order === "drawn") return new Shuffled(members.length, own, { stayEach: true });
  if (!shuffle) return new InTurn(members.length);
  const keys = keepOrder === null ? undefined : members.map(({ lane }) => lane?.expression ?? null);
  return new Shuffled(members.length, own, { keys });
}

function isHeaderField({ parts }: FieldPath, field: number): boolean {
  return parts.segment === "MSH" && parts.field === field;
}

/** What is set only where there is a place for it needs one place at least. */
function refuseNowhere({ groups, settings }: FeedDesign): void {
  for (const setting of settings) {
    if (!setting.wherePresent) continue;
    if (groups.some(({ templates }) => templates.some(({ skeleton }) => hasPlaceFor(skeleton, setting)))) continue;
    throw new RangeError(`Cannot set ${setting.path.text}: no message has a place for it`);
  }
}

/** A control id set by hand has to be another in each message. */
function refuseSameId({ settings, raw }: FeedDesign): void {
  const last = settings.findLast(({ path }) => isHeaderField(path, 10));
  if (raw || last === undefined || last.value.slots.some(({ kind, args }) => kind.unique?.(args))) return;
  throw new RangeError(
    `Cannot set MSH-10 to "${last.text}": messages would have the same control id; wanted ${UNIQUE_SLOTS} in it`,
  );
}
