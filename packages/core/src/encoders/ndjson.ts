import type { Batch } from '../log/batch';
import type { Message } from '../log/message';
import { controls } from './control-events';
import type { TextualEncoder } from './encoder';
import { controlFrame, messageFrame } from './json-frame';

/**
 * Encodes newline-delimited JSON for curl, scripts and workers: one frame per line. A heartbeat is
 * an empty line.
 */
export const ndjsonEncoder: TextualEncoder = {
  name: 'ndjson',
  transport: 'ndjson',
  contentType: 'application/x-ndjson; charset=utf-8',
  heartbeat: '\n',
  open: (opening) => `${controlFrame(controls.open(opening))}\n`,
  batch({ gap, messages, cursors }: Batch): string {
    let text = gap ? `${controlFrame(controls.gap(gap))}\n` : '';
    for (let i = 0; i < messages.length; i++) text += `${messageFrame(messages[i] as Message, cursors[i])}\n`;
    return text;
  },
  message: (message, id) => `${messageFrame(message, id)}\n`,
  end: (cursor) => `${controlFrame(controls.end(cursor))}\n`,
  retry: (reason, retry) => `${controlFrame(controls.retry(reason, retry))}\n`,
  error: () => `${controlFrame(controls.error())}\n`,
};
