/**
 * A message with slots, compiled once and made anew for each use. As every message of a run it gets a
 * control id and a fresh time stamp, unless its author put slots or a value there.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { latin1, NO_BYTES } from "../bytes.ts";
import { type Awaited, awaited } from "../hl7/ack_awaited.ts";
import { acksDue, acksDueOf } from "../hl7/ack_mode.ts";
import { AckScan } from "../hl7/ack_scan.ts";
import { HeaderScan } from "../hl7/header.ts";
import type { FieldPath } from "../hl7/path.ts";
import { NO_SEPARATOR, type Separators } from "../hl7/separators.ts";
import { Escaping } from "./escaping.ts";
import { fieldPlaces, valueInField } from "./field_place.ts";
import { fixedKey, hashOf, type LaneKey, NO_KEY } from "./lane_key.ts";
import { MessageBuffer } from "./message_buffer.ts";
import type { MessageShape } from "./message_shape.ts";
import type { Occasion } from "./occasion.ts";
import { type Skeleton, slotError, slotsIn, splice } from "./skeleton.ts";
import { type SlotEnvironment, SlotParts } from "./slot_parts.ts";
import { slotNamed, UNIQUE_SLOTS } from "./slots.ts";

/** How a message with slots is compiled. */
export interface SlotMessageOptions extends Omit<SlotEnvironment, "escaping"> {
  /** Leave MSH-10 and MSH-7 as they stand, slots apart. */
  readonly raw: boolean;
  /** Whether MSH-7 is as its author wants it, though no slot stands there. */
  readonly keepTime: boolean;
  /** The message's name, for errors. */
  readonly source: string;
}

const TIME = 7;
const CONTROL_ID = 10;
/** MSH-15 and MSH-16 say which acknowledgements are due. */
const ACCEPT = 15;
const APPLICATION = 16;

/**
 * One message with slots.
 *
 * @example
 * ```ts
 * import { SlotMessage } from "./slot_message.ts";
 * import { Documents } from "./document.ts";
 * import { MessageBuffer } from "./message_buffer.ts";
 * import { parseSkeleton } from "./skeleton.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const skeleton = parseSkeleton(
 *   utf8("MSH|^~\\&|A|B|C|D|||ADT^A01|X{{seq}}|P|2.5\rPID|1||{{int 5 5}}\r"),
 *   { name: "adt.hl7", line: 1, column: 1 },
 * );
 * const message = new SlotMessage(skeleton, {
 *   seed: 7, documents: new Documents(7), patients: null, csv: null, raw: false, keepTime: false, source: "adt.hl7",
 * });
 * const bytes = message.render(12, Date.UTC(2026, 0, 31), 0, 0, new MessageBuffer());
 * assert.equal(latin1(bytes), "MSH|^~\\&|A|B|C|D|20260131000000.000||ADT^A01|X12|P|2.5\rPID|1||5\r");
 * assert.equal(latin1(message.controlId), "X12");
 * ```
 */
export class SlotMessage implements MessageShape {
  readonly hasId: boolean;
  readonly asksForBoth: boolean;
  controlId: Uint8Array = NO_BYTES;
  awaited: Awaited = "application";
  readonly #skeleton: Skeleton;
  readonly #parts: SlotParts;
  readonly #separators: Separators | null;
  /** Whether it depends on slots which acknowledgement settles it. */
  readonly #asksAnew: boolean;
  readonly #header = new HeaderScan();
  readonly #msa = new AckScan();
  readonly #of: { -readonly [Name in keyof Occasion]: number } = { k: 0, epochMs: 0, offsetMinutes: 0, stay: 0 };

