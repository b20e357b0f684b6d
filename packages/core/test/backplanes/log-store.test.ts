import { LogStore, type StoredLog } from '../../src/backplanes/log-store';
import { Log } from '../../src/log/log';
import { messageOverhead } from '../../src/log/log-tally';
import { createMessage } from '../../src/log/message';

const unlimited = { count: Infinity, bytes: Infinity, age: Infinity };

/** A store of logs whose messages have 100 bytes each, as the store counts them. */
function setUp(limits: { logs?: number; messages?: number }) {
  const store = new LogStore({ logs: limits.logs ?? Infinity, logBytes: (limits.messages ?? Infinity) * 300 });
  const forgotten: string[] = [];
  const add = (name: string, messages: number, { isFollowed = false, ended = false } = {}) => {
    const log = new Log(name, unlimited, 0, undefined, store.tally);
    const stored = {
      log,
      isFollowed,
      isWhole: false,
      list: undefined,
      previous: undefined,
      next: undefined,
      get isDrained() {
        return this.log.isDrained;
      },
      dropOldest() {
        return this.log.dropOldest();
      },
      evictDropped: () => log.evict(0),
      onForgotten: () => forgotten.push(name),
    } as StoredLog & { isFollowed: boolean };
    if (ended) log.end();
    for (let n = 0; n < messages; n++) log.append(createMessage('x'.repeat(300 - messageOverhead)), 0);
    store.use(stored);
    return stored;
  };
  const append = (stored: StoredLog) => {
    stored.log.append(createMessage('x'.repeat(300 - messageOverhead)), 0);
    store.use(stored);
  };
  return { store, forgotten, add, append };
}

const counts = (...logs: StoredLog[]) => logs.map(({ log }) => log.count);

describe('LogStore', () => {
  it('evicts the oldest messages of the log that was used the longest ago', () => {
    const { add, append } = setUp({ messages: 6 });
    const [a, b, c] = [add('a', 2), add('b', 2), add('c', 2)];
    expect(counts(a, b, c)).toEqual([2, 2, 2]);
    append(a);
    expect(counts(a, b, c)).toEqual([3, 1, 2]);
    expect(b.log.floor).toBe(1);
    append(a);
    append(a);
    expect(counts(a, b, c)).toEqual([5, 0, 1]);
  });

  it('evicts from followed logs last', () => {
    const { add, append } = setUp({ messages: 4 });
    const [followed, a] = [add('followed', 2, { isFollowed: true }), add('a', 2)];
    append(followed);
    append(followed);
    expect(counts(followed, a)).toEqual([4, 0]);
    append(followed);
    expect([...counts(followed, a), followed.log.floor]).toEqual([4, 0, 1]);
  });

  it('drops the messages of a followed log, which its follower evicts', () => {
    const { store, add } = setUp({ messages: 2 });
    const log = new Log('followed', unlimited, 0, undefined, store.tally);
    const evictDropped = jest.fn();
    const followed = Object.assign(add('a', 0), { log, isFollowed: true, evictDropped });
    for (let n = 0; n < 5; n++) log.append(createMessage('x'.repeat(300 - messageOverhead)), 0);
    store.use(followed);
    expect([log.count, store.tally.bytes, evictDropped.mock.calls.length]).toEqual([5, 600, 1]);
    log.evict(0);
    expect([log.count, store.tally.bytes]).toEqual([2, 600]);
  });

  it('keeps not even the newest message if it is larger than the limit', () => {
    const { store, add } = setUp({ messages: 1 });
    const a = add('a', 1);
    a.log.append(createMessage('x'.repeat(1000)), 0);
    store.use(a);
    expect([...counts(a), store.tally.bytes]).toEqual([0, 0]);
  });

  it('forgets the log that was used the longest ago when there are too many', () => {
    const { store, forgotten, add, append } = setUp({ logs: 2 });
    const a = add('a', 1);
    add('b', 1);
    append(a);
    add('c', 1);
    expect([forgotten, store.size, store.tally.bytes]).toEqual([['b'], 2, 900]);
  });

  it('forgets logs without messages first', () => {
    const { store, forgotten, add } = setUp({ logs: 2 });
    add('full', 1);
    const empty = add('empty', 1);
    empty.log.dropOldest();
    empty.evictDropped();
    store.use(empty);
    add('new', 1);
    expect(forgotten).toEqual(['empty']);
  });

  it('never forgets the log that was just used', () => {
    const { forgotten, add } = setUp({ logs: 1 });
    add('full', 1);
    add('ended', 0, { ended: true });
    expect(forgotten).toEqual(['full']);
  });

  it('counts no log that has never had a message, and no followed one', () => {
    const { store, forgotten, add } = setUp({ logs: 1 });
    add('never', 0);
    add('followed', 1, { isFollowed: true });
    const left = add('left', 1, { isFollowed: true });
    expect([store.size, forgotten]).toEqual([0, []]);
    left.isFollowed = false;
    store.use(left);
    add('new', 1);
    expect([store.size, forgotten]).toEqual([1, ['left']]);
  });
});
