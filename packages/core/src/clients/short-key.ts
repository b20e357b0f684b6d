import { createHash } from 'node:crypto';
import { ownText } from '../log/message';

/** The most characters of a key that is kept as it is. */
const maxKeyLength = 64;

/**
 * Returns a key that takes up little memory, since the keys of many clients are kept after their
 * requests. A key may be a long header, such as a token, or a piece of one.
 */
export function shortKey(key: string): string {
  return key.length > maxKeyLength ? createHash('sha256').update(key).digest('base64url') : ownText(key);
}
