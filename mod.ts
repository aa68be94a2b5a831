/**
 * HL7 v2 over its lower-layer protocols: framers, links, transports, a client and a receiver.
 *
 * The same pieces that the `mllp` program is made of. A {@linkcode Framer} turns bytes into frames
 * and back, a {@linkcode Link} speaks a dialogue over it with time as an argument, a
 * {@linkcode Transport} is a byte stream of the operating system, a {@linkcode Session} pumps one
 * through the other, and a {@linkcode Client} sends a message and waits for its own acknowledgement.
 *
 * @example Send a message and look at what came back
 * ```ts
 * import { buildAck, Client, connect, linkMaker, listen, parseEndpoint, sampleAdt, Session } from "./mod.ts";
 * import assert from "node:assert/strict";
 *
 * const makeLink = linkMaker({ framing: "mllp" });
 * const listener = await listen(parseEndpoint("127.0.0.1:0"), {}, (transport) => {
 *   const session: Session = new Session(transport, makeLink(), {
 *     event(event) {
 *       if (event.type !== "message") return;
 *       session.send(buildAck(event.payload, { code: "AA", controlId: "R1", at: new Date() }));
 *     },
 *     closed() {},
 *   });
 * });
 *
 * const client = new Client({ connect: () => connect(listener.endpoint), link: makeLink });
 * const exchange = await client.send(sampleAdt({ controlId: "MSG1", at: new Date() }));
 * assert.equal(exchange.outcome, "accepted");
 * assert.equal(exchange.code, "AA");
 *
 * await client.close();
 * await listener.close();
 * ```
 *
 * @module
 */
export * from "./lib/bytes.ts";
export * from "./lib/errors.ts";
export { type Clock, systemClock, type Timer, VirtualClock } from "./lib/clock.ts";
export * from "./lib/framing/framer.ts";
export { MllpFramer, type MllpOptions } from "./lib/framing/mllp.ts";
export * from "./lib/framing/rules.ts";
export { UnframedFramer } from "./lib/framing/none.ts";
export * from "./lib/link/link.ts";
export { MllpLink } from "./lib/link/mllp.ts";
export { Mllp2Link, type Mllp2Options } from "./lib/link/mllp2.ts";
export { type Framing, FRAMINGS, linkMaker, type LinkOptions } from "./lib/link/make.ts";
export { type AckOptions, buildAck } from "./lib/hl7/ack.ts";
export { type AckCode, ackMeaning } from "./lib/hl7/ack_code.ts";
export { decodeAck, type DecodedAck, type DecodedError } from "./lib/hl7/ack_decode.ts";
export { type AckCondition, type AcksDue, acksDue } from "./lib/hl7/ack_mode.ts";
export { type FieldPath, parsePath } from "./lib/hl7/path.ts";
export { readSeparators, type Separators } from "./lib/hl7/separators.ts";
export { sampleAdt } from "./lib/hl7/sample.ts";
export { type FileMessage, splitMessages, type SplitOptions, type SplitResult } from "./lib/hl7/split.ts";
export * from "./lib/transport/endpoint.ts";
export * from "./lib/transport/transport.ts";
export { connect, listen } from "./lib/transport/open.ts";
export { memoryPair, type MemoryTransport } from "./lib/transport/memory.ts";
export * from "./lib/session.ts";
export * from "./lib/outcome.ts";
export { Client, type ClientOptions } from "./lib/client.ts";
export type { Exchange, ExchangeWarning } from "./lib/exchange.ts";
