/**
 * Mutations that do not go together, as one table: those of which one would leave nothing for the other to do, and those
 * that make sense in one order only.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { MutationName, MutationSpec } from "./mutation.ts";
import { mutationKind } from "./registry.ts";

/** A mutation, or a mutation with one of its values. */
type Named =
  | MutationName
  | `charset: ${string}`
  | `not_hl7: ${string}`
  | `segment_ends: ${string}`;

/** Each of `these` with each of `those`: never in one list, or only before it. */
interface Row {
  readonly these: readonly Named[];
  readonly may: "not stand beside" | "stand only before";
  readonly those: readonly Named[];
  readonly because: string;
}

/** They read segments. */
const OF_SEGMENTS = ["separators", "segment_ends", "drop_last_cr", "pad_to"] as const;

const TABLE: readonly Row[] = [
  {
    these: ["drop_start"],
    may: "not stand beside",
    those: ["double_start"],
    because: "a start block that is left out cannot be doubled",
  },
  {
    these: ["drop_end_data"],
    may: "not stand beside",
    those: ["end_data"],
    because: "an end that is left out cannot be another one",
  },
  {
    these: ["empty_frame"],
    may: "not stand beside",
    those: ["embed_start", "nul_fill", "endless", "corrupt", ...OF_SEGMENTS, "charset", "bom", "not_hl7"],
    because: "an empty frame has no content",
  },
  {
    these: ["endless"],
    may: "not stand beside",
    those: ["drop_end_block", "drop_end_data", "end_data", "suffix", "truncate"],
    because: "an endless frame never comes to its end",
  },
  {
    these: ["truncate"],
    may: "not stand beside",
    those: ["drop_end_block", "drop_end_data", "end_data"],
    because: "the frame is cut off before its end",
  },
  {
    these: ["not_hl7: http"],
    may: "not stand beside",
    those: [
      "drop_start",
      "double_start",
      "embed_start",
      "drop_end_block",
      "drop_end_data",
      "end_data",
      "endless",
      "charset",
      "bom",
    ],
    because: "an HTTP response comes instead of the whole frame",
  },
  {
    these: ["not_hl7"],
    may: "not stand beside",
    those: ["nul_fill", ...OF_SEGMENTS],
    because: "what is no HL7 has no segments, and is no NULs",
  },
  {
    these: ["nul_fill"],
    may: "not stand beside",
    those: ["separators", "segment_ends", "drop_last_cr", "charset", "bom"],
    because: "of the content only its length is left",
  },
  {
    these: ["segment_ends: none"],
    may: "not stand beside",
    those: ["drop_last_cr"],
    because: "no segment has an end that could be left out",
  },
  {
    these: ["pad_to"],
    may: "stand only before",
    those: ["segment_ends: none", "drop_last_cr", "nul_fill"],
    because: "it adds segments of its own, with their ends",
  },
  {
    these: ["not_hl7"],
    may: "stand only before",
    those: ["charset", "bom"],
    because: "what comes instead of the content is encoded, not what went",
  },
  {
    these: ["separators", "pad_to"],
    may: "stand only before",
    those: ["charset", "bom"],
    because: "it reads the separators where MSH begins, in ASCII",
  },
  {
    these: ["segment_ends", "drop_last_cr"],
    may: "stand only before",
    those: ["charset"],
    because: "it looks for segments' ends in ASCII",
  },
  {
    these: [...OF_SEGMENTS, "charset", "bom", "nul_fill", "not_hl7"],
    may: "stand only before",
    those: ["embed_start", "corrupt", "truncate"],
    because: "damage is done to the content as it is sent",
  },
  {
    these: ["empty_frame"],
    may: "stand only before",
    those: ["truncate"],
    because: "damage is done to the content as it is sent",
  },
  {
    these: ["bom"],
    may: "stand only before",
    those: ["charset: utf-16le", "charset: utf-16be"],
    because: "the mark is encoded with the text",
  },
  {
    these: ["charset: iso-8859-1"],
    may: "stand only before",
    those: ["bom"],
    because: "the mark has no place in ISO 8859-1",
  },
  {
    these: ["truncate"],
    may: "stand only before",
    those: ["suffix"],
    because: "what is behind the frame would be cut off",
  },
];

/**
 * Why two mutations, the one written before the other, do not go together; `null` if they do.
 *
 * @example
 * ```ts
 * import { conflictOf } from "./conflicts.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(
 *   conflictOf({ kind: "drop_start" }, { kind: "double_start" }),
 *   "double_start may not stand beside drop_start: a start block that is left out cannot be doubled",
 * );
 * assert.equal(conflictOf({ kind: "bom" }, { kind: "double_start" }), null);
 * ```
 */
export function conflictOf(first: MutationSpec, second: MutationSpec): string | null {
  const { kind } = second;
  if (first.kind === kind) {
    return mutationKind(kind).adds ? null : `${kind} stands there twice, wanted once: the second one has nothing to do`;
  }
  const before = namesOf(first);
  const behind = namesOf(second);
  for (const { these, may, those, because } of TABLE) {
    const turned = meeting(behind, these) !== null && meeting(before, those) !== null;
    if (may === "stand only before") {
      if (turned) {
        return `${meeting(behind, these)} may stand only before ${meeting(before, those)}: ${because}`;
      }
    } else if (turned || (meeting(before, these) !== null && meeting(behind, those) !== null)) {
      const [one, other] = turned ? [those, these] : [these, those];
      return `${meeting(behind, other)} may not stand beside ${meeting(before, one)}: ${because}`;
    }
  }
  return null;
}

/** The name of a mutation, and the one with its value. */
function namesOf(spec: MutationSpec): readonly string[] {
  const variant = mutationKind(spec.kind).variant?.(spec);
  return variant === undefined ? [spec.kind] : [spec.kind, `${spec.kind}: ${variant}`];
}

/** The name of those that is in a column; `null` if none is. */
function meeting(names: readonly string[], column: readonly Named[]): string | null {
  return names.find((name) => (column as readonly string[]).includes(name)) ?? null;
}
