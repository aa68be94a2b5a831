/**
 * One try to give one batch of events to Axiom, and what came of it. It knows no queue and no retry.
 *
 * The vendor's client (read in version 2.0.0) tries a 5xx and a lost connection twice with no say of
 * ours, swallows every error into a callback and takes no abort signal. So a `fetch` of ours stands beneath
 * it, which sees what really came back, takes the signal, and lets the client retry nothing.
 *
 * @module
 */
import type { AxiomWithoutBatching, IngestStatus } from "@axiomhq/js";
import { systemCode } from "../../lib/errors.ts";
import { printable } from "../../lib/text.ts";

/** What a try came to; the reasons are for people. */
export type AxiomAnswer =
  /** So many events are in the dataset; why not all, if not. */
  | { readonly kind: "taken"; readonly count: number; readonly reason: string }
  /** Another try may help, at the earliest after `waitMs` if Axiom said when. */
  | { readonly kind: "again"; readonly reason: string; readonly waitMs: number | null }
  /** No try will help: the token, the dataset. */
  | { readonly kind: "never"; readonly reason: string }
  /** These events are lost, or may have arrived: nobody can tell. */
  | { readonly kind: "lost"; readonly reason: string };

/** Where events go. */
export interface AxiomPlace {
  readonly dataset: string;
  /** The API token; never printed. */
  readonly token: string;
  /** The vendor's own, if undefined. */
  readonly url?: string;
}

/** Statuses that no other try will change. */
const NEVER: Readonly<Record<number, string>> = {
  401: "it does not know the token",
  403: "the token may not write to the dataset",
  404: "there is no such dataset",
};

/** Headers that say when a limit is lifted, in seconds since 1970. */
const RESETS = ["x-ingestlimit-reset", "x-ratelimit-reset"];

/** Tells a batch: packed NDJSON, and how many events it has. Never rejects; the signal ends it at once. */
export type AxiomIngest = (packed: Uint8Array, count: number, signal: AbortSignal) => Promise<AxiomAnswer>;

/** Loads the client. Sends nothing. One batch at a time. */
export async function axiomIngest(place: AxiomPlace): Promise<AxiomIngest> {
  const { AxiomWithoutBatching, ContentEncoding, ContentType } = await import("@axiomhq/js");
  const { dataset, token, url } = place;
  const { host, hostname } = new URL(url ?? "https://api.axiom.co");
  let signal = AbortSignal.abort();
  let met: AxiomAnswer | null = null;

  const watchedFetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    try {
      const response = await fetch(input, { ...init, signal, redirect: "manual" });
      const text = await response.text();
      if (response.ok) return new Response(isJson(text) ? text : "{}", { status: 200 });
      met = refusal(response, text);
    } catch (error) {
      met = signal.aborted
        ? { kind: "lost", reason: "Axiom gave no answer in time" }
        : { kind: "again", reason: `cannot reach ${host}${why(error)}`, waitMs: null };
    }
    // A status that the client does not try again: that is our business.
    return new Response("", { status: 400 });
  };
  const client: AxiomWithoutBatching = new AxiomWithoutBatching({
    token,
    // The hosts of Axiom's edge have paths of their own, which the client knows.
    ...(url === undefined ? {} : hostname.endsWith(".edge.axiom.co") ? { edgeUrl: url } : { url }),
    onError: () => met ??= { kind: "lost", reason: "Axiom's answer could not be read" },
    fetch: watchedFetch,
  });
  return async (packed, count, until) => {
    signal = until;
    met = null;
    const status = await client.ingestRaw(dataset, packed, ContentType.NDJSON, ContentEncoding.GZIP);
    return met ?? account(status, count);
  };
}

/** A 200 may still refuse some of the events, or all. One that does not say has taken them. */
function account(status: Partial<IngestStatus>, count: number): AxiomAnswer {
  const { ingested, failed = 0, failures } = status;
  const taken = Math.min(Math.max(0, ingested ?? count - failed), count);
  const said = failures?.[0]?.error ?? "";
  return {
    kind: "taken",
    count: taken,
    reason: `Axiom refused some${said === "" ? "" : `: ${shortened(said)}`}`,
  };
}

function refusal(response: Response, text: string): AxiomAnswer {
  const { status, headers } = response;
  if (Object.hasOwn(NEVER, status)) {
    return { kind: "never", reason: `Axiom answered ${status}, ${NEVER[status]}${saidIn(text)}` };
  }
  const reason = `Axiom answered ${status}`;
  if (status === 429) return { kind: "again", reason: `${reason}, too many requests`, waitMs: liftedIn(headers) };
  return status >= 500 ? { kind: "again", reason, waitMs: liftedIn(headers) } : { kind: "lost", reason };
}

/** How long until the limit is lifted, in milliseconds; null if the answer does not say. */
function liftedIn(headers: Headers): number | null {
  const after = Number(headers.get("retry-after") ?? NaN);
  if (after >= 0) return after * 1000;
  const resets = RESETS.map((name) => Number(headers.get(name) ?? NaN)).filter((at) => at > 0);
  return resets.length === 0 ? null : Math.max(0, Math.max(...resets) * 1000 - Date.now());
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object" && text.trim() !== "null";
  } catch {
    return false;
  }
}

/** What Axiom says itself, from the JSON of an error. */
function saidIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" && message !== "" ? ` (${shortened(message)})` : "";
  } catch {
    return "";
  }
}

function shortened(text: string): string {
  return printable(text.length > 120 ? `${text.slice(0, 120)}...` : text);
}

/** Each runtime has words of its own for it. */
function why(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  const all = [error, cause].map((each) => `${systemCode(each)} ${each instanceof Error ? each.message : ""}`).join(
    " ",
  );
  if (/refused|FailedToOpenSocket/i.test(all)) return ": connection refused";
  if (/ENOTFOUND|dns|resolve|lookup/i.test(all)) return ": the name does not resolve";
  if (/certificate|CERT_/i.test(all)) return ": its certificate is not trusted";
  return "";
}
