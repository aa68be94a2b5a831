/**
 * What differs between the protocols of the line, as data: one row each. The rest of the driver asks this table and
 * never for a protocol's name.
 *
 * This module performs no I/O.
 *
 * # The table (protocols.md sections 4 and 5)
 *
 * | | MLLP 1 | MLLP 2 | HLLP | X3.28 |
 * |---|---|---|---|---|
 * | the line is kept for | a transaction | a transaction | a transaction | a transfer, bid to EOT |
 * | acknowledges by itself | no | each block | no | each block |
 * | the destination is reached | with the message | with the message | with the message | at the bid |
 * | refused before the destination had the message | AE | commit NAK | NAK G | NAK of the bid; EOT after it |
 * | failed after it had the message | AE | commit NAK, once acknowledged AE | AE | EOT, once acknowledged AE |
 * | the reply goes back | as the answer | as a block of its own | as the answer | in a transfer of its own |
 * | an empty reply puts on the line | `emptyReply` | `emptyReply` | an empty D block | nothing |
 * | spooled: acknowledged by | CA, or AA if allowed | the block's own | CA, or AA if allowed | the block's own |
 * | a distal client is done with | the HL7 reply | commit and reply | the D block in answer | EOT, then the reply |
 * | both begin at once: who is first | the option | the option | the link hands on only what is due | the link's bids |
 *
 * A commit NAK where MLLP 2 cannot reach the destination is our decision: an AE would have to follow a commit ACK, and
 * "a destination that cannot be reached is refused, never acknowledged".
 *
 * @module
 */
import type { LineProtocol } from "./options.ts";

/** One row of the table. */
export interface LinePolicy {
  /** How long whoever has the line keeps it: until the reply is through, or only while bytes of one message move. */
  readonly holds: "transaction" | "transfer";
  /** Whether the protocol has an acknowledgement of its own that can be held back. */
  readonly acknowledges: boolean;
  /** Whether the peer asks before it sends. */
  readonly bids: boolean;
  /** How the line is told that the destination never had the message. */
  readonly refusal: "ae" | "commit_nak" | "nak_g" | "eot";
  /** How it is told that the destination had it and failed, as long as nothing was acknowledged. */
  readonly failure: "ae" | "commit_nak" | "eot";
  /** Where the reply goes: as the answer that the peer waits for, or as a message of its own that the line confirms. */
  readonly reply: "answer" | "own";
  /** What an empty reply puts on the line. */
  readonly emptyReply: "option" | "empty" | "nothing";
  /** Whether a peer that is owed an answer must get one, be it empty. */
  readonly alwaysAnswers: boolean;
  /**
   * Who says which of two messages that cross is served first: `link` where it keeps back what is not due (a message that
   * it does hand on may hold up ours in the link, so it must not wait for it), else the option of the driver.
   */
  readonly crossing: "link" | "option";
  /** What settles a distal client's message: the reply alone, the link's word and then the reply, or both in one. */
  readonly settledBy: "reply" | "link_then_reply" | "link";
}

/** The rows by protocol. */
export const POLICIES: Readonly<Record<LineProtocol, LinePolicy>> = Object.freeze({
  mllp: {
    holds: "transaction",
    acknowledges: false,
    bids: false,
    refusal: "ae",
    failure: "ae",
    reply: "answer",
    emptyReply: "option",
    alwaysAnswers: false,
    crossing: "option",
    settledBy: "reply",
  },
  mllp2: {
    holds: "transaction",
    acknowledges: true,
    bids: false,
    refusal: "commit_nak",
    failure: "commit_nak",
    reply: "own",
    emptyReply: "option",
    alwaysAnswers: false,
    crossing: "option",
    settledBy: "link_then_reply",
  },
  hllp: {
    holds: "transaction",
    acknowledges: false,
    bids: false,
    refusal: "nak_g",
    failure: "ae",
    reply: "answer",
    emptyReply: "empty",
    alwaysAnswers: true,
    crossing: "link",
    settledBy: "link",
  },
  x328: {
    holds: "transfer",
    acknowledges: true,
    bids: true,
    refusal: "eot",
    failure: "eot",
    reply: "own",
    emptyReply: "nothing",
    alwaysAnswers: false,
    crossing: "link",
    settledBy: "link_then_reply",
  },
});
