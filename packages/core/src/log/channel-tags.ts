import { createHash, createHmac } from 'node:crypto';
import { describe } from '../checks/errors';

/** Makes the short name of a channel in a cursor over several channels. */
export type TagOf = (channel: string) => string;

const hashLength = 6;
/** Characters in front of a keyed tag, which tell tags of different secrets apart. */
const keyNameLength = 2;

/** A text that is no channel's name, since those have no control characters. */
const notAName = '\0';

/**
 * Makes the short name of a channel in a cursor over several channels. Two channels may have the
 * same one. Their epochs still differ, so the client may see a gap, but never loses messages
 * without being told.
 *
 * Anyone who sees the tag can test guesses of the name, a million in a second. See
 * {@link keyedTags}.
 */
export const plainTag: TagOf = (channel) =>
  createHash('sha256').update(channel).digest('base64url').slice(0, hashLength);

/** Makes tags that tell nothing of the channels' names to anyone without the secret. */
export function keyedTags(secret: string): TagOf {
  const hash = (text: string) => createHmac('sha256', secret).update(text).digest('base64url');
  const keyName = hash(notAName).slice(0, keyNameLength);
  return (channel) => keyName + hash(channel).slice(0, hashLength);
}

/**
 * Remembers the tags of the first `max` channels, and then begins anew. Each poll of a channel that
 * nobody holds asks for its tag, and a hash takes longer than the rest of such a poll's reading.
 */
export function rememberedTags(tagOf: TagOf, max = 100): TagOf {
  const known = new Map<string, string>();
  return (channel) => {
    let tag = known.get(channel);
    if (tag === undefined) {
      tag = tagOf(channel);
      if (known.size >= max) known.clear();
      known.set(channel, tag);
    }
    return tag;
  };
}

/** True if two tags may come from the same secret, or both from none. */
export function haveSameKey(tag: string, other: string): boolean {
  if (tag.length !== other.length) return false;
  return tag.length === hashLength || tag.slice(0, keyNameLength) === other.slice(0, keyNameLength);
}

const minSecretLength = 16;

/** @throws TypeError for a secret that does not fit, without repeating it. */
export function checkCursorSecret(secret: unknown): undefined {
  if (typeof secret === 'string' && secret.length >= minSecretLength) return;
  const got = typeof secret === 'string' ? `one of ${secret.length}` : describe(secret);
  const wanted = `a string of at least ${minSecretLength} characters`;
  throw new TypeError(`createHub option cursorSecret: expected ${wanted}, got ${got}`);
}
