import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEndpoint } from "../../../lib/transport/endpoint.ts";
import { dialogueWith } from "../../../lib/link/dialogue.ts";

test("dialogueWith reads what an endpoint says of framing and strictness", () => {
  const cases = {
    ":1": {},
    ":1?framing=none": { framing: "none" },
    ":1?framing=hllp": { framing: "hllp" },
    "pty:/tmp/line?framing=x328": { framing: "x328" },
    ":1?strict": { profile: "strict" },
    ":1?strict=false": { profile: "tolerant" },
    "tls://a:1?insecure&allow=no-final-cr": { allow: ["no-final-cr"] },
    ":1?framing=mllp2&deny=no-final-cr,resync-on-start": {
      framing: "mllp2",
      deny: ["no-final-cr", "resync-on-start"],
    },
  };
  for (const [text, options] of Object.entries(cases)) {
    assert.deepEqual(dialogueWith(parseEndpoint(text)), options, text);
  }
});

test("dialogueWith refuses framings and rules that there are none of", () => {
  assert.throws(
    () => dialogueWith(parseEndpoint(":1?framing=astm")),
    /^RangeError: framing: Cannot read 'astm': wanted one of mllp, mllp2, hllp, x328, illp, none/,
  );
  assert.throws(
    () => dialogueWith(parseEndpoint(":1?allow=no-final-rc")),
    /^RangeError: allow: Cannot read 'no-final-rc': .*; did you mean no-final-cr\?$/,
  );
  assert.throws(
    () => dialogueWith(parseEndpoint(":1?deny=")),
    /^RangeError: deny: Cannot read '': wanted one of leading-bytes, /,
  );
});
