import type { Batch } from '../log/batch';
import { checkOneLine, checkRetry, type Message, plainText } from '../log/message';
import { type ControlEvent, controls } from './control-events';
import type { Opening, TextualEncoder } from './encoder';
import { controlFrame, messageFrame } from './json-frame';

/** The fields of one block of an event stream (HTML Standard, 9.2.5). */
export interface EventFields {
  /** The text, of any number of lines. All line breaks (CR, LF, CRLF) reach the client as LF. */
  data?: string;
  /** The event's name. It must not contain CR, LF or NUL. */
  event?: string;
  /** The id. It must not contain CR, LF or NUL. */
  id?: string;
  /** Milliseconds that the client waits before it reconnects, as an integer. */
  retry?: number;
  /** A text that clients ignore, of any number of lines. */
  comment?: string;
}

/**
 * The id of a message that has none. A client keeps an id over the blocks that follow, and would
 * take it for the id of each of them.
 */
const noId = '';

const lineEnd = /\r\n|\r|\n/;

/**
 * Encodes one block of an event stream, with the blank line at its end.
 *
 * @throws TypeError for an `event` or `id` with CR, LF or NUL, and for a `retry` that is no integer
 * from 0 to 2147483647.
 * @example
 * ```ts
 * import { encodeEvent } from '@pushwire/core';
 *
 * const block = encodeEvent({ event: 'tick', id: '7', data: 'two\nlines' });
 * console.log(JSON.stringify(block));
 * // "event: tick\nid: 7\ndata: two\ndata: lines\n\n"
 * ```
 */
export function encodeEvent({ data, event, id, retry, comment }: EventFields): string {
  if (event !== undefined) checkOneLine('event', event);
  if (id !== undefined) checkOneLine('id', id);
  if (retry !== undefined) checkRetry(retry);
  const ignored = comment === undefined ? '' : lines(':', comment);
  const body = data === undefined ? '' : lines('data: ', data);
  return `${ignored}${fieldsBefore(event, id, retry)}${body}\n`;
}

function lines(prefix: string, text: string): string {
  if (!text.includes('\n') && !text.includes('\r')) return `${prefix}${text}\n`;
  return `${text
    .split(lineEnd)
    .map((line) => prefix + line)
    .join('\n')}\n`;
}

/** Names and ids were checked when the message was made, so no message is checked here again. */
function encodeMessage(message: Message, id?: string, retry?: number): string {
  const body = plainText(message);
  // JSON text and base64 have no line breaks.
  const data = message.kind === 'text' ? lines('data: ', body) : `data: ${body}\n`;
  return `${fieldsBefore(message.event, id, retry)}${data}\n`;
}

function encodeControl({ event, id, retry, data }: ControlEvent): string {
  return `${fieldsBefore(event, id, retry)}data: ${JSON.stringify(data)}\n\n`;
}

/** No blank line follows, since some clients take a block without fields for an empty message. */
const encodeComment = (text: string): string => lines(':', text);

const encodeReconnection = (retry: number): string => `retry: ${retry}\n`;

/** Encodes the fields before a block's data. */
function fieldsBefore(event: string | undefined, id: string | undefined, retry: number | undefined): string {
  let fields = retry === undefined ? '' : `retry: ${retry}\n`;
  if (event !== undefined) fields += `event: ${event}\n`;
  if (id !== undefined) fields += `id: ${id}\n`;
  return fields;
}

/** Makes a comment for clients that hold back the first bytes. */
function paddingBlock({ padding }: Opening): string {
  return padding > 0 ? `:${' '.repeat(padding)}\n` : '';
}

/** Encodes Server-Sent Events for plain clients, such as EventSource (HTML Standard, 9.2). */
export const sseEncoder: TextualEncoder = {
  name: 'sse',
  transport: 'sse',
  contentType: 'text/event-stream; charset=utf-8',
  heartbeat: ':\n',

  open(opening: Opening): string {
    // The block has data, since Firefox ignores the id of a block without data.
    const { from, ...known } = opening;
    return paddingBlock(opening) + encodeControl(controls.open(known));
  },

  batch({ gap, messages, cursors }: Batch): string {
    let text = gap ? encodeControl(controls.gap(gap)) : '';
    for (let i = 0; i < messages.length; i++) {
      text += encodeMessage(messages[i] as Message, cursors[i] ?? noId);
    }
    return text;
  },

  message: encodeMessage,
  comment: encodeComment,
  reconnection: encodeReconnection,

  snapshot: (cursor) => encodeControl(controls.snapshot(cursor)),
  end: (cursor) => encodeControl(controls.end(cursor)),
  retry: (reason, retry) => encodeControl(controls.retry(reason, retry)),
  error: () => encodeControl(controls.error()),
};

const encodeMessageFrame = (message: Message, id?: string, retry?: number) =>
  frameBlock(messageFrame(message), id, retry);

const encodeControlFrame = ({ id, ...event }: ControlEvent) => frameBlock(controlFrame(event), id, event.retry);

/**
 * The id stays a field of the block, so that an EventSource reconnects with it. The frame needs no
 * escaping, since JSON text has no line breaks.
 */
function frameBlock(frame: string, id: string | undefined, retry: number | undefined): string {
  return `${fieldsBefore(undefined, id, retry)}data: ${frame}\n\n`;
}

/** Encodes Server-Sent Events for `pushwire.v1` clients: the data of each block is a JSON frame. */
export const sseFramesEncoder: TextualEncoder = {
  name: 'sse pushwire.v1',
  transport: 'sse',
  contentType: sseEncoder.contentType,
  heartbeat: sseEncoder.heartbeat,
  open: (opening) => paddingBlock(opening) + encodeControlFrame(controls.open(opening)),
  batch({ gap, messages, cursors }: Batch): string {
    let text = gap ? encodeControlFrame(controls.gap(gap)) : '';
    for (let i = 0; i < messages.length; i++) text += encodeMessageFrame(messages[i] as Message, cursors[i] ?? noId);
    return text;
  },
  message: encodeMessageFrame,
  comment: encodeComment,
  reconnection: encodeReconnection,
  snapshot: (cursor) => encodeControlFrame(controls.snapshot(cursor)),
  end: (cursor) => encodeControlFrame(controls.end(cursor)),
  retry: (reason, retry) => encodeControlFrame(controls.retry(reason, retry)),
  error: () => encodeControlFrame(controls.error()),
};
