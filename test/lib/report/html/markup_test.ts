import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { embeddedJson, embeddedText, escapeHtml, markup, table } from "../../../../lib/report/html/markup.ts";

test("escapeHtml leaves nothing that begins markup or ends an attribute", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.doesNotMatch(escapeHtml(text), /[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
    }),
    { seed: 1 },
  );
});

test("escapeHtml shows controls, and what turns the direction of writing, as escapes", () => {
  assert.equal(escapeHtml("a\rb\u001b[2J\u202ec"), "a\\rb\\x1b[2J\\u202ec");
});

test("markup inserts markup as it is, text escaped, lists joined and null as nothing", () => {
  const bold = markup`<b>${"<i>"}</b>`;
  assert.equal(
    markup`${bold}|${[bold, "&", 3]}|${null}|${""}|${0}`.text,
    "<b>&lt;i&gt;</b>|<b>&lt;i&gt;</b>&amp;3|||0",
  );
});

test("embeddedJson is read back as it was, and never holds a <", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const { text } = embeddedJson(value);
      assert.ok(!text.includes("<"));
      assert.equal(JSON.stringify(JSON.parse(text)), JSON.stringify(value));
    }),
    { seed: 1 },
  );
  assert.equal(embeddedJson("</script><!--").text, '"\\u003c/script>\\u003c!--"');
});

test("embeddedText refuses what would end its element, and says where", () => {
  for (const text of ["</script>", "</SCRIPT ", "</style>", "<!-- x"]) {
    assert.throws(() => embeddedText(`0123${text}`), {
      name: "TypeError",
      message: `Cannot put a text into the page: found ${/<(\/\w+|!--)/.exec(text)![0]} at 4, wanted none`,
    });
  }
});

test("table has a scope at every head, and marks its figures", () => {
  const { text } = table("Answers", [{ head: "code" }, { head: "count", figures: true }], [["A<", 7], ["AE", "8"]]);
  assert.match(text, /<caption>Answers<\/caption>/);
  assert.match(text, /<th scope="col">code<\/th><th scope="col" class="n">count<\/th>/);
  assert.match(text, /<tr><th scope="row">A&lt;<\/th><td class="n">7<\/td><\/tr>/);
});
