/**
 * The slots of templates: `{{name arguments}}`, each an entry of one table that says what it stands for and
 * makes the function that writes it. It knows nothing of where in a message a slot stands.
 *
 * Every value is a function of the seed and the message's number, time and stay. Where a slot's value is
 * invented or read from a file, HL7's separators in it are escaped; the choices of `pick` are the template
 * author's words and go in as they are.
 *
 * To add a slot, add an entry.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { utf8 } from "../bytes.ts";
import { controlIdPrefix } from "../hl7/patch.ts";
import { TIMESTAMP_LENGTH, TIMESTAMP_SECONDS_LENGTH, TimestampWriter } from "../hl7/timestamp.ts";
import { draw } from "../random.ts";
import { nearest, parseDuration, parseSize } from "../values.ts";
import type { CsvTable } from "./csv_table.ts";
import type { Documents } from "./document.ts";
import type { Escaping } from "./escaping.ts";
import type { MessageBuffer } from "./message_buffer.ts";
import type { Occasion } from "./occasion.ts";
import { PATIENT_FIELDS, type PatientPool } from "./patients.ts";
import { VISIT_FIELDS, visitWriter } from "./visits.ts";

/** Writes a slot's value. Does not throw. */
export type SlotWriter = (out: MessageBuffer, of: Occasion) => void;

/** What a slot is compiled with. */
export interface SlotSetting {
  readonly seed: number;
  /** Tells the draws of one slot of a message from those of another. */
  readonly scope: string;
  /** How values are written in the message the slot stands in. */
  readonly escaping: Escaping;
  readonly documents: Documents;
  /** Null where none were made. */
  readonly patients: PatientPool | null;
  /** Null where none was given. */
  readonly csv: CsvTable | null;
}

/** A kind of slot. */
export interface SlotKind {
  /** The word after `{{`; for `csv.` what it begins with. */
  readonly name: string;
  /** How it is written. */
  readonly form: string;
  /** What it stands for, in a few words. */
  readonly about: string;
  /** Whether, with these arguments, no two messages of a run have the same value; absent for never. */
  unique?(args: string): boolean;
  /** Whether its value can be nothing at all. */
  readonly mayBeEmpty?: true;
  /** What has to be there before a run. */
  readonly needs?: "patients" | "csv";
  /** Makes the writer. Throws a `RangeError` for arguments that make no sense. */
  compile(args: string, setting: SlotSetting): SlotWriter;
}

/** Digits of the number in a control id, as in `MessageTemplate`. */
const CONTROL_ID_DIGITS = 12;
/** Our decision: a document beyond this is no message that anybody reads. */
const LARGEST_DOCUMENT = 64 * 1024 * 1024;
const DAY_MS = 86_400_000;
const FULL_STOP = 0x2e;

const PATIENT_ABOUT = `of an invented patient: ${PATIENT_FIELDS.join(", ")}`;
const VISIT_ABOUT = `of the patient's stay: ${VISIT_FIELDS.join(", ")}`;

/** How precise `now` can be, in bytes of a time stamp. */
const PRECISIONS: Readonly<Record<string, number>> = { day: 8, minute: 12, second: TIMESTAMP_SECONDS_LENGTH };

