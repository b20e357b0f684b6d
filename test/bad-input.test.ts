import { createHub, message, type OpenPoll, type OpenStream, type PushOptions } from '@pushwire/core';
import { listen, type TestStream } from '@pushwire/core/testing';
import { adapters, type Route, type Running } from './kit/adapters';
import { until } from './kit/until';

// A message that cannot be sent is a TypeError that names the field, wherever the app gives it: at once where there is
// a call, with an ordinary status where no head is out, and for that client alone.

const loop: Record<string, unknown> = {};
loop.self = loop;

/** Messages that nobody can send, and the beginning of the error's text. */
const bad: readonly (readonly [string, { data?: unknown; event?: unknown; id?: unknown; retry?: unknown }, RegExp])[] =
  [
    ['an event with CR', { data: 1, event: 'a\rb' }, /^event: expected/],
    ['an event with LF', { data: 1, event: 'a\nb' }, /^event: expected/],
    ['an event with NUL', { data: 1, event: 'a\0b' }, /^event: expected/],
    ['an event that is no text', { data: 1, event: 7 }, /^event: expected/],
    ['a reserved event', { data: 1, event: 'pushwire:end' }, /^event: expected/],
    ['an id with CR', { data: 1, id: 'a\r' }, /^(initial message )?id: expected/],
    ['an id with LF', { data: 1, id: 'a\nb' }, /^(initial message )?id: expected/],
    ['an id with NUL', { data: 1, id: '\0' }, /^(initial message )?id: expected/],
    ['an id that is no text', { data: 1, id: 7 }, /^(initial message )?id: expected/],
    ['data that is a promise', { data: Promise.resolve(1) }, /^data: expected/],
    ['data that rejects', { data: Promise.reject(new Error('dropped')) }, /^data: expected/],
    ['data with a Map', { data: { a: new Map() } }, /^data, property "a": expected/],
    ['data that is an Error', { data: new Error('x') }, /^data: expected/],
    ['data in a circle', { data: loop }, /^data: expected/],
    ['no data', { data: undefined }, /^data: expected/],
  ];
const badRetries: typeof bad = [
  ['a retry that is no integer', { data: 1, retry: 1.5 }, /^retry: expected/],
  ['a retry that is text', { data: 1, retry: '5' }, /^retry: expected/],
  ['a negative retry', { data: 1, retry: -1 }, /^retry: expected/],
];

const tested = adapters.filter(({ name, http2 }) => !http2 && name !== 'Express 4' && name !== 'Koa 2');

