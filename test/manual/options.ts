/**
 * The options of a command as parts of the manual: a heading for each group, an item for each option, made of the table
 * that the help text and the option parser are made of. What several commands have stands once, and is pointed to.
 *
 * @module
 */
import type { Command, Flag, Flags, Operand } from "../../cli/command.ts";
import { longName } from "../../cli/parser.ts";
import { exchangeFlags, framingFlags, outputFlags, tlsClientFlags, tlsServerFlags } from "../../cli/shared_flags.ts";
import { code, fence, list, paragraph } from "../markdown.ts";

/** A group of options that several commands have. */
export interface SharedGroup {
  /** Its heading in the manual, and so its anchor. */
  readonly title: string;
  readonly flags: Flags;
}

/** The groups that stand once in the manual. */
export const SHARED: readonly SharedGroup[] = [
  { title: "Exchange", flags: exchangeFlags },
  { title: "Framing", flags: framingFlags },
  { title: "TLS, to connect", flags: tlsClientFlags },
  { title: "TLS, to listen", flags: tlsServerFlags },
  { title: "Output", flags: outputFlags },
];

/** What a help text has in quotes; the apostrophe of a word is none. */
const QUOTED = /(?<=^|[\s(])'((?:[^']|'(?=\w))+)'(?=$|[\s,;:.)])/g;
/** Words with signs in them that Markdown would take for its own, options, and a dash that stands alone. */
const CODE = /[^\s,;()]*[*_<>\\{}|^~][^\s,;()]*|(?<![\w-])--[a-z][\w-]*|(?<!\S)[-+](?!\S)/g;

/** Text of the help as Markdown. */
export function prose(text: string): string {
  const parts = text.replace(QUOTED, "`$1`").split(/(`[^`]*`)/);
  return parts.map((part, i) => i % 2 === 1 ? part : part.replace(CODE, marked)).join("");
}

/** A word as code, but for the point behind it. */
function marked(word: string): string {
  const [, inner, rest] = /^(.*?)([.:]*)$/.exec(word)!;
  return code(inner) + rest;
}

/** An option in one item: how it is written, what it does, its default. */
function item([key, flag]: [string, Flag<unknown>]): string {
  const { placeholder, about, aliases, shown } = flag;
  const written = code(placeholder === "" ? longName(key) : `${longName(key)} ${placeholder}`);
  const also = aliases.length === 0 ? "" : `; also ${aliases.map((alias) => code(longName(alias))).join(", ")}`;
  return `${written}: ${prose(about)}${also}.${shown === "" ? "" : ` Default: ${code(shown)}.`}`;
}

/** The items of those options of a table that the help shows. */
export function items(flags: Flags): string {
  return list(Object.entries(flags).filter(([, { hidden }]) => !hidden).map(item));
}

/** The words that values can be, where no item says them. */
export function choices(flags: Flags): string[] {
  const rows = new Map<string, { placeholder: string; names: string[] }>();
  for (const [key, { placeholder, about, choices, hidden }] of Object.entries(flags)) {
    if (hidden || choices.every((word) => `${placeholder} ${about}`.includes(word))) continue;
    const words = choices.map(code).join(", ");
    const row = rows.get(words) ?? { placeholder: placeholder.replace(/,\.\.\.$/, ""), names: [] };
    row.names.push(code(longName(key)));
    rows.set(words, row);
  }
  return [...rows].map(([words, { placeholder, names }]) =>
    paragraph(`${code(placeholder)} of ${names.join(" and ")}: ${words}.`)
  );
}

/** The anchor of a heading, as GitHub makes it. */
export function anchor(heading: string): string {
  return heading.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-");
}

function operand({ name, about, required, many }: Operand): string {
  const word = `${name}${many ? "..." : ""}`;
  return `${code(required ? word : `[${word}]`)}: ${prose(about)}.`;
}

/** Everything of a command: operands, its own options by group, where the others stand, and what else its help says. */
export function optionsOf(command: Command): string {
  const { operands, flags, notes = [] } = command;
  const shared = SHARED.filter((group) => Object.entries(group.flags).some(([key, flag]) => flags[key] === flag));
  const own = Object.entries(flags).filter(([key, flag]) =>
    !flag.hidden && !shared.some((group) => group.flags[key] === flag)
  );
  const headings = [...new Set(own.map(([, { heading }]) => heading))];
  const ownFlags = Object.fromEntries(own);
  return [
    ...operands.length === 0 ? [] : [list(operands.map(operand))],
    ...headings.flatMap((heading) => [
      `#### ${command.name}: ${heading}`,
      items(Object.fromEntries(own.filter(([, flag]) => flag.heading === heading))),
    ]),
    ...choices(ownFlags),
    ...shared.length === 0 ? [] : [
      paragraph(`And, as other commands: ${shared.map(({ title }) => `[${title}](#${anchor(title)})`).join(", ")}.`),
    ],
    ...notes.length === 0 ? [] : [fence("text", notes.join("\n"))],
  ].join("\n\n");
}
