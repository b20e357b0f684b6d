import type { Message, Position } from '@pushwire/core/backplanes';
import { decodeCommand, sizeOf } from './command';
import { type Change, commandOverhead, goneOf, nothing } from './counts';
import { applied, judge, type StreamState, type Verdict } from './stream-state';

/** A command that was read: its verdict, and the changes of the count of all streams. */
export interface Taken {
  readonly verdict: Verdict;
  readonly changes: readonly Change[];
}

/** A stream as the commands in its log make it, from the first one on. */
export class Replay {
  #state: StreamState | undefined;
  #bytes = 0;
  /** The offsets of content that was refused. */
  readonly #refused = new Set<number>();

  /** `undefined` where there is no stream. It may have expired. */
  get state(): StreamState | undefined {
    return this.#state;
  }

  /** The bytes of the log, with {@link commandOverhead} for each command. */
  get bytes(): number {
    return this.#bytes;
  }

  /** True for the offset of content that is no part of the stream. */
  isRefused(offset: number): boolean {
    return this.#refused.has(offset);
  }

  /** @returns `undefined` for a message that is no command. */
  take(message: Message, position: Position): Taken | undefined {
    const command = decodeCommand(message);
    if (command === undefined) return undefined;
    const bytes = sizeOf(message.body);
    const verdict = judge(this.#state, command, bytes);
    const before = this.#count(-1);
    this.#bytes += message.size + commandOverhead;
    if (verdict.kind === 'accepted') this.#state = applied(this.#state, command, position, bytes);
    else if (bytes > 0) this.#refused.add(position.offset);
    return { verdict, changes: [before, this.#count(1)] };
  }

  /** The stream as it counts. A log without one is deleted, so that it counts nothing. */
  #count(sign: 1 | -1): Change {
    const state = this.#state;
    return state ? { gone: goneOf(state), streams: sign, bytes: sign * this.#bytes } : { gone: 0, ...nothing };
  }
}
