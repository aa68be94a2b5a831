/**
 * Delays as a scenario file has them: a text, as flags do, or a map.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { type Delay, distribution, parseDelay } from "./delay.ts";
import { byKey, type Form, list, map, scalar, shapedAs, text } from "./form.ts";
import { duration, wait } from "./units.ts";

/** `make`, with its `RangeError` as the form's own. */
function made<R>(form: Form<R>, make: (read: R) => Delay): Form<Delay> {
  return v.pipe(
    form,
    v.rawTransform<R, Delay>(({ dataset, addIssue, NEVER }) => {
      try {
        return make(dataset.value);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        addIssue({ message: error.message });
        return NEVER;
      }
    }),
  );
}

const written = scalar("a delay such as 250ms, or 10ms:90,2s:10, or a map such as {uniform: [10ms, 1s]}", parseDelay);

const uniform = map("a delay", { uniform: list(duration, "two durations such as [10ms, 1s]") });
const normal = map("a delay", { normal: map("a normal distribution", { mean: duration, sd: duration }) });
const lognormal = map("a delay", {
  lognormal: map("a lognormal distribution", { median: wait, p99: wait, max: v.optional(wait) }),
});
const exponential = map("a delay", { exponential: map("an exponential distribution", { mean: duration }) });
const ramp = map("a delay", { ramp: map("a ramp", { from: duration, to: duration, over: wait }) });
const trace = map("a delay", { trace: text("the path of a file with a duration on each line") });

const distributions = byKey<Delay>("a delay", {
  uniform: made(uniform, ({ uniform: times }) => {
    if (times.length !== 2) throw new RangeError("wanted two durations such as [10ms, 1s]");
    return distribution("uniform", times, "uniform");
  }),
  normal: made(normal, ({ normal: { mean, sd } }) => distribution("normal", [mean, sd], "normal")),
  lognormal: made(
    lognormal,
    ({ lognormal: { median, p99, max = Infinity } }) => distribution("lognormal", [median, p99, max], "lognormal"),
  ),
  exponential: made(exponential, ({ exponential: { mean } }) => distribution("exponential", [mean], "exponential")),
  ramp: made(ramp, ({ ramp: { from, to, over } }) => ({ kind: "ramp", fromMs: from, toMs: to, overMs: over })),
  trace: made(trace, ({ trace: file }) => ({ kind: "trace", file, timesMs: [] })),
});

/** A delay. */
export const delayForm: Form<Delay> = shapedAs<Delay>(
  v.union([written, distributions]),
  (input) => typeof input === "object" && input !== null && !Array.isArray(input) ? distributions : written,
);
