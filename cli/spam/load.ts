/**
 * The flags of `mllp spam` that say how much load there is and when, and how they are read into a
 * schedule. What cannot go together is refused here, before anything is opened.
 *
 * @module
 */
import { isIP } from "node:net";
import { type Burst, BurstPacer, parseBurst } from "../../lib/load/burst.ts";
import { ConstantPacer, type Pacer } from "../../lib/load/pacer.ts";
import { PoissonPacer } from "../../lib/load/poisson.ts";
import type { LoadDescription } from "../../lib/load/result.ts";
import type { RateSearch } from "../../lib/load/search.ts";
import { type Shard, shardCount, ShardedPacer } from "../../lib/load/sharded.ts";
import { parseStages, type Stage, StagesPacer } from "../../lib/load/stages.ts";
import { SteeredPacer } from "../../lib/load/steered.ts";
import { parseThreshold, requireAvailable, type Threshold } from "../../lib/load/threshold.ts";
import { OUTCOMES } from "../../lib/outcome.ts";
import { freshSeed } from "../../lib/random.ts";
import {
  formatDuration,
  formatRate,
  parseCount,
  parseDuration,
  parseMoment,
  parsePositive,
  parseRate,
  parseSeed,
} from "../../lib/values.ts";
import { choice, type FlagValues, group, repeated, toggle, value } from "../command.ts";
import type { Environment } from "../env_file.ts";
import { usage, UsageError } from "../exit_code.ts";
import { longName } from "../parser.ts";
import { parseConnections, processLimits, refuseTooMany } from "./open_files.ts";

/** A common start lies within a day, and a late machine joins within a minute (our decisions). */
const FARTHEST_START_MS = 24 * 3_600_000;
const LATEST_START_MS = 60_000;
/** What a search begins with where no rate is given: enough messages in a step to judge by (our decision). */
const SEARCH_START = 10;

/** The flags. */
export const loadFlags = group("Load", {
  rate: value("RATE", "messages due: 500/s, 6/m, 10000/h, whatever the receiver does", parseRate, "1/s", {
    aliases: ["sps"],
  }),
  closed: toggle("no rate: each connection sends its next message when it has its answer"),
  stages: value("STAGES", "rates one after the other, with ramps: 30s@50,2m@50..500,30s@500", written(parseStages)),
  burst: value("N/DURATION", "so many messages at once, so often: 200/10s", written(parseBurst)),
  arrivals: choice("when messages are due: evenly, or at random about the rate", ["regular", "poisson"], "regular"),
  search: value(
    "EXPR",
    "find the highest rate at which this holds: 'p99(response) < 250ms'; from --rate on, else from 10/s",
    parseThreshold,
  ),
  searchStep: value("DURATION", "how long a search measures each rate", parseStep, "5s"),
  searchMax: value("RATE", "the highest rate that a search tries", parseRate),
  catchup: choice("how messages that became late are made up for: at once, at twice the rate, not at all", [
    "full",
    "2x",
    "none",
  ], "full"),
  pacer: choice("what keeps the schedule: a timer, or a thread of its own, ten times as exact", [
    "tick",
    "precise",
  ], "tick"),
  connections: value("N", "connections; with one for each message, how many at a time", parseConnections, "1"),
  inFlight: value("N", "messages that wait for their answer on each connection at most", parsePositive, "1"),
  connectRate: value("RATE", "connections opened at the start: 20/s; not given: as fast as they open", parseRate),
  sourceIp: repeated("IP", "connect from this address of this machine; repeatable: in turn", parseIp),
  warmup: value("DURATION", "load before t0 that is measured apart and not counted", parsePositiveDuration),
  duration: value("DURATION", "stop after this time; not given: at Ctrl-C", parsePositiveDuration),
  count: value("N", "stop after so many messages, those of all shards", parsePositive),
  startAt: value("TIME", "t0: 2026-11-22T18:30:00Z, 18:30 (today), +30s, @EPOCH_SECONDS", parseStart),
  shard: value(
    "K/N",
    "send every Nth message, from the Kth on (K from 0), as one of N machines; if not given, by JOB_COMPLETION_INDEX and JOB_COMPLETIONS in the environment",
    parseShard,
  ),
  seed: value("N", "the seed of ids and draws; chosen and printed, if not given", parseSeed),
  yes: toggle("yes, load another machine: --closed, --search, or more than 100/s, off loopback"),
});

