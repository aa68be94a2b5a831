/**
 * A scenario's text as plain values, and where in the text each of them stands. It knows YAML (of which JSON is
 * a part) and no scenario.
 *
 * This module performs no I/O.
 *
 * # What is read
 *
 * The failsafe schema: maps, lists and texts, nothing else. So no value is made into another one on the way (`no`,
 * `1e3`, `0o17`, a date), and nothing in a file can name a type of ours. Anchors and aliases are followed; one
 * that stands within itself, or that blows the document up, is refused.
 *
 * @module
 */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";

/** A step of a way into a document. */
export type PathKey = string | number;

/** Where something stands, from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a text, and where. */
export interface SourceIssue extends Place {
  readonly message: string;
}

/** A document has at most so many values, aliases followed (our decision: a thousand rules come to some ten thousand). */
const MOST_VALUES = 200_000;
/** Maps and lists stand in one another at most so deep. */
const DEEPEST = 64;
const TOO_DEEP = `it is nested more than ${DEEPEST} deep`;

const OPTIONS = { schema: "failsafe", prettyErrors: false, logLevel: "error" } as const;

/**
 * A text, read.
 *
 * @example
 * ```ts
 * import { SourceText } from "./source.ts";
 * import assert from "node:assert/strict";
 *
 * const source = new SourceText("version: 1\nrules:\n  - {id: late}\n");
 * assert.deepEqual(source.value, { version: "1", rules: [{ id: "late" }] });
 * assert.deepEqual(source.placeOf(["rules", 0, "id"]), { line: 3, column: 10 });
 * ```
 */
export class SourceText {
  /** Maps, lists and texts; `null` for an empty document, and of no use where there are issues. */
  readonly value: unknown;
  readonly issues: readonly SourceIssue[];
  readonly #lines = new LineCounter();
  readonly #document: Document;

  constructor(text: string) {
    const issues: SourceIssue[] = [];
    try {
      this.#document = parseDocument(text.replace(/^\ufeff/, ""), { ...OPTIONS, lineCounter: this.#lines }) as Document;
    } catch (error) {
      // A parser that goes down by calls runs out of stack on what nobody writes by hand.
      if (!(error instanceof RangeError)) throw error;
      this.#document = parseDocument("", OPTIONS) as Document;
      issues.push({ line: 1, column: 1, message: TOO_DEEP });
    }
    for (const { message, pos } of [...this.#document.errors, ...this.#document.warnings]) {
      issues.push({ ...this.#at(pos[0]), message: `it is no YAML: ${message.replace(/\s+at line \d+.*$/s, "")}` });
    }
    this.value = null;
    if (issues.length === 0) {
      const reader = new Reader(this.#document, (node, message) => issues.push({ ...this.#of(node), message }));
      this.value = reader.plain(this.#document.contents as Node | null, 0);
    }
    this.issues = issues;
  }

  /**
   * Where the value at the end of a way stands, or its key if `ofKey`; of a way that does not exist, how
   * far it goes.
   */
  placeOf(path: readonly PathKey[], ofKey = false): Place {
    let node = this.#follow(this.#document.contents as Node | null);
    let found = node;
    for (const [i, key] of path.entries()) {
      const last = i === path.length - 1;
      let next: unknown = null;
      if (isMap(node)) {
        const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(key));
        if (pair !== undefined && last && ofKey) return this.#of(pair.key as Node);
        // A key with nothing behind it stands where the key stands.
        next = pair === undefined ? null : isEmpty(pair.value) ? pair.key : pair.value;
      } else if (isSeq(node)) next = node.items[Number(key)] ?? null;
      if (next === null) break;
      // An alias stands where it is written.
      found = next as Node;
      node = this.#follow(found);
    }
    return this.#of(found);
  }

  #follow(node: Node | null): Node | null {
    return isAlias(node) ? node.resolve(this.#document) ?? null : node;
  }

  #of(node: Node | null): Place {
    return this.#at(node?.range?.[0] ?? 0);
  }

  #at(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

function isEmpty(value: unknown): boolean {
  return value === null ||
    (isScalar(value) && value.value === "" && value.range !== null && value.range !== undefined &&
      value.range[0] === value.range[1]);
}

/** Makes nodes into plain values. */
class Reader {
  #left = MOST_VALUES;
  readonly #open = new Set<Node>();

  constructor(
    private readonly document: Document,
    private readonly complain: (node: Node | null, message: string) => void,
  ) {}

  plain(node: Node | null, depth: number): unknown {
    if (node === null || this.#left <= 0) return "";
    if (isAlias(node)) return this.#alias(node, depth);
    if (--this.#left === 0) this.complain(node, `it holds more than ${MOST_VALUES} values, aliases followed`);
    if (isScalar(node)) return String(node.value ?? "");
    if (depth >= DEEPEST) {
      this.complain(node, TOO_DEEP);
      this.#left = 0;
      return "";
    }
    this.#open.add(node);
    const value = isSeq(node)
      ? node.items.map((item) => this.plain(item as Node | null, depth + 1))
      : isMap(node)
      ? Object.fromEntries(node.items.map(({ key, value }) => this.#pair(key as Node, value as Node | null, depth)))
      : "";
    this.#open.delete(node);
    return value;
  }

  #pair(key: Node, value: Node | null, depth: number): [string, unknown] {
    if (!isScalar(key)) this.complain(key, "a key must be a text");
    return [String(isScalar(key) ? key.value : ""), this.plain(value, depth + 1)];
  }

  #alias(node: Node, depth: number): unknown {
    const target = isAlias(node) ? node.resolve(this.document) : undefined;
    if (target === undefined) this.complain(node, "it is an alias of nothing before it");
    else if (this.#open.has(target)) this.complain(node, "it is an alias of something that it stands in");
    else return this.plain(target, depth);
    return "";
  }
}
