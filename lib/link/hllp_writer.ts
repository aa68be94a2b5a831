/**
 * What an HLLP link writes: blocks, with the faults that were asked for.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { SendBuffer } from "../send_buffer.ts";
import { ArmedHllpFaults } from "./hllp_faults.ts";
import type { LinkOutput } from "./link.ts";

/**
 * Blocks on their way out.
 *
 * @example
 * ```ts
 * import { HllpWriter } from "./hllp_writer.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const writer = new HllpWriter();
 * writer.faults.arm("unchecked", 1, "G");
 * writer.put(utf8("\x0bD21\r00005065\x1c\r"));
 * const output = writer.take();
 * assert.equal(output?.type === "bytes" && latin1(output.bytes), "\x0bD21\r00005999\x1c\r");
 * ```
 */
export class HllpWriter {
  readonly faults: ArmedHllpFaults = new ArmedHllpFaults();
  readonly #out = new SendBuffer();

  /** A block to be written. */
  put(block: Uint8Array): void {
    this.#out.append(this.faults.block(block));
  }

  /** All that is to be written now; `null` if nothing is. */
  take(): LinkOutput | null {
    const bytes = this.#out.take();
    return bytes === null ? null : { type: "bytes", bytes };
  }
}
