/**
 * Fields set over messages: `MSH-5=LAB`, `PID-5.1={{patient.family}}`, and only over those that have the segment
 * `OBX-5?=99`. The value stands in the message as it is written, components and all; only what slots put into it
 * is escaped.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { utf8 } from "../bytes.ts";
import { type FieldPath, parsePath } from "../hl7/path.ts";
import { isHeaderSegment, readSeparators, type Separators } from "../hl7/separators.ts";
import { fieldPlaces } from "./field_place.ts";
import { parseSkeleton, type Skeleton, splice } from "./skeleton.ts";

/** A field and the value it gets. */
export interface FieldSetting {
  readonly path: FieldPath;
  readonly value: Skeleton;
  /** The value as it was written. */
  readonly text: string;
  /** Whether a message without the segment stays as it is; else it is an error. */
  readonly wherePresent: boolean;
}

/**
 * Reads `PATH=VALUE` or `PATH?=VALUE`.
 *
 * @throws RangeError for no path or one that cannot be set, a control character, or a bad slot
 *
 * @example
 * ```ts
 * import { parseSetting } from "./setting.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseSetting("MSH-5=LAB").path.parts.field, 5);
 * assert.throws(() => parseSetting("MSH-2=#"), /Cannot set MSH-2/);
 * ```
 */
export function parseSetting(text: string): FieldSetting {
  const equals = text.indexOf("=");
  if (equals < 0) throw new RangeError(`Cannot read '${text}' as a field to set: wanted PATH=VALUE, such as MSH-5=LAB`);
  const wherePresent = text[equals - 1] === "?";
  const path = parsePath(text.slice(0, wherePresent ? equals - 1 : equals).trim());
  const { segment, field } = path.parts;
  if (field === 0) throw new RangeError(`Cannot set ${path.text}: wanted a field of it, such as ${path.text}-3`);
  const header = segment === "MSH" || segment === "FHS" || segment === "BHS";
  if (header && field <= 2) {
    throw new RangeError(`Cannot set ${path.text}: every other field is read by the separators that stand there`);
  }
  const value = text.slice(equals + 1);
  for (const char of value) {
    if (char < " ") {
      throw new RangeError(
        `Cannot set ${path.text}: the value holds a control character, which would end the segment or the frame`,
      );
    }
  }
  const place = { name: path.text, line: 0, column: equals + 2 };
  return { path, value: parseSkeleton(utf8(value), place), text: value, wherePresent };
}

/**
 * Whether a message has the segment that a field is to be set in.
 *
 * @example
 * ```ts
 * import { hasPlaceFor, parseSetting } from "./setting.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(hasPlaceFor({ bytes: utf8("MSH|^~\\&|A\r"), slots: [] }, parseSetting("PID-3=1")), false);
 * ```
 */
export function hasPlaceFor({ bytes }: Skeleton, { path }: FieldSetting): boolean {
  const separators = separatorsOf(bytes);
  return separators !== null && fieldPlaces(bytes, separators, path).length > 0;
}

function separatorsOf(bytes: Uint8Array): Separators | null {
  return isHeaderSegment(bytes, 0) ? readSeparators(bytes) : null;
}

/**
 * A message with the fields set, one after the other. Missing fields, repetitions and components are made;
 * a segment is not.
 *
 * @param source the message's name, for errors
 * @throws RangeError that names the message and the path: no HL7, no such segment, a value with the field separator in it
 *
 * @example
 * ```ts
 * import { applySettings, parseSetting } from "./setting.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const message = { bytes: utf8("MSH|^~\\&|A\rPID|1\r"), slots: [] };
 * const set = applySettings(message, [parseSetting("PID-3.4=LAB")], "adt.hl7");
 * assert.equal(latin1(set.bytes), "MSH|^~\\&|A\rPID|1||^^^LAB\r");
 * ```
 */
export function applySettings(message: Skeleton, settings: readonly FieldSetting[], source: string): Skeleton {
  const separators = separatorsOf(message.bytes);
  if (separators === null) {
    const must = settings.find(({ wherePresent }) => !wherePresent);
    if (must === undefined) return message;
    throw new RangeError(
      `Cannot set ${must.path.text} of ${source}: it does not begin with a readable MSH segment`,
    );
  }
  let result = message;
  for (const setting of settings) result = apply(result, setting, separators, source);
  return result;
}

function apply(message: Skeleton, setting: FieldSetting, separators: Separators, source: string): Skeleton {
  const { path, value, wherePresent } = setting;
  const action = `Cannot set ${path.text} of ${source}`;
  if (value.bytes.includes(separators.field)) {
    throw new RangeError(
      `${action}: the value holds the message's field separator "${String.fromCharCode(separators.field)}"`,
    );
  }
  const places = fieldPlaces(message.bytes, separators, path);
  if (places.length === 0 && wherePresent) return message;
  if (places.length === 0) {
    const { segment, segmentIndex } = path.parts;
    throw new RangeError(`${action}: it has no ${segment} segment${segmentIndex > 1 ? ` number ${segmentIndex}` : ""}`);
  }
  let result = message;
  // From the last to the first: what stands before keeps its place.
  for (const { from, to, lead } of places.reverse()) {
    const bytes = new Uint8Array([...lead, ...value.bytes]);
    const slots = value.slots.map((use) => ({ ...use, at: use.at + lead.length }));
    result = splice(result, from, to, { bytes, slots }, lead.length > 0);
  }
  return result;
}
