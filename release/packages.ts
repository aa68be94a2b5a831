/**
 * The packages whose code is in the bundle: found in what the bundler says it read, not in what
 * happens to be installed. For each its version, its licence with the texts, and what it uses.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "./build.ts";
import { isAllowed } from "./licences.ts";

/** A package in the bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** An SPDX expression, without parentheses around it all. */
  readonly licence: string;
  readonly author: string;
  /** The licence's text and what else it wants passed on, in order of their names. */
  readonly texts: readonly string[];
  /** Whether our own code asks for it. */
  readonly direct: boolean;
  /** The packages in the bundle that it uses, as `name@version`. */
  readonly uses: readonly string[];
}

/** Files whose text goes on with the code. */
const LEGAL = /^(licen[cs]e|copying|notice|copyright)/i;

/** A package by its name and version. */
export function idOf({ name, version }: Pick<BundledPackage, "name" | "version">): string {
  return `${name}@${version}`;
}

/** The packages of a bundle that was made in `root`, in order of their names and versions. */
export function bundledPackages({ inputs }: Metafile, root: string): BundledPackage[] {
  /** Which folders' packages each folder's code asks for; the empty one is our own. */
  const asked = new Map<string, Set<string>>([["", new Set()]]);
  for (const [path, { imports }] of Object.entries(inputs)) {
    const folder = packageFolder(path);
    const uses = asked.get(folder) ?? new Set();
    // What is loaded later has become a chunk of the bundle; `entryPoint` is the file it was.
    for (const { path, entryPoint } of imports) uses.add(packageFolder(entryPoint ?? path));
    asked.set(folder, uses);
  }
  const folders = [...asked.keys()].filter((folder) => folder !== "");
  const known = new Map(folders.map((folder) => [folder, readPackage(join(root, folder))]));
  const packages = [...known].map(([folder, one]) => ({
    ...one,
    direct: asked.get("")!.has(folder),
    uses: [...asked.get(folder)!].filter((other) => other !== folder && known.has(other))
      .map((other) => idOf(known.get(other)!)).sort(),
  }));
  return packages.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1)).map((one) => withText(one, packages));
}

/** The folder of the package that a file belongs to; empty for the project's own, and for what is no file. */
function packageFolder(path: string): string {
  return /^.*\/?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path.replaceAll("\\", "/"))?.[0] ?? "";
}

function readPackage(folder: string): Omit<BundledPackage, "direct" | "uses"> {
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const { name, version, description = "", license = "", author = "" } = about;
  const legal = readdirSync(folder).filter((file) => LEGAL.test(file)).sort();
  return {
    name,
    version,
    description,
    licence: (typeof license === "string" ? license : String(license.type)).replace(/^\(([^()]*)\)$/, "$1"),
    author: typeof author === "string" ? author : String(author.name ?? ""),
    texts: legal.map((file) => readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim()),
  };
}

/** The Apache licence names nobody, so another package's copy of it serves one that has none; no other licence does. */
function withText(one: BundledPackage, all: readonly BundledPackage[]): BundledPackage {
  if (one.texts.length > 0 || one.licence !== "Apache-2.0") return one;
  const donor = all.flatMap(({ licence, texts }) => (licence === "Apache-2.0" ? texts : []))
    .find((text) => text.includes("Apache License") && text.includes("TERMS AND CONDITIONS"));
  return donor === undefined ? one : { ...one, texts: [donor] };
}

/** What forbids to ship these packages, a line each; none if all may go. */
export function obstacles(packages: readonly BundledPackage[]): string[] {
  return packages.flatMap((one) => {
    if (!isAllowed(one.licence)) return [`${idOf(one)}: its licence is '${one.licence}', which is not on the list`];
    return one.texts.length > 0 ? [] : [`${idOf(one)}: the text of its licence (${one.licence}) is not in the package`];
  });
}
