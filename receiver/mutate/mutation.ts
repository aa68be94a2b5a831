/**
 * What can be done to the bytes of a reply's frame, as written in a rule and as planned for one message. Each kind of
 * damage has its own types, in its own file.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Bom } from "./kinds/bom.ts";
import type { Charset } from "./kinds/charset.ts";
import type { CorruptSpec, PlannedCorrupt } from "./kinds/corrupt.ts";
import type { DoubleStart } from "./kinds/double_start.ts";
import type { DropEndBlock } from "./kinds/drop_end_block.ts";
import type { DropEndData } from "./kinds/drop_end_data.ts";
import type { DropLastCr } from "./kinds/drop_last_cr.ts";
import type { DropStart } from "./kinds/drop_start.ts";
import type { EmbedStart } from "./kinds/embed_start.ts";
import type { EmptyFrame } from "./kinds/empty_frame.ts";
import type { EndData } from "./kinds/end_data.ts";
import type { Endless } from "./kinds/endless.ts";
import type { Keepalive } from "./kinds/keepalive.ts";
import type { NotHl7 } from "./kinds/not_hl7.ts";
import type { NulFill } from "./kinds/nul_fill.ts";
import type { PadTo } from "./kinds/pad_to.ts";
import type { Prefix } from "./kinds/prefix.ts";
import type { SegmentEnds } from "./kinds/segment_ends.ts";
import type { SeparatorsSpec } from "./kinds/separators.ts";
import type { Suffix } from "./kinds/suffix.ts";
import type { Truncate } from "./kinds/truncate.ts";

/** Those that are planned as they are written: nothing is drawn. */
type Settled =
  | Bom
  | Charset
  | DoubleStart
  | DropEndBlock
  | DropEndData
  | DropLastCr
  | DropStart
  | EmbedStart
  | EmptyFrame
  | EndData
  | Endless
  | Keepalive
  | NotHl7
  | NulFill
  | PadTo
  | Prefix
  | SegmentEnds
  | SeparatorsSpec
  | Suffix
  | Truncate;

/** As written: the damage by name, with its value where it has one. */
export type MutationSpec = Settled | CorruptSpec;

/** As planned for one message: plain values, drawn ones included. */
export type PlannedMutation = Settled | PlannedCorrupt;

/** The name of a mutation. */
export type MutationName = MutationSpec["kind"];
