/**
 * Line settings through stty(1), which every POSIX system has: with speeds, parities and flow
 * control there are as many layouts of `struct termios` as systems. It opens the device
 * by itself: were our descriptor its input, Deno would make that one blocking (measured). It knows
 * no endpoint.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { systemCode } from "../errors.ts";
import { type LineSettings, sttyWords } from "./serial_options.ts";

/** Where stty lies, if whoever started us left no path: init(8) does. */
const PATHS = "/usr/bin:/bin:/usr/sbin:/sbin";

/** The longest that stty may take; it waits for no hardware. */
const STTY_TIMEOUT_MS = 10_000;

/**
 * Makes a line raw and sets what is asked for. Rejects with an `Error` whose message says what the
 * device does not take, or that there is no stty.
 */
export async function setLine(device: string, settings: LineSettings): Promise<void> {
  await stty(device, sttyWords(settings));
}

/** Sets the speed alone. */
export async function setLineSpeed(device: string, baud: number): Promise<void> {
  await stty(device, [String(baud)]);
}

/** The speed of a line in bits per second. */
export async function lineSpeed(device: string): Promise<number> {
  return Number(await stty(device, ["speed"]));
}

function stty(device: string, words: readonly string[]): Promise<string> {
  const toDevice = process.platform === "darwin" ? "-f" : "-F";
  const env = { ...process.env, LC_ALL: "C", PATH: `${process.env.PATH ?? ""}:${PATHS}` };
  return new Promise((resolve, reject) => {
    const child = spawn("stty", [toDevice, device, ...words], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: STTY_TIMEOUT_MS,
    });
    const said = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.setEncoding("utf8").on("data", (text: string) => said[name] += text);
    }
    child.once("error", (cause) => {
      const missing = systemCode(cause) === "ENOENT";
      const why = missing ? "stty(1) is needed to set the line, and is not here" : `stty(1) failed: ${cause.message}`;
      reject(new Error(why, { cause }));
    });
    child.once("close", (status, signal) => {
      if (status === 0) resolve(said.stdout);
      else reject(new Error(`the device does not take these settings (${firstLine(said.stderr) || signal})`));
    });
  });
}

/** The first line of what it said, with its bare name before it. */
function firstLine(stderr: string): string {
  return stderr.trim().split("\n")[0].replace(/^\S*stty: /, "stty: ");
}
