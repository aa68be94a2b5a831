import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Endpoint,
  ENDPOINT_OPTIONS,
  formatEndpoint,
  formatPlace,
  parseEndpoint,
} from "../../../lib/transport/endpoint.ts";

const READS: readonly (readonly [text: string, endpoint: Partial<Endpoint>])[] = [
  ["localhost:2575", { kind: "tcp", host: "localhost", port: 2575 }],
  ["10.1.2.3:1", { kind: "tcp", host: "10.1.2.3", port: 1 }],
  [":2575", { kind: "tcp", host: "127.0.0.1", port: 2575 }],
  [":0", { kind: "tcp", host: "127.0.0.1", port: 0 }],
  ["[::1]:65535", { kind: "tcp", host: "::1", port: 65535 }],
  ["[::ffff:10.0.0.1]:1", { kind: "tcp", host: "::ffff:10.0.0.1", port: 1 }],
  ["[fe80::1%eth0]:2575", { kind: "tcp", host: "fe80::1%eth0", port: 2575 }],
  ["tcp://lab:2575", { kind: "tcp", host: "lab", port: 2575 }],
  ["TCP://:2575", { kind: "tcp", host: "127.0.0.1", port: 2575 }],
  ["tls://lab.example:2576", { kind: "tls", host: "lab.example", port: 2576 }],
  ["tls://[::]:2576", { kind: "tls", host: "::", port: 2576 }],
  // A host may be called as a scheme is.
  ["tls:2576", { kind: "tcp", host: "tls", port: 2576 }],
  ["unix:/run/hl7.sock", { kind: "unix", path: "/run/hl7.sock" }],
  ["unix:///run/hl7.sock", { kind: "unix", path: "/run/hl7.sock" }],
  ["unix:line", { kind: "unix", path: "line" }],
  ["unix:/tmp/a%3Fb%25c", { kind: "unix", path: "/tmp/a?b%c" }],
  ["serial:/dev/ttyS0?baud=9600&parity=even&data=8&stop=1", {
    kind: "serial",
    path: "/dev/ttyS0",
    options: { baud: "9600", parity: "even", data: "8", stop: "1" },
  }],
  ["serial:/dev/cu.usb?flow=xonxoff", { kind: "serial", path: "/dev/cu.usb", options: { flow: "xonxoff" } }],
  ["serial:COM3", { kind: "serial", path: "COM3" }],
  ["pty:/tmp/line", { kind: "pty", path: "/tmp/line" }],
  ["memory:adt", { kind: "memory", path: "adt" }],
  [":2575?framing=mllp2&strict", { host: "127.0.0.1", port: 2575, options: { framing: "mllp2", strict: "" } }],
  ["tls://h:1?cert=/a%26b.pem&key=k=1", { kind: "tls", host: "h", port: 1, options: { cert: "/a&b.pem", key: "k=1" } }],
  ["h:1?", { host: "h", port: 1 }],
];

for (const [text, endpoint] of READS) {
  test(`parseEndpoint reads ${text}`, () => {
    assert.deepEqual(parseEndpoint(text), { kind: "tcp", host: "", port: 0, path: "", options: {}, ...endpoint });
  });
}

const REFUSALS: readonly (readonly [text: string, why: string])[] = [
  ["", "it is empty, wanted host:port"],
  ["2575", "a port alone does not say where: write :2575 for 127.0.0.1"],
  ["tcp://2575", "a port alone does not say where: write :2575 for 127.0.0.1"],
  ["localhost", "no port, write localhost:2575"],
  ["[::1]", "no port, write [::1]:2575"],
  ["tls://", "no port, write 127.0.0.1:2575"],
  ["localhost:", "no port behind the colon, wanted 0 to 65535"],
  ["localhost:hl7", "'hl7' is not a port, wanted 0 to 65535"],
  ["localhost:-1", "'-1' is not a port, wanted 0 to 65535"],
  ["localhost:65536", "port 65536 is out of range, wanted 0 to 65535"],
  ["::1:2575", "an IPv6 address stands in brackets, as in [::1]:2575"],
  ["[lab]:2575", "'lab' is not an IPv6 address"],
  ["[1::2::3]:2575", "'1::2::3' is not an IPv6 address"],
  ["[1:2:3:4:5:6:7]:2575", "'1:2:3:4:5:6:7' is not an IPv6 address"],
  ["[::256.0.0.1]:2575", "'::256.0.0.1' is not an IPv6 address"],
  ["[::1%]:2575", "'::1%' is not an IPv6 address"],
  ["my host:2575", "a host name has no ' '"],
  ["user@host:2575", "a host name has no '@'"],
  ["tcp://lab:2575/adt", "a host and a port have no path, found '/adt'"],
  ["tpc://lab:2575", "unknown scheme 'tpc', did you mean 'tcp'?"],
  ["gopher://lab:2575", "unknown scheme 'gopher', known are tcp, tls, unix, serial, pty, memory"],
  ["unx:/tmp/x", "unknown scheme 'unx', did you mean 'unix'?"],
  ["constructor://x", "unknown scheme 'constructor', known are tcp, tls, unix, serial, pty, memory"],
  ["tls:/lab:2575", "write tls:// and then host:port"],
  ["/tmp/x.sock", "a path needs its kind: write unix:/tmp/x.sock"],
  ["/dev/ttyS0", "a path needs its kind: write serial:/dev/ttyS0"],
  ["unix:", "wanted a path, as in unix:/run/hl7.sock"],
  ["serial:?baud=9600", "wanted a device, as in serial:/dev/ttyS0"],
  ["pty:", "wanted a path, as in pty:/tmp/line"],
  ["memory:", "wanted a name, as in memory:line"],
  ["unix://run/x", "no host stands before a path, write unix:/run/x"],
  ["unix:/tmp/50%", "'/tmp/50%' has a broken percent escape, write %25 for a percent sign"],
  [":1?framming=mllp", "unknown option 'framming', did you mean 'framing'?"],
  [":1?colour=red", "unknown option 'colour', known are framing, allow, deny, strict"],
  [":1?=x", "unknown option '', known are framing, allow, deny, strict"],
  [":1?strict&strict", "option 'strict' is given twice"],
  [":1?baud=9600", "option 'baud' is one of serial endpoints, this one is tcp"],
  [
    "pty:/tmp/line?framing=illp",
    "ILLP ends a message with the stream, and a line has no end; wanted mllp, mllp2, hllp or x328",
  ],
  ["pty:/tmp/line?flow=none", "option 'flow' is one of serial endpoints, this one is pty"],
  ["lab:1?cert=a", "option 'cert' is one of tls endpoints, this one is tcp, write tls://lab:1?cert=a"],
  ["tcp://lab:1?cert=a", "option 'cert' is one of tls endpoints, this one is tcp, write tls://lab:1?cert=a"],
  ["unix:/x?key=a", "option 'key' is one of tls endpoints, this one is unix"],
];

