/**
 * The table of peers: one line adds one.
 *
 * @module
 */
import { peer as hl7v2Net } from "./hl7v2_net.ts";
import { peer as medplum } from "./medplum.ts";
import { peer as nodeHl7 } from "./node_hl7.ts";
import type { Peer } from "./peer.ts";
import { peer as simpleHl7 } from "./simple_hl7.ts";

/** Every peer that the tests and the benchmark know. */
export const PEERS: readonly Peer[] = [simpleHl7, nodeHl7, medplum, hl7v2Net];
