import { AsyncLocalStorage } from 'node:async_hooks';
import type { Encoder } from '../../src/encoders/encoder';
import { sseEncoder } from '../../src/encoders/sse';
import { engineFor } from '../../src/hub/engine-for';
import { createHub, type Hub } from '../../src/hub/hub';
import type { HubOptions } from '../../src/hub/options';
import { parseCursor } from '../../src/log/cursor';
import type { Start } from '../../src/log/start';
import type { SnapshotRequest } from '../../src/subscribing/snapshot';
import { Snapshot } from '../../src/subscribing/snapshot';
import { type Subscribed, subscribe } from '../../src/subscribing/subscribe';
import { FakeClock, FakeSink, parseEventStream } from '../../src/testing';
import { settings } from '../kit/client';

interface Options {
  readonly cursor?: string | undefined;
  readonly start?: Start;
  readonly timeout?: number;
  readonly sink?: FakeSink;
  readonly settings?: Partial<typeof settings>;
  readonly encoder?: Encoder;
}

/** The async context of a client's request. */
const context = new AsyncLocalStorage<string>();

const microtasks = () => new Promise((resolve) => setImmediate(resolve));

function setUp(options: HubOptions = {}) {
  const clock = new FakeClock();
  const hub: Hub = createHub({ clock, ...options });
  const errors: unknown[] = [];
  const asked: SnapshotRequest[] = [];

  /** Connects a client whose route has an `initial`. */
  const connect = (
    names: string[],
    initial: ((request: SnapshotRequest) => unknown) | undefined,
    { cursor, start = 'now', timeout = 1000, sink = new FakeSink(), settings: own, encoder = sseEncoder }: Options = {},
  ) => {
    const channels = names.map((name) => hub.channel(name));
    const snapshots = initial && {
      timeout,
      run: <R>(act: () => R): R => context.run('its request', act),
      maxInRow: 3,
      ask(request: SnapshotRequest) {
        asked.push(request);
        return new Snapshot(initial(request), 1024 * 1024);
      },
      onError: (error: unknown) => errors.push(error),
    };
    const beginning = { from: cursor, start, snapshots };
    const all = { ...settings, ...own };
    const engine = engineFor(channels, hub);
    const subscribed = subscribe(engine, channels, encoder, parseCursor(cursor, start), all, sink, beginning);
    /** What the client has received, as one line for each event. */
    const seen = () =>
      parseEventStream(sink.text).map(({ event, data }) => {
        if (event === 'message') return data;
        const { reason, missed, channels: about } = JSON.parse(data);
        return [event, reason, missed, about?.join('+')].filter((part) => part !== undefined).join(' ');
      });
    const lastId = () => parseEventStream(sink.text).at(-1)?.id ?? '';
    return { sink, subscribed, seen, lastId };
  };
  return { clock, hub, news: hub.channel('news'), connect, asked, errors };
}

const connectionOf = async (subscribed: Subscribed | Promise<Subscribed>) => {
  const connection = await subscribed;
  if (typeof connection === 'string') throw new Error(connection);
  return connection;
};

