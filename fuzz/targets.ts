/**
 * Everything that is fuzzed.
 *
 * @module
 */
import type { AnyTarget } from "./target.ts";
import { controlTarget } from "./targets/control.ts";
import { feedTarget } from "./targets/feed.ts";
import { hllpTarget, illpTarget, mllpTarget, noneTarget } from "./targets/framers.ts";
import { ackTarget, pathTarget, splitTarget } from "./targets/hl7.ts";
import { journalTarget } from "./targets/journal.ts";
import { linkBytesTarget } from "./targets/link_bytes.ts";
import { hllpLinkTarget, mllp2Target, x328LinkTarget } from "./targets/links.ts";
import { scenarioTarget, scenarioTextTarget } from "./targets/scenario.ts";
import { endpointTarget, textTarget, valuesTarget } from "./targets/text.ts";
import { x328ReaderTarget } from "./targets/x328_reader.ts";

/** All targets, in the order in which they are told of. */
export const TARGETS: readonly AnyTarget[] = [
  mllpTarget(),
  hllpTarget,
  x328ReaderTarget,
  illpTarget,
  noneTarget,
  mllp2Target,
  hllpLinkTarget,
  x328LinkTarget,
  linkBytesTarget,
  pathTarget,
  ackTarget,
  splitTarget,
  valuesTarget,
  endpointTarget,
  textTarget,
  feedTarget,
  scenarioTarget,
  scenarioTextTarget,
  journalTarget,
  controlTarget,
];
