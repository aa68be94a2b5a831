/**
 * Ptys as transports: `pty:PATH` makes a pair, keeps the master and makes PATH a symbolic link to
 * the slave, for another program to open as its serial device. If PATH is a terminal device
 * already, it is opened as one (protocols.md 5).
 *
 * The pair outlives its users: the slave may be opened late, closed and opened again, and what is
 * written meanwhile waits in the kernel, which takes some kilobytes and then holds back. A held
 * slave of our own sees to that; nothing reads it. The pair ends when we close it.
 *
 * What is in the way of PATH stays. A symbolic link is followed only if we or root made it, and
 * replaced only if we made it and its pty is gone, or somebody else's by now: one left by a program that was killed.
 *
 * @module
 */
import { closeSync, lstatSync, openSync } from "node:fs";
import { resolve } from "node:path";
import { type Endpoint, formatPlace } from "./endpoint.ts";
import type { Libc } from "./libc.ts";
import { LineTransport } from "./line.ts";
import { PosixPort } from "./posix_binding.ts";
import { leadsToTerminal, makeLink } from "./pty_link.ts";
import { libcFor, LINE_FLAGS, lineFailure, type Opening, openOptions, openSerial } from "./serial.ts";

/**
 * Opens a pty at the endpoint's path, or the terminal device that is there. Rejects with a
 * `TransportError` (`connect_refused` or `listen_failed`; `not_supported` where there are no ptys).
 *
 * @example
 * ```ts
 * import { openPty } from "./pty.ts";
 * import { parseEndpoint } from "./endpoint.ts";
 * import { whyNoLines } from "./libc.ts";
 * import assert from "node:assert/strict";
 * import { mkdtempSync, rmdirSync } from "node:fs";
 *
 * if (whyNoLines("pty") === null) {
 *   const folder = mkdtempSync("/tmp/mllp-");
 *   const near = await openPty("listen", parseEndpoint(`pty:${folder}/line`));
 *   const far = await openPty("connect", parseEndpoint(`pty:${folder}/line`));
 *   const got = new Promise<string>((resolve) => near.stream.once("data", (chunk) => resolve(String(chunk))));
 *   far.stream.write("hello");
 *   assert.equal(await got, "hello");
 *   await Promise.all([far.close(), near.close()]);
 *   rmdirSync(folder);
 * }
 * ```
 */
export async function openPty(opening: Opening, endpoint: Endpoint): Promise<LineTransport> {
  const libc = await libcFor(opening, endpoint);
  let pair: Pair | null = null;
  try {
    // Whoever closes it may stand in another folder by then.
    const path = resolve(endpoint.path);
    if (isThere(path)) return await openSerial(opening, endpoint);
    pair = openPair(libc);
    const { master, slave, slavePath } = pair;
    const removeLink = makeLink(slavePath, path);
    const port = new PosixPort({
      fd: master,
      libc,
      openOptions: openOptions(slavePath, {}),
      endsOnHangUp: false,
      pending: () => libc.readable(slave),
      speed: null,
      release: () => {
        removeLink();
        closeSync(slave);
        closeSync(master);
      },
    });
    const info = { kind: endpoint.kind, peerAddress: "", canReset: false, tls: null };
    return await LineTransport.over(port, { ...info, local: formatPlace(endpoint), peer: slavePath });
  } catch (error) {
    if (pair !== null) { for (const fd of [pair.slave, pair.master]) closeSync(fd); }
    throw error instanceof Error && error.name === "TransportError" ? error : lineFailure(opening, endpoint, error);
  }
}

interface Pair {
  readonly master: number;
  readonly slave: number;
  readonly slavePath: string;
}

function openPair(libc: Libc): Pair {
  const master = openSync("/dev/ptmx", LINE_FLAGS);
  let slave: number | null = null;
  try {
    const slavePath = libc.slaveOf(master);
    if (slavePath === null) throw new Error("the system gives no pty");
    slave = openSync(slavePath, LINE_FLAGS);
    if (!libc.makeRaw(slave)) throw new Error("the pty cannot be made raw");
    return { master, slave, slavePath };
  } catch (error) {
    if (slave !== null) closeSync(slave);
    closeSync(master);
    throw error;
  }
}

/** Whether a terminal device is at the path; throws if something else is in the way. */
function isThere(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (found.isCharacterDevice()) return true;
  if (!found.isSymbolicLink()) throw new Error("a file that is not a terminal is in the way");
  return leadsToTerminal(path);
}
