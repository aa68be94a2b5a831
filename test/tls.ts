/**
 * Certificates for tests, made when first asked for and kept in memory: an authority, and what it
 * and others have signed.
 */
import { generate } from "selfsigned";
import { type CertificatePair, selfSigned } from "../lib/transport/self_signed.ts";

/** What the tests of TLS are run with. */
export interface TestCertificates {
  /** The issuer that both sides trust; its certificate only. */
  readonly ca: string;
  /** For localhost and the loopback addresses. */
  readonly server: CertificatePair;
  readonly client: CertificatePair;
  /** For localhost, valid in 2020 only. */
  readonly expired: CertificatePair;
  /** For elsewhere.example. */
  readonly otherName: CertificatePair;
  /** For localhost, of no authority. */
  readonly selfSigned: CertificatePair;
}

let made: Promise<TestCertificates> | null = null;

/** The same certificates for every caller of one process. */
export function testCertificates(): Promise<TestCertificates> {
  return made ??= make();
}

async function make(): Promise<TestCertificates> {
  const authority = await generate([{ name: "commonName", value: "mllp test authority" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  const sign = async (name: string, hosts: string[], year?: number): Promise<CertificatePair> => {
    const signed = await generate([{ name: "commonName", value: name }], {
      keyType: "ec",
      algorithm: "sha256",
      ca: { key: authority.private, cert: authority.cert },
      ...(year === undefined ? {} : {
        notBeforeDate: new Date(Date.UTC(year, 0)),
        notAfterDate: new Date(Date.UTC(year, 11)),
      }),
      extensions: [
        { name: "basicConstraints", cA: false },
        {
          name: "subjectAltName",
          altNames: hosts.map((host) => /^[\d.]+$|:/.test(host) ? { type: 7, ip: host } : { type: 2, value: host }),
        },
      ],
    });
    return { cert: signed.cert, key: signed.private };
  };
  const here = ["localhost", "127.0.0.1", "::1"];
  return {
    ca: authority.cert,
    server: await sign("localhost", here),
    client: await sign("ward 7", ["ward7.example"]),
    expired: await sign("localhost", here, 2020),
    otherName: await sign("elsewhere.example", ["elsewhere.example"]),
    selfSigned: await selfSigned({ hosts: here }),
  };
}
