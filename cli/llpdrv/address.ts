/**
 * The addresses of llpdrv's command line: `service`, `service%host`, or an endpoint as everywhere else. Text in,
 * endpoints out; it opens nothing.
 *
 * | written | the line | the destination | the distal server |
 * |---|---|---|---|
 * | `2575`, `hl7` | listens on 127.0.0.1 | on this host | listens on 127.0.0.1 |
 * | `2575%ADDR` | listens there | there | listens there |
 * | `2575%*` | listens on every address (IPv4) | refused | listens on every address (IPv4) |
 * | `host:port`, `tcp://`, `unix:` | as everywhere | as everywhere | as everywhere |
 *
 * @module
 */
import { type Endpoint, parseEndpoint } from "../../lib/transport/endpoint.ts";
import type { Services } from "./services.ts";

const LOOPBACK = "127.0.0.1";
const EVERYWHERE = "0.0.0.0";

/** Where ILLP is spoken. */
const ILLP_KINDS: readonly Endpoint["kind"][] = ["tcp", "unix"];

/** What an address is for. */
export type AddressUse = "listen" | "connect";

/** Reads an address; `kinds` are those that an endpoint may be of, default those of ILLP. Throws a `RangeError` that gives what was found and what is wanted. */
export function parseAddress(
  text: string,
  use: AddressUse,
  services: Services,
  kinds: readonly Endpoint["kind"][] = ILLP_KINDS,
): Endpoint {
  const [service, ...hosts] = text.split("%");
  if (/[:/]/.test(service) || service === "") return checked(text, parseEndpoint(text), use, kinds);
  const host = hosts.join("%");
  if (hosts.length > 0 && host === "") throw new RangeError(`'${text}': wanted a host behind the %`);
  if (host === "*" && use === "connect") {
    throw new RangeError(`'${text}': wanted one host to connect to, * is every address of this one`);
  }
  const port = /^\d+$/.test(service) ? readPort(text, service, use) : services.portOf(service);
  return parseEndpoint(`${bracketed(hostOf(host, use))}:${port}`);
}

function hostOf(host: string, use: AddressUse): string {
  if (host === "*") return EVERYWHERE;
  if (host !== "") return host;
  // To connect, the name: a server may listen on ::1 alone. To listen, the address: a name may mean both.
  return use === "connect" ? "localhost" : LOOPBACK;
}

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

function readPort(text: string, digits: string, use: AddressUse): number {
  const port = Number(digits);
  const least = use === "listen" ? 0 : 1;
  if (port < least || port > 65535) throw new RangeError(`'${text}': wanted a port from ${least} to 65535`);
  return port;
}

function checked(text: string, endpoint: Endpoint, use: AddressUse, kinds: readonly Endpoint["kind"][]): Endpoint {
  if (!kinds.includes(endpoint.kind)) {
    throw new RangeError(`'${text}': found an endpoint of ${endpoint.kind}, wanted one of ${kinds.join(", ")}`);
  }
  if (use === "connect" && endpoint.kind === "tcp" && endpoint.port === 0) {
    throw new RangeError(`'${text}': wanted a port from 1 to 65535`);
  }
  const [option] = Object.keys(endpoint.options);
  if (kinds === ILLP_KINDS && option !== undefined) {
    throw new RangeError(`'${text}': the option '${option}' has no meaning here, ILLP has none`);
  }
  return endpoint;
}
