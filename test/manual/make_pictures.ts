/**
 * Draws the pictures of README from their recordings: `deno run -A test/manual/make_pictures.ts`. With `--record` it runs
 * the binary first, and keeps what that printed.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { run, start } from "../binary.ts";
import { read, ROOT } from "../source.ts";
import { draw, pathsOf, type Picture, PICTURES, type Recording } from "./pictures.ts";

/** Runs the command lines of a picture against its receiver. Throws if that does not listen. */
export async function record({ receiver, scenario, commands }: Picture): Promise<Recording[]> {
  const folder = mkdtempSync(join(tmpdir(), "mllp-picture-"));
  writeFileSync(join(folder, "scenario.yaml"), scenario);
  const running = start(["receive", ...receiver, "--quiet", "--listen", "127.0.0.1:0"], { cwd: folder });
  try {
    const [, port] = await running.waitFor("stderr", /listening \S+ on \S*:(\d+)/);
    const recordings: Recording[] = [];
    for (const command of commands) {
      const args = Array.from(command.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, word]) => quoted ?? word).slice(1);
      const here = args.map((word) => word.replace(":2575", `:${port}`));
      const { stdout, code } = await run(here, { cwd: folder, env: { NO_COLOR: "", FORCE_COLOR: "1" } });
      const shown = stdout.trimEnd().replaceAll(`:${port}`, ":2575");
      recordings.push({ command, lines: shown.split("\n"), exit: code ?? -1 });
    }
    return recordings;
  } finally {
    await running.stop();
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) {
  mkdirSync(join(ROOT, "docs/pictures"), { recursive: true });
  for (const picture of PICTURES) {
    const paths = pathsOf(picture.name);
    if (process.argv.includes("--record")) {
      writeFileSync(join(ROOT, paths.recording), `${JSON.stringify(await record(picture), null, 2)}\n`);
    }
    writeFileSync(join(ROOT, paths.picture), draw(picture.title, JSON.parse(read(paths.recording))));
  }
}
