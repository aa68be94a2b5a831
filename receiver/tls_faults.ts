/**
 * Faults of the TLS handshake as the transport's treatments: what is said instead of it, and
 * certificates that a client must refuse. They are made before the receiver listens, since nothing
 * can be waited for when a connection is accepted. It opens no socket.
 *
 * @module
 */
import type { HandshakeTreatment } from "../lib/transport/handshake.ts";
import { selfSigned } from "../lib/transport/self_signed.ts";
import { serverSettings, type TlsServerOptions } from "../lib/transport/tls_options.ts";
import type { TlsWord } from "./steps/tls.ts";

/** A fault that is a handshake with other certificates. */
export type CertificateFault = Extract<TlsWord, "expired" | "wrong_host" | "no_client_cert">;

/** A fault of the handshake: each word of the step `tls`, and a reset. */
export type TlsFault = TlsWord | "reset";

/** Every certificate fault. */
export const CERTIFICATE_FAULTS: readonly CertificateFault[] = Object.freeze(
  ["expired", "wrong_host", "no_client_cert"] as const,
);

/** A name that nobody has (RFC 2606, section 2). */
const WRONG_HOST = "wrong-host.invalid";

const DAY_MS = 86_400_000;

/**
 * What a listener serves with that otherwise serves with `base`, for `hosts` (names and addresses,
 * by which its clients call it).
 *
 * - `expired`: a certificate of its own issue for `hosts`, that ended yesterday.
 * - `wrong_host`: one of its own issue for `wrong-host.invalid` alone.
 * - `no_client_cert`: the certificate of `base`, and the demand for a client's certificate of an
 *   authority that nobody has. So every client fails as one that has none to give, or a wrong one
 *   (our decision).
 *
 * The first two are self-signed, since the authority behind `base` is out of our reach: a client
 * that trusts only that authority may give "self-signed" as its reason. Rejects with a `RangeError`
 * for no hosts.
 *
 * @example
 * ```ts
 * import { tlsOf } from "./tls_faults.ts";
 * import { selfSigned } from "../lib/transport/self_signed.ts";
 * import { X509Certificate } from "node:crypto";
 * import assert from "node:assert/strict";
 *
 * const base = await selfSigned({ hosts: ["localhost"] });
 * const { cert } = await tlsOf("wrong_host", base, ["localhost"]);
 * assert.equal(new X509Certificate(cert).subjectAltName, "DNS:wrong-host.invalid");
 * ```
 */
export async function tlsOf(
  fault: CertificateFault,
  base: TlsServerOptions,
  hosts: readonly string[],
): Promise<TlsServerOptions> {
  const { clientCa } = base;
  const now = Date.now();
  switch (fault) {
    case "expired": {
      const pair = await selfSigned({ hosts, from: new Date(now - 30 * DAY_MS), to: new Date(now - DAY_MS) });
      return { ...pair, clientCa };
    }
    case "wrong_host":
      return { ...await selfSigned({ hosts: [WRONG_HOST] }), clientCa };
    case "no_client_cert":
      return { ...base, clientCa: (await selfSigned({ hosts: [WRONG_HOST] })).cert };
  }
}

/**
 * The faults of one TLS listener. `prepare` the certificate faults that its rules name, once, before
 * listening; from then on each has its treatment at once.
 *
 * @example
 * ```ts
 * import { TlsFaults } from "./tls_faults.ts";
 * import { selfSigned } from "../lib/transport/self_signed.ts";
 * import assert from "node:assert/strict";
 *
 * const faults = new TlsFaults(await selfSigned({ hosts: ["localhost"] }), ["localhost"]);
 * await faults.prepare(["expired"]);
 * const { how, tls } = faults.treatment("expired");
 * assert.equal(how, "serve");
 * assert.equal(faults.treatment("expired", 50).tls, tls);
 * assert.deepEqual(faults.treatment("stall"), { afterMs: 0, how: "stall" });
 * assert.throws(() => faults.treatment("wrong_host"), RangeError);
 * ```
 */
export class TlsFaults {
  readonly #base: TlsServerOptions;
  readonly #hosts: readonly string[];
  readonly #made: Map<CertificateFault, TlsServerOptions> = new Map();

  /** For a listener that otherwise serves with `base`, for `hosts`. */
  constructor(base: TlsServerOptions, hosts: readonly string[]) {
    this.#base = base;
    this.#hosts = hosts;
  }

  /** Makes what these faults need and is not made yet; all of them, unless given. Rejects with a `RangeError` for what cannot be used. */
  async prepare(faults: Iterable<TlsFault> = CERTIFICATE_FAULTS): Promise<void> {
    for (const fault of faults) {
      if (!isCertificateFault(fault) || this.#made.has(fault)) continue;
      const tls = await tlsOf(fault, this.#base, this.#hosts);
      serverSettings(tls);
      this.#made.set(fault, tls);
    }
  }

  /**
   * What is done for a fault, `afterMs` after the ClientHello; without a fault (`null`), the usual handshake then. Throws a
   * `RangeError` for a certificate fault that was not prepared.
   */
  treatment(fault: TlsFault | null, afterMs = 0): HandshakeTreatment {
    if (fault === null) return { afterMs, how: "serve" };
    if (!isCertificateFault(fault)) return { afterMs, how: fault };
    const tls = this.#made.get(fault);
    if (tls === undefined) throw new RangeError(`Cannot serve with the TLS fault '${fault}': it was not prepared`);
    return { afterMs, how: "serve", tls };
  }
}

function isCertificateFault(fault: TlsFault): fault is CertificateFault {
  return (CERTIFICATE_FAULTS as readonly TlsFault[]).includes(fault);
}
