/**
 * Markdown as `deno fmt` has it, for the programs that make parts of the documents of the code; and those parts put in
 * their places, between `<!-- generated: NAME -->` and `<!-- end of NAME -->`. The rest of a document is people's.
 *
 * @module
 */

/** How wide a line of text is. */
const WIDTH = 120;

/** A table; a bar within a cell is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, i) => Math.max(3, ...all.map((row) => row[i].length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  const [first, ...others] = all;
  return [line(first), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...others.map(line)].join("\n");
}

/** A text cut into lines between words, never within code; `first` begins the first line, `next` the others. */
function wrapped(text: string, first: string, next: string): string {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.match(/(?:`[^`]*`|\S)+/g) ?? []) {
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = next + word;
    } else line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join("\n");
}

/** A list of items. */
export function list(items: readonly string[]): string {
  return items.map((item) => wrapped(item, "- ", "  ")).join("\n");
}

/** A paragraph. */
export function paragraph(text: string): string {
  return wrapped(text, "", "");
}

/** A fence around a text. */
export function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

/** A word as code. */
export function code(text: string): string {
  return `\`${text}\``;
}

/** The parts of a document that are made, by name. */
export type Parts = Readonly<Record<string, () => string>>;

/** A document with every such part made anew. Throws for a part that is unknown, missing or there twice. */
export function withParts(document: string, path: string, parts: Parts): string {
  const left = new Set(Object.keys(parts));
  const made = document.replace(
    /^<!-- generated: (.+) -->\n[\s\S]*?^<!-- end of \1 -->$/gm,
    (_, name: string) => {
      if (!left.delete(name)) throw new Error(`${path}: '${name}' is no part that is made, or was there before`);
      return `<!-- generated: ${name} -->\n\n${parts[name]()}\n\n<!-- end of ${name} -->`;
    },
  );
  if (left.size > 0) throw new Error(`${path} has no place for ${[...left].join(", ")}`);
  return made;
}
