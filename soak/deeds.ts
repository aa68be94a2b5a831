/**
 * What is done to the parts of a soak while load goes through them: killed and started again, their rules changed through
 * `mllp ctl`. What is done when is `plan.ts`.
 *
 * @module
 */
import { renameSync } from "node:fs";
import { join } from "node:path";
import { type Part, runOnce } from "./part.ts";
import type { Deed } from "./plan.ts";
import { PASSING_RULE } from "./scenarios.ts";

/** What it is done to. */
export interface DeedsOptions {
  readonly mllp: string;
  /** Where scenarios and logs are. */
  readonly folder: string;
  /** The receiver's control API. */
  readonly control: string;
  readonly receive: Part;
  readonly driver: Part;
  readonly problem: (text: string) => void;
}

/** Does it. */
export class Deeds {
  /** How often each was done. */
  readonly done: Partial<Record<Deed, number>> = {};
  readonly #options: DeedsOptions;

  constructor(options: DeedsOptions) {
    this.#options = options;
  }

  async do(deed: Deed): Promise<void> {
    const { receive, driver } = this.#options;
    this.done[deed] = (this.done[deed] ?? 0) + 1;
    switch (deed) {
      case "kill receive":
        return await again(receive);
      case "kill llpdrv":
        return await again(driver);
      case "hang up llpdrv":
        renameSync(this.#path("llpdrv.ndjson"), this.#path("llpdrv.old.ndjson"));
        return driver.signal("SIGHUP");
      case "heal":
        return await this.ctl("heal");
      case "rule":
        return await this.ctl("rule", "put", "passing", PASSING_RULE, "--ttl", "5s");
      case "close connections":
        return await this.#closeSome();
      case "scenario calm":
      case "scenario moody":
      case "scenario broken":
        return await this.ctl("scenario", "put", this.#path(`${deed.slice("scenario ".length)}.yaml`));
    }
  }

  /** Runs `mllp ctl`; what it cannot do is a problem. */
  async ctl(...words: string[]): Promise<void> {
    const { code, said } = await this.#run(words);
    if (code !== 0) this.#options.problem(`ctl ${words.join(" ")} ended with ${code}: ${said.trim()}`);
  }

  /** How often each rule's faults were injected. */
  async faults(): Promise<Record<string, number>> {
    const { code, stdout, said } = await this.#run(["status", "--json"]);
    if (code === 0) return (JSON.parse(stdout) as { totals: { faults: Record<string, number> } }).totals.faults;
    this.#options.problem(`ctl status ended with ${code}: ${said.trim()}`);
    return {};
  }

  async #closeSome(): Promise<void> {
    const { code, stdout, said } = await this.#run(["connections", "--json"]);
    if (code !== 0) return this.#options.problem(`ctl connections ended with ${code}: ${said.trim()}`);
    const { connections } = JSON.parse(stdout) as { connections: readonly { id: number }[] };
    for (const { id } of connections.slice(0, 2)) {
      const closed = await this.#run(["connections", "close", String(id)]);
      // It may have gone by itself in the meantime.
      const gone = closed.code === 2 && /\b(no connection|gone)\b/i.test(closed.said);
      if (closed.code !== 0 && !gone) {
        this.#options.problem(`ctl connections close ended with ${closed.code}: ${closed.said.trim()}`);
      }
    }
  }

  #path(name: string): string {
    return join(this.#options.folder, name);
  }

  #run(words: readonly string[]) {
    const { mllp, control } = this.#options;
    return runOnce(mllp, ["ctl", ...words, "--control", control]);
  }
}

/** Kills a part as a power cut would, and starts it again. */
async function again(part: Part): Promise<void> {
  await part.stop("SIGKILL");
  await part.start();
}
