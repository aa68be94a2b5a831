/**
 * The distal server: it lets in whom it may, reads requests by ILLP, and has them sent over the line one after the
 * other. A client whose request failed is told by an AE built from it, or by a reset, never by an end alone.
 *
 * @module
 */
import { isIn } from "../network.ts";
import type { Timer } from "../clock.ts";
import { type Ending, Session } from "../session.ts";
import type { Endpoint } from "../transport/endpoint.ts";
import type { Listener, Transport } from "../transport/transport.ts";
import { formatDuration } from "../values.ts";
import type { About } from "./answers.ts";
import type { Context } from "./context.ts";
import { illpLink } from "./line_link.ts";
import type { Outbound } from "./outbound.ts";

/** A client from its connect to its end. */
interface Client {
  readonly session: Session;
  readonly peer: string;
  message: Uint8Array | null;
  about: About | null;
  /** It left before it had its reply. */
  gone: boolean;
  /** Nothing is owed to it any more. */
  settled: boolean;
  timer: Timer | null;
}

/** The distal server of a driver. */
export class DistalServer {
  readonly #context: Context;
  readonly #outbound: Outbound;
  readonly #clients = new Set<Client>();
  readonly #queue: Client[] = [];
  #pumping = false;
  #listener: Listener | null = null;

  constructor(context: Context, outbound: Outbound) {
    this.#context = context;
    this.#outbound = outbound;
  }

  /** How many clients are connected. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Where it listens. */
  get endpoint(): Endpoint | null {
    return this.#listener?.endpoint ?? null;
  }

  /** Listens; rejects with a `TransportError`. */
  async listen(endpoint: Endpoint): Promise<void> {
    const { media } = this.#context.options;
    this.#listener = await media.listen(endpoint, {}, (transport) => this.#accept(transport));
  }

  /** Accepts nobody any more and refuses those whose turn has not come. */
  async stop(): Promise<void> {
    for (const client of this.#queue.splice(0)) this.#fail(client, "The driver is stopping");
    for (const client of this.#clients) if (client.message === null) this.#turnAway(client, "The driver is stopping");
    await this.#listener?.close();
  }

  #accept(transport: Transport): void {
    const { options, clock, stopping } = this.#context;
    const { peer, peerAddress, kind } = transport.info;
    const why = this.#mayNot(kind, peerAddress) ?? (stopping ? "The driver is stopping" : null) ??
      (this.#clients.size > options.distalQueue ? `Too many wait: ${this.#clients.size}` : null);
    if (why !== null) {
      this.#refused(peer, why);
      return transport.reset();
    }
    const session = new Session(transport, illpLink(options), {
      event: (event) => {
        if (event.type === "message") client.message = event.payload.slice();
        else if (event.type === "fault") this.#turnAway(client, `The request cannot be taken: wanted ${event.wanted}`);
      },
      peerEnded: () => this.#onRequest(client),
      closed: (ending) => this.#onClosed(client, ending),
    }, { clock });
    const client: Client = { session, peer, message: null, about: null, gone: false, settled: false, timer: null };
    this.#clients.add(client);
    this.#context.tell({ event: "distal_open", level: "info", direction: "out", detail: peer });
    const { distalTimeoutMs } = options;
    client.timer = clock.schedule(clock.now() + distalTimeoutMs, () => {
      this.#turnAway(client, `No whole request within ${formatDuration(distalTimeoutMs)}`);
    });
  }

  /** Why a peer may not connect; a stream with no address of its own is of this host. */
  #mayNot(kind: Endpoint["kind"], address: string): string | null {
    if (kind !== "tcp" && kind !== "tls") return null;
    const { distalAllow } = this.#context.options;
    return distalAllow.some((network) => isIn(address, network)) ? null : `Its address ${address} is not allowed`;
  }

  #onRequest(client: Client): void {
    const { answers, clock, options } = this.#context;
    client.timer?.cancel();
    const { message } = client;
    if (client.settled) return;
    if (message === null || message.length === 0) return this.#turnAway(client, "It sent nothing");
    client.about = answers.about(message);
    // Whose answer would come could not be told.
    if (!client.about.isHl7) return this.#turnAway(client, "Its request is not HL7");
    const { distalTimeoutMs } = options;
    client.timer = clock.schedule(clock.now() + distalTimeoutMs, () => {
      const at = this.#queue.indexOf(client);
      if (at < 0) return;
      this.#queue.splice(at, 1);
      this.#fail(client, `Its turn did not come within ${formatDuration(distalTimeoutMs)}`);
    });
    this.#queue.push(client);
    if (!this.#pumping) this.#context.track(this.#pump());
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    for (let client = this.#queue.shift(); client !== undefined; client = this.#queue.shift()) {
      client.timer?.cancel();
      await this.#serve(client);
    }
    this.#pumping = false;
  }

  async #serve(client: Client): Promise<void> {
    const { message, about } = client;
    if (message === null || about === null || client.gone) return;
    const outcome = await this.#outbound.transact({
      message,
      about,
      get gone() {
        return client.gone;
      },
    });
    if ("why" in outcome) this.#fail(client, outcome.why);
    else this.#complete(client, outcome.reply);
  }

  #complete(client: Client, reply: Uint8Array): void {
    const { counters, answers } = this.#context;
    if (client.gone || client.settled) return;
    client.settled = true;
    if (reply.length > 0) counters.repliesIn++;
    try {
      if (reply.length > 0) client.session.send(reply);
      client.session.end();
    } catch (error) {
      client.settled = false;
      return this.#fail(client, (error as Error).message);
    }
    this.#context.tell({
      event: "completed",
      level: "info",
      direction: "out",
      controlId: client.about?.controlId,
      bytes: reply.length,
      code: answers.about(reply).code ?? undefined,
      detail: client.peer,
    });
    void client.session.close();
  }

  /** The request failed: an AE, or a reset where there can be none. */
  #fail(client: Client, why: string): void {
    const { answers, clock, counters } = this.#context;
    if (client.settled) return;
    client.settled = true;
    client.timer?.cancel();
    counters.failedOut++;
    const { message, about, peer } = client;
    const controlId = about?.controlId ?? "";
    const words = { controlId, bytes: message?.length, detail: `${peer}: ${why}` };
    this.#context.tell({ event: "distal_failed", level: "warning", direction: "out", ...words });
    if (client.gone) return;
    const refusal = message === null ? null : answers.distalRefusal(message, why, clock.date());
    if (refusal === null) return client.session.reset();
    client.session.send(refusal);
    client.session.end();
    void client.session.close();
  }

  /** There is no request that could be answered. */
  #turnAway(client: Client, why: string): void {
    if (client.settled) return;
    client.settled = true;
    client.timer?.cancel();
    this.#refused(client.peer, why);
    client.session.reset();
  }

  #refused(peer: string, why: string): void {
    this.#context.counters.distalRefused++;
    const words = { level: "warning", direction: "out", detail: `${peer}: ${why}` } as const;
    this.#context.tell({ event: "distal_refused", ...words });
  }

  #onClosed(client: Client, { how }: Ending): void {
    client.timer?.cancel();
    this.#clients.delete(client);
    if (client.settled) return;
    client.gone = true;
    const at = this.#queue.indexOf(client);
    if (at >= 0) this.#queue.splice(at, 1);
    const words = { controlId: client.about?.controlId, detail: `${client.peer}: ${how}` };
    this.#context.tell({ event: "distal_gone", level: "warning", direction: "out", ...words });
  }
}
