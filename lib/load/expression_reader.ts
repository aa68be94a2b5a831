/**
 * The words of an expression such as `p99(response) > 250ms`, one after the other, and complaints
 * about them that name the place. What they mean is the business of who reads them.
 *
 * This module performs no I/O.
 *
 * @module
 */

/** A word of an expression. */
export interface Token {
  readonly text: string;
  /** Counted from 1. */
  readonly at: number;
}

/**
 * The words of one expression, and complaints about them.
 *
 * @example
 * ```ts
 * import { Reader } from "./expression_reader.ts";
 * import assert from "node:assert/strict";
 *
 * const reader = new Reader("lost > 3 %");
 * assert.deepEqual([reader.take().text, reader.take().text, reader.takeAmount().text], ["lost", ">", "3%"]);
 * assert.match(reader.refuse(reader.take(), "'abort'").message, /at character 11 found the end, wanted 'abort'$/);
 * ```
 */
export class Reader {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(readonly text: string) {
    this.#tokens = Array.from(
      text.matchAll(/[()]|[<>]=?|[^\s()<>]+/g),
      (found) => ({ text: found[0], at: found.index + 1 }),
    );
  }

  /** The next word; an empty one at the end. */
  peek(): Token {
    return this.#tokens[this.#next] ?? { text: "", at: this.text.trimEnd().length + 1 };
  }

  take(): Token {
    const token = this.peek();
    this.#next++;
    return token;
  }

  /** The next word, and a `%` that stands apart behind it. */
  takeAmount(): Token {
    const { text, at } = this.take();
    return this.peek().text === "%" ? { text: text + this.take().text, at } : { text, at };
  }

  value(token: Token, wanted: string, parse: (text: string) => number): number {
    try {
      return parse(token.text);
    } catch (error) {
      if (error instanceof RangeError) throw this.refuse(token, wanted);
      throw error;
    }
  }

  refuse(token: Token, wanted: string, near: string | null = null): RangeError {
    const found = token.text === "" ? "the end" : `'${token.text}'`;
    const hint = near === null ? "" : `; is '${near}' meant?`;
    return new RangeError(
      `Cannot read the threshold '${this.text}': at character ${token.at} found ${found}, wanted ${wanted}${hint}`,
    );
  }
}

/**
 * Whether a word is one of a list.
 *
 * @example
 * ```ts
 * import { isOneOf } from "./expression_reader.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isOneOf(["lag", "service"], "lag"), true);
 * ```
 */
export function isOneOf<T extends string>(words: readonly T[], word: string): word is T {
  return (words as readonly string[]).includes(word);
}
