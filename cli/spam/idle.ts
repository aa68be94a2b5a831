/**
 * Flags of `mllp spam` that would change nothing beside another, wherever they are defined: an option is never
 * read and ignored. What cannot go together for other reasons is refused where it is read.
 *
 * @module
 */
import { UsageError } from "../exit_code.ts";

/** The flags that it looks at. */
export interface IdleFlags {
  readonly closed: boolean;
  readonly inFlight: number;
  readonly connectionPerMessage: boolean;
  readonly onTimeout: string;
  readonly retries: number;
  readonly keepOrder?: unknown;
  readonly match: string;
  readonly escapes: boolean;
  readonly showFrame: boolean;
  readonly format: string;
}

/** A flag that would change nothing: whether it does not, what makes it so, and why. */
interface Idle {
  readonly flag: string;
  readonly beside: string;
  readonly why: string;
  is(flags: IdleFlags, given: (key: "connectRate" | "maxQueue") => boolean): boolean;
}

const IDLE: readonly Idle[] = [
  {
    flag: "--connect-rate",
    beside: "--connection-per-message",
    why: "connections are opened as messages need them",
    is: ({ connectionPerMessage }, given) => connectionPerMessage && given("connectRate"),
  },
  {
    flag: "--in-flight",
    beside: "--connection-per-message",
    why: "a connection carries one message; --connections says how many at a time",
    is: ({ connectionPerMessage, inFlight }) => connectionPerMessage && inFlight > 1,
  },
  {
    flag: "--on-timeout reconnect",
    beside: "--connection-per-message",
    why: "each connection is closed after its message anyway; it needs --retries",
    // With retries it says that what timed out is sent again.
    is: ({ connectionPerMessage, onTimeout, retries }) =>
      connectionPerMessage && onTimeout === "reconnect" && retries === 0,
  },
  {
    flag: "--max-queue",
    beside: "--closed",
    why: "a closed loop has no queue; it needs --keep-order",
    is: ({ closed, keepOrder }, given) => closed && keepOrder === undefined && given("maxQueue"),
  },
  {
    flag: "--show-frame",
    beside: "--format text",
    why: "replies are shown with --format classic alone",
    // `-rop false` of mllp_spammer's words has to pass (cli.md): they come with these three.
    is: ({ showFrame, format, connectionPerMessage, match, escapes }) =>
      showFrame && format !== "classic" && !(connectionPerMessage && match === "any" && escapes),
  },
];

/** Throws a `UsageError` for a flag that would change nothing beside another, naming both. */
export function refuseIdle(flags: IdleFlags, given: (key: "connectRate" | "maxQueue") => boolean): void {
  const idle = IDLE.find(({ is }) => is(flags, given));
  if (idle !== undefined) throw new UsageError(`${idle.flag} and ${idle.beside}: ${idle.why}`);
}
