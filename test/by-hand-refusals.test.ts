import { createHub, type Hub, type OpenStream, type OpenStreamOptions } from '@pushwire/core';
import { adapters, type Running } from './kit/adapters';
import { fires } from './kit/fires';
import { openStream as openClient, type StreamRequest } from './kit/stream-client';
import { unanswered } from './kit/unanswered';
import { until } from './kit/until';
import { openWebSocket } from './kit/web-socket-client';

describe.each(adapters)('a writer by hand on $name', ({ http2, start }) => {
  let hub: Hub;
  let app: Running;

  beforeAll(async () => {
    hub = createHub();
    app = await start();
  });

  afterEach(async () => {
    await until('all connections are closed', () => hub.stats().connections === 0);
    app.errors.length = 0;
  });

  afterAll(async () => {
    await hub.close();
    await app.close();
  });

  const serve = (options: OpenStreamOptions<unknown> = {}) => {
    const streams: OpenStream[] = [];
    const path = app.serve({
      byHand: async ({ openStream }) => {
        streams.push(await openStream({ hub, ...options }));
      },
    });
    return { url: app.url + path, streams };
  };

  const open = (url: string, request?: StreamRequest) => openClient(url, http2, request);
  const get = async (url: string, request?: StreamRequest) => {
    const client = await open(url, request);
    await client.ended;
    return client;
  };

  it.each<[string, OpenStreamOptions<unknown>, string, StreamRequest, number, string]>([
    ['that authorize forbids', { authorize: () => false }, '', {}, 403, 'forbidden'],
    ['that authorize forbids later', { authorize: async () => false }, '', {}, 403, 'forbidden'],
    ['for a type that there is not', {}, '', { headers: { accept: 'text/plain' } }, 406, 'not-acceptable'],
    ['for a poll', {}, '', { headers: { accept: 'application/json' } }, 406, 'not-acceptable'],
    ['for a transport that there is not', {}, '?transport=poll', {}, 400, 'bad-request'],
    ['with a cursor of 5000 characters', {}, `?cursor=${'x'.repeat(5000)}`, {}, 400, 'bad-request'],
    ['for a WebSocket that is none', { transport: 'websocket' }, '', {}, 426, 'upgrade-required'],
  ])('rejects a request %s, and the framework answers', async (_what, options, query, request, status, code) => {
    const { url, streams } = serve(options);
    const client = await get(url + query, request);
    expect([client.status, streams]).toEqual([status, []]);
    expect(app.errors).toEqual([expect.objectContaining({ code, status })]);
  });

  it('rejects a handshake that authorize forbids', async () => {
    const { url, streams } = serve({ authorize: async () => false });
    const client = await openWebSocket(url, { http2 });
    await client.body;
    expect([client.status, streams]).toEqual([403, []]);
    expect(app.errors).toEqual([expect.objectContaining({ code: 'forbidden' })]);
  });

  it.each([
    ['of another version', { 'Sec-WebSocket-Version': '12' }, 426],
    ['of a page that may not', { Origin: 'https://evil.example' }, 403],
  ])('rejects a handshake %s', async (_what, headers: Record<string, string>, status) => {
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const { url, streams } = serve();
    const client = await openWebSocket(url, { http2, headers: http2 ? lower : headers });
    await client.body;
    await until('the handler is done', () => app.errors.length + streams.length > 0);
    expect([client.status, streams, app.errors]).toEqual([status, [], [expect.objectContaining({ status })]]);
  });

  it('is closed if the WebSocket library refuses a handshake', async () => {
    // Over HTTP/2, there is no key.
    if (http2) return;
    const { url, streams } = serve();
    const client = await openWebSocket(url, { headers: { 'Sec-WebSocket-Key': 'short' } });
    expect((await client.body) && client.status).toBe(400);
    await until('the handler is done', () => streams.length > 0);
    expect([streams[0]?.reason, await fires(streams[0]?.signal), app.errors]).toEqual(['left', true, []]);
  });

  it('rejects with what authorize throws', async () => {
    const { url } = serve({
      authorize: () => {
        throw Object.assign(new Error('no tea'), { status: 418, expose: true });
      },
    });
    expect((await get(url)).status).toBe(418);
    expect(app.errors).toEqual([expect.objectContaining({ message: 'no tea' })]);
  });

  it('answers a HEAD without a body', async () => {
    const { url, streams } = serve({ transport: 'sse' });
    const client = await get(url, { method: 'HEAD' });
    expect([client.status, client.headers['content-type'], client.text()]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      '',
    ]);
    await until('the handler has run', () => streams.length === 1);
    expect([streams[0]?.reason, await fires(streams[0]?.signal), await streams[0]?.closed]).toEqual([
      'answered',
      true,
      'answered',
    ]);
    expect((await get(`${url}?cursor=end`, { method: 'HEAD' })).status).toBe(204);
    await until('the handler has run', () => streams.length === 2);
    expect([streams[1]?.reason, app.errors]).toEqual(['ended', []]);
  });

  it.each(['sse', 'ndjson', 'comet', 'websocket'] as const)(
    'is closed with full over %s when the hub is',
    async (transport) => {
      const small = createHub({ limits: { connections: 1 } });
      const { url, streams } = serve({ hub: small, transport });
      const connect = async () =>
        transport === 'websocket' ? openWebSocket(url, { http2, protocol: 'pushwire.v1' }) : open(url);
      const one = await connect();
      await until('it is served', () => streams.length === 1);
      const other = await connect();
      await until('it is refused', () => streams.length === 2);
      expect(other.status).toBe(transport === 'websocket' ? 503 : 200);
      const [first, second] = streams;
      expect([first?.reason, second?.reason, second?.send('x'), await fires(second?.signal)]).toEqual([
        undefined,
        'full',
        false,
        true,
      ]);
      await second?.ready();
      expect(await second?.closed).toBe('full');
      expect(small.stats().refused.full).toBe(1);
      if ('body' in other) await other.body;
      for (const client of [one, other]) client.leave();
      await until('it is gone', () => small.stats().connections === 0);
      expect(app.errors).toEqual([]);
    },
  );

  it('is closed with draining when its hub is closed, also while authorize is asked', async () => {
    const closed = createHub();
    const asked = jest.fn();
    const authorize = () => {
      asked();
      return new Promise<boolean>(() => {});
    };
    const { url, streams } = serve({ hub: closed, transport: 'sse', authorize });
    const pending = open(url);
    await until('it is asked', () => asked.mock.calls.length === 1);
    await closed.close();
    const client = await pending;
    await client.ended;
    expect(client.text()).toMatch(/pushwire:retry\ndata: {"reason":"draining"/);
    expect((await get(url)).text()).toMatch(/"draining"/);
    expect(streams.map(({ reason }) => reason)).toEqual(['draining', 'draining']);
    expect(app.errors).toEqual([]);
  });

  it('is closed with left if its client leaves before authorize has answered', async () => {
    let allow: (may: boolean) => void = () => {};
    const authorize = () =>
      new Promise<boolean>((resolve) => {
        allow = resolve;
      });
    const asked = jest.fn(authorize);
    const { url, streams } = serve({ transport: 'sse', authorize: asked });
    const leaving = unanswered(url, http2);
    await until('it is asked', () => asked.mock.calls.length === 1);
    leaving.leave();
    await until('it is noticed', () => streams.length === 1);
    allow(true);
    expect([streams[0]?.reason, await streams[0]?.closed]).toEqual(['left', 'left']);
    expect([streams[0]?.send('nobody'), hub.stats().connections]).toEqual([false, 0]);
    expect(app.errors).toEqual([]);
  });

  it('refuses options that do not fit, for their first request', async () => {
    const { url } = serve({ maxPending: 0 });
    expect((await get(url)).status).toBe(500);
    expect(app.errors).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/openStream option maxPending/) }),
    ]);
  });

  it('refuses a response whose head is sent', async () => {
    const path = app.serve({ flush: true, byHand: ({ openStream }) => openStream({ hub }) });
    const client = await open(app.url + path);
    await until('the framework knows', () => app.errors.length > 0);
    expect(app.errors).toEqual([expect.any(TypeError)]);
    client.leave();
  });
});
