/**
 * Listening on a line: it has one stream at a time, there from the beginning, and when that is gone
 * the line is opened again. It opens nothing itself and knows no medium.
 *
 * @module
 */
import { type Clock, pause, systemClock } from "../clock.ts";
import type { TransportError } from "../errors.ts";
import type { Endpoint } from "./endpoint.ts";
import type { AcceptFailure } from "./serve.ts";
import type { Listener, Transport } from "./transport.ts";

/** The first wait before a line is opened again (our decision: a plug put back is soon taken up). */
export const FIRST_REOPEN_MS = 1000;
/** The longest wait before a line is opened again (our decision: a device that is gone for days costs nothing). */
export const LONGEST_REOPEN_MS = 30_000;

/** What {@link listenLine} needs to know. */
export interface LineListening {
  /** Opens the line; rejects with a `TransportError`. */
  open(): Promise<Transport>;
  /** Each stream, as a listener's callback gets it. */
  accept(transport: Transport): void;
  /** Each try to open it again that failed. */
  onError?(failure: AcceptFailure): void;
  /** Default: the system's clock. */
  readonly clock?: Clock;
}

/**
 * The wait before the next try, after one of `previousMs` (0: there was none) and a line that then
 * lived for `livedMs` (0: it could not be opened). A line that lived at least as long as was waited
 * for it begins anew; the wait for one that did not doubles.
 *
 * @example
 * ```ts
 * import { reopenAfterMs } from "./line_listener.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(reopenAfterMs(0, 0), 1000);
 * assert.equal(reopenAfterMs(4000, 100), 8000);
 * assert.equal(reopenAfterMs(4000, 5000), 1000);
 * ```
 */
export function reopenAfterMs(previousMs: number, livedMs: number): number {
  if (previousMs === 0 || livedMs >= previousMs) return FIRST_REOPEN_MS;
  return Math.min(2 * previousMs, LONGEST_REOPEN_MS);
}

/**
 * Opens the line and gives its stream to `accept`, and again whenever it has closed, whoever closed
 * it, after a wait of 1 s to 30 s. Rejects if it cannot be opened the first time. Closing the
 * listener ends that; a stream that is open stays, and has the device until it is closed.
 *
 * @example
 * ```ts
 * import { listenLine } from "./line_listener.ts";
 * import { memoryPair } from "./memory.ts";
 * import { parseEndpoint } from "./endpoint.ts";
 *
 * const [near, far] = memoryPair();
 * const accepted = new Promise<void>((resolve) => {
 *   const listening = { open: () => Promise.resolve(far), accept: () => resolve() };
 *   listenLine(parseEndpoint("memory:x"), listening).then((listener) => accepted.then(() => listener.close()));
 * });
 * await accepted;
 * await Promise.all([near.close(), far.close()]);
 * ```
 */
export async function listenLine(endpoint: Endpoint, listening: LineListening): Promise<Listener> {
  const first = await listening.open();
  const stop = new AbortController();
  // As with a socket, who listens has the listener before it has a stream.
  setImmediate(() => void serve(first, listening, stop.signal));
  return {
    endpoint,
    close: () => {
      stop.abort();
      return Promise.resolve();
    },
  };
}

async function serve(first: Transport, listening: LineListening, stopped: AbortSignal): Promise<void> {
  const clock = listening.clock ?? systemClock;
  let transport: Transport | null = first;
  let waitedMs = 0;
  for (;;) {
    let livedMs = 0;
    if (transport !== null) {
      // Nobody was told of it.
      if (stopped.aborted) return transport.reset();
      const begin = clock.now();
      listening.accept(transport);
      await closed(transport);
      livedMs = clock.now() - begin;
    }
    waitedMs = reopenAfterMs(waitedMs, livedMs);
    await pause(clock, waitedMs, stopped);
    if (stopped.aborted) return;
    transport = await listening.open().catch((error: TransportError) => {
      if (!stopped.aborted) listening.onError?.({ peer: "", peerAddress: "", sentNothing: true, error });
      return null;
    });
  }
}

function closed({ stream }: Transport): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once("close", () => resolve());
  });
}