/** What is to be sent when. */
export interface LoadChoice {
  /** This machine's part of the schedule; null in a closed loop. A search steers it from its start rate. */
  readonly pacer: SteeredPacer | null;
  readonly search: RateSearch | null;
  readonly load: LoadDescription;
  /** Null for one machine alone. */
  readonly shard: Shard | null;
  /** Milliseconds since 1970; null: at once. */
  readonly startAtMs: number | null;
  /** The highest rate of all machines together, for `needsConfirming`; null where nobody can tell: a closed loop, a search. */
  readonly rateForSafety: number | null;
  /** How many messages this machine sends at most; `Infinity` for no such limit. */
  readonly count: number;
  readonly seed: number;
  /** What has to be said before the run, each in one line: as warnings, and along the way. */
  readonly warnings: readonly string[];
  readonly notices: readonly string[];
}

type LoadValues = FlagValues<typeof loadFlags>;
type Given = (key: keyof typeof loadFlags) => boolean;

/** What a schedule says of how much there is, so that only one of them can be meant; and what each of them is. */
const MODELS = { closed: "a closed loop", stages: "stages", burst: "bursts", search: "a search" } as const;
/** What goes with no such model, each with why. */
const EXCLUDED: Readonly<Record<keyof typeof MODELS, Partial<Record<keyof typeof loadFlags, string>>>> = {
  closed: {
    stages: "sends when it is answered",
    burst: "sends when it is answered",
    search: "has no rate to search for",
    rate: "has no --rate",
    arrivals: "sends when it is answered",
    catchup: "is never late",
    pacer: "keeps no schedule",
  },
  search: {
    stages: "chooses the rates itself",
    burst: "chooses the rates itself",
    arrivals: "sends evenly",
  },
  stages: { burst: "have rates of their own", rate: "have rates of their own" },
  burst: { rate: "have a rate of their own" },
};

/**
 * Reads the load. Throws a `UsageError` for flags that cannot go together, or that say nothing.
 *
 * @param environment for `JOB_COMPLETION_INDEX` and `JOB_COMPLETIONS`, which mean a shard when both are set; one
 * without the other is warned of
 */
export async function readLoad(flags: LoadValues, given: Given, environment: Environment): Promise<LoadChoice> {
  refuseConflicts(flags, given);
  if (given("connections")) refuseTooMany(flags.connections, processLimits());
  const shard = flags.shard === undefined
    ? shardOfJob(environment)
    : { ...flags.shard, origin: `--shard ${flags.shard.index}/${flags.shard.of}` };
  const seed = flags.seed ?? freshSeed();
  if (shard !== null && shard.of > 1) refuseShared(flags, given, shard.origin);
  const search = flags.search === undefined ? null : await makeSearch(flags, given);
  const base = search === null ? basePacer(flags, seed) : new ConstantPacer(search.startRate);
  const own = base === null || shard === null ? base : new ShardedPacer(base, shard.index, shard.of);
  const count = flags.count ?? Infinity;
  return {
    pacer: own === null ? null : new SteeredPacer(own),
    search,
    load: describe(flags),
    shard: shard === null ? null : { index: shard.index, of: shard.of },
    startAtMs: flags.startAt ?? null,
    rateForSafety: search === null ? peakRate(flags) : null,
    count: shard === null ? count : shardCount(count, shard),
    seed,
    warnings: flags.shard === undefined ? warningsOfJob(environment) : [],
    notices: shard === null || flags.shard !== undefined
      ? []
      : [`shard ${shard.index}/${shard.of} by JOB_COMPLETION_INDEX and JOB_COMPLETIONS`],
  };
}

