import { type Check, checkOptions, integer } from '../checks/check-options';
import { misuse } from '../checks/errors';
import type { Gap } from '../log/batch';
import { encodeFrame, type FrameFields } from './frame-fields';
import { pollText } from './poll';

/** The answer to a poll. */
export interface PollFields {
  /** The cursor with which the client asks again. It must not contain CR, LF or NUL. */
  cursor: string;
  /** The messages, in their order. Defaults to none. */
  messages?: readonly FrameFields[];
  /** The cursor that came with the request. Absent if none has come. */
  from?: string | undefined;
  /** Messages that were lost after that cursor. Defaults to none. */
  gap?: Gap | undefined;
  /** True if nothing will ever follow. Defaults to false. */
  ended?: boolean;
  /** Milliseconds after which an interval poll should be repeated. Defaults to none. */
  interval?: number | undefined;
}

const aString: Check = (value) => (typeof value === 'string' ? undefined : 'a string');

const pollChecks = {
  cursor: aString,
  messages: ((value) => (Array.isArray(value) ? undefined : 'an array of messages')) satisfies Check,
  from: aString,
  gap: ((value) => (typeof value === 'object' && value !== null ? undefined : 'an object')) satisfies Check,
  ended: ((value) => (typeof value === 'boolean' ? undefined : 'true or false')) satisfies Check,
  interval: integer(0),
};

/**
 * Encodes the answer to a poll: `{ "cursor", "messages", "from"?, "gap"?, "ended"?, "interval"? }`.
 *
 * @throws TypeError for a property that does not fit, and for a message that cannot be sent.
 * @example
 * ```ts
 * import { encodePoll } from '@pushwire/core/encoders';
 *
 * console.log(encodePoll({ cursor: '7', messages: [{ id: '7', data: 'hi' }] }));
 * // {"cursor":"7","messages":[{"id":"7","data":"hi"}]}
 * ```
 */
export function encodePoll(fields: PollFields): string {
  const { cursor, messages = [], gap, ended = false, from, interval } = checkOptions('poll', fields, pollChecks);
  if (cursor === undefined) throw misuse('poll option cursor', 'a string', cursor);
  return pollText(cursor, messages.map(encodeFrame), { from, gap, ended, interval });
}
