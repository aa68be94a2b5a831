/** Listeners that open and close while the receiver runs: on listeners that are only pretended, and on real ones. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { VirtualClock } from "../../lib/clock.ts";
import { TransportError } from "../../lib/errors.ts";
import { type Endpoint, formatPlace, parseEndpoint } from "../../lib/transport/endpoint.ts";
import { connect, listen } from "../../lib/transport/open.ts";
import type { Listener, Transport } from "../../lib/transport/transport.ts";
import { Gate, GATE_RETRY_MS } from "../../receiver/gate.ts";
import type { ListenerSpec } from "../../receiver/scenario/scenario.ts";

const spec = (place: string, name?: string): ListenerSpec => ({
  ...(name === undefined ? {} : { name }),
  endpoint: parseEndpoint(place),
  link: {},
  tls: null,
});

/** A network of which everything that is done to it is written down, and that does it when told to. */
class Network {
  readonly log: string[] = [];
  readonly clock: VirtualClock = new VirtualClock();
  /** Addresses that somebody else has. */
  readonly taken: Set<number> = new Set();
  /** Whether an opening waits until it is `let`. */
  slow = false;
  #let: (() => void)[] = [];
  #next = 50_000;
  readonly gate: Gate;

  constructor(specs: readonly ListenerSpec[]) {
    this.gate = new Gate(specs, (spec) => this.#open(spec.endpoint), {
      clock: this.clock,
      onChange: (index, state, endpoint) => this.log.push(`${index} is ${state} ${endpoint.port}`),
      onTrouble: (index, error) => this.log.push(`${index}: ${error.message}`),
    });
  }

  async #open(endpoint: Endpoint): Promise<Listener> {
    const port = endpoint.port === 0 ? this.#next++ : endpoint.port;
    this.log.push(`open ${port}`);
    if (this.slow) await new Promise<void>((resolve) => this.#let.push(resolve));
    if (this.taken.has(port)) throw new Error(`${port} is taken`);
    this.taken.add(port);
    const close = () => {
      this.log.push(`close ${port}`);
      this.taken.delete(port);
      return Promise.resolve();
    };
    return { endpoint: { ...endpoint, port }, close };
  }

  /** Lets the openings under way go on. */
  let(): void {
    for (const resolve of this.#let.splice(0)) resolve();
  }

  /** What was done since this was last asked. */
  get done(): string[] {
    return this.log.splice(0);
  }
}

/** Lets every promise that can go on do so. */
async function idle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

test("Gate binds all listeners in order and knows where", async () => {
  const { gate, log } = new Network([spec(":0", "adt"), spec(":2576")]);
  assert.equal(gate.state(0), "refused");
  await gate.start();
  assert.deepEqual(log, ["open 50000", "open 2576"]);
  assert.deepEqual(gate.endpoints.map(({ port }) => port), [50_000, 2576]);
  assert.deepEqual([gate.state(0), gate.state(1)], ["open", "open"]);
});

test("Gate binds none when one cannot be bound", async () => {
  const network = new Network([spec(":0"), spec(":2576"), spec(":0")]);
  network.taken.add(2576);
  await assert.rejects(network.gate.start(), /^Error: 2576 is taken$/);
  assert.deepEqual(network.log, ["open 50000", "open 2576", "close 50000"]);
});

test("Gate refuses by name, and opens again at the port it had", async () => {
  const network = new Network([spec(":0", "adt"), spec(":0", "lab")]);
  await network.gate.start();
  network.done;
  await network.gate.set({ lab: "refused" });
  assert.deepEqual(network.done, ["close 50001", "1 is refused 50001"]);
  assert.deepEqual([network.gate.state(0), network.gate.state(1)], ["open", "refused"]);
  assert.equal(network.gate.endpoints[1].port, 50_001);
  await network.gate.set({ lab: "open" });
  assert.deepEqual(network.done, ["open 50001", "1 is open 50001"]);
});

test("Gate puts a name before all, and leaves alone what is not named", async () => {
  const network = new Network([spec(":0", "adt"), spec(":0"), spec(":0", "lab")]);
  await network.gate.start();
  const states = () => [0, 1, 2].map((index) => network.gate.state(index));
  await network.gate.set({ lab: "open", all: "refused" });
  assert.deepEqual(states(), ["refused", "refused", "open"]);
  await network.gate.set({ adt: "open" });
  assert.deepEqual(states(), ["open", "refused", "open"]);
  await network.gate.set({});
  assert.deepEqual(states(), ["open", "refused", "open"]);
  network.done;
  await network.gate.set({ adt: "open", lab: "open" });
  assert.deepEqual(network.done, []);
});

