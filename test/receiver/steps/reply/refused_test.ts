/** What a reply cannot be: each impossible value or combination is told with its place and a reason. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { complaintOf, wrongOf } from "./reading.ts";

/** Steps, and what is wrong with them. */
function check(rows: readonly (readonly [written: string, complaint: string])[]): void {
  for (const [written, complaint] of rows) assert.equal(complaintOf(written), complaint, written);
}

/** A value of each option that may stand beside others. */
const VALUES: Readonly<Record<string, string>> = {
  code: "AE",
  file: "ack.hl7",
  text: "No",
  err: "{code: 207}",
  control_id: "empty",
  as: "ADR^A19",
  late: "1s",
  stale: "true",
  swap: "true",
  twice: "true",
  reorder: "3",
  join: "3",
  drip: "{bytes: 1, every: 1s}",
  split_at: "end_block",
  via: "':1'",
  on: "new_connection",
  enhanced: "{commit: CA}",
  mutate: "bom",
};

const ORDER = Object.keys(VALUES);
const GATHERINGS = ["swap", "reorder", "join"];
const LEAVES_WHOLE = "a reply that leaves with others leaves whole";
const SAYS_ALL = "enhanced says of each of its acknowledgements what it is, when it comes and where it goes";

/** Options by why they exclude each other. */
const EXCLUDED: readonly (readonly [one: string, others: readonly string[], why: string])[] = [
  ["code", ["file"], "both say what is sent"],
  [
    "stale",
    ["code", "file", "text", "err", "control_id", "as"],
    "stale repeats the previous reply byte for byte",
  ],
  ["as", ["file"], "as builds a reply, and the file has one"],
  ["enhanced", ["code", "file", "late", "stale", "as", "via", ...GATHERINGS], SAYS_ALL],
  ["swap", ["reorder", "join"], "both say which replies a reply waits for"],
  ["reorder", ["join"], "both say which replies a reply waits for"],
  ["late", GATHERINGS, "late waits for a time, the other for other replies"],
  ["via", GATHERINGS, "via takes the reply away from the others"],
  ["twice", GATHERINGS, "a reply that leaves with others leaves once"],
  ["drip", ["split_at"], "both cut the reply into pieces"],
  ["drip", GATHERINGS, LEAVES_WHOLE],
  ["split_at", GATHERINGS, LEAVES_WHOLE],
  ["via", ["drip", "split_at"], "what goes via another connection leaves whole"],
];

