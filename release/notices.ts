/**
 * The notices that go with the executable: whose code is in it, under which licence, with the texts
 * that these licences want passed on.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type BundledPackage, idOf } from "./packages.ts";
import { RUNTIME_PARTS, runtimeLicences } from "./runtime_parts.ts";

const RULE = "-".repeat(80);

/** The text of the notices. `runtime` is the version of Bun. */
export function notices(packages: readonly BundledPackage[], runtime: string): string {
  // Many packages have the very same text: it is printed once, below all that it is for.
  const byText = new Map<string, string[]>();
  for (const one of packages) {
    const text = one.texts.join("\n\n");
    const heading = `${idOf(one)}, ${one.licence}${one.author === "" ? "" : `, by ${one.author}`}`;
    byText.set(text, [...byText.get(text) ?? [], heading]);
  }
  for (const { name, licence, text } of RUNTIME_PARTS) {
    byText.set(readFileSync(join(import.meta.dirname!, "licences", text), "utf8").trimEnd(), [`${name}, ${licence}`]);
  }
  const parts = RUNTIME_PARTS.map(({ name, licence, source }) => `     ${name}: ${licence}, ${source}`);
  return [
    "mllp is under the MIT licence (see LICENSE). Its executable contains the work of others:",
    "",
    `1. The runtime, Bun ${runtime} (https://bun.com), under the MIT licence. It contains other libraries;`,
    `   ${runtimeLicences(runtime)} lists them with their licences. Of these`,
    "",
    ...parts,
    "",
    "   may be exchanged by you for changed ones, as their licences say: build a Bun with them by its",
    "   instructions, and mllp with that Bun. The sources of mllp are public, and",
    "   'bun build --compile --compile-executable-path=YOUR_BUN', with the other options that stand in",
    "   release/build.ts, makes the executable.",
    "",
    "2. The packages below, each with its licence; behind them stand the licences of these libraries.",
    "",
    ...[...byText].flatMap(([text, headings]) => [RULE, ...headings, RULE, "", text, ""]),
  ].join("\n");
}
