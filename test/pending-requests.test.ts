import { createHub, type Hub } from '@pushwire/core';
import { FakeClock } from '@pushwire/core/testing';
import { adapters, type Running } from './kit/adapters';
import { openStream } from './kit/stream-client';
import { until } from './kit/until';
import { openWebSocket } from './kit/web-socket-client';

const never = new Promise<never>(() => {});
const limit = 3;
const kinds = ['sse', 'ndjson', 'comet', 'long-poll', 'poll', 'websocket', 'post'];

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | undefined;
}

describe.each(adapters)('requests whose source or authorize does not settle on $name', ({ http2, start }) => {
  let hub: Hub;
  let clock: FakeClock;
  let app: Running;
  let called: number;
  let signals: AbortSignal[];
  let logged: string[];

  beforeEach(async () => {
    [called, signals, logged] = [0, [], []];
    clock = new FakeClock();
    const ignore = () => {};
    const logger = {
      debug: ignore,
      info: ignore,
      error: (fields: object) => void logged.push(`${Object.values(fields)[0]}`),
    };
    hub = createHub({ clock, limits: { connections: limit }, logger });
    const push = { webSocket: { onMessage: ignore } };
    app = await start({
      '/source': {
        source: (_request, { signal }) => {
          signals.push(signal);
          called++;
          return never;
        },
        push,
      },
      '/authorize': {
        source: hub.channel('news'),
        push: {
          ...push,
          authorize: () => {
            called++;
            return never;
          },
        },
      },
    });
  });
  afterEach(async () => {
    await hub.close();
    await app.close();
  });

  /** Resolves with the answer, which comes when the request is no longer pending. */
  async function ask(kind: string, path: string): Promise<Answer> {
    if (kind === 'websocket') {
      const { status, body, headers } = await openWebSocket(`${app.url}${path}`, { http2 });
      return { status, text: await body, retryAfter: headers['retry-after'] };
    }
    const request = kind === 'post' ? { method: 'POST', body: 'hello' } : {};
    const query = kind === 'post' ? '' : `?transport=${kind}`;
    const client = await openStream(`${app.url}${path}${query}`, http2, request);
    await client.ended;
    return { status: client.status, text: client.text(), retryAfter: client.headers['retry-after'] };
  }

  async function fill(kind: string, path: string): Promise<readonly Promise<Answer>[]> {
    const answers = Array.from({ length: limit }, () => ask(kind, path));
    await until('the app is asked for each', () => called === limit);
    return answers;
  }

  function expectRefusal({ status, text, retryAfter }: Answer, kind: string, reason: string): void {
    const isStream = ['sse', 'ndjson', 'comet'].includes(kind);
    if (isStream) expect([status, text]).toEqual([200, expect.stringContaining(reason)]);
    else expect([status, retryAfter]).toEqual([503, expect.stringMatching(/^\d+$/)]);
  }

  describe.each(['/source', '/authorize'])('at %s', (path) => {
    it.each(kinds)(
      'count towards the limits, so that one more over %s is refused and the app not asked',
      async (kind) => {
        const answers = await fill(kind, path);
        expectRefusal(await ask(kind, path), kind, 'full');
        expect(called).toBe(limit);
        await hub.close();
        await Promise.all(answers);
      },
    );

    it.each(kinds)('are answered over %s when sourceTimeout is over, and leave their places', async (kind) => {
      const answers = await fill(kind, path);
      clock.advance(29_900);
      expect(hub.stats().refused.unavailable).toBe(0);
      clock.advance(300);
      for (const answer of await Promise.all(answers)) expectRefusal(answer, kind, 'unavailable');
      expect(logged).toEqual(Array(limit).fill(expect.stringContaining('sourceTimeout')));
      expect(signals.every(({ aborted }) => aborted)).toBe(true);
      called = 0;
      const more = await fill(kind, path);
      await hub.close();
      await Promise.all(more);
    });

    it.each(kinds)('are answered over %s by the close of the hub', async (kind) => {
      const answers = await fill(kind, path);
      await hub.close();
      for (const answer of await Promise.all(answers)) expectRefusal(answer, kind, 'draining');
      expect(signals.every(({ aborted }) => aborted)).toBe(true);
      expect(app.errors).toEqual([]);
    });

    it('leave their places when their clients leave', async () => {
      const gone = new Promise((resolve) => app.server.once('connection', (socket) => socket.once('close', resolve)));
      const sockets = new Set<{ destroy(): void }>();
      app.server.on('connection', (socket) => sockets.add(socket));
      for (const answer of await fill('sse', path)) answer.catch(() => {});
      for (const socket of sockets) socket.destroy();
      await gone;
      called = 0;
      await until('there is room', async () => {
        const answer = ask('sse', path);
        answer.catch(() => {});
        const refused = await Promise.race([answer, until('it is asked', () => called > 0).then(() => undefined)]);
        return refused === undefined;
      });
    });
  });

  it('close a generator that comes too late, and report an error that does', async () => {
    const settles: { resolve(feed: unknown): void; reject(error: unknown): void }[] = [];
    const path = app.serve({
      source: () => new Promise((resolve, reject) => settles.push({ resolve: resolve as never, reject })),
      push: {},
    });
    const answers = [ask('sse', path), ask('sse', path)];
    await until('both sources are called', () => settles.length === 2);
    clock.advance(30_200);
    await Promise.all(answers);
    const iterator = { next: () => never, return: jest.fn(async () => ({ done: true, value: undefined })) };
    settles[0]?.resolve({ [Symbol.asyncIterator]: () => iterator });
    settles[1]?.reject(new Error('the database is slow'));
    await until('the error is reported', () => logged.includes('Error: the database is slow'));
    expect(iterator.return).toHaveBeenCalledTimes(1);
  });

  it('become connections within the limits when they settle in time', async () => {
    const settles: (() => void)[] = [];
    const path = app.serve({
      source: () => new Promise((resolve) => settles.push(() => resolve(hub.channel('news')))),
      push: { authorize: async () => true },
    });
    const opening = Array.from({ length: limit }, () => openStream(`${app.url}${path}`, http2));
    await until('all sources are called', () => settles.length === limit);
    for (const settle of settles) settle();
    const clients = await Promise.all(opening);
    for (const client of clients) await client.until(({ text }) => text().includes('pushwire:open'));
    expect([hub.stats().connections, hub.stats().refused]).toEqual([
      limit,
      { draining: 0, full: 0, unavailable: 0, forbidden: 0 },
    ]);
    // A later answer of the timer must not touch an open stream.
    clock.advance(60_000);
    expect(hub.stats().connections).toBe(limit);
    for (const client of clients) client.leave();
    await until('all have left', () => hub.stats().connections === 0);
  });

  it('are not refused for a hub that turns out not to be theirs', async () => {
    const full = await fill('sse', '/authorize');
    const generate = async function* () {
      yield { data: 'mine' };
    };
    const generator = app.serve({ source: generate, push: {} });
    expect((await ask('sse', generator)).text).toContain('data: mine');
    // The first promise shows that the source takes its time. The hub is only presumed until then.
    const late = jest.fn(async () => {
      throw new Error('too late to matter');
    });
    const path = app.serve({ source: late, push: {} });
    for (const _ of [1, 2]) expectRefusal(await ask('sse', path), 'sse', 'full');
    expect(late).toHaveBeenCalledTimes(1);
    await hub.close();
    await Promise.all(full);
  });

  it('have a time of their own on a route with sourceTimeout', async () => {
    const path = app.serve({ source: () => never, push: { sourceTimeout: 1000 } });
    const answers = ['sse', 'long-poll', 'poll', 'websocket'].map((kind) => ask(kind, path));
    await until('one is refused', () => {
      clock.advance(1100);
      return hub.stats().refused.unavailable === answers.length;
    });
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 503, 503, 503]);
  });
});
