/**
 * Addresses and networks: whether a peer is in `10.2.0.0/16` or `fd00::/8`. IPv4 within IPv6
 * (`::ffff:10.2.0.5`) counts as IPv4, as systems with both report it.
 *
 * This module performs no I/O.
 *
 * @module
 */

/** A network: the bytes of an address, of which the first bits count. */
export interface Network {
  /** 4 or 16 bytes. */
  readonly bytes: readonly number[];
  readonly bits: number;
}

const FORMS = "an address or a network such as 10.2.0.0/16, 10.2.0.5 or fd00::/8";

/**
 * Reads a network, or an address, which is a network of one.
 *
 * @throws RangeError for anything else
 *
 * @example
 * ```ts
 * import { parseNetwork } from "./network.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseNetwork("10.2.0.0/16"), { bytes: [10, 2, 0, 0], bits: 16 });
 * assert.throws(() => parseNetwork("10.2.0.0/33"), /wanted at most \/32/);
 * ```
 */
export function parseNetwork(text: string): Network {
  const [address, bits, ...rest] = text.split("/");
  const bytes = rest.length > 0 ? null : parseAddress(address);
  if (bytes === null) throw new RangeError(`Cannot read '${text}' as a network: wanted ${FORMS}`);
  const most = bytes.length * 8;
  if (bits === undefined) return { bytes, bits: most };
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > most) {
    throw new RangeError(`Cannot read '${text}' as a network: found /${bits}, wanted at most /${most}`);
  }
  return { bytes, bits: Number(bits) };
}

/**
 * Whether an address lies in a network; one that cannot be read lies in none.
 *
 * @example
 * ```ts
 * import { isIn, parseNetwork } from "./network.ts";
 * import assert from "node:assert/strict";
 *
 * assert.ok(isIn("10.2.77.1", parseNetwork("10.2.0.0/16")));
 * assert.ok(isIn("::ffff:10.2.77.1", parseNetwork("10.2.0.0/16")));
 * ```
 */
export function isIn(address: string, network: Network): boolean {
  const bytes = parseAddress(address);
  if (bytes === null || bytes.length !== network.bytes.length) return false;
  for (let bit = 0; bit < network.bits; bit += 8) {
    const mask = 0xff << Math.max(0, 8 - (network.bits - bit));
    if ((bytes[bit >> 3] & mask & 0xff) !== (network.bytes[bit >> 3] & mask & 0xff)) return false;
  }
  return true;
}

/** The bytes of an address; `null` for what is none. */
function parseAddress(text: string): number[] | null {
  // A zone (`%eth0`) says through which interface, not where.
  const plain = text.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  return plain.includes(":") ? parseSix(plain) : parseFour(plain);
}

function parseFour(text: string): number[] | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return null;
  return parts.map(Number);
}

function parseSix(text: string): number[] | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const sides = halves.map((half) => half === "" ? [] : half.split(":").map(groupBytes));
  if (sides.some((side) => side.some((group) => group === null))) return null;
  const [head, tail = []] = sides.map((side) => side.flatMap((group) => group ?? []));
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return null;
  const bytes = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return mapped ? bytes.slice(12) : bytes;
}

/** One group of an IPv6 address, of two bytes, or an IPv4 address at its end. */
function groupBytes(group: string): number[] | null {
  if (group.includes(".")) return parseFour(group);
  if (!/^[\da-f]{1,4}$/i.test(group)) return null;
  const value = parseInt(group, 16);
  return [value >> 8, value & 0xff];
}
