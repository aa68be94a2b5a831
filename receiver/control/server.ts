/**
 * The control API on a socket.
 *
 * @module
 */
import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Endpoint } from "../../lib/transport/endpoint.ts";
import { formatAddress } from "../../lib/transport/endpoint.ts";
import { listenFailure } from "../../lib/transport/failure.ts";
import { type AppOptions, type ControlApp, controlApp } from "./app.ts";
import type { ControlSurface } from "./surface.ts";

/** How long answers may take to leave when the API stops; then connections are cut. */
const CLOSE_MS = 500;

/**
 * The control API of a receiver, listening.
 *
 * @example
 * ```ts
 * import { ControlServer } from "./server.ts";
 * import { parseEndpoint } from "../../lib/transport/endpoint.ts";
 * import assert from "node:assert/strict";
 *
 * const options = { endpoint: parseEndpoint("127.0.0.1:0"), token: null, version: "1.0.0" };
 * const server = await ControlServer.open({} as never, options);
 * const answer = await fetch(`${server.url}/v1/nothing`);
 * assert.equal(answer.status, 404);
 * await answer.text();
 * await server.close();
 * ```
 */
export class ControlServer {
  readonly #server: Server;
  readonly #app: ControlApp;

  private constructor(server: Server, app: ControlApp) {
    this.#server = server;
    this.#app = app;
    // An error of one connection ends that connection, and nothing else.
    server.on("error", () => {});
    server.on("clientError", (_error, socket) => socket.destroy());
  }

  /** Listens; rejects with a `TransportError` where that cannot be. */
  static open(
    surface: ControlSurface,
    options: Omit<AppOptions, "host"> & { readonly endpoint: Endpoint },
  ): Promise<ControlServer> {
    const { endpoint } = options;
    const app = controlApp(surface, { ...options, host: endpoint.host });
    // The globals stay as they are.
    const answer = getRequestListener((request) => app.fetch(request), { overrideGlobalObjects: false });
    const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
    return new Promise((resolve, reject) => {
      server.once("error", (error) => reject(listenFailure(endpoint, error)));
      server.once("listening", () => {
        server.removeAllListeners("error");
        resolve(new ControlServer(server, app));
      });
      server.listen(endpoint.port, endpoint.host);
    });
  }

  /** Where it is: `http://127.0.0.1:8575`. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") return "";
    return `http://${formatAddress(address.address, address.port)}`;
  }

  /** Answers who waits, and listens no more. */
  async close(): Promise<void> {
    this.#app.close();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const hurry = setTimeout(() => this.#server.closeAllConnections(), CLOSE_MS);
    await closed;
    clearTimeout(hurry);
  }
}
