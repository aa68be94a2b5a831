/**
 * Which acknowledgements a message asks for: original mode or enhanced mode (HL7 v2 chapter 2, table 0155).
 * It decides what is due, not what is said: the verdict is the receiver's.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { AckScan } from "./ack_scan.ts";
import { HeaderScan } from "./header.ts";

/** When an acknowledgement is wanted (table 0155): always, on error, on success, never. */
export type AckCondition = "AL" | "ER" | "SU" | "NE";

/** What a message asks for. */
export interface AcksDue {
  /** `enhanced` when MSH-15 or MSH-16 is valued. */
  readonly mode: "original" | "enhanced";
  /** When the accept acknowledgement (CA, CE, CR) is due. */
  readonly accept: AckCondition;
  /** When the application acknowledgement (AA, AE, AR) is due. */
  readonly application: AckCondition;
}

const CONDITIONS: readonly AckCondition[] = ["AL", "ER", "SU", "NE"];
const NEVER = CONDITIONS.indexOf("NE");

const ORIGINAL: AcksDue = Object.freeze({ mode: "original", accept: "NE", application: "AL" });
const NOTHING: AcksDue = Object.freeze({ mode: "original", accept: "NE", application: "NE" });
/** Every pair, made once, so that asking allocates nothing. */
const ENHANCED: readonly (readonly AcksDue[])[] = CONDITIONS.map((accept) =>
  CONDITIONS.map((application) => Object.freeze({ mode: "enhanced", accept, application }))
);

/**
 * What a message that is already scanned asks for; the rules are those of `acksDue`.
 *
 * @example
 * ```ts
 * import { acksDueOf } from "./ack_mode.ts";
 * import { AckScan } from "./ack_scan.ts";
 * import { HeaderScan } from "./header.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const message = utf8("MSH|^~\\&|A|B|C|D|20260131||ADT^A01|1|P|2.5\r");
 * const header = new HeaderScan();
 * const msa = new AckScan();
 * header.scan(message);
 * msa.scan(message);
 * assert.equal(acksDueOf(header, msa).application, "AL");
 * ```
 */
export function acksDueOf(header: HeaderScan, msa: AckScan): AcksDue {
  if (!header.valued(15) && !header.valued(16)) return msa.hasMsa ? NOTHING : ORIGINAL;
  const accept = condition(header, 15);
  if (!msa.hasMsa) return ENHANCED[accept][condition(header, 16)];
  const commit = msa.code === "CA" || msa.code === "CE" || msa.code === "CR";
  return ENHANCED[commit ? NEVER : accept][NEVER];
}

/**
 * Which acknowledgements a message asks for (protocols.md section 8).
 *
 * - Neither MSH-15 nor MSH-16 valued: original mode, one application acknowledgement, always.
 * - Otherwise enhanced mode; the one of the pair that is empty, or HL7's null `""`, counts as NE.
 * - A message with an MSA segment is an answer and never gets an application acknowledgement; it
 *   gets an accept acknowledgement only if its own MSH-15 asks and it is not one itself.
 * - A value that is not in table 0155 counts as AL (our decision: an answer too many can be
 *   ignored, a missing one stops the sender). Case does not matter.
 *
 * @example
 * ```ts
 * import { acksDue } from "./ack_mode.ts";
 * import { utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const due = acksDue(utf8("MSH|^~\\&|A|B|C|D|20260131||ADT^A01|1|P|2.5|||AL|\r"));
 * assert.deepEqual(due, { mode: "enhanced", accept: "AL", application: "NE" });
 * ```
 */
export function acksDue(message: Uint8Array): AcksDue {
  const header = new HeaderScan();
  const msa = new AckScan();
  header.scan(message);
  msa.scan(message);
  return acksDueOf(header, msa);
}

function condition(header: HeaderScan, field: number): number {
  if (!header.valued(field)) return NEVER;
  const start = header.start(field);
  if (header.end(field) - start !== 2) return 0;
  const { message } = header;
  const first = message[start] & 0xdf;
  const second = message[start + 1] & 0xdf;
  for (let i = 0; i < CONDITIONS.length; i++) {
    if (CONDITIONS[i].charCodeAt(0) === first && CONDITIONS[i].charCodeAt(1) === second) return i;
  }
  return 0;
}

/**
 * Whether an acknowledgement is due, given how it went.
 *
 * @param ok whether the message was accepted
 *
 * @example
 * ```ts
 * import { wants } from "./ack_mode.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(wants("ER", true), false);
 * assert.equal(wants("AL", true), true);
 * ```
 */
export function wants(condition: AckCondition, ok: boolean): boolean {
  switch (condition) {
    case "AL":
      return true;
    case "NE":
      return false;
    case "SU":
      return ok;
    case "ER":
      return !ok;
  }
}
