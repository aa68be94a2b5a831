import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { UsageError } from "../../cli/exit_code.ts";
import { command } from "../../cli/llpdrv.ts";
import { parseAddress } from "../../cli/llpdrv/address.ts";
import { rewriteWords } from "../../cli/llpdrv/argv.ts";
import { makePlan, type Plan } from "../../cli/llpdrv/plan.ts";
import { Services } from "../../cli/llpdrv/services.ts";
import { parseArguments } from "../../cli/parser.ts";
import { outputFlags } from "../../cli/shared_flags.ts";
import { formatEndpoint } from "../../lib/transport/endpoint.ts";
import { read } from "../source.ts";

const folder = mkdtempSync(join(tmpdir(), "mllp-plan-"));
after(() => rmSync(folder, { recursive: true }));
const names = join(folder, "services");
writeFileSync(
  names,
  "# of this site\nmahl7 3001/tcp ma  # the application\nmahl7 3009/udp\ncvhl7 3002/tcp\ncarevuefsi\t3003/tcp\n",
);

function plan(line: string): Plan {
  const parsed = parseArguments(command, rewriteWords(line.split(" "), command.flags));
  assert.ok(parsed !== "help");
  return makePlan(parsed.flags, parsed.given);
}
const refused = (line: string, why: RegExp) =>
  assert.throws(
    () => plan(line),
    (error) => error instanceof UsageError && why.test(error.message) || assert.fail(`${error}`),
  );

/** What a plan comes to, in short. */
function shown({ options: { line, to, dist }, foreground }: Plan) {
  return [
    line.medium,
    formatEndpoint(line.endpoint),
    line.protocol,
    formatEndpoint(to),
    dist === null ? null : formatEndpoint(dist),
    foreground,
  ];
}

