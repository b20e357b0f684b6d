import { createHash } from 'node:crypto';
import { createHub } from '../../src/hub/hub';
import { haveSameKey, keyedTags, plainTag, rememberedTags } from '../../src/log/channel-tags';
import { connect } from '../kit/client';

const secret = 'sixteen letters.';

describe('plainTag', () => {
  it('makes the first six characters of the SHA-256 of a name', () => {
    expect(plainTag('news')).toBe(createHash('sha256').update('news').digest('base64url').slice(0, 6));
    expect(plainTag('news')).not.toBe(plainTag('olds'));
  });
});

describe('rememberedTags', () => {
  it('asks once for each of so many names, and forgets all of them for one more', () => {
    const asked: string[] = [];
    const tagOf = rememberedTags((name) => `tag of ${asked[asked.push(name) - 1]}`, 2);
    expect(['a', 'b', 'a', 'b'].map(tagOf)).toEqual(['tag of a', 'tag of b', 'tag of a', 'tag of b']);
    expect(asked).toEqual(['a', 'b']);
    expect(['c', 'a'].map(tagOf)).toEqual(['tag of c', 'tag of a']);
    expect(asked).toEqual(['a', 'b', 'c', 'a']);
  });
});

describe('keyedTags', () => {
  it('makes eight characters that depend on the name and the secret', () => {
    const [tagOf, again, other] = [keyedTags(secret), keyedTags(secret), keyedTags(`${secret}x`)];
    expect(tagOf('news')).toMatch(/^[\w-]{8}$/);
    expect(tagOf('news')).toBe(again('news'));
    expect(tagOf('news').slice(2)).not.toBe(tagOf('olds').slice(2));
    expect(tagOf('news').slice(2)).not.toBe(other('news').slice(2));
    expect(tagOf('news')).not.toContain(plainTag('news'));
  });

  it('begins all tags of one secret with the same characters', () => {
    const [tagOf, other] = [keyedTags(secret), keyedTags(`${secret}x`)];
    expect(haveSameKey(tagOf('news'), tagOf('olds'))).toBe(true);
    expect(haveSameKey(tagOf('news'), other('news'))).toBe(false);
    expect(haveSameKey(tagOf('news'), plainTag('news'))).toBe(false);
    expect(haveSameKey(plainTag('olds'), plainTag('news'))).toBe(true);
  });
});

describe('cursorSecret', () => {
  const names = ['user:482913', 'all'];

  /** The tags in the cursor that a client of several channels gets. */
  async function tagsFrom(cursorSecret?: string): Promise<string[]> {
    const hub = createHub({ ...(cursorSecret && { cursorSecret }) });
    const { events } = await connect(hub, names);
    const cursor = events()[0]?.id as string;
    await hub.close();
    return cursor.split('~').map((position) => position.split('.')[0] as string);
  }

  it('keeps guesses of channel names from being tested by a cursor', async () => {
    const guesses = names.map(plainTag);
    expect(await tagsFrom()).toEqual(guesses);
    const tags = await tagsFrom(secret);
    expect(tags).toEqual(names.map(keyedTags(secret)));
    for (const tag of tags) for (const guess of guesses) expect(tag).not.toContain(guess);
  });

  it('lets a client resume where all processes share it', async () => {
    const hub = createHub({ cursorSecret: secret });
    const first = await connect(hub, names);
    await hub.channel('all').publish('a');
    const next = await connect(hub, names, first.events()[0]?.id);
    expect(next.events().map(({ event }) => event)).toEqual(['pushwire:open', 'message']);
    expect(next.data()).toEqual(['a']);
  });

  it('tells a client of a gap if it has changed together with the logs', async () => {
    const first = await connect(createHub(), names);
    const hub = createHub({ cursorSecret: secret });
    await hub.channel('all').publish('a');
    const next = await connect(hub, names, first.events()[0]?.id);
    const [, gap] = next.events();
    expect(JSON.parse(gap?.data ?? '{}')).toMatchObject({ reason: 'foreign' });
    expect(next.data()).toEqual(['a']);
  });

  it.each([
    ['short', 'createHub option cursorSecret: expected a string of at least 16 characters, got one of 5'],
    [7, 'createHub option cursorSecret: expected a string of at least 16 characters, got the number 7'],
  ])('%j is refused, and an error never repeats a secret', (cursorSecret, sentence) => {
    expect(() => createHub({ cursorSecret: cursorSecret as string })).toThrow(new TypeError(sentence));
  });
});