/** The table. */
export const SLOTS: readonly SlotKind[] = [
  {
    name: "control_id",
    form: "{{control_id}}",
    about: "the control id that MSH-10 gets if nothing else is put there",
    unique: () => true,
    compile(args, { seed }) {
      none(args);
      const prefix = utf8(controlIdPrefix(seed));
      return (out, { k }) => {
        out.put(prefix);
        out.digits(k, CONTROL_ID_DIGITS);
      };
    },
  },
  {
    name: "now",
    form: "{{now -2h day}}",
    about: "when it is sent, to the millisecond; shifted; to the day, minute, second",
    compile: compileNow,
  },
  {
    name: "seq",
    form: "{{seq 8}}",
    about: "its number in the run, from 0; its last so many digits, for MSH-10 at least 12",
    // With fewer digits it begins anew some time; and the numbers of a warm-up have twelve.
    unique: (args) => args === "" || Number(args) >= CONTROL_ID_DIGITS,
    compile(args) {
      if (args === "") return (out, { k }) => out.decimal(k);
      const width = /^\d+$/.test(args) ? Number(args) : 0;
      if (width < 1 || width > 15) throw new RangeError(`found "${args}", wanted how many digits: 1 to 15`);
      return (out, { k }) => out.digits(k, width);
    },
  },
  {
    name: "uuid",
    form: "{{uuid}}",
    about: "a UUID, the same wherever it stands in one message",
    unique: () => true,
    compile(args, { seed, escaping }) {
      none(args);
      return (out, { k }) => writeUuid(out, seed, k, escaping);
    },
  },
  ...PATIENT_FIELDS.map((field): SlotKind => ({
    name: `patient.${field}`,
    form: `{{patient.${field}}}`,
    about: PATIENT_ABOUT,
    needs: "patients",
    compile(args, { patients, escaping }) {
      none(args);
      if (patients === null) throw new RangeError("there are no patients to take it from");
      const values = patients.values(field);
      return (out, { stay }) => escaping.write(out, values[patients.indexOf(stay)]);
    },
  })),
  ...VISIT_FIELDS.map((field): SlotKind => ({
    name: `visit.${field}`,
    form: `{{visit.${field}}}`,
    about: VISIT_ABOUT,
    compile(args, { seed }) {
      none(args);
      return visitWriter(field, seed);
    },
  })),
  {
    name: "pick",
    form: "{{pick a|b|c}}",
    about: "one of these, drawn for each message",
    mayBeEmpty: true,
    compile(args, { seed, scope, escaping: { separators } }) {
      if (args === "") throw new RangeError('wanted choices with "|" between them: {{pick a|b|c}}');
      const choices = args.split("|").map((choice) => utf8(choice.trim()));
      // It would move every field behind it.
      const field = separators === null ? -1 : separators.field;
      const broken = choices.find((choice) => choice.includes(field));
      if (broken !== undefined) throw new RangeError("a choice holds the field separator of the message");
      return (out, { k }) => out.put(choices[Math.floor(drawn(seed, "pick", scope, k) * choices.length)]);
    },
  },
  {
    name: "int",
    form: "{{int 1 100}}",
    about: "a whole number, drawn for each message",
    compile(args, { seed, scope, escaping }) {
      const found = /^(-?\d{1,15})\s+(-?\d{1,15})$/.exec(args);
      if (found === null) throw new RangeError(`found "${args}", wanted two whole numbers: {{int 1 100}}`);
      const [low, high] = [Number(found[1]), Number(found[2])];
      if (low > high) throw new RangeError(`found ${low} above ${high}, wanted the lower number first`);
      if (low < 0 && !escaping.isPlain(0x2d)) throw new RangeError('"-" is a separator of the message');
      const span = high - low + 1;
      return (out, { k }) => out.decimal(low + Math.floor(drawn(seed, "int", scope, k) * span));
    },
  },
  {
    name: "csv.",
    form: "{{csv.COLUMN}}",
    about: "from the row of --csv-feed that message k takes",
    mayBeEmpty: true,
    needs: "csv",
    compile(args, { csv, escaping }) {
      if (csv === null) throw new RangeError("there is no --csv-feed to take it from");
      const values = csv.column(args);
      return (out, { k }) => escaping.write(out, values[k % values.length]);
    },
  },
  {
    name: "base64",
    form: "{{base64 64KB..2MB}}",
    about: "a document of that size before it became base64 text",
    compile(args, { seed, scope, documents, escaping }) {
      const [low, high] = args.split("..").length > 2 ? [""] : args.split("..");
      const least = parseSize(low.trim());
      const most = high === undefined ? least : parseSize(high.trim());
      if (least < 1 || least > most || most > LARGEST_DOCUMENT) {
        throw new RangeError(`found "${args}", wanted a size or two, the smaller first, from 1 to 64MiB`);
      }
      const clash = [..."+/="].find((char) => !escaping.isPlain(char.charCodeAt(0)));
      if (clash !== undefined) throw new RangeError(`"${clash}" is a separator of the message`);
      const span = most - least + 1;
      return (out, { k }) => {
        const size = least + Math.floor(drawn(seed, "size", scope, k) * span);
        documents.write(out, size, drawn(seed, "document", scope, k));
      };
    },
  },
];

/** The slots that make a control id, for errors. */
export const UNIQUE_SLOTS = "{{control_id}}, {{seq}}, {{seq 12}} or {{uuid}}";

/** Everything a slot can be called, for "did you mean". */
const NAMES: readonly string[] = SLOTS.map(({ name }) => name);

/**
 * The kind of slot, and its arguments, that the text between `{{` and `}}` names. Throws a `RangeError` that
 * says which one was meant, or lists all.
 *
 * @example
 * ```ts
 * import { slotNamed } from "./slots.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(slotNamed("int 1 100").kind.name, "int");
 * assert.equal(slotNamed("csv.last name").args, "last name");
 * assert.throws(() => slotNamed("patient.famly"), /did you mean {{patient.family}}/);
 * ```
 */
