/**
 * Text made into HTML, so that nothing can be put in unescaped by oversight: what a template inserts
 * is escaped unless it is markup itself. It knows nothing of what the page says.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { printable } from "../../text.ts";

/** A piece of HTML. */
export class Markup {
  /** Takes the text as HTML: only for what no document had a say in. */
  constructor(readonly text: string) {}
}

/** What a template takes: markup as it is, text and numbers escaped, lists joined, null for nothing. */
export type Inserted = string | number | Markup | null | readonly Inserted[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * A text that a peer may have written, for HTML: markup and quotes escaped, and control characters and what
 * turns the direction of writing shown as `\x1b` and the like.
 *
 * @example
 * ```ts
 * import { escapeHtml } from "./markup.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(escapeHtml('<b id="x">\r'), "&lt;b id=&quot;x&quot;&gt;\\r");
 * ```
 */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (char) => ESCAPES[char]);
}

/**
 * HTML from a template literal. An attribute's value has to stand in double quotes.
 *
 * @example
 * ```ts
 * import { markup } from "./markup.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(markup`<p>${"a < b"}${[markup`<br>`, 7]}</p>`.text, "<p>a &lt; b<br>7</p>");
 * ```
 */
export function markup(strings: TemplateStringsArray, ...values: Inserted[]): Markup {
  let text = strings[0];
  values.forEach((value, i) => text += insert(value) + strings[i + 1]);
  return new Markup(text);
}

function insert(value: Inserted): string {
  if (value === null) return "";
  if (value instanceof Markup) return value.text;
  return Array.isArray(value) ? value.map(insert).join("") : escapeHtml(String(value));
}

/**
 * A value as the content of a `<script type="application/json">`: no character in it can end the element.
 *
 * @example
 * ```ts
 * import { embeddedJson } from "./markup.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(embeddedJson("</script>").text, '"\\u003c/script>"');
 * ```
 */
export function embeddedJson(value: unknown): Markup {
  return new Markup(JSON.stringify(value).replaceAll("<", "\\u003c"));
}

/**
 * A program or a style sheet as the content of its element. Throws a `TypeError` if it would end the element early.
 *
 * @example
 * ```ts
 * import { embeddedText } from "./markup.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(embeddedText("a < b").text, "a < b");
 * assert.throws(() => embeddedText("'</script>'"), TypeError);
 * ```
 */
export function embeddedText(text: string): Markup {
  const end = /<\/(?:script|style)|<!--/i.exec(text);
  if (end !== null) {
    throw new TypeError(`Cannot put a text into the page: found ${end[0]} at ${end.index}, wanted none`);
  }
  return new Markup(text);
}

/** A column of a table: its head, and whether it holds figures. */
export interface Column {
  readonly head: string;
  readonly figures?: boolean;
}

/** How a table is shown. */
export interface TableOptions {
  /** On a narrow screen each row becomes a block of figures, each below its head, in place of scrolling. */
  readonly folds?: boolean;
}

/**
 * A table whose rows begin with their head; wide ones scroll on their own, or fold.
 *
 * @example
 * ```ts
 * import { table } from "./markup.ts";
 * import assert from "node:assert/strict";
 *
 * assert.match(table("Answers", [{ head: "code" }, { head: "count", figures: true }], [["AA", 7]]).text, /<td class="n">7</);
 * ```
 */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Inserted[])[],
  { folds = false }: TableOptions = {},
): Markup {
  const kind = columns.map(({ figures }) => figures ? new Markup(' class="n"') : null);
  const heads = columns.map(({ head }, i) => markup`<th scope="col"${kind[i]}>${head}</th>`);
  const body = rows.map(([head, ...cells]) =>
    markup`<tr><th scope="row"${kind[0]}>${head}</th>${
      cells.map((cell, i) => {
        const named = folds ? markup` data-head="${columns[i + 1].head}"` : null;
        return markup`<td${kind[i + 1]}${named}>${cell}</td>`;
      })
    }</tr>\n`
  );
  return markup`<div class="scroll" tabindex="0" role="group" aria-label="${caption}"><table${
    folds ? new Markup(' class="folds"') : null
  }><caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${body}</tbody></table></div>
`;
}
