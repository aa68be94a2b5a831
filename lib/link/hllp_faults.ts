/**
 * Faults of the lower layer that HLLP can commit on purpose, for mock receivers: one table says what each changes. It
 * knows no state of a dialogue.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { latin1, sameBytes, utf8 } from "../bytes.ts";
import { HLLP_NAK_CODES, HLLP_UNCHECKED, type HllpNakCode } from "../framing/hllp_block.ts";

/** From the end of a block: `ccccc xxx EB CR`. */
const COUNT = 10;
const CHECKSUM = 5;

/** `D`, the second byte of a block of data. */
const DATA = 0x44;

/** What a fault changes: a block of data that is written, or the answer to a good block that came. */
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
    change: (block: Uint8Array): Uint8Array => changed(block, CHECKSUM, 3, (sum) => (sum + 1) % 256),
  },
  bad_count: {
    about: "block says that it is a byte longer than it is",
    on: "block",
    change: (block: Uint8Array): Uint8Array => changed(block, COUNT, 5, (count) => (count + 1) % 100_000),
  },
  unchecked: {
    about: "block has the checksum 999, which says that it is not to be looked at",
    on: "block",
    change: (block: Uint8Array): Uint8Array => changed(block, CHECKSUM, 3, () => Number(HLLP_UNCHECKED)),
  },
  link_nak: { about: "good block is answered with a NAK", on: "answer" },
} as const satisfies Readonly<Record<string, HllpFault>>;

/** The name of a fault. */
export type HllpFaultName = keyof typeof HLLP_FAULTS;

const TABLE: Readonly<Record<string, HllpFault>> = HLLP_FAULTS;

/** One that is armed. */
interface Armed {
  readonly code: HllpNakCode;
  left: number;
  /** It has struck a block. */
  begun: boolean;
}

/**
 * The faults that are armed and have not happened yet. What strikes a block of data strikes that one alone, as often as it is
 * written, and is forgotten with it.
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
  readonly #armed = new Map<HllpFaultName, Armed>();
  /** The block that was written last since the peer's last message; `null` for none, or none that matters. */
  #last: Uint8Array | null = null;

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
    this.#armed.set(name, { code, left: times, begun: false });
  }

  /** A block as it is to be written. */
  block(block: Uint8Array): Uint8Array {
    if (this.#armed.size === 0 || block[1] !== DATA) return block;
    if (this.#last === null || !sameBytes(block, this.#last)) this.#forget();
    this.#last = block;
    let bytes = block;
    for (const [name, armed] of this.#armed) {
      const fault = TABLE[name];
      if (fault.on !== "block") continue;
      bytes = fault.change(bytes);
      armed.begun = true;
      this.#use(name);
    }
    return bytes;
  }

  /** The NAK code that a good block is answered with; `null` if it is taken. */
  answer(): HllpNakCode | null {
    this.#last = null;
    return this.#armed.has("link_nak") ? this.#use("link_nak") : null;
  }

  /** The block before is not written again. */
  #forget(): void {
    for (const [name, { begun }] of this.#armed) if (begun) this.#armed.delete(name);
  }

  #use(name: HllpFaultName): HllpNakCode | null {
    const armed = this.#armed.get(name);
    if (armed === undefined) return null;
    if (--armed.left === 0) this.#armed.delete(name);
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
