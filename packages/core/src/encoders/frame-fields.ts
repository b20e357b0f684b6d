import { misuse } from '../checks/errors';
import { checkOneLine, createMessage } from '../log/message';
import { messageFrame } from './json-frame';
import { escapeLineEnds } from './ndjson';

/** A message for transports that carry JSON. */
export interface FrameFields {
  /** A string stays a string, bytes become base64, and any other value is sent as JSON. */
  data: unknown;
  /** The event's name, without CR, LF or NUL. Defaults to none, which means `message`. */
  event?: string | undefined;
  /** The cursor after the message. It must not contain CR, LF or NUL. Defaults to none. */
  id?: string | undefined;
}

/**
 * Encodes a message as a frame: `{ "id"?, "event"?, "data", "encoding"? }`.
 *
 * @throws TypeError for fields that cannot be sent.
 * @example
 * ```ts
 * import { encodeFrame } from '@pushwire/core/encoders';
 *
 * console.log(encodeFrame({ event: 'tick', data: { n: 1 } })); // {"event":"tick","data":{"n":1}}
 * ```
 */
export function encodeFrame(fields: FrameFields): string {
  if (typeof fields !== 'object' || fields === null || !('data' in fields)) {
    throw misuse('frame', 'an object with data', fields);
  }
  const { data, event, id } = fields;
  if (event !== undefined) checkOneLine('event', event);
  if (id !== undefined) checkOneLine('id', id);
  return messageFrame({ ...createMessage(data), event }, id);
}

/** @throws TypeError for bytes, and for a value that JSON cannot hold. */
export function jsonOf(value: unknown): string {
  const message = createMessage(value);
  if (message.kind === 'binary') throw misuse('value', 'a value that JSON can hold', value);
  return message.kind === 'json' ? message.body : JSON.stringify(message.body);
}

/**
 * Encodes a message as a line of ndjson: a frame, in which U+0085, U+2028 and U+2029 are escaped,
 * since some readers end a line at them. An empty line is a heartbeat.
 *
 * @throws TypeError as `encodeFrame()`.
 * @example
 * ```ts
 * import { encodeLine } from '@pushwire/core/encoders';
 *
 * console.log(JSON.stringify(encodeLine({ id: '7', data: 'hi' }))); // "{\"id\":\"7\",\"data\":\"hi\"}\n"
 * ```
 */
export function encodeLine(fields: FrameFields): string {
  return escapeLineEnds(`${encodeFrame(fields)}\n`);
}
