/** Patients, templates and whole designs for the tests of lib/feed. */
import { latin1, utf8 } from "../../../lib/bytes.ts";
import type { FeedDesign, FeedTemplate, TemplateGroup } from "../../../lib/feed/compose.ts";
import { Documents } from "../../../lib/feed/document.ts";
import { MessageBuffer } from "../../../lib/feed/message_buffer.ts";
import { PatientPool } from "../../../lib/feed/patients.ts";
import { parseSkeleton } from "../../../lib/feed/skeleton.ts";
import { SlotMessage, type SlotMessageOptions } from "../../../lib/feed/slot_message.ts";
import type { MessageSource } from "../../../lib/load/message_source.ts";

/** Noon of a day, UTC. */
export const NOON = Date.UTC(2026, 0, 31, 12);

/** So many patients, each told from the others by every field. */
export function patientsOf(count: number): PatientPool {
  return new PatientPool(Array.from({ length: count }, (_, i) => ({
    family: `Muster${i}`,
    given: `Marta${i}`,
    mrn: String(900_000 + i),
    dob: String(19_000_101 + i),
    sex: i % 2 === 0 ? "F" : "M",
    street: `${i} Sample Street`,
    city: `Testham ${i}`,
    zip: String(10_000 + i),
    phone: String(5_550_100 + i),
  })));
}

/** A template with slots. */
export function template(text: string, source = "adt.hl7"): FeedTemplate {
  return { skeleton: parseSkeleton(utf8(text), { name: source, line: 1, column: 1 }), source };
}

/** A message as a file has it. */
export function plain(text: string, source = "adt.hl7"): FeedTemplate {
  return { skeleton: { bytes: utf8(text), slots: [] }, source };
}

/** Templates in their order. */
export function groupOf(templates: readonly FeedTemplate[], weight = 1): TemplateGroup {
  return { templates, weight, order: "given" };
}

/** A design with nothing but these groups, and 100 patients. */
export function designOf(groups: readonly TemplateGroup[], more: Partial<FeedDesign> = {}): FeedDesign {
  return {
    groups,
    seed: 7,
    raw: false,
    settings: [],
    shuffle: false,
    keepOrder: null,
    patients: patientsOf(100),
    csv: null,
    ...more,
  };
}

/** A header with an MSH-10, and whatever follows it. */
export function header(controlId = "X", rest = "|P|2.5"): string {
  return `MSH|^~\\&|A|B|C|D|20200101||ADT^A01|${controlId}${rest}\r`;
}

/** A message with slots. */
export function slotMessage(text: string, more: Partial<SlotMessageOptions> = {}): SlotMessage {
  return new SlotMessage(template(text).skeleton, {
    seed: 7,
    documents: new Documents(7),
    patients: patientsOf(100),
    csv: null,
    raw: false,
    keepTime: false,
    source: "adt.hl7",
    ...more,
  });
}

/** Message `k` of it, at noon UTC, about stay `stay`. */
export function rendered(message: SlotMessage, k: number, stay = k): string {
  return latin1(message.render(k, NOON, 0, stay, new MessageBuffer()));
}

/** Messages from 0 on, at noon. */
export function messagesOf(source: MessageSource, count: number): string[] {
  return Array.from({ length: count }, (_, k) => latin1(source.render(k, NOON)));
}
