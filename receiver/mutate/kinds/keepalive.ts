/**
 * The mutation `keepalive`: VT FS CR before the reply, as some receivers send to show that they live.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { CR, FS, VT } from "../../../lib/bytes.ts";
import { joined } from "../../../lib/bytes.ts";
import type { MutationKind } from "../parts.ts";

/** As written and as planned. */
export interface Keepalive {
  readonly kind: "keepalive";
}

const EMPTY_FRAME = new Uint8Array([VT, FS, CR]);

/** Sends an empty frame before all else. */
export const keepalive: MutationKind<Keepalive> = {
  kind: "keepalive",
  about: "sends an empty frame, VT FS CR, before the reply",
  form: null,
  bare: { kind: "keepalive" },
  adds: true,
  tell: () => "behind an empty frame",
  plan: (spec) => spec,
  apply: (parts) => ({ ...parts, prefix: joined([EMPTY_FRAME, parts.prefix]) }),
};