/** A promise that a test settles. */
function deferred<T>() {
  let resolve = (_value: T) => {};
  let reject = (_error: unknown) => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe('a client without a cursor', () => {
  it.each<[Start, string[]]>([
    ['now', ['live']],
    ['oldest', ['1', '2', '3', 'live']],
    [{ last: 2 }, ['2', '3', 'live']],
    [{ last: 0 }, ['live']],
    [{ last: 9 }, ['1', '2', '3', 'live']],
  ])('begins at %j', async (start, expected) => {
    const { news, connect, clock } = setUp();
    for (const text of ['1', '2', '3']) await news.publish(text);
    const { seen } = connect(['news'], undefined, { start });
    await news.publish('live');
    clock.turn();
    expect(seen()).toEqual(['pushwire:open', ...expected]);
  });

  it('begins there in each of several channels', async () => {
    const { hub, connect, clock } = setUp();
    for (const text of ['1', '2']) {
      for (const name of ['a', 'b']) await hub.channel(name).publish(name + text);
      clock.advance(1);
    }
    expect(connect(['a', 'b'], undefined, { start: { last: 1 } }).seen()).toEqual(['pushwire:open', 'a2', 'b2']);
  });

  it('begins there in a channel that its cursor does not name', async () => {
    const { hub, connect, lastIdOf } = { ...setUp(), lastIdOf: (of: { lastId(): string }) => of.lastId() };
    for (const name of ['a', 'b', 'c']) await hub.channel(name).publish(name);
    const cursor = lastIdOf(connect(['a', 'b'], undefined));
    expect(connect(['a', 'b', 'c'], undefined, { cursor, start: 'oldest' }).seen()).toEqual(['pushwire:open', 'c']);
  });
});

describe('a snapshot', () => {
  it('comes in front of live messages, without ids, and ends with the cursor that was fixed', async () => {
    const { clock, news, connect, asked } = setUp();
    const id = await news.publish('before');
    const { sink, seen } = connect(['news'], () => ['state', { data: { n: 1 }, event: 'more' }]);
    const next = await news.publish('live');
    clock.turn();
    expect(asked).toEqual([{ channels: ['news'], cursor: id }]);
    expect(seen()).toEqual(['pushwire:open', 'state', 'more', 'pushwire:snapshot', 'live']);
    expect(sink.text.slice(sink.text.indexOf('\n\n') + 2)).toBe(
      'id: \ndata: state\n\nevent: more\nid: \ndata: {"n":1}\n\n' +
        `event: pushwire:snapshot\nid: ${id}\ndata: {"cursor":"${id}"}\n\nid: ${next}\ndata: live\n\n`,
    );
  });

  it('is in front of what the route starts with', async () => {
    const { news, connect } = setUp();
    for (const text of ['1', '2']) await news.publish(text);
    expect(connect(['news'], () => 'state', { start: { last: 1 } }).seen()).toEqual([
      'pushwire:open',
      'state',
      'pushwire:snapshot',
      '2',
    ]);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['an empty array', []],
  ])('that is %s costs no event', async (_kind, nothing) => {
    const { clock, news, connect } = setUp();
    const { seen } = connect(['news'], () => nothing);
    await news.publish('live');
    clock.turn();
    expect(seen()).toEqual(['pushwire:open', 'live']);
  });

  it.each<[string, string | undefined]>([
    ['its own cursor', undefined],
    ['0', '0'],
  ])('is not for a client with %s', async (_kind, given) => {
    const { news, connect, asked } = setUp();
    const cursor = given ?? (await news.publish('one'));
    await news.publish('two');
    expect(
      connect(['news'], () => 'state', { cursor })
        .seen()
        .at(-1),
    ).toBe('two');
    expect(asked).toEqual([]);
  });

  it.each(['', 'start', 'end'])('is for a client with the cursor %j, which is none', async (cursor) => {
    const { connect } = setUp();
    expect(connect(['news'], () => 'state', { cursor }).seen()).toContain('state');
  });

  it('is asked for only about the channels that a cursor does not name', async () => {
    const { hub, connect, asked } = setUp();
    const cursor = connect(['a', 'b'], undefined).lastId();
    await hub.channel('a').publish('missed');
    expect(connect(['a', 'b', 'c'], () => 'state of c', { cursor }).seen()).toEqual([
      'pushwire:open',
      'state of c',
      'pushwire:snapshot',
      'missed',
    ]);
    expect(asked.map(({ channels }) => channels)).toEqual([['c']]);
  });

  it('is followed by what was published while it was awaited, once', async () => {
    const { clock, news, connect } = setUp();
    const state = deferred<unknown>();
    const { subscribed, sink, seen } = connect(['news'], () => state.promise);
    await news.publish('meanwhile');
    clock.turn();
    expect(sink.text).toBe('');
    state.resolve(['state']);
    await subscribed;
    await news.publish('live');
    clock.turn();
    expect(seen()).toEqual(['pushwire:open', 'state', 'pushwire:snapshot', 'meanwhile', 'live']);
  });

  it('that says which message it includes is followed by what comes after that', async () => {
    const { clock, news, connect } = setUp();
    const state = deferred<unknown>();
    const { subscribed, seen } = connect(['news'], () => state.promise);
    const id = await news.publish('included');
    await news.publish('not included');
    clock.turn();
    state.resolve({ data: 'state', id });
    await subscribed;
    expect(seen()).toEqual(['pushwire:open', 'state', 'pushwire:snapshot', 'not included']);
  });

  it.each<[string, (ids: string[]) => unknown]>([
    ['in order', ([a, b, c]) => [a, b, c]],
    ['in another order', ([a, b, c]) => [c, a, b]],
    [
      'in several parts',
      async function* ([a, b, c]) {
        yield* [b, c];
        yield* Array.from({ length: 3 }, () => a);
      },
    ],
  ])('whose messages have ids is followed by what comes after the newest of them: %s', async (_kind, order) => {
    const { clock, news, connect } = setUp();
    const ids: string[] = [];
    for (const text of ['1', '2', '3']) ids.push(await news.publish(text));
    const rows = (given: unknown) => (given as string[]).map((id) => ({ data: 'row'.padEnd(40_000), id }));
    const initial = () => {
      const given = order(ids);
      if (Array.isArray(given)) return rows(given);
      return (async function* () {
        for await (const id of given as AsyncIterable<string>) yield* rows([id]);
      })();
    };
    const { subscribed, seen } = connect(['news'], initial);
    await news.publish('4');
    await subscribed;
    await microtasks();
    clock.turn();
    expect(seen().filter((line) => !line.startsWith('row'))).toEqual(['pushwire:open', 'pushwire:snapshot', '4']);
  });

  it('that was cut off comes again, whole', async () => {
    const { clock, news, connect } = setUp();
    const rest = deferred<void>();
    const first = connect(['news'], async function* () {
      yield 'x'.repeat(70_000);
      await rest.promise;
      yield 'second';
    });
    await first.subscribed;
    expect(first.seen()).toHaveLength(2);
    const cursor = first.lastId();
    first.sink.leave();
    await news.publish('meanwhile');
    clock.turn();
    expect(connect(['news'], () => ['a', 'b'], { cursor: cursor || 'start' }).seen()).toEqual([
      'pushwire:open',
      'a',
      'b',
      'pushwire:snapshot',
    ]);
  });

  it('is read no faster than the client takes it', async () => {
    const { connect } = setUp();
    const sink = new FakeSink();
    sink.stalled = true;
    let read = 0;
    const pages = (function* () {
      for (; read < 20; read++) yield 'x'.repeat(40_000);
    })();
    const { seen } = connect(['news'], () => pages, { sink });
    expect(read).toBeLessThanOrEqual(4);
    sink.drainOnce();
    expect(read).toBeLessThanOrEqual(7);
    sink.drain();
    expect(read).toBe(20);
    expect(seen().at(-1)).toBe('pushwire:snapshot');
  });
});

describe('the code of an app', () => {
  it.each<[string, (step: (name: string) => void) => unknown]>([
    [
      'an iterable',
      function* (step) {
        try {
          for (let n = 0; n < 20; n++) {
            step('next');
            yield 'x'.repeat(40_000);
          }
        } finally {
          step('finally');
        }
      },
    ],
    [
      'an async iterable',
      async function* (step) {
        try {
          for (let n = 0; n < 20; n++) {
            step('next');
            yield 'x'.repeat(40_000);
          }
        } finally {
          step('finally');
        }
      },
    ],
    [
      'a promise of an iterable',
      async (step) =>
        (function* () {
          for (let n = 0; n < 20; n++) {
            step('next');
            yield 'x'.repeat(40_000);
          }
        })(),
    ],
  ])('runs in the context of its request whoever drains the socket, in %s', async (_kind, give) => {
    const { connect } = setUp();
    const seen = new Set<string>();
    const step = (name: string) => seen.add(`${name} in ${context.getStore()}`);
    const sink = new FakeSink();
    sink.stalled = true;
    const initial = () => {
      step('initial');
      return give(step);
    };
    const { subscribed } = connect(['news'], initial, { sink });
    await subscribed;
    for (let n = 0; n < 5; n++) {
      context.run('somebody else', () => sink.drainOnce());
      await microtasks();
    }
    context.run('somebody else', () => sink.leave());
    await microtasks();
    expect([...seen].filter((place) => !place.endsWith(' in its request'))).toEqual([]);
    expect(seen.size).toBeGreaterThan(1);
  });
});

describe('a gap on a route with snapshots', () => {
  it('is told together with a snapshot when the client comes back, and the context has its reason', async () => {
    const { clock, hub, news, connect, asked } = setUp({ log: { count: 1 } });
    const cursor = await news.publish('1');
    for (const text of ['2', '3']) await news.publish(text);
    clock.turn();
    const { seen } = connect(['news'], () => 'state', { cursor });
    expect(hub.stats().gaps).toBe(1);
    await news.publish('live');
    clock.turn();
    expect(asked).toMatchObject([{ channels: ['news'], gap: { reason: 'evicted', missed: 1 } }]);
    expect(seen()).toEqual(['pushwire:open', 'pushwire:gap evicted 1', 'state', 'pushwire:snapshot', 'live']);
  });

  it('leaves the client its old cursor until it has the snapshot', async () => {
    const { clock, news, connect } = setUp({ log: { count: 1 } });
    const cursor = await news.publish('1');
    for (const text of ['2', '3']) await news.publish(text);
    clock.turn();
    const { sink } = connect(['news'], () => 'state', { cursor });
    const ids = [...sink.text.matchAll(/^id:(.*)$/gm)].map(([, id]) => id?.trim());
    expect(ids).toEqual([cursor, cursor, '', expect.stringMatching(/\.3$/)]);
  });

  it('names the channels that it is about, and asks about these', async () => {
    const { clock, hub, connect, asked } = setUp({ log: (name) => (name === 'short' ? { count: 1 } : {}) });
    const cursor = connect(['long', 'short'], undefined).lastId();
    for (const text of ['1', '2', '3'])
      for (const name of ['long', 'short']) await hub.channel(name).publish(name + text);
    clock.turn();
    expect(connect(['long', 'short'], () => 'state of short', { cursor }).seen()).toEqual([
      'pushwire:open',
      'pushwire:gap evicted 2 short',
      'state of short',
      'pushwire:snapshot',
      'long1',
      'long2',
      'long3',
    ]);
    expect(asked.map(({ channels }) => channels)).toEqual([['short']]);
  });

  it('names the channels that it is about to a client without snapshots, too', async () => {
    const { clock, hub, connect } = setUp({ log: { count: 1 } });
    const cursor = connect(['a', 'b'], undefined).lastId();
    for (const text of ['1', '2']) await hub.channel('b').publish(text);
    clock.turn();
    expect(connect(['a', 'b'], undefined, { cursor }).seen()).toEqual([
      'pushwire:open',
      'pushwire:gap evicted 1 b',
      '2',
    ]);
  });

  it('names no channel where a secret hides their names', async () => {
    const { clock, hub, connect } = setUp({ log: { count: 1 }, cursorSecret: 'a secret of 16 chars or more' });
    const cursor = connect(['a', 'b'], undefined).lastId();
    for (const text of ['1', '2']) await hub.channel('b').publish(text);
    clock.turn();
    expect(connect(['a', 'b'], undefined, { cursor }).seen()[1]).toBe('pushwire:gap evicted 1');
  });

  it('is told with a snapshot to a client that has fallen behind', async () => {
    const { clock, news, connect, asked } = setUp({ log: { count: 2 } });
    let state = 'old';
    const { sink, seen } = connect(['news'], () => state, { settings: { highWaterMark: 1 } });
    sink.stalled = true;
    for (let n = 1; n <= 9; n++) {
      await news.publish(`${n}`);
      clock.turn();
    }
    state = 'new';
    sink.drain();
    await news.publish('live');
    clock.turn();
    expect(seen()).toEqual([
      'pushwire:open',
      'old',
      'pushwire:snapshot',
      '1',
      expect.stringMatching(/^pushwire:gap evicted/),
      'new',
      'pushwire:snapshot',
      'live',
    ]);
    expect(asked[1]).toMatchObject({ channels: ['news'], gap: { reason: 'evicted' } });
  });

  it('is left to the client after three snapshots in a row that each took too long', async () => {
    const { clock, news, connect, asked } = setUp({ log: { count: 1 } });
    const cursor = await news.publish('0');
    for (const text of ['1', '2']) await news.publish(text);
    clock.turn();
    const { subscribed, seen } = connect(
      ['news'],
      async () => {
        for (const text of ['3', '4', '5']) await news.publish(text);
        clock.turn();
        return 'state';
      },
      { cursor },
    );
    await subscribed;
    for (let n = 0; n < 20; n++) await microtasks();
    expect(asked).toHaveLength(3);
    expect(seen().filter((event) => event === 'state')).toHaveLength(3);
    expect(seen().slice(-2)).toEqual([expect.stringMatching(/^pushwire:gap evicted/), '5']);
  });
});

describe('a channel whose log is lossy', () => {
  it('has no gap, and reads on from the oldest message that is kept', async () => {
    const { clock, news, connect, asked } = setUp({ log: { count: 1, lossy: true } });
    const cursor = await news.publish('1');
    for (const text of ['2', '3']) await news.publish(text);
    clock.turn();
    expect(connect(['news'], () => 'state', { cursor }).seen()).toEqual(['pushwire:open', '3']);
    expect(asked).toEqual([]);
  });

  it('is not among the channels of a gap', async () => {
    const { clock, hub, connect } = setUp({ log: (name) => ({ count: 1, lossy: name === 'typing' }) });
    const cursor = connect(['news', 'typing'], undefined).lastId();
    for (const text of ['1', '2']) for (const name of ['news', 'typing']) await hub.channel(name).publish(text);
    clock.turn();
    expect(connect(['news', 'typing'], undefined, { cursor }).seen()[1]).toBe('pushwire:gap evicted 1 news');
  });
});

describe('an initial that fails', () => {
  const expectNothingLeft = (hub: Hub) => {
    expect([hub.stats().connections, hub.stats().channels]).toEqual([0, 0]);
  };

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('mine');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('mine');
      },
    ],
    [
      'gives a generator that throws',
      function* () {
        yield* [];
        throw new Error('mine');
      },
    ],
    [
      'gives an async generator that throws',
      async function* () {
        yield* [];
        throw new Error('mine');
      },
    ],
  ])('before its first message because it %s refuses the client with its error', async (_kind, initial) => {
    const { hub, connect, errors } = setUp();
    const sink = new FakeSink();
    await expect((async () => connect(['news'], initial, { sink }).subscribed)()).rejects.toThrow('mine');
    expect([sink.contentType, errors]).toEqual([undefined, []]);
    expectNothingLeft(hub);
  });

  it('after its first message ends the stream with an error, and tells the app', async () => {
    const { hub, connect, errors } = setUp();
    const { subscribed, seen, sink } = connect(['news'], async function* () {
      yield 'x'.repeat(70_000);
      throw new Error('mine');
    });
    const { closed } = await connectionOf(subscribed);
    expect(await closed).toBe('failed');
    expect(parseEventStream(sink.text).at(-1)).toMatchObject({ event: 'pushwire:error' });
    expect(seen()).toHaveLength(3);
    expect(errors).toEqual([new Error('mine')]);
    expectNothingLeft(hub);
  });

  it.each<[string, unknown]>([
    ['at once', 'state'],
    ['as a promise', Promise.resolve('state')],
  ])('because the mapping of a message throws ends the stream, and tells the app: %s', async (_kind, given) => {
    const { hub, connect, errors } = setUp();
    const failing: Encoder = {
      ...sseEncoder,
      batch: () => {
        throw new Error('mine');
      },
    };
    const { subscribed } = connect(['news'], () => given, { encoder: failing });
    expect((await connectionOf(subscribed)).reason).toBe('failed');
    expect(errors).toEqual([new Error('mine')]);
    await microtasks();
    expectNothingLeft(hub);
  });

  it.each<[string, () => unknown]>([
    ['a promise', () => new Promise(() => {})],
    [
      'an async iterable',
      async function* () {
        yield await new Promise(() => {});
      },
    ],
  ])('to settle asks the client to come back later: %s', async (_kind, initial) => {
    const { clock, hub, connect } = setUp({ logger: { debug() {}, info() {}, error() {} } });
    const { subscribed, seen } = connect(['news'], initial, { timeout: 500 });
    clock.advance(499);
    expect(seen()).toEqual([]);
    clock.advance(1);
    await microtasks();
    expect((await connectionOf(subscribed)).reason).toBe('unavailable');
    expect(seen()).toEqual(['pushwire:retry unavailable']);
    expectNothingLeft(hub);
  });

  it.each<[string, 'leave' | 'close', string, string[]]>([
    ['the client leaves', 'leave', 'left', []],
    ['the hub closes', 'close', 'draining', ['pushwire:retry draining']],
  ])('is not waited for once %s, and its iterable is closed', async (_kind, act, reason, last) => {
    const { hub, connect } = setUp();
    const gate = deferred<void>();
    let closes = 0;
    const { subscribed, seen, sink } = connect(['news'], async function* () {
      try {
        await gate.promise;
        yield 'late';
      } finally {
        closes++;
      }
    });
    if (act === 'leave') sink.leave();
    else await hub.close();
    expect((await connectionOf(subscribed)).reason).toBe(reason);
    gate.resolve();
    await microtasks();
    expect([seen(), closes]).toEqual([last, 1]);
    expectNothingLeft(hub);
  });
});
