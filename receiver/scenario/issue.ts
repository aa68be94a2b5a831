/**
 * What is wrong with a scenario file: where, on the way to which value, and why.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { PathKey } from "./source.ts";

/** So many are told; who has more will have fewer the next time. */
export const MOST_ISSUES = 20;

/** One thing that is wrong. */
export interface ScenarioIssue {
  /** The file, as it was named. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** `rules[2].when.type`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
}

/** Something wrong, found on the way to a value. */
export interface Finding {
  readonly path: readonly PathKey[];
  /** Whether it is about the key itself, not about the value behind it. */
  readonly ofKey?: boolean;
  readonly message: string;
}

/**
 * A way into a document as people write it.
 *
 * @example
 * ```ts
 * import { formatPath } from "./issue.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatPath(["rules", 2, "when", "PID-3.1"]), "rules[2].when.PID-3.1");
 * ```
 */
export function formatPath(path: readonly PathKey[]): string {
  return path.reduce<string>((before, key) => {
    if (typeof key === "number") return `${before}[${key}]`;
    return before === "" ? key : `${before}.${key}`;
  }, "");
}

/**
 * An issue on one line: `retry.yaml:12:7: rules[2].when.tpye: unknown key ...`.
 *
 * @example
 * ```ts
 * import { formatIssue } from "./issue.ts";
 * import assert from "node:assert/strict";
 *
 * const issue = { file: "retry.yaml", line: 12, column: 7, path: "seed", message: "found a list, wanted a number" };
 * assert.equal(formatIssue(issue), "retry.yaml:12:7: seed: found a list, wanted a number");
 * ```
 */
export function formatIssue({ file, line, column, path, message }: ScenarioIssue): string {
  return `${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`;
}

/**
 * A scenario file that cannot be used; each thing that is wrong with it is one of `issues`, at most `MOST_ISSUES`.
 *
 * @example
 * ```ts
 * import { ScenarioError } from "./issue.ts";
 * import assert from "node:assert/strict";
 *
 * const issue = { file: "a.yaml", line: 1, column: 1, path: "", message: "it is empty" };
 * assert.equal(new ScenarioError([issue], 1).message, "a.yaml:1:1: it is empty");
 * ```
 */
export class ScenarioError extends RangeError {
  override readonly name = "ScenarioError";

  constructor(
    readonly issues: readonly ScenarioIssue[],
    /** How many there are in all. */
    readonly found: number,
  ) {
    super(issues.map(formatIssue).join("\n"));
  }
}
