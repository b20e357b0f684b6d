import type { Batch } from '../log/batch';
import { checkOneLine, checkRetry, type Message, plainText } from '../log/message';
import { type ControlEvent, controls } from './control-events';
import type { Opening, TextualEncoder } from './encoder';

/** The fields of one block of an event stream (HTML Standard, 9.2.5 "Parsing an event stream"). */
export interface EventFields {
  /** Text of any number of lines. Line ends (CR, LF, CRLF) reach the client as LF: the format has no other way. */
  data?: string;
  event?: string;
  id?: string;
  /** Milliseconds, an integer from 0. */
  retry?: number;
  comment?: string;
}

const lineEnd = /\r\n|\r|\n/;

/**
 * One block of an event stream, with the blank line that ends it.
 *
 * @throws TypeError for an `event` or `id` with CR, LF or NUL and for a `retry` that is no integer from 0.
 */
export function encodeEvent({ data, event, id, retry, comment }: EventFields): string {
  if (event !== undefined) checkOneLine('event', event);
  if (id !== undefined) checkOneLine('id', id);
  if (retry !== undefined) checkRetry(retry);
  const remark = comment === undefined ? '' : lines(':', comment);
  const body = data === undefined ? '' : lines('data: ', data);
  return `${remark}${fieldsBefore(event, id, retry)}${body}\n`;
}

function lines(prefix: string, text: string): string {
  if (!text.includes('\n') && !text.includes('\r')) return `${prefix}${text}\n`;
  return `${text
    .split(lineEnd)
    .map((line) => prefix + line)
    .join('\n')}\n`;
}

/** Event names and ids were checked where they came from, so that nothing needs checking for each message here. */
function encodeMessage(message: Message, id?: string, retry?: number): string {
  const body = plainText(message);
  // JSON text and base64 hold no line ends.
  const data = message.kind === 'text' ? lines('data: ', body) : `data: ${body}\n`;
  return `${fieldsBefore(message.event, id, retry)}${data}\n`;
}

function encodeControl({ event, id, retry, data }: ControlEvent): string {
  return `${fieldsBefore(event, id, retry)}data: ${JSON.stringify(data)}\n\n`;
}

/** The fields of a block that stand before its data. */
export function fieldsBefore(event: string | undefined, id: string | undefined, retry: number | undefined): string {
  let fields = retry === undefined ? '' : `retry: ${retry}\n`;
  if (event !== undefined) fields += `event: ${event}\n`;
  if (id !== undefined) fields += `id: ${id}\n`;
  return fields;
}

/** A comment, for clients that hold back the first bytes. */
export function fillingOf({ padding }: Opening): string {
  return padding > 0 ? `:${' '.repeat(padding)}\n\n` : '';
}

/** Server-Sent Events for any client that knows the HTML Standard's event stream. */
export const sseEncoder: TextualEncoder = {
  name: 'sse',
  transport: 'sse',
  contentType: 'text/event-stream; charset=utf-8',
  heartbeat: ':\n\n',

  open(opening: Opening): string {
    // The id stands in a block with data, since Firefox ignores it in one without.
    return fillingOf(opening) + encodeControl(controls.open(opening));
  },

  batch({ gap, messages, cursors }: Batch): string {
    let text = gap ? encodeControl(controls.gap(gap)) : '';
    for (let i = 0; i < messages.length; i++) {
      text += encodeMessage(messages[i] as Message, cursors[i]);
    }
    return text;
  },

  message: encodeMessage,

  end: (cursor) => encodeControl(controls.end(cursor)),
  retry: (reason, retry) => encodeControl(controls.retry(reason, retry)),
  error: () => encodeControl(controls.error()),
};
