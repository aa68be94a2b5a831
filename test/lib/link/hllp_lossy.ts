/**
 * Two HLLP links over a line that damages what it carries: so many messages each way, each checked to the last byte.
 * Run by itself (`deno run -A test/lib/link/hllp_lossy.ts`) it carries 10,000 each way and prints what it met.
 */
import { latin1, utf8 } from "../../../lib/bytes.ts";
import { RandomStream } from "../../../lib/random.ts";
import { idOf, isReply, link, reply } from "./hllp_messages.ts";
import { type DamageCounts, LossyLine, seededDamage } from "./lossy_line.ts";
import type { Side } from "./wire.ts";

export interface LossyRun {
  /** Messages each way. */
  readonly count: number;
  /** The share of bytes that are damaged. */
  readonly rate: number;
  readonly seed: number;
  /** How long an application takes for its answer, at most. */
  readonly thinkMs: number;
}

export interface LossyResult {
  readonly delivered: number;
  readonly failed: number;
  /** Messages that were sent and never told of. */
  readonly lost: number;
  /** Messages told of that nobody sent, or not so. */
  readonly invented: number;
  /** Messages told of again. */
  readonly duplicated: number;
  /** Answers that came with a message they do not answer, or not as they were sent. */
  readonly wrongAnswers: number;
  readonly damage: DamageCounts;
  /** How often each word of the dialogue was said, and each fault. */
  readonly words: Readonly<Record<string, number>>;
  /** Virtual time: all of it, and the longest a message waited for its answer. */
  readonly tookMs: number;
  readonly longestMs: number;
}

const OTHER: Readonly<Record<Side, Side>> = { near: "far", far: "near" };
const CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789|^~\\&";

function messages(side: Side, count: number, random: RandomStream): string[] {
  return Array.from({ length: count }, (_, i) => {
    const text = Array.from({ length: random.integer(400) }, () => CHARACTERS[random.integer(CHARACTERS.length)]);
    return `MSH|^~\\&|${side}|||||||${side}${i}\rOBX|${text.join("")}\r`;
  });
}

/** Carries the messages; each side sends its next when the one before is settled. */
export function runLossy({ count, rate, seed, thinkMs }: LossyRun): LossyResult {
  const random = new RandomStream(seed);
  const sent = { near: messages("near", count, random), far: messages("far", count, random) };
  const told = { near: new Uint8Array(count), far: new Uint8Array(count) };
  const next = { near: 0, far: 0 };
  const sentAt = { near: 0, far: 0 };
  const { damage, counts } = seededDamage(seed, rate);
  const words: Record<string, number> = {};
  let delivered = 0;
  let failed = 0;
  let invented = 0;
  let duplicated = 0;
  let wrongAnswers = 0;
  let longestMs = 0;

  const line = new LossyLine(link({ priority: true }), link(), {
    damage,
    onEvent(event, side, now) {
      if (event.type === "note") words[event.note] = (words[event.note] ?? 0) + 1;
      else if (event.type === "fault") words[event.code] = (words[event.code] ?? 0) + 1;
      else if (event.type === "message") onMessage(side, latin1(event.payload));
      else if (event.type === "delivered" || event.type === "failed") {
        if (event.type === "delivered") delivered++;
        else failed++;
        longestMs = Math.max(longestMs, now - sentAt[side]);
        line.clock.schedule(now, () => send(side));
      }
    },
  });

  function onMessage(side: Side, text: string): void {
    const id = idOf(text);
    if (isReply(text)) {
      if (text !== reply(`${side}${next[side] - 1}`)) wrongAnswers++;
      return;
    }
    const index = Number(id.slice(OTHER[side].length));
    if (sent[OTHER[side]][index] !== text) {
      invented++;
      return;
    }
    if (told[OTHER[side]][index] > 0) duplicated++;
    told[OTHER[side]][index] = 1;
    const after = random.integer(thinkMs + 1);
    if (after === 0) line.links[side].send(utf8(reply(id)), line.clock.now());
    else line.clock.schedule(line.clock.now() + after, () => line.send(side, utf8(reply(id))));
  }

  function send(side: Side): void {
    if (next[side] === count) return;
    sentAt[side] = line.clock.now();
    line.send(side, utf8(sent[side][next[side]++]));
  }

  send("near");
  send("far");
  const tookMs = line.run();
  const lost = [...told.near, ...told.far].filter((times) => times === 0).length;
  return { delivered, failed, lost, invented, duplicated, wrongAnswers, damage: counts, words, tookMs, longestMs };
}

if (import.meta.main) {
  const startedAt = performance.now();
  const result = runLossy({ count: 10_000, rate: 0.0001, seed: 1, thinkMs: 20 });
  console.log(JSON.stringify({ ...result, realMs: Math.round(performance.now() - startedAt) }, null, 2));
  const { failed, lost, invented, duplicated, wrongAnswers } = result;
  if (failed + lost + invented + duplicated + wrongAnswers > 0) throw new Error("The line lost or made up something");
}
