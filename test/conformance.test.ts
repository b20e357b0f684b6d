import { request as rawRequest } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { createHub, type Hub } from '@pushwire/core';
import { events } from '@pushwire/core/testing';
import request from 'supertest';
import { adapters, type Running } from './kit/adapters';
import { openStream, type StreamClient, type StreamRequest } from './kit/stream-client';

const kinds = (seen: { event: string }[]) => seen.map(({ event }) => event);
const opened = (client: { events(): { event: string }[] }) => client.events().length > 0;

/** Waits for something that another party does in its own time. */
async function eventually(holds: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 5000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`It never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe.each(adapters)('sse() on $name', ({ http2, hasAfterPart, start }) => {
  let hub: Hub;
  let app: Running;
  const cleaned = jest.fn();
  const onError = jest.fn();
  const signalled = jest.fn();
  let ownId = 0;
  /** A channel that no other test uses. */
  const ownChannel = () => hub.channel(`own${++ownId}`);
  let asked: ReturnType<typeof ownChannel>;

  beforeAll(async () => {
    hub = createHub({ log: (name) => (name === 'short' ? { count: 2 } : {}) });
    const failure = Object.assign(new Error('no'), { status: 418, expose: true });
    app = await start({
      '/own': { source: () => asked },
      '/short': { source: hub.channel('short') },
      '/both': { source: async () => [hub.channel('a'), hub.channel('b')] },
      '/beating': { source: () => asked, options: { heartbeat: 100 } },
      '/padded': { source: () => asked, options: { padding: 100 } },
      '/headers': {
        source: () => asked,
        headers: {
          'Access-Control-Allow-Origin': 'https://example.com',
          'Set-Cookie': 'a=b',
          'X-Request-Id': '7',
          'Cache-Control': 'private, no-store, no-transform',
          'Content-Type': 'text/html',
        },
      },
      '/flushed': { source: hub.channel('flushed'), flush: true },
      '/flushed-generator': {
        source: async function* () {
          yield { data: 'never' };
        },
        flush: true,
      },
      '/watched': {
        source: (_request, { signal }) => {
          signal.addEventListener('abort', signalled);
          return asked;
        },
      },
      '/odd-throw': {
        source: async function* () {
          yield { data: 'fine' };
          throw 'no error at all';
        },
        options: { onError },
      },
      '/throwing-hook': {
        source: async function* () {
          yield { data: 'fine' };
          throw new Error('first');
        },
        options: {
          onError: () => {
            throw new Error('second');
          },
        },
      },
      '/throws': {
        source: () => {
          throw failure;
        },
      },
      '/rejects': { source: () => Promise.reject(failure) },
      '/nonsense': { source: () => 5 as never },
      '/many': { source: () => Array.from({ length: 101 }, (_, n) => hub.channel(`n${n}`)) },
      '/generator': {
        source: async function* (_request, { signal, lastEventId }) {
          try {
            yield { data: `after ${lastEventId}`, id: '1' };
            yield { data: { n: 2 }, event: 'tick', id: '2' };
            if (lastEventId === undefined)
              await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
          } finally {
            cleaned();
          }
        },
      },
      '/early': {
        source: async function* () {
          await new Promise((resolve) => setTimeout(resolve, 20));
          throw failure;
        },
      },
      '/late': {
        source: async function* () {
          yield { data: 'fine' };
          throw new Error('secret');
        },
        options: { onError },
      },
    });
  });

  beforeEach(() => {
    asked = ownChannel();
    jest.clearAllMocks();
    app.errors.length = 0;
    app.finished.length = 0;
  });

  afterAll(async () => {
    await hub.close();
    await app.close();
  });

  const clients: StreamClient[] = [];
  const open = async (path: string, given?: StreamRequest) => {
    const client = await openStream(app.url + path, http2, given);
    clients.push(client);
    return client;
  };

  afterEach(async () => {
    for (const client of clients.splice(0)) client.leave();
    await eventually(() => hub.connections === 0, 'all connections are over');
  });

  it('sends its head and where the stream stands at once, with the headers of a stream', async () => {
    const client = await open('/own');
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

  it('brings each message as it is published', async () => {
    const client = await open('/own');
    await client.until(opened);
    for (const [n, data] of ['one', 'two\nlines', '€🙂'].entries()) {
      const id = await asked.publish(data, { event: 'tick' });
      await client.until(() => client.data().length === n + 1);
      expect(client.events().at(-1)).toEqual({ event: 'tick', id, data });
    }
  });

  it.each(['header', 'cursor', 'lastEventId', 'evs_last_event_id'])('resumes by %s', async (way) => {
    const id = await asked.publish('one');
    await asked.publish('two');
    const given = way === 'header' ? { headers: { 'last-event-id': id } } : {};
    const client = await open(way === 'header' ? '/own' : `/own?${way}=${id}`, given);
    await client.until(() => client.data().length === 1);
    expect(client.data()).toEqual(['two']);
  });

  it('announces a gap in-band', async () => {
    const channel = hub.channel('short');
    const id = await channel.publish('one');
    for (const text of ['two', 'three', 'four']) await channel.publish(text);
    const client = await open(`/short?cursor=${id}`);
    await client.until(() => client.data().length === 2);
    expect(kinds(client.events())).toEqual(['pushwire:open', 'pushwire:gap', 'message', 'message']);
    expect(client.data()).toEqual(['three', 'four']);
  });

  it('serves several channels with one cursor', async () => {
    const client = await open('/both');
    await client.until(opened);
    await hub.channel('a').publish('from a');
    await client.until(() => client.data().length === 1);
    await hub.channel('b').publish('from b');
    await client.until(() => client.data().length === 2);
    client.leave();
    const resumed = await open('/both', { headers: { 'last-event-id': client.events()[1]?.id ?? '' } });
    await resumed.until(() => resumed.data().length === 1);
    expect(resumed.data()).toEqual(['from b']);
  });

  it('ends with the channel, and answers 204 to who comes back', async () => {
    const client = await open('/own');
    await client.until(opened);
    await asked.publish('last');
    await asked.end();
    await client.ended;
    expect(kinds(client.events())).toEqual(['pushwire:open', 'message', 'pushwire:end']);
    const again = await open('/own', { headers: { 'last-event-id': client.events().at(-1)?.id ?? '' } });
    await again.ended;
    expect([again.status, again.text()]).toEqual([204, '']);
  });

  it.each(['nonsense', 'e.1<script>', '%00', 'e.99999999999999999999', 'x'.repeat(8000)])(
    'refuses the cursor %.20s with a sentence and status 400, and serves the next',
    async (cursor) => {
      const client = await open(`/own?cursor=${cursor}`);
      await client.ended;
      expect(client.status).toBe(400);
      expect(client.headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(client.text()).toMatch(/^The cursor is [^<]*\.\n$/);
      expect((await open('/own')).status).toBe(200);
      expect(app.errors).toEqual([]);
    },
  );

  it('refuses more channels than one connection may have', async () => {
    const client = await open('/many');
    await client.ended;
    expect([client.status, client.text()]).toEqual([400, 'One connection can follow 100 channels; these are 101.\n']);
  });

  it('keeps the headers that the app set before, but for the content type', async () => {
    const client = await open('/headers');
    expect(client.headers).toMatchObject({
      'access-control-allow-origin': 'https://example.com',
      'set-cookie': ['a=b'],
      'x-request-id': '7',
      'cache-control': 'private, no-store, no-transform',
      'content-type': 'text/event-stream; charset=utf-8',
    });
  });

  it('beats while nothing happens', async () => {
    const client = await open('/beating');
    await client.until(() => client.text().endsWith('\n\n:\n\n:\n\n'));
  });

  it.each(['/padded', '/own?padding=true', '/own?evs_preamble'])('fills the start of %s', async (path) => {
    const client = await open(path);
    await client.until(opened);
    expect(client.text()).toMatch(/^: {100,2048}\n\nretry/);
  });

  it('answers HEAD with the head alone', async () => {
    const client = await open('/own', { method: 'HEAD' });
    await client.ended;
    expect([client.status, client.headers['content-type'], client.text()]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      '',
    ]);
    expect(hub.connections).toBe(0);
  });

  it.each(['/throws', '/rejects', '/early'])(
    'leaves a throw before the first byte to the framework: %s',
    async (path) => {
      const client = await open(path);
      await client.ended;
      expect(client.status).toBe(418);
      expect(app.errors).toHaveLength(1);
      expect(client.headers['content-type'] ?? '').not.toContain('event-stream');
    },
  );

  it('leaves a source that is none to the framework', async () => {
    const client = await open('/nonsense');
    await client.ended;
    expect(client.status).toBe(500);
    expect(app.errors).toEqual([expect.objectContaining({ message: expect.stringMatching(/^source: expected/) })]);
  });

  it('tells onError of a throw after the first byte, and the client no more than that', async () => {
    const client = await open('/late');
    await client.ended;
    expect(kinds(client.events())).toEqual(['pushwire:open', 'message', 'pushwire:error']);
    expect(client.text()).not.toContain('secret');
    expect(onError).toHaveBeenCalledTimes(1);
    expect(onError.mock.calls[0][0]).toMatchObject({ message: 'secret' });
    expect(app.errors).toEqual([]);
  });

  it.each(['leave', 'reset'] as const)('runs a generator, and its finally when the client does %s', async (way) => {
    const client = await open('/generator', { method: 'POST', body: 'x=1' });
    await client.until(() => client.data().length === 2);
    expect(client.data()).toEqual(['after undefined', '{"n":2}']);
    expect(cleaned).not.toHaveBeenCalled();
    client[way]();
    await eventually(() => cleaned.mock.calls.length === 1, 'finally has run');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(app.errors).toEqual([]);
  });

  it('lets the signal of a source that gives a channel fire when the client leaves', async () => {
    const client = await open('/watched');
    await client.until(opened);
    expect(signalled).not.toHaveBeenCalled();
    client.leave();
    await eventually(() => signalled.mock.calls.length === 1, 'the signal has fired');
  });

  it.each(['/odd-throw', '/throwing-hook'])('ends the stream of %s all the same', async (path) => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => {});
    const client = await open(path);
    await client.ended;
    expect(kinds(client.events())).toEqual(['pushwire:open', 'message', 'pushwire:error']);
    expect([...log.mock.calls, ...onError.mock.calls]).toHaveLength(1);
    log.mockRestore();
  });

  it('ends a generator that is done, tells it what the client saw last, and answers 204 to who saw the end', async () => {
    const client = await open('/generator?lastEventId=2');
    await client.ended;
    expect(client.data()).toEqual(['after 2', '{"n":2}']);
    expect(client.events().at(-1)).toEqual({ event: 'pushwire:end', id: 'end', data: '{"cursor":"end"}' });
    expect((await open('/generator', { headers: { 'last-event-id': 'end' } })).status).toBe(204);
  });

  it.each(['leave', 'reset'] as const)('leaves nothing behind and raises nothing when clients %s', async (way) => {
    const clients = await Promise.all(Array.from({ length: 10 }, () => open('/own')));
    await Promise.all(clients.map((client) => client.until(opened)));
    expect(hub.connections).toBe(10);
    for (const client of clients) client[way]();
    await eventually(() => hub.connections === 0, 'all connections are over');
    await asked.publish('to nobody');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(app.errors).toEqual([]);
    if (hasAfterPart) expect(app.finished).toEqual(new Array(10).fill('/own'));
  });

  it('lets go of clients that reset a stream of HTTP/2 without an error while bytes are on their way', async () => {
    if (!http2) return;
    const publishing = setInterval(() => asked.publish('x'.repeat(100)), 1);
    for (let n = 0; n < 20; n++) {
      const client = await open('/own');
      await client.until(({ data }) => data().length > 0);
      client.drop();
    }
    await eventually(() => hub.connections === 0, 'all connections are over');
    clearInterval(publishing);
  });

  it('lets middleware before it run its second half when the stream is over, not before', async () => {
    if (!hasAfterPart) return;
    const client = await open('/own');
    await client.until(opened);
    expect(app.finished).toEqual([]);
    await asked.end();
    await client.ended;
    expect(app.finished).toEqual(['/own']);
  });

  it('misses and repeats nothing while four publish and a client keeps coming back', async () => {
    const total = 400;
    let published = 0;
    const publishers = Array.from({ length: 4 }, async () => {
      while (published < total) {
        await asked.publish(String(++published));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    const seen: string[] = [];
    let cursor = '0';
    while (seen.length < total) {
      const client = await open(`/own?cursor=${cursor}`);
      await client.until(() => client.data().length > 0);
      client.leave();
      seen.push(...client.data());
      cursor = client.events().at(-1)?.id ?? cursor;
    }
    await Promise.all(publishers);
    expect(seen).toEqual(Array.from({ length: total }, (_, n) => String(n + 1)));
  });

  if (!http2) {
    it('is read by supertest through events()', async () => {
      await asked.publish('one');
      await asked.publish({ two: 2 }, { event: 'tick' });
      const test = request(app.server as never).get('/own?cursor=0');
      const { status, headers, messages } = await events(test, { take: 2 });
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
      expect(messages).toEqual([
        { event: 'message', id: expect.any(String), data: 'one' },
        { event: 'tick', id: expect.any(String), data: '{"two":2}' },
      ]);
      await eventually(() => hub.connections === 0, 'events() has ended the request');
      await request(app.server as never)
        .get('/own?cursor=?')
        .expect(400, /^The cursor is malformed/);
    });

    it('serves HTTP/1.0 without chunks', async () => {
      const socket = connectSocket(Number(new URL(app.url).port), '127.0.0.1');
      let text = '';
      socket.setEncoding('utf8').on('data', (more) => (text += more));
      socket.write('GET /own HTTP/1.0\r\n\r\n');
      await eventually(() => text.includes('pushwire:open'), 'the stream has begun');
      await asked.publish('x');
      await eventually(() => text.includes('data: x'), 'the message is there');
      expect(text).not.toMatch(/chunked/i);
      expect(text.split('\r\n\r\n')[1]).toMatch(/^retry: /);
      socket.destroy();
    });

    it('lets go of pipelined requests when their socket goes', async () => {
      const socket = connectSocket(Number(new URL(app.url).port), '127.0.0.1');
      socket.on('error', () => {});
      socket.write('GET /own HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(5));
      await eventually(() => hub.connections === 5, 'all five are connected');
      socket.destroy();
      await eventually(() => hub.connections === 0, 'all five are over');
    });

    it.each(['/flushed', '/flushed-generator'])('says so when the head of %s was sent before it', async (path) => {
      const client = await open(path);
      client.leave();
      await eventually(() => app.errors.length === 1, 'the framework has heard of it');
      expect(app.errors[0]).toMatchObject({ name: 'TypeError', message: expect.stringContaining('its head was sent') });
    });

    it('is not disturbed by a client that leaves before the source has answered', async () => {
      const gone = rawRequest(`${app.url}/early`);
      gone.on('error', () => {});
      gone.end();
      await new Promise((resolve) => setTimeout(resolve, 5));
      gone.destroy();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect((await open('/own')).status).toBe(200);
    });
  }

  it('lets the hub and then the server close while clients are connected', async () => {
    const ownHub = createHub();
    const other = await start({ '/x': { source: ownHub.channel('x') } });
    const client = await openStream(`${other.url}/x`, http2);
    await client.until(opened);
    await ownHub.close();
    await client.ended;
    expect(kinds(client.events())).toEqual(['pushwire:open', 'pushwire:retry']);
    const refused = await openStream(`${other.url}/x`, http2);
    await refused.ended;
    expect([refused.status, kinds(refused.events())]).toEqual([200, ['pushwire:retry']]);
    await other.close();
  });
});
