import { FakeClock } from '@pushwire/core/testing';
import { earlyLimits } from '../../src/channels/early-messages';
import { LogCopy } from '../../src/channels/log-copy';
import type { LogPage, LogPageEntry } from '../../src/channels/log-page';
import { channelShape, runShape } from '../../src/channels/log-shape';
import type { PubSubMessage } from '../../src/channels/pubsub-message';
import { quietEpoch } from '../../src/channels/quiet-time';

const limits = { count: 100, bytes: Number.POSITIVE_INFINITY, age: Number.POSITIVE_INFINITY };

function setUp() {
  const clock = new FakeClock();
  const copy = new LogCopy(clock, channelShape(limits));
  /** The contents of the copy: its epoch, its floor and the text of each message. */
  const held = () => {
    const { log } = copy;
    if (log === undefined) return undefined;
    const texts = Array.from({ length: log.count }, (_, i) => log.at(log.floor + 1 + i));
    return [log.epoch, log.floor, ...texts.map(({ message }) => message.body)];
  };
  return { clock, copy, held };
}

const message = (offset: number, epoch = 'one'): PubSubMessage => {
  return { kind: 'message', epoch, offset, text: `t\n${offset}` };
};

/** A page of the messages after the offset `after`, up to `to`. */
function page(after: number, to: number, more: Partial<LogPage> = {}): LogPage {
  const entries = Array.from({ length: Math.max(0, to - after) }, (_, i) => {
    const offset = after + 1 + i;
    return { offset, time: 1_000_000, text: `t\n${offset}` };
  });
  const quiet = { name: 'abcdef0', life: 'run', from: 1_000_000, until: 1_000_000 };
  const log = { epoch: 'one', head: to, ended: false, now: 1_000_000, after, entries };
  return { ...log, exists: true, quiet, isStale: false, timeToLive: -1, ...more };
}

const read = (copy: LogCopy, ...pages: [LogPage, ...LogPage[]]) => {
  for (const one of pages) copy.add(one);
  copy.finish(pages.at(-1) as LogPage);
};

