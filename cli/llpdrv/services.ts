/**
 * The names of services, as services(5) has them: from a name to the number of a TCP port. It knows no address and no
 * option.
 *
 * A name is looked for in the file given with `--services`, then in /etc/services, then in a small table of our own,
 * for systems that have no such file (containers mostly have none).
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { nearest } from "../../lib/values.ts";
import { systemCode } from "../../lib/errors.ts";
import { whyNotRead } from "../../lib/system_words.ts";
import { UsageError } from "../exit_code.ts";

/** The system's file. */
const SYSTEM_FILE = "/etc/services";

/** What stands in where there is no file: names the manual uses or an HL7 site is likely to (IANA's numbers). */
const BUILT_IN: ReadonlyMap<string, number> = new Map([
  ["tcpmux", 1],
  ["echo", 7],
  ["discard", 9],
  ["sink", 9],
  ["daytime", 13],
  ["chargen", 19],
  ["time", 37],
  ["acr-nema", 104],
  ["hl7", 2575],
]);

/** From names to ports. */
export class Services {
  readonly #path: string | undefined;
  readonly #read: (path: string) => string;
  #tables: ReadonlyMap<string, number>[] | null = null;

  /** `path` is the file of `--services`; no file is read before a name is asked for. */
  constructor(path: string | undefined, read: (path: string) => string = (path) => readFileSync(path, "utf8")) {
    this.#path = path;
    this.#read = read;
  }

  /** The port of a name. Throws a `RangeError` for one that is nowhere, a `UsageError` for a file that cannot be used. */
  portOf(name: string): number {
    this.#tables ??= this.#load();
    for (const table of this.#tables) {
      const port = table.get(name);
      if (port !== undefined) return port;
    }
    const near = nearest(name, this.#tables.flatMap((table) => [...table.keys()]));
    throw new RangeError(
      `unknown service '${name}': wanted a port number, or a name in ${this.#path ?? SYSTEM_FILE}` +
        (this.#path === undefined ? " or in a file given with --services" : "") +
        (near === null ? "" : `; did you mean ${near}?`),
    );
  }

  #load(): ReadonlyMap<string, number>[] {
    const own = this.#path === undefined ? [] : [this.#own(this.#path)];
    return [...own, this.#system(), BUILT_IN];
  }

  #own(path: string): ReadonlyMap<string, number> {
    let text: string;
    try {
      text = this.#read(path);
    } catch (error) {
      throw new UsageError(`--services ${path}: cannot read the file: ${whyNotRead(error)}`, { cause: error });
    }
    return parseServices(text, (line, found) => {
      throw new UsageError(`--services ${path}: line ${line}: found '${found}', wanted NAME PORT/tcp [ALIAS...]`);
    });
  }

  #system(): ReadonlyMap<string, number> {
    try {
      return parseServices(this.#read(SYSTEM_FILE), () => {});
    } catch (error) {
      if (systemCode(error) === "") throw error;
      return new Map();
    }
  }
}

/** The TCP services in a text; `odd` is told of lines that are none. Of two entries for a name the first counts. */
function parseServices(text: string, odd: (line: number, found: string) => void): ReadonlyMap<string, number> {
  const table = new Map<string, number>();
  text.split(/\r?\n/).forEach((line, i) => {
    const [name, place, ...aliases] = line.replace(/#.*$/, "").trim().split(/\s+/);
    if (name === "") return;
    const [, digits, protocol] = /^(\d{1,5})\/(\w+)$/.exec(place ?? "") ?? [];
    const port = Number(digits);
    if (digits === undefined || port < 1 || port > 65535) return odd(i + 1, line.trim());
    if (protocol !== "tcp") return;
    for (const each of [name, ...aliases]) if (!table.has(each)) table.set(each, port);
  });
  return table;
}
