import { EventEmitter, on } from 'node:events';
import { Readable } from 'node:stream';
import type { SourceItem } from '../../src/delivery/source-message';
import { checkFeed, discardFeed } from '../../src/http/source';
import { createHub } from '../../src/hub/hub';
import { message } from '../../src/log/outgoing-message';
import { FakeClock } from '../../src/testing';
import { serveSse } from '../../src/transports/sse';

const microtasks = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp() {
  const clock = new FakeClock();
  const hub = createHub({ clock });
  const news = hub.channel('news');
  /** Checks a list with the channel, and collects what it gives. */
  const open = (list: unknown[], lastEventId?: string) => {
    const feed = checkFeed(list, lastEventId);
    if (!('messages' in feed)) throw new Error('The feed is of channels');
    const source = feed.messages;
    const taken: unknown[] = [];
    const reading = (async () => {
      for (;;) {
        const { done, value } = await source.next();
        if (done) return;
        taken.push(value);
      }
    })();
    reading.catch(() => {});
    const data = () => taken.map((item) => (item as { data: unknown }).data);
    return { source, taken, reading, data };
  };
  const publish = async (text: string) => {
    const id = await news.publish(text);
    clock.turn();
    await microtasks();
    return id;
  };
  return { clock, hub, news, open, publish };
}

/** An iterable that gives what a test puts into it, and says when it is closed. */
function tap() {
  let give: (result: IteratorResult<SourceItem>) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  let closes = 0;
  const iterator = {
    next: () =>
      new Promise<IteratorResult<SourceItem>>((resolve, reject) => {
        give = resolve;
        fail = reject;
      }),
    return: async () => {
      closes++;
      give({ done: true, value: undefined });
      return { done: true as const, value: undefined };
    },
  };
  return {
    iterable: { [Symbol.asyncIterator]: () => iterator },
    put: async (value: SourceItem) => {
      give({ done: false, value });
      await microtasks();
    },
    end: async () => {
      give({ done: true, value: undefined });
      await microtasks();
    },
    fail: async (error: unknown) => {
      fail(error);
      await microtasks();
    },
    closes: () => closes,
  };
}

describe('a channel and iterables in one source', () => {
  it('give their messages as they come, all with the place in the channel as their id', async () => {
    const { news, open, publish } = setUp();
    const [a, b] = [tap(), tap()];
    const beginning = await news.head();
    const { taken } = open([news, a.iterable, b.iterable]);
    await microtasks();
    await a.put('text');
    const first = await publish('1');
    await b.put(message({ n: 2 }, { event: 'tick', retry: 900 }));
    await b.put(Uint8Array.of(1));
    const second = await publish('2');
    await a.put({ data: 'more' });
    expect(taken).toMatchObject([
      { data: 'text', id: beginning },
      { data: '1', id: first },
      { data: { n: 2 }, event: 'tick', retry: 900, id: first },
      { data: Uint8Array.of(1), id: first },
      { data: '2', id: second },
      { data: 'more', id: second },
    ]);
  });

  it('go on after the id that the client brings, and tell a gap in the channel', async () => {
    const { news, open, publish } = setUp();
    const id = await publish('1');
    await publish('2');
    const resumed = open([news, tap().iterable], id);
    const foreign = open([news, tap().iterable], 'row 7');
    await microtasks();
    await publish('3');
    expect(resumed.data()).toEqual(['2', '3']);
    expect(foreign.taken[0]).toMatchObject({ gap: { reason: 'foreign' } });
    expect(foreign.data().slice(1)).toEqual(['1', '2', '3']);
  });

  it('end when all of them have ended', async () => {
    const { clock, hub, news, open, publish } = setUp();
    const one = tap();
    const { reading, data } = open([news, one.iterable, ['a', 'b']]);
    await microtasks();
    await publish('1');
    await news.end();
    clock.turn();
    await one.put('late');
    expect(data()).toEqual(['a', 'b', '1', 'late']);
    await one.end();
    await reading;
    expect([hub.stats().channels, one.closes()]).toEqual([0, 0]);
  });

  it('are all closed when the client leaves, whether they have begun or not', async () => {
    for (const hasBegun of [true, false]) {
      const { hub, news, open } = setUp();
      const one = tap();
      const stream = new Readable({ read() {} });
      const emitter = new EventEmitter();
      const list = [news, one.iterable, stream, on(emitter, 'x')];
      const feed = checkFeed(list);
      const { source, reading } = hasBegun
        ? open(list)
        : { source: 'messages' in feed ? feed.messages : undefined, reading: Promise.resolve() };
      if (hasBegun) await microtasks();
      expect(hub.stats().channels).toBe(hasBegun ? 1 : 0);
      await source?.close();
      await reading;
      expect([one.closes(), stream.destroyed, emitter.listenerCount('x')]).toEqual([1, true, 0]);
      expect(hub.stats().channels).toBe(0);
    }
  });

  it('are all closed when one of them throws, and the app gets its error', async () => {
    const { hub, news, open } = setUp();
    const [one, other] = [tap(), tap()];
    const { reading } = open([news, one.iterable, other.iterable]);
    await microtasks();
    await one.fail(new Error('mine'));
    await expect(reading).rejects.toThrow('mine');
    expect([hub.stats().channels, other.closes()]).toEqual([0, 1]);
  });

  it('are asked to come back when the hub closes', async () => {
    const { hub, news, open } = setUp();
    const one = tap();
    const { reading } = open([news, one.iterable]);
    await microtasks();
    await hub.close();
    await expect(reading).rejects.toMatchObject({ code: 'hub-closed', reason: 'draining' });
    expect(one.closes()).toBe(1);
  });

  it.each<[string, SourceItem, RegExp]>([
    ['an id', { data: 'x', id: '7' }, /^source message id: expected none beside a channel/],
    ['no data', { event: 'x' } as never, /^source message: expected/],
  ])('refuse a message of an iterable with %s', async (_kind, item, words) => {
    const { news, open } = setUp();
    const { reading } = open([news, [item]]);
    await expect(reading).rejects.toThrow(TypeError);
    await expect(reading).rejects.toThrow(words);
  });

  it('wait for their client unless one of them is an emitter, which cannot', () => {
    const { news, open } = setUp();
    expect(open([news, []]).source.isPushed).toBe(false);
    expect(open([news, [], on(new EventEmitter(), 'x')]).source.isPushed).toBe(true);
  });

  it.each<[string, (of: ReturnType<typeof setUp>) => unknown[]]>([
    ['two channels', ({ hub, news }) => [news, hub.channel('other'), []]],
    ['a channel, an iterable and text', ({ news }) => [news, ['x'], 'y']],
    ['a channel, an iterable and a message', ({ news }) => [news, ['x'], { data: 'y' }]],
  ])('cannot be %s', (_kind, listOf) => {
    expect(() => checkFeed(listOf(setUp()))).toThrow('source: expected one channel and iterables in a list of both');
  });

  it('must come from a function, since the place of each client is its own', () => {
    const { news } = setUp();
    expect(() => serveSse([news, ['x']])).toThrow('source: expected a function that makes one for each client');
  });

  it('are closed if their client has left before they come', async () => {
    const { news } = setUp();
    const one = tap();
    await discardFeed([news, one.iterable]);
    expect(one.closes()).toBe(1);
  });
});
