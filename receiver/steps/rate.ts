/**
 * The step `rate`: from here on the connection takes or gives no more than so many bytes a second.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { formatByteRate } from "../../lib/values.ts";
import { map } from "../scenario/form.ts";
import { byteRate } from "../scenario/units.ts";
import { afterForm, putOff, steps } from "./put_off.ts";
import type { Rates, StepKind } from "./step.ts";

/** As written and as planned. */
export interface Rate {
  readonly verb: "rate";
  readonly rates: Rates;
}

const options = map("rates", { in: v.optional(byteRate), out: v.optional(byteRate), after: v.optional(afterForm) });

function told({ rates }: Rate): string {
  const parts = [
    ...rates.in === undefined ? [] : [`take at most ${formatByteRate(rates.in)}`],
    ...rates.out === undefined ? [] : [`give at most ${formatByteRate(rates.out)}`],
  ];
  return parts.join(" and ");
}

/** Slows the connection down. */
export const rate: StepKind<Rate, Rate> = {
  verb: "rate",
  about: "takes or gives at most so many bytes a second from here on",
  schema: steps(
    options,
    (read) => read.in === undefined && read.out === undefined ? "found no rate, wanted in or out, or both" : null,
    ({ in: most, out, after }) => {
      const rates = { ...most === undefined ? {} : { in: most }, ...out === undefined ? {} : { out } };
      return putOff(after, { verb: "rate", rates });
    },
  ),
  bare: null,
  on: ["message", "open", "frame_fault", "idle"],
  role: "connection",
  tell: told,
  plan: (spec) => spec,
  perform(step, line) {
    line.limitRates(step.rates);
    return 0;
  },
  describe: told,
};
