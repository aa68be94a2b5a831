/**
 * From an ENDPOINT operand and the shared flags to something to connect to (send, spam): where,
 * which framing, which TLS. Options behind the endpoint's `?` go before the flags.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { TransportError } from "../lib/errors.ts";
import { X328_MAX_BLOCK } from "../lib/framing/x328_encode.ts";
import type { MllpRule } from "../lib/framing/rules.ts";
import { dialogueWith, hasRules } from "../lib/link/dialogue.ts";
import { type Framing, linkMaker, type LinkOptions } from "../lib/link/make.ts";
import type { Link } from "../lib/link/link.ts";
import { type Endpoint, formatPlace, isLine, NO_ILLP, parseEndpoint } from "../lib/transport/endpoint.ts";
import { connect } from "../lib/transport/open.ts";
import { bytesPerSecond } from "../lib/transport/serial_options.ts";
import { clientContext, readClientTls, type TlsClientOptions } from "../lib/transport/tls_options.ts";
import type { Transport } from "../lib/transport/transport.ts";
import { printable } from "../lib/text.ts";
import { usage, UsageError } from "./exit_code.ts";
import type { Output } from "./output.ts";

/** The flags of framing and strictness, as parsed (shared_flags.ts). */
export interface FramingChoice {
  readonly framing: Framing;
  readonly strict: boolean;
  readonly allow: readonly MllpRule[];
  readonly deny: readonly MllpRule[];
  readonly maxFrame: number;
  /** Of who sends; a receiver has none. */
  readonly raw?: boolean;
}

/** The flags of a TLS client, as parsed. */
export interface TlsChoice {
  readonly tls: boolean;
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly servername: string | undefined;
  readonly insecure: boolean;
}

/** Something to connect to. */
export interface Target {
  readonly endpoint: Endpoint;
  /** The endpoint as people read it, without its options. */
  readonly shown: string;
  readonly framing: Framing;
  readonly makeLink: () => Link;
  /** How long nothing may come before the link has confirmed a message; Infinity where its own tries alone decide. */
  readonly deliveryTimeoutMs: number;
  /** Opens a stream, from this address of ours if one is given. Rejects with a `TransportError`. */
  readonly connect: (signal?: AbortSignal, localAddress?: string) => Promise<Transport>;
}

/** What is connected to, and how. Throws a `UsageError` for what cannot be. */
export function readTarget(
  text: string,
  flags: FramingChoice & TlsChoice & { readonly connectTimeout: number; readonly timeout: number },
  output: Output,
): Target {
  const endpoint = readEndpoint(text, flags);
  if ((endpoint.kind === "tcp" || endpoint.kind === "tls") && endpoint.port === 0) {
    throw new UsageError("ENDPOINT: port 0 is for listening, on any free port; wanted the receiver's port");
  }
  const tls = tlsClient(endpoint, flags, output);
  const dialogue = dialogueOf(endpoint, flags);
  checkRules([dialogue], flags);
  const blockMs = 1000 * X328_BLOCK / (bytesPerSecond(endpoint) ?? Infinity);
  const makeLink = usage(() =>
    linkMaker({
      ...dialogue,
      mllp2: { commitTimeoutMs: flags.timeout },
      hllp: { ...dialogue.hllp, readTimeoutMs: flags.timeout, priority: true },
      // A block or an answer that is lost is to be made good within the time that there is.
      x328: { priority: "host", timerAMs: Math.min(TIMER_A_MS, flags.timeout / 2) + blockMs },
    })
  );
  const { framing = "mllp" } = dialogue;
  let told = false;
  return {
    endpoint,
    shown: formatPlace(endpoint),
    framing,
    makeLink,
    // The tries of X3.28 would take half a minute; those of the others are as long as the reply may take.
    deliveryTimeoutMs: framing === "x328" ? flags.timeout + blockMs : Infinity,
    connect: async (signal, localAddress) => {
      const opening = connect(endpoint, { connectTimeoutMs: flags.connectTimeout, tls, signal, localAddress });
      const transport = await opening.catch((error) => {
        throw withCure(error);
      });
      const { kind, local, peer } = transport.info;
      const made = kind === "pty" ? madeWords(local, peer) : null;
      if (made !== null && !told) output.progress(made);
      told ||= made !== null;
      return transport;
    },
  };
}

/** That a pty was made, where one might have been meant that is there; null where the endpoint was there. A slave is `/dev/...`. */
export function madeWords(place: string, peer: string): string | null {
  const path = place.replace(/^pty:/, "");
  return path === place || peer === place ? null : printable(`made ${path} (${peer}): waiting for somebody to open it`);
}

const RULE_OPTIONS = ["strict", "allow", "deny"] as const;

