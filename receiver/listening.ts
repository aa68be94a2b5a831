/**
 * The listeners of a receiver: open or refused as the scenario says, with handshakes that fail where a rule wants it. It
 * hands streams on and knows no messages.
 *
 * @module
 */
import { formatPlace } from "../lib/transport/endpoint.ts";
import { type HandshakeTreatment, HeldHandshakes } from "../lib/transport/handshake.ts";
import { listen } from "../lib/transport/open.ts";
import type { AcceptFailure } from "../lib/transport/serve.ts";
import type { Listener, Transport } from "../lib/transport/transport.ts";
import { Gate } from "./gate.ts";
import type { ListenerSpec, ListenerState } from "./scenario/scenario.ts";
import { handshakeOf } from "./steps/tls.ts";
import { TlsFaults } from "./tls_faults.ts";
import type { Workbench } from "./workbench.ts";

/** What a receiver does with what comes in. */
export interface ListeningOptions {
  accept(transport: Transport, listener: number): void;
  /** A connection was not taken, or its handshake failed. */
  refused(listener: number, peer: string, reason: string, detail: string): void;
  /** A connection opened and closed without a byte. */
  probed(): void;
}

/** The listeners. */
export class Listening {
  readonly gate: Gate;
  readonly #bench: Workbench;
  readonly #options: ListeningOptions;
  readonly #specs: readonly ListenerSpec[];
  readonly #held: HeldHandshakes = new HeldHandshakes();
  readonly #faults: (TlsFaults | null)[];

  constructor(bench: Workbench, options: ListeningOptions) {
    this.#bench = bench;
    this.#options = options;
    this.#specs = bench.scenario.listeners;
    this.#faults = this.#specs.map(({ endpoint, tls }) => {
      return tls === null ? null : new TlsFaults(tls, ["localhost", "127.0.0.1", "::1", endpoint.host]);
    });
    this.gate = new Gate(this.#specs, (spec, index) => this.#listen(spec, index), {
      clock: bench.clock,
      onChange: (index, state) => this.#changed(index, state),
      onTrouble: (index, error) =>
        bench.change("listener", `${this.place(index)}: ${error.message}; it is tried again`),
    });
  }

  /** Where a listener is, or would be: `tcp://127.0.0.1:2575`. */
  place(index: number): string {
    return formatPlace(this.gate.endpoints[index]);
  }

  /** Binds every listener, or none. Rejects with a `TransportError` or, for certificates that cannot be used, a `RangeError`. */
  async start(): Promise<void> {
    if (this.#bench.watches("tls") || this.#bench.healable) {
      for (const faults of this.#faults) await faults?.prepare();
    }
    await this.gate.start();
  }

  /** Lets handshakes that are held back go on. */
  heal(): void {
    this.#held.release();
  }

  close(): Promise<void> {
    return this.gate.close();
  }

  #changed(index: number, state: ListenerState): void {
    const what = state === "refused" ? "refuses connections" : "takes connections again";
    this.#bench.change("listener", `${this.place(index)} ${what}`);
  }

  #listen({ endpoint, tls }: ListenerSpec, index: number): Promise<Listener> {
    const onError = ({ peer, sentNothing, error }: AcceptFailure) => {
      if (sentNothing && peer !== "") this.#options.probed();
      else this.#options.refused(index, peer, error.code, error.message);
    };
    const treating = tls === null ? {} : {
      tls,
      held: this.#held,
      treat: (about: { readonly peerAddress: string }) => this.#treat(index, about.peerAddress),
      onTreated: ({ peer, treatment: { how } }: { peer: string; treatment: HandshakeTreatment }) =>
        this.#options.refused(index, peer, "tls_fault", `The TLS handshake got what a rule said: ${how}`),
    };
    const accept = (transport: Transport) => this.#options.accept(transport, index);
    // A port of 0 has become one, which is kept.
    const place = this.gate.endpoints[index] ?? endpoint;
    return listen({ ...place, options: {} }, { onError, ...treating }, accept);
  }

  #treat(listener: number, peer: string): HandshakeTreatment | null {
    const bench = this.#bench;
    const faults = this.#faults[listener];
    if (faults === null || !bench.watches("tls")) return null;
    const facts = { listener, connection: 0, peer, tlsName: null, nowMs: bench.elapsedMs() };
    const plan = bench.decider.decideEvent("tls", facts);
    bench.struck(plan);
    const handshake = handshakeOf(plan.steps);
    return handshake === null ? null : faults.treatment(handshake.fault, handshake.afterMs);
  }
}