describe("the step reply refuses", () => {
  for (const [one, others, why] of EXCLUDED) {
    test(`the step reply refuses ${one} with ${others.join(", ")}, whichever comes first`, () => {
      for (const other of others) {
        const [first, second] = ORDER.indexOf(one) < ORDER.indexOf(other) ? [one, other] : [other, one];
        const complaint = `do[0].reply.${second}: ${first} and ${second} exclude each other: ${why}`;
        check([
          [`{reply: {${one}: ${VALUES[one]}, ${other}: ${VALUES[other]}}}`, complaint],
          [`{reply: {${other}: ${VALUES[other]}, ${one}: ${VALUES[one]}}}`, complaint],
        ]);
      }
    });
  }

  test("the step reply takes every other pair of options", () => {
    const apart = new Set(
      EXCLUDED.flatMap(([one, others]) => others.flatMap((other) => [`${one} ${other}`, `${other} ${one}`])),
    );
    // They are of an acknowledgement, and a file is none; on alone says nothing without via, and both leave enhanced.
    for (const key of ["text", "err", "control_id"]) apart.add(`file ${key}`);
    const keys = Object.keys(VALUES).filter((key) => key !== "on");
    let pairs = 0;
    for (const [i, one] of keys.entries()) {
      for (const other of keys.slice(i + 1)) {
        if (apart.has(`${one} ${other}`)) continue;
        assert.deepEqual(
          wrongOf(`{reply: {${one}: ${VALUES[one]}, ${other}: ${VALUES[other]}}}`),
          [],
          `${one} ${other}`,
        );
        pairs++;
      }
    }
    assert.ok(pairs > 80, `${pairs} pairs`);
    assert.deepEqual(wrongOf("{reply: {via: ':1', on: endpoint, twice: true}}"), []);
  });

  test("the step reply refuses options of a reply where there is none, and of acknowledgements where there is a file", () => {
    check([
      ["{reply: {code: none, twice: true}}", "do[0].reply.twice: twice is of a reply, and code: none sends none"],
      ["{reply: {late: 1s, code: none}}", "do[0].reply.late: late is of a reply, and code: none sends none"],
      [
        "{reply: {file: x, control_id: empty}}",
        "do[0].reply.control_id: control_id goes into an acknowledgement, and this reply sends a file",
      ],
      [
        "{reply: {code: 'file:x', text: y}}",
        "do[0].reply.text: text goes into an acknowledgement, and this reply sends a file",
      ],
      [
        "{reply: {code: CE, as: ADR^A19}}",
        "do[0].reply.as: as answers what was asked, and CE says only that it was received: wanted AA, AE or AR",
      ],
    ]);
  });

  test("the step reply refuses an endless frame where it needs one that ends", () => {
    for (const key of ["twice", "swap", "reorder", "join", "drip", "split_at", "via", "enhanced"]) {
      check([[
        `{reply: {mutate: endless, ${key}: ${VALUES[key]}}}`,
        `do[0].reply.${key}: ${key} needs a frame that ends, and mutate: endless has none`,
      ]]);
    }
  });

  test("the step reply refuses values that are none", () => {
    check([
      [
        "{reply: {}}",
        "do[0].reply: found an empty reply, wanted one of code, file, text, err, control_id, as, late, stale, swap, twice, " +
        "reorder, join, drip, split_at, via, on, enhanced, mutate",
      ],
      ["{reply: {lat: 5s}}", "do[0].reply.lat: unknown key 'lat', did you mean 'late'?"],
      ["{stale: false}", "do[0].stale: found 'false', wanted true, or nothing at all"],
      [
        "{late: soon}",
        "do[0].late: Cannot read 'soon' as a duration: wanted a number and a unit, such as 250ms, 5s, 2m or 1h",
      ],
      ["late", "do[0]: late needs a value: {late: ...}"],
      ["{reorder: 1}", "do[0].reorder: Cannot gather 1 message: wanted 2 or more, this one counted"],
      ["{join: {within: 1s}}", "do[0].join: what to join needs the key 'count'"],
      ["{swap: {within: 0s}}", "do[0].swap.within: Cannot wait 0s: wanted more than 0"],
      ["{swap: 3}", "do[0].swap: found '3', wanted true, or nothing at all"],
      ["{drip: {bytes: 1}}", "do[0].drip: wanted bytes and every, as in {bytes: 1, every: 20ms}, or chunks and over"],
      [
        "{drip: {bytes: 1, every: 1s, chunks: 3}}",
        "do[0].drip: wanted bytes and every, as in {bytes: 1, every: 20ms}, or chunks and over",
      ],
      ["{drip: {chunks: 1, over: 1s}}", "do[0].drip: found one chunk, which takes no time, wanted 2 or more"],
      [
        "{split_at: middle}",
        "do[0].split_at: Cannot split at 'middle': wanted start, rest, end_block or a percentage such as 40%",
      ],
      [
        "{split_at: end_data}",
        "do[0].split_at: Cannot split at 'end_data': nothing is behind it, wanted start, rest, end_block or 40%",
      ],
      ["{split_at: 100%}", "do[0].split_at: Cannot split at '100%': one of the pieces would be empty"],
      [
        "{reply: {via: 'tcp://lab.example:0'}}",
        "do[0].reply.via: Cannot connect to 'tcp://lab.example:0': wanted a port above 0",
      ],
      ["{reply: {on: endpoint}}", "do[0].reply.on: on: endpoint needs via: ENDPOINT, where the reply goes"],
      [
        "{reply: {on: same, via: ':1'}}",
        "do[0].reply.on: on: same stays on the connection and via leaves it, wanted one of them",
      ],
      ["{reply: {mutate: [bmo]}}", "do[0].reply.mutate[0]: unknown mutation 'bmo', did you mean 'bom'?"],
    ]);
    assert.match(complaintOf("{reply: {as: ADR-A19}}"), /^do\[0\]\.reply\.as: Cannot read 'ADR-A19' as a message type/);
    // What is only a part of other steps can neither be written nor be meant.
    assert.match(complaintOf("aside"), /^do\[0\]: unknown step 'aside', wanted accept_delay, /);
    assert.doesNotMatch(complaintOf("xxxxxxxx"), /aside/);
    assert.match(complaintOf("{aside: 1}"), /^do\[0\]\.aside: unknown key 'aside'/);
    assert.match(complaintOf("{reply: {via: 2576}}"), /^do\[0\]\.reply\.via: Cannot read '2576' as an endpoint/);
  });

  test("the step enhanced refuses acknowledgements that are none, and ways that nothing takes", () => {
    check([
      ["{enhanced: {}}", "do[0].enhanced: wanted commit, application or both"],
      ["{enhanced: {commit: AA}}", "do[0].enhanced.commit: Cannot read 'AA': wanted CA, CE, CR or 'CA after 50ms'"],
      [
        "{enhanced: {application: CA after 1s}}",
        "do[0].enhanced.application: Cannot read 'CA after 1s': wanted AA, AE, AR or 'AA after 3s'",
      ],
      [
        "{enhanced: {commit: CA later}}",
        "do[0].enhanced.commit: Cannot read 'CA later': wanted CA, CE, CR or 'CA after 50ms'",
      ],
      [
        "{enhanced: {commit: CA, on: same}}",
        "do[0].enhanced: on and via are of the application acknowledgement, and there is none",
      ],
      [
        "{enhanced: {application: AA, order: reversed}}",
        "do[0].enhanced: order: reversed needs both acknowledgements, commit and application",
      ],
      [
        "{enhanced: {application: AA, on: new_connection}}",
        "do[0].enhanced: on: new_connection needs via: ENDPOINT, where the reply goes",
      ],
      [
        "{enhanced: {application: AA, order: backwards}}",
        "do[0].enhanced.order: unknown order 'backwards', wanted reversed",
      ],
    ]);
    assert.match(
      complaintOf("{enhanced: {commit: CA after soon}}"),
      /enhanced\.commit: Cannot read 'soon' as a duration/,
    );
  });

  test("the step send refuses places that lie behind one another the wrong way round", () => {
    const before = (place: string, at: string) =>
      `found ${place}: the reply was sent up to ${at} before, wanted a place behind that`;
    const over = (place: string) =>
      `found ${place}: the reply was sent up to end_data before, and nothing of it is left`;
    check([
      ["{send: rest}, {send: start}", `do[1]: ${before("start", "rest")}`],
      ["{send: {part: 50%}}, {delay: 1s}, {send: {part: 40%}}", `do[2]: ${before("40%", "50%")}`],
      ["{send: start}, {send: start}", `do[1]: ${before("start", "start")}`],
      ["{send: end_block}, {send: {part: 99%}}", `do[1]: ${before("99%", "end_block")}`],
      ["{send: end_data}, {drip: {bytes: 1, every: 1s}}", `do[1]: ${over("end_data")}`],
      ["{send: end_block}, {split_at: rest}", `do[1]: ${before("rest", "end_block")}`],
      ["{send: {part: 0%}}", "do[0].send: 0% of the reply is nothing, wanted more"],
      ["{send: end}", "do[0].send: unknown place 'end', did you mean 'end_block'?"],
    ]);
    for (
      const fine of [
        "{send: start}, {send: {part: 1%}}, {send: {part: 2%}}, {send: rest}, {send: end_block}, {send: end_data}",
        "{send: {part: 50%}}, reply",
        "reply, {send: start}",
      ]
    ) {
      assert.deepEqual(wrongOf(fine), [], fine);
    }
  });

  test("the steps hold, drop_reply and discard refuse each other and every answer", () => {
    check([
      ["hold, drop_reply", "do[1]: hold has said nothing already, wanted one of them"],
      ["discard, reply", "do[1]: discard says nothing and reply answers, wanted one of them"],
      ["{late: 1s}, drop_reply", "do[1]: drop_reply says nothing and reply answers, wanted one of them"],
      ["{drop_reply: 1}", "do[0]: drop_reply takes no value, wanted the bare word drop_reply"],
    ]);
  });
});