/** Timer A of X3.28 as the standard has it (protocols.md section 3). */
const TIMER_A_MS = 6000;
/** A full block of X3.28 on the line: its text and what is around it. */
const X328_BLOCK = X328_MAX_BLOCK + 11;

function readEndpoint(text: string, flags: TlsChoice): Endpoint {
  try {
    return usage(() => parseEndpoint(text, { defaultKind: flags.tls ? "tls" : "tcp" }), "ENDPOINT");
  } catch (error) {
    const what = text === "-" ? "standard input" : existsSync(text) ? "a file" : null;
    if (what === null) throw error;
    throw new UsageError(`ENDPOINT: '${text}' is ${what}, and the endpoint comes first: HOST:PORT ${text}`);
  }
}

/** The flags that get past a certificate which is refused, by the code of the refusal. */
const CURES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "CERT_UNTRUSTED",
    ].map((code) => [code, "--ca FILE trusts it, --insecure does not check"]),
  ),
  ERR_TLS_CERT_ALTNAME_INVALID: "--servername NAME says which name it must have",
};

/** What a receiver of plain MLLP does with a handshake: it waits for the end of a frame. */
const SILENCE = /: no TLS handshake within [^:]+$/;
const PLAIN = "does it speak TLS? tcp://HOST:PORT, or no --tls, is plain";

/** The library's error, with the flag that helps: the library does not know the flags. */
function withCure(error: unknown): unknown {
  if (!(error instanceof TransportError)) return error;
  const cure = Object.hasOwn(CURES, error.systemCode)
    ? CURES[error.systemCode]
    : SILENCE.test(error.message)
    ? PLAIN
    : null;
  return cure === null ? error : new TransportError(error.code, `${error.message} (${cure})`, error);
}

/**
 * What `read` gives; its error calls an option of TLS by its flag, unless one of the endpoints gives that option itself.
 */
export function usageOfTls<T>(endpoints: readonly Endpoint[], read: () => T, where?: string): T {
  try {
    return usage(read, where);
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(tlsFlagsIn(error.message, endpoints), { cause: error }) : error;
  }
}

/** A message of `tls_options.ts` with its options named as flags. */
export function tlsFlagsIn(message: string, endpoints: readonly Endpoint[]): string {
  return message.replace(
    /the (?:TLS )?option '(ca|cert|key|client-ca)'/,
    (said, name) => endpoints.some(({ options }) => name in options) ? said : `--${name}`,
  );
}

/** The dialogue of an endpoint: its own options first, the flags for what they leave open (send, spam, receive). */
export function dialogueOf(endpoint: Endpoint, flags: FramingChoice): LinkOptions {
  const { allow, deny, maxFrame, raw } = flags;
  const own = usage(() => dialogueWith(endpoint));
  const { framing = flags.framing } = own;
  const place = formatPlace(endpoint);
  if (framing === "illp" && isLine(endpoint)) {
    throw new UsageError(`--framing illp: ${place} is a line: ${NO_ILLP}`);
  }
  const rule = hasRules(framing) ? undefined : RULE_OPTIONS.find((name) => endpoint.options[name] !== undefined);
  if (rule !== undefined) throw new UsageError(`${place}: '${rule}' is about frames of MLLP, not of ${framing}`);
  const profile = flags.strict ? "strict" : "tolerant";
  const hllp = { bytesPerSecond: bytesPerSecond(endpoint) };
  return { profile, allow, deny, maxFrame, raw, hllp, ...own, framing };
}

/** Throws a `UsageError` where flags ask for a strictness that none of the dialogues has. */
export function checkRules(dialogues: readonly LinkOptions[], flags: FramingChoice): void {
  if (dialogues.some(({ framing = "mllp" }) => hasRules(framing))) return;
  const given = RULE_OPTIONS.find((name) =>
    flags[name] === true || (Array.isArray(flags[name]) && flags[name].length > 0)
  );
  if (given === undefined) return;
  const spoken = [...new Set(dialogues.map(({ framing }) => framing))].join(" and ");
  throw new UsageError(`--${given} is about frames of MLLP, and what is spoken is ${spoken}: leave it out`);
}

function tlsClient(endpoint: Endpoint, flags: TlsChoice, output: Output): TlsClientOptions | undefined {
  if (endpoint.kind !== "tls") {
    const given = (["tls", "ca", "cert", "key", "servername", "insecure"] as const).find((name) => flags[name]);
    if (given === undefined) return undefined;
    throw new UsageError(`--${given}: ${formatPlace(endpoint)} does not speak TLS; wanted tls://HOST:PORT, or --tls`);
  }
  const tls = usageOfTls([endpoint], () => readClientTls(endpoint, flags));
  // A certificate that cannot be used is found before anything is sent.
  usageOfTls([endpoint], () => clientContext(tls));
  if (tls.insecure) {
    output.warn("--insecure: the receiver's certificate is not checked; anybody could be at the other end");
  }
  return tls;
}
