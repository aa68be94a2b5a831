/**
 * A receiver of the compiled binary with its control API, and `mllp ctl` beside it: for tests of what can be done while it runs.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Finished, run, type Running, startReceiver } from "../binary.ts";
import { type Caller, callPort } from "../receiver/caller.ts";

/** A receiver under way. */
export class Controlled {
  readonly port: number;
  /** Where its control API is. */
  readonly url: string;
  readonly running: Running;

  constructor(running: Running & { readonly port: number }, url: string) {
    this.running = running;
    this.port = running.port;
    this.url = url;
  }

  /** `mllp ctl` with these arguments, told where the API is. */
  ctl(...args: readonly string[]): Promise<Finished> {
    return run(["ctl", ...args, "--control", this.url]);
  }

  /** The same, done without complaint; what it said. */
  async done(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.ctl(...args);
    assert.equal(code, 0, `ctl ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  /** The same with `--json`. */
  async json(...args: readonly string[]) {
    return JSON.parse(await this.done(...args, "--json"));
  }

  /** A raw client. */
  call(): Promise<Caller> {
    return callPort(this.port);
  }

  /** Sends messages with these ids on a connection of its own and waits for as many acknowledgements. */
  async ask(...ids: readonly string[]): Promise<Caller> {
    const caller = await this.call();
    caller.write(messages(...ids));
    await caller.untilAcks(ids.length);
    return caller;
  }

  /** Resolves when so many messages have come. */
  async received(count: number): Promise<void> {
    while ((await this.status()).totals.messages < count);
  }

  /** Resolves when it has told of an event of this kind with this in it. */
  async heard(kind: string, what: string): Promise<void> {
    await this.running.waitFor("stdout", new RegExp(`^{"event":"${kind}".*${what}`, "m"));
  }

  /** Resolves when so many connections are open. */
  async opened(count: number): Promise<void> {
    while ((await this.status()).connections !== count);
  }

  /** How it stands, by the API itself. */
  async status() {
    return await (await fetch(`${this.url}/v1/status`)).json();
  }
}

/** A frame of MLLP. */
export function framed(payload: string): string {
  return `\v${payload}\u001c\r`;
}

/** A message in text. */
export function message(id: string, type = "ADT^A01"): string {
  return `MSH|^~\\&|ADT|WARD|LAB|MAIN|20260131120000||${type}|${id}|P|2.5\rPID|1||4711^^^HOSP^MR\r`;
}

/** Messages with these ids, framed, one behind the other. */
export function messages(...ids: readonly string[]): string {
  return ids.map((id) => framed(message(id))).join("");
}

/** Does something with a receiver of a scenario, given as text, that has a control API. */
export async function withReceiver(
  scenario: string | null,
  act: (receiver: Controlled, folder: string) => Promise<void>,
  args: (folder: string) => readonly string[] = () => [],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "mllp-ctl-"));
  try {
    const path = join(folder, "scenario.yaml");
    if (scenario !== null) writeFileSync(path, scenario);
    const file = scenario === null ? [] : [path];
    const running = await startReceiver([...file, "--json", "--control", "127.0.0.1:0", ...args(folder)]);
    try {
      const [, url] = await running.waitFor("stdout", /^{"event":"control","url":"(http:[^"]+)"}$/m);
      await act(new Controlled(running, url), folder);
    } finally {
      await running.stop();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
