import assert from "node:assert/strict";
import { test } from "node:test";
import { MllpFramer } from "../../../lib/framing/mllp.ts";
import { MLLP_RULES, type MllpRule, mllpRuleSet } from "../../../lib/framing/rules.ts";

test("MLLP_RULES are those of protocols.md section 1", () => {
  assert.deepEqual(MLLP_RULES.map((rule) => `${rule.name} ${rule.code}`), [
    "leading-bytes invalid_header",
    "lf-after-frame invalid_header",
    "nul-after-frame invalid_header",
    "space-after-frame invalid_header",
    "no-final-cr invalid_boundary",
    "eb-without-cr invalid_trailer",
    "empty-frame invalid_content",
    "sb-inside unexpected_start",
    "oversize frame_too_large",
    "end-on-eb invalid_trailer",
    "resync-on-start unexpected_start",
    "missing-start invalid_header",
  ]);
});

test("MLLP_RULES has three opt-ins, allowed in neither profile", () => {
  const optIns = MLLP_RULES.filter((rule) => !rule.tolerant && !rule.strict).map((rule) => rule.name);
  assert.deepEqual(optIns, ["end-on-eb", "resync-on-start", "missing-start"]);
});

test("mllpRuleSet takes the profile, then what is allowed and denied by name", () => {
  const chosen = mllpRuleSet({ profile: "strict", allow: ["no-final-cr"], deny: ["sb-inside"] });
  const allowed = MLLP_RULES.filter((rule) => chosen[rule.name]).map((rule) => rule.name);
  assert.deepEqual(allowed, ["no-final-cr"]);
});

test("mllpRuleSet is tolerant if not told otherwise", () => {
  assert.deepEqual(mllpRuleSet(), mllpRuleSet({ profile: "tolerant" }));
});

test("MllpFramer refuses a rule that is unknown, one both allowed and denied, and an unknown profile", () => {
  const typo = "no-final-lf" as MllpRule;
  const message = /the rule 'no-final-lf': expected one of leading-bytes, /;
  assert.throws(() => new MllpFramer({ allow: [typo] }), { name: "RangeError", message });
  assert.throws(() => new MllpFramer({ deny: [typo] }), { name: "RangeError", message });
  assert.throws(() => new MllpFramer({ deny: ["constructor" as MllpRule] }), RangeError);
  assert.throws(() => new MllpFramer({ allow: ["oversize"], deny: ["oversize"] }), {
    name: "RangeError",
    message: /both allow and deny the rule 'oversize'/,
  });
  assert.throws(() => new MllpFramer({ profile: "lax" as "strict" }), { name: "RangeError", message: /'lax'/ });
});
