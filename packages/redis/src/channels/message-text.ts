import type { Message } from '@pushwire/core';

// A message in Redis is text: a letter for its kind, the event name, a line feed and the body.
// Event names contain no line feed. A capital letter is followed by the name of the connection that
// does not get the message, and a space.
//
// A value of a state follows `=`, the length of its key, a space and the key. A deletion is `-` and
// the key. Scripts make it too.

const letters = { text: 't', json: 'j', binary: 'b' } as const;
const kinds: Readonly<Record<string, Message['kind']>> = { t: 'text', j: 'json', b: 'binary' };

export function encodeMessage(message: Message): string {
  const { key, isDeletion } = message;
  if (key === undefined) return encodeBody(message);
  return isDeletion ? `-${key}` : `=${key.length} ${key}${encodeBody(message)}`;
}

function encodeBody(message: Message): string {
  const body = message.kind === 'binary' ? Buffer.from(message.body).toString('base64') : message.body;
  const letter = letters[message.kind];
  const start = message.except === undefined ? letter : `${letter.toUpperCase()}${message.except} `;
  return `${start}${message.event ?? ''}\n${body}`;
}

const keyPattern = /^=(\d{1,3}) /;
const exceptPattern = /^[TJB]([\w-]{1,64}) /;

/** @throws {Error} for text that {@link encodeMessage} never returns. */
export function decodeMessage(text: string): Message {
  if (text.startsWith('-')) return deletionOf(text.slice(1));
  const [head, length] = keyPattern.exec(text) ?? [];
  if (head === undefined) return decodeBody(text);
  const end = head.length + Number(length);
  const [key, value] = [text.slice(head.length, end), decodeBody(text.slice(end))];
  return { ...value, size: value.size + Buffer.byteLength(key), key };
}

/** Returns the key of the text of a message of a state. */
export function keyOf(text: string): string {
  const [head = '-', length] = keyPattern.exec(text) ?? [];
  return text.slice(head.length, length === undefined ? undefined : head.length + Number(length));
}

const deletionOf = (key: string): Message => {
  return { kind: 'json', body: 'null', event: undefined, size: Buffer.byteLength(key), key, isDeletion: true };
};

function decodeBody(text: string): Message {
  const [start, except] = exceptPattern.exec(text) ?? [];
  if (start === undefined || except === undefined) return decodeForAll(text);
  return { ...decodeForAll(text.charAt(0).toLowerCase() + text.slice(start.length)), except };
}

function decodeForAll(text: string): Message {
  const kind = kinds[text.charAt(0)];
  const end = text.indexOf('\n');
  if (kind === undefined || end < 0) throw new Error('Text in Redis is not a message of Pushwire');
  const event = text.slice(1, end) || undefined;
  const nameSize = event === undefined ? 0 : Buffer.byteLength(event);
  const body = text.slice(end + 1);
  if (kind !== 'binary') return { kind, event, body, size: Buffer.byteLength(body) + nameSize };
  const bytes = new Uint8Array(Buffer.from(body, 'base64'));
  return { kind, event, body: bytes, size: bytes.byteLength + nameSize };
}
