/**
 * HL7 v2 over its lower-layer protocols: framers, links, transports and a client.
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
export { drawHexWindow, hex, type HexWindow, latin1, samePayload, utf8 } from "./lib/bytes.ts";
export {
  type ErrorCode,
  type FramingCode,
  FramingError,
  isRefusal,
  type LinkCode,
  LinkError,
  MllpError,
  type ReplyCode,
  ReplyError,
  type TransportCode,
  TransportError,
} from "./lib/errors.ts";
export { type Clock, systemClock, type Timer, VirtualClock } from "./lib/clock.ts";
export {
  describeFault,
  type FrameEvent,
  type FrameFault,
  type Framer,
  type FrameReceived,
  type FrameSink,
  type FrameWarning,
  type NoiseReceived,
} from "./lib/framing/framer.ts";
export { MllpFramer, type MllpOptions } from "./lib/framing/mllp.ts";
export type { MllpDecodeOptions } from "./lib/framing/mllp_decode.ts";
export type { MllpEncodeOptions } from "./lib/framing/mllp_encode.ts";
export {
  MLLP_RULES,
  type MllpProfile,
  type MllpRule,
  type MllpRuleInfo,
  type MllpRuleOptions,
} from "./lib/framing/rules.ts";
export { UnframedFramer } from "./lib/framing/none.ts";
export * from "./lib/link/link.ts";
export { MllpLink } from "./lib/link/mllp.ts";
export { Mllp2Link, type Mllp2Options } from "./lib/link/mllp2.ts";
export {
  type HllpBlockReceived,
  type HllpEvent,
  type HllpFault,
  HllpFramer,
  type HllpFramerOptions,
  type HllpSink,
} from "./lib/framing/hllp.ts";
export {
  HLLP_NAK_CODES,
  HLLP_VERSIONS,
  type HllpKind,
  type HllpNakCode,
  type HllpVersion,
} from "./lib/framing/hllp_block.ts";
export type { IllpFramerOptions } from "./lib/framing/illp.ts";
export { HllpLink } from "./lib/link/hllp.ts";
export { HLLP_FAULTS, type HllpFaultName } from "./lib/link/hllp_faults.ts";
export type { HllpOptions } from "./lib/link/hllp_options.ts";
export { IllpLink } from "./lib/link/illp.ts";
export { X328Link } from "./lib/link/x328.ts";
export { X328_FAULTS, type X328FaultName } from "./lib/link/x328_fault.ts";
export type { X328Phase } from "./lib/link/x328_line.ts";
export type { X328Options } from "./lib/link/x328_options.ts";
export { type Framing, FRAMINGS, linkMaker, type LinkOptions } from "./lib/link/make.ts";
export { type AckOptions, buildAck } from "./lib/hl7/ack.ts";
export type { ErrorEntry } from "./lib/hl7/ack_error.ts";
export { type AckCode, ackMeaning } from "./lib/hl7/ack_code.ts";
export { decodeAck, type DecodedAck, type DecodedError } from "./lib/hl7/ack_decode.ts";
export { type AckCondition, type AcksDue, acksDue } from "./lib/hl7/ack_mode.ts";
export { type FieldPath, parsePath, type PathParts } from "./lib/hl7/path.ts";
export { readSeparators, type Separators } from "./lib/hl7/separators.ts";
export { sampleAdt, type SampleOptions } from "./lib/hl7/sample.ts";
export { type FileMessage, splitMessages, type SplitOptions, type SplitResult } from "./lib/hl7/split.ts";
export { type Endpoint, formatEndpoint, parseEndpoint } from "./lib/transport/endpoint.ts";
export type { Listener, Transport, TransportInfo } from "./lib/transport/transport.ts";
export { connect, type ConnectOptions, listen, type ListenOptions } from "./lib/transport/open.ts";
export type {
  HandshakeTreating,
  HandshakeTreatment,
  HeldHandshakes,
  TreatedHandshake,
} from "./lib/transport/handshake.ts";
export type { AcceptFailure } from "./lib/transport/serve.ts";
export type { TlsClientOptions, TlsServerOptions } from "./lib/transport/tls_options.ts";
export { memoryPair, type MemoryTransport } from "./lib/transport/memory.ts";
export * from "./lib/session.ts";
export * from "./lib/outcome.ts";
export { Client, type ClientOptions } from "./lib/client.ts";
export type { Exchange, ExchangeWarning } from "./lib/exchange.ts";
