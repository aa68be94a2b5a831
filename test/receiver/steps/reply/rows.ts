/**
 * Each option of a reply, as it is written, read and told.
 *
 * @module
 */
import type { ReplySpec } from "../../../../receiver/steps/reply.ts";
import type { StepSpec } from "../../../../receiver/steps/registry.ts";

const plain: ReplySpec = { verb: "reply", reply: null };
/** A wait of 12 seconds. */
export const twelve = { verb: "delay", delay: { kind: "fixed", ms: 12_000 } } as const;
const gather = (kind: "swap" | "reorder" | "join", count: number, withinMs = 10_000) => ({ kind, count, withinMs });

/** An option's value as it is written, the steps that it reads as, and what they are called. */
export type Row = readonly [option: string, steps: readonly StepSpec[], told: string];

/** Those that are steps of their own, too. */
export const BOTH: readonly Row[] = [
  ["late: 12s", [{ verb: "aside" }, twelve, { ...plain, late: true }], "reply as by default, late by 12s"],
  [
    "late: {uniform: [1s, 2s]}",
    [{ verb: "aside" }, { verb: "delay", delay: { kind: "uniform", fromMs: 1000, toMs: 2000 } }, {
      ...plain,
      late: true,
    }],
    "reply as by default, late by uniform(1s,2s)",
  ],
  ["stale: true", [{ ...plain, way: { stale: true } }], "repeat the previous reply"],
  [
    "swap: true",
    [{ verb: "aside" }, { ...plain, way: { gather: gather("swap", 2) } }],
    "reply as by default, exchanged with another one, waiting 10s at most",
  ],
  [
    "swap: {within: 3s}",
    [{ verb: "aside" }, { ...plain, way: { gather: gather("swap", 2, 3000) } }],
    "reply as by default, exchanged with another one, waiting 3s at most",
  ],
  ["twice: true", [{ ...plain, way: { twice: true } }], "reply as by default, twice"],
  [
    "reorder: 3",
    [{ verb: "aside" }, { ...plain, way: { gather: gather("reorder", 3) } }],
    "reply as by default, in reverse order with 2 others, waiting 10s at most",
  ],
  [
    "join: {count: 4, within: 500ms}",
    [{ verb: "aside" }, { ...plain, way: { gather: gather("join", 4, 500) } }],
    "reply as by default, in one write with 3 others, waiting 500ms at most",
  ],
  [
    "mutate: {prefix: 0d0a}",
    [{ ...plain, way: { mutate: [{ kind: "prefix", hex: "0d0a" }] } }],
    "reply as by default, behind 0d0a",
  ],
  [
    "enhanced: {commit: CA, application: AE}",
    [
      { verb: "reply", reply: [{ reply: "CA", weight: 1 }], exact: true },
      { verb: "reply", reply: [{ reply: "AE", weight: 1 }], exact: true },
    ],
    "reply just CA, then reply just AE",
  ],
];

/** Those that are options alone. */
export const OPTIONS: readonly Row[] = [
  ["code: AE", [{ verb: "reply", reply: [{ reply: "AE", weight: 1 }] }], "reply AE"],
  ["code: none", [{ verb: "hold" }], "say nothing"],
  ["file: ack.hl7", [{ verb: "reply", reply: [{ reply: { file: "ack.hl7" }, weight: 1 }] }], "reply file:ack.hl7"],
  ["text: No", [{ ...plain, said: { text: "No" } }], "reply as by default with the text 'No'"],
  [
    "err: {code: 101, location: PID-3}",
    [{ ...plain, said: { errors: [{ code: "101", location: "PID-3" }] } }],
    "reply as by default with error 101 at PID-3",
  ],
  ["control_id: same", [plain], "reply as by default"],
  ["control_id: empty", [{ ...plain, way: { controlId: "empty" } }], "reply as by default with an empty control id"],
  ["control_id: wrong", [{ ...plain, way: { controlId: "wrong" } }], "reply as by default with a wrong control id"],
  [
    "control_id: previous",
    [{ ...plain, way: { controlId: "previous" } }],
    "reply as by default with the control id of the one before on the connection (empty if there is none)",
  ],
  [
    "control_id: 0815",
    [{ ...plain, way: { controlId: { literal: "0815" } } }],
    "reply as by default with the control id '0815'",
  ],
  ["as: ADR^A19", [{ ...plain, way: { as: "ADR^A19" } }], "reply as by default as ADR^A19"],
  [
    "drip: {bytes: 1, every: 20ms}",
    [{ ...plain, way: { pace: { kind: "bytes", bytes: 1, everyMs: 20 } } }],
    "reply as by default, 1 byte every 20ms",
  ],
  [
    "drip: {chunks: 5, over: 2s}",
    [{ ...plain, way: { pace: { kind: "chunks", chunks: 5, overMs: 2000 } } }],
    "reply as by default, in 5 pieces over 2s",
  ],
  [
    "split_at: end_block",
    [{ ...plain, way: { pace: { kind: "split", at: "end_block", pauseMs: 20 } } }],
    "reply as by default, cut in two behind its end block",
  ],
  [
    "split_at: 40%",
    [{ ...plain, way: { pace: { kind: "split", at: { part: 0.4 }, pauseMs: 20 } } }],
    "reply as by default, cut in two behind 40% of it",
  ],
  [
    'via: "tcp://10.0.0.1:2576"',
    [{ ...plain, way: { via: "tcp://10.0.0.1:2576" } }],
    "reply as by default, via tcp://10.0.0.1:2576",
  ],
  [
    'via: ":2576", on: new_connection',
    [{ ...plain, way: { via: ":2576", viaNew: true } }],
    "reply as by default, via tcp://127.0.0.1:2576, on a connection of its own",
  ],
  ["on: same, twice: true", [{ ...plain, way: { twice: true } }], "reply as by default, twice"],
];
