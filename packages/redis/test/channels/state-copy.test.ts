import { StateLog } from '@pushwire/core/backplanes';
import { FakeClock } from '@pushwire/core/testing';
import { LogCopy } from '../../src/channels/log-copy';
import type { LogPage } from '../../src/channels/log-page';
import { stateShape } from '../../src/channels/log-shape';
import type { PubSubMessage } from '../../src/channels/pubsub-message';
import { quietEpoch } from '../../src/channels/quiet-time';

const limits = { deletions: 10, deletionAge: 600_000 };

function setUp() {
  const clock = new FakeClock();
  const copy = new LogCopy(clock, stateShape(limits));
  /** Each message that is kept, as `<offset> <key>`, and `-` before the key of a deletion. */
  const held = () => {
    const { log } = copy;
    if (!(log instanceof StateLog)) return undefined;
    const entries: string[] = [];
    for (let entry = log.next(0); entry; entry = log.next(entry.offset)) {
      entries.push(`${entry.offset} ${entry.message.isDeletion ? '-' : ''}${entry.message.key}`);
    }
    return [log.epoch, log.floor, log.head, ...entries];
  };
  return { clock, copy, held };
}

/** The text of a message: `a` sets a key, and `-a` deletes it. */
const textOf = (key: string) => (key.startsWith('-') ? key : `=${key.length} ${key}j\n1`);

const message = (offset: number, key: string, epoch = 'one'): PubSubMessage => {
  return { kind: 'message', epoch, offset, text: textOf(key) };
};

function page(after: number, head: number, keys: Record<number, string>, more: Partial<LogPage> = {}): LogPage {
  const entries = Object.entries(keys).map(([offset, key]) => {
    return { offset: Number(offset), time: 1_000_000, text: textOf(key) };
  });
  const quiet = { name: 'abcdef0', life: 'run', from: 1_000_000, until: 1_000_000 };
  const log = { epoch: 'one', head, ended: false, now: 1_000_000, after, entries, isWhole: true };
  return { ...log, exists: true, quiet, isStale: false, timeToLive: -1, ...more };
}

const read = (copy: LogCopy, one: LogPage) => {
  copy.add(one);
  copy.finish(one);
};

describe('a copy of a state', () => {
  it('has the newest message of each key, of a page with holes and of Pub/Sub', () => {
    const { copy, held } = setUp();
    read(copy, page(0, 9, { 2: 'a', 5: '-b', 7: 'c' }));
    expect(held()).toEqual(['one', 0, 9, '2 a', '5 -b', '7 c']);
    expect(copy.receive(message(10, 'a'))).toBe('appended');
    expect(held()).toEqual(['one', 0, 10, '5 -b', '7 c', '10 a']);
  });

  it('notices a message of Pub/Sub that is missing, and reads what has changed since', () => {
    const { copy, held } = setUp();
    read(copy, page(0, 2, { 1: 'a', 2: 'b' }));
    const { log } = copy;
    expect(copy.receive(message(5, 'd'))).toBe('hole');
    read(copy, page(2, 4, { 4: 'a' }));
    expect([held(), copy.hasHole, copy.log === log]).toEqual([['one', 0, 5, '2 b', '4 a', '5 d'], false, true]);
  });

  it('has values from before the floor, and a gap for those who missed deletions', () => {
    const { copy, held } = setUp();
    read(copy, page(0, 3, { 1: 'a', 2: 'b', 3: 'c' }));
    const { log } = copy;
    // The deletion of `b` at 5 is forgotten, and so is which key it was for those who have not heard.
    expect(copy.receive(message(5, '-b'))).toBe('hole');
    read(copy, page(5, 6, { 1: 'a', 3: 'c', 6: 'd' }));
    expect([held(), copy.log === log]).toEqual([['one', 5, 6, '1 a', '3 c', '6 d'], false]);
    expect(copy.log?.resume({ epoch: 'one', offset: 3 })).toEqual({ offset: 0, gap: 'evicted' });
    expect(copy.log?.resume({ epoch: 'one', offset: 5 })).toEqual({ offset: 5 });
  });

  it('goes on where the messages up to the floor came by Pub/Sub during the read', () => {
    const { copy, held } = setUp();
    read(copy, page(0, 3, { 1: 'a', 3: 'b' }));
    const { log } = copy;
    for (const [offset, key] of Object.entries({ 4: '-b', 5: 'c' })) copy.receive(message(Number(offset), key));
    read(copy, page(4, 5, { 1: 'a', 5: 'c' }));
    expect([held(), copy.log === log]).toEqual([['one', 0, 5, '1 a', '4 -b', '5 c'], true]);
  });

  it('begins anew in another epoch, whatever the offsets are', () => {
    const { copy, held } = setUp();
    read(copy, page(0, 3, { 3: 'a' }));
    for (const kind of ['life', 'news'] as const) {
      expect(copy.receive({ kind, epoch: 'two', offset: 3 })).toBe('hole');
    }
    read(copy, page(0, 3, { 3: 'a' }, { epoch: 'two' }));
    expect(held()).toEqual(['two', 0, 3, '3 a']);
    expect(copy.log?.resume({ epoch: 'one', offset: 3 })).toEqual({ offset: 0, gap: 'epoch' });
  });

  it('is empty while Redis has nothing, and begins with the first message without a gap', () => {
    const { copy, held } = setUp();
    const quiet = { name: 'abcdef0', life: 'run', from: 1_000_000, until: 1_000_000 };
    const epoch = quietEpoch(quiet.name, 1_000_000);
    read(copy, page(0, 0, {}, { epoch, exists: false, quiet }));
    expect([held(), copy.exists]).toEqual([[epoch, 0, 0], false]);
    const first = { quiet: quiet.name, began: 1_000_500 };
    expect(copy.receive({ ...message(1, 'a'), first } as PubSubMessage)).toBe('appended');
    expect(held()).toEqual(['one', 0, 1, '1 a']);
    expect(copy.log?.resume({ epoch, offset: 0 })).toEqual({ offset: 0 });
    read(copy, page(0, 0, {}, { epoch, exists: false, quiet: { ...quiet, name: '1234567' } }));
    expect(held()).toEqual([epoch, 0, 0]);
    expect(copy.log?.resume({ epoch: 'one', offset: 1 })).toEqual({ offset: 0, gap: 'epoch' });
  });

  it('contradicts another message at its offset, but not one that is replaced', () => {
    const { copy } = setUp();
    read(copy, page(0, 9, { 2: 'a', 9: '-b' }));
    expect(copy.receive(message(2, 'a'))).toBe('known');
    expect(copy.receive(message(9, '-b'))).toBe('known');
    expect(copy.receive(message(3, 'x'))).toBe('known');
    expect(copy.receive(message(9, 'b'))).toBe('conflict');
  });
});
