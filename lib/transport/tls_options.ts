/**
 * What TLS needs to know: certificates and keys as PEM text, checked before anything is opened, and
 * the reading of the files that endpoints and flags name. It opens no socket.
 *
 * @module
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContext } from "node:tls";
import { systemCode } from "../errors.ts";
import type { Endpoint } from "./endpoint.ts";

/** No peer of ours gets less (architecture.md, section 6). */
export const MIN_TLS_VERSION = "TLSv1.2";

/** TLS of the connecting side; texts are PEM contents, not paths. */
export interface TlsClientOptions {
  /** The certificates trusted as issuers; the system's own set if absent. */
  readonly ca?: string;
  /** Our certificate, and any intermediate ones behind it. */
  readonly cert?: string;
  /** The private key of `cert`. */
  readonly key?: string;
  /** What `key` is encrypted with. */
  readonly passphrase?: string;
  /** The name wanted in the peer's certificate and sent to it; the endpoint's host if absent. */
  readonly servername?: string;
  /** Take any certificate. */
  readonly insecure?: boolean;
}

/** TLS of the listening side; texts are PEM contents, not paths. */
export interface TlsServerOptions {
  /** Our certificate, and any intermediate ones behind it. */
  readonly cert: string;
  /** The private key of `cert`. */
  readonly key: string;
  /** What `key` is encrypted with. */
  readonly passphrase?: string;
  /** The issuers of client certificates; if given, a client without a certificate of theirs is refused (mutual TLS). */
  readonly clientCa?: string;
}

/** Paths and words of TLS as flags give them; those of an endpoint go before them. */
export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly insecure?: boolean;
  readonly clientCa?: string;
}

/**
 * The TLS of a connection to `endpoint`: its own options, with `flags` as the defaults, files read.
 * Throws a `RangeError` that names the option for a file that cannot be read, a certificate
 * without its key, or an option of listeners.
 *
 * @example
 * ```ts
 * import { readClientTls } from "./tls_options.ts";
 * import { parseEndpoint } from "./endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * const tls = readClientTls(parseEndpoint("tls://10.0.0.7:2576?servername=lab.example"), { insecure: false });
 * assert.equal(tls.servername, "lab.example");
 * ```
 */
export function readClientTls(endpoint: Endpoint, flags: TlsFiles = {}): TlsClientOptions {
  const { options } = endpoint;
  if (options["client-ca"] !== undefined) {
    throw new RangeError("Cannot connect with the option 'client-ca': it is one of listeners, wanted 'ca'");
  }
  const [cert, key] = [options.cert ?? flags.cert, options.key ?? flags.key];
  if ((cert === undefined) !== (key === undefined)) {
    throw new RangeError(`Cannot use TLS with '${cert ?? key}' alone: wanted a certificate and its key`);
  }
  return {
    ca: readPem("ca", options.ca ?? flags.ca),
    cert: readPem("cert", cert),
    key: readPem("key", key),
    passphrase: flags.passphrase,
    servername: options.servername ?? flags.servername,
    insecure: readSwitch("insecure", options.insecure) ?? flags.insecure,
  };
}

/**
 * The TLS of a listener on `endpoint`: its own options, with `flags` as the defaults, files read.
 * Throws a `RangeError` that names the option for a file that cannot be read, for a missing
 * certificate or key, or for an option of connections.
 *
 * @example
 * ```ts
 * import { readServerTls } from "./tls_options.ts";
 * import { parseEndpoint } from "./endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * assert.throws(() => readServerTls(parseEndpoint("tls://:2576")), /wanted a certificate and its key/);
 * ```
 */
export function readServerTls(endpoint: Endpoint, flags: TlsFiles = {}): TlsServerOptions {
  const { options } = endpoint;
  for (const [name, meant] of [["ca", "'client-ca'"], ["servername", "none"], ["insecure", "none"]]) {
    if (options[name] === undefined) continue;
    throw new RangeError(`Cannot listen with the option '${name}': it is one of connections, wanted ${meant}`);
  }
  const cert = readPem("cert", options.cert ?? flags.cert);
  const key = readPem("key", options.key ?? flags.key);
  if (cert === undefined || key === undefined) {
    throw new RangeError("Cannot listen with TLS: wanted a certificate and its key");
  }
  const clientCa = readPem("client-ca", options["client-ca"] ?? flags.clientCa);
  return { cert, key, passphrase: flags.passphrase, clientCa };
}

