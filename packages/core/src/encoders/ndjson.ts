import type { Batch } from '../log/batch';
import type { Message } from '../log/message';
import { type ControlEvent, controls } from './control-events';
import type { TextualEncoder } from './encoder';
import { controlFrame, messageFrame } from './json-frame';

/** Characters that end a line for some readers, such as Python's `splitlines()`. */
const lineEnds = ['\u0085', '\u2028', '\u2029'];

/** Escapes line ends in lines of JSON, which has them in its strings only. Few lines have any. */
export function escapeLineEnds(lines: string): string {
  if (!lineEnds.some((character) => lines.includes(character))) return lines;
  const escapeOne = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return lines.replace(/[\u0085\u2028\u2029]/g, escapeOne);
}

const control = (event: ControlEvent) => escapeLineEnds(`${controlFrame(event)}\n`);

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
    for (let i = 0; i < messages.length; i++) text += `${messageFrame(messages[i] as Message, cursors[i])}\n`;
    return escapeLineEnds(text);
  },
  message: (message, id) => escapeLineEnds(`${messageFrame(message, id)}\n`),
  snapshot: (cursor) => control(controls.snapshot(cursor)),
  moved: (cursor) => control(controls.cursor(cursor)),
  end: (cursor, outcome) => control(controls.end(cursor, outcome)),
  retry: (reason, retry) => control(controls.retry(reason, retry)),
  error: () => control(controls.error()),
};
