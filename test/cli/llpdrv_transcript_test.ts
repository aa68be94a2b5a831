/**
 * `-d` over a whole night on the line: every control sequence, block and frame of each protocol by its name and with its
 * time, as a driver on a virtual clock and a scripted peer exchange them. The golden file is the transcript.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LineTrace } from "../../cli/llpdrv/trace.ts";
import type { DriverOptions } from "../../lib/bridge/options.ts";
import { latin1, utf8 } from "../../lib/bytes.ts";
import { hllpBlock } from "../../lib/framing/hllp_block.ts";
import { encodeBlock, encodeControl, withBccOff } from "../../lib/framing/x328_encode.ts";
import { connect } from "../../lib/transport/open.ts";
import { accepted, request, Rig } from "../lib/bridge/rig.ts";

const GOLDEN = new URL("../golden/llpdrv_trace.txt", import.meta.url);

/** A driver with its trace, and a peer that says what it is told to. */
class Night {
  readonly lines: string[] = [];
  readonly rig: Rig;
  write!: (...pieces: Uint8Array[]) => Promise<void>;

  constructor(protocol: DriverOptions["line"]["protocol"]) {
    let atMs = 0;
    this.rig = new Rig({
      protocol,
      onTrace: (entry) => {
        atMs = entry.atMs;
        trace.take(entry);
      },
    });
    const trace = new LineTrace(this.rig.options.line, 1 << 20, (text) => {
      this.lines.push(`${(atMs / 1000).toFixed(3).padStart(7)} ${text.replace(/^\S+#/, "line#")}`);
    });
  }

  async begin(): Promise<this> {
    await this.rig.start();
    const { stream } = await connect(this.rig.line);
    stream.on("data", () => {}).once("end", () => stream.end());
    this.write = async (...pieces) => {
      for (const piece of pieces) {
        stream.write(piece);
        await this.rig.run(10);
      }
    };
    return this;
  }

  /** What happens from now on, in words. */
  title(text: string): void {
    this.lines.push(...this.lines.length === 0 ? [] : [""], `# ${text}`);
  }
}

const [ENQ, EOT, NAK, RINT] = (["enq", "eot", "nak", "rint"] as const).map((name) => encodeControl(name));
const ack = (number: number) => encodeControl("ack", number);
const block = (number: number, text: string, last: boolean) => encodeBlock(number, utf8(text), last);
const NE = "|||NE|NE";

async function x328(): Promise<string[]> {
  const night = await new Night("x328").begin();
  const { rig, write } = night;
  const text = latin1(request("MSG1"));
  night.title("X3.28: the destination is down, the bid is refused");
  await rig.applicationDown();
  await write(ENQ);
  await rig.applicationUp();
  night.title("a message in two blocks: the first damaged, then good, again, asked for; the second aborted, then good");
  await write(ENQ, withBccOff(block(1, text.slice(0, -9), false), 1), block(1, text.slice(0, -9), false));
  await write(block(1, text.slice(0, -9), false), ENQ);
  await write(utf8("\x02200004EV\x05\r"), block(2, text.slice(-9), true));
  night.title("its reply: the bid refused once, the block once, then RINT");
  await write(EOT, NAK);
  await rig.run(1000);
  await write(ack(0), NAK, RINT);
  await rig.run(2000);
  night.title("a message that is aborted by EOT where ETX was due, and noise");
  await write(ENQ, block(1, text.slice(0, -9), false), utf8("\x02200003EVN\x04\r"), utf8("?!\x7f"));
  night.title("the destination breaks off: EOT in place of the acknowledgement");
  rig.application = () => "reset";
  await write(ENQ, block(1, latin1(request("MSG2")), true));
  rig.application = (message) => accepted(message);
  night.title("a message that needs no reply goes out, and the peer ends it by EOT");
  const interrupted = rig.distal(request("OUT1", NE));
  await rig.run(1000);
  await write(ack(0), EOT);
  assert.equal(await interrupted, "AE OUT1");
  night.title("both bid at once: the peer's goes first, and has no reply");
  rig.application = () => new Uint8Array(0);
  const second = rig.distal(request("OUT2", NE));
  await rig.run(60);
  await write(ENQ, block(1, latin1(request("MSG3", NE)), true), EOT);
  await rig.run(100);
  await write(ack(0), ack(1));
  assert.equal(await second, "empty");
  night.title("nobody answers: Timer A, five tries, EOT");
  const silent = rig.distal(request("OUT3", NE));
  await rig.run(40_000);
  assert.equal(await silent, "AE OUT3");
  await rig.stop();
  return night.lines;
}

async function hllp(): Promise<string[]> {
  const night = await new Night("hllp").begin();
  const { rig, write } = night;
  const D = (message: Uint8Array) => hllpBlock("D", message, { version: "23", checksumIncludesCount: false });
  const N = (code: string) => hllpBlock("N", utf8(code), { version: "23", checksumIncludesCount: false });
  night.title("HLLP: a message and its answer; then one that is damaged");
  await write(D(request("MSG1")));
  const damaged = D(request("MSG2"));
  damaged[30] ^= 1;
  await write(damaged);
  night.title("the destination is down");
  await rig.applicationDown();
  await write(D(request("MSG3")));
  await rig.run(2000);
  night.title("a message goes out: refused once, then answered by an empty block");
  const reply = rig.distal(request("OUT1", NE));
  await rig.run(10);
  await write(N("X"), D(utf8("")));
  assert.equal(await reply, "empty");
  await rig.stop();
  return night.lines;
}

async function mllp2(): Promise<string[]> {
  const night = await new Night("mllp2").begin();
  const { rig, write } = night;
  const frame = (text: string) => utf8(`\v${text}\x1c\r`);
  night.title("MLLP release 2: a message and its reply, each with its commit acknowledgement");
  await write(frame(latin1(request("MSG1"))), frame("\x06"));
  night.title("a message goes out: refused once");
  const reply = rig.distal(request("OUT1", NE));
  await rig.run(10);
  await write(frame("\x15"), frame("\x06"));
  assert.equal(await reply, "empty");
  await rig.stop();
  return night.lines;
}

test("LineTrace of a driver names all that passes on each line, with its time", async () => {
  const found = [...await x328(), "", ...await hllp(), "", ...await mllp2(), ""].join("\n");
  for (const name of ["ENQ", "ACK0", "ACK1", "ACK2", "NAK", "EOT", "RINT", "ETB", "ETX", "abort", "noise", "fault"]) {
    assert.ok(found.includes(name), `${name} is not in it`);
  }
  assert.equal(found, readFileSync(GOLDEN, "utf8"));
});
