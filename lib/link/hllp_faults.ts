/**
 * Faults of the lower layer that HLLP can commit on purpose, for mock receivers: one table says what each changes. It
 * knows no state of a dialogue.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { latin1, utf8 } from "../bytes.ts";
import { HLLP_NAK_CODES, HLLP_UNCHECKED, type HllpNakCode } from "../framing/hllp_block.ts";

/** From the end of a block: `ccccc xxx EB CR`. */
const COUNT = 10;
const CHECKSUM = 5;

/** What a fault changes: a block that is written, or the answer to a good block that came. */
export type HllpFault =
  & {
    /** In words, after "the next". */
    readonly about: string;
  }
  & (
    | { readonly on: "block"; readonly change: (block: Uint8Array) => Uint8Array }
    | { readonly on: "answer" }
  );

/** The table. */
export const HLLP_FAULTS = {
  bad_bcc: {
    about: "block has a wrong checksum",
    on: "block",
    // Never 999, which would say that it is not to be looked at.
    change: (block) => changed(block, CHECKSUM, 3, (sum) => (sum + 1) % 256),
  },
  bad_count: {
    about: "block says that it is a byte longer than it is",
    on: "block",
    change: (block) => changed(block, COUNT, 5, (count) => (count + 1) % 100_000),
  },
  unchecked: {
    about: "block has the checksum 999, which says that it is not to be looked at",
    on: "block",
    change: (block) => changed(block, CHECKSUM, 3, () => Number(HLLP_UNCHECKED)),
  },
  link_nak: { about: "good block is answered with a NAK", on: "answer" },
} as const satisfies Readonly<Record<string, HllpFault>>;

/** The name of a fault. */
export type HllpFaultName = keyof typeof HLLP_FAULTS;

const TABLE: Readonly<Record<string, HllpFault>> = HLLP_FAULTS;

/**
 * The faults that are armed and have not happened yet.
 *
 * @example
 * ```ts
 * import { ArmedHllpFaults } from "./hllp_faults.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const armed = new ArmedHllpFaults();
 * armed.arm("unchecked", 1, "G");
 * assert.equal(latin1(armed.block(utf8("\x0bD21\r00005065\x1c\r"))), "\x0bD21\r00005999\x1c\r");
 * assert.equal(latin1(armed.block(utf8("\x0bD21\r00005065\x1c\r"))), "\x0bD21\r00005065\x1c\r");
 * ```
 */
export class ArmedHllpFaults {
  readonly #left = new Map<HllpFaultName, { times: number; readonly code: HllpNakCode }>();

  /**
   * Arms one for so many times; `code` is what a NAK says. Again adds nothing, the new times count. Throws a `RangeError`
   * for an unknown name or code, and for times that are not a whole number of at least 1.
   */
  arm(name: HllpFaultName, times: number, code: HllpNakCode): void {
    if (!Object.hasOwn(TABLE, name)) {
      throw new RangeError(`Cannot arm the fault ${name}: expected one of ${Object.keys(TABLE).join(", ")}`);
    }
    if (!Number.isSafeInteger(times) || times < 1) {
      throw new RangeError(`Cannot arm the fault ${name} for ${times} times: expected a whole number of at least 1`);
    }
    if (!HLLP_NAK_CODES.includes(code)) {
      throw new RangeError(`Cannot arm the NAK code ${code}: expected one of ${HLLP_NAK_CODES.join(", ")}`);
    }
    this.#left.set(name, { times, code });
  }

  /** A block as it is to be written. */
  block(block: Uint8Array): Uint8Array {
    let bytes = block;
    for (const name of [...this.#left.keys()]) {
      const fault = TABLE[name];
      if (fault.on !== "block") continue;
      bytes = fault.change(bytes);
      this.#use(name);
    }
    return bytes;
  }

  /** The NAK code that a good block is answered with; `null` if it is taken. */
  answer(): HllpNakCode | null {
    return this.#left.has("link_nak") ? this.#use("link_nak") : null;
  }

  #use(name: HllpFaultName): HllpNakCode | null {
    const armed = this.#left.get(name);
    if (armed === undefined) return null;
    armed.times--;
    if (armed.times === 0) this.#left.delete(name);
    return armed.code;
  }
}

function changed(block: Uint8Array, fromEnd: number, digits: number, change: (value: number) => number): Uint8Array {
  const copy = new Uint8Array(block);
  const at = block.length - fromEnd;
  const value = change(Number(latin1(block, at, at + digits)));
  copy.set(utf8(String(value).padStart(digits, "0")), at);
  return copy;
}
