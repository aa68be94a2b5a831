/**
 * What the runtime in the executable brings along, as far as its licence asks for more than a
 * mention. Bun's own list is at `runtimeLicences`; these are the parts under a licence that is not
 * on the list of licences.ts. They are linked into Bun, not into our code.
 *
 * @module
 */

/** Where a version of the runtime gives account of its licences. */
export function runtimeLicences(version: string): string {
  return `https://github.com/oven-sh/bun/blob/bun-v${version}/LICENSE.md`;
}

/** A library in the runtime. */
export interface RuntimePart {
  readonly name: string;
  readonly licence: string;
  /** The file in `release/licences` with the licence's text. */
  readonly text: string;
  readonly source: string;
}

/** The libraries in the runtime whose licence asks that who gets the program can exchange them. */
export const RUNTIME_PARTS: readonly RuntimePart[] = [
  {
    name: "JavaScriptCore",
    licence: "LGPL-2.0-or-later",
    text: "LGPL-2.0.txt",
    source: "https://github.com/oven-sh/webkit",
  },
  {
    name: "TinyCC",
    licence: "LGPL-2.1-or-later",
    text: "LGPL-2.1.txt",
    source: "https://github.com/tinycc/tinycc",
  },
];