test("Gate refuses a name that no listener has", async () => {
  const { gate } = new Network([spec(":0", "adt"), spec(":0", "lab")]);
  await gate.start();
  assert.throws(
    () => gate.set({ adt: "refused", ward: "open" }),
    new RangeError(
      "Cannot change the listener 'ward': there is none of that name, wanted all or one of adt, lab",
    ),
  );
  assert.equal(gate.state(0), "open");
});

test("Gate tries a taken address again, warns once, and opens when it is free", async () => {
  const network = new Network([spec(":2575", "adt")]);
  await network.gate.start();
  await network.gate.set({ adt: "refused" });
  network.taken.add(2575);
  network.done;
  await network.gate.set({ adt: "open" });
  assert.deepEqual(network.done, ["open 2575", "0: 2575 is taken"]);
  for (let i = 0; i < 3; i++) {
    network.clock.advance(GATE_RETRY_MS);
    await idle();
    assert.deepEqual(network.done, ["open 2575"]);
    assert.equal(network.gate.state(0), "refused");
  }
  network.clock.advance(GATE_RETRY_MS - 1);
  await idle();
  assert.deepEqual(network.done, []);
  network.taken.delete(2575);
  network.clock.advance(1);
  await idle();
  assert.deepEqual(network.done, ["open 2575", "0 is open 2575"]);
  assert.equal(network.clock.next(), Infinity);
});

test("Gate stops trying when the listener is to be refused, and warns anew the next time", async () => {
  const network = new Network([spec(":2575")]);
  await network.gate.start();
  await network.gate.set({ all: "refused" });
  network.taken.add(2575);
  await network.gate.set({ all: "open" });
  await network.gate.set({ all: "refused" });
  network.done;
  network.clock.advance(10 * GATE_RETRY_MS);
  await idle();
  assert.deepEqual([network.done, network.clock.next()], [[], Infinity]);
  await network.gate.set({ all: "open" });
  assert.deepEqual(network.done, ["open 2575", "0: 2575 is taken"]);
});

test("Gate does not lose a refusal that comes while it opens", async () => {
  const network = new Network([spec(":2575")]);
  await network.gate.start();
  await network.gate.set({ all: "refused" });
  network.done;
  network.slow = true;
  const opening = network.gate.set({ all: "open" });
  const refusing = network.gate.set({ all: "refused" });
  network.let();
  await Promise.all([opening, refusing]);
  assert.deepEqual(network.done, ["open 2575", "0 is open 2575", "close 2575", "0 is refused 2575"]);
  assert.equal(network.gate.state(0), "refused");
});

test("Gate does no more than the last wish wants", async () => {
  const network = new Network([spec(":2575")]);
  await network.gate.start();
  await network.gate.set({ all: "refused" });
  network.done;
  network.slow = true;
  const wishes = ["open", "refused", "open"].map((state) => network.gate.set({ all: state as "open" | "refused" }));
  network.let();
  await Promise.all(wishes);
  assert.deepEqual(network.done, ["open 2575", "0 is open 2575"]);
});

test("Gate is set before its start: every listener has its port, and is refused from then on", async () => {
  const network = new Network([spec(":0", "adt"), spec(":0", "lab")]);
  await network.gate.set({ adt: "refused" });
  assert.deepEqual(network.done, []);
  await network.gate.start();
  assert.deepEqual([network.gate.state(0), network.gate.state(1)], ["refused", "open"]);
  assert.equal(network.gate.endpoints[0].port, 50_000);
});