export function slotNamed(text: string): { readonly kind: SlotKind; readonly args: string } {
  if (text.startsWith("csv.")) return { kind: SLOTS.find(({ name }) => name === "csv.")!, args: text.slice(4) };
  const [word] = text.split(/\s/, 1);
  const kind = SLOTS.find(({ name }) => name === word);
  if (kind !== undefined && kind.name !== "csv.") return { kind, args: text.slice(word.length).trim() };
  const meant = nearest(word, NAMES, Math.ceil(word.length / 3));
  const instead = meant === null
    ? `wanted one of ${slotGuide().map(({ form }) => form).join(", ")}`
    : `did you mean ${SLOTS.find(({ name }) => name === meant)!.form}?`;
  throw new RangeError(`there is no slot of that name; ${instead}`);
}

/**
 * How each slot is written and what it stands for, the fields of patients and of stays together.
 *
 * @example
 * ```ts
 * import { slotGuide } from "./slots.ts";
 * import assert from "node:assert/strict";
 *
 * assert.ok(slotGuide().some(({ form }) => form === "{{patient.FIELD}}"));
 * ```
 */
export function slotGuide(): { readonly form: string; readonly about: string }[] {
  const guide = SLOTS.map(({ form, about }) => ({
    form: form.replace(/^{{(patient|visit)\..*/, "{{$1.FIELD}}"),
    about,
  }));
  return guide.filter(({ form }, i) => guide.findIndex((other) => other.form === form) === i);
}

function none(args: string): void {
  if (args !== "") throw new RangeError(`found "${args}" behind the name, wanted nothing`);
}

/** In [0, 1), for message `k`; also beyond 2^32, where `draw` alone would begin anew. */
function drawn(seed: number, name: string, scope: string, k: number): number {
  const high = Math.floor(k / 0x100000000);
  return draw(high === 0 ? seed : (seed ^ Math.imul(high, 0x9e3779b9)) >>> 0, name, scope, k);
}

function compileNow(args: string, { escaping }: SlotSetting): SlotWriter {
  let length: number | null = null;
  let shiftMs = 0;
  const words = args === "" ? [] : args.split(/\s+/);
  for (const word of words) {
    const shift = /^([+-])(?:(\d+)d)?(.*)$/.exec(word);
    if (shift !== null) {
      const [, sign, days, rest] = shift;
      const ms = Number(days ?? 0) * DAY_MS + (rest === "" && days !== undefined ? 0 : parseDuration(rest));
      shiftMs += sign === "-" ? -ms : ms;
    } else if (Object.hasOwn(PRECISIONS, word)) length = PRECISIONS[word];
    else throw new RangeError(`found "${word}", wanted a shift such as +1d or -2h30m, or day, minute, second`);
  }
  // A century either way keeps every time within the four digits of a year.
  if (!(Math.abs(shiftMs) <= 36_525 * DAY_MS)) throw new RangeError("wanted a shift of at most 36525d");
  const dotted = escaping.isPlain(FULL_STOP);
  const written = length ?? (dotted ? TIMESTAMP_LENGTH : TIMESTAMP_SECONDS_LENGTH);
  const time = new TimestampWriter();
  const stamped = written === TIMESTAMP_LENGTH ? TIMESTAMP_LENGTH : TIMESTAMP_SECONDS_LENGTH;
  return (out, { epochMs, offsetMinutes }) => {
    const at = out.reserve(stamped);
    time.write(out.bytes, at, epochMs + shiftMs, offsetMinutes, stamped);
    out.length = at + written;
  };
}

const HEX = utf8("0123456789abcdef");
const DASH = utf8("-");

/** A UUID of version 4 (RFC 9562), but for chance: its bits are those of seed and number, and its first 32 alone differ from message to message. */
function writeUuid(out: MessageBuffer, seed: number, k: number, escaping: Escaping): void {
  for (let word = 0; word < 4; word++) {
    let bits = Math.floor(drawn(seed, "uuid", UUID_WORDS[word], k) * 0x100000000);
    if (word === 1) bits = (bits & 0xffff0fff) | 0x4000;
    if (word === 2) bits = (bits & 0x3fffffff) | 0x80000000;
    for (let shift = 28; shift >= 0; shift -= 4) {
      // The dashes stand before characters 8, 12, 16 and 20.
      if ((shift === 28 && (word === 1 || word === 2)) || (shift === 12 && (word === 1 || word === 2))) {
        escaping.write(out, DASH);
      }
      const at = out.reserve(1);
      out.bytes[at] = HEX[(bits >>> shift) & 15];
    }
  }
}

const UUID_WORDS: readonly string[] = ["0", "1", "2", "3"];
