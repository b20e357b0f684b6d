import { misuse } from '../checks/errors';
import { checkOneLine, checkRetry } from '../log/message';

/** The fields of one block of an event stream (HTML Standard, 9.2.5). */
export interface EventFields {
  /** The text, of any number of lines. All line breaks (CR, LF, CRLF) reach the client as LF. */
  data?: string | undefined;
  /** The event's name. It must not contain CR, LF or NUL. */
  event?: string | undefined;
  /** The id. It must not contain CR, LF or NUL. */
  id?: string | undefined;
  /** Milliseconds that the client waits before it reconnects, as an integer. */
  retry?: number | undefined;
  /** A text that clients ignore, of any number of lines. */
  comment?: string | undefined;
}

/** The spelling of an event stream. */
export interface EventSpelling {
  /** False leaves out the space after a field's colon, which clients drop. Defaults to true. */
  space?: boolean;
}

const lineEnd = /\r\n|\r|\n/;

/** Puts a prefix before each line of a text. */
export function linesOf(prefix: string, text: string): string {
  if (!text.includes('\n') && !text.includes('\r')) return `${prefix}${text}\n`;
  return `${text
    .split(lineEnd)
    .map((line) => prefix + line)
    .join('\n')}\n`;
}

/**
 * Encodes one field, in as many lines as its text has. A client drops one space at the beginning of
 * a value, so a value that begins with a space always follows another one.
 */
export function encodeField(name: string, text: string, space: boolean): string {
  if (space) return linesOf(`${name}: `, text);
  const spaced = text.replace(/(^|[\r\n])(?= )/g, '$1 ');
  return linesOf(`${name}:`, spaced);
}

/**
 * Encodes a comment, which clients ignore. No blank line follows, since some clients take a block
 * without fields for an empty message.
 *
 * @param text one line or several, each of which becomes a comment line.
 * @throws TypeError for text that is no string.
 * @example
 * ```ts
 * import { encodeComment } from '@pushwire/core/encoders';
 *
 * console.log(JSON.stringify(encodeComment(' warming up'))); // ": warming up\n"
 * ```
 */
export function encodeComment(text: string): string {
  return linesOf(':', checkText('comment', text));
}

/**
 * Encodes one block of an event stream, with its fields in the order of the object's properties. A
 * blank line ends it, except after a comment or a `retry` alone, which take effect without one.
 *
 * @throws TypeError for an unknown field, for `data` or a `comment` that is no string, for an
 * `event` or `id` with CR, LF or NUL, and for a `retry` that is no integer from 0 to 2147483647.
 * @example
 * ```ts
 * import { encodeEvent } from '@pushwire/core/encoders';
 *
 * const block = encodeEvent({ event: 'tick', id: '7', data: 'two\nlines' });
 * console.log(JSON.stringify(block));
 * // "event: tick\nid: 7\ndata: two\ndata: lines\n\n"
 * ```
 */
export function encodeEvent(fields: EventFields, { space = true }: EventSpelling = {}): string {
  let text = '';
  let isBlock = false;
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (value === undefined) continue;
    if (name === 'comment') text += encodeComment(value as string);
    else text += encodeField(name, checkedField(name, value), space);
    if (name !== 'comment' && name !== 'retry') isBlock = true;
  }
  return isBlock ? `${text}\n` : text;
}

/** @throws TypeError for a value that the field cannot have, and for an unknown field. */
function checkedField(name: string, value: unknown): string {
  if (name === 'data') return checkText(name, value);
  if (name === 'retry') checkRetry(value);
  else if (name === 'event' || name === 'id') checkOneLine(name, value);
  else throw misuse('event field', 'data, event, id, retry or comment', name);
  return String(value);
}

function checkText(name: string, value: unknown): string {
  if (typeof value !== 'string') throw misuse(name, 'a string', value);
  return value;
}
