import { PushwireError } from '../checks/errors';
import type { Position } from '../log/cursor';
import type { Message } from '../log/message';

/** A write to a log: messages, its end, or both. It is done whole, in one step, or not at all. */
export interface LogWrite {
  /** They get offsets in a row. Empty only for a write that ends the log. */
  readonly messages: readonly Message[];
  /** True to end the log after the messages. */
  readonly ends: boolean;
  /**
   * The write's idempotency key. A write with a key that the log remembers does nothing, whatever
   * it has, and is replied to as the first one was. `undefined` for none.
   */
  readonly key: string | undefined;
  /**
   * The position that must be that of the newest message. Offset 0 fits a log that has had none.
   * `undefined` for any.
   */
  readonly after: Position | undefined;
}

/** The place of the messages of a {@link LogWrite}. */
export interface LogWritten {
  readonly epoch: string;
  /** The offset before the first message. */
  readonly from: number;
  /** The offset of the last message, which is `from` where there is none. */
  readonly head: number;
  /** True if the log remembered the key, so that nothing was written. */
  readonly isRepeated: boolean;
}

/** Makes the error of a write to a log that has ended. */
export function channelEnded(channel: string): PushwireError {
  return new PushwireError('channel-ended', `The channel ${JSON.stringify(channel)} has ended.`);
}

/** Makes the error of a write whose `after` is not the newest message. */
export function headMoved(channel: string): PushwireError {
  return new PushwireError('head-moved', `The channel ${JSON.stringify(channel)} has another newest message.`);
}
