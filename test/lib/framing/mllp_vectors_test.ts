import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../../lib/bytes.ts";
import { MLLP_RULES, MllpFramer, type MllpOptions } from "../../../lib/framing/mllp.ts";
import { readVectors, vectorTests } from "../../vectors.ts";

const following = { frame: utf8("\x0bT\r\x1c\r"), payload: utf8("T\r") };
const make = (options?: MllpOptions) => new MllpFramer(options);

vectorTests("MllpFramer", "mllp.json", make, following);
vectorTests("MllpFramer", "mllp2.json", make, following);

test("mllp.json has each rule in both profiles, allowed and denied", () => {
  const names = new Set(readVectors("mllp.json").map((vector) => vector.name));
  for (const { name } of MLLP_RULES) {
    for (const how of ["tolerant", "strict", "tolerant but denied", "strict but allowed"]) {
      assert.ok(names.has(`${name}, ${how}`), `${name}, ${how}`);
    }
  }
});

test("mllp.json names each vector once", () => {
  const names = readVectors("mllp.json").map((vector) => vector.name);
  assert.equal(new Set(names).size, names.length);
});
