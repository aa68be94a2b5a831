/**
 * Faults of the lower layer that X3.28 can commit on purpose, for mock receivers: one table says what each changes
 * of the next thing sent. It knows no state of a dialogue.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { withBccOff, withLengthOff } from "../framing/x328_encode.ts";

/** A bid about to be made: how many ENQ, how much later. */
export interface X328Bid {
  readonly times: number;
  readonly delayMs: number;
}

/** What a fault changes: a block, a bid, the answer to a good block, the number in its acknowledgement, or whether a transfer ends with EOT. */
export type X328Fault =
  & {
    /** In words, after "the next". */
    readonly about: string;
    /** What the value says: how many times it happens, how many are sent at once, or a time. */
    readonly value: "times" | "count" | "ms";
  }
  & (
    | { readonly on: "block"; readonly change: (block: Uint8Array) => Uint8Array }
    | { readonly on: "bid"; readonly change: (bid: X328Bid, value: number) => X328Bid }
    | { readonly on: "answer"; readonly change: () => "nak" | "eot" }
    | { readonly on: "ack"; readonly change: (number: number) => number | "rint" }
    | { readonly on: "end"; readonly change: () => null }
  );

/** Where a fault can strike. */
export type X328FaultPlace = X328Fault["on"];

/** The table. */
export const X328_FAULTS = {
  bad_bcc: {
    about: "block has a wrong BCC",
    value: "times",
    on: "block",
    change: (block) => withBccOff(block, 1),
  },
  bad_count: {
    about: "block says that it is a byte longer than it is",
    value: "times",
    on: "block",
    change: (block) => withLengthOff(block, 1),
  },
  link_nak: { about: "good block is answered with NAK", value: "times", on: "answer", change: () => "nak" },
  eot: { about: "good block is answered with EOT", value: "times", on: "answer", change: () => "eot" },
  wrong_ack: {
    about: "acknowledgement names the block after",
    value: "times",
    on: "ack",
    change: (number) => (number + 1) & 7,
  },
  rint: { about: "acknowledgement is a RINT", value: "times", on: "ack", change: () => "rint" },
  enq_storm: {
    about: "bid is many bids",
    value: "count",
    on: "bid",
    change: (bid, value) => ({ ...bid, times: value }),
  },
  late_enq: { about: "bid comes late", value: "ms", on: "bid", change: (bid, value) => ({ ...bid, delayMs: value }) },
  no_eot: { about: "transfer has no EOT at its end", value: "times", on: "end", change: () => null },
} as const satisfies Readonly<Record<string, X328Fault>>;

/** The name of a fault. */
export type X328FaultName = keyof typeof X328_FAULTS;

const TABLE: Readonly<Record<string, X328Fault>> = X328_FAULTS;

/**
 * The faults that are armed and have not happened yet.
 *
 * @example
 * ```ts
 * import { ArmedFaults } from "./x328_fault.ts";
 * import assert from "node:assert/strict";
 *
 * const armed = new ArmedFaults();
 * armed.arm("link_nak", 2);
 * assert.deepEqual([armed.answer(), armed.answer(), armed.answer()], ["nak", "nak", null]);
 * ```
 */
export class ArmedFaults {
  readonly #left = new Map<X328FaultName, number>();

  /** Arms one; again adds nothing, the new value counts. Throws a `RangeError` for an unknown name and a value that is not a whole number of at least 1. */
  arm(name: X328FaultName, value: number): void {
    if (!Object.hasOwn(TABLE, name)) {
      throw new RangeError(`Cannot arm the fault ${name}: expected one of ${Object.keys(TABLE).join(", ")}`);
    }
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`Cannot arm the fault ${name} with ${value}: expected a whole number of at least 1`);
    }
    this.#left.set(name, value);
  }

  /** A block as it is to be sent. */
  block(block: Uint8Array): Uint8Array {
    return this.#take("block").reduce((bytes, { fault }) => fault.change(bytes), block);
  }

  /** How a bid is to be made. */
  bid(): X328Bid {
    return this.#take("bid").reduce((bid, { fault, value }) => fault.change(bid, value), { times: 1, delayMs: 0 });
  }

  /** What a good block is answered with in place of an acknowledgement; `null` if with one. */
  answer(): "nak" | "eot" | null {
    return this.#take("answer").reduce((_, { fault }) => fault.change(), null as "nak" | "eot" | null);
  }

  /** The number that an acknowledgement of a block is to name, or that it is to be a RINT. */
  ack(number: number): number | "rint" {
    return this.#take("ack").reduce(
      (said, { fault }) => said === "rint" ? said : fault.change(said),
      number as number | "rint",
    );
  }

  /** Whether a transfer is to end with EOT. */
  endsWithEot(): boolean {
    return this.#take("end").length === 0;
  }

  /** Those armed for a place, each used up once; of those a thing can suffer only one of. */
  #take<Place extends X328FaultPlace>(on: Place): { fault: X328Fault & { on: Place }; value: number }[] {
    const taken: { fault: X328Fault & { on: Place }; value: number }[] = [];
    for (const [name, value] of this.#left) {
      const fault = TABLE[name];
      if (fault.on !== on) continue;
      taken.push({ fault: fault as X328Fault & { on: Place }, value });
      if (fault.value === "times" && value > 1) this.#left.set(name, value - 1);
      else this.#left.delete(name);
    }
    return taken;
  }
}
