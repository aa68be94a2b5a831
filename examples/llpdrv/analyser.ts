/**
 * A simulated analyser on a serial line: it speaks X3.28, sends results one after the other, waits for the
 * acknowledgement of each, and acknowledges orders that come to it. Made of the library's parts: a link, a transport,
 * a session.
 *
 *     deno run -A examples/llpdrv/analyser.ts /tmp/line 5
 *
 * @module
 */
import process from "node:process";
import { latin1, utf8 } from "../../lib/bytes.ts";
import { X328Link } from "../../lib/link/x328.ts";
import { Session } from "../../lib/session.ts";
import { parseEndpoint } from "../../lib/transport/endpoint.ts";
import { connect } from "../../lib/transport/open.ts";

/** What an analyser has done. */
export interface AnalyserRun {
  /** The acknowledgements of its results: MSA-1 and MSA-2. */
  readonly acknowledgements: readonly string[];
  /** The control ids of the orders that came. */
  readonly orders: readonly string[];
}

/** How an analyser is to behave. */
export interface AnalyserOptions {
  /** The device, as in `serial:/dev/ttyS0?baud=9600`. */
  readonly line: string;
  /** How many results it sends. */
  readonly results: number;
  /** How many orders it waits for before it leaves. */
  readonly orders: number;
  /** What it says of what it does. */
  say(text: string): void;
}

/** Runs an analyser until its results are acknowledged and its orders have come; rejects if the line breaks. */
export async function runAnalyser({ line, results, orders, say }: AnalyserOptions): Promise<AnalyserRun> {
  const transport = await connect(parseEndpoint(line));
  const acknowledgements: string[] = [];
  const taken: string[] = [];
  return await new Promise((resolve, reject) => {
    const next = () => {
      if (acknowledgements.length < results) {
        const id = `RESULT${acknowledgements.length + 1}`;
        say(`sends ${id}`);
        session.send(result(id));
      } else if (taken.length >= orders) void session.close();
    };
    const onMessage = (text: string) => {
      const msa = /\rMSA\|(\w*)\|([^|\r]*)/.exec(text);
      if (msa !== null) {
        say(`${msa[2]} is acknowledged: ${msa[1]}`);
        acknowledgements.push(`${msa[1]} ${msa[2]}`);
        return next();
      }
      const id = text.split("|")[9] ?? "";
      say(`takes the order ${id}`);
      taken.push(id);
      session.send(acknowledgement(id));
    };
    const session = new Session(transport, new X328Link({ priority: "host", rebidMs: 200 }), {
      event: (event) => {
        if (event.type === "message") onMessage(latin1(event.payload));
        else if (event.type === "failed") reject(event.error);
        else if (event.type === "delivered" && acknowledgements.length === results) next();
      },
      closed: ({ how, error }) => {
        if (how === "local") resolve({ acknowledgements, orders: taken });
        else reject(error ?? new Error("The line hung up"));
      },
    });
    next();
  });
}

const SENDER = "MSH|^~\\&|ANALYSER|LAB|HIS|HOSP|20260131120000|";

function result(id: string): Uint8Array {
  return utf8(`${SENDER}|ORU^R01|${id}|P|2.3\rPID|1||900417||Muster^Max\rOBX|1|NM|GLU^Glucose||5.4|mmol/l\r`);
}

function acknowledgement(id: string): Uint8Array {
  return utf8(`${SENDER}|ACK|A${id}|P|2.3\rMSA|AA|${id}\r`);
}

if (import.meta.main) {
  const [path, count = "1"] = process.argv.slice(2);
  await runAnalyser({
    line: `serial:${path}`,
    results: Number(count),
    orders: 0,
    say: (text) => void process.stdout.write(`analyser: ${text}\n`),
  });
}
