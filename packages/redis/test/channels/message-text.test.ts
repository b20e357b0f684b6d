import type { Message } from '@pushwire/core';
import { decodeMessage, encodeMessage, keyOf } from '../../src/channels/message-text';

const bytes = (...values: number[]) => Uint8Array.from(values);

const value = (key: string, body: string) => ({ kind: 'json' as const, event: undefined, body, key });

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
    ['a value', { kind: 'json', event: undefined, body: '[1]', size: 7, key: '€ ' }, '=2 € j\n[1]'],
    ['a value of a key that looks like one', { ...value('=1 a\n', '2'), size: 6 }, '=5 =1 a\nj\n2'],
    ['a value with an event', { ...value('a', '2'), event: 'e', size: 3 }, '=1 aje\n2'],
    ['a deletion', { ...value('-a\n', 'null'), size: 3, isDeletion: true }, '--a\n'],
    [
      'the deletion of a long key',
      { ...value('é'.repeat(255), 'null'), size: 510, isDeletion: true },
      `-${'é'.repeat(255)}`,
    ],
    ['no bytes', { kind: 'binary', event: 'e', body: bytes(), size: 1 }, 'be\n'],
  ])('encodes and decodes %s', (_what, message, text) => {
    expect(encodeMessage(message)).toBe(text);
    expect(decodeMessage(text)).toEqual(message);
  });

  it.each([
    ['=5 =1 a\nj\n2', '=1 a\n'],
    ['=1 aj\n[1]', 'a'],
    ['--a', '-a'],
  ])('has a key where it is of a state: %j', (text, key) => {
    expect(keyOf(text)).toBe(key);
  });

  it.each(['', 'x\n', 't', 'text', 'Tabc\n', 'T \n', 'Xx \n', '=', '=1 a', '=2 aj\n1', '= aj\n1'])(
    'cannot be %j',
    (text) => {
      expect(() => decodeMessage(text)).toThrow('is not a message');
    },
  );
});
