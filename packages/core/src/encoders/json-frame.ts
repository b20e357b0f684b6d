import type { Message } from '../log/message';
import { keyFields, plainText } from '../log/message';
import type { ControlEvent } from './control-events';

/**
 * Encodes a message for all JSON transports: `{ "id"?, "event"?, "data", "encoding"? }`. A string
 * stays a string, and a value stays a value. Bytes become base64, with `"encoding": "base64"`. A
 * message of a state is `{ "id"?, "key", "data" }`, or `{ "id"?, "key", "deleted": true }`.
 */
export function messageFrame(message: Message, id?: string): string {
  let frame = id === undefined ? '{' : `{"id":${JSON.stringify(id)},`;
  if (message.event !== undefined) frame += `"event":${JSON.stringify(message.event)},`;
  if (message.key !== undefined) return `${frame}${keyFields(message)}}`;
  const body = plainText(message);
  // A JSON body is already JSON text.
  frame += `"data":${message.kind === 'json' ? body : JSON.stringify(body)}`;
  return message.kind === 'binary' ? `${frame},"encoding":"base64"}` : `${frame}}`;
}

/** Encodes an event of the protocol in the form of a message. */
export function controlFrame({ id, event, data }: ControlEvent): string {
  return JSON.stringify({ ...(id !== undefined && { id }), event, data });
}
