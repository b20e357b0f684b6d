import { request as rawRequest } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { type Channel, createHub, type Hub } from '@pushwire/core';
import { events } from '@pushwire/core/testing';
import request from 'supertest';
import { adapters, type Route, type Running } from './kit/adapters';
import { openStream, type StreamClient, type StreamRequest } from './kit/stream-client';
import { until } from './kit/until';

const kinds = (seen: { event: string }[]) => seen.map(({ event }) => event);
const opened = (client: { events(): { event: string }[] }) => client.events().length > 0;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** An error that frameworks answer with 418. */
const teapot = () => Object.assign(new Error('no'), { status: 418, expose: true });

/** A generator that fails before its first message. */
async function* failsSlowly() {
  await pause(20);
  yield await Promise.reject(teapot());
}

describe.each(adapters)('sse() on $name', ({ http2, hasAfterPart, start }) => {
  let hub: Hub;
  let app: Running;
  let channels = 0;
  /** A channel that no other test uses, and the path of its route. */
  let channel: Channel;
  let path: string;

  const serve = (route: Route) => app.serve(route);
  const serveSource = (source: Route['source'], options: Route['options'] = {}) => serve({ source, options });

  beforeAll(async () => {
    hub = createHub({ log: (name) => (name === 'short' ? { count: 2 } : {}) });
    app = await start();
  });

  beforeEach(() => {
    channel = hub.channel(`channel-${++channels}`);
    path = serveSource(channel);
    app.errors.length = 0;
    app.finished.length = 0;
  });

  afterAll(async () => {
    await hub.close();
    await app.close();
  });

  const clients: StreamClient[] = [];
  const open = async (target: string, options?: StreamRequest) => {
    const client = await openStream(app.url + target, http2, options);
    clients.push(client);
    return client;
  };

  afterEach(async () => {
    for (const client of clients.splice(0)) client.leave();
    await until('all connections are closed', () => hub.stats().connections === 0);
  });

  it('sends its head and its cursor at once, with the headers of a stream', async () => {
    const client = await open(path);
    await client.until(opened);
    expect(client.status).toBe(200);
    expect(client.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-store, no-transform',
      'content-encoding': 'identity',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    expect(client.headers['content-length']).toBeUndefined();
    if (http2) expect(client.headers.connection).toBeUndefined();
    const retry = Number(/^retry: (\d+)$/m.exec(client.text())?.[1]);
    expect(retry).toBeGreaterThanOrEqual(2250);
    expect(retry).toBeLessThanOrEqual(3750);
  });

  it('delivers each message when it is published', async () => {
    const client = await open(path);
    await client.until(opened);
    for (const [n, data] of ['one', 'two\nlines', '€🙂'].entries()) {
      const id = await channel.publish(data, { event: 'tick' });
      await client.until(() => client.data().length === n + 1);
      expect(client.events().at(-1)).toEqual({ event: 'tick', id, data });
    }
  });

  it.each(['header', 'cursor', 'lastEventId', 'evs_last_event_id'])('resumes by %s', async (way) => {
    const id = await channel.publish('one');
    await channel.publish('two');
    const options = way === 'header' ? { headers: { 'last-event-id': id } } : {};
    const client = await open(way === 'header' ? path : `${path}?${way}=${id}`, options);
    await client.until(() => client.data().length === 1);
    expect(client.data()).toEqual(['two']);
  });

  it('announces a gap in-band', async () => {
    const short = hub.channel('short');
    const id = await short.publish('one');
    for (const text of ['two', 'three', 'four']) await short.publish(text);
    const client = await open(`${serveSource(short)}?cursor=${id}`);
    await client.until(() => client.data().length === 2);
    expect(kinds(client.events())).toEqual(['pushwire:open', 'pushwire:gap', 'message', 'message']);
    expect(client.data()).toEqual(['three', 'four']);
  });

  it('serves several channels with one cursor', async () => {
    const both = serveSource(async () => [hub.channel('a'), hub.channel('b')]);
    const client = await open(both);
    await client.until(opened);
    await hub.channel('a').publish('from a');
    await client.until(() => client.data().length === 1);
    await hub.channel('b').publish('from b');
    await client.until(() => client.data().length === 2);
    client.leave();
    const resumed = await open(both, { headers: { 'last-event-id': client.events()[1]?.id ?? '' } });
    await resumed.until(() => resumed.data().length === 1);
    expect(resumed.data()).toEqual(['from b']);
  });

  it('ends with the channel, and answers 204 to a client that comes back', async () => {
    const client = await open(path);
    await client.until(opened);
    await channel.publish('last');
    await channel.end();
    await client.ended;
    expect(kinds(client.events())).toEqual(['pushwire:open', 'message', 'pushwire:end']);
    const again = await open(path, { headers: { 'last-event-id': client.events().at(-1)?.id ?? '' } });
    await again.ended;
    expect([again.status, again.text()]).toEqual([204, '']);
  });

  it('refuses a cursor of 8000 characters with a sentence and status 400, and serves the next request', async () => {
    const client = await open(`${path}?cursor=${'x'.repeat(8000)}`);
    await client.ended;
    expect(client.status).toBe(400);
    expect(client.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(client.text()).toBe('The cursor is longer than 4096 characters.\n');
    expect((await open(path)).status).toBe(200);
    expect(app.errors).toEqual([]);
  });

  it('refuses more channels than one connection may have', async () => {
    const client = await open(serveSource(() => Array.from({ length: 101 }, (_, n) => hub.channel(`n${n}`))));
    await client.ended;
    expect([client.status, client.text()]).toEqual([400, 'One connection can follow at most 100 channels, not 101.\n']);
  });

  it('keeps the headers that the app set before, except the content type', async () => {
    const headers = {
      'Access-Control-Allow-Origin': 'https://example.com',
      'Set-Cookie': 'a=b',
      'X-Request-Id': '7',
      'Cache-Control': 'private, no-store, no-transform',
      'Content-Type': 'text/html',
    };
    const client = await open(serve({ source: channel, headers }));
    expect(client.headers).toMatchObject({
      'access-control-allow-origin': 'https://example.com',
      'set-cookie': ['a=b'],
      'x-request-id': '7',
      'cache-control': 'private, no-store, no-transform',
      'content-type': 'text/event-stream; charset=utf-8',
    });
  });

  it('sends heartbeats while nothing is published', async () => {
    const client = await open(serveSource(channel, { heartbeat: 100 }));
    await client.until(() => client.text().endsWith('\n\n:\n:\n'));
  });

  describe('the padding at the start', () => {
    const isPadded = async (target: string) => {
      const client = await open(target);
      await client.until(opened);
      expect(client.text()).toMatch(/^: {100,2048}\nretry/);
    };

    it('comes by the option', () => isPadded(serveSource(channel, { padding: 100 })));
    it.each(['?padding=true', '?evs_preamble'])('comes by the query %s', (query) => isPadded(path + query));
  });

  it('answers HEAD with the head alone', async () => {
    const client = await open(path, { method: 'HEAD' });
    await client.ended;
    expect([client.status, client.headers['content-type'], client.text()]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      '',
    ]);
    expect(hub.stats().connections).toBe(0);
  });

  describe('a source that throws before the first byte', () => {
    it.each([
      [
        'a function that throws',
        () => {
          throw teapot();
        },
      ],
      ['a function that rejects', () => Promise.reject(teapot())],
      ['a generator that throws at once', failsSlowly],
    ] as [string, Route['source']][])("is left to the framework's error handling: %s", async (_name, source) => {
      const client = await open(serveSource(source));
      await client.ended;
      expect(client.status).toBe(418);
      expect(app.errors).toHaveLength(1);
      expect(client.headers['content-type'] ?? '').not.toContain('event-stream');
    });

    it('is an app error where its value is no source', async () => {
      const client = await open(serveSource(() => 5 as never));
      await client.ended;
      expect(client.status).toBe(500);
      expect(app.errors).toEqual([expect.objectContaining({ message: expect.stringMatching(/^source: expected/) })]);
    });
  });

  describe('a generator that throws after the first byte', () => {
    async function* failing() {
      yield { data: 'fine' };
      throw new Error('secret');
    }

    it('is reported to onError, and its client learns only that it failed', async () => {
      const onError = jest.fn();
      const client = await open(serveSource(failing, { onError }));
      await client.ended;
      expect(kinds(client.events())).toEqual(['pushwire:open', 'message', 'pushwire:error']);
      expect(client.text()).not.toContain('secret');
      expect(onError).toHaveBeenCalledTimes(1);
      expect(onError.mock.calls[0][0]).toMatchObject({ message: 'secret' });
      expect(app.errors).toEqual([]);
    });

    const reported = jest.fn();
    const throwing = () => {
      throw new Error('second');
    };

    it.each([
      [
        'a value that is no error is thrown',
        async function* () {
          yield { data: 'fine' };
          throw 'no error at all';
        },
        reported,
      ],
      ['onError itself throws', failing, throwing],
    ])('ends its stream even where %s', async (_name, source, onError) => {
      const log = jest.spyOn(console, 'error').mockImplementation(() => {});
      reported.mockClear();
      const client = await open(serveSource(source, { onError }));
      await client.ended;
      expect(kinds(client.events())).toEqual(['pushwire:open', 'message', 'pushwire:error']);
      expect([...log.mock.calls, ...reported.mock.calls]).toHaveLength(1);
      log.mockRestore();
    });
  });

  describe('a generator', () => {
    const finallyRan = jest.fn();
    const generator: Route['source'] = async function* (_request, { signal, lastEventId }) {
      try {
        yield { data: `after ${lastEventId}`, id: '1' };
        yield { data: { n: 2 }, event: 'tick', id: '2' };
        if (lastEventId !== undefined) return;
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      } finally {
        finallyRan();
      }
    };

    it.each(['leave', 'reset'] as const)('runs its finally when its client does %s', async (way) => {
      finallyRan.mockClear();
      const client = await open(serveSource(generator), { method: 'POST', body: 'x=1' });
      await client.until(() => client.data().length === 2);
      expect(client.data()).toEqual(['after undefined', '{"n":2}']);
      expect(finallyRan).not.toHaveBeenCalled();
      client[way]();
      await until('finally has run', () => finallyRan.mock.calls.length === 1);
      await pause(20);
      expect(app.errors).toEqual([]);
    });

    it('gets the last id of its client, ends, and answers 204 to a client that has seen the end', async () => {
      const target = serveSource(generator);
      const client = await open(`${target}?lastEventId=2`);
      await client.ended;
      expect(client.data()).toEqual(['after 2', '{"n":2}']);
      expect(client.events().at(-1)).toEqual({ event: 'pushwire:end', id: 'end', data: '{"cursor":"end"}' });
      const headers = { 'last-event-id': 'end' };
      expect((await open(target, { headers })).status).toBe(204);
      expect((await open(target, { headers, method: 'HEAD' })).status).toBe(204);
    });
  });

  it('fires the signal of a function source when the client leaves', async () => {
    const onAbort = jest.fn();
    const watched = serveSource((_request, { signal }) => {
      signal.addEventListener('abort', onAbort);
      return channel;
    });
    const client = await open(watched);
    await client.until(opened);
    expect(onAbort).not.toHaveBeenCalled();
    client.leave();
    await until('the signal has fired', () => onAbort.mock.calls.length === 1);
  });

  it.each(['leave', 'reset'] as const)('leaves nothing behind and raises nothing when clients %s', async (way) => {
    const leaving = await Promise.all(Array.from({ length: 10 }, () => open(path)));
    await Promise.all(leaving.map((client) => client.until(opened)));
    expect(hub.stats().connections).toBe(10);
    for (const client of leaving) client[way]();
    await until('all connections are closed', () => hub.stats().connections === 0);
    await channel.publish('to nobody');
    await pause(20);
    expect(app.errors).toEqual([]);
    if (hasAfterPart) expect(app.finished).toEqual(new Array(10).fill(path));
  });

  it('closes connections whose clients reset an HTTP/2 stream without an error while bytes are pending', async () => {
    if (!http2) return;
    const publishing = setInterval(() => channel.publish('x'.repeat(100)), 1);
    for (let n = 0; n < 20; n++) {
      const client = await open(path);
      await client.until(({ data }) => data().length > 0);
      client.drop();
    }
    await until('all connections are closed', () => hub.stats().connections === 0);
    clearInterval(publishing);
  });

  it('continues after await next() when the stream ends, not before', async () => {
    if (!hasAfterPart) return;
    const client = await open(path);
    await client.until(opened);
    expect(app.finished).toEqual([]);
    await channel.end();
    await client.ended;
    expect(app.finished).toEqual([path]);
  });

  it('misses and repeats nothing while four publish and a client keeps coming back', async () => {
    const total = 400;
    let published = 0;
    const publishers = Array.from({ length: 4 }, async () => {
      while (published < total) {
        await channel.publish(String(++published));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    const seen: string[] = [];
    let cursor = '0';
    while (seen.length < total) {
      const client = await open(`${path}?cursor=${cursor}`);
      await client.until(() => client.data().length > 0);
      client.leave();
      seen.push(...client.data());
      cursor = client.events().at(-1)?.id ?? cursor;
    }
    await Promise.all(publishers);
    expect(seen).toEqual(Array.from({ length: total }, (_, n) => String(n + 1)));
  });

  if (!http2) {
    it('works with supertest by events()', async () => {
      await channel.publish('one');
      await channel.publish({ two: 2 }, { event: 'tick' });
      const test = request(app.server as never).get(`${path}?cursor=0`);
      const { status, headers, messages } = await events(test, { take: 2 });
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
      expect(messages).toEqual([
        { event: 'message', id: expect.any(String), data: 'one' },
        { event: 'tick', id: expect.any(String), data: '{"two":2}' },
      ]);
      await until('events() has ended the request', () => hub.stats().connections === 0);
      await request(app.server as never)
        .get(`${path}?cursor=${'x'.repeat(5000)}`)
        .expect(400, /^The cursor is longer/);
    });

    it('serves HTTP/1.0 without chunks', async () => {
      const socket = connectSocket(Number(new URL(app.url).port), '127.0.0.1');
      let text = '';
      socket.setEncoding('utf8').on('data', (more) => (text += more));
      socket.write(`GET ${path} HTTP/1.0\r\n\r\n`);
      await until('the stream is open', () => text.includes('pushwire:open'));
      await channel.publish('x');
      await until('the message is there', () => text.includes('data: x'));
      expect(text).not.toMatch(/chunked/i);
      expect(text.split('\r\n\r\n')[1]).toMatch(/^retry: /);
      socket.destroy();
    });

    it('closes pipelined requests with their socket', async () => {
      const socket = connectSocket(Number(new URL(app.url).port), '127.0.0.1');
      socket.on('error', () => {});
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(5));
      // The others wait for their turn, which does not come before the stream ends.
      await until('the first is connected', () => hub.stats().connections === 1);
      socket.destroy();
      await until('it is closed', () => hub.stats().connections === 0);
    });

    it.each([
      ['a channel', () => channel],
      [
        'a generator',
        async function* () {
          yield { data: 'never' };
        },
      ],
    ] as [string, Route['source']][])('reports a head that was sent before it: %s', async (_name, source) => {
      const client = await open(serve({ source, flush: true }));
      client.leave();
      await until('the framework has the error', () => app.errors.length === 1);
      expect(app.errors[0]).toMatchObject({
        name: 'TypeError',
        message: expect.stringContaining('expected unsent headers'),
      });
    });

    it('is not disturbed by a client that leaves before its source answers', async () => {
      const slow = serveSource(failsSlowly, { onError: () => {} });
      const gone = rawRequest(app.url + slow);
      gone.on('error', () => {});
      gone.end();
      await pause(5);
      gone.destroy();
      await pause(50);
      expect((await open(path)).status).toBe(200);
    });
  }

  it('lets the hub and then the server close while clients are connected', async () => {
    const other = createHub();
    const closing = await start({ '/x': { source: other.channel('x') } });
    const client = await openStream(`${closing.url}/x`, http2);
    await client.until(opened);
    await other.close();
    await client.ended;
    expect(kinds(client.events())).toEqual(['pushwire:open', 'pushwire:retry']);
    const refused = await openStream(`${closing.url}/x`, http2);
    await refused.ended;
    expect([refused.status, kinds(refused.events())]).toEqual([200, ['pushwire:retry']]);
    await closing.close();
  });
});
