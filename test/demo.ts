/**
 * `task demo`: the compiled binary against itself. A receiver with a lognormal delay on a free
 * loopback port, five seconds of load at 200 messages a second over 8 connections, the report.
 *
 * @module
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { BINARY, startReceiver } from "./binary.ts";

const receiver = await startReceiver(["--quiet", "--delay", "lognormal(20ms,120ms)", "--seed", "7"]);
const line = `spam 127.0.0.1:${receiver.port} --rate 200/s --duration 5s --connections 8`;
process.stderr.write(`$ mllp receive --listen 127.0.0.1:${receiver.port} --delay 'lognormal(20ms,120ms)' --seed 7 &\n`);
process.stderr.write(`$ mllp ${line}\n\n`);
const spam = spawn(BINARY, line.split(" "), { stdio: ["ignore", "inherit", "inherit"] });
const code = await new Promise<number>((resolve) => spam.once("close", (code) => resolve(code ?? 70)));
await receiver.stop();
process.exit(code);
