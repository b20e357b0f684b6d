import type { Content } from './command';

/** A character has at most so many bytes in UTF-8. */
const mostBytes = 4;

/**
 * True if contents end within a character of UTF-8, so that the next content has to follow them
 * before they are text. Bytes that are no UTF-8 never wait for more than three others.
 */
export function endsInCharacter(contents: readonly Content[]): boolean {
  let bytes = 0;
  for (let at = contents.length - 1; at >= 0; at--) {
    const content = contents[at] as Content;
    // A content that is text ends with a whole character.
    if (typeof content === 'string') return false;
    for (let index = content.byteLength - 1; index >= 0; index--) {
      const byte = content[index] as number;
      if (++bytes === mostBytes) return false;
      if (!isContinuation(byte)) return lengthFrom(byte) > bytes;
    }
  }
  return false;
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

/** The length of the character that a byte begins. Bytes that begin none stand alone. */
function lengthFrom(byte: number): number {
  if (byte < 0xc2 || byte > 0xf4) return 1;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : mostBytes;
}
