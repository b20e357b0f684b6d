import type { Batch, Gap } from '../log/batch';
import type { Message } from '../log/message';
import type { Outcome } from '../log/outcome';
import { outcomeFields } from './control-events';
import { messageFrame } from './json-frame';

/** The parts of a poll's answer that don't come from its batch. */
export interface PollAdvice {
  /** The cursor that the client sent, or that of the place from which several clients read on. */
  readonly from?: string | undefined;
  /** The cursor for the next poll. Defaults to the batch's cursor. */
  readonly cursor?: string;
  /** Milliseconds after which an interval poll should be repeated. No default. */
  readonly interval?: number | undefined;
}

/**
 * Encodes the answer to a poll: `{ "cursor", "messages", "from"?, "gap"?, "ended"?, "interval"? }`.
 * The last answer of a run has `outcome`, `code` and `reason` beside `ended`.
 */
export function pollBody({ cursor, gap, messages, cursors, ended, outcome }: Batch, advice: PollAdvice = {}): string {
  const frames = messages.map((message: Message, i) => messageFrame(message, cursors[i]));
  return pollText(advice.cursor ?? cursor, frames, { ...advice, gap, ended, outcome });
}

/** The parts of an answer's text beside its cursor and its messages. */
interface PollRest extends Pick<PollAdvice, 'from'> {
  readonly gap: Gap | undefined;
  readonly ended: boolean;
  readonly outcome?: Outcome | undefined;
  readonly interval?: number | undefined;
}

/** @param frames the messages as JSON text. */
export function pollText(cursor: string, frames: readonly string[], others: PollRest): string {
  const { from, gap, ended, outcome, interval } = others;
  const rest =
    (from === undefined ? '' : `,"from":${JSON.stringify(from)}`) +
    (gap ? `,"gap":${JSON.stringify(gap)}` : '') +
    (ended ? ',"ended":true' : '') +
    (outcome ? `,${JSON.stringify(outcomeFields(outcome)).slice(1, -1)}` : '') +
    (interval === undefined ? '' : `,"interval":${interval}`);
  return `{"cursor":${JSON.stringify(cursor)},"messages":[${frames.join(',')}]${rest}}`;
}