describe.each(tested)('bad input with $name', ({ start }) => {
  let app: Running;
  const told = jest.fn();
  const hub = createHub({ logger: { error: told, info() {}, debug() {} } });
  const news = hub.channel('news');
  let other: TestStream;

  beforeAll(async () => {
    app = await start();
    other = listen(app.url + app.serve({ source: news, push: {} }));
    await other.opened;
  });
  beforeEach(() => {
    app.errors.length = 0;
  });
  // Nobody else is disturbed.
  afterEach(async () => {
    await news.publish('still here');
    expect((await other.next()).data).toBe('still here');
  });
  afterAll(async () => {
    await other.close();
    await hub.close();
    await app.close();
  });

  const statusOf = async (route: Route, query = '') => (await fetch(app.url + app.serve(route) + query)).status;
  const expectError = (words: RegExp, error: unknown) => {
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(words);
  };
  const thrownBy = (act: () => unknown): unknown => {
    try {
      act();
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it.each([...bad, ...badRetries])(
    '%s is refused by the first item of a source with 500',
    async (_name, item, words) => {
      async function* source() {
        yield item as never;
      }
      expect(await statusOf({ source: () => source(), push: {} }, '?transport=sse')).toBe(500);
      expectError(words, app.errors[0]);
    },
  );

  it.each([...bad, ...badRetries])('%s is refused by stream.send(), which goes on', async (_name, item, words) => {
    const errors: unknown[] = [];
    const byHand: Route['byHand'] = async ({ openStream }) => {
      const stream: OpenStream = await openStream({ hub, transport: 'sse' });
      const { data, ...fields } = item;
      errors.push(thrownBy(() => stream.send(data, fields as never)));
      stream.send('fine');
      stream.end();
    };
    const client = listen(app.url + app.serve({ byHand }));
    expect((await client.next()).data).toBe('fine');
    await client.close();
    expectError(words, errors[0]);
  });

  it.each(bad)('%s is refused by poll.answer(), which can answer then', async (_name, item, words) => {
    const errors: unknown[] = [];
    const byHand: Route['byHand'] = async ({ openPoll }) => {
      const poll: OpenPoll = await openPoll({ hub, transport: 'long-poll' });
      errors.push(thrownBy(() => poll.answer(item as never)));
      expect(poll.answer('fine')).toBe(true);
      errors.push(thrownBy(() => poll.answer('again')));
    };
    const response = await fetch(app.url + app.serve({ byHand }));
    expect(((await response.json()) as { messages: unknown }).messages).toEqual([{ data: 'fine' }]);
    expectError(words, errors[0]);
    expectError(/^answer: expected one answer/, errors[1]);
  });

  it.each(bad)('%s is refused by initial with 500, for a stream and a poll', async (_name, item, words) => {
    const push: PushOptions<unknown> = { initial: () => [item as never] };
    for (const transport of ['sse', 'ndjson', 'long-poll', 'poll']) {
      expect(await statusOf({ source: news, push }, `?transport=${transport}`)).toBe(500);
    }
    expect(app.errors).toHaveLength(4);
    for (const error of app.errors) expectError(words, error);
  });

  it.each(bad.filter(([, { id }]) => id === undefined))(
    '%s is refused by connection.send()',
    async (_name, item, words) => {
      const errors: unknown[] = [];
      const push: PushOptions<unknown> = {
        onOpen: (connection) => {
          const { data, event } = item;
          errors.push(
            thrownBy(() => connection.send(data, event === undefined ? undefined : { event: event as never })),
          );
          connection.send('fine');
        },
      };
      const client = listen(app.url + app.serve({ source: news, push }));
      expect((await client.next()).data).toBe('fine');
      await client.close();
      expectError(words, errors[0]);
    },
  );

  it('an initial that throws is answered with the status of the error', async () => {
    const push: PushOptions<unknown> = {
      initial: () => {
        throw Object.assign(new Error('gone'), { status: 410 });
      },
    };
    for (const transport of ['sse', 'long-poll']) {
      expect(await statusOf({ source: news, push }, `?transport=${transport}`)).toBe(410);
    }
  });

  it('an initial that never settles is put off after sourceTimeout', async () => {
    const push: PushOptions<unknown> = { initial: () => new Promise(() => {}), sourceTimeout: 30 };
    expect(await statusOf({ source: news, push }, '?transport=long-poll')).toBe(503);
    const client = listen(app.url + app.serve({ source: news, push }), { transport: 'sse' });
    await client.closed;
    expect(client.events.at(-1)?.event).toBe('pushwire:retry');
    expect(told).toHaveBeenCalledTimes(2);
    await client.close();
  });

  it('a stream takes nothing after end(), and does nothing after close()', async () => {
    const done: unknown[] = [];
    const byHand: Route['byHand'] = async ({ openStream }) => {
      const stream: OpenStream = await openStream({ hub, transport: 'sse' });
      stream.end();
      done.push(
        thrownBy(() => stream.send('x')),
        thrownBy(() => stream.comment('x')),
        thrownBy(() => stream.retry(5)),
      );
      const closed: OpenStream = stream;
      closed.close();
      done.push('over');
    };
    const client = listen(app.url + app.serve({ byHand }));
    await client.closed;
    await until('it is done', () => done.includes('over'));
    for (const error of done.slice(0, 3)) expectError(/expected a stream that has not ended/, error);
    await client.close();
  });
});

it.each(bad.filter(([, { id }]) => id === undefined))(
  '%s is refused by publish() at once',
  (_name, { data, event }, words) => {
    const publish = () =>
      createHub()
        .channel('news')
        .publish(data, event === undefined ? undefined : { event: event as never });
    expect(publish).toThrow(TypeError);
    expect(publish).toThrow(words);
  },
);

it.each([...bad, ...badRetries])(
  '%s is refused by message() or what it is given to',
  (_name, { data, ...fields }, words) => {
    const make = () =>
      createHub()
        .channel('news')
        .publish(message(data, fields as never));
    expect(make).toThrow(TypeError);
    expect(make).toThrow(words);
  },
);
