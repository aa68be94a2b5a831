/** The transport contract over each medium. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Endpoint, parseEndpoint } from "../../lib/transport/endpoint.ts";
import { memoryPair } from "../../lib/transport/memory.ts";
import { connect, listen } from "../../lib/transport/open.ts";
import type { TlsClientOptions, TlsServerOptions } from "../../lib/transport/tls_options.ts";
import type { Transport } from "../../lib/transport/transport.ts";
import { testCertificates } from "../tls.ts";
import { lineContract } from "./line_contract.ts";
import { transportContract, type TransportPair } from "./transport_contract.ts";

const onDeno = "Deno" in globalThis;

async function joined(
  endpoint: Endpoint,
  tls: { server?: TlsServerOptions; client?: TlsClientOptions } = {},
): Promise<TransportPair> {
  let accepted: (transport: Transport) => void;
  const server = new Promise<Transport>((resolve) => accepted = resolve);
  const listener = await listen(endpoint, { tls: tls.server }, (transport) => accepted(transport));
  const client = await connect(listener.endpoint, { tls: tls.client });
  return { client, server: await server, dispose: () => listener.close() };
}

transportContract("A TCP transport", {
  make: () => joined(parseEndpoint(":0")),
  seesReset: true,
  holdsBack: true,
  halfCloses: true,
});

transportContract("A TLS transport", {
  make: async () => {
    const { ca, server, client } = await testCertificates();
    return await joined(parseEndpoint("tls://:0"), { server: { ...server, clientCa: ca }, client: { ca, ...client } });
  },
  // Measured on Deno 2.9: the TLS stream ends cleanly on RST, and takes whatever comes while paused.
  seesReset: !onDeno,
  holdsBack: !onDeno,
  halfCloses: true,
});

/** A pair over a path in a folder of its own. */
async function inFolder(make: (path: string) => Promise<TransportPair>): Promise<TransportPair> {
  const folder = mkdtempSync(join(tmpdir(), "mllp-"));
  const pair = await make(join(folder, "line"));
  return {
    ...pair,
    dispose: async () => {
      await pair.dispose();
      rmSync(folder, { recursive: true });
    },
  };
}

transportContract("A UNIX transport", {
  make: () => inFolder((path) => joined(parseEndpoint(`unix:${path}`))),
  seesReset: false,
  holdsBack: true,
  halfCloses: true,
});

transportContract("A memory transport", {
  make: () => {
    const [client, server] = memoryPair();
    return Promise.resolve({ client, server, dispose: () => Promise.resolve() });
  },
  seesReset: true,
  holdsBack: true,
  halfCloses: true,
});

/** Lines have a pty that we made at one end, and at the other its slave, as an endpoint says. */
async function line(slave: (path: string) => string): Promise<TransportPair> {
  return await inFolder(async (path) => {
    const server = await connect(parseEndpoint(`pty:${path}`));
    const client = await connect(parseEndpoint(slave(path)));
    return { client, server, dispose: () => Promise.resolve() };
  });
}

const noPtys = !existsSync("/dev/ptmx") && "there is no /dev/ptmx here";
const lines = { seesReset: false, holdsBack: true, halfCloses: false };
for (
  const [name, slave] of [
    ["A pty transport", (path: string) => `pty:${path}`],
    ["A serial transport", (path: string) => `serial:${path}?baud=19200&stop=1&flow=none`],
  ] as const
) {
  const medium = { ...lines, make: () => line(slave) };
  transportContract(name, medium, noPtys);
  lineContract(name, medium, noPtys);
}
