/**
 * What `mllp ctl` shows as it happens: events, and messages alone.
 *
 * @module
 */
import { printable } from "../../lib/text.ts";
import { compileTypes } from "../../receiver/decide/type_pattern.ts";
import type { ExitCode } from "../exit_code.ts";
import { type Asked, Unreachable } from "./client.ts";
import { type ActionCall, judged } from "./request.ts";
import { messageLine, type MessageShown } from "./show.ts";

async function follow(call: ActionCall, types: string | undefined, show: (event: object) => void): Promise<ExitCode> {
  const { client, output } = call;
  const asked: Asked = { method: "GET", path: "/v1/events", query: { types } };
  for await (
    const event of client.events(asked, (answer) => {
      judged(answer, output, "");
      throw new Unreachable("The stream of events did not begin");
    })
  ) show(event as object);
  output.progress("the stream of events has ended");
  return 0;
}

/** Everything that happens, as JSON lines or a line each. */
export function streamEvents(call: ActionCall): Promise<ExitCode> {
  const { output, flags } = call;
  return follow(call, flags.types, (event) => {
    if (output.json) return output.event(event);
    const { event: name, note, at = "", ...rest } = event as Record<string, unknown>;
    const about = Object.entries(rest).filter(([, value]) =>
      value !== null && !(Array.isArray(value) && value.length === 0)
    )
      .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
    output.report(printable([at, name ?? note, ...about].filter((part) => part !== "").join("  ")));
  });
}

/** Messages as they are done with: all, or those of a type, of a rule, of none. */
export function followMessages(
  call: ActionCall,
  wanted: { readonly type?: string; readonly rule?: string; readonly unmatched: boolean },
): Promise<ExitCode> {
  const { output } = call;
  const { type, rule, unmatched } = wanted;
  const fits = type === undefined ? () => true : compileTypes(type.split("|").map((part) => part.trim()));
  return follow(call, "message", (event) => {
    const message = event as MessageShown;
    if (!fits(message.type) || (rule !== undefined && message.rule !== rule) || (unmatched && message.rule !== null)) {
      return;
    }
    if (output.json) output.event(message);
    else output.report(messageLine(message));
  });
}