  /**
   * @throws RangeError that names the message or the slot's place: a slot where separators are declared, an
   * MSH-10 that could be the same in two messages, no usable MSH segment, arguments that make no sense
   */
  constructor(skeleton: Skeleton, options: SlotMessageOptions) {
    const header = new HeaderScan();
    const usable = header.scan(skeleton.bytes);
    const hl7 = header.problem !== "no_msh";
    if (hl7 && !usable && !options.raw) {
      const found = latin1(skeleton.bytes, 0, 12).replace(/[^\x20-\x7e]/g, ".");
      throw new RangeError(
        `Cannot make messages of ${options.source}: found "${found}" (${header.problem}), wanted an MSH segment up to MSH-10`,
      );
    }
    if (hl7) refuseEarlySlots(skeleton, header);
    const whole = usable && !options.raw ? withIdAndTime(skeleton, header, options) : skeleton;
    this.#skeleton = whole;
    header.scan(whole.bytes);
    this.#separators = hl7 && header.problem !== "no_separators" ? { ...header.separators } : null;
    const environment = { ...options, escaping: new Escaping(this.#separators) };
    const id = { from: header.start(CONTROL_ID), to: header.end(CONTROL_ID) };
    this.#parts = SlotParts.compile(whole, environment, usable ? id : null);
    this.hasId = usable && (id.to > id.from || slotsIn(whole, id.from, id.to).some(({ kind }) => !kind.mayBeEmpty));
    const due = acksDue(whole.bytes);
    this.#asksAnew = usable &&
      [ACCEPT, APPLICATION].some((n) =>
        n <= header.fieldCount && slotsIn(whole, header.start(n), header.end(n)).length > 0
      );
    this.asksForBoth = this.#asksAnew || (due.accept !== "NE" && due.application !== "NE");
    if (hl7) this.awaited = awaited(due);
  }

  render(k: number, epochMs: number, offsetMinutes: number, stay: number, out: MessageBuffer): Uint8Array {
    const of = this.#of;
    of.k = k;
    of.epochMs = epochMs;
    of.offsetMinutes = offsetMinutes;
    of.stay = stay;
    const parts = this.#parts;
    parts.write(out, of);
    const bytes = out.view();
    const { markedFrom, markedTo } = parts;
    this.controlId = markedFrom === markedTo ? NO_BYTES : bytes.subarray(markedFrom, markedTo);
    if (this.#asksAnew) {
      this.#header.scan(bytes);
      this.#msa.scan(bytes);
      this.awaited = awaited(acksDueOf(this.#header, this.#msa));
    }
    return bytes;
  }

  /** What decides the lane: the value at a path; null where the message has none. */
  laneKey(path: FieldPath): LaneKey | null {
    const separators = this.#separators;
    if (separators === null) return null;
    const skeleton = this.#skeleton;
    // The field with all its repetitions and components: slots could bring some.
    const whole = { ...path.parts, repetition: 1, component: 0, subcomponent: 0 };
    const undivided = { ...separators, repetition: NO_SEPARATOR };
    const [place] = fieldPlaces(skeleton.bytes, undivided, { text: path.text, parts: whole });
    if (place === undefined || place.lead.length > 0) return null;
    const parts = this.#parts.slice(skeleton, place.from, place.to);
    const slots = slotsIn(skeleton, place.from, place.to);
    if (slots.length === 0) return fixedKey(path.first(skeleton.bytes));
    const scratch = new MessageBuffer();
    const of = { k: 0, epochMs: 0, offsetMinutes: 0, stay: 0 };
    const words = slots.map(({ at, text }) => `${at - place.from}{{${text}}}`);
    return {
      expression: [latin1(skeleton.bytes, place.from, place.to), ...words].join("\n"),
      hash(k, stay) {
        of.k = k;
        of.stay = stay;
        parts.write(scratch, of);
        const value = valueInField(scratch.view(), separators, path);
        return value === null ? NO_KEY : hashOf(value);
      },
    };
  }
}

/** MSH-1 and MSH-2 say how all the rest is read. */
function refuseEarlySlots(skeleton: Skeleton, header: HeaderScan): void {
  const [early] = slotsIn(skeleton, 0, Math.max(header.end(2), 4));
  if (early !== undefined) throw slotError(early.place, early.text, "no slot can stand before the end of MSH-2");
}

/** The message with slots for its control id and its time stamp, where none are and none are to be kept out. */
function withIdAndTime(skeleton: Skeleton, header: HeaderScan, options: SlotMessageOptions): Skeleton {
  const { source, keepTime } = options;
  const ids = slotsIn(skeleton, header.start(CONTROL_ID), header.end(CONTROL_ID));
  const own = (text: string): Skeleton => ({
    bytes: NO_BYTES,
    slots: [{ at: 0, ...slotNamed(text), text, place: source }],
  });
  let result = skeleton;
  if (ids.length > 0) {
    if (!ids.some(({ kind, args }) => kind.unique?.(args))) {
      const [{ place, text }] = ids;
      throw slotError(
        place,
        text,
        `alone it cannot make a control id that no other message has; wanted ${UNIQUE_SLOTS} in MSH-10, or no slot`,
      );
    }
  } else result = splice(result, header.start(CONTROL_ID), header.end(CONTROL_ID), own("control_id"));
  const times = slotsIn(skeleton, header.start(TIME), header.end(TIME));
  if (times.length > 0 || keepTime) return result;
  // MSH-7 stands before MSH-10: its place is still the same.
  return splice(result, header.start(TIME), header.end(TIME), own("now"));
}
