/**
 * Settings from the environment and from a `.env` file. Only known names are taken, so that a
 * stranger's `.env` in the current directory changes nothing else. It knows no command.
 *
 * @module
 */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { parseEnv } from "node:util";
import { whyNotRead } from "../lib/system_words.ts";
import { UsageError } from "./exit_code.ts";

/** The names taken, each with what it sets. */
export const KNOWN_SETTINGS = {
  NO_COLOR: "no colours, if not empty",
  FORCE_COLOR: "colours even where there is no terminal, unless 0 or false",
  AXIOM_TOKEN: "the API token of Axiom, for --axiom-dataset; never printed",
  MLLP_CONTROL_TOKEN: "the token of the control API, for receive and ctl; never printed",
  API_TOKEN: "the same, as mllp_spammer called it, where AXIOM_TOKEN is not set",
} as const;

/** What a settings file may weigh, in bytes: far more than any real one, and an end to a device named by mistake. */
const LARGEST = 64 * 1024;

/** Settings by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The process's environment, with the known settings of the file where the environment has none:
 * what was set for this run outranks what lies in a file. Without `path`, `.env` in the current
 * directory is read if it is there. Throws a `UsageError` if a file that was named cannot be read.
 */
export function readEnvironment(path: string | undefined, environment: Environment): Environment {
  const taken: Record<string, string | undefined> = { ...environment };
  const settings = readSettings(path);
  for (const name of Object.keys(KNOWN_SETTINGS)) taken[name] ??= settings[name];
  return taken;
}

function readSettings(path: string | undefined): Environment {
  let file: number;
  try {
    // Whoever made the current directory may have put a pipe there, which would be waited for.
    file = openSync(path ?? ".env", path === undefined ? constants.O_RDONLY | constants.O_NONBLOCK : "r");
  } catch (error) {
    // The default file is a convenience: a missing one, or one we may not read, is no error.
    if (path === undefined) return {};
    throw new UsageError(`--env-file ${path}: cannot read the file: ${whyNotRead(error)}`, { cause: error });
  }
  try {
    if (path === undefined && !fstatSync(file).isFile()) return {};
    return parseEnv(readAll(file, path ?? ".env"));
  } finally {
    closeSync(file);
  }
}

/** Piece by piece, because a pipe (`--env-file <(...)`) has no size to look at. */
function readAll(file: number, path: string): string {
  const bytes = new Uint8Array(LARGEST + 1);
  let length = 0;
  try {
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null);
    }
  } catch (error) {
    throw new UsageError(`Cannot read the settings in ${path}: ${whyNotRead(error)}`, { cause: error });
  }
  if (length > LARGEST) throw new UsageError(`Cannot read the settings in ${path}: found more than 64 KiB`);
  return new TextDecoder().decode(bytes.subarray(0, length));
}
