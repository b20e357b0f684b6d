import type { Batch } from '../log/batch';
import type { Message } from '../log/message';
import { type ControlEvent, controls } from './control-events';
import type { TextualEncoder } from './encoder';
import { controlFrame, messageFrame } from './json-frame';
import { fieldsBefore, paddingBlock, sseEncoder } from './sse';

const encodeMessage = (message: Message, id?: string, retry?: number) => block(messageFrame(message), id, retry);
const encodeControl = ({ id, ...event }: ControlEvent) => block(controlFrame(event), id, event.retry);

/**
 * The id stays a field of the block, so that an EventSource reconnects with it. The frame needs no
 * escaping, since JSON text has no line breaks.
 */
function block(frame: string, id: string | undefined, retry: number | undefined): string {
  return `${fieldsBefore(undefined, id, retry)}data: ${frame}\n\n`;
}

/** Encodes Server-Sent Events for `pushwire.v1` clients: the data of each block is a JSON frame. */
export const sseFramesEncoder: TextualEncoder = {
  name: 'sse pushwire.v1',
  transport: 'sse',
  contentType: sseEncoder.contentType,
  heartbeat: sseEncoder.heartbeat,
  open: (opening) => paddingBlock(opening) + encodeControl(controls.open(opening)),
  batch({ gap, messages, cursors }: Batch): string {
    let text = gap ? encodeControl(controls.gap(gap)) : '';
    for (let i = 0; i < messages.length; i++) text += encodeMessage(messages[i] as Message, cursors[i]);
    return text;
  },
  message: encodeMessage,
  end: (cursor) => encodeControl(controls.end(cursor)),
  retry: (reason, retry) => encodeControl(controls.retry(reason, retry)),
  error: () => encodeControl(controls.error()),
};
