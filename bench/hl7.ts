/**
 * What lib/hl7 costs per message on the hot path: nanoseconds a call, the median of several rounds.
 *
 * Run: `./node_modules/.bin/bun bench/hl7.ts`
 *
 * @module
 */
import process from "node:process";
import { utf8 } from "../lib/bytes.ts";
import { AckBuilder, buildAck } from "../lib/hl7/ack.ts";
import { acksDueOf } from "../lib/hl7/ack_mode.ts";
import { AckScan } from "../lib/hl7/ack_scan.ts";
import { HeaderScan } from "../lib/hl7/header.ts";
import { MessageTemplate } from "../lib/hl7/patch.ts";
import { parsePath } from "../lib/hl7/path.ts";
import { sampleAdt } from "../lib/hl7/sample.ts";
import { splitMessages } from "../lib/hl7/split.ts";

const ROUNDS = 9;
const CALLS = 200_000;

/** Each round's time goes through this, so that no work can be left out as unused. */
let kept = 0;

function measure(name: string, calls: number, run: (i: number) => number): void {
  const rounds: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) kept = (kept + run(i)) | 0;
    // The first round warms up.
    if (round > 0) rounds.push((performance.now() - start) * 1e6 / calls);
  }
  rounds.sort((a, b) => a - b);
  const median = rounds[ROUNDS >> 1];
  process.stdout.write(`${name.padEnd(46)} ${median.toFixed(0).padStart(8)} ns   (best ${rounds[0].toFixed(0)})\n`);
}

const now = Date.UTC(2026, 0, 31, 12);
const message = sampleAdt({ controlId: "BENCH000000000000001", at: new Date(now) });
const header = new HeaderScan();
const reply = new AckScan();
const builder = new AckBuilder();
header.scan(message);
reply.scan(message);
const at = new Date(now);
const ack = buildAck(message, { code: "AA", controlId: "ACK00000000000000001", at });
const options = { code: "AA" as const, controlId: "ACK00000000000000001", at };
const template = MessageTemplate.compile(message, { prefix: "BENCH7" });
const target = new Uint8Array(template.length);
const patient = parsePath("PID-3[1].1");
const file = utf8(Array.from({ length: 1000 }, () => new TextDecoder().decode(message)).join(""));

process.stdout.write(`message ${message.length} bytes, acknowledgement ${ack.length} bytes\n`);
measure("HeaderScan.scan", CALLS, () => header.scan(message) ? 1 : 0);
measure("AckScan.scan, an acknowledgement", CALLS, () => reply.scan(ack) ? 1 : 0);
measure("AckScan.scan, a message without MSA", CALLS, () => reply.scan(message) ? 1 : 0);
measure("acksDueOf", CALLS, () => acksDueOf(header, reply).mode.length);
measure("AckBuilder.build, AA", CALLS, () => builder.build(header, options).length);
measure("HeaderScan.scan + AckBuilder.build, AA", CALLS, () => {
  header.scan(message);
  return builder.build(header, options).length;
});
measure("AckBuilder.build, AE with text and ERR", CALLS / 10, () =>
  builder.build(header, {
    ...options,
    code: "AE",
    text: "No such ward",
    errors: [{ code: 103, location: "PV1-3", text: "No such ward" }],
  }).length);
measure("MessageTemplate.fill", CALLS, (i) => template.fill(target, 0, i, now + (i >> 4), 60));
measure("MessageTemplate.sequenceOf", CALLS, () => template.sequenceOf(target, 0, template.controlIdLength));
measure("FieldPath.first, PID-3[1].1", CALLS, () => patient.first(message)?.length ?? 0);
measure("splitMessages, a file of 1000 messages", 20, () => splitMessages(file).messages.length);