function refuseConflicts(flags: LoadValues, given: Given): void {
  for (const model of Object.keys(EXCLUDED) as (keyof typeof EXCLUDED)[]) {
    if (!given(model)) continue;
    for (const [other, why] of Object.entries(EXCLUDED[model]) as [keyof typeof loadFlags, string][]) {
      if (given(other)) {
        throw new UsageError(`${longName(model)} and ${longName(other)}: ${MODELS[model]} ${why}; give one of them`);
      }
    }
  }
  if (flags.burst !== undefined && flags.arrivals === "poisson") {
    throw new UsageError("--burst and --arrivals poisson: bursts come together, not at random; give one of them");
  }
  for (const key of ["searchStep", "searchMax"] as const) {
    if (given(key) && !given("search")) {
      throw new UsageError(`${longName(key)} without --search: wanted the expression to search by`);
    }
  }
}

/** What machines that share a load cannot do each for itself. */
function refuseShared(flags: LoadValues, given: Given, origin: string): void {
  if (flags.search !== undefined) {
    throw new UsageError(`--search and ${origin}: each machine would search for itself; give one of them`);
  }
  if (!given("seed")) {
    throw new UsageError(
      `${origin} without --seed: all machines must draw the same messages and arrivals; give each the same --seed`,
    );
  }
}

function shardOfJob(environment: Environment): Shard & { origin: string } | null {
  const { JOB_COMPLETION_INDEX: index, JOB_COMPLETIONS: of } = environment;
  if (!index || !of) return null;
  const origin = `JOB_COMPLETION_INDEX=${index} JOB_COMPLETIONS=${of}`;
  return { ...usage(() => parseShard(`${index}/${of}`), `in the environment, ${origin}`), origin };
}

/** One of the two alone is a mistake that would send the whole load from every machine. */
function warningsOfJob({ JOB_COMPLETION_INDEX: index, JOB_COMPLETIONS: of }: Environment): string[] {
  if (!index || of) return [];
  return [
    `JOB_COMPLETION_INDEX=${index} without JOB_COMPLETIONS: this machine sends the whole load, as every other one does; ` +
    "set JOB_COMPLETIONS to the number of pods, or give --shard 0/1 if that is meant",
  ];
}

/** Of these the less the better; of `rate` and `accepted` the more; of the others it depends. */
const BAD: readonly string[] = ["errors", "lost", ...OUTCOMES.filter((outcome) => outcome !== "accepted")];

/** What `--fail-if` takes is the opposite of what has to hold, and would hold at once. */
function refuseReversed({ metric, operator, expr }: Threshold): void {
  const [wrong, right] = metric.kind === "latency" || BAD.includes(metric.name)
    ? [">", "<"]
    : metric.name === "rate" || metric.name === "accepted"
    ? ["<", ">"]
    : ["", ""];
  if (wrong === "" || !operator.startsWith(wrong)) return;
  const meant = expr.replace(wrong, right);
  throw new UsageError(`--search '${expr}': --search names what has to hold; is '${meant}' meant?`);
}

async function makeSearch(flags: LoadValues, given: Given): Promise<RateSearch> {
  const expression = flags.search!;
  if (expression.abortAfterMs !== null) {
    throw new UsageError(`--search '${expression.expr}': 'abort after' means nothing to a search`);
  }
  usage(() => requireAvailable(expression, "rate"), "--search");
  refuseReversed(expression);
  const most = flags.searchMax;
  const startRate = given("rate") ? flags.rate : Math.min(SEARCH_START, most ?? SEARCH_START);
  if (most !== undefined && startRate > most) {
    throw new UsageError(
      `--rate and --search-max: a search from ${formatRate(startRate)} cannot stay below ${formatRate(most)}`,
    );
  }
  // Loaded here, not above: it needs the histograms, which the help does without.
  const { RateSearch } = await import("../../lib/load/search.ts");
  return new RateSearch({ expression, startRate, maxRate: most, stepMs: flags.searchStep });
}

