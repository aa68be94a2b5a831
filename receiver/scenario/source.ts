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
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";

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

// Whether keys are unique is looked at here: the parser compares each with each, minutes for a large map.
const OPTIONS = { schema: "failsafe", prettyErrors: false, logLevel: "error", uniqueKeys: false } as const;

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
  /** Where each line begins; the parser's own counter forgets the lines of a text that it stumbles over. */
  readonly #lines: readonly number[];
  readonly #document: Document;
  /** What each alias stands for. */
  #targets: ReadonlyMap<Node, Node> = new Map();
  readonly #pairs: Map<YAMLMap, ReadonlyMap<string, Pair>> = new Map();

  constructor(text: string) {
    const issues: SourceIssue[] = [];
    const unmarked = text.replace(/^\ufeff/, "");
    this.#lines = [0, ...Array.from(unmarked.matchAll(/\n/g), ({ index }) => index + 1)];
    try {
      this.#document = parseDocument(unmarked, OPTIONS) as Document;
    } catch (error) {
      // A parser that goes down by calls runs out of stack on what nobody writes by hand.
      if (!(error instanceof RangeError)) throw error;
      this.#document = parseDocument("", OPTIONS) as Document;
      issues.push({ line: 1, column: 1, message: TOO_DEEP });
    }
    for (const { message, pos } of [...this.#document.errors, ...this.#document.warnings]) {
      const words = message.replace(/\s+at line \d+.*$/s, "");
      issues.push({ ...this.#at(pos[0]), message: /call stack/.test(words) ? TOO_DEEP : `it is no YAML: ${words}` });
    }
    this.value = null;
    if (issues.length === 0) {
      const contents = this.#document.contents as Node | null;
      this.#targets = targetsIn(contents);
      const reader = new Reader(this.#targets, (node, message) => issues.push({ ...this.#of(node), message }));
      this.value = reader.plain(contents, 0);
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
        const pair = this.#pairOf(node, String(key));
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

  /** By its name: a text with much that is wrong in it asks for many. */
  #pairOf(map: YAMLMap, name: string): Pair | undefined {
    let pairs = this.#pairs.get(map);
    if (pairs === undefined) {
      // Of keys that are there twice the first counts.
      pairs = new Map(
        map.items.toReversed().map((pair) => [String(isScalar(pair.key) ? pair.key.value : pair.key), pair]),
      );
      this.#pairs.set(map, pairs);
    }
    return pairs.get(name);
  }

  #follow(node: Node | null): Node | null {
    return isAlias(node) ? this.#targets.get(node) ?? null : node;
  }

  #of(node: Node | null): Place {
    return this.#at(node?.range?.[0] ?? 0);
  }

  #at(offset: number): Place {
    let [line, after] = [0, this.#lines.length];
    while (after - line > 1) {
      const middle = (line + after) >> 1;
      if (this.#lines[middle] <= offset) line = middle;
      else after = middle;
    }
    return { line: line + 1, column: offset - this.#lines[line] + 1 };
  }
}

function isEmpty(value: unknown): boolean {
  return value === null ||
    (isScalar(value) && value.value === "" && value.range !== null && value.range !== undefined &&
      value.range[0] === value.range[1]);
}

/** What each alias stands for: the last node before it with its anchor. The parser would look through the whole document for each. */
function targetsIn(contents: Node | null): ReadonlyMap<Node, Node> {
  const anchored = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  const ahead: (Node | null)[] = [contents];
  while (ahead.length > 0) {
    const node = ahead.pop() ?? null;
    if (isAlias(node)) {
      const target = anchored.get(node.source);
      if (target !== undefined) targets.set(node, target);
      continue;
    }
    if (node !== null && "anchor" in node && typeof node.anchor === "string") anchored.set(node.anchor, node);
    const inner = isSeq(node)
      ? node.items as (Node | null)[]
      : isMap(node)
      ? node.items.flatMap(({ key, value }) => [key, value] as (Node | null)[])
      : [];
    for (let i = inner.length - 1; i >= 0; i--) ahead.push(inner[i]);
  }
  return targets;
}

/** Makes nodes into plain values. */
class Reader {
  #left = MOST_VALUES;
  readonly #open = new Set<Node>();

  constructor(
    private readonly targets: ReadonlyMap<Node, Node>,
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
      ? this.#map(node, depth)
      : "";
    this.#open.delete(node);
    return value;
  }

  #map({ items }: YAMLMap, depth: number): unknown {
    const entries = new Map<string, unknown>();
    for (const { key, value } of items as Pair<Node, Node | null>[]) {
      if (!isScalar(key)) this.complain(key, "a key must be a text");
      const name = String(isScalar(key) ? key.value : "");
      if (isScalar(key) && entries.has(name)) {
        this.complain(key, `it is no YAML: Map keys must be unique, found '${name}' again`);
      }
      entries.set(name, this.plain(value, depth + 1));
    }
    return Object.fromEntries(entries);
  }

  #alias(node: Node, depth: number): unknown {
    const target = this.targets.get(node);
    if (target === undefined) this.complain(node, "it is an alias of nothing before it");
    else if (this.#open.has(target)) this.complain(node, "it is an alias of something that it stands in");
    else return this.plain(target, depth);
    return "";
  }
}
