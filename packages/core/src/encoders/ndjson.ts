import type { Batch } from '../log/batch';
import type { Message } from '../log/message';
import { type ControlEvent, controls } from './control-events';
import type { TextualEncoder } from './encoder';
import { controlFrame, messageFrame } from './json-frame';

/** Characters that end a line for some readers, such as Python's `splitlines()`. */
const lineEnds = /[\u0085\u2028\u2029]/g;

/** Encodes a frame as one line. JSON has these characters in its strings only. */
function line(frame: string): string {
  return `${frame.replace(lineEnds, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}

const control = (event: ControlEvent) => line(controlFrame(event));

/**
 * Encodes newline-delimited JSON for curl, scripts and workers: one frame per line. A heartbeat is
 * an empty line.
 */
export const ndjsonEncoder: TextualEncoder = {
  name: 'ndjson',
  transport: 'ndjson',
  contentType: 'application/x-ndjson; charset=utf-8',
  heartbeat: '\n',
  open: (opening) => control(controls.open(opening)),
  batch({ gap, messages, cursors }: Batch): string {
    let text = gap ? control(controls.gap(gap)) : '';
    for (let i = 0; i < messages.length; i++) text += line(messageFrame(messages[i] as Message, cursors[i]));
    return text;
  },
  message: (message, id) => line(messageFrame(message, id)),
  end: (cursor) => control(controls.end(cursor)),
  retry: (reason, retry) => control(controls.retry(reason, retry)),
  error: () => control(controls.error()),
};