function basePacer(flags: LoadValues, seed: number): Pacer | null {
  if (flags.closed) return null;
  if (flags.burst !== undefined) return new BurstPacer(flags.burst.value);
  const even = flags.stages === undefined ? new ConstantPacer(flags.rate) : new StagesPacer(flags.stages.value);
  return flags.arrivals === "poisson" ? new PoissonPacer(even, seed) : even;
}

function describe(flags: LoadValues): LoadDescription {
  const { arrivals, stages, burst, search, closed } = flags;
  if (closed) return { kind: "closed", text: "", arrivals };
  if (stages !== undefined) return { kind: "stages", text: stages.text, arrivals };
  if (burst !== undefined) return { kind: "burst", text: burst.text, arrivals };
  if (search !== undefined) return { kind: "search", text: search.expr, arrivals };
  return { kind: "constant", text: formatRate(flags.rate), arrivals };
}

function peakRate(flags: LoadValues): number | null {
  if (flags.closed) return null;
  const peakOfStage = ({ from, to }: Stage) => Math.max(from, to);
  if (flags.stages !== undefined) return Math.max(...flags.stages.value.map(peakOfStage));
  // However seldom a burst comes, it is one second's messages when it does.
  const peakOfBurst = ({ size, everyMs }: Burst) => Math.max(size, size * 1000 / everyMs);
  return flags.burst === undefined ? flags.rate : peakOfBurst(flags.burst.value);
}

/** A value, with the text it was read from. */
function written<T>(parse: (text: string) => T): (text: string) => { readonly text: string; readonly value: T } {
  return (text) => ({ text: text.trim(), value: parse(text.trim()) });
}

/** Reads `K/N`. Throws a `RangeError` unless K is a whole number from 0 on, below N. */
export function parseShard(text: string): Shard {
  const wanted = "K/N, K from 0 to N-1, such as 0/4";
  const [index, of, ...rest] = text.split("/");
  try {
    const shard = { index: parseCount(index), of: parsePositive(of ?? "") };
    if (rest.length === 0 && shard.index < shard.of) return shard;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new RangeError(`Cannot read '${text}' as a shard: wanted ${wanted}`);
}

/** Reads a time that the run can start at: within a day, and not past by more than a minute. Throws a `RangeError`. */
export function parseStart(text: string, nowMs: number = Date.now()): number {
  const at = parseMoment(text, nowMs);
  if (at - nowMs > FARTHEST_START_MS) {
    throw new RangeError(`Cannot start at '${text}': that is ${ago(at - nowMs)} from now, wanted within a day`);
  }
  if (nowMs - at > LATEST_START_MS) {
    throw new RangeError(
      `Cannot start at '${text}': that was ${
        ago(nowMs - at)
      } ago, wanted a time to come (or just past, by up to a minute)`,
    );
  }
  return at;
}

function ago(ms: number): string {
  return formatDuration(Math.round(ms / 1000) * 1000);
}

/** What is wrong with thresholds of a run that nothing ends, in a sentence; `null` if there are none, or something does. */
export function endlessVerdict(
  { failIf, duration }: { readonly failIf: readonly Threshold[]; readonly duration: number | undefined },
  { count, search, pacer }: Pick<LoadChoice, "count" | "search" | "pacer">,
): string | null {
  const ends = duration !== undefined || count < Infinity || search !== null || (pacer?.endsAt ?? Infinity) < Infinity;
  if (failIf.length === 0 || ends || failIf.some(({ abortAfterMs }) => abortAfterMs !== null)) return null;
  return "--fail-if is judged at the end, and only Ctrl-C ends this run: wanted --duration or --count";
}

function parseIp(text: string): string {
  if (isIP(text) === 0) throw new RangeError(`Cannot read '${text}' as an address: wanted an IP, such as 192.0.2.7`);
  return text;
}

/** Reads a duration above 0, in milliseconds. Throws a `RangeError` for any other. */
export function parsePositiveDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === 0) throw new RangeError(`Cannot use '${text}': wanted a duration above 0`);
  return ms;
}

function parseStep(text: string): number {
  const ms = parseDuration(text);
  if (ms < 1000) throw new RangeError(`Cannot measure a rate for '${text}': wanted a second or more`);
  return ms;
}
