/**
 * What a terminal showed, as a picture: text with the paint that lib/text.ts puts on it becomes SVG. Each run of one
 * paint is given its width, so that columns stay columns whatever font a viewer has. It reads and writes nothing.
 *
 * @module
 */

/** A column and a line, in pixels. */
const COLUMN = 8.4;
const LINE = 19;
const FONT = 14;
const MARGIN = 20;
/** The bar above the text. */
const BAR = 36;

/** The colours of ECMA-48 that `lib/text.ts` knows, on a dark ground. */
const COLOURS: Readonly<Record<number, string>> = {
  31: "#ff7b72",
  32: "#56d364",
  33: "#e3b341",
  34: "#79c0ff",
  35: "#d2a8ff",
  36: "#76e3ea",
};
const GROUND = "#161b22";
const INK = "#e6edf3";
const DIM = "#8b949e";

interface Paint {
  readonly colour: string;
  readonly bold: boolean;
  readonly dim: boolean;
}
const PLAIN: Paint = { colour: INK, bold: false, dim: false };

/** A piece of a line in one paint, from a column on. */
interface Piece extends Paint {
  readonly column: number;
  readonly text: string;
}

/** The paint after one more instruction. Throws for one that no text of ours has. */
function painted(before: Paint, instruction: number): Paint {
  switch (instruction) {
    case 0:
      return PLAIN;
    case 1:
      return { ...before, bold: true };
    case 2:
      return { ...before, dim: true };
    case 22:
      return { ...before, bold: false, dim: false };
    case 39:
      return { ...before, colour: INK };
    default:
      if (COLOURS[instruction] === undefined) throw new RangeError(`Cannot draw paint ${instruction}`);
      return { ...before, colour: COLOURS[instruction] };
  }
}

/** A line of the terminal in pieces; spaces between words are not drawn. */
function pieces(line: string): Piece[] {
  const found: Piece[] = [];
  let paint = PLAIN;
  let column = 0;
  // deno-lint-ignore no-control-regex
  for (const [i, part] of line.split(/\u001b\[([\d;]*)m/).entries()) {
    if (i % 2 === 1) {
      for (const instruction of part.split(";")) paint = painted(paint, Number(instruction));
      continue;
    }
    for (const { 0: text, index } of part.matchAll(/\S+(?: \S+)*/g)) {
      found.push({ ...paint, column: column + columns(part.slice(0, index)), text });
    }
    column += columns(part);
  }
  return found;
}

/** How many columns a text of ours takes: one for each code point. */
function columns(text: string): number {
  return [...text].length;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

const pixels = (value: number) => String(Math.round(value * 10) / 10);

/** The picture of a terminal with a title and these lines. */
export function terminalSvg(title: string, lines: readonly string[]): string {
  const drawn = lines.map(pieces);
  const widest = Math.max(columns(title) + 16, ...drawn.flat().map(({ column, text }) => column + columns(text)));
  const width = pixels(widest * COLUMN + 2 * MARGIN);
  const height = pixels(BAR + lines.length * LINE + MARGIN);
  const text = drawn.flatMap((line, i) =>
    line.map(({ column, text, colour, bold, dim }) => {
      const at = `x="${pixels(MARGIN + column * COLUMN)}" y="${pixels(BAR + (i + 1) * LINE - 5)}"`;
      const fill = dim && colour === INK ? DIM : colour;
      const weight = bold ? ' font-weight="bold"' : "";
      return `<text ${at} textLength="${pixels(columns(text) * COLUMN)}" fill="${fill}"${weight}>${
        escaped(text)
      }</text>`;
    })
  );
  const dots = ["#ff5f57", "#febc2e", "#28c840"].map((fill, i) =>
    `<circle cx="${MARGIN + i * 18}" cy="18" r="6" fill="${fill}"/>`
  );
  return [
    "<!-- deno-fmt-ignore-file -->",
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${
      escaped(title)
    }">`,
    `<rect width="${width}" height="${height}" rx="8" fill="${GROUND}"/>`,
    ...dots,
    `<text x="${pixels((widest * COLUMN) / 2 + MARGIN)}" y="23" text-anchor="middle" fill="${DIM}" ` +
    `font-family="ui-sans-serif, system-ui, sans-serif" font-size="13">${escaped(title)}</text>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT}" xml:space="preserve">`,
    ...text,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}
