/**
 * A program that writes one mebibyte to standard output and leaves at once: what the streams of the
 * runtimes lose, ours must not. Then it writes until its reader has gone, and exits 141.
 */
import process from "node:process";
import { descriptorStream } from "../../cli/stream.ts";

const stdout = descriptorStream(1, () => process.exit(141));
const stderr = descriptorStream(2);
stdout.write("x".repeat(2 ** 20));
if (process.argv[2] === "once") process.exit(0);
stderr.write("written\n");
while (true) stdout.write("y".repeat(1000));
