import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import {
  PENDING,
  preciseSurroundings,
  preciseTicker,
  STOP,
  type Ticker,
  type TickOrder,
} from "../../../lib/load/ticker.ts";

/** Resolves when a ticker has ticked so often; `tick` is told of each, from 1 on. */
async function ticks(count: number, tick: (ordinal: number) => void = () => {}, worker?: URL): Promise<void> {
  let ticker: Ticker | null = null;
  await new Promise<void>((resolve, reject) => {
    let ordinal = 0;
    ticker = preciseTicker(1, () => {
      tick(++ordinal);
      if (ordinal === count) resolve();
    }, worker);
    ticker.ready.catch(reject);
  });
  ticker!.cancel();
}

/** Runs with a file of that code. */
async function withWorker(code: string, act: (file: URL) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "mllp-ticker-"));
  try {
    const path = join(folder, "worker.mjs");
    writeFileSync(path, `import { parentPort } from "node:worker_threads";\n${code}`);
    await act(pathToFileURL(path));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("preciseTicker", () => {
  test("preciseTicker ticks until it is cancelled", async () => {
    let ticked = 0;
    const ticker = preciseTicker(1, () => ticked++);
    await ticker.ready;
    await ticks(5);
    ticker.cancel();
    const before = ticked;
    assert.ok(before > 0);
    await ticks(5);
    assert.equal(ticked, before);
    ticker.cancel();
  });

  test("preciseTicker stands in for the interval of a load", async () => {
    await new Promise<void>((resolve) => {
      const ticker = preciseSurroundings.every(0.1, () => {
        ticker.cancel();
        resolve();
      });
    });
  });

  test("preciseTicker that is cancelled at once is ready, and never ticks", async () => {
    let ticked = false;
    const ticker = preciseTicker(1, () => ticked = true);
    ticker.cancel();
    await ticker.ready;
    await ticks(5);
    assert.equal(ticked, false);
  });

  test("preciseTicker whose thread cannot be started says so", async () => {
    const missing = new URL("./no_such_worker.ts", import.meta.url);
    const ticker = preciseTicker(1, () => {}, missing);
    await assert.rejects(
      ticker.ready,
      /^Error: Cannot start the thread of the precise ticker \(.*no_such_worker\.ts\): ./,
    );
    ticker.cancel();
  });

  test("preciseTicker whose thread fails or ends before it begins says so", async () => {
    for (const code of ["throw new Error('no such luck');", "process.exit(0);"]) {
      await withWorker(code, async (file) => {
        await assert.rejects(
          preciseTicker(1, () => {}, file).ready,
          /precise ticker \(.*\): (no such luck|.*no such luck.*|it ended)$/,
        );
      });
    }
  });

  test("preciseTicker whose thread breaks later goes on by an ordinary timer", async () => {
    const breaks =
      "parentPort.postMessage('ready'); parentPort.postMessage('tick'); setTimeout(() => { throw new Error(); }, 1);";
    await withWorker(breaks, (file) => ticks(5, () => {}, file));
  });
});

test("the tick worker posts no tick before the last was taken, and ends when told to", async () => {
  const cells = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL("../../../lib/load/tick_worker.ts", import.meta.url), {
    workerData: { everyMs: 0.5, cells } satisfies TickOrder,
  });
  const words: string[] = [];
  let wake = () => {};
  worker.on("message", (word: string) => {
    words.push(word);
    wake();
  });
  const next = () => new Promise<void>((resolve) => wake = resolve);
  while (words.length < 2) await next();
  // Time enough for twenty of its ticks.
  await ticks(10);
  assert.deepEqual(words, ["ready", "tick"]);
  const another = next();
  Atomics.store(cells, PENDING, 0);
  Atomics.notify(cells, PENDING);
  await another;
  assert.deepEqual(words, ["ready", "tick", "tick"]);
  const ended = new Promise((resolve) => worker.on("exit", resolve));
  Atomics.store(cells, STOP, 1);
  Atomics.store(cells, PENDING, 0);
  Atomics.notify(cells, STOP);
  Atomics.notify(cells, PENDING);
  assert.equal(await ended, 0);
});
