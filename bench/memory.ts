/**
 * Resident memory over a long run, 64 connections, from message 200,000 to message 2,000,000, and of spam to
 * 5,000,000.
 *
 * A collector's memory is a saw: here its teeth are 0.6 to 1.8 million messages long and up to 20 %
 * high, so two single readings say nothing. What is really kept shows in the valleys: the lowest
 * reading of the span's first third is compared with the lowest of its last, and the difference
 * carried over the whole span.
 *
 * @module
 */
import type { Child } from "./child.ts";
import { neutralClient, neutralServer, ourClient, ourServer, type Program } from "./commands.ts";
import { type Acceptance, median, pause } from "./figures.ts";

const EARLY = 200_000;
const LATE = 2_000_000;
const LATE_OF_SPAM = 5_000_000;
const WANTED_GROWTH = 0.1;
const CONNECTIONS = 64;
const SAMPLE_EVERY_MS = 20;
/** One sample is the median of what was seen over this many messages. */
const WINDOW = 100_000;

/** What was seen of one process. */
export interface MemoryFigures {
  /** Messages and resident KiB, every 100,000 messages. */
  readonly samples: readonly Sample[];
  readonly acceptance: readonly Acceptance[];
}

interface Sample {
  readonly messages: number;
  readonly kib: number;
}

async function watch(
  name: string,
  counter: Child,
  watched: Child,
  ends: readonly number[],
  progress: (text: string) => void,
): Promise<MemoryFigures> {
  const samples: Sample[] = [];
  let recent: number[] = [];
  while (samples.length * WINDOW < Math.max(...ends)) {
    await pause(SAMPLE_EVERY_MS);
    watched.check();
    const { count } = await counter.count();
    recent.push(watched.residentKib());
    if (count < (samples.length + 1) * WINDOW) continue;
    samples.push({ messages: count, kib: median(recent) });
    progress(`memory of ${name}: ${count.toLocaleString("en-US")} messages, ${Math.round(median(recent) / 1024)} MiB`);
    recent = [];
  }
  const span = (end: number) => samples.slice(EARLY / WINDOW - 1, end / WINDOW);
  return { samples, acceptance: ends.map((end) => accept(name, end, span(end))) };
}

function accept(name: string, end: number, samples: readonly Sample[]): Acceptance {
  const third = Math.floor(samples.length / 3);
  const lowest = (some: readonly Sample[]) => Math.min(...some.map(({ kib }) => kib));
  const early = lowest(samples.slice(0, third));
  const late = lowest(samples.slice(-third));
  // The middles of the thirds are two thirds of the span apart.
  const value = (late / early - 1) * 3 / 2;
  const highest = Math.max(...samples.map(({ kib }) => kib));
  const mib = (kib: number) => `${Math.round(kib / 1024)} MiB`;
  const levels = `valleys ${mib(early)} and ${mib(late)}, peak ${mib(highest)}`;
  return {
    name: `memory of ${name}, message 200,000 to ${end.toLocaleString("en-US")}`,
    value,
    shown: `${value < 0 ? "" : "+"}${(value * 100).toFixed(1)} %, ${levels}`,
    wanted: "at most +10 %",
    pass: value <= WANTED_GROWTH,
  };
}

/** `mllp receive`, driven by the neutral client. */
export async function memoryOfReceive(program: Program, progress: (text: string) => void): Promise<MemoryFigures> {
  const server = await ourServer(program);
  const client = await neutralClient(server.port, CONNECTIONS);
  try {
    return await watch("receive", client, server.child, [LATE], progress);
  } finally {
    await client.stop();
    await server.child.stop();
  }
}

/** `mllp spam --closed`, answered by the neutral server. */
export async function memoryOfSpam(program: Program, progress: (text: string) => void): Promise<MemoryFigures> {
  const server = await neutralServer();
  const client = ourClient(program, server.port, CONNECTIONS);
  try {
    return await watch("spam", server.child, client, [LATE, LATE_OF_SPAM], progress);
  } finally {
    await client.stop();
    await server.child.stop();
  }
}
