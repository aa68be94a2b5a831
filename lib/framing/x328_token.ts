/**
 * What a line that speaks ANSI X3.28 carries, as values: control sequences, blocks, aborts, and what is neither.
 * Reading them is `x328.ts`, writing them `x328_encode.ts`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { FramingCode } from "../errors.ts";
import type { FrameFault, NoiseReceived } from "./framer.ts";

/** The control sequences by name: bid, positive and negative acknowledgement, end, reverse interrupt. */
export type X328ControlName = "enq" | "ack" | "nak" | "eot" | "rint";

/** A control sequence, its CR included. */
export interface X328Control {
  readonly type: "control";
  readonly control: X328ControlName;
  /** The block number that an `ack` names, 0 to 7; 0 for all others. */
  readonly number: number;
  /** Offset in the stream of its first byte. */
  readonly offset: number;
}

/** A block whose checksum, length and end are right. Whether its number is the one due is the link's business. */
export interface X328Block {
  readonly type: "block";
  /** 0 to 7. */
  readonly number: number;
  /** Whether it ended with ETX, as the last block of a message does. */
  readonly last: boolean;
  /** A view, valid only during the sink's call. */
  readonly text: Uint8Array;
  /** Offset in the stream of its STX. */
  readonly offset: number;
}

/**
 * The master took a block back: `enq`, block abort (the block is void, the message goes on), or `eot`,
 * sending-station abort (EOT where ETX was due: the message is void).
 */
export interface X328Abort {
  readonly type: "abort";
  readonly by: "enq" | "eot";
  /** Offset in the stream of the block's STX. */
  readonly offset: number;
}

/** What the reader tells its sink. */
export type X328Token = X328Control | X328Block | X328Abort | NoiseReceived | FrameFault;

/** Where the reader's tokens go. */
export type X328Sink = (token: X328Token) => void;

/**
 * What can be wrong with a block:
 * `invalid_checksum` (BCC), `invalid_count`, `invalid_block_number`, `invalid_trailer` (no CR after the BCC),
 * `unexpected_start` (STX within a block, which starts another), `invalid_header` (SOH without STX),
 * `frame_too_large`, `truncated` (the stream or Timer B ended it).
 */
export type X328FaultCode =
  | Exclude<FramingCode, "invalid_content" | "invalid_boundary">
  | "invalid_checksum"
  | "invalid_count"
  | "invalid_block_number";
