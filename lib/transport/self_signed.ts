/**
 * Certificates made on the spot, for tests and trials. It knows no socket. The library that makes
 * them is large, so it is loaded when the first one is made.
 *
 * @module
 */
import { isIP } from "node:net";

/** A certificate and its private key, PEM texts. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;

/**
 * A self-signed certificate for `hosts` (names and addresses), the first being its common name:
 * an EC P-256 key, valid from `from` (default yesterday, since clocks differ) to `to` (default
 * `days` from now, and those 365). Rejects with a `RangeError` for no hosts, and for an end that
 * does not come after the beginning.
 *
 * @example
 * ```ts
 * import { selfSigned } from "./self_signed.ts";
 * import assert from "node:assert/strict";
 *
 * const { cert, key } = await selfSigned({ hosts: ["localhost", "127.0.0.1", "::1"] });
 * assert.match(cert, /^-----BEGIN CERTIFICATE-----/);
 * assert.match(key, /^-----BEGIN PRIVATE KEY-----/);
 * ```
 */
export async function selfSigned(
  options: { readonly hosts: readonly string[]; readonly days?: number; readonly from?: Date; readonly to?: Date },
): Promise<CertificatePair> {
  const { hosts, days = 365, from = new Date(Date.now() - DAY_MS), to = new Date(Date.now() + days * DAY_MS) } =
    options;
  if (hosts.length === 0) throw new RangeError("Cannot make a certificate for no host, wanted at least one");
  if (!(from < to)) {
    const [begin, end] = [from, to].map((date) => date.toISOString());
    throw new RangeError(`Cannot make a certificate valid from ${begin} to ${end}: wanted an end after the beginning`);
  }
  const { generate } = await import("selfsigned");
  const made = await generate([{ name: "commonName", value: hosts[0] }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: from,
    notAfterDate: to,
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "extKeyUsage", serverAuth: true, clientAuth: true },
      {
        name: "subjectAltName",
        altNames: hosts.map((host) => isIP(host) ? { type: 7, ip: host } : { type: 2, value: host }),
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}
