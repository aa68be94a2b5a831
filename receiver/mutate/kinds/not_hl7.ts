/**
 * The mutation `not_hl7`: something answers that is no HL7 receiver. A web server does not frame what it says, so `http`
 * takes the place of the whole frame; `html` and `text` stand in one, as from a gateway that passes on what it got.
 *
 * This module performs no I/O.
 *
 * @module
 */
import * as v from "valibot";
import { NO_BYTES, utf8 } from "../../../lib/bytes.ts";
import { word } from "../../scenario/form.ts";
import type { MutationKind } from "../parts.ts";

/** What is sent instead of HL7. */
export type Stranger = "http" | "html" | "text";

/** As written and as planned. */
export interface NotHl7 {
  readonly kind: "not_hl7";
  readonly what: Stranger;
}

const PAGE = "<html><head><title>400 Bad Request</title></head><body><h1>Bad Request</h1></body></html>\r\n";

const CONTENTS: Readonly<Record<Stranger, Uint8Array>> = {
  http: utf8(
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n" +
      `Content-Length: ${PAGE.length}\r\nConnection: close\r\n\r\n${PAGE}`,
  ),
  html: utf8(PAGE),
  text: utf8("Message received\r\n"),
};
const TOLD: Readonly<Record<Stranger, string>> = {
  http: "as an HTTP response without a frame",
  html: "with an HTML page for content",
  text: "with plain text for content",
};

/** Sends something else. */
export const notHl7: MutationKind<NotHl7> = {
  kind: "not_hl7",
  about: "sends an HTTP response instead of the frame, or an HTML page or plain text instead of its content",
  form: v.pipe(
    word("kind of content", ["http", "html", "text"]),
    v.transform((what: Stranger): NotHl7 => ({ kind: "not_hl7", what })),
  ),
  bare: null,
  adds: false,
  variant: ({ what }) => what,
  tell: ({ what }) => TOLD[what],
  plan: (spec) => spec,
  apply(parts, { what }) {
    const content = CONTENTS[what];
    return what === "http"
      ? { ...parts, start: NO_BYTES, content, endBlock: NO_BYTES, endData: NO_BYTES }
      : { ...parts, content };
  },
};
