/**
 * `task compile`: the single binary for this machine, `dist/mllp` (`dist/mllp.exe` on Windows).
 *
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import { commitOf, compile, hostTarget, ROOT } from "./build.ts";

const path = join(ROOT, "dist", process.platform === "win32" ? "mllp.exe" : "mllp");
compile(path, { commit: commitOf().id, target: hostTarget() });
