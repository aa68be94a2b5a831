/**
 * The mutations by name. To add one: a file with its types, its form and its `MutationKind`, its types in `mutation.ts`,
 * a line in the table here, and in `conflicts.ts` what it does not go together with.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { bom } from "./kinds/bom.ts";
import { charset } from "./kinds/charset.ts";
import { corrupt } from "./kinds/corrupt.ts";
import { doubleStart } from "./kinds/double_start.ts";
import { dropEndBlock } from "./kinds/drop_end_block.ts";
import { dropEndData } from "./kinds/drop_end_data.ts";
import { dropLastCr } from "./kinds/drop_last_cr.ts";
import { dropStart } from "./kinds/drop_start.ts";
import { embedStart } from "./kinds/embed_start.ts";
import { emptyFrame } from "./kinds/empty_frame.ts";
import { endData } from "./kinds/end_data.ts";
import { endless } from "./kinds/endless.ts";
import { keepalive } from "./kinds/keepalive.ts";
import { notHl7 } from "./kinds/not_hl7.ts";
import { nulFill } from "./kinds/nul_fill.ts";
import { padTo } from "./kinds/pad_to.ts";
import { prefix } from "./kinds/prefix.ts";
import { segmentEnds } from "./kinds/segment_ends.ts";
import { separators } from "./kinds/separators.ts";
import { suffix } from "./kinds/suffix.ts";
import { truncate } from "./kinds/truncate.ts";
import type { MutationName, MutationSpec, PlannedMutation } from "./mutation.ts";
import type { MutationKind } from "./parts.ts";

const MUTATIONS = {
  drop_start: dropStart,
  double_start: doubleStart,
  embed_start: embedStart,
  drop_end_block: dropEndBlock,
  drop_end_data: dropEndData,
  end_data: endData,
  prefix,
  suffix,
  keepalive,
  empty_frame: emptyFrame,
  nul_fill: nulFill,
  pad_to: padTo,
  truncate,
  endless,
  corrupt,
  segment_ends: segmentEnds,
  drop_last_cr: dropLastCr,
  separators,
  charset,
  bom,
  not_hl7: notHl7,
} satisfies {
  [N in MutationName]: MutationKind<Extract<MutationSpec, { kind: N }>, Extract<PlannedMutation, { kind: N }>>;
};

/** The names of all mutations. */
export const MUTATION_NAMES: readonly MutationName[] = Object.freeze(Object.keys(MUTATIONS) as MutationName[]);

/**
 * The kind of a mutation.
 *
 * @example
 * ```ts
 * import { mutationKind } from "./registry.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(mutationKind("drop_start").bare, { kind: "drop_start" });
 * assert.equal(mutationKind("prefix").bare, null);
 * ```
 */
export function mutationKind(name: MutationName): MutationKind<MutationSpec, PlannedMutation> {
  return MUTATIONS[name] as unknown as MutationKind<MutationSpec, PlannedMutation>;
}
