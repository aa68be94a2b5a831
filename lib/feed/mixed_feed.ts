/**
 * The source of messages that are more than plain templates in turn: groups in proportions, each in its
 * order, about patients and their stays. Message `k` is looked up, never counted up to, so that it can be made
 * again, by this process or another.
 *
 * This module performs no I/O.
 *
 * @module
 */
import { NO_BYTES } from "../bytes.ts";
import type { Awaited } from "../hl7/ack_awaited.ts";
import { LocalOffset } from "../load/local_offset.ts";
import type { MessageSource } from "../load/message_source.ts";
import { draw } from "../random.ts";
import { type LaneKey, NO_KEY } from "./lane_key.ts";
import { MessageBuffer } from "./message_buffer.ts";
import type { MessageShape } from "./message_shape.ts";
import { Mix } from "./mix.ts";
import type { Story } from "./story.ts";
import type { Turn } from "./turn.ts";

/** A message of a group. */
export interface GroupMember {
  readonly shape: MessageShape;
  /** What decides its lane; null for nothing. */
  readonly lane: LaneKey | null;
}

/** Messages that come in an order of their own. */
export interface MessageGroup {
  readonly members: readonly GroupMember[];
  readonly turn: Turn;
  readonly weight: number;
}

/** What a mixed feed is made of. */
export interface MixedFeedOptions {
  readonly groups: readonly MessageGroup[];
  readonly seed: number;
  /** The group whose story says who is in hospital: the messages of all others are about them. */
  readonly story?: { readonly group: number; readonly of: Story };
  /** Whether messages with the same key stay in order. */
  readonly keepOrder: boolean;
}

/**
 * A source of mixed messages.
 *
 * @example
 * ```ts
 * import { MixedFeed } from "./mixed_feed.ts";
 * import { InTurn } from "./turn.ts";
 * import { PlainMessage } from "../load/plain_message.ts";
 * import { latin1, utf8 } from "../bytes.ts";
 * import assert from "node:assert/strict";
 *
 * const group = (type: string, weight: number) => {
 *   const bytes = utf8(`MSH|^~\\&|A|B|C|D|||${type}|X|P|2.5\r`);
 *   return { members: [{ shape: new PlainMessage(bytes, { seed: 7 }), lane: null }], turn: new InTurn(1), weight };
 * };
 * const feed = new MixedFeed({ groups: [group("ADT^A01", 3), group("ORU^R01", 1)], seed: 7, keepOrder: false });
 * const messages = [0, 1, 2, 3].map((k) => latin1(feed.render(k, 0)));
 * assert.equal(messages.filter((message) => message.includes("ORU^R01")).length, 1);
 * ```
 */
export class MixedFeed implements MessageSource {
  readonly size: number;
  readonly hasIds: boolean;
  readonly asksForBoth: boolean;
  controlId: Uint8Array = NO_BYTES;
  awaited: Awaited = "application";
  readonly laneOf?: (k: number) => number;
  readonly #groups: readonly MessageGroup[];
  readonly #mix: Mix;
  readonly #seed: number;
  readonly #story: Story | null;
  readonly #storyGroup: number;
  readonly #storyBefore: Uint32Array;
  readonly #offset = new LocalOffset();
  readonly #buffer = new MessageBuffer();

  /** Throws a `RangeError` for groups without messages, or proportions that cannot be. */
  constructor(options: MixedFeedOptions) {
    const { groups, seed, story } = options;
    if (groups.length === 0 || groups.some(({ members }) => members.length === 0)) {
      throw new RangeError("Cannot send no message: wanted at least one in each group");
    }
    this.#groups = groups;
    this.#seed = seed;
    const mix = new Mix(groups.map(({ weight }) => weight), seed);
    this.#mix = mix;
    this.#story = story?.of ?? null;
    this.#storyGroup = story?.group ?? -1;
    this.#storyBefore = mix.placesBefore(this.#storyGroup);
    this.size = Math.max(...groups.map(({ turn }, g) => Math.ceil(turn.size / mix.counts[g]) * mix.period));
    const shapes = groups.flatMap(({ members }) => members.map(({ shape }) => shape));
    this.hasIds = shapes.every(({ hasId }) => hasId);
    this.asksForBoth = shapes.some(({ asksForBoth }) => asksForBoth);
    if (options.keepOrder) this.laneOf = (k) => this.#laneOf(k);
  }

  /** Message `k` as of `epochMs`, milliseconds since 1970; a view, valid until the next call. */
  render(k: number, epochMs: number): Uint8Array {
    const g = this.#mix.groupOf(k);
    const j = this.#mix.ordinalOf(k);
    const { members, turn } = this.#groups[g];
    const { shape } = members[turn.member(j)];
    const bytes = shape.render(k, epochMs, this.#offset.at(epochMs), this.#stay(k, g, j), this.#buffer);
    this.controlId = shape.controlId;
    this.awaited = shape.awaited;
    return bytes;
  }

  /** A number for each member of each group. */
  *kinds(): Generator<number> {
    for (const [g, { members, turn }] of this.#groups.entries()) {
      const seen = new Set<number>();
      for (let j = 0; j < turn.size && seen.size < members.length; j++) {
        const member = turn.member(j);
        if (seen.has(member)) continue;
        seen.add(member);
        yield this.#mix.numberOf(g, j);
      }
    }
  }

  #stay(k: number, g: number, j: number): number {
    const story = this.#story;
    if (story === null || g === this.#storyGroup) return this.#groups[g].turn.stay(j);
    const { period, counts } = this.#mix;
    const told = Math.floor(k / period) * counts[this.#storyGroup] + this.#storyBefore[k % period];
    return story.stayAt(told, draw(this.#seed, "stay", "", k));
  }

  #laneOf(k: number): number {
    const g = this.#mix.groupOf(k);
    const j = this.#mix.ordinalOf(k);
    const { members, turn } = this.#groups[g];
    const hash = members[turn.member(j)].lane?.hash(k, this.#stay(k, g, j)) ?? NO_KEY;
    return hash === NO_KEY ? k : hash;
  }
}
