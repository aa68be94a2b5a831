/**
 * What a source of messages needs of a message, whether it has slots or not.
 *
 * This module performs no I/O.
 *
 * @module
 */
import type { Awaited } from "../hl7/ack_awaited.ts";
import type { MessageBuffer } from "./message_buffer.ts";

/** One message, made for any number; views are valid until the next call. */
export interface MessageShape {
  /** Whether it always has a control id. */
  readonly hasId: boolean;
  /** Whether it can ask for both acknowledgements, the accept and the application one. */
  readonly asksForBoth: boolean;
  /** What stands in MSH-10 as last rendered. */
  readonly controlId: Uint8Array;
  /** The acknowledgement that settles it as last rendered. */
  readonly awaited: Awaited;
  /** Message `k`, about `stay` (occasion.ts), made in `out` or in a buffer of its own. Does not throw. */
  render(k: number, epochMs: number, offsetMinutes: number, stay: number, out: MessageBuffer): Uint8Array;
}
