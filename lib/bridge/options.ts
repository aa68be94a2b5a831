/**
 * What the line driver takes and tells: its options, its events, its counters, and what it wants of a spool. Plain
 * types and defaults; it runs nothing, and knows neither flags nor files.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { HllpFramerOptions } from "../framing/hllp.ts";
import type { HllpOptions } from "../link/hllp_options.ts";
import type { LinkOptions } from "../link/make.ts";
import type { X328Options } from "../link/x328_options.ts";
import type { Network } from "../network.ts";
import type { Endpoint } from "../transport/endpoint.ts";
import type { ConnectOptions, ListenOptions } from "../transport/open.ts";
import type { Listener, Transport } from "../transport/transport.ts";

/** The protocols of the line: `-m` (and its release 2), `-h`, `-a`. */
export type LineProtocol = "mllp" | "mllp2" | "hllp" | "x328";

/**
 * How the line comes to be. `listen` serves many connections (TCP, UNIX). `connect` reaches a serial server that
 * listens, and reaches it again; nobody there at the start is no error. `device` (tty, pty) is opened before the start
 * counts as done, and opened again when it hangs up.
 */
export type LineMedium = "listen" | "connect" | "device";

/** The line. */
export interface LineOptions {
  readonly medium: LineMedium;
  readonly endpoint: Endpoint;
  readonly protocol: LineProtocol;
  /** Options of MLLP, release 1 and 2. The commit is the driver's business. */
  readonly mllp?: Omit<LinkOptions, "framing">;
  /** Options of HLLP blocks and of their dialogue. Answers and priority are the driver's business. */
  readonly hllp?: HllpFramerOptions & Omit<HllpOptions, "answers" | "priority">;
  /** Timers and limits of X3.28. Commit, bids and priority are the driver's business. */
  readonly x328?: Omit<X328Options, "commit" | "bid" | "priority">;
}

/** Where a message was taken from, for the spool's own books. */
export interface SpoolAbout {
  /** The line connection, as in {@link DriverEvent.line}. */
  readonly line: string;
  /** MSH-10, one character a byte. */
  readonly controlId: string;
  /** When the message had come. */
  readonly at: Date;
}

/** An entry of the spool. */
export interface Spooled {
  /** Counts up; never used twice. */
  readonly id: number;
  readonly message: Uint8Array;
  /** How its bytes are not those that were put in; `null` if they are. Such a message must not be delivered. */
  readonly damage: string | null;
}

/**
 * A durable queue of messages taken from the line, drained first in, first out. Its methods are synchronous and throw
 * when the storage fails: the message is then refused on the line.
 */
export interface Spool {
  /** Takes a message in and returns its id; it is on disk, safe from a kill, when this returns. */
  put(message: Uint8Array, about: SpoolAbout): number;
  /** The oldest message, or the oldest behind the one with this id; it stays until it is done. `null` if there is none. */
  next(after?: number): Spooled | null;
  /** The destination has answered it: it goes. */
  done(id: number): void;
  /** A try failed: it stays the oldest and will be tried again. Why is kept for people. */
  failed(id: number, why: string): void;
  /** It is given up: kept for people, with the reason, and no message that is next any more. */
  bury(id: number, why: string): void;
  /** How many messages it holds that are to be delivered. */
  readonly size: number;
  /** How many it holds that were given up. */
  readonly dead: number;
}

/** What the driver opens streams with; in tests, streams of memory. */
export interface Media {
  connect(endpoint: Endpoint, options: ConnectOptions): Promise<Transport>;
  listen(endpoint: Endpoint, options: ListenOptions, accept: (transport: Transport) => void): Promise<Listener>;
}

/** Bytes as they pass on the line, for `-d`. */
export interface TraceEntry {
  /** `Clock.now()` of the driver's clock. */
  readonly atMs: number;
  readonly line: string;
  /** `in`: from the peer on the line. */
  readonly direction: "in" | "out";
  /** A view, valid only during the call. */
  readonly bytes: Uint8Array;
}

