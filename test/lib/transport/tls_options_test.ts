import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseEndpoint } from "../../../lib/transport/endpoint.ts";
import { connect, listen } from "../../../lib/transport/open.ts";
import {
  clientContext,
  readClientTls,
  readServerTls,
  serverSettings,
  type TlsClientOptions,
  type TlsServerOptions,
} from "../../../lib/transport/tls_options.ts";
import { testCertificates } from "../../tls.ts";

const { ca, server, client } = await testCertificates();
const encrypted = createPrivateKey(client.key).export({
  type: "pkcs8",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase: "open sesame",
}).toString();

function withFiles(files: Record<string, string>, body: (path: (name: string) => string) => void | Promise<void>) {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), "mllp-"));
    try {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      await body((name) => join(folder, name));
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

const files = {
  "ca.pem": ca,
  "srv.pem": server.cert,
  "srv.key": server.key,
  "cl.pem": client.cert,
  "cl.key": encrypted,
};

test(
  "readClientTls and readServerTls read the files of an endpoint, and flags where it has none",
  withFiles(files, (path) => {
    const endpoint = parseEndpoint(`tls://lab:1?ca=${path("ca.pem")}&insecure=false`);
    const flags = { ca: "/not/read", cert: path("cl.pem"), key: path("cl.key"), passphrase: "x", insecure: true };
    assert.deepEqual(readClientTls(endpoint, flags), {
      ca,
      cert: client.cert,
      key: encrypted,
      passphrase: "x",
      servername: undefined,
      insecure: false,
    });
    const listening = parseEndpoint(`tls://:1?cert=${path("srv.pem")}&client-ca=${path("ca.pem")}`);
    assert.deepEqual(readServerTls(listening, { key: path("srv.key") }), {
      ...server,
      passphrase: undefined,
      clientCa: ca,
    });
  }),
);

test(
  "connect and listen read the files that their endpoints name",
  withFiles(files, async (path) => {
    const at = `tls://127.0.0.1:0?cert=${path("srv.pem")}&key=${path("srv.key")}`;
    const listener = await listen(parseEndpoint(at), {}, (transport) => void transport.close());
    const transport = await connect(parseEndpoint(`tls://127.0.0.1:${listener.endpoint.port}?ca=${path("ca.pem")}`));
    assert.equal(transport.info.tls?.peerCommonName, "localhost");
    await transport.close();
    await listener.close();
  }),
);

const MISUSES: readonly (readonly [what: string, use: () => unknown, message: RegExp])[] = [
  [
    "a file that does not exist",
    () => readClientTls(parseEndpoint("tls://lab:1?ca=/no/such.pem")),
    /^Cannot read the file '\/no\/such\.pem' of the option 'ca': there is no such file$/,
  ],
  [
    "a client certificate without its key",
    () => readClientTls(parseEndpoint("tls://lab:1"), { cert: "/a.pem" }),
    /^Cannot use TLS with '\/a\.pem' alone: wanted a certificate and its key$/,
  ],
  [
    "a listener without a certificate",
    () => readServerTls(parseEndpoint("tls://:1")),
    /wanted a certificate and its key$/,
  ],
  [
    "the option client-ca of a connection",
    () => readClientTls(parseEndpoint("tls://lab:1?client-ca=/a")),
    /wanted 'ca'$/,
  ],
  ["the option ca of a listener", () => readServerTls(parseEndpoint("tls://:1?ca=/a")), /wanted 'client-ca'$/],
  [
    "a switch that is neither on nor off",
    () => readClientTls(parseEndpoint("tls://lab:1?insecure=maybe")),
    /^Cannot read 'maybe' as the option 'insecure': wanted true or false$/,
  ],
  ["a CA text without a certificate", () => clientContext({ ca: "lab" }), /'ca': no certificate in PEM form in it$/],
  ["a damaged CA", () => clientContext({ ca: ca + damaged(ca) }), /'ca': certificate 2 is damaged$/],
  ["a client CA text without a certificate", () => serverSettings({ ...server, clientCa: "" }), /'client-ca': no cert/],
  [
    "a damaged certificate",
    () => serverSettings({ ...server, cert: damaged(ca) }),
    /'cert': certificate 1 is damaged$/,
  ],
  [
    "a key that is none",
    () => serverSettings({ ...server, key: "secret" }),
    /'key': no private key in PEM form in it$/,
  ],
  ["the key of another", () => serverSettings({ ...server, key: client.key }), /'key': it is not the key of the cert/],
  ["a certificate alone", () => clientContext({ cert: client.cert }), /certificate or a key alone: wanted both$/],
  [
    "an encrypted key alone",
    () => clientContext({ ...client, key: encrypted }),
    /encrypted, and no passphrase is given$/,
  ],
  [
    "the wrong passphrase",
    () => clientContext({ ...client, key: encrypted, passphrase: "abracadabra" }),
    /'key': the passphrase does not open it$/,
  ],
];

/** The same certificate without the first twenty characters of its body. */
function damaged(pem: string): string {
  return pem.replace(/\n.{20}/, "\n");
}

for (const [what, use, message] of MISUSES) {
  test(`TLS options refuse ${what}`, () => {
    assert.throws(
      use,
      (error) => error instanceof RangeError && message.test(error.message) || assert.fail(String(error)),
    );
  });
}

test("listen and connect refuse certificates that cannot be used before they open anything", async () => {
  const broken: TlsServerOptions = { cert: "x", key: "y" };
  await assert.rejects(listen(parseEndpoint("tls://:0"), { tls: broken }, () => {}), RangeError);
  const unusable: TlsClientOptions = { ca: "z" };
  await assert.rejects(connect(parseEndpoint("tls://127.0.0.1:1"), { tls: unusable }), RangeError);
});

test("clientContext opens an encrypted key and parses an options object once", () => {
  const options = { ...client, key: encrypted, passphrase: "open sesame" };
  assert.equal(clientContext(options), clientContext(options));
});
