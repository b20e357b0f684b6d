import type { Message } from '@pushwire/core';
import { messageText, readMessageText } from '../../src/channels/message-json';

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('a message as text', () => {
  it.each<[string, Message, string]>([
    ['text', { kind: 'text', event: undefined, body: 'hi', size: 2 }, 't\nhi'],
    ['empty text', { kind: 'text', event: undefined, body: '', size: 0 }, 't\n'],
    ['text of lines', { kind: 'text', event: undefined, body: 'a\n\nb\r\n', size: 6 }, 't\na\n\nb\r\n'],
    ['text of several bytes a character', { kind: 'text', event: 'é', body: '€', size: 5 }, 'té\n€'],
    ['a value', { kind: 'json', event: 'price', body: '{"a":1}', size: 12 }, 'jprice\n{"a":1}'],
    ['bytes', { kind: 'binary', event: undefined, body: bytes(0, 255, 10), size: 3 }, 'b\nAP8K'],
    ['no bytes', { kind: 'binary', event: 'e', body: bytes(), size: 1 }, 'be\n'],
  ])('of %s is read back as it was', (_what, message, text) => {
    expect(messageText(message)).toBe(text);
    expect(readMessageText(text)).toEqual(message);
  });

  it.each(['', 'x\n', 't', 'text'])('refuses %j, which is none', (text) => {
    expect(() => readMessageText(text)).toThrow('is none');
  });
});
