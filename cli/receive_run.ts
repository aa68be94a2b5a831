/**
 * A run of `mllp receive`: the receiver put together with its view, its journal, its expectations and its control API, from the
 * first listener to the verdict. What it is to do is settled by then.
 *
 * @module
 */
import { dirname } from "node:path";
import { localOffsetMinutes } from "../lib/hl7/timestamp.ts";
import type { ScenarioFlags } from "../receiver/scenario/from_flags.ts";
import type { Matcher } from "../receiver/decide/passes.ts";
import type { Expectations } from "../receiver/expectations.ts";
import { Fan } from "../receiver/fan.ts";
import type { PayloadForm } from "../receiver/journal/entry.ts";
import type { Journal } from "../receiver/journal/journal.ts";
import { Receiver } from "../receiver/receiver.ts";
import { replyFilesOf } from "../receiver/scenario/contents.ts";
import type { ListenerSpec, Scenario } from "../receiver/scenario/scenario.ts";
import { type ExitCode, usage, UsageError } from "./exit_code.ts";
import type { Output } from "./output.ts";
import type { ControlServer } from "../receiver/control/server.ts";
import { type ControlPlace, openControl } from "./receive_control.ts";
import { ReceiveView } from "./receive_view.ts";
import { tlsFlagsIn } from "./target.ts";

/** What a run is made of. */
export interface ReceiverRun {
  readonly scenario: Scenario;
  readonly listeners: readonly ListenerSpec[];
  /** Reads the scenario's regular expressions. */
  readonly matcher: Matcher | undefined;
  readonly journal: Journal | null;
  /** The journal whose decisions are repeated. */
  readonly replay: string | null;
  /** Where the control API is to be; null for nowhere. */
  readonly control: ControlPlace | null;
  /** The scenario as it was written. */
  readonly written: {
    readonly path: string | null;
    readonly text: string | null;
    readonly flags: Partial<ScenarioFlags>;
  };
  /** What is kept of each message. */
  readonly payload: PayloadForm;
  readonly showPayload: boolean;
  readonly count: number | undefined;
  readonly forMs: number | undefined;
}

/** Who is told of a run. */
export interface RunOptions {
  readonly output: Output;
  /** Everything is bound. */
  started(): void;
  /** There will be no run. */
  givenUp(): void;
}

/** Runs a receiver until it stops, by itself or by a signal; the exit status is that of its expectations. */
export async function runReceiver(run: ReceiverRun, { output, started, givenUp }: RunOptions): Promise<ExitCode> {
  const { scenario, matcher, journal, count, forMs } = run;
  const view: ReceiveView = new ReceiveView(output, {
    payloads: run.showPayload,
    summary: () => receiver.summary,
    open: () => receiver.open,
  });
  const startedAt = performance.now();
  let receiver: Receiver;
  let stopped: Promise<boolean>;
  let control: ControlServer | null = null;
  let expectations: Expectations | null;
  const replayed = run.replay === null ? null : await import("./receive_replay.ts");
  const replay = replayed === null ? undefined : await replayed.openReplay(run.replay!, output);
  try {
    expectations = await expectationsOf(run);
    const live = run.control !== null;
    const fan = live ? new Fan(view) : null;
    receiver = usage(() =>
      new Receiver(scenario, {
        observer: fan ?? view,
        journal: journal ?? undefined,
        count,
        forMs,
        matcher,
        live,
        replay,
      })
    );
    expectations?.watch(receiver.bench);
    if (fan !== null) control = await serve(run, receiver, fan, expectations, output);
    stopped = untilStopped(receiver);
    await bind(receiver, run.listeners);
  } catch (error) {
    await control?.close();
    givenUp();
    throw error;
  }
  started();
  // The runtime's first look at the time zone takes its time, which is not to be that of the first message.
  setImmediate(() => localOffsetMinutes(new Date()));
  const second = await stopped;
  await control?.close();
  const verdicts = expectations?.verdicts() ?? [];
  view.end({ ...receiver.summary, expect: verdicts }, performance.now() - startedAt);
  if (second) output.warn("stopped at once; connections were cut off");
  if (replayed !== null && replay !== undefined) output.progress(replayed.replayLine(replay));
  if (verdicts.length === 0) return 0;
  const { exitOfVerdicts, expectLines } = await import("./receive_expect.ts");
  const lines = output.json ? [] : expectLines(verdicts, output.isTerminal ? output.columns : Infinity);
  for (const line of lines) output.report(line);
  return exitOfVerdicts(verdicts);
}

/** Who judges; where rules may change, expectations may come, too. */
async function expectationsOf({ scenario, matcher, control, written }: ReceiverRun): Promise<Expectations | null> {
  if (scenario.expect === undefined && control === null) return null;
  const { Expectations } = await import("../receiver/expectations.ts");
  return usage(() => new Expectations(scenario, matcher), written.path ?? undefined);
}

/** Serves the control API. */
async function serve(
  run: ReceiverRun,
  receiver: Receiver,
  fan: Fan,
  expectations: Expectations | null,
  output: Output,
): Promise<ControlServer> {
  const { scenario, control, written: { path, text, flags }, payload } = run;
  const [
    { LiveScenario },
    { confinedFiles },
    { applyTo, Controls },
    { plainJson, isDocument },
    { SourceText },
    { writeFlags },
    expressions,
  ] = await Promise.all([
    import("../receiver/control/live.ts"),
    import("../receiver/control/files.ts"),
    import("../receiver/controls.ts"),
    import("../receiver/scenario/document.ts"),
    import("../receiver/scenario/source.ts"),
    import("../receiver/scenario/write.ts"),
    import("./receive_scenario.ts"),
  ]);
  const read = text === null ? undefined : plainJson(new SourceText(text).value);
  const base = read !== undefined && isDocument(read) ? read : undefined;
  const live = new LiveScenario({
    scenario,
    document: writeFlags(flags, base),
    files: confinedFiles(path === null ? "." : dirname(path), replyFilesOf(scenario)),
    matcher: expressions.matcher,
    apply: applyTo(() => receiver, (changed) => expectations?.adopt(changed)),
  });
  const { journal } = run;
  if (journal === null) throw new TypeError("Cannot serve the control API: wanted a journal in memory");
  const controls = new Controls({
    receiver,
    live,
    journal,
    payload,
    fan,
    matcher: expressions.matcher,
    resetExpectations: () => expectations?.reset(),
  });
  return await openControl(control!, controls, output);
}

/** Resolves when the receiver has stopped, by itself or by a signal; a second signal does not wait, and is told. */
function untilStopped(receiver: Receiver): Promise<boolean> {
  return new Promise((resolve) => {
    let signals = 0;
    const onSignal = () => {
      if (++signals > 1) finish(true);
      else void receiver.stop();
    };
    const finish = (hurried: boolean) => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
      resolve(hurried);
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
    void receiver.stopped.then(() => finish(false));
  });
}

/** A certificate that cannot be used shows only here. */
async function bind(receiver: Receiver, listeners: readonly ListenerSpec[]): Promise<void> {
  try {
    await receiver.start();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(tlsFlagsIn(error.message, listeners.map(({ endpoint }) => endpoint)), { cause: error });
  }
}
