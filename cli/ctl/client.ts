/**
 * The control API's client: requests and streams of events. It knows no route.
 *
 * @module
 */
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { systemCode } from "../../lib/errors.ts";

/** How long an answer may take that nobody asked to wait for. */
const PATIENCE_MS = 10_000;

/** What an answer or an event may weigh, in bytes: the longest message, all of it escaped, is half of that. */
const LARGEST = 256 * 1024 * 1024;

/** Where the API is, and what it must be told. */
export interface ClientOptions {
  /** `http://127.0.0.1:8575`. */
  readonly url: string;
  readonly token?: string;
  /** What an answer or an event may weigh, in bytes; default 256 MiB. */
  readonly largest?: number;
}

/** A request. */
export interface Asked {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Begins with `/v1/`. */
  readonly path: string;
  /** What is `undefined` is left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Uint8Array;
  readonly type?: string;
  /** How long the answer may take, in milliseconds. */
  readonly patienceMs?: number;
}

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly bytes: Uint8Array;
  /** As JSON; `undefined` where it is none. */
  readonly json: unknown;
}

/** There is nobody to ask, or nobody who answers. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** Asks one API. */
export class ControlClient {
  readonly #options: ClientOptions;
  readonly #largest: number;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#largest = options.largest ?? LARGEST;
  }

  /** Asks, and reads the whole answer. Rejects with `Unreachable` where there is none. */
  async ask(asked: Asked): Promise<Answer> {
    const { patienceMs = PATIENCE_MS } = asked;
    const limit = AbortSignal.timeout(patienceMs);
    const answer = await this.#open(asked, limit);
    const bytes = await this.#read(answer, limit);
    const isJson = (answer.headers["content-type"] ?? "").startsWith("application/json");
    const json = isJson ? this.#parse(bytes) : undefined;
    if (json === undefined && (answer.statusCode ?? 0) >= 400) throw this.#stranger();
    return { status: answer.statusCode ?? 0, bytes, json };
  }

  /** The events of a stream, as JSON, until it ends. Rejects with `Unreachable` when it breaks; `refused` is called with an answer that is no stream. */
  async *events(asked: Asked, refused: (answer: Answer) => never): AsyncGenerator<unknown> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), PATIENCE_MS);
    const answer = await this.#open(asked, limit.signal).finally(() => clearTimeout(timer));
    if (answer.statusCode !== 200) {
      const bytes = await this.#read(answer, AbortSignal.timeout(PATIENCE_MS));
      refused({ status: answer.statusCode ?? 0, bytes, json: this.#parse(bytes) });
    }
    answer.setEncoding("utf8");
    let text = "";
    try {
      for await (const chunk of answer) {
        const blocks = (text + chunk).split("\n\n");
        text = blocks.pop() ?? "";
        for (const block of blocks) {
          const data = block.split("\n").find((line) => line.startsWith("data: "));
          if (data !== undefined) yield JSON.parse(data.slice(6));
          else if (block.startsWith(": this is the end")) return;
        }
        if (text.length > this.#largest) throw this.#stranger();
      }
    } catch (error) {
      throw this.#unreachable(error);
    } finally {
      answer.destroy();
    }
  }

  #open({ method, path, query = {}, body, type }: Asked, signal: AbortSignal): Promise<IncomingMessage> {
    const { url, token } = this.#options;
    const where = new URL(path, url);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) where.searchParams.set(key, value);
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    return new Promise((resolve, reject) => {
      let sent: ClientRequest | null = null;
      const late = () => {
        sent?.destroy();
        reject(new Unreachable(`${url} does not answer`));
      };
      signal.addEventListener("abort", late);
      const headers = {
        ...token === undefined ? {} : { Authorization: `Bearer ${token}` },
        ...bytes === undefined ? {} : { "Content-Length": String(bytes.length) },
        ...type === undefined ? {} : { "Content-Type": type },
      };
      // A connection of its own: the program ends when the answer has been read.
      sent = request(where, { method, headers, agent: false }, (answer) => {
        signal.removeEventListener("abort", late);
        resolve(answer);
      });
      sent.on("error", (error) => {
        signal.removeEventListener("abort", late);
        reject(this.#unreachable(error));
      });
      sent.end(bytes);
    });
  }

  async #read(answer: IncomingMessage, signal: AbortSignal): Promise<Uint8Array> {
    const late = () => answer.destroy(new Error("late"));
    signal.addEventListener("abort", late);
    try {
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of answer as AsyncIterable<Uint8Array>) {
        size += chunk.length;
        if (size > this.#largest) throw this.#stranger();
        chunks.push(chunk);
      }
      return Uint8Array.from(Buffer.concat(chunks));
    } catch (error) {
      throw this.#unreachable(error);
    } finally {
      signal.removeEventListener("abort", late);
    }
  }

  #parse(bytes: Uint8Array): unknown {
    try {
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch (error) {
      throw this.#stranger(error);
    }
  }

  #stranger(cause?: unknown): Unreachable {
    return new Unreachable(`What answers at ${this.#options.url} is not the control API of mllp receive`, { cause });
  }

  #unreachable(error: unknown): Unreachable {
    if (error instanceof Unreachable) return error;
    const code = systemCode(error);
    if (/^HPE_|PARSE/i.test(code)) return this.#stranger(error);
    const why = code === "ECONNREFUSED" ? "refused" : code;
    return new Unreachable(`Cannot reach ${this.#options.url} (${why}): is mllp receive running with --control?`, {
      cause: error,
    });
  }
}