/** Everything the driver takes. Where a default is named it is that of {@link DRIVER_DEFAULTS}. */
export interface DriverOptions {
  readonly line: LineOptions;
  /** The destination: ILLP, a connection for each message of the line. */
  readonly to: Endpoint;
  /** Where the distal server listens; `null` for none. */
  readonly dist: Endpoint | null;
  /** Who may connect to the distal server; default 127.0.0.0/8 and ::1. */
  readonly distalAllow?: readonly Network[];
  /** Which of several live line connections a distal client gets; `only` refuses while there are several. Default `newest`. */
  readonly distalTo?: "oldest" | "newest" | "only";
  /** How many distal clients may wait for their turn; one more is refused. Default 64. */
  readonly distalQueue?: number;
  /** How long a distal client may take to write its request, and how long its turn is waited for. Default 30 s. */
  readonly distalTimeoutMs?: number;
  /** How long a message waits for a line when there is none. Default 10 s. */
  readonly lineWaitMs?: number;
  /** How many messages may wait for a line that is in use. Default 64. */
  readonly lineQueue?: number;
  /** How long a message waits for a line that is in use. Default 60 s. */
  readonly lineTimeoutMs?: number;
  /** At most how long the line's own acknowledgement (X3.28, MLLP 2) is held. Default 4 s. */
  readonly ackHoldMs?: number;
  /** How long the reply of the destination, or of the peer on the line, is waited for. Default 30 s. */
  readonly replyTimeoutMs?: number;
  /** How long a connect to the destination may take; at a bid it is `ackHoldMs` if that is less. Default 5 s. */
  readonly connectTimeoutMs?: number;
  /** What an empty reply of the destination puts on an MLLP line. Default `AE`. */
  readonly emptyReply?: "AA" | "AE" | "none";
  /** Whose message goes first when both speak at once. Default `line`: the peer's. */
  readonly priority?: "line" | "host";
  /** `TEXT STX` before requests to the destination, and expected of distal clients; `null` (default) for none. */
  readonly fromAddress?: string | null;
  /** The longest message either way, in bytes. Default 16 MiB. */
  readonly maxMessage?: number;
  /** Waits before the line is opened or reached again: the last repeats. Default 0.2, 0.5, 1, 2, 5 s. */
  readonly reopenMs?: readonly number[];
  /** Waits before the spool's oldest message is tried again: the last repeats. Default 0.5, 1, 2, 5, 10 s. */
  readonly drainMs?: readonly number[];
  /**
   * How often the destination may fail with a spooled message that it was given, before others are tried in turns with it
   * (a destination that cannot be reached does not count). Default 3.
   */
  readonly spoolTries?: number;
  /** Where messages of the line are kept until the destination has answered them. */
  readonly spool?: Spool | null;
  /** On MLLP 1 and HLLP: answer AA once a message is spooled, though the destination has not seen it. Default `null`: no. */
  readonly spoolAck?: "AA" | null;
  /** One transaction of the line, no distal server, then the end (`-1`). */
  readonly once?: boolean;
  /** How long `stop` waits for the transaction in hand before it refuses it. Default 10 s. */
  readonly stopTimeoutMs?: number;
  readonly onEvent?: (event: DriverEvent) => void;
  readonly onTrace?: (entry: TraceEntry) => void;
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** Default: `connect` and `listen` of lib/transport/open.ts. */
  readonly media?: Media;
}

/** The defaults of {@link DriverOptions} (`ackHoldMs` and `replyTimeoutMs` are protocols.md's, the rest our decisions). */
export const DRIVER_DEFAULTS = Object.freeze(
  {
    distalTo: "newest",
    distalQueue: 64,
    distalTimeoutMs: 30_000,
    lineWaitMs: 10_000,
    lineQueue: 64,
    lineTimeoutMs: 60_000,
    ackHoldMs: 4000,
    replyTimeoutMs: 30_000,
    connectTimeoutMs: 5000,
    emptyReply: "AE",
    priority: "line",
    fromAddress: null,
    maxMessage: 16 * 1024 * 1024,
    reopenMs: [200, 500, 1000, 2000, 5000],
    drainMs: [500, 1000, 2000, 5000, 10_000],
    spool: null,
    spoolTries: 3,
    spoolAck: null,
    once: false,
    stopTimeoutMs: 10_000,
  } as const,
);

/** What a {@link DriverEvent} is about. */
export type DriverEventName =
  /** Everything is bound. */
  | "started"
  /** The end has begun; `stopped` follows. */
  | "stopping"
  | "stopped"
  /** A line connection is there: accepted, connected, or a device opened. */
  | "line_open"
  /** A line connection has gone; `detail` says how. */
  | "line_closed"
  /** The line could not be opened or reached; another try follows. */
  | "line_failed"
  /** A message of the line has come whole. */
  | "received"
  /** It is in the spool. */
  | "spooled"
  /** The line was told that a message is taken: its own acknowledgement, where the protocol has one. */
  | "acknowledged"
  /** A message of the line was refused there: `detail` says why. */
  | "refused"
  /** The destination has answered; `code` is MSA-1 of the reply, `bytes` its length (0: an empty reply). */
  | "answered"
  /** The destination's reply, or an acknowledgement of ours, was handed to the line (confirmed by it, where it confirms). */
  | "replied"
  /** A reply could not be put on the line, or must not be: `detail` says why. */
  | "reply_lost"
  /** The destination failed: unreachable, broken off, or silent. */
  | "destination_failed"
  /** An acknowledgement of the line that nobody waits for; it goes on to the destination. */
  | "unmatched"
  /** A distal client has connected. */
  | "distal_open"
  /** A distal client was turned away: its address, the queue's bound, or a request that is not HL7. */
  | "distal_refused"
  /** A distal client's request was handed to the line. */
  | "sent"
  /** The line's protocol has confirmed it. */
  | "delivered"
  /** The distal client has the reply that came from the line. */
  | "completed"
  /** A distal client's request failed: it got an AE, or a reset. */
  | "distal_failed"
  /** A distal client left before its reply came. */
  | "distal_gone"
  /** Something of the dialogue on the line: a retry, a NAK, a timer; `code` is the link's own word. */
  | "note"
  /** Damage on the line; `code` is the framing code. */
  | "fault"
  /** The spool failed to take or to give a message. */
  | "spool_failed"
  /** A message of the spool is given up: the destination fails with it and not with others, or the disk has changed it. */
  | "dead_letter";

