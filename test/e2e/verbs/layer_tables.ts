/**
 * The lower layers of HLLP and ANSI X3.28, as somebody sees them who plays the other station byte by byte, and the faults of them that
 * are flags.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ACK0, ACK1, ENQ, EOT, hllpBlock, type Layer, NAK, tokensOf, x328Block } from "../../lower_layer.ts";
import { message } from "./expected.ts";
import { pause } from "./observer.ts";
import type { Row, Stage, Table } from "./table.ts";

/**
 * What is written, bytes or the message with an id, and what is seen of it, in words; after how many milliseconds at the
 * earliest. The id M1 stands for one that no other row has: tries are counted by it.
 */
type Turn = readonly [writes: string | { readonly id: string }, sees: readonly string[], afterMs?: number];

/** For how long nothing more must come at the end. */
const SILENCE_MS = 100;
/** A timer may be a little early (the two programs round differently). */
const EARLY_MS = 5;

const M1 = { id: "M1" } as const;
const LAST = { id: "LAST" } as const;

async function converse(stage: Stage, layer: Layer, turns: readonly Turn[]): Promise<void> {
  const observer = await stage.call();
  const own = `M${stage.port}`;
  const encode = layer === "hllp" ? hllpBlock : x328Block;
  for (const [writes, sees, afterMs = 0] of turns) {
    const from = observer.bytes.length;
    const come = () => tokensOf(layer, observer.bytes.slice(from)).map((token) => token.replace(own, M1.id));
    // Without its frame.
    const textOf = (id: string) => message(id === M1.id ? own : id).slice(1, -2);
    observer.send(typeof writes === "string" ? writes : encode(textOf(writes.id)));
    await observer.until(() => come().length >= sees.length && !/^rest/.test(come().at(-1) ?? ""), `${sees}`);
    assert.deepEqual(come(), sees);
    const tookMs = performance.now() - observer.sinceMs;
    assert.ok(tookMs >= afterMs - EARLY_MS, `${sees} came after ${tookMs} ms, wanted ${afterMs} ms or more`);
  }
  const { length } = observer.bytes;
  await pause(SILENCE_MS);
  assert.deepEqual([tokensOf(layer, observer.bytes.slice(length)), observer.end], [[], null], "after some silence");
}

function row(layer: Layer, steps: string, what: string, turns: readonly Turn[]): Row {
  return { options: `?framing=${layer}`, what, rules: [steps], play: (stage) => converse(stage, layer, turns) };
}

const answered: Turn = [M1, ["[D AA M1]"]];

const hllp: readonly Row[] = [
  row("hllp", "[reply]", "is answered by a block, which is repeated for who asks again", [answered, answered]),
  row("hllp", "[link_nak, reply]", "refuses the first try, without a reason", [[M1, ["[N G]"]], answered]),
  row("hllp", "[{delay: 250ms}, {link_nak: 2}, reply]", "refuses the first tries, and waits for no delay", [
    [M1, ["[N G]"]],
    [M1, ["[N G]"]],
    [M1, ["[D AA M1]"], 250],
  ]),
  ...["C", "X", "B", "G"].map((code) =>
    row("hllp", `[{link_nak: {tries: 1, code: ${code}}}, reply]`, "says why", [[M1, [`[N ${code}]`]], answered])
  ),
  ...[["bad_bcc", "wrong checksum"], ["bad_count", "count +1"], ["unchecked", "unchecked"]].flatMap(([verb, wrong]) => {
    const struck: Turn = [M1, [`[D AA M1, ${wrong}]`]];
    const next: Turn = [LAST, ["[D AA LAST]"]];
    return [
      row("hllp", `[${verb}, reply]`, "strikes the reply, and not its repetition", [struck, answered]),
      row("hllp", `[{${verb}: 2}, {delay: 100ms}, reply]`, "strikes the reply and its repetition, and no other", [
        [M1, [`[D AA M1, ${wrong}]`], 100],
        struck,
        answered,
        next,
      ]),
      row("hllp", `[{${verb}: 9}, reply]`, "strikes no other reply, though it was asked for more often", [
        struck,
        next,
      ]),
    ];
  }),
];

/** A message that is acknowledged, and the bid for its reply. */
const sent: readonly Turn[] = [[ENQ, ["ACK0"]], [M1, ["ACK1"]], [EOT, ["ENQ"]]];
/** The reply, taken. */
const taken: readonly Turn[] = [[ACK0, ["[1 AA M1]"]], [ACK1, ["EOT"]]];
const bid: Turn = [ENQ, ["ACK0"]];

