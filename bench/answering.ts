/**
 * How a process of the benchmark answers its parent: it says `ready WORD` once, then its count of
 * messages for each line it is sent, and ends with its standard input.
 *
 * @module
 */
import process from "node:process";

/** Says that all is ready, with a word the parent waits for (a port, or nothing), then answers. */
export function answer(word: string, count: () => number): void {
  process.stdout.write(`ready ${word}\n`);
  process.stdin.on("data", () => process.stdout.write(`${count()}\n`));
  process.stdin.on("end", () => process.exit(0));
}
