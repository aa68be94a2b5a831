/**
 * Timers, limits and choices of ANSI X3.28, all of them options: peers in hospitals differ, and the original
 * driver's fixed ones were what people complained about (protocols.md section 3).
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { LinkCode } from "../errors.ts";
import { X328_MAX_BLOCK, X328_MAX_MESSAGE } from "../framing/x328_encode.ts";

/** Timers, limits and choices; durations in milliseconds. */
export interface X328Options {
  /** Timer A: how long the master waits for an answer to a bid or a block; default 6 s. */
  readonly timerAMs?: number;
  /** Timer B: how long the slave waits from STX to the end of a block; default 3 s. */
  readonly timerBMs?: number;
  /** Timer D: how long the slave stays in a transfer without a block or a control sequence; default 30 s. */
  readonly timerDMs?: number;
  /** How long to wait before the next bid after a refusal [ours], or where both bid and we have priority [ours]; default 1 s. */
  readonly rebidMs?: number;
  /**
   * How long the line is left to the peer after a transfer of our own, so that its message is next; halved, down to an
   * eighth, each time that it does not bid, and whole again when it does [ours]; default 50 ms.
   */
  readonly turnMs?: number;
  /** How often the line is bid for; default 5. */
  readonly bidTries?: number;
  /** How often a block is sent; default 5. */
  readonly blockTries?: number;
  /** The longest text of a block sent, in bytes; default 245. */
  readonly maxBlock?: number;
  /** The longest message sent or taken, in bytes; default and limit 99,999. */
  readonly maxMessage?: number;
  /** The line strips or misuses the eighth bit: it is ignored when read, and messages that have it are refused. Default false. */
  readonly sevenBit?: boolean;
  /** Both bid at once: `line` (default) yields to the peer, `host` bids again after `rebidMs`. */
  readonly priority?: "line" | "host";
  /** `auto` (default) acknowledges a message when the sink has taken it; `manual` leaves that to `commit()`. */
  readonly commit?: "auto" | "manual";
  /** `auto` (default) answers a bid at once; `manual` tells of it by the note `bid` and leaves the answer to `answerBid()`. */
  readonly bid?: "auto" | "manual";
  /** Changes the pauses by which two stations that bid at once come apart [ours]; the message in hand changes them as well. Default 0. */
  readonly seed?: number;
}

/** The options with every default filled in. */
export type X328Settings = Required<X328Options>;

/**
 * Why a message could not be delivered:
 * `bid_refused` (NAK to every bid), `bid_timeout` (no answer to any), `bid_contended` (both bid at once, over and over),
 * `commit_refused` (NAK to every try of a block), `commit_timeout` (no answer to any), `interrupted` (the peer ended
 * the transfer with EOT), `link_ended`.
 */
export type X328LinkCode = LinkCode | "bid_refused" | "bid_timeout" | "bid_contended" | "interrupted";

const DEFAULTS: X328Settings = {
  timerAMs: 6000,
  timerBMs: 3000,
  timerDMs: 30_000,
  rebidMs: 1000,
  turnMs: 50,
  bidTries: 5,
  blockTries: 5,
  maxBlock: X328_MAX_BLOCK,
  maxMessage: X328_MAX_MESSAGE,
  sevenBit: false,
  priority: "line",
  commit: "auto",
  bid: "auto",
  seed: 0,
};

/**
 * The options with every default filled in. Throws a `RangeError` for a timer that is not above 0 (a pause may be 0), a
 * number of tries that is not a whole number of at least 1, and a limit that is not one from 1 to 99,999.
 *
 * @example
 * ```ts
 * import { x328Settings } from "./x328_options.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(x328Settings({ timerAMs: 900 }).timerAMs, 900);
 * assert.equal(x328Settings({}).maxBlock, 245);
 * assert.throws(() => x328Settings({ maxBlock: 0 }), RangeError);
 * ```
 */
export function x328Settings(options: X328Options): X328Settings {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const settings: X328Settings = { ...DEFAULTS, ...Object.fromEntries(given) };
  for (const name of ["timerAMs", "timerBMs", "timerDMs"] as const) {
    if (!(settings[name] > 0)) throw new RangeError(`Cannot set ${name} to ${settings[name]}: expected more than 0`);
  }
  for (const name of ["rebidMs", "turnMs"] as const) {
    if (!(settings[name] >= 0)) throw new RangeError(`Cannot set ${name} to ${settings[name]}: expected 0 or more`);
  }
  whole(settings, "bidTries", Number.MAX_SAFE_INTEGER);
  whole(settings, "blockTries", Number.MAX_SAFE_INTEGER);
  whole(settings, "maxMessage", X328_MAX_MESSAGE);
  whole(settings, "maxBlock", X328_MAX_MESSAGE);
  return settings;
}

function whole(
  settings: X328Settings,
  name: "bidTries" | "blockTries" | "maxMessage" | "maxBlock",
  most: number,
): void {
  const value = settings[name];
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return;
  const wanted = most === Number.MAX_SAFE_INTEGER ? "of at least 1" : `from 1 to ${most}`;
  throw new RangeError(`Cannot set ${name} to ${value}: expected a whole number ${wanted}`);
}