const x328: readonly Row[] = [
  row("x328", "[reply]", "is acknowledged, and answered by a transfer of its own", [...sent, ...taken]),
  row("x328", "[link_nak, reply]", "refuses the first try", [bid, [M1, ["NAK"]], ...sent.slice(1), ...taken]),
  row("x328", "[{link_nak: 2}, reply]", "refuses the first tries", [
    bid,
    [M1, ["NAK"]],
    [M1, ["NAK"]],
    ...sent.slice(1),
    ...taken,
  ]),
  row("x328", "[eot, reply]", "ends the first transfer", [bid, [M1, ["EOT"]], ...sent, ...taken]),
  row("x328", "[{delay: 250ms}, {eot: 2}, {reply: AE}]", "ends the first transfers, and waits for no delay", [
    bid,
    [M1, ["EOT"]],
    bid,
    [M1, ["EOT"]],
    bid,
    [M1, ["ACK1"]],
    [EOT, ["ENQ"]],
    [ACK0, ["[1 AE M1]"]],
    [ACK1, ["EOT"]],
  ]),
  row("x328", "[wrong_ack, reply]", "names the block after it, and the right one when it is asked again", [
    bid,
    [M1, ["ACK2"]],
    [M1, ["ACK1"]],
    [EOT, ["ENQ"]],
    ...taken,
  ]),
  row("x328", "[rint, reply]", "is RINT", [bid, [M1, ["RINT"]], [EOT, ["ENQ"]], ...taken]),
  ...[["bad_bcc", "wrong BCC"], ["bad_count", "count +1"]].flatMap(([verb, wrong]) => {
    const struck = [`[1 AA M1, ${wrong}]`];
    return [
      row("x328", `[${verb}, reply]`, "strikes the reply's block, and not its second try", [
        ...sent,
        [ACK0, struck],
        [NAK, ["[1 AA M1]"]],
        [ACK1, ["EOT"]],
      ]),
      row("x328", `[{${verb}: 9}, reply]`, "strikes every try of the reply, and no other reply", [
        ...sent,
        [ACK0, struck],
        [NAK, struck],
        // Who takes it all the same.
        [ACK1, ["EOT"]],
        bid,
        [LAST, ["ACK1"]],
        [EOT, ["ENQ"]],
        [ACK0, ["[1 AA LAST]"]],
        [ACK1, ["EOT"]],
      ]),
    ];
  }),
  row("x328", "[enq_storm, reply]", "bids ten times at once", [
    ...sent.slice(0, 2),
    [EOT, Array.from({ length: 10 }, () => "ENQ")],
    ...taken,
  ]),
  row("x328", "[{enq_storm: 3}, {late_enq: 200ms}, reply]", "bids so often at once, so much later", [
    ...sent.slice(0, 2),
    [EOT, ["ENQ", "ENQ", "ENQ"], 200],
    ...taken,
  ]),
  row("x328", "[no_eot, reply]", "does not end its transfer, and goes on", [
    ...sent,
    [ACK0, ["[1 AA M1]"]],
    [ACK1, []],
    bid,
    [LAST, ["ACK1"]],
    [EOT, ["ENQ"]],
    [ACK0, ["[1 AA LAST]"]],
    [ACK1, ["EOT"]],
  ]),
];

/** Each flag, and what is seen of it. */
const FLAGS: readonly (readonly [layer: Layer, flag: string, turns: readonly Turn[]])[] = [
  ["hllp", "link-nak", [[M1, ["[N G]"]], answered]],
  ["hllp", "unchecked", [[M1, ["[D AA M1, unchecked]"]]]],
  ["hllp", "bad-count", [[M1, ["[D AA M1, count +1]"]]]],
  ["x328", "bad-bcc", [...sent, [ACK0, ["[1 AA M1, wrong BCC]"]]]],
  ["x328", "eot", [bid, [M1, ["EOT"]]]],
  ["x328", "wrong-ack", [bid, [M1, ["ACK2"]]]],
  ["x328", "rint", [bid, [M1, ["RINT"]]]],
  ["x328", "enq-storm", [...sent.slice(0, 2), [EOT, Array.from({ length: 10 }, () => "ENQ")]]],
  ["x328", "no-eot", [...sent, [ACK0, ["[1 AA M1]"]], [ACK1, []]]],
];

/** HLLP, X3.28, and their flags. */
export const layerTables: readonly Table[] = [
  { name: "HLLP", journal: true, rows: hllp },
  { name: "X3.28", journal: true, rows: x328 },
  ...FLAGS.map(([layer, flag, turns]): Table => ({
    name: `--framing ${layer} --fault ${flag}`,
    flagsOnly: true,
    args: ["--framing", layer, "--fault", flag],
    rows: [{ what: "is that of the lower layer", rules: [], play: (stage) => converse(stage, layer, turns) }],
  })),
];
