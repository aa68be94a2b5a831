/** The transport contract over each medium. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Endpoint, parseEndpoint } from "../../lib/transport/endpoint.ts";
import { memoryPair } from "../../lib/transport/memory.ts";
import { connect, listen } from "../../lib/transport/open.ts";
import type { TlsClientOptions, TlsServerOptions } from "../../lib/transport/tls_options.ts";
import type { Transport } from "../../lib/transport/transport.ts";
import { testCertificates } from "../tls.ts";
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

transportContract("A TCP transport", { make: () => joined(parseEndpoint(":0")), seesReset: true, holdsBack: true });

transportContract("A TLS transport", {
  make: async () => {
    const { ca, server, client } = await testCertificates();
    return await joined(parseEndpoint("tls://:0"), { server: { ...server, clientCa: ca }, client: { ca, ...client } });
  },
  // Measured on Deno 2.9: the TLS stream ends cleanly on RST, and takes whatever comes while paused.
  seesReset: !onDeno,
  holdsBack: !onDeno,
});

transportContract("A UNIX transport", {
  make: async () => {
    const folder = mkdtempSync(join(tmpdir(), "mllp-"));
    const pair = await joined(parseEndpoint(`unix:${folder}/line`));
    return {
      ...pair,
      dispose: async () => {
        await pair.dispose();
        rmSync(folder, { recursive: true });
      },
    };
  },
  seesReset: false,
  holdsBack: true,
});

transportContract("A memory transport", {
  make: () => {
    const [client, server] = memoryPair();
    return Promise.resolve({ client, server, dispose: () => Promise.resolve() });
  },
  seesReset: true,
  holdsBack: true,
});
