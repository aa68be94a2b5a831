/**
 * The release notes: which file is for whom, what was run and what was not, how to check and to
 * install it, and what changed. It claims nothing that it was not handed as a result.
 *
 * @module
 */
import { archiveName, type Target } from "./targets.ts";

/** What was done with the executable of a target. */
export type Trial = "demo" | "emulated" | "none";

/** What is said of a target. */
export interface Outcome {
  readonly target: Target;
  readonly trial: Trial;
  /** The size of the archive, in bytes. */
  readonly size: number;
}

/** What the notes are made from. */
export interface NotesInputs {
  readonly version: string;
  readonly commit: string;
  readonly runtime: string;
  readonly outcomes: readonly Outcome[];
  /** The bill of materials and the checksums, by their names. */
  readonly others: { readonly sbom: string; readonly checksums: string };
  /** The project's CHANGELOG.md. */
  readonly changelog: string;
}

const TRIALS: Readonly<Record<Trial, string>> = {
  demo: "started here, and went through the demo",
  emulated: "started here under an emulator (`--version` only)",
  none: "**not run**: checked as a file",
};

/** The notes, in Markdown. */
export function releaseNotes({ version, commit, runtime, outcomes, others, changelog }: NotesInputs): string {
  const rows = outcomes.map(({ target, trial, size }) =>
    `| \`${archiveName(version, target)}\` | ${target.title} | ${Math.round(size / 1e6)} MB | ${TRIALS[trial]} |`
  );
  const has = (word: string) => outcomes.some(({ target }) => target.name.includes(word));
  return [
    `# mllp ${version}`,
    "",
    `Built from commit \`${commit}\`, with Bun ${runtime} in each executable.`,
    "",
    "| file | for | size | tried |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
    '"Checked as a file" means: the format, the machine and the libraries it asks for are right, on macOS also the',
    "hashes of its signature. Nobody has seen it run; please say so if it does not.",
    "",
    "Every executable was built twice, the second time in another folder, and came out the same.",
    "",
    "## Before the first start",
    "",
    `- Check what you have: \`sha256sum -c ${others.checksums} --ignore-missing\`.`,
    ...(has("musl") ? ["- On musl (Alpine), install `libstdc++` first: `apk add libstdc++`."] : []),
    ...(has("darwin")
      ? [
        "- On macOS the signature is ad hoc, by no registered developer: `xattr -d com.apple.quarantine mllp` lets a",
        "  downloaded one start.",
      ]
      : []),
    ...(has("windows") ? ["- On Windows the executable is not signed; SmartScreen says so at the first start."] : []),
    `- \`${others.sbom}\` lists everything in the executables, with licences (CycloneDX 1.6);`,
    "  `THIRD-PARTY-NOTICES.txt` in each archive has their texts.",
    "",
    "## What changed",
    "",
    changesOf(version, changelog),
    "",
  ].join("\n");
}

/** What CHANGELOG.md says of a version, or of what is not released yet. Throws an `Error` if it says nothing of either. */
export function changesOf(version: string, changelog: string): string {
  const sections = changelog.split(/^## /m).slice(1).map((section) => {
    const [heading, ...lines] = section.split("\n");
    return { heading: heading.replace(/[[\]]/g, "").split(" ")[0], text: lines.join("\n").trim() };
  });
  const found = [version, "Unreleased"].map((name) => sections.find(({ heading }) => heading === name))
    .find((section) => section !== undefined);
  if (found === undefined) throw new Error(`Cannot write release notes: CHANGELOG.md has no section '## ${version}'`);
  return found.text;
}
