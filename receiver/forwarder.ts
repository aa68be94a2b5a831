/**
 * Messages on their way to real receivers, and the replies on their way back: one connection for each receiver, opened when it is
 * first needed and kept open, one message at a time in the order of their coming. It knows no scenario.
 *
 * # Bounds (our decision)
 *
 * A bounded number of messages waits for each receiver, and none longer for its turn than a reply is waited for: who sent it
 * has given it up by then. Nothing is sent twice: what to do about a lost reply is for who sent the message.
 *
 * @module
 */
import { Client } from "../lib/client.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Exchange } from "../lib/exchange.ts";
import { linkMaker } from "../lib/link/make.ts";
import { type Endpoint, formatPlace, parseEndpoint } from "../lib/transport/endpoint.ts";
import { connect, DEFAULT_CONNECT_TIMEOUT_MS } from "../lib/transport/open.ts";
import type { Transport } from "../lib/transport/transport.ts";
import { formatDuration } from "../lib/values.ts";
import { dialogueWith } from "../lib/link/dialogue.ts";

/** So many messages wait for one receiver. */
const MOST_WAITING = 1000;

/** What became of a message: the payload of its reply; `null` where it asks for none; or what went wrong, in words. */
export type Forwarded = Uint8Array | string | null;

/** Choices of a forwarder. */
export interface ForwarderOptions {
  readonly clock?: Clock;
  /** Opens a stream; rejects with a `TransportError`, or a `RangeError` for certificates that cannot be used. */
  readonly connect?: (endpoint: Endpoint, options: { readonly connectTimeoutMs: number }) => Promise<Transport>;
  /** How many messages may wait for one receiver; default 1000. */
  readonly mostWaiting?: number;
}

interface Waiting {
  readonly message: Uint8Array;
  readonly dueAt: number;
  readonly settle: (forwarded: Forwarded) => void;
}

/** The way to one receiver. */
interface Lane {
  readonly place: string;
  readonly timeoutMs: number;
  readonly client: Client;
  readonly waiting: Waiting[];
  busy: boolean;
}

/**
 * The connections to real receivers.
 *
 * @example
 * ```ts
 * import { Forwarder } from "./forwarder.ts";
 * import { utf8 } from "../lib/bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const forwarder = new Forwarder();
 * const message = utf8("MSH|^~\\&|A|B|C|D|20260131||ADT^A01|MSG1|P|2.5\r");
 * const failure = await forwarder.forward("tcp://127.0.0.1:1", message, 1000);
 * assert.match(String(failure), /^Cannot forward the message: .*127\.0\.0\.1:1.*refused/);
 * await forwarder.close();
 * ```
 */
export class Forwarder {
  readonly #clock: Clock;
  readonly #connect: NonNullable<ForwarderOptions["connect"]>;
  readonly #mostWaiting: number;
  readonly #lanes: Map<string, Lane> = new Map();
  #closed = false;

  constructor(options: ForwarderOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#connect = options.connect ?? connect;
    this.#mostWaiting = options.mostWaiting ?? MOST_WAITING;
  }

  /**
   * Sends a message on; resolves with what became of it and never rejects. The message must stay as it is until then. Messages
   * with the same endpoint and timeout share a connection, and keep their order.
   */
  forward(endpoint: string, message: Uint8Array, timeoutMs: number): Promise<Forwarded> {
    let lane: Lane;
    try {
      lane = this.#lane(endpoint, timeoutMs);
    } catch (error) {
      return Promise.resolve(`Cannot forward the message: ${(error as Error).message}`);
    }
    if (this.#closed) return Promise.resolve(failed(lane, "the receiver has stopped"));
    if (lane.waiting.length >= this.#mostWaiting) {
      return Promise.resolve(failed(lane, `${lane.waiting.length} messages wait for it already`));
    }
    return new Promise((settle) => {
      lane.waiting.push({ message, dueAt: this.#clock.now() + timeoutMs, settle });
      if (!lane.busy) void this.#run(lane);
    });
  }

  /** Ends all connections; what waits is not sent any more. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    const lanes = [...this.#lanes.values()];
    for (const lane of lanes) {
      for (const { settle } of lane.waiting.splice(0)) settle(failed(lane, "the receiver has stopped"));
    }
    await Promise.all(lanes.map(({ client }) => client.close()));
  }

  #lane(endpoint: string, timeoutMs: number): Lane {
    const key = `${timeoutMs} ${endpoint}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      const to = parseEndpoint(endpoint);
      // The message goes on as it came, whatever is odd about it.
      const link = linkMaker({ ...dialogueWith(to), raw: true });
      const connectTimeoutMs = Math.min(timeoutMs, DEFAULT_CONNECT_TIMEOUT_MS);
      const client = new Client({
        clock: this.#clock,
        link,
        timeoutMs,
        deliveryTimeoutMs: timeoutMs,
        connect: () => this.#connect(to, { connectTimeoutMs }),
      });
      lane = { place: formatPlace(to), timeoutMs, client, waiting: [], busy: false };
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  async #run(lane: Lane): Promise<void> {
    lane.busy = true;
    for (let next = lane.waiting.shift(); next !== undefined; next = lane.waiting.shift()) {
      next.settle(await this.#send(lane, next));
    }
    lane.busy = false;
  }

  async #send(lane: Lane, { message, dueAt }: Waiting): Promise<Forwarded> {
    if (this.#clock.now() >= dueAt) {
      return failed(lane, `its turn did not come within ${formatDuration(lane.timeoutMs)}`);
    }
    try {
      return forwarded(lane, await lane.client.send(message));
    } catch (error) {
      return failed(lane, (error as Error).message);
    }
  }
}

function failed({ place }: Lane, why: string): string {
  return why.includes(place) ? `Cannot forward the message: ${why}` : `Cannot forward the message to ${place}: ${why}`;
}

function forwarded(lane: Lane, { outcome, reply, error }: Exchange): Forwarded {
  const answered = outcome === "accepted" || outcome === "error" || outcome === "reject";
  if (answered && reply !== null) return reply;
  if (outcome === "accepted") return null;
  return failed(lane, error?.message ?? "it gave no answer of its own");
}
