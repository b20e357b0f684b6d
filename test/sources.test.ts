import { EventEmitter, on } from 'node:events';
import { Readable } from 'node:stream';
import { createHub, type Hub, message, type Source, type SourceContext } from '@pushwire/core';
import { adapters, type Running } from './kit/adapters';
import { type Heard, type ReadRound, readers } from './kit/readers';
import { openStream } from './kit/stream-client';
import { until } from './kit/until';

// The other adapters differ only in what is around the source.
const chosen = adapters.filter(({ name }) => /^(node:http|Express 5|Koa 3.*)$/.test(name));
const transports = ['sse', 'ndjson', 'comet', 'websocket'];

const hello: Heard[] = [{ data: 'one' }, { data: 'two' }].map((heard) => heard as Heard);

/** Emits events as soon as somebody listens. */
function emitting(...events: (readonly unknown[])[]): EventEmitter {
  const emitter = new EventEmitter();
  const emitAll = () => {
    for (const values of events) emitter.emit('line', ...values);
  };
  emitter.once('newListener', () => setImmediate(emitAll));
  return emitter;
}

/** What a route serves, and what its client hears. */
const kinds: Record<string, [serves: () => Source<unknown>, heard: Heard[], lasts?: true]> = {
  'an array': [() => ['one', 'two'], hello],
  'a set': [() => new Set(['one', { data: 'two' }]), hello],
  'a generator that is not async': [
    () =>
      function* () {
        yield 'one';
        yield message('two');
      },
    hello,
  ],
  'a list of promises': [() => () => [Promise.resolve('one'), Promise.resolve('two')], hello],
  'an async generator of text and messages': [
    () =>
      async function* () {
        yield 'one';
        yield { data: 'two', event: 'tick', id: '2' };
      },
    [hello[0] as Heard, { id: '2', event: 'tick', data: 'two' }],
  ],
  'a Readable of lines': [() => () => Readable.from(['one', 'two']), hello],
  'a web stream of lines': [
    () => () =>
      new ReadableStream<string>({
        start(controller) {
          for (const line of ['one', 'two']) controller.enqueue(line);
          controller.close();
        },
      }),
    hello,
  ],
  'the events of an emitter': [() => () => on(emitting(['one'], ['two']), 'line'), hello, true],
  'events that are messages': [
    () => () => on(emitting([message('one', { id: '1', event: 'tick' })], [message('two', { id: '2' })]), 'line'),
    [
      { id: '1', event: 'tick', data: 'one' },
      { id: '2', data: 'two' },
    ],
    true,
  ],
  'events of several arguments': [
    () => () => on(emitting(['a', 'b'], [{ data: 'c' }]), 'line'),
    [{ data: ['a', 'b'] }, { data: { data: 'c' } }].map((heard) => heard as Heard),
    true,
  ],
};

const withoutOldIds = ({ id, ...heard }: Heard) => (id === undefined || id === '' ? heard : { id, ...heard });

const asText = ({ data, ...heard }: Heard) => ({
  ...heard,
  data: typeof data === 'string' ? data : JSON.stringify(data),
});

