/**
 * The control API of `mllp receive`: its flags, who may use it, and its opening. What it can do is loaded only where it was asked
 * for.
 *
 * @module
 */
import { TransportError } from "../lib/errors.ts";
import { type Endpoint, formatPlace, parseEndpoint } from "../lib/transport/endpoint.ts";
import { isLoopbackHost } from "../receiver/control/guard.ts";
import type { ControlServer } from "../receiver/control/server.ts";
import type { ControlSurface } from "../receiver/control/surface.ts";
import type { Scenario } from "../receiver/scenario/scenario.ts";
import { anyText, type FlagValues, group, value } from "./command.ts";
import type { Environment } from "./env_file.ts";
import { usage, UsageError } from "./exit_code.ts";
import type { Output } from "./output.ts";
import { VERSION } from "./version.ts";

/** The flags. */
export const controlFlags = group("Control", {
  control: value(
    "HOST:PORT",
    "serve the control API there, for mllp ctl, which looks for it on 127.0.0.1:8575",
    parsePlace,
  ),
  controlToken: value(
    "TOKEN",
    "who uses it must know this, off loopback in any case; MLLP_CONTROL_TOKEN in the environment is the better place",
    anyText,
  ),
});

/** Where the API is to be, and who may use it. */
export interface ControlPlace {
  readonly endpoint: Endpoint;
  /** `null`: everybody on this machine. */
  readonly token: string | null;
}

/**
 * What the flags, or else the scenario, ask for; `null` for no API. Throws a `UsageError` for a place that other machines can reach
 * without a token, and for a token without an API.
 */
export function controlPlace(
  flags: FlagValues<typeof controlFlags>,
  environment: Environment,
  scenario: Scenario,
): ControlPlace | null {
  const written = scenario.control?.listen;
  const endpoint = flags.control ?? (written === undefined ? null : usage(() => parsePlace(written), "control.listen"));
  const token = flags.controlToken ?? (environment.MLLP_CONTROL_TOKEN || null);
  if (endpoint === null) {
    if (flags.controlToken !== undefined) {
      throw new UsageError("--control-token is about the control API: add --control HOST:PORT");
    }
    return null;
  }
  if (token !== null && !/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageError(
      "The token of the control API cannot be sent: wanted letters, digits and signs without spaces",
    );
  }
  if (token === null && !isLoopbackHost(endpoint.host)) {
    const place = formatPlace(endpoint).replace("tcp://", "");
    throw new UsageError(
      `--control ${place}: other machines could change this receiver; wanted a token: MLLP_CONTROL_TOKEN or --control-token`,
    );
  }
  return { endpoint, token };
}

/** Serves the API, and says where. Rejects with a `TransportError` where that cannot be. */
export async function openControl(
  place: ControlPlace,
  surface: ControlSurface,
  output: Output,
): Promise<ControlServer> {
  const { ControlServer } = await import("../receiver/control/server.ts");
  const server = await ControlServer.open(surface, {
    ...place,
    version: VERSION,
    onBug: (error) => output.warn(`a bug in the control API: ${error instanceof Error ? error.name : typeof error}`),
  }).catch((error: unknown) => {
    // A listener's address and this one are told apart.
    if (error instanceof TransportError) throw new UsageError(`--control: ${error.message}`, { cause: error });
    throw error;
  });
  const { url } = server;
  if (!isLoopbackHost(place.endpoint.host)) output.warn(`the control API on ${url} can be reached from other machines`);
  if (output.json && !output.quiet) output.event({ event: "control", url });
  output.progress(`control API on ${url}`);
  return server;
}

/** Where an API can be. */
function parsePlace(text: string): Endpoint {
  const endpoint = parseEndpoint(text.replace(/^http:/i, "tcp:").replace(/\/$/, ""));
  if (endpoint.kind !== "tcp" || Object.keys(endpoint.options).length > 0) {
    throw new RangeError(`Cannot serve the control API at '${text}': wanted HOST:PORT`);
  }
  return endpoint;
}