describe("the plan of llpdrv", () => {
  test("the plan of llpdrv is made from the manual's own lines as they stand", () => {
    assert.deepEqual(shown(plan(`-a -t /dev/cua00 -i mahl7%myhost -i cvhl7 --services ${names}`)), [
      "device",
      "serial:/dev/cua00",
      "x328",
      "tcp://myhost:3001",
      "tcp://127.0.0.1:3002",
      false,
    ]);
    const { options } = plan(`-YIa -t /dev/ttyd0 -i discard%localhost -i carevuefsi --services ${names} ttyd0`);
    assert.deepEqual(options.line.endpoint, {
      kind: "serial",
      host: "",
      port: 0,
      path: "/dev/ttyd0",
      options: { baud: "9600", data: "8", parity: "none", stop: "1", flow: "none" },
    });
    assert.equal(formatEndpoint(options.to), "tcp://localhost:9");
    assert.equal(formatEndpoint(options.dist!), "tcp://127.0.0.1:3003");
  });

  test("the plan of llpdrv knows every medium", () => {
    assert.deepEqual(shown(plan("-i 0 -i 2")), [
      "listen",
      "tcp://127.0.0.1:0",
      "mllp",
      "tcp://localhost:2",
      null,
      false,
    ]);
    assert.deepEqual(shown(plan("-hu /run/a%b -i 2 -y")), [
      "listen",
      "unix:/run/a%25b",
      "hllp",
      "tcp://localhost:2",
      null,
      true,
    ]);
    assert.deepEqual(shown(plan("-ap line -i 2%::1")), ["device", "pty:line", "x328", "tcp://[::1]:2", null, false]);
    assert.deepEqual(shown(plan("--line 10.2.0.7:4001 -i unix:/run/app -i 3%10.2.0.1 -d")).slice(0, 5), [
      "connect",
      "tcp://10.2.0.7:4001",
      "mllp",
      "unix:/run/app",
      "tcp://10.2.0.1:3",
    ]);
    assert.deepEqual(shown(plan("--line serial:/dev/ttyS0?baud=4800&framing=hllp -i 2 --parity even")).slice(0, 3), [
      "device",
      "serial:/dev/ttyS0?baud=4800&parity=even",
      "hllp",
    ]);
    assert.equal(formatEndpoint(plan("-i 2576%* -i 2").options.line.endpoint), "tcp://0.0.0.0:2576");
    assert.equal(
      formatEndpoint(plan("--listen tls://0.0.0.0:2576?cert=c&key=k -i 2").options.line.endpoint).slice(0, 6),
      "tls://",
    );
  });

  test("the plan of llpdrv hands every option of the protocols on", () => {
    const { options } = plan(
      "-a -t x -i 2 --timer-a 900ms --timer-b 2s --timer-d 20s --rebid 2s --max-block 100 --bid-tries 3 --block-tries 4 " +
        "--seven-bit --priority host --ack-hold 700ms --max-message 5000 --reply-timeout 9s --line-wait 1s",
    );
    assert.deepEqual(options.line.x328, {
      timerAMs: 900,
      timerBMs: 2000,
      timerDMs: 20_000,
      rebidMs: 2000,
      maxBlock: 100,
      bidTries: 3,
      blockTries: 4,
      sevenBit: true,
      maxMessage: 5000,
    });
    const { priority, ackHoldMs, maxMessage, replyTimeoutMs, lineWaitMs } = options;
    assert.deepEqual({ priority, ackHoldMs, maxMessage, replyTimeoutMs, lineWaitMs }, {
      priority: "host",
      ackHoldMs: 700,
      maxMessage: 5000,
      replyTimeoutMs: 9000,
      lineWaitMs: 1000,
    });
    const hllp = plan(
      "-h -t x -i 2 --baud 9600 --parity odd --data-bits 7 --stop-bits 2 --flow rtscts --hllp-version 21 " +
        "--checksum-includes-count --read-timeout 3s --retries 2",
    ).options.line;
    assert.deepEqual(hllp.hllp, {
      version: "21",
      checksumIncludesCount: true,
      readTimeoutMs: 3000,
      retries: 2,
      bytesPerSecond: 9600 / 11,
    });
    assert.deepEqual(hllp.endpoint.options, { baud: "9600", data: "7", parity: "odd", stop: "2", flow: "rtscts" });
    assert.equal(plan("-h -t x -i 2 --max-message 100").options.line.hllp?.maxFrame, 112);
    const mllp2 = plan("--protocol mllp2 -i 1 -i 2 --commit-timeout 5s --retries 1 --empty-reply none").options;
    assert.deepEqual(mllp2.line.mllp?.mllp2, { commitTimeoutMs: 5000, retries: 1 });
    assert.equal(mllp2.emptyReply, "none");
  });

  test("the plan of llpdrv binds the distal server beyond loopback only if somebody is let in from there, and says so", () => {
    const narrow = plan("-i 1 -i 2 -i 3 --distal-allow 127.0.0.1");
    assert.equal(narrow.options.dist?.host, "127.0.0.1");
    assert.deepEqual(narrow.warnings, []);
    const wide = plan("-i 1 -i 2 -i 3 --distal-allow 127.0.0.1,10.2.0.0/16");
    assert.equal(wide.options.dist?.host, "0.0.0.0");
    assert.match(wide.warnings.join(), /^the distal server on tcp:\/\/0\.0\.0\.0:3 lets in more than this host/);
    assert.equal(plan("-i 1 -i 2 -i 3 --distal-allow fd00::/8").options.dist?.host, "::");
    assert.equal(plan("-i 1 -i 2 -i 3%10.2.0.1 --distal-allow 10.2.0.0/16").options.dist?.host, "10.2.0.1");
    assert.equal(plan("-i 1 -i 2 -i 3 --distal-allow 0.0.0.0/0").warnings.length, 1);
    assert.match(
      plan("-i 1%* -i 2").warnings.join(),
      /^the line on tcp:\/\/0\.0\.0\.0:1 can be reached from other machines/,
    );
  });

  test("the plan of llpdrv says what a spool does not keep where only the application acknowledges", () => {
    const warned = (text: string) => plan(text).warnings.map((warning) => warning.split(" keeps")[0]);
    assert.deepEqual(warned("-h -i 1 -i 2 --spool s"), ["--spool without --spool-ack AA"]);
    assert.deepEqual(warned("-m -i 1 -i 2 --spool s --spool-ack AA"), []);
    assert.deepEqual(warned("-a -i 1 -i 2 --spool s"), []);
  });

  test("the plan of llpdrv has no distal server under -1, and says which is not used", () => {
    const { options, warnings, foreground } = plan("-1 -i 1 -i 2 -i 3");
    assert.deepEqual([options.once, options.dist, foreground], [true, null, true]);
    assert.deepEqual(warnings, ["-1 has no distal server: tcp://127.0.0.1:3 is not used"]);
  });

  const REFUSED: [string, RegExp][] = [
    ["-a", /^the line is missing: wanted -i SERVICE, -u PATH, -p PATH, -t DEVICE, or --line/],
    ["-i 1", /^the destination is missing/],
    ["-i 1 -i 0", /^the destination: '0': wanted a port from 1 to 65535/],
    ["-i 1 -i 2%*", /^the destination: '2%\*': wanted one host/],
    ["-i 1 -i 2%", /^the destination: '2%': wanted a host behind the %/],
    ["-i 99999 -i 2", /^the line: '99999': wanted a port from 0 to 65535/],
    [
      "-i nosuchname -i 2",
      /^the line: unknown service 'nosuchname': wanted a port number, or a name in \/etc\/services/,
    ],
    ["-i 1 -i tls://h:3", /^the destination: 'tls:\/\/h:3': found an endpoint of tls, wanted one of tcp, unix/],
    ["-i 1 -i h:3?framing=mllp", /^the destination: .* the option 'framing' has no meaning here/],
    ["-i 1 --line h:3 --to 4 --dist 5", /^-i 1: line, destination and distal server are given already/],
    ["--listen 1 --line h:3 --to 4", /^--listen and --line: the line is one/],
    ["--line h:0 --to 4", /^--line tcp:\/\/h:0: wanted a port/],
    ["--line h:3?strict --to 4", /the option 'strict' is not for llpdrv/],
    ["-a --line h:3?framing=hllp --to 4", /framing=hllp: --protocol says x328/],
    ["-m -i 1 -i 2 --timer-a 3s", /^--timer-a: it is an option of X3\.28, the line speaks MLLP$/],
    ["-a -i 1 -i 2 --retries 3", /^--retries: it is an option of HLLP or MLLP release 2, the line speaks X3\.28/],
    ["-h -i 1 -i 2 --empty-reply AA", /^--empty-reply: it is an option of MLLP or MLLP release 2/],
    ["-m -i 1 -i 2 --ack-hold 1s", /^--ack-hold: it is an option of X3\.28 or MLLP release 2/],
    ["-m -i 1 -i 2 --priority host", /^--priority: /],
    ["-a -i 1 -i 2 --spool d --spool-ack AA", /^--spool-ack: it is an option of MLLP or HLLP/],
    ["-i 1 -i 2 --spool-ack AA", /^--spool-ack: there is no spool/],
    ["-i 1 -i 2 --spool-max 1MB", /^--spool-max: there is no spool/],
    ["-i 1 -i 2 --distal-to only", /^--distal-to: there is no distal server/],
    ["-I -i 1 -i 2", /^--set-line: it sets a serial device/],
    ["-p x -i 2 --baud 9600", /^--baud: it sets a serial device/],
  ];
  for (const [line, why] of REFUSED) test(`the plan of llpdrv refuses ${line}`, () => refused(line, why));

  test("the plan of llpdrv and its process read every option there is", () => {
    const texts = ["llpdrv.ts", "llpdrv/plan.ts", "llpdrv/serve.ts"].map((path) => read(`cli/${path}`)).join("\n");
    const program = Object.keys(outputFlags);
    const unread = Object.keys(command.flags).filter((key) =>
      !program.includes(key) && !new RegExp(`\\b${key}\\b`).test(texts)
    );
    assert.deepEqual(unread, []);
  });
});

