/**
 * A route of the control API, as data: what it is called, what it reads and answers, and what it does. The server and the API's
 * description are made of the same table.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { GenericSchema } from "valibot";
import type { Clock } from "../../lib/clock.ts";
import { joined } from "../../lib/bytes.ts";
import { jsonText } from "../../lib/text.ts";
import { formatDuration, nearest, parseCount, parseDuration } from "../../lib/values.ts";
import type { Form } from "../scenario/form.ts";
import { SourceText } from "../scenario/source.ts";
import type { EventHub } from "./event_hub.ts";
import type { ReceiverMetrics } from "./metrics.ts";
import { Problem, type ProblemCode } from "./problem.ts";
import { readAs } from "./read_as.ts";
import type { ControlSurface } from "./surface.ts";

/** What a JSON Schema is, as far as it is passed on. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A key of the query, and how it is read. */
export interface QueryKey<T> {
  readonly name: string;
  readonly about: string;
  readonly schema: JsonSchema;
  /** Throws a `RangeError`. */
  read(text: string): T;
}

/** What routes do their work with. */
export interface Services {
  readonly surface: ControlSurface;
  /** The program's. */
  readonly version: string;
  readonly clock: Clock;
  readonly hub: EventHub;
  readonly metrics: ReceiverMetrics;
  /** Aborts when the API stops: who waits is answered then. */
  readonly closing: AbortSignal;
  /** How many clients wait or listen. */
  patient: number;
  /** All routes, for their description. */
  readonly routes: readonly Route[];
  /** The description, once somebody has asked for it: making it takes some milliseconds. */
  described: object | null;
}

/** What a route reads. */
export interface BodyKind {
  readonly about: string;
  readonly types: readonly string[];
  /** What is in it, for bodies of JSON or YAML. */
  readonly form?: Form<unknown>;
  /** What is in it, where there is no form. */
  readonly schema?: JsonSchema;
  readonly required: boolean;
  /** In bytes. */
  readonly limit: number;
}

/** What a route answers where all is well. */
export interface AnswerKind {
  readonly status: 200 | 201;
  readonly about: string;
  readonly type: string;
  readonly schema?: GenericSchema;
}

/** A route. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `/v1/rules/{id}`. */
  readonly path: string;
  /** One line, an imperative, no full stop. */
  readonly about: string;
  readonly query?: readonly QueryKey<unknown>[];
  readonly body?: BodyKind;
  readonly answer: AnswerKind;
  run(call: Call): Response | Promise<Response>;
}

/** Bodies of rules, scenarios and expectations are at most so large (our decision: a thousand rules come to some hundred kilobytes). */
export const TEXT_LIMIT = 1024 * 1024;

/** Bytes to be sent are at most so many: the longest frame that is accepted unless told otherwise. */
export const BYTES_LIMIT = 16 * 1024 * 1024;

/** How long a body may take to come: one that never ends would be waited for without one (our decision). */
const BODY_MS = 10_000;

/** JSON, or YAML, of which it is a part. */
export const TEXT_TYPES: readonly string[] = Object.freeze(["application/json", "application/yaml"]);

/** What such bodies may be called besides: what YAML was called before it had a name, and what curl says of any text. */
const OTHER_NAMES: readonly string[] = [
  "application/x-yaml",
  "text/yaml",
  "text/x-yaml",
  "text/plain",
  "application/x-www-form-urlencoded",
  "application/merge-patch+json",
];

/**
 * A request on its way through a route.
 *
 * @example
 * ```ts
 * import { Call } from "./route.ts";
 * import assert from "node:assert/strict";
 *
 * const route = { method: "GET", path: "/v1/rules/{id}", about: "", answer: { status: 200, about: "", type: "" } } as never;
 * const request = new Request("http://127.0.0.1:8575/v1/rules/late");
 * const call = new Call({ services: {} as never, route, request, parameters: { id: "late" } });
 * assert.equal(call.parameter("id"), "late");
 * ```
 */
export class Call {
  readonly services: Services;
  readonly route: Route;
  readonly request: Request;
  readonly #parameters: Readonly<Record<string, string>>;
  readonly #query: URLSearchParams;

  /** Throws a `Problem` for a query that the route does not know. */
  constructor(options: {
    readonly services: Services;
    readonly route: Route;
    readonly request: Request;
    readonly parameters: Readonly<Record<string, string>>;
  }) {
    this.services = options.services;
    this.route = options.route;
    this.request = options.request;
    this.#parameters = options.parameters;
    this.#query = new URL(options.request.url).searchParams;
    const known = (this.route.query ?? []).map(({ name }) => name);
    for (const name of this.#query.keys()) {
      if (known.includes(name)) continue;
      const meant = nearest(name, known);
      const wanted = known.length === 0 ? "this route takes none" : `wanted ${known.join(", ")}`;
      throw new Problem(
        "bad_request",
        `Unknown query key '${name}': ${meant === null ? wanted : `did you mean '${meant}'?`}`,
      );
    }
  }

