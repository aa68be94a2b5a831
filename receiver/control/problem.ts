/**
 * What went wrong with a request, as the API answers it: `{error: {code, message, issues?}}`.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { ScenarioError } from "../scenario/issue.ts";
import { ControlConflict } from "./surface.ts";

/** What can be wrong with a request: each code, its status, and what the description of the API says of it. */
export const PROBLEMS = {
  bad_request: { status: 400, about: "The request cannot be read: a number, an id, a query, text that is no UTF-8" },
  unauthorized: { status: 401, about: "The bearer token is missing or wrong" },
  forbidden: { status: 403, about: "The request comes from a web page, or for a host that this is not" },
  not_found: { status: 404, about: "There is no such thing, or no longer" },
  wrong_method: { status: 405, about: "The path takes another method" },
  conflict: { status: 409, about: "That cannot be done while it runs, or not as things are" },
  too_large: { status: 413, about: "The body is too large" },
  wrong_type: { status: 415, about: "The body is of a type that is not read" },
  invalid: { status: 422, about: "The body is wrong; issues tell where" },
  busy: { status: 503, about: "Too many clients wait or listen already" },
  internal: { status: 500, about: "A bug in this program" },
} as const;

/** The code of a problem. */
export type ProblemCode = keyof typeof PROBLEMS;

/** One thing that is wrong with a body. */
export interface BodyIssue {
  /** `do[0].reply`; empty for the whole. */
  readonly path: string;
  /** In the body, from 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/**
 * A request that cannot be answered as was asked.
 *
 * @example
 * ```ts
 * import { Problem } from "./problem.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(new Problem("not_found", "There is no rule 'x'").status, 404);
 * ```
 */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly issues: readonly BodyIssue[] | null;
  /** Of the answer, besides what all answers have. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    message: string,
    { issues, headers = {} }: {
      readonly issues?: readonly BodyIssue[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.code = code;
    this.issues = issues ?? null;
    this.headers = headers;
  }

  /** The status of HTTP. */
  get status(): typeof PROBLEMS[ProblemCode]["status"] {
    return PROBLEMS[this.code].status;
  }

  /** The body of the answer. */
  get body(): object {
    const { code, message, issues } = this;
    return { error: { code, message, ...issues === null ? {} : { issues } } };
  }
}

/**
 * An error as a problem: what is wrong with a scenario, what cannot be now; anything else is a bug, of which nothing is told that
 * could be about a patient.
 *
 * @example
 * ```ts
 * import { problemOf } from "./problem.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(problemOf(new RangeError("Cannot fire")).code, "invalid");
 * assert.equal(problemOf(new TypeError("x is undefined")).message, "A bug in this program: TypeError");
 * ```
 */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ControlConflict) return new Problem("conflict", error.message);
  if (error instanceof ScenarioError) {
    const issues = error.issues.map(({ path, line, column, message }) => ({ path, line, column, message }));
    const [{ path, message }] = issues;
    const more = error.found > 1 ? `; ${error.found - 1} more` : "";
    return new Problem("invalid", `${path === "" ? "" : `${path}: `}${message}${more}`, { issues });
  }
  if (error instanceof RangeError) return new Problem("invalid", error.message);
  return new Problem("internal", `A bug in this program: ${error instanceof Error ? error.name : typeof error}`);
}