test("Gate closes for good, whatever it is doing", async () => {
  const waiting = new Network([spec(":2575")]);
  await waiting.gate.start();
  await waiting.gate.set({ all: "refused" });
  waiting.taken.add(2575);
  await waiting.gate.set({ all: "open" });
  await waiting.gate.close();
  assert.equal(waiting.clock.next(), Infinity);

  const opening = new Network([spec(":2575")]);
  await opening.gate.start();
  await opening.gate.set({ all: "refused" });
  opening.slow = true;
  void opening.gate.set({ all: "open" });
  opening.done;
  const closing = opening.gate.close();
  opening.let();
  await closing;
  assert.deepEqual([opening.done, opening.gate.state(0)], [["close 2575"], "refused"]);
  await opening.gate.set({ all: "open" });
  assert.deepEqual(opening.done, []);

  const starting = new Network([spec(":2575"), spec(":2576")]);
  starting.slow = true;
  const start = starting.gate.start();
  await starting.gate.close();
  starting.let();
  await start;
  assert.deepEqual(starting.done, ["open 2575", "close 2575"]);
});

/** A gate of one real listener that echoes. */
async function realGate(place: string): Promise<{ gate: Gate; trouble: Error[]; end: () => Promise<void> }> {
  const open: Transport[] = [];
  const trouble: Error[] = [];
  const echo = (transport: Transport) => {
    open.push(transport);
    transport.stream.on("data", (chunk) => transport.stream.write(chunk));
  };
  const options = { onTrouble: (_: number, error: Error) => trouble.push(error) };
  const gate = new Gate([spec(place, "adt")], ({ endpoint }) => listen(endpoint, {}, echo), options);
  await gate.start();
  const end = async () => {
    await gate.close();
    for (const transport of open) transport.reset();
  };
  return { gate, trouble, end };
}

async function echoes(transport: Transport): Promise<boolean> {
  const answer = new Promise((resolve) => transport.stream.once("data", (data) => resolve(String(data) === "there?")));
  transport.stream.write("there?");
  return await answer as boolean;
}

async function refusal(endpoint: Endpoint): Promise<string> {
  const error: unknown = await connect(endpoint).then((transport) => transport.reset(), (error) => error);
  assert.ok(error instanceof TransportError, "it was let in");
  return error.systemCode;
}

test("Gate of a real TCP listener: served, refused by the system while the open connection goes on, and served again", async () => {
  const { gate, end } = await realGate("127.0.0.1:0");
  const [endpoint] = gate.endpoints;
  assert.ok(endpoint.port > 0);
  const old = await connect(endpoint);
  assert.ok(await echoes(old));
  for (let i = 0; i < 3; i++) {
    await gate.set({ adt: "refused" });
    assert.equal(await refusal(endpoint), "ECONNREFUSED");
    assert.ok(await echoes(old));
    await gate.set({ adt: "open" });
    const young = await connect(endpoint);
    assert.ok(await echoes(young));
    assert.ok(await echoes(old));
    young.reset();
  }
  assert.deepEqual(gate.endpoints, [endpoint]);
  old.reset();
  await end();
  assert.equal(await refusal(endpoint), "ECONNREFUSED");
});

test("Gate of a real TCP listener waits for a port that another program has by now", async () => {
  const { gate, trouble, end } = await realGate("127.0.0.1:0");
  const [endpoint] = gate.endpoints;
  await gate.set({ all: "refused" });
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(endpoint.port, "127.0.0.1", resolve));
  await gate.set({ all: "open" });
  assert.deepEqual(trouble.map(({ message }) => message), [
    `Cannot listen on ${formatPlace(endpoint)}: the address is in use`,
  ]);
  await new Promise((resolve) => other.close(resolve));
  while (gate.state(0) !== "open") await new Promise((resolve) => setTimeout(resolve, 10));
  const transport = await connect(endpoint);
  assert.ok(await echoes(transport));
  assert.equal(trouble.length, 1);
  transport.reset();
  await end();
});

test("Gate of a UNIX socket takes its file away and makes it again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mllp-"));
  try {
    const { gate, end } = await realGate(`unix:${folder}/line`);
    const [endpoint] = gate.endpoints;
    const old = await connect(endpoint);
    assert.ok(await echoes(old));
    for (let i = 0; i < 2; i++) {
      await gate.set({ adt: "refused" });
      assert.equal(existsSync(endpoint.path), false);
      assert.equal(await refusal(endpoint), "ENOENT");
      await gate.set({ adt: "open" });
      const young = await connect(endpoint);
      assert.ok(await echoes(young));
      assert.ok(await echoes(old));
      young.reset();
    }
    old.reset();
    await end();
    assert.equal(existsSync(endpoint.path), false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