describe('a copy of a log', () => {
  it('holds the messages of pages, then those of Pub/Sub', () => {
    const { copy, held } = setUp();
    expect(copy.log).toBeUndefined();
    read(copy, page(0, 2));
    expect(copy.receive(message(3))).toBe('appended');
    expect(held()).toEqual(['one', 0, '1', '2', '3']);
  });

  it('begins where the kept messages begin', () => {
    const { copy, held } = setUp();
    read(copy, page(7, 9));
    expect(held()).toEqual(['one', 7, '8', '9']);
  });

  it('takes the age of messages from the server’s clock', () => {
    const { clock, copy } = setUp();
    read(copy, { ...page(0, 1), now: 1_000_000 + 5000 });
    expect(copy.log?.at(1).time).toBe(clock.now() - 5000);
  });

  it('applies each Pub/Sub message that arrives during a read once', () => {
    const { copy, held } = setUp();
    for (const offset of [2, 3, 4]) expect(copy.receive(message(offset))).toBe('hole');
    read(copy, page(0, 3));
    expect(held()).toEqual(['one', 0, '1', '2', '3', '4']);
    expect([copy.hasHole, copy.receive(message(4))]).toEqual([false, 'known']);
  });

  it('notices a hole, and has none after a read', () => {
    const { copy, held } = setUp();
    read(copy, page(0, 1));
    expect(copy.receive(message(4))).toBe('hole');
    expect(copy.hasHole).toBe(true);
    read(copy, page(1, 3));
    expect(held()).toEqual(['one', 0, '1', '2', '3', '4']);
  });

  it('starts over after messages that cannot be read any more, so that clients before them get a gap', () => {
    const { copy, held } = setUp();
    read(copy, page(0, 2));
    read(copy, page(5, 6));
    expect(held()).toEqual(['one', 5, '6']);
    expect(copy.log?.resume({ epoch: 'one', offset: 2 })).toEqual({ offset: 5, gap: 'evicted' });
  });

  it('has what came by Pub/Sub during a read, though Redis keeps nothing of it', () => {
    const { copy, held } = setUp();
    for (const offset of [1, 2]) expect(copy.receive(message(offset))).toBe('hole');
    read(copy, page(2, 2));
    expect(held()).toEqual(['one', 0, '1', '2']);
    for (const offset of [4, 6, 7]) expect(copy.receive(message(offset))).toBe('hole');
    expect(copy.receive(message(8, 'two'))).toBe('hole');
    read(copy, page(7, 8));
    expect(held()).toEqual(['one', 5, '6', '7', '8']);
    for (const offset of [10, 11]) expect(copy.receive(message(offset))).toBe('hole');
    read(copy, { ...page(8, 8), head: 11 });
    expect(held()).toEqual(['one', 9, '10', '11']);
  });

  it('starts over after a hole in a page, and at a head without kept messages', () => {
    const { copy, held } = setUp();
    const [first, , third] = page(0, 3).entries as [LogPageEntry, unknown, LogPageEntry];
    read(copy, { ...page(0, 3), entries: [first, third] });
    expect(held()).toEqual(['one', 2, '3']);
    read(copy, { ...page(3, 3), head: 9 });
    expect(held()).toEqual(['one', 9]);
  });

  it('notices a different message at an offset that it has', () => {
    const { copy, held } = setUp();
    read(copy, page(5, 8));
    expect([6, 7, 8].map((offset) => copy.receive(message(offset)))).toEqual(['known', 'known', 'known']);
    expect(copy.receive({ kind: 'message', epoch: 'one', offset: 7, text: 't\nanother' })).toBe('conflict');
    // An evicted message cannot be compared.
    expect(copy.receive({ kind: 'message', epoch: 'one', offset: 5, text: 't\nanother' })).toBe('known');
    expect(held()).toEqual(['one', 5, '6', '7', '8']);
  });

  it('begins a new life when the log does', () => {
    const { copy, held } = setUp();
    read(copy, page(0, 3));
    expect(copy.receive({ kind: 'life', epoch: 'two', offset: 0 })).toBe('hole');
    expect(copy.receive(message(1, 'two'))).toBe('hole');
    read(copy, { ...page(0, 0), epoch: 'two' });
    expect(held()).toEqual(['two', 0, '1']);
    expect(copy.receive({ kind: 'life', epoch: 'two', offset: 0 })).toBe('known');
  });

  it('forgets Pub/Sub messages of an earlier life', () => {
    const { copy, held } = setUp();
    read(copy, { ...page(0, 1), epoch: 'two' });
    expect(copy.receive(message(9, 'one'))).toBe('hole');
    read(copy, { ...page(1, 1), epoch: 'two' });
    expect(copy.hasHole).toBe(true);
    copy.forgetEarly();
    expect([copy.hasHole, held()]).toEqual([false, ['two', 0, '1']]);
  });

  it('ends where the log ends, by a Pub/Sub message or by a page, and not before', () => {
    const byMessage = setUp().copy;
    read(byMessage, page(0, 2));
    expect(byMessage.receive({ kind: 'end', epoch: 'one', offset: 3 })).toBe('hole');
    expect(byMessage.log?.ended).toBe(false);
    expect(byMessage.receive({ kind: 'end', epoch: 'one', offset: 2 })).toBe('appended');
    expect(byMessage.log?.ended).toBe(true);
    const byPage = setUp().copy;
    read(byPage, { ...page(0, 2), ended: true });
    expect(byPage.log).toMatchObject({ ended: true, head: 2 });
  });

  it('keeps a limited number of early messages, and has a hole for the rest', () => {
    const { copy } = setUp();
    read(copy, page(0, 1));
    const many = earlyLimits.messages + 10;
    for (let offset = 3; offset < 3 + many; offset++) copy.receive(message(offset));
    read(copy, page(1, 2));
    expect([copy.hasHole, copy.log?.head]).toEqual([true, 2]);
    read(copy, page(2, 2 + many));
    expect([copy.hasHole, copy.log?.head]).toEqual([false, 2 + many]);
  });
});

