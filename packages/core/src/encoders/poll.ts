import type { Batch } from '../log/batch';
import type { Message } from '../log/message';
import { messageFrame } from './json-frame';

/** What the answer to a poll says besides its messages. */
export interface PollAdvice {
  /** The cursor to come back with, where it is not the batch's own. */
  readonly cursor?: string;
  /** Milliseconds after which an interval poll should come back. */
  readonly interval?: number;
}

/** The body of a poll's answer: JSON, `{ "cursor", "messages", "gap"?, "ended"?, "interval"? }`. */
export function pollBody({ cursor, gap, messages, cursors, ended }: Batch, advice: PollAdvice = {}): string {
  const frames = messages.map((message: Message, i) => messageFrame(message, cursors[i])).join(',');
  const rest =
    (gap ? `,"gap":${JSON.stringify(gap)}` : '') +
    (ended ? ',"ended":true' : '') +
    (advice.interval === undefined ? '' : `,"interval":${advice.interval}`);
  return `{"cursor":${JSON.stringify(advice.cursor ?? cursor)},"messages":[${frames}]${rest}}`;
}
