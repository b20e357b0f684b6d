import type { Batch } from '../log/batch';
import { type Message, plainText } from '../log/message';
import { type ControlEvent, controls } from './control-events';
import type { Place, TextualEncoder } from './encoder';
import { encodeComment, linesOf } from './event-block';
import { controlFrame, messageFrame } from './json-frame';

/**
 * The id of a message that has none. A client keeps an id over the blocks that follow, and would
 * take it for the id of each of them.
 */
const noId = '';

/** Names and ids were checked when the message was made, so no message is checked here again. */
function encodeMessage(message: Message, id?: string, retry?: number): string {
  const body = plainText(message);
  // JSON text and base64 have no line breaks.
  const data = message.kind === 'text' ? linesOf('data: ', body) : `data: ${body}\n`;
  return `${fieldsBefore(message.event, id, retry)}${data}\n`;
}

function encodeControl({ event, id, retry, data }: ControlEvent): string {
  return `${fieldsBefore(event, id, retry)}data: ${JSON.stringify(data)}\n\n`;
}

export const encodeReconnection = (retry: number): string => `retry: ${retry}\n`;

/** Encodes the fields before a block's data. */
function fieldsBefore(event: string | undefined, id: string | undefined, retry: number | undefined): string {
  let fields = retry === undefined ? '' : `retry: ${retry}\n`;
  if (event !== undefined) fields += `event: ${event}\n`;
  if (id !== undefined) fields += `id: ${id}\n`;
  return fields;
}

/** Makes a comment for clients that hold back the first bytes. */
export function paddingComment({ padding }: Place): string {
  return padding > 0 ? encodeComment(' '.repeat(padding)) : '';
}

/** Makes what the openings at one place have in common, around the two mentions of `retry`. */
function openingsAt(place: Place): (retry: number) => string {
  const { event, id, data } = controls.open({ ...place, from: undefined, retry: 0 });
  const before = `${paddingComment(place)}retry: `;
  const between = `\n${fieldsBefore(event, id, undefined)}data: ${JSON.stringify(data).slice(0, -'0}'.length)}`;
  return (retry) => `${before}${retry}${between}${retry}}\n\n`;
}

/** Encodes Server-Sent Events for plain clients, such as EventSource (HTML Standard, 9.2). */
export const sseEncoder: TextualEncoder = {
  name: 'sse',
  transport: 'sse',
  contentType: 'text/event-stream; charset=utf-8',
  heartbeat: ':\n',

  // The block has data, since Firefox ignores the id of a block without data.
  open: (opening) => openingsAt(opening)(opening.retry),
  openingsAt,

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
  moved: (cursor) => encodeControl(controls.cursor(cursor)),
  end: (cursor, outcome) => encodeControl(controls.end(cursor, outcome)),
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
  open: (opening) => paddingComment(opening) + encodeControlFrame(controls.open(opening)),
  batch({ gap, messages, cursors }: Batch): string {
    let text = gap ? encodeControlFrame(controls.gap(gap)) : '';
    for (let i = 0; i < messages.length; i++) text += encodeMessageFrame(messages[i] as Message, cursors[i] ?? noId);
    return text;
  },
  message: encodeMessageFrame,
  // A client that knows frames ignores a message with the id of the one before it, and keeps its
  // cursor where the id is empty. An empty id of the block would take it from an EventSource.
  alone: (message) => frameBlock(messageFrame(message, noId), undefined, undefined),
  comment: encodeComment,
  reconnection: encodeReconnection,
  snapshot: (cursor) => encodeControlFrame(controls.snapshot(cursor)),
  moved: (cursor) => encodeControlFrame(controls.cursor(cursor)),
  end: (cursor, outcome) => encodeControlFrame(controls.end(cursor, outcome)),
  retry: (reason, retry) => encodeControlFrame(controls.retry(reason, retry)),
  error: () => encodeControlFrame(controls.error()),
};