describe('a copy of a log that is read while very much is published', () => {
  it.each<[string, PubSubMessage[]]>([
    ['number', Array.from({ length: earlyLimits.messages + 1 }, (_, i) => message(i + 3))],
    ['size', [{ kind: 'message', epoch: 'one', offset: 3, text: `t\n${'x'.repeat(earlyLimits.characters)}` }]],
    [
      'size together',
      [3, 4].map((offset): PubSubMessage => {
        return { kind: 'message', epoch: 'one', offset, text: `t\n${'x'.repeat(earlyLimits.characters / 2)}` };
      }),
    ],
  ])('still has a hole when the last early message exceeds the limit of their %s', (_limit, early) => {
    const { copy } = setUp();
    read(copy, page(0, 1));
    for (const one of early) expect(copy.receive(one)).toBe('hole');
    // Without this, nobody would read on before the next message or the next check.
    expect(copy.hasHole).toBe(true);
    const last = early.at(-1)?.offset ?? 0;
    read(copy, page(1, last - 1));
    expect([copy.hasHole, copy.log?.head]).toEqual([false, last]);
  });
});

describe('a copy of a channel without messages', () => {
  const name = 'abcdef0';
  const nothing = (now: number, more: Partial<LogPage> = {}): LogPage => {
    const quiet = { name, life: 'run', from: now, until: now };
    return { ...page(0, 0), epoch: quietEpoch(name, now), now, exists: false, quiet, ...more };
  };
  const began = (time: number) => ({ quiet: { name, life: 'run', from: time, until: time } });
  const first = (time: number, quiet = name): PubSubMessage => {
    return { kind: 'message', epoch: 'one', offset: 1, text: 't\n1', first: { quiet, began: time } };
  };
  const minute = 60_000;

  it('keeps its epoch for some minutes and then renews it, which is no gap', () => {
    const { copy } = setUp();
    read(copy, nothing(0));
    const cursor = { epoch: copy.log?.epoch ?? '', offset: 0 };
    read(copy, nothing(4 * minute));
    expect(copy.log?.epoch).toBe(cursor.epoch);
    for (let minutes = 5; minutes < 60; minutes += 5) read(copy, nothing(minutes * minute));
    expect(copy.log?.epoch).toBe(quietEpoch(name, 55 * minute));
    expect(copy.log?.resume(cursor)).toEqual({ offset: 0 });
  });

  it('begins with the first message, without a read and without a gap', () => {
    const { copy, held } = setUp();
    read(copy, nothing(0));
    expect(copy.receive(first(minute))).toBe('appended');
    expect(held()).toEqual(['one', 0, '1']);
    for (const minutes of [0, 1]) {
      expect(copy.log?.resume({ epoch: quietEpoch(name, minutes * minute), offset: 0 })).toEqual({ offset: 0 });
    }
    expect(copy.receive(message(2))).toBe('appended');
  });

  it('reads the first message of a log of which something may have been lost', () => {
    const { copy } = setUp();
    read(copy, nothing(0));
    expect(copy.receive(first(10 * minute))).toBe('hole');
    read(copy, page(0, 1, began(10 * minute)));
    expect(copy.log?.resume({ epoch: quietEpoch(name, 0), offset: 0 }).gap).toBe('epoch');
    const other = setUp().copy;
    read(other, nothing(0));
    expect(other.receive(first(minute, '0000000'))).toBe('hole');
  });

  it('reports a gap when the server has deleted something or has begun a new life', () => {
    const { copy } = setUp();
    read(copy, nothing(0));
    read(copy, nothing(minute, { quiet: { name: '0000000', life: 'run', from: minute, until: minute } }));
    expect(copy.log?.resume({ epoch: quietEpoch(name, 0), offset: 0 }).gap).toBe('epoch');
  });

  it('reports a gap when messages have come and gone', () => {
    const { copy } = setUp();
    read(copy, page(0, 3, began(0)));
    read(copy, nothing(20 * minute));
    expect(copy.log?.resume({ epoch: 'one', offset: 3 }).gap).toBe('epoch');
    expect(copy.log?.resume({ epoch: quietEpoch(name, -minute), offset: 0 }).gap).toBe('epoch');
  });

  it('reports evicted messages to those who connected before the first one', () => {
    const { copy } = setUp();
    read(copy, page(4, 6, began(minute)));
    const cursor = { epoch: quietEpoch(name, 0), offset: 0 };
    expect(copy.log?.read(cursor)).toMatchObject({ offset: 4, gap: 'evicted' });
  });
});

