/**
 * When a load needs to be meant: off loopback, a closed loop and more than 100 messages/s are asked
 * to be confirmed (architecture.md section 6), and one connection for each message can use up the ports.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Endpoint } from "../transport/endpoint.ts";
import { formatRate } from "../values.ts";

/** What may go to another machine without being confirmed, in messages per second. */
export const UNCONFIRMED_RATE = 100;
const UNLIMITED = {
  closed: "a closed loop sends as fast as it is answered",
  search: "a search sends more and more until the receiver cannot follow",
} as const;
/** Ports that a system hands out by default, and how long one rests after its connection (Linux: 32768 to 60999, 60 s). */
const EPHEMERAL_PORTS = 28_232;
const TIME_WAIT_S = 60;

/**
 * Whether an endpoint stays within this machine, by what is written: `localhost`, 127.0.0.0/8,
 * `::1`, and every kind that is no network.
 *
 * @example
 * ```ts
 * import { staysHere } from "./safety.ts";
 * import { parseEndpoint } from "../transport/endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(staysHere(parseEndpoint("127.0.0.1:2575")), true);
 * assert.equal(staysHere(parseEndpoint("hl7.example.org:2575")), false);
 * ```
 */
export function staysHere({ kind, host }: Endpoint): boolean {
  if (kind !== "tcp" && kind !== "tls") return true;
  const name = host.toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || name === "::1" || /^127(\.\d{1,3}){3}$/.test(name);
}

/**
 * Why a load needs to be confirmed; null if it does not.
 *
 * @param rate messages per second; null where nobody can tell before
 * @param unlimited what has no such rate
 *
 * @example
 * ```ts
 * import { needsConfirming } from "./safety.ts";
 * import { parseEndpoint } from "../transport/endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(needsConfirming(parseEndpoint("hl7.example.org:2575"), 100), null);
 * assert.match(needsConfirming(parseEndpoint("hl7.example.org:2575"), null) ?? "", /closed loop/);
 * ```
 */
export function needsConfirming(
  endpoint: Endpoint,
  rate: number | null,
  unlimited: "closed" | "search" = "closed",
): string | null {
  if (staysHere(endpoint) || (rate !== null && rate <= UNCONFIRMED_RATE)) return null;
  const what = rate === null ? UNLIMITED[unlimited] : `${formatRate(rate)} is more than 100/s`;
  return `${what}, and ${endpoint.host} is not this machine`;
}

/**
 * What to say of a rate at which one connection for each message uses up the ports; null if it does not.
 *
 * @param rate messages per second; null for a closed loop
 *
 * @example
 * ```ts
 * import { portWarning } from "./safety.ts";
 * import { parseEndpoint } from "../transport/endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(portWarning(parseEndpoint("127.0.0.1:2575"), 100), null);
 * assert.match(portWarning(parseEndpoint("127.0.0.1:2575"), 1000) ?? "", /60000 ports/);
 * ```
 */
export function portWarning({ kind }: Endpoint, rate: number | null): string | null {
  if (kind !== "tcp" && kind !== "tls") return null;
  if (rate === null) return "a connection for each message in a closed loop can use up the system's ports";
  const ports = Math.ceil(rate * TIME_WAIT_S);
  if (ports <= EPHEMERAL_PORTS) return null;
  return `a connection for each message at ${
    formatRate(rate)
  } keeps about ${ports} ports busy for ${TIME_WAIT_S} s each; ` +
    `systems hand out about ${EPHEMERAL_PORTS}`;
}
