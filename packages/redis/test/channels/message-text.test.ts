import type { Message } from '@pushwire/core';
import { decodeMessage, encodeMessage } from '../../src/channels/message-text';

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('the text of a message in Redis', () => {
  it.each<[string, Message, string]>([
    ['text', { kind: 'text', event: undefined, body: 'hi', size: 2 }, 't\nhi'],
    ['empty text', { kind: 'text', event: undefined, body: '', size: 0 }, 't\n'],
    ['text with line breaks', { kind: 'text', event: undefined, body: 'a\n\nb\r\n', size: 6 }, 't\na\n\nb\r\n'],
    ['text with multibyte characters', { kind: 'text', event: 'é', body: '€', size: 5 }, 'té\n€'],
    ['JSON', { kind: 'json', event: 'price', body: '{"a":1}', size: 12 }, 'jprice\n{"a":1}'],
    ['bytes', { kind: 'binary', event: undefined, body: bytes(0, 255, 10), size: 3 }, 'b\nAP8K'],
    [
      'text for all but one',
      { kind: 'text', event: 'e', body: 'J a', size: 4, except: 'aB-_56789012' },
      'TaB-_56789012 e\nJ a',
    ],
    ['JSON for all but one', { kind: 'json', event: undefined, body: '1', size: 1, except: 'x' }, 'Jx \n1'],
    ['bytes for all but one', { kind: 'binary', event: 'a b', body: bytes(1), size: 4, except: 'x' }, 'Bx a b\nAQ=='],
    ['no bytes', { kind: 'binary', event: 'e', body: bytes(), size: 1 }, 'be\n'],
  ])('encodes and decodes %s', (_what, message, text) => {
    expect(encodeMessage(message)).toBe(text);
    expect(decodeMessage(text)).toEqual(message);
  });

  it.each(['', 'x\n', 't', 'text', 'Tabc\n', 'T \n', 'Xx \n'])('cannot be %j', (text) => {
    expect(() => decodeMessage(text)).toThrow('is not a message');
  });
});