describe.each(chosen)('sources on $name', ({ http2, start }) => {
  let hub: Hub;
  let app: Running;

  beforeAll(async () => {
    app = await start();
  });
  beforeEach(() => {
    hub = createHub();
  });
  afterEach(async () => {
    await until('all connections are closed', () => hub.stats().connections === 0);
    await hub.close();
    app.errors.length = 0;
  });
  afterAll(() => app.close());

  describe.each(transports)('over %s', (transport) => {
    const read = readers(http2)[transport] as ReadRound;
    const heardBy = (messages: Heard[]) => messages.map((heard) => withoutOldIds(asText(heard)));

    it.each(Object.entries(kinds))('give the messages of %s', async (_kind, [serves, heard, lasts]) => {
      const source = serves();
      const path = app.serve({ source, push: { hub } });
      // What begins anew in each loop is served to each client.
      if (typeof source !== 'function') await read(app.url + path, undefined, 2);
      const round = await read(app.url + path, undefined, 2);
      expect(heardBy(round.messages)).toEqual(heard.map(asText));
      // A client that was done with it has left.
      if (!lasts && transport !== 'websocket') expect(round.ended).toBe(true);
      expect(app.errors).toEqual([]);
    });

    it('give a state, and then the channel that changes it, to clients that are cut', async () => {
      const changes = hub.channel<{ message: number }>('changes');
      const state = { count: 0, id: await changes.head() };
      const source = async function* (_request: unknown, { signal, lastEventId }: SourceContext) {
        let from = lastEventId;
        if (from === undefined) {
          from = state.id;
          yield message({ count: state.count }, { event: 'state', id: from });
        }
        yield* changes.read({ from, signal });
      };
      const path = app.serve({ source, push: { hub } });
      let isPublishing = true;
      const publishing = (async () => {
        while (isPublishing) {
          const count = state.count + 1;
          const id = await changes.publish(count);
          Object.assign(state, { count, id });
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      let cursor: string | undefined;
      let last: number | undefined;
      for (let round = 0; round < 4; round++) {
        const { messages, gap } = await read(app.url + path, cursor, 15);
        expect(gap).toBe(false);
        for (const { id, event, data } of messages) {
          const value = typeof data === 'string' ? JSON.parse(data) : data;
          if (last === undefined) expect(event).toBe('state');
          else expect(value).toBe(last + 1);
          last = event === 'state' ? value.count : value;
          cursor = id;
        }
      }
      isPublishing = false;
      await publishing;
      // A reader that has `signal` does not wait for the next message after its client has left.
      await until('nothing is followed', () => hub.stats().channels === 0);
      expect(last).toBeGreaterThanOrEqual(60);
      expect(app.errors).toEqual([]);
    });
  });

  it.each(transports)(
    'give a channel and a generator at once, and go on in the channel, over %s',
    async (transport) => {
      const read = readers(http2)[transport] as ReadRound;
      const news = hub.channel<{ message: number }>('news');
      const ticks = async function* () {
        for (let n = 1; ; n++) {
          yield { data: n, event: 'tick' };
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const path = app.serve({ source: () => [news, ticks()], push: { hub } });
      let isPublishing = true;
      const publishing = (async () => {
        for (let n = 1; isPublishing; n++) {
          await news.publish(n);
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      const published: number[] = [];
      let cursor: string | undefined;
      for (let round = 0; round < 4; round++) {
        const { messages, gap } = await read(app.url + path, cursor, 30);
        expect(gap).toBe(false);
        expect(messages.some(({ event }) => event === 'tick')).toBe(true);
        published.push(...messages.filter(({ event }) => event !== 'tick').map(({ data }) => Number(data)));
        cursor = messages.at(-1)?.id;
      }
      isPublishing = false;
      await publishing;
      const first = published[0] as number;
      expect(published).toEqual(published.map((_, i) => first + i));
      expect(published.length).toBeGreaterThan(20);
      await until('nothing is followed', () => hub.stats().channels === 0);
      expect(app.errors).toEqual([]);
    },
  );

  it('tell the client of a reader of its gap', async () => {
    const small = createHub({ log: { count: 2 } });
    const channel = small.channel('small');
    const from = await channel.publish(1);
    await hub.channel('x').publish('');
    for (let n = 2; n <= 5; n++) await channel.publish(n);
    const onGap = jest.fn();
    const source = async function* () {
      yield 'before';
      for await (const item of channel.read({ from })) {
        if (item.gap) onGap(item.gap.missed);
        yield item;
      }
    };
    const client = await openStream(`${app.url}${app.serve({ source, push: { hub: small } })}?transport=sse`, http2);
    await client.until(({ data }) => data().length === 3);
    expect(client.events().map(({ event, data }) => [event, data])).toEqual([
      ['pushwire:open', expect.any(String)],
      ['message', 'before'],
      ['pushwire:gap', expect.stringContaining('"reason":"evicted","missed":2')],
      ['message', '4'],
      ['message', '5'],
    ]);
    expect(onGap.mock.calls).toEqual([[2]]);
    expect(small.stats().gaps).toBe(1);
    await small.close();
    await client.ended;
  });

  it('ask the client of a reader to come back when the hub of the channel closes', async () => {
    const other = createHub();
    const onError = jest.fn();
    const finished = jest.fn();
    const source = async function* (_request: unknown, { signal }: SourceContext) {
      try {
        yield* other.channel('x').read({ from: 'oldest', signal });
      } finally {
        finished();
      }
    };
    await other.channel('x').publish('one');
    const path = app.serve({ source, push: { hub, onError } });
    const client = await openStream(`${app.url}${path}?transport=sse`, http2);
    await client.until(({ data }) => data().length === 1);
    await other.close();
    await client.ended;
    expect(client.events().at(-1)).toMatchObject({
      event: 'pushwire:retry',
      data: expect.stringContaining('draining'),
    });
    expect([finished.mock.calls.length, onError.mock.calls, app.errors]).toEqual([1, [], []]);
    // The next client is not even begun.
    const next = await openStream(`${app.url}${path}?transport=sse`, http2);
    await next.ended;
    expect(next.events().map(({ event }) => event)).toEqual(['pushwire:retry']);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['text', () => 'text', /^source: expected .*got .*text/],
    ['bytes', () => Buffer.from('x'), /^source: expected/],
    ['a number', () => 5, /^source: expected .*got .*5/],
    ['null', () => null, /^source: expected/],
    ['a list in a list', () => [['x']], /^source message: expected a string, bytes, or an object with data/],
    ['a stream that something else reads', lockedStream, /^source: expected a web stream that nothing else reads/],
    ['a Readable that fails', () => new Readable({ read() {}, ...failing }), /^gone before it came$/],
  ])('refuse %s with the error', async (_what, give, words) => {
    const path = app.serve({ source: (async () => give()) as never, push: { hub } });
    const client = await openStream(`${app.url}${path}?transport=sse`, http2);
    await client.ended;
    expect(client.status).toBe(500);
    expect(app.errors).toEqual([expect.objectContaining({ message: expect.stringMatching(words) })]);
  });
});

const failing = {
  construct(done: (error: Error) => void) {
    setImmediate(() => done(new Error('gone before it came')));
  },
};

function lockedStream(): ReadableStream {
  const stream = new ReadableStream();
  stream.getReader();
  return stream;
}
