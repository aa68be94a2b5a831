/**
 * Who may use the control API. On loopback everybody on this machine may, but no web page that a browser on it
 * happens to show; elsewhere who has the token.
 *
 * # Web pages (our decisions)
 *
 * A page can send requests to 127.0.0.1, and by a name of its own that it lets point there it can read the answers, too. So a request must name as
 * its host what this machine calls itself, and one that a browser sends for another site's page is refused. No header lets other sites in.
 *
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { Problem } from "./problem.ts";

/** Who may use an API. */
export interface GuardOptions {
  /** The host that it was told to listen on. */
  readonly host: string;
  /** What a client must know; `null` for nothing. */
  readonly token: string | null;
}

const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Whether a host is this machine alone.
 *
 * @example
 * ```ts
 * import { isLoopbackHost } from "./guard.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(["127.0.0.1", "::1", "localhost", "0.0.0.0"].map(isLoopbackHost), [true, true, true, false]);
 * ```
 */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * A check of requests, which throws a `Problem` for one that is not to be answered.
 *
 * @example
 * ```ts
 * import { guard } from "./guard.ts";
 * import assert from "node:assert/strict";
 *
 * const check = guard({ host: "127.0.0.1", token: null });
 * check(new Request("http://127.0.0.1:8575/v1/status"));
 * assert.throws(() => check(new Request("http://evil.example/v1/status")), /evil\.example/);
 * ```
 */
export function guard({ host, token }: GuardOptions): (request: Request) => void {
  const digest = token === null ? null : digestOf(token);
  const bound = host.includes(":") ? `[${host}]` : host;
  const names = [...LOOPBACK_NAMES, bound.toLowerCase()];
  return (request) => {
    const { headers } = request;
    const named = hostName(headers.get("host") ?? new URL(request.url).host);
    // Where there is a token, a page of another site does not know it.
    if (isLoopbackHost(host) && token === null && !names.includes(named)) {
      throw new Problem("forbidden", `This is not the host '${named}': wanted ${names.slice(0, 3).join(", ")}`);
    }
    const origin = headers.get("origin");
    const foreign = origin !== null && origin !== `http://${headers.get("host") ?? new URL(request.url).host}`;
    if (foreign || headers.get("sec-fetch-site") === "cross-site") {
      throw new Problem("forbidden", "Pages of other sites may not use this API");
    }
    if (digest === null) return;
    const [, given] = /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "") ?? [];
    // Digests are of one length, so that the time of comparing tells nothing.
    if (given === undefined || !timingSafeEqual(digestOf(given), digest)) {
      throw new Problem("unauthorized", `The bearer token is ${given === undefined ? "missing" : "wrong"}`, {
        headers: { "WWW-Authenticate": 'Bearer realm="mllp"' },
      });
    }
  };
}

function digestOf(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

/** A host without its port. */
function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, "");
}
