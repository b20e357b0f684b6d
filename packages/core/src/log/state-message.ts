import { misuse } from '../checks/errors';
import { toJson } from './json-text';
import { type Message, ownText } from './message';

const maxLength = 255;
const forbidden = /\p{Surrogate}/u;

/** @throws TypeError for a key that no state may have. */
export function checkKey(key: unknown): asserts key is string {
  if (typeof key === 'string' && key !== '' && key.length <= maxLength && !forbidden.test(key)) return;
  throw misuse('key', `a string of 1 to ${maxLength} characters without lone surrogates`, key);
}

/**
 * Makes the message that gives a key a value.
 *
 * @throws TypeError for a value that JSON cannot hold.
 */
export function valueMessage(key: string, value: unknown): Message {
  return messageOf(key, toJson(value, 'value'));
}

/** Makes the message of a value that is JSON text already. */
export function messageOf(key: string, body: string): Message {
  const own = ownText(key);
  return { kind: 'json', body, event: undefined, size: Buffer.byteLength(body) + Buffer.byteLength(own), key: own };
}

/** Makes the message that deletes a key. */
export function deletionMessage(key: string): Message {
  const own = ownText(key);
  return { kind: 'json', body: 'null', event: undefined, size: Buffer.byteLength(own), key: own, isDeletion: true };
}
