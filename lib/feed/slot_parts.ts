/**
 * A skeleton compiled: static bytes and writers in turn. It knows nothing of what the bytes mean.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { MessageBuffer } from "./message_buffer.ts";
import type { Occasion } from "./occasion.ts";
import { type Skeleton, slotError, slotsIn } from "./skeleton.ts";
import type { SlotSetting, SlotWriter } from "./slots.ts";

/** What slots are compiled with, but for what tells one from another. */
export type SlotEnvironment = Omit<SlotSetting, "scope">;

/**
 * A skeleton, or a range of one, that can be written for any occasion.
 *
 * @example
 * ```ts
 * import { SlotParts } from "./slot_parts.ts";
 * import { Documents } from "./document.ts";
 * import { Escaping } from "./escaping.ts";
 * import { MessageBuffer } from "./message_buffer.ts";
 * import { parseSkeleton } from "./skeleton.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const skeleton = parseSkeleton(utf8("ZID|{{seq}}|X"), { name: "example", line: 1, column: 1 });
 * const environment = { seed: 7, escaping: new Escaping(null), documents: new Documents(7), patients: null, csv: null };
 * const parts = SlotParts.compile(skeleton, environment);
 * const out = new MessageBuffer();
 * parts.write(out, { k: 12, epochMs: 0, offsetMinutes: 0, stay: 0 });
 * assert.equal(latin1(out.view()), "ZID|12|X");
 * ```
 */
export class SlotParts {
  /** Where the mark given to `compile` began in what was last written, and where it ended; 0 without one. */
  markedFrom = 0;
  markedTo = 0;

  private constructor(
    readonly chunks: readonly Uint8Array[],
    readonly writers: readonly SlotWriter[],
    readonly from: ChunkPlace,
    readonly to: ChunkPlace,
  ) {}

  /**
   * Compiles a skeleton. Where in it the mark is, if any, is found again after writing.
   *
   * @throws RangeError with the slot's place for arguments that make no sense, or a column that is not there
   */
  static compile(skeleton: Skeleton, environment: SlotEnvironment, mark: Range | null = null): SlotParts {
    const { bytes, slots } = skeleton;
    const starts = [0, ...slots.map(({ at }) => at)];
    const chunks = starts.map((start, i) => bytes.slice(start, starts[i + 1] ?? bytes.length));
    const writers = slots.map(({ kind, args, text, place }, i) => {
      try {
        return kind.compile(args, { ...environment, scope: String(i) });
      } catch (error) {
        throw slotError(place, text, (error as RangeError).message);
      }
    });
    if (mark === null) return new SlotParts(chunks, writers, NOWHERE, NOWHERE);
    const before = slots.filter(({ at }) => at < mark.from).length;
    const upTo = slots.filter(({ at }) => at <= mark.to).length;
    const from = { chunk: before, offset: mark.from - starts[before] };
    const to = { chunk: upTo, offset: mark.to - starts[upTo] };
    return new SlotParts(chunks, writers, from, to);
  }

  /** The parts of `[from, to]` of the skeleton these were compiled from: the same slots, the same values. */
  slice(skeleton: Skeleton, from: number, to: number): SlotParts {
    const { slots, bytes } = skeleton;
    const inside = slotsIn(skeleton, from, to);
    const first = inside.length === 0 ? 0 : slots.indexOf(inside[0]);
    const ends = [from, ...inside.map(({ at }) => at), to];
    const chunks = ends.slice(1).map((end, i) => bytes.slice(ends[i], end));
    return new SlotParts(chunks, this.writers.slice(first, first + inside.length), NOWHERE, NOWHERE);
  }

  /** Writes it from the beginning of `out`. */
  write(out: MessageBuffer, of: Occasion): void {
    const { chunks, writers, from, to } = this;
    out.clear();
    for (let i = 0; i < chunks.length; i++) {
      if (i === from.chunk) this.markedFrom = out.length + from.offset;
      if (i === to.chunk) this.markedTo = out.length + to.offset;
      out.put(chunks[i]);
      if (i < writers.length) writers[i](out, of);
    }
  }
}

/** Bytes of a skeleton, and the slots in and around them. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** A place in one of the chunks, counted from its beginning. */
interface ChunkPlace {
  readonly chunk: number;
  readonly offset: number;
}

const NOWHERE: ChunkPlace = { chunk: -1, offset: 0 };
