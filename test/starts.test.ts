import {
  type Channel,
  createHub,
  type Hub,
  type InitialContext,
  type PushOptions,
  PushwireError,
  type Start,
  serveLongPoll,
  servePoll,
  servePush,
  serveSse,
} from '@pushwire/core';
import { adapters, type Running } from './kit/adapters';
import { type Heard, readers } from './kit/readers';
import { openStream } from './kit/stream-client';
import { until } from './kit/until';
import { openWebSocket } from './kit/web-socket-client';

// The place where a client begins, and what it gets in front of live messages, over every transport.

const transports = ['sse', 'ndjson', 'comet', 'long-poll', 'poll', 'websocket'];
const brief = ['long-poll', 'poll'];

const texts = (messages: readonly Heard[]) => messages.map(({ data }) => data);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** An error that frameworks answer with 418. */
const teapot = () => Object.assign(new Error('no'), { status: 418, expose: true });

describe.each(adapters)('a route of $name', ({ http2, start }) => {
  const failures: unknown[] = [];
  let hub: Hub;
  let app: Running;
  let count = 0;
  let channel: Channel;

  beforeAll(async () => {
    const logger = { debug() {}, info() {}, error: (_text: string, error: unknown) => failures.push(error) };
    hub = createHub({ log: (name) => (name.startsWith('short') ? { count: 2 } : {}), logger: logger as never });
    app = await start();
  });
  beforeEach(() => {
    channel = hub.channel(`channel-${++count}`);
    failures.length = 0;
    app.errors.length = 0;
  });
  afterEach(() => until('all connections are closed', () => hub.stats().connections === 0));
  afterAll(async () => {
    await hub.close();
    await app.close();
  });

  const serve = (push: PushOptions<unknown>, source: Channel | Channel[] = channel) =>
    app.url + app.serve({ source, push });
  const publish = async (...messages: string[]) => {
    for (const text of messages) await channel.publish(text);
  };

  describe.each(transports)('over %s', (transport) => {
    const read = readers(http2)[transport] as ReturnType<typeof readers>[string];

    it.each<[Start, string[]]>([
      ['oldest', ['1', '2', '3']],
      [{ last: 2 }, ['2', '3']],
    ])('starts from %j where the client has no cursor, and goes on where it was', async (from, expected) => {
      await publish('1', '2', '3');
      const url = serve({ from });
      const first = await read(url, undefined, expected.length);
      expect(texts(first.messages)).toEqual(expected);
      await publish('4');
      const second = await read(url, first.cursor, 1);
      expect([texts(second.messages), second.gap]).toEqual([['4'], false]);
    });

    it('sends a snapshot first, then what was published meanwhile, each once', async () => {
      await publish('before');
      const contexts: InitialContext[] = [];
      const url = serve({
        initial: async (_request, context) => {
          contexts.push(context);
          await publish('meanwhile');
          return ['state', { data: 'more', event: 'part' }];
        },
      });
      const round = await read(url, undefined, 3);
      expect(texts(round.messages)).toEqual(['state', 'more', 'meanwhile']);
      expect(round.messages.map(({ event }) => event)).toEqual([undefined, 'part', undefined]);
      expect(contexts.map(({ channels, gap }) => [channels.map(({ name }) => name), gap])).toEqual([
        [[channel.name], undefined],
      ]);
      await publish('later');
      expect(texts((await read(url, round.cursor, 1)).messages)).toEqual(['later']);
      expect(contexts).toHaveLength(1);
    });

    it('goes on after the message that a snapshot includes', async () => {
      const url = serve({
        initial: async () => {
          const id = await channel.publish('included');
          await publish('not included');
          return { data: 'state', id };
        },
      });
      expect(texts((await read(url, undefined, 2)).messages)).toEqual(['state', 'not included']);
    });

    it('sends a snapshot again after a gap, about the channels of the gap', async () => {
      const short = hub.channel(`short-${count}`);
      const about: unknown[] = [];
      const initial = (_request: unknown, { channels, gap }: InitialContext) => {
        about.push([channels.map(({ name }) => name), gap?.reason]);
        return ['state'];
      };
      const url = serve({ initial }, [channel, short]);
      const first = await read(url, undefined, 1);
      for (let n = 1; n <= 5; n++) await short.publish(`short ${n}`);
      await publish('long');
      const second = await read(url, first.cursor, 2);
      expect([texts(second.messages), second.gap]).toEqual([['state', 'long'], true]);
      expect(about).toEqual([
        [[channel.name, short.name], undefined],
        [[short.name], 'evicted'],
      ]);
    });

    it('sends an async iterable of more bytes than one read of the log has, in order', async () => {
      const numbers = Array.from({ length: 40 }, (_, n) => `${n}`.padEnd(5000, 'x'));
      const url = serve({
        initial: async function* () {
          yield* numbers;
        },
      });
      const round = await read(url, undefined, 40);
      expect(texts(round.messages)).toEqual(numbers);
    });

    it.each<[string, () => Promise<never>]>([
      ['does not settle', () => new Promise<never>(() => {})],
      ['finds Redis unreachable', async () => Promise.reject(new PushwireError('backplane-unavailable', 'no'))],
    ])('asks the client to come back later where initial %s, and fires the signal', async (_kind, settle) => {
      let fired = false;
      const initial = (_request: unknown, { signal }: InitialContext) => {
        signal.addEventListener('abort', () => {
          fired = true;
        });
        return settle();
      };
      const url = serve({ initial, sourceTimeout: 50 });
      if (transport === 'websocket') {
        const client = await openWebSocket(url, { http2, protocol: 'pushwire.v1' });
        await client.closed;
        expect(client.messages().map(String).join('\n')).toMatch(/^\{"event":"pushwire:retry".*"unavailable"/);
      } else {
        const client = await openStream(`${url}?transport=${transport}`, http2);
        await client.ended;
        expect(client.status).toBe(brief.includes(transport) ? 503 : 200);
        if (client.status === 200) expect(client.text()).toMatch(/pushwire:retry.*unavailable/s);
      }
      await until('the signal fires', () => fired);
    });

    it.each<[string, () => never | Promise<never>]>([
      [
        'throws',
        () => {
          throw teapot();
        },
      ],
      [
        'rejects',
        async () => {
          await pause(5);
          throw teapot();
        },
      ],
    ])('lets the framework answer where initial %s before anything is sent', async (_kind, initial) => {
      const url = serve({ initial });
      if (transport === 'websocket') {
        const client = await openWebSocket(url, { http2, protocol: 'pushwire.v1' });
        await client.closed;
        expect(client.messages().map(String)).toEqual(['{"event":"pushwire:error","data":{"code":"source-failed"}}']);
        expect([...app.errors, ...failures]).toHaveLength(1);
      } else {
        const client = await openStream(`${url}?transport=${transport}`, http2);
        await client.ended;
        expect([client.status, app.errors, failures]).toEqual([418, [teapot()], []]);
      }
      await publish('next');
      expect(texts((await read(serve({ from: 'oldest' }), undefined, 1)).messages)).toEqual(['next']);
    });
  });

  describe('for polls', () => {
    const poll = async (url: string, query: string) => {
      const client = await openStream(`${url}?${query}`, http2);
      await client.ended;
      return client;
    };

    it('holds one without a cursor where first is "wait", and answers it when something is published', async () => {
      const url = serve({ longPoll: { first: 'wait' } });
      const polling = poll(url, 'transport=long-poll');
      await until('the poll is held', () => hub.stats().open['long-poll'] === 1);
      await publish('one');
      const { status, headers, text } = await polling;
      expect([status, texts(JSON.parse(text()).messages)]).toEqual([200, ['one']]);
      expect(headers['cache-control']).toBe('private, no-store');
    });

    it('answers many of these with the same bytes', async () => {
      const url = serve({ longPoll: { first: 'wait' } });
      const polling = Array.from({ length: 5 }, () => poll(url, 'transport=long-poll'));
      await until('the polls are held', () => hub.stats().open['long-poll'] === 5);
      await publish('one', 'two');
      const bodies = (await Promise.all(polling)).map((client) => client.text());
      expect(new Set(bodies).size).toBe(1);
      expect(texts(JSON.parse(bodies[0] as string).messages)).toEqual(['one', 'two']);
      expect(JSON.parse(bodies[0] as string)).not.toHaveProperty('from');
    });

    it('answers one with messages at once where the route starts earlier', async () => {
      await publish('one');
      const url = serve({ from: 'oldest', longPoll: { first: 'wait' } });
      expect(texts(JSON.parse((await poll(url, 'transport=long-poll')).text()).messages)).toEqual(['one']);
    });

    it('answers one without a cursor at once where first is not set', async () => {
      const answer = await poll(serve({}), 'transport=long-poll');
      expect(JSON.parse(answer.text()).messages).toEqual([]);
    });

    it('lets no cache answer an empty wait without a cursor, or a snapshot', async () => {
      const waits = serve({ longPoll: { first: 'wait', wait: 20, cache: true } });
      expect((await poll(waits, 'transport=long-poll')).headers['cache-control']).toBe('private, no-store');
      const snapshots = serve({ initial: () => 'state' });
      for (const transport of brief) {
        const { headers } = await poll(snapshots, `transport=${transport}`);
        expect([headers['cache-control'], headers.etag]).toEqual(['private, no-store', undefined]);
      }
    });

    it('refuses one whose snapshot has more bytes than maxSnapshot, also an endless one, and tells the app', async () => {
      const endless = function* () {
        for (;;) yield 'x'.repeat(1000);
      };
      const slowly = async function* () {
        yield* endless();
      };
      const empty = function* () {
        for (;;) yield '';
      };
      for (const initial of [endless, slowly, empty]) {
        const url = serve({ initial, longPoll: { maxSnapshot: 50_000 }, poll: { maxSnapshot: 50_000 } });
        for (const transport of brief) {
          const { status, text } = await poll(url, `transport=${transport}`);
          expect([status, text()]).toEqual([406, 'The state is too large for a poll.\n']);
        }
      }
      expect(failures).toHaveLength(6);
    });

    it('sends one whose snapshot has no more bytes than maxSnapshot', async () => {
      const initial = () => ['x'.repeat(50_000)];
      const url = serve({ initial, longPoll: { maxSnapshot: 50_000 }, poll: { maxSnapshot: 50_000 } });
      for (const transport of brief) expect((await poll(url, `transport=${transport}`)).status).toBe(200);
    });

    // `fetch` does not speak HTTP/2 without TLS.
    it.each(http2 ? ['the hub closes'] : ['the hub closes', 'the client leaves'])(
      'gives up a snapshot when %s',
      async (end) => {
        const own = createHub();
        const steps: string[] = [];
        const initial = async function* (_request: unknown, { signal }: InitialContext) {
          try {
            steps.push('asked');
            yield 'first';
            await new Promise((resolve) => signal.addEventListener('abort', resolve));
            yield 'second';
          } finally {
            steps.push('closed');
          }
        };
        const url = app.url + app.serve({ source: own.channel('news'), push: { initial } });
        if (end === 'the hub closes') {
          const polling = poll(url, 'transport=long-poll');
          await until('initial is asked', () => steps.length > 0);
          await own.close();
          expect((await polling).status).toBe(503);
        } else {
          const leaving = new AbortController();
          const opening = fetch(`${url}?transport=poll`, { signal: leaving.signal }).catch(() => {});
          await until('initial is asked', () => steps.length > 0);
          leaving.abort();
          await opening;
        }
        await until('the iterable is closed', () => steps.length === 2);
        await own.close();
      },
    );

    it('tells a gap that comes while a poll is held in its next answer, with a snapshot', async () => {
      const short = hub.channel(`short-${count}`);
      const url = serve({ initial: () => 'state' }, short);
      const read = readers(http2)['long-poll'] as ReturnType<typeof readers>[string];
      const { cursor } = await read(url, undefined, 1);
      for (let n = 1; n <= 5; n++) await short.publish(`${n}`);
      const next = await read(url, cursor, 1);
      expect([texts(next.messages), next.gap]).toEqual([['state'], true]);
      const last = await read(url, next.cursor, 0);
      expect([last.messages, last.gap]).toEqual([[], false]);
    });
  });
});

describe('the options of a route', () => {
  const hub = createHub();
  afterAll(() => hub.close());
  const channel = hub.channel('any');

  it.each<[string, object, string]>([
    [
      'from',
      { from: 'newest' },
      'from: expected "now", "oldest" or { last: an integer from 0 }, got the string "newest"',
    ],
    ['from', { from: { last: -1 } }, 'from: expected "now", "oldest" or { last: an integer from 0 }'],
    ['from', { from: { last: '5' } }, 'from: expected "now", "oldest" or { last: an integer from 0 }'],
    ['from', { from: null }, 'from: expected "now", "oldest" or { last: an integer from 0 }, got null'],
    ['initial', { initial: ['state'] }, 'initial: expected a function, got'],
    ['initial', { initial: Promise.resolve('state') }, 'initial: expected a function, got'],
  ])('refuse a wrong %s on every transport: %j', (_name, options, text) => {
    for (const serve of [servePush, serveSse, serveLongPoll, servePoll]) {
      expect(() => serve(channel, options)).toThrow(TypeError);
      expect(() => serve(channel, options)).toThrow(text);
    }
  });

  it('refuse a wrong first, and initial together with a cache', () => {
    expect(() => serveLongPoll(channel, { first: 'hold' as 'wait' })).toThrow('first: expected "wait" or "answer"');
    expect(() => servePoll(channel, { first: 'wait' } as object)).toThrow('unknown option "first"');
    const both = { initial: () => 'x', cache: true };
    expect(() => serveLongPoll(channel, both)).toThrow('expected initial or cache, got both');
    expect(() => servePush(channel, { initial: () => 'x', longPoll: { cache: true } })).toThrow('initial or cache');
  });
});