/** Something that happened, for logs; never a byte of a message but its control id. */
export interface DriverEvent {
  readonly event: DriverEventName;
  readonly level: "info" | "warning" | "error";
  /** The line connection's peer and number, as `127.0.0.1:40112#3` or `/dev/ttyS0#1`. */
  readonly line?: string;
  /** `in`: from the line to the destination. `out`: from a distal client to the line. */
  readonly direction?: "in" | "out";
  /** MSH-10, one character a byte. */
  readonly controlId?: string;
  /** Length of the message in question. */
  readonly bytes?: number;
  /** MSA-1, a framing code, or a note's word. */
  readonly code?: string;
  /** How long it took, where that means something. */
  readonly tookMs?: number;
  /** What people read; sentence or phrase, without a full stop. */
  readonly detail?: string;
}

/** What was counted since the start, each a number that only grows. */
export interface Counters {
  /** Messages taken from the line whole: requests, acknowledgements of ours not counted. */
  readonly messagesIn: number;
  /** Distal clients' messages that the line took (and confirmed, where it confirms). */
  readonly messagesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Replies put on the line. */
  readonly repliesOut: number;
  /** Replies of the line given to distal clients. */
  readonly repliesIn: number;
  /** Messages of the line refused: NAK, EOT or an AE of ours. */
  readonly refusedIn: number;
  /** Distal clients' messages that failed. */
  readonly failedOut: number;
  readonly repliesLost: number;
  readonly unmatched: number;
  readonly destinationFailures: number;
  readonly distalRefused: number;
  /** Blocks written to and read from the line, acknowledgements not counted; a frame is a block. */
  readonly blocksOut: number;
  readonly blocksIn: number;
  readonly naksIn: number;
  readonly naksOut: number;
  /** Blocks and bids sent again. */
  readonly retries: number;
  readonly duplicates: number;
  /** Blocks whose checksum (BCC) or count was wrong. */
  readonly checksumErrors: number;
  /** Other damage. */
  readonly faults: number;
  /** Timers of the line that ran out, and replies that did not come in time. */
  readonly timeouts: number;
  /** Line connections opened, accepted or reached, the first included. */
  readonly lineOpens: number;
  /** Those after the first, on a device or a line that we connect. */
  readonly reopenings: number;
  readonly spooled: number;
  readonly drained: number;
  /** Messages of the spool that were given up. */
  readonly deadLetters: number;
}

/** One live line connection. */
export interface LineStatus {
  readonly line: string;
  /** Since when, in `Clock.now()`'s time. */
  readonly sinceMs: number;
  /** Who has it now. */
  readonly holder: "in" | "out" | null;
  /** How many wait for it. */
  readonly waiting: number;
}

/** How things stand, for the status file and the metrics. */
export interface DriverStatus {
  /** When this was so, in `Clock.now()`'s time. */
  readonly atMs: number;
  readonly state: "running" | "stopping" | "stopped";
  readonly lines: readonly LineStatus[];
  /** Distal clients connected, the one being served included. */
  readonly distalClients: number;
  /** Messages waiting for a line. */
  readonly queue: number;
  /** The longest that anybody has waited for a line, by direction. */
  readonly longestWaitMs: { readonly in: number; readonly out: number };
  /** Messages in the spool that are to be delivered; `null` without one. */
  readonly spool: number | null;
  /** Messages in the spool that were given up, in this life of the driver or another; `null` without one. */
  readonly dead: number | null;
  /** Whether the last try to use the destination worked; `null` before the first. */
  readonly destinationUp: boolean | null;
  readonly counters: Counters;
}

/** A driver that runs. */
export interface RunningDriver {
  /** Where the line really listens (port 0 has become a port), or what is opened. */
  readonly line: Endpoint;
  /** Where the distal server listens; `null` if there is none. */
  readonly dist: Endpoint | null;
  status(): DriverStatus;
  /** Resolves when it has ended: after `stop`, or under `once` after its transaction; never rejects. */
  readonly done: Promise<DriverEnd>;
  /**
   * Takes no new work, finishes the transaction in hand, or refuses it after `stopTimeoutMs`, and closes everything.
   * May be called twice; resolves with `done`.
   */
  stop(): Promise<DriverEnd>;
}

/** How a driver ended. */
export interface DriverEnd {
  /** Under `once`: whether its transaction was done and answered; otherwise true. */
  readonly ok: boolean;
  /** Why not; empty if `ok`. */
  readonly why: string;
}