describe('a copy of a log that is deleted', () => {
  const deleted = (offset: number): PubSubMessage => ({ kind: 'deleted', epoch: 'one', offset });

  it('ends, and is replaced by the next page', () => {
    const { copy, held } = setUp();
    read(copy, page(0, 2));
    expect([copy.receive(deleted(2)), copy.log?.ended, copy.isDeleted]).toEqual(['appended', true, true]);
    read(copy, page(0, 0, { epoch: 'two', deleted: { epoch: 'one', offset: 2 } }));
    expect([held(), copy.log?.ended, copy.isDeleted]).toEqual([['two', 0], false, false]);
  });

  it('does not end if it has not had every message', () => {
    const { copy } = setUp();
    read(copy, page(0, 2));
    expect([copy.receive(deleted(3)), copy.log?.ended, copy.isDeleted]).toEqual(['hole', false, false]);
    expect(copy.endDeleted({ epoch: 'one', offset: 3 })).toBe(false);
  });

  it('ends by a page that names it, once', () => {
    const { copy } = setUp();
    read(copy, page(0, 2));
    const places = [
      undefined,
      { epoch: 'another', offset: 2 },
      { epoch: 'one', offset: 2 },
      { epoch: 'one', offset: 2 },
    ];
    expect(places.map((place) => copy.endDeleted(place))).toEqual([false, false, true, false]);
    expect([copy.log?.ended, copy.isDeleted]).toEqual([true, true]);
  });
});

describe('a copy of the log of a run', () => {
  const nothing = (): LogPage => {
    const empty = { head: 0, ended: false, after: 0, entries: [], exists: false, isStale: false, timeToLive: -1 };
    const quiet = { name: 'abcdef0', life: 'run', from: 1_000_000, until: 1_000_000 };
    return { ...empty, epoch: quietEpoch('abcdef0', 1_000_000), now: 1_000_000, quiet };
  };
  const setUpRun = () => {
    const copy = new LogCopy(new FakeClock(), runShape);
    read(copy, page(0, 2));
    return copy;
  };
  const lost = { outcome: 'lost' } as const;

  it('ends with the outcome of a page or of Pub/Sub', () => {
    const copy = setUpRun();
    expect([copy.log?.ended, copy.exists]).toEqual([false, true]);
    const outcome = { outcome: 'failed', code: 'too-hot' } as const;
    expect(copy.receive({ kind: 'end', epoch: 'one', offset: 2, outcome })).toBe('appended');
    expect(copy.log?.outcome).toEqual(outcome);
    expect(copy.receive({ kind: 'end', epoch: 'one', offset: 2, outcome: lost })).toBe('known');
    expect(copy.log?.outcome).toEqual(outcome);
    const late = setUpRun();
    read(late, page(2, 2, { ended: true, outcome }));
    expect(late.log?.outcome).toEqual(outcome);
  });

  it('waits for messages before an end, but not for those that Redis has lost', () => {
    const copy = setUpRun();
    expect(copy.receive({ kind: 'end', epoch: 'one', offset: 3, outcome: lost })).toBe('hole');
    expect(copy.log?.ended).toBe(false);
    expect(copy.receive({ kind: 'end', epoch: 'one', offset: 1, outcome: lost })).toBe('appended');
    expect([copy.log?.head, copy.log?.outcome]).toEqual([2, lost]);
  });

  it('is lost when Redis has nothing of it any more, and then forgotten', () => {
    const copy = setUpRun();
    read(copy, nothing());
    expect([copy.log?.head, copy.log?.outcome, copy.exists]).toEqual([2, lost, true]);
    read(copy, nothing());
    expect([copy.log?.head, copy.log?.ended, copy.exists]).toEqual([0, false, false]);
  });
});
