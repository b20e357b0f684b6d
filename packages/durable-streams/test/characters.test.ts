import { endsInCharacter } from '../src/protocol/characters';
import type { Content } from '../src/protocol/command';

const bytes = (...values: readonly number[]) => Uint8Array.from(values);

const table: readonly (readonly [string, readonly Content[], boolean])[] = [
  ['nothing', [], false],
  ['a text', ['é'], false],
  ['the first of two bytes', [bytes(0x61, 0xc3)], true],
  ['both', [bytes(0xc3, 0xa9)], false],
  ['both in two appends', [bytes(0xc3), bytes(0xa9)], false],
  ['two of three bytes', [bytes(0xe2, 0x82)], true],
  ['three of four bytes in three appends', [bytes(0xf0), bytes(0x9f), bytes(0x98)], true],
  ['four bytes in four appends', [bytes(0xf0), bytes(0x9f), bytes(0x98), bytes(0x80)], false],
  ['continuation bytes alone', [bytes(0x80, 0x80, 0x80, 0x80, 0x80)], false],
  ['bytes that begin no character', [bytes(0xff)], false],
  ['a text after half a character', [bytes(0xc3), 'a'], false],
];

it.each(table)('%s', (_name, contents, expected) => {
  expect(endsInCharacter(contents)).toBe(expected);
});
