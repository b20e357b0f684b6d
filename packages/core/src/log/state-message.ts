import { misuse } from '../checks/errors';
import { toJson } from './json-text';
import { type Message, ownText } from './message';

const maxLength = 255;
const forbidden = /\p{Surrogate}/u;

/**
 * @param subject its name in an error message, such as `id` for that of a member.
 * @throws TypeError for a key that no state may have.
 */
export function checkKey(key: unknown, subject = 'key'): asserts key is string {
  if (typeof key === 'string' && key !== '' && key.length <= maxLength && !forbidden.test(key)) return;
  throw misuse(subject, `a string of 1 to ${maxLength} characters without lone surrogates`, key);
}

/**
 * Makes the message that gives a key a value.
 *
 * @param subject the value's name in an error message, such as `data` for that of a member.
 * @throws TypeError for a value that JSON cannot hold, and for bytes.
 */
export function valueMessage(key: string, value: unknown, subject = 'value'): Message {
  return messageOf(key, toJson(value, subject));
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
