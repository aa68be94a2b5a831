/**
 * The way of a reply as it stands in a rule: made ready, planned for a message, and told.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { formatPlace, parseEndpoint } from "../../lib/transport/endpoint.ts";
import type { MutationSpec } from "../mutate/mutation.ts";
import { planMutations, tellMutations } from "../mutate/plan.ts";
import { settledEndpoint } from "./destination.ts";
import { tellGathering } from "./gather.ts";
import { tellPace } from "./pace.ts";
import type { Files, Sampler } from "./step.ts";
import type { Way } from "./way.ts";

/** A way in which what is done to the frame is not drawn yet. */
export interface WaySpec extends Omit<Way, "mutate"> {
  readonly mutate?: readonly MutationSpec[];
}

/**
 * A way with the files looked up that its endpoint names.
 *
 * @example
 * ```ts
 * import { settledWay } from "./reply_way.ts";
 * import assert from "node:assert/strict";
 *
 * const files = { resolve: (path: string) => `/data/${path}`, read: () => "" };
 * assert.deepEqual(settledWay({ twice: true }, files), { twice: true });
 * ```
 */
export function settledWay(way: WaySpec, files: Files): WaySpec {
  return way.via === undefined ? way : { ...way, via: settledEndpoint(way.via, files) };
}

/**
 * The way of one message's reply.
 *
 * @example
 * ```ts
 * import { plannedWay } from "./reply_way.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(plannedWay({ stale: true, mutate: [] }, { draw: () => 0.5 }), { stale: true, mutate: [] });
 * ```
 */
export function plannedWay(way: WaySpec, sampler: Pick<Sampler, "draw">): Way {
  const { mutate, ...rest } = way;
  return mutate === undefined ? rest : { ...rest, mutate: planMutations(mutate, () => sampler.draw()) };
}

/**
 * What is unusual about a reply's frame and how it leaves, to stand behind the reply; empty where nothing is.
 *
 * @example
 * ```ts
 * import { tellWay } from "./reply_way.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tellWay({ twice: true, via: ":2576" }), ", twice, via tcp://127.0.0.1:2576");
 * ```
 */
export function tellWay(way: WaySpec): string {
  const { mutate, twice, pace, gather, via, viaNew } = way;
  const parts = [
    mutate === undefined ? "" : tellMutations(mutate),
    twice === undefined ? "" : "twice",
    pace === undefined ? "" : tellPace(pace),
    gather === undefined ? "" : tellGathering(gather),
    via === undefined ? "" : `via ${formatPlace(parseEndpoint(via))}`,
    viaNew === undefined ? "" : "on a connection of its own",
  ];
  return parts.map((part) => part === "" ? "" : `, ${part}`).join("");
}
