/**
 * Replies that go another way than the message came: over connections of our own, opened when they are first needed. What the
 * peer says there is read and thrown away.
 *
 * @module
 */
import { type Endpoint, formatPlace, parseEndpoint } from "../lib/transport/endpoint.ts";
import { connect } from "../lib/transport/open.ts";
import type { Transport } from "../lib/transport/transport.ts";

/** How long such a connection may take to open (our decision). */
const CONNECT_TIMEOUT_MS = 5000;
/** How long the peer's own end is waited for after a reply that had a connection for itself. */
const LINGER_MS = 500;

/** How a frame is delivered. */
export interface DeliveryOptions {
  readonly times: number;
  /** Over a connection for it alone. */
  readonly fresh: boolean;
}

/**
 * The connections to where replies go, one for each endpoint.
 *
 * @example
 * ```ts
 * import { Deliveries } from "./deliveries.ts";
 * import assert from "node:assert/strict";
 *
 * const deliveries = new Deliveries();
 * const failure = await deliveries.deliver("tcp://127.0.0.1:1", new Uint8Array(1), { times: 1, fresh: true });
 * assert.match(failure ?? "", /refused/);
 * await deliveries.close();
 * ```
 */
export class Deliveries {
  readonly #open: Map<string, Promise<Transport>> = new Map();
  readonly #transports: Set<Transport> = new Set();

  /** Sends bytes to an endpoint; resolves when they are with the system, with `null`, or with what went wrong, in words. */
  async deliver(endpoint: string, bytes: Uint8Array, { times, fresh }: DeliveryOptions): Promise<string | null> {
    const place = parseEndpoint(endpoint);
    try {
      const transport = await (fresh ? this.#connect(place) : this.#connected(endpoint, place));
      for (let i = 0; i < times; i++) await written(transport, bytes);
      if (fresh) void transport.close(LINGER_MS);
      return null;
    } catch (error) {
      return `Cannot deliver the reply to ${formatPlace(place)}: ${(error as Error).message}`;
    }
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await Promise.all([...this.#transports].map((transport) => transport.close(LINGER_MS)));
  }

  #connected(endpoint: string, place: Endpoint): Promise<Transport> {
    let opening = this.#open.get(endpoint);
    if (opening === undefined) {
      opening = this.#connect(place);
      this.#open.set(endpoint, opening);
      const forget = () => void this.#open.delete(endpoint);
      opening.then(({ stream }) => void stream.once("close", forget), forget);
    }
    return opening;
  }

  async #connect(place: Endpoint): Promise<Transport> {
    const transport = await connect(place, { connectTimeoutMs: CONNECT_TIMEOUT_MS });
    this.#transports.add(transport);
    transport.stream.once("close", () => this.#transports.delete(transport));
    transport.stream.once("end", () => transport.end());
    transport.stream.resume();
    return transport;
  }
}

function written({ stream }: Transport, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => error ? reject(error) : resolve());
  });
}