for (const [text, why] of REFUSALS) {
  test(`parseEndpoint refuses '${text}' and says why`, () => {
    assert.throws(() => parseEndpoint(text), new RangeError(`Cannot read '${text}' as an endpoint: ${why}`));
  });
}

test("parseEndpoint refuses settings of a serial line that are none", () => {
  assert.throws(
    () => parseEndpoint("serial:/dev/ttyS0?baud=9600&parity=oddly"),
    new RangeError("Cannot use the option 'parity=oddly' of serial:/dev/ttyS0: did you mean 'odd'?"),
  );
});

test("parseEndpoint takes the kind of a text with no scheme from its caller", () => {
  const endpoint = parseEndpoint("lab:2576?ca=/etc/ca.pem", { defaultKind: "tls" });
  assert.equal(endpoint.kind, "tls");
  assert.equal(parseEndpoint("tcp://lab:2576", { defaultKind: "tls" }).kind, "tcp");
});

test("formatPlace leaves out the options", () => {
  assert.equal(formatPlace(parseEndpoint("tls://[::1]:2576?key=/etc/lab.key")), "tls://[::1]:2576");
});

const host = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_.-]{1,20}$/),
  fc.ipV4(),
  fc.ipV6(),
);
const path = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) =>
  !text.startsWith("//") && !text.includes("\0") && text.isWellFormed()
);
const settings: Readonly<Record<string, fc.Arbitrary<string>>> = {
  baud: fc.integer({ min: 1 }).map(String),
  data: fc.constantFrom("5", "6", "7", "8"),
  parity: fc.constantFrom("none", "even", "odd"),
  stop: fc.constantFrom("1", "2"),
  flow: fc.constantFrom("none", "rtscts", "xonxoff"),
};
const plain = { noNullPrototype: true } as const;
const kinds = Object.keys(ENDPOINT_OPTIONS) as Endpoint["kind"][];
const endpoints: fc.Arbitrary<Endpoint> = fc.constantFrom(...kinds).chain((kind): fc.Arbitrary<Endpoint> => {
  const values = fc.string({ unit: "grapheme" }).filter((text) => text.isWellFormed());
  const options = fc.uniqueArray(fc.constantFrom(...ENDPOINT_OPTIONS[kind])).chain((names) =>
    fc.tuple(...names.map((name) => settings[name] ?? values)).map((texts) =>
      Object.fromEntries(names.map((name, i) => [name, texts[i]]))
    )
  );
  return kind === "tcp" || kind === "tls"
    ? fc.record<Endpoint>({ kind: fc.constant(kind), host, port: fc.nat(65535), path: fc.constant(""), options }, plain)
    : fc.record<Endpoint>(
      { kind: fc.constant(kind), host: fc.constant(""), port: fc.constant(0), path, options },
      plain,
    );
});

test("formatEndpoint is the inverse of parseEndpoint", () => {
  fc.assert(
    fc.property(endpoints, (endpoint) => {
      assert.deepEqual(parseEndpoint(formatEndpoint(endpoint)), endpoint);
    }),
    { seed: 7, numRuns: 2000 },
  );
});

test("parseEndpoint throws nothing but a RangeError, whatever the text", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.stringMatching(/^(tcp|tls|unix|serial|x)?:?\/{0,3}[a-z:.[\]%0-9]*(\?[a-z=&%]*)?$/)),
      (text) => {
        try {
          const endpoint = parseEndpoint(text);
          assert.deepEqual(parseEndpoint(formatEndpoint(endpoint)), endpoint);
        } catch (error) {
          assert.ok(error instanceof RangeError, String(error));
        }
      },
    ),
    { seed: 7, numRuns: 5000 },
  );
});
