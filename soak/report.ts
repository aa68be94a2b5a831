/**
 * A soak for people and for programs.
 *
 * @module
 */
import { paint, printable, table } from "../lib/text.ts";
import { formatCount, formatDuration, formatSize } from "../lib/values.ts";
import { GROWTH, judgeLife, type LifeVerdict, SLACK_BYTES, SLACK_DESCRIPTORS, type Vitals } from "./vitals.ts";

/** How a part was. */
export interface PartReport {
  readonly name: string;
  readonly starts: number;
  readonly kills: number;
  readonly lives: readonly LifeVerdict[];
}

/** What was sent by whom. */
export interface SourceReport {
  readonly name: string;
  readonly sent: number;
  readonly accepted: number;
}

/** A leg that was accounted for. */
export interface LegReport {
  readonly number: number;
  readonly sent: number;
  readonly received: number;
  /** How many of each kind the audit found. */
  readonly findings: Readonly<Record<string, number>>;
  /** The achieved rate and the thresholds that failed. */
  readonly rate: number | null;
  readonly failed: readonly string[];
}

/** A soak. */
export interface SoakReport {
  readonly schema: "mllp.soak/1";
  readonly seed: number;
  readonly minutes: number;
  readonly version: string;
  readonly interrupted: boolean;
  readonly pass: boolean;
  readonly parts: readonly PartReport[];
  readonly sources: readonly SourceReport[];
  readonly legs: readonly LegReport[];
  /** How often each deed was done. */
  readonly deeds: Readonly<Record<string, number>>;
  /** How often each fault was injected, in the receiver's last life. */
  readonly faults: Readonly<Record<string, number>>;
  readonly mostDiskBytes: number;
  readonly problems: readonly string[];
}

const MIB = 1024 * 1024;

/** Memory, to the MiB. */
function memory(bytes: number): string {
  return formatSize(Math.round(bytes / MIB) * MIB);
}

/** A part by its vitals. */
export function partReport(vitals: Vitals, starts: number, kills: number): PartReport {
  return { name: vitals.name, starts, kills, lives: vitals.lives.map(judgeLife) };
}

/** What is wrong with the vitals of a part. */
export function vitalProblems({ name, lives }: PartReport): string[] {
  return lives.flatMap((life, i) =>
    life.verdict !== "grew" ? [] : [
      `${name}, life ${i + 1}: memory from ${memory(life.firstBytes)} to ${
        memory(life.lastBytes)
      }, descriptors from ${life.firstDescriptors} to ${life.lastDescriptors}`,
    ]
  );
}

/** The life that tells most: the longest. */
function longest(lives: readonly LifeVerdict[]): LifeVerdict | null {
  return lives.reduce<LifeVerdict | null>(
    (best, life) => best === null || life.lasted > best.lasted ? life : best,
    null,
  );
}

function partRow(part: PartReport): string[] {
  const life = longest(part.lives);
  const judged = part.lives.filter(({ verdict }) => verdict !== "short");
  const grew = judged.some(({ verdict }) => verdict === "grew");
  const word = judged.length === 0 ? "short" : grew ? "GREW" : "flat";
  const head = [word, part.name, `${part.starts}`, `${part.kills}`];
  if (life === null) return [...head, "-", "-", "-", "-", "-"];
  const judgeable = life.verdict !== "short";
  return [
    ...head,
    formatDuration(Math.round(life.lasted / 1000) * 1000),
    judgeable ? memory(life.firstBytes) : "-",
    judgeable ? memory(life.lastBytes) : "-",
    memory(Math.max(...part.lives.map(({ mostBytes }) => mostBytes))),
    `${judgeable ? `${life.firstDescriptors} ${life.lastDescriptors} ` : ""}${
      Math.max(...part.lives.map((each) => each.mostDescriptors))
    }`,
  ];
}

function legRow({ number, sent, received, findings, rate, failed }: LegReport): string[] {
  const found = Object.entries(findings).filter(([, count]) => count > 0).map(([name, count]) =>
    `${formatCount(count)} ${name}`
  );
  return [
    String(number),
    formatCount(sent),
    formatCount(received),
    rate === null ? "-" : `${rate.toFixed(1)}/s`,
    failed.length === 0 ? "held" : failed.join(", "),
    found.join(", ") || "none",
  ];
}

function counts(of: Readonly<Record<string, number>>): string {
  return Object.entries(of).map(([name, count]) => `${name} ${formatCount(count)}`).join(", ") || "none";
}

/** The whole soak, line by line. */
export function reportText(report: SoakReport): string[] {
  const { parts, sources, legs, deeds, faults, problems, minutes, seed, pass, interrupted, mostDiskBytes } = report;
  return [
    paint("bold", "PARTS"),
    ...table([
      ["", "part", "starts", "killed", "longest", "first", "last", "most", "descriptors"],
      ...parts.map(partRow),
    ], { align: "llrrrrrrr", indent: 2 }),
    `  flat: at most ${100 * GROWTH}% and ${
      formatSize(SLACK_BYTES)
    } more behind the warm-up, ${SLACK_DESCRIPTORS} descriptors`,
    "",
    paint("bold", "MESSAGES"),
    ...table([
      ["source", "sent", "accepted"],
      ...sources.map(({ name, sent, accepted }) => [name, formatCount(sent), formatCount(accepted)]),
    ], { align: "lrr", indent: 2 }),
    "",
    paint("bold", "ACCOUNTS"),
    ...table([["leg", "sent", "received", "rate", "thresholds", "found"], ...legs.map(legRow)], {
      align: "rrrrll",
      indent: 2,
    }),
    "",
    `  done: ${counts(deeds)}`,
    `  faults in the receiver's last life: ${counts(faults)}`,
    `  on disk at most ${formatSize(mostDiskBytes)}`,
    "",
    ...problems.map((problem) => paint("red", `PROBLEM: ${printable(problem)}`)),
    pass
      ? paint(
        "green",
        `passed: ${formatDuration(Math.round(minutes * 60) * 1000)}, seed ${seed}: nothing acknowledged was lost`,
      )
      : paint("red", `FAILED: ${formatCount(problems.length)} problems, seed ${seed}`),
    ...(interrupted ? ["(interrupted)"] : []),
  ];
}