describe("an address of llpdrv", () => {
  const services = new Services(undefined, () => "hl7 2575/tcp\n");
  test("an address of llpdrv is a service, a service and a host, or an endpoint", () => {
    const parsed = (text: string, use: "listen" | "connect") => formatEndpoint(parseAddress(text, use, services));
    assert.equal(parsed("hl7", "listen"), "tcp://127.0.0.1:2575");
    assert.equal(parsed("hl7", "connect"), "tcp://localhost:2575");
    assert.equal(parsed("hl7%lab.example", "connect"), "tcp://lab.example:2575");
    assert.equal(parsed("7%fe80::1", "connect"), "tcp://[fe80::1]:7");
    assert.equal(parsed("7%[::1]", "listen"), "tcp://[::1]:7");
    assert.equal(parsed("lab.example:7", "connect"), "tcp://lab.example:7");
    assert.equal(parsed(":7", "listen"), "tcp://127.0.0.1:7");
    assert.equal(parsed("unix:/run/app", "connect"), "unix:/run/app");
  });
});

describe("Services", () => {
  const text = "\n# comment\nssh\t22/tcp\nhl7 2575/tcp hl-seven # HL7\nhl7 1/tcp\ndns 53/udp\nlocal 3000/tcp\n";
  test("Services finds names and aliases of TCP, the first that is there", () => {
    const services = new Services(undefined, () => text);
    assert.equal(services.portOf("hl7"), 2575);
    assert.equal(services.portOf("hl-seven"), 2575);
    assert.equal(services.portOf("discard"), 9);
    assert.throws(() => services.portOf("dns"), /unknown service 'dns'/);
    assert.throws(() => services.portOf("hl77"), /unknown service 'hl77'.*did you mean hl7\?/);
  });

  test("Services asks the file it is given first, then the system's, then its own table", () => {
    const read: string[] = [];
    const services = new Services("mine", (path) => {
      read.push(path);
      return path === "mine" ? "discard 9999/tcp" : text;
    });
    assert.deepEqual(read, []);
    assert.equal(services.portOf("discard"), 9999);
    assert.equal(services.portOf("ssh"), 22);
    assert.equal(services.portOf("echo"), 7);
    assert.deepEqual(read, ["mine", "/etc/services"]);
  });

  test("Services does without the system's file, not without the one it is given", () => {
    const gone = () => {
      throw Object.assign(new Error("no"), { code: "ENOENT" });
    };
    assert.equal(new Services(undefined, gone).portOf("hl7"), 2575);
    assert.throws(
      () => new Services("mine", gone).portOf("hl7"),
      /^UsageError: --services mine: cannot read the file: there is no such file/,
    );
  });

  test("Services names the line that is wrong in the file it is given", () => {
    const services = new Services("mine", () => "hl7 2575/tcp\nodd seven\n");
    assert.throws(
      () => services.portOf("x"),
      /^UsageError: --services mine: line 2: found 'odd seven', wanted NAME PORT\/tcp/,
    );
    const system = new Services(undefined, () => "hl7 2575/tcp\nodd seven\nx 70000/tcp\n");
    assert.equal(system.portOf("hl7"), 2575);
  });
});
