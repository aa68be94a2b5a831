/**
 * `via` and `on`: a reply that goes elsewhere, over a connection of our own.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { formatEndpoint, parseEndpoint } from "../../lib/transport/endpoint.ts";
import { type Form, scalar, word } from "../scenario/form.ts";
import type { Files } from "./step.ts";
import type { Way } from "./way.ts";

/** The value behind `via`: an endpoint, seen to be one; its text. */
export const endpointForm: Form<string> = scalar(
  "an endpoint such as tcp://127.0.0.1:2576",
  (found) => {
    const { kind, port } = parseEndpoint(found);
    if ((kind === "tcp" || kind === "tls") && port === 0) {
      throw new RangeError(`Cannot connect to '${found}': wanted a port above 0`);
    }
    return found;
  },
  { type: "string" },
);

/** Which connection a reply takes. */
export type Connection = "same" | "new_connection" | "endpoint";

/** The value behind `on`. */
export const connectionForm: Form<Connection> = word("connection", ["same", "new_connection", "endpoint"]);

/**
 * What is wrong between `via` and `on`; `null` if nothing is.
 *
 * @example
 * ```ts
 * import { destinationProblem } from "./destination.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(destinationProblem("same", undefined), null);
 * assert.equal(destinationProblem("endpoint", undefined), "on: endpoint needs via: ENDPOINT, where the reply goes");
 * ```
 */
export function destinationProblem(on: Connection | undefined, via: string | undefined): string | null {
  if (on === "same" && via !== undefined) {
    return "on: same stays on the connection and via leaves it, wanted one of them";
  }
  if (on !== undefined && on !== "same" && via === undefined) {
    return `on: ${on} needs via: ENDPOINT, where the reply goes`;
  }
  return null;
}

/**
 * The part of a way that says where.
 *
 * @example
 * ```ts
 * import { destinationOf } from "./destination.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(destinationOf("new_connection", ":2576"), { via: ":2576", viaNew: true });
 * assert.deepEqual(destinationOf("same", undefined), {});
 * ```
 */
export function destinationOf(on: Connection | undefined, via: string | undefined): Pick<Way, "via" | "viaNew"> {
  if (via === undefined) return {};
  return on === "new_connection" ? { via, viaNew: true } : { via };
}

/** The options of an endpoint that are paths. */
export const PATH_OPTIONS: readonly string[] = Object.freeze(["cert", "key", "ca", "client-ca"]);

/**
 * An endpoint with the paths in its options looked up.
 *
 * @example
 * ```ts
 * import { settledEndpoint } from "./destination.ts";
 * import assert from "node:assert/strict";
 *
 * const files = { resolve: (path: string) => `/data/${path}`, read: () => "" };
 * assert.equal(settledEndpoint("tls://lab.example:2576?ca=ca.pem", files), "tls://lab.example:2576?ca=/data/ca.pem");
 * assert.equal(settledEndpoint(":2576", files), ":2576");
 * ```
 */
export function settledEndpoint(text: string, files: Files): string {
  const endpoint = parseEndpoint(text);
  const entries = Object.entries(endpoint.options);
  if (!entries.some(([key]) => PATH_OPTIONS.includes(key))) return text;
  const options = entries.map(([key, value]) => [key, PATH_OPTIONS.includes(key) ? files.resolve(value) : value]);
  return formatEndpoint({ ...endpoint, options: Object.fromEntries(options) });
}
