import { isPromise, misuse, notAsync } from '../checks/errors';
import type { SourceMessage } from '../delivery/source-message';
import { pollBody } from '../encoders/poll';
import { isBytes, toJson } from '../log/json-text';
import { checkSize, createMessage, type Message } from '../log/message';
import { checkId } from '../log/outgoing-message';
import type { PollAnswer } from '../transports/poll-options';

/** One message of a poll's answer. A string or bytes stand for a message of them alone. */
export type AnswerMessage = Omit<SourceMessage, 'retry'> | string | ArrayBuffer | ArrayBufferView;

/** The parts of an answer by hand, after their checks. */
export interface CheckedAnswer {
  readonly messages: readonly Message[];
  readonly ids: readonly (string | undefined)[];
}

const wanted = 'a string, bytes, or an object with data';

/**
 * Checks the messages of an answer: one, an array of them, or none.
 *
 * @throws TypeError for a value that cannot be sent.
 * @throws PushwireError `message-too-large`.
 */
export function checkAnswer(given: unknown, maxBytes: number): CheckedAnswer {
  const items = given === undefined ? [] : Array.isArray(given) ? given : [given];
  const [messages, ids]: [Message[], (string | undefined)[]] = [[], []];
  for (const item of items) {
    const { data, event, id, retry } = fieldsOf(item);
    if (id !== undefined) checkId(id);
    if (retry !== undefined) throw misuse('message retry', 'none, since the option interval tells a client', retry);
    const message = createMessage(data, event);
    checkSize(message, maxBytes);
    messages.push(message);
    ids.push(id);
  }
  return { messages, ids };
}

function fieldsOf(item: unknown): SourceMessage {
  if (typeof item === 'string' || isBytes(item)) return { data: item };
  const isMessage = typeof item === 'object' && item !== null && 'data' in item && !isPromise(item);
  if (!isMessage) throw misuse('answer message', wanted, item);
  return item as SourceMessage;
}

/** The parts of an answer that don't come from its messages. */
export interface AnswerAdvice {
  /** The cursor that the client sent. */
  readonly from: string | undefined;
  /** The cursor for its next poll. */
  readonly cursor: string;
  readonly ended: boolean;
  readonly interval: number | undefined;
  readonly envelope: ((answer: PollAnswer) => unknown) | undefined;
  /** The media type that the app has chosen, for which a text of `envelope` needs no encoding. */
  readonly contentType: string | undefined;
}

/** Encodes an answer as JSON text, or as the app's own. */
export function answerBody(
  { messages, ids }: CheckedAnswer,
  { from, cursor, ended, interval, envelope, contentType }: AnswerAdvice,
): string {
  const batch = { messages, cursors: ids, positions: [], cursor, more: false, ended };
  const body = pollBody(batch, { from, ...(interval !== undefined && { interval }) });
  if (!envelope) return body;
  const value = notAsync('envelope', 'a function that is not async', envelope(JSON.parse(body)));
  return contentType !== undefined && typeof value === 'string' ? value : toJson(value, 'envelope');
}