/** A bare word, or `true`, or `false`. */
function readSwitch(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (text === "" || text === "true") return true;
  if (text === "false") return false;
  throw new RangeError(`Cannot read '${text}' as the option '${name}': wanted true or false`);
}

/**
 * The text of the file that the option `name` gives; `undefined` if it gives none. Throws a
 * `RangeError` that names option and file for one that cannot be read.
 *
 * @example
 * ```ts
 * import { readPem } from "./tls_options.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(readPem("client-ca", undefined), undefined);
 * assert.throws(() => readPem("ca", "/no/such.pem"), /no such file/);
 * ```
 */
export function readPem(name: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const words = { ENOENT: "there is no such file", EACCES: "permission denied", EISDIR: "it is a folder" };
    const why = words[systemCode(cause) as keyof typeof words] ?? String((cause as Error).message);
    throw new RangeError(`Cannot read the file '${path}' of the option '${name}': ${why}`, { cause });
  }
}

const contexts: WeakMap<TlsClientOptions, SecureContext> = new WeakMap();

/**
 * The checked and parsed form of client options; made once for each options object, since a load
 * generator connects thousands of times with the same one. Throws a `RangeError` for PEM texts
 * that cannot be used.
 */
export function clientContext(options: TlsClientOptions): SecureContext {
  const known = contexts.get(options);
  if (known !== undefined) return known;
  const { ca, cert, key, passphrase } = options;
  if ((cert === undefined) !== (key === undefined)) {
    throw new RangeError("Cannot use TLS with a certificate or a key alone: wanted both");
  }
  const context = createSecureContext({
    ...(ca === undefined ? {} : { ca: readCertificates("ca", ca).pem }),
    ...(cert === undefined || key === undefined ? {} : checkedPair(cert, key, passphrase)),
    minVersion: MIN_TLS_VERSION,
  });
  contexts.set(options, context);
  return context;
}

/** The checked form of server options, as `node:tls` takes them. Throws a `RangeError` for PEM texts that cannot be used. */
export function serverSettings(options: TlsServerOptions): {
  cert: string;
  key: string;
  ca?: string;
  requestCert: boolean;
  rejectUnauthorized: boolean;
  minVersion: "TLSv1.2";
} {
  const { cert, key, passphrase, clientCa } = options;
  const mutual = clientCa !== undefined;
  return {
    ...checkedPair(cert, key, passphrase),
    ...(mutual ? { ca: readCertificates("client-ca", clientCa).pem } : {}),
    requestCert: mutual,
    rejectUnauthorized: mutual,
    minVersion: MIN_TLS_VERSION,
  };
}

/**
 * The first certificate of a PEM text, and all of them without what stands between. Each is parsed:
 * a runtime may accept a broken one and fail only at the first handshake.
 */
function readCertificates(name: string, text: string): { first: X509Certificate; pem: string } {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (blocks === null) throw new RangeError(`Cannot use the TLS option '${name}': no certificate in PEM form in it`);
  const parsed = blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new RangeError(`Cannot use the TLS option '${name}': certificate ${index + 1} is damaged`, { cause });
    }
  });
  return { first: parsed[0], pem: `${blocks.join("\n")}\n` };
}

/** Certificate and key as TLS takes them, the key without a passphrase, seen to belong together. */
function checkedPair(cert: string, key: string, passphrase: string | undefined): { cert: string; key: string } {
  const own = readCertificates("cert", cert);
  let parsed: KeyObject;
  try {
    parsed = createPrivateKey(passphrase === undefined ? key : { key, passphrase });
  } catch (cause) {
    throw new RangeError(`Cannot use the TLS option 'key': ${keyFault(key, passphrase)}`, { cause });
  }
  if (!own.first.checkPrivateKey(parsed)) {
    throw new RangeError("Cannot use the TLS option 'key': it is not the key of the certificate given");
  }
  return { cert: own.pem, key: parsed.export({ type: "pkcs8", format: "pem" }).toString() };
}

function keyFault(key: string, passphrase: string | undefined): string {
  if (!key.includes("ENCRYPTED")) return "no private key in PEM form in it";
  return passphrase === undefined ? "it is encrypted, and no passphrase is given" : "the passphrase does not open it";
}
