import type { Batch } from '../log/batch';
import type { Message } from '../log/message';
import { type ControlEvent, controls } from './control-events';
import type { TextualEncoder } from './encoder';
import { controlFrame, messageFrame } from './json-frame';
import { fieldsBefore, fillingOf, sseEncoder } from './sse';

const message = (given: Message, id?: string, retry?: number) => block(messageFrame(given), id, retry);
const control = ({ id, ...event }: ControlEvent) => block(controlFrame(event), id, event.retry);

/** The id stays a field of the block, so that an EventSource comes back with it; JSON text holds no line ends. */
function block(frame: string, id: string | undefined, retry: number | undefined): string {
  return `${fieldsBefore(undefined, id, retry)}data: ${frame}\n\n`;
}

/** Server-Sent Events for clients that speak `pushwire.v1`: the data of each block is one frame of JSON. */
export const sseFramesEncoder: TextualEncoder = {
  name: 'sse pushwire.v1',
  transport: 'sse',
  contentType: sseEncoder.contentType,
  heartbeat: sseEncoder.heartbeat,
  open: (opening) => fillingOf(opening) + control(controls.open(opening)),
  batch({ gap, messages, cursors }: Batch): string {
    let text = gap ? control(controls.gap(gap)) : '';
    for (let i = 0; i < messages.length; i++) text += message(messages[i] as Message, cursors[i]);
    return text;
  },
  message,
  end: (cursor) => control(controls.end(cursor)),
  retry: (reason, retry) => control(controls.retry(reason, retry)),
  error: () => control(controls.error()),
};
