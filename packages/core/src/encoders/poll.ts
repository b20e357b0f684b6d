import type { Batch } from '../log/batch';
import type { Message } from '../log/message';
import { messageFrame } from './json-frame';

/** The parts of a poll's answer that don't come from its batch. */
export interface PollAdvice {
  /** The cursor that the client sent, or that of the place from which several clients read on. */
  readonly from?: string | undefined;
  /** The cursor for the next poll. Defaults to the batch's cursor. */
  readonly cursor?: string;
  /** Milliseconds after which an interval poll should be repeated. No default. */
  readonly interval?: number;
}

/**
 * Encodes the answer to a poll: `{ "cursor", "messages", "from"?, "gap"?, "ended"?, "interval"? }`.
 */
export function pollBody({ cursor, gap, messages, cursors, ended }: Batch, advice: PollAdvice = {}): string {
  const frames = messages.map((message: Message, i) => messageFrame(message, cursors[i])).join(',');
  const rest =
    (advice.from === undefined ? '' : `,"from":${JSON.stringify(advice.from)}`) +
    (gap ? `,"gap":${JSON.stringify(gap)}` : '') +
    (ended ? ',"ended":true' : '') +
    (advice.interval === undefined ? '' : `,"interval":${advice.interval}`);
  return `{"cursor":${JSON.stringify(advice.cursor ?? cursor)},"messages":[${frames}]${rest}}`;
}