  /** The receiver. */
  get surface(): ControlSurface {
    return this.services.surface;
  }

  /** A part of the path. */
  parameter(name: string): string {
    return this.#parameters[name] ?? "";
  }

  /** A part of the path that is a number. */
  number(name: string): number {
    return readQuery(`the ${name} in the path`, this.parameter(name), parseCount);
  }

  /** A value of the query; `undefined` where it is not there. */
  ask<T>(key: QueryKey<T>): T | undefined {
    const text = this.#query.get(key.name);
    return text === null ? undefined : readQuery(`the query key '${key.name}'`, text, key.read);
  }

  /** The body's bytes. Throws a `Problem` for too many, and for those that do not all come, or not in time. */
  async bytes(): Promise<Uint8Array> {
    const { limit = TEXT_LIMIT } = this.route.body ?? {};
    // The rest of it is not worth reading.
    const problem = (code: ProblemCode, message: string) =>
      new Problem(code, message, { headers: { Connection: "close" } });
    const tooLarge = () => problem("too_large", `The body is larger than ${limit} bytes, the most that is read`);
    if (Number(this.request.headers.get("content-length") ?? 0) > limit) throw tooLarge();
    if (this.request.body === null) return new Uint8Array(0);
    const reader = (this.request.body as ReadableStream<Uint8Array>).getReader();
    const { clock } = this.services;
    const late = Promise.withResolvers<never>();
    const why = `The body did not come within ${formatDuration(BODY_MS)}`;
    const timer = clock.schedule(clock.now() + BODY_MS, () => late.reject(problem("bad_request", why)));
    const chunks: Uint8Array[] = [];
    try {
      for (let length = 0;;) {
        const { done, value } = await Promise.race([reader.read(), late.promise]);
        if (done) return joined(chunks);
        length += value.length;
        if (length > limit) throw tooLarge();
        chunks.push(value);
      }
    } catch (error) {
      // Who waits for it to be read, or sends on, need not.
      void reader.cancel().catch(() => {});
      throw error instanceof Problem ? error : problem("bad_request", "The body broke off");
    } finally {
      timer.cancel();
    }
  }

  /** The body's text. Throws a `Problem` for another type, too much of it, and what is no UTF-8. */
  async text(): Promise<string> {
    const type = (this.request.headers.get("content-type") ?? "").split(";")[0].trim().toLowerCase();
    if (type !== "" && !TEXT_TYPES.includes(type) && !OTHER_NAMES.includes(type)) {
      throw new Problem("wrong_type", `Cannot read a body of type '${type}': wanted ${TEXT_TYPES.join(" or ")}`);
    }
    const bytes = await this.bytes();
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      throw new Problem("bad_request", "Cannot read the body: it is no UTF-8");
    }
  }

  /** The body as a form reads it; `otherwise` where there is none. */
  async read<T>(form: Form<T>, otherwise?: T): Promise<T> {
    const text = await this.text();
    if (text.trim() === "" && otherwise !== undefined) return otherwise;
    return readAs(form, new SourceText(text), "body");
  }
}

/** Values of a query that several routes read. */
export function durationKey(name: string, about: string): QueryKey<number> {
  return { name, about, schema: { type: "string", examples: ["30s"] }, read: parseDuration };
}

/** A text in a query. */
export function textKey(name: string, about: string, examples: readonly string[] = []): QueryKey<string> {
  return {
    name,
    about,
    schema: { type: "string", ...examples.length === 0 ? {} : { examples } },
    read: (text) => text,
  };
}

/** A word of some in a query. */
export function wordKey<const W extends string>(name: string, about: string, words: readonly W[]): QueryKey<W> {
  return {
    name,
    about,
    schema: { enum: words },
    read(text) {
      const found = words.find((word) => word === text);
      if (found === undefined) throw new RangeError(`found '${text}', wanted ${words.join(" or ")}`);
      return found;
    },
  };
}

/** A switch in a query: `true`, or `false`. */
export function flagKey(name: string, about: string): QueryKey<boolean> {
  return {
    name,
    about,
    schema: { type: "boolean" },
    read(text) {
      if (text !== "true" && text !== "false") throw new RangeError(`found '${text}', wanted true or false`);
      return text === "true";
    },
  };
}

function readQuery<T>(what: string, text: string, read: (text: string) => T): T {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Problem("bad_request", `Cannot use ${what}: ${error.message}`);
  }
}

/** A value as a JSON answer. */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${jsonText(value)}\n`, {
    status,
    headers: { "Content-Type": "application/json", ...headers },
  });
}

/** A body of JSON or YAML that a form reads. */
export function bodyOf(about: string, form: Form<unknown>, required = true): BodyKind {
  return { about, types: TEXT_TYPES, form, required, limit: TEXT_LIMIT };
}

/** An answer of JSON. */
export function answer(about: string, schema: GenericSchema, status: 200 | 201 = 200): AnswerKind {
  return { status, about, type: "application/json", schema };
}
