/**
 * Faults of the lower layer that X3.28 can commit on purpose, for mock receivers: one table says what each changes.
 * It knows no state of a dialogue.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { withBccOff, withLengthOff } from "../framing/x328_encode.ts";

/**
 * What a fault changes of the next message sent: a block, when the line is bid for, how many bids are one, or whether the
 * transfer ends with EOT; or of what comes: the answer to a good block, or the number in its acknowledgement.
 */
export type X328Fault =
  & {
    /** In words, after "the next". */
    readonly about: string;
    /** What the value says: how many times it happens, how many are sent at once, or a time. */
    readonly value: "times" | "count" | "ms";
  }
  & (
    | { readonly on: "block"; readonly change: (block: Uint8Array) => Uint8Array }
    | { readonly on: "wait"; readonly change: (ms: number, value: number) => number }
    | { readonly on: "bid"; readonly change: (times: number, value: number) => number }
    | { readonly on: "answer"; readonly change: () => "nak" | "eot" }
    | { readonly on: "ack"; readonly change: (number: number) => number | "rint" }
    | { readonly on: "end"; readonly change: () => null }
  );

/** Where a fault can strike. */
export type X328FaultPlace = X328Fault["on"];

/** The table. */
export const X328_FAULTS = {
  bad_count: {
    about: "block says that it is a byte longer than it is",
    value: "times",
    on: "block",
    change: (block: Uint8Array): Uint8Array => withLengthOff(block, 1),
  },
  bad_bcc: {
    about: "block has a wrong BCC",
    value: "times",
    on: "block",
    change: (block: Uint8Array): Uint8Array => withBccOff(block, 1),
  },
  link_nak: { about: "good block is answered with NAK", value: "times", on: "answer", change: (): "nak" => "nak" },
  eot: { about: "good block is answered with EOT", value: "times", on: "answer", change: (): "eot" => "eot" },
  wrong_ack: {
    about: "acknowledgement names the block after",
    value: "times",
    on: "ack",
    change: (number: number): number => (number + 1) & 7,
  },
  rint: { about: "acknowledgement is a RINT", value: "times", on: "ack", change: (): "rint" => "rint" },
  enq_storm: {
    about: "bid is many bids",
    value: "count",
    on: "bid",
    change: (_: number, value: number): number => value,
  },
  late_enq: { about: "bid comes late", value: "ms", on: "wait", change: (_: number, value: number): number => value },
  no_eot: { about: "transfer has no EOT at its end", value: "times", on: "end", change: (): null => null },
} as const satisfies Readonly<Record<string, X328Fault>>;

/** The name of a fault. */
export type X328FaultName = keyof typeof X328_FAULTS;

const TABLE: Readonly<Record<string, X328Fault>> = X328_FAULTS;

/** Faults of one thing happen in the order of the table: a BCC that is wrong is so whatever else is. */
const ORDER: readonly X328Fault[] = Object.values(X328_FAULTS);

/** The ticket of no message. */
const NOBODY = 0;

/** One that is armed. */
interface Armed {
  readonly fault: X328Fault;
  readonly value: number;
  /** Whose it is: the message of ours with this ticket. What is said to the peer's messages is nobody's. */
  readonly ticket: number;
  left: number;
}

/**
 * The faults that are armed and have not happened yet. What strikes a message of ours strikes that one alone, with every try
 * and every block of it, and is forgotten with it.
 *
 * @example
 * ```ts
 * import { ArmedFaults } from "./x328_fault.ts";
 * import assert from "node:assert/strict";
 *
 * const armed = new ArmedFaults();
 * armed.arm("link_nak", 2, 1);
 * assert.deepEqual([armed.answer(), armed.answer(), armed.answer()], ["nak", "nak", null]);
 * armed.arm("enq_storm", 3, 2);
 * assert.deepEqual([armed.bids(1), armed.bids(2), armed.bids(2)], [1, 3, 1]);
 * ```
 */
export class ArmedFaults {
  readonly #armed = new Map<string, Armed>();

  /**
   * Arms one, where it is of a message sent for the one with this ticket; again adds nothing, the new value counts. Throws a
   * `RangeError` for an unknown name and a value that is not a whole number of at least 1.
   */
  arm(name: X328FaultName, value: number, ticket: number): void {
    if (!Object.hasOwn(TABLE, name)) {
      throw new RangeError(`Cannot arm the fault ${name}: expected one of ${Object.keys(TABLE).join(", ")}`);
    }
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`Cannot arm the fault ${name} with ${value}: expected a whole number of at least 1`);
    }
    const fault = TABLE[name];
    const ours = fault.on !== "answer" && fault.on !== "ack";
    const left = fault.value === "times" ? value : 1;
    this.#armed.set(ours ? `${name} ${ticket}` : name, { fault, value, left, ticket: ours ? ticket : NOBODY });
  }

  /** A block of this message as it is to be sent. */
  block(block: Uint8Array, ticket: number): Uint8Array {
    return this.#take("block", ticket).reduce((bytes, { fault }) => fault.change(bytes), block);
  }

  /** How long to wait before the line is bid for, in milliseconds. */
  waitMs(ticket: number): number {
    return this.#take("wait", ticket).reduce((ms, { fault, value }) => fault.change(ms, value), 0);
  }

  /** How many bids the next one is. */
  bids(ticket: number): number {
    return this.#take("bid", ticket).reduce((times, { fault, value }) => fault.change(times, value), 1);
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

  /** Whether the transfer of this message is to end with EOT. */
  endsWithEot(ticket: number): boolean {
    return this.#take("end", ticket).length === 0;
  }

  /** Those armed for a place, each used up once; of those a thing can suffer only one of. */
  #take<Place extends X328FaultPlace>(on: Place, ticket = NOBODY): (Armed & { fault: { on: Place } })[] {
    if (this.#armed.size === 0) return [];
    const taken: (Armed & { fault: { on: Place } })[] = [];
    for (const [key, armed] of this.#armed) {
      // Messages go in the order of their tickets.
      if (armed.ticket !== NOBODY && armed.ticket < ticket) this.#armed.delete(key);
      else if (armed.fault.on === on && armed.ticket === ticket) {
        taken.push(armed as Armed & { fault: { on: Place } });
        if (--armed.left === 0) this.#armed.delete(key);
      }
    }
    return taken.sort((one, other) => ORDER.indexOf(one.fault) - ORDER.indexOf(other.fault));
  }
}
