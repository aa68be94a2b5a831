/**
 * What the benchmark measures in and says: medians, tables of rates, and lines of acceptance.
 *
 * @module
 */

/** The numbers of connections that every rate is measured at. */
export const CONNECTIONS = [1, 64] as const;

/** A figure that was asked for. */
export interface Acceptance {
  readonly name: string;
  readonly value: number;
  /** The value as people read it. */
  readonly shown: string;
  readonly wanted: string;
  readonly pass: boolean;
  /** Worth reaching, but nobody's promise: it fails no check. */
  readonly isGoal?: boolean;
}

/** Whoever was measured, and the messages a second of each round, per number of connections. */
export interface Contestant {
  readonly name: string;
  /** `ours`, a `peer` that ours is compared with, or a `bound`: what the platform itself can do. */
  readonly kind: "ours" | "peer" | "bound";
  readonly rates: ReadonlyMap<number, number[]>;
}

/** How long and how often to measure. */
export interface Effort {
  readonly rounds: number;
  /** For each contestant and round; warm-ups are in proportion. */
  readonly measureMs: number;
}

/** The middle of some values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** A contestant with nothing measured yet. */
export function contestant(name: string, kind: Contestant["kind"]): Contestant {
  return { name, kind, rates: new Map(CONNECTIONS.map((connections) => [connections, []])) };
}

/** Its median rate. */
export function rateOf(who: Contestant, connections: number): number {
  return median(who.rates.get(connections) ?? []);
}

/** The contestant of a kind with the highest median rate. */
export function best(all: readonly Contestant[], kind: Contestant["kind"], connections: number): Contestant {
  const candidates = all.filter((who) => who.kind === kind);
  return candidates.reduce((a, b) => rateOf(b, connections) > rateOf(a, connections) ? b : a);
}

/** How many times as fast the one is as the other: the median over the rounds of what each round says. */
export function ratio(a: Contestant, b: Contestant, connections: number): number {
  const others = b.rates.get(connections) ?? [];
  return median((a.rates.get(connections) ?? []).map((rate, round) => rate / others[round]));
}

/** A line saying that ours is at least `wanted` times as fast as the best of a kind. */
export function acceptRatio(
  part: string,
  all: readonly Contestant[],
  kind: "peer" | "bound",
  connections: number,
  wanted: number,
): Acceptance {
  const other = best(all, kind, connections);
  const value = ratio(best(all, "ours", connections), other, connections);
  return {
    name: `${part}, ${connections} connection${connections === 1 ? "" : "s"}, against ${other.name}`,
    value,
    shown: `${value.toFixed(2)}x`,
    wanted: `at least ${wanted}x`,
    pass: value >= wanted,
  };
}

/** A table of rates: each cell the median, and what the rounds lay between. */
export function rateTable(title: string, all: readonly Contestant[]): string {
  const width = Math.max(...all.map((who) => who.name.length)) + 2;
  const cell = (who: Contestant, connections: number) => {
    const rates = who.rates.get(connections) ?? [];
    const range = `${whole(Math.min(...rates))}..${whole(Math.max(...rates))}`;
    return `${whole(rateOf(who, connections)).padStart(10)} ${`(${range})`.padEnd(18)}`;
  };
  const head = "".padEnd(width) +
    CONNECTIONS.map((n) => `${n} connection${n === 1 ? "" : "s"}`.padStart(14).padEnd(29)).join("");
  const rows = all.map((who) => who.name.padEnd(width) + CONNECTIONS.map((n) => cell(who, n)).join(""));
  return [title, head, ...rows].map((line) => line.trimEnd()).join("\n");
}

/** The lines of acceptance, aligned. */
export function acceptanceTable(lines: readonly Acceptance[]): string {
  const width = Math.max(...lines.map((line) => line.name.length)) + 2;
  return lines
    .map(({ name, shown, wanted, pass, isGoal }) => {
      const verdict = isGoal ? "goal" : pass ? "PASS" : "MISS";
      return `${verdict}  ${name.padEnd(width)}${shown} (${wanted})`;
    })
    .join("\n");
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Rates for JSON: numbers of connections to messages a second. */
export function ratesJson(all: readonly Contestant[]): Record<string, Record<string, number[]>> {
  const rounded = (rates: number[]) => rates.map(Math.round);
  return Object.fromEntries(
    all.map((who) => [
      who.name,
      Object.fromEntries([...who.rates].map(([connections, rates]) => [connections, rounded(rates)])),
    ]),
  );
}

/** A wait. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
