import { FakeClock } from '@pushwire/core/testing';
import type { Announcement } from '../../src/channels/pubsub-message';
import { Copy, mostEarly } from '../../src/channels/log-copy';
import type { Page } from '../../src/channels/log-page';

const limits = { count: 100, bytes: Number.POSITIVE_INFINITY, age: Number.POSITIVE_INFINITY };

function setUp() {
  const clock = new FakeClock();
  const copy = new Copy(clock, limits);
  /** What the copy holds: its epoch, and the text of each message by its offset. */
  const held = () => {
    const { log } = copy;
    if (log === undefined) return undefined;
    const texts = Array.from({ length: log.count }, (_, i) => log.at(log.floor + 1 + i));
    return [log.epoch, log.floor, ...texts.map(({ message }) => message.body)];
  };
  return { clock, copy, held };
}

const message = (offset: number, epoch = 'one'): Announcement => {
  return { kind: 'message', epoch, offset, text: `t\n${offset}` };
};

/** A page of the messages after one offset, up to another. */
function page(after: number, to: number, more: Partial<Page> = {}): Page {
  const entries = Array.from({ length: Math.max(0, to - after) }, (_, i) => {
    const offset = after + 1 + i;
    return { offset, time: 1_000_000, text: `t\n${offset}` };
  });
  return { epoch: 'one', head: to, ended: false, now: 1_000_000, after, entries, ...more };
}

const read = (copy: Copy, ...pages: [Page, ...Page[]]) => {
  for (const one of pages) copy.take(one);
  copy.finish(pages.at(-1) as Page);
};

describe('a copy', () => {
  it('holds what was read, and then what is announced', () => {
    const { copy, held } = setUp();
    expect(copy.log).toBeUndefined();
    read(copy, page(0, 2));
    expect(copy.hear(message(3))).toBe('appended');
    expect(held()).toEqual(['one', 0, '1', '2', '3']);
  });

  it('begins where what is kept begins', () => {
    const { copy, held } = setUp();
    read(copy, page(7, 9));
    expect(held()).toEqual(['one', 7, '8', '9']);
  });

  it('knows the age of what it reads by the server’s clock', () => {
    const { clock, copy } = setUp();
    read(copy, { ...page(0, 1), now: 1_000_000 + 5000 });
    expect(copy.log?.at(1).time).toBe(clock.now() - 5000);
  });

  it('takes what was announced while it was read, each once', () => {
    const { copy, held } = setUp();
    for (const offset of [2, 3, 4]) expect(copy.hear(message(offset))).toBe('hole');
    read(copy, page(0, 3));
    expect(held()).toEqual(['one', 0, '1', '2', '3', '4']);
    expect([copy.misses, copy.hear(message(4))]).toEqual([false, 'nothing']);
  });

  it('notices a hole, and is whole when that was read', () => {
    const { copy, held } = setUp();
    read(copy, page(0, 1));
    expect(copy.hear(message(4))).toBe('hole');
    expect(copy.misses).toBe(true);
    read(copy, page(1, 3));
    expect(held()).toEqual(['one', 0, '1', '2', '3', '4']);
  });

  it('begins anew behind what cannot be read any more, so that those before it find a gap', () => {
    const { copy, held } = setUp();
    read(copy, page(0, 2));
    read(copy, page(5, 6));
    expect(held()).toEqual(['one', 5, '6']);
    expect(copy.log?.resume({ epoch: 'one', offset: 2 })).toEqual({ offset: 5, gap: 'evicted' });
  });

  it('begins anew behind a hole inside of a page, and at a head of which nothing is kept', () => {
    const { copy, held } = setUp();
    const [first, , third] = page(0, 3).entries as [Page['entries'][0], unknown, Page['entries'][0]];
    read(copy, { ...page(0, 3), entries: [first, third] });
    expect(held()).toEqual(['one', 2, '3']);
    read(copy, { ...page(3, 3), head: 9 });
    expect(held()).toEqual(['one', 9]);
  });

  it('notices another message at an offset that it has, and none where it is the same', () => {
    const { copy, held } = setUp();
    read(copy, page(5, 8));
    expect([6, 7, 8].map((offset) => copy.hear(message(offset)))).toEqual(['nothing', 'nothing', 'nothing']);
    expect(copy.hear({ kind: 'message', epoch: 'one', offset: 7, text: 't\nanother' })).toBe('conflict');
    // What is gone cannot be compared.
    expect(copy.hear({ kind: 'message', epoch: 'one', offset: 5, text: 't\nanother' })).toBe('nothing');
    expect(held()).toEqual(['one', 5, '6', '7', '8']);
  });

  it('follows a log into its next life', () => {
    const { copy, held } = setUp();
    read(copy, page(0, 3));
    expect(copy.hear({ kind: 'life', epoch: 'two', offset: 0 })).toBe('hole');
    expect(copy.hear(message(1, 'two'))).toBe('hole');
    read(copy, { ...page(0, 0), epoch: 'two' });
    expect(held()).toEqual(['two', 0, '1']);
    expect(copy.hear({ kind: 'life', epoch: 'two', offset: 0 })).toBe('nothing');
  });

  it('forgets what was announced of a life that is over', () => {
    const { copy, held } = setUp();
    read(copy, { ...page(0, 1), epoch: 'two' });
    expect(copy.hear(message(9, 'one'))).toBe('hole');
    read(copy, { ...page(1, 1), epoch: 'two' });
    expect(copy.misses).toBe(true);
    copy.forgetEarly();
    expect([copy.misses, held()]).toEqual([false, ['two', 0, '1']]);
  });

  it('ends where the log does, by word or by reading, and not before', () => {
    const announced = setUp().copy;
    read(announced, page(0, 2));
    expect(announced.hear({ kind: 'end', epoch: 'one', offset: 3 })).toBe('hole');
    expect(announced.log?.ended).toBe(false);
    expect(announced.hear({ kind: 'end', epoch: 'one', offset: 2 })).toBe('appended');
    expect(announced.log?.ended).toBe(true);
    const late = setUp().copy;
    read(late, { ...page(0, 2), ended: true });
    expect(late.log).toMatchObject({ ended: true, head: 2 });
  });

  it('keeps no more of what comes early than it may, and misses the rest', () => {
    const { copy } = setUp();
    read(copy, page(0, 1));
    const many = mostEarly.announcements + 10;
    for (let offset = 3; offset < 3 + many; offset++) copy.hear(message(offset));
    read(copy, page(1, 2));
    expect([copy.misses, copy.log?.head]).toEqual([true, 2]);
    read(copy, page(2, 2 + many));
    expect([copy.misses, copy.log?.head]).toEqual([false, 2 + many]);
  });
});
