/**
 * The version, from the one manifest.
 *
 * @module
 */
import manifest from "../deno.json" with { type: "json" };

/** The version of the program and the library. */
export const VERSION: string = manifest.version;
