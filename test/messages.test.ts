import { once } from 'node:events';
import { createServer, type RequestListener, request as requestHttp, type Server } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createHub, type WebSocketClient, type WebSocketOptions } from '@pushwire/core';
import { push as expressPush, webSocket } from '@pushwire/express';
import { push as koaPush } from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';
import rawBody from 'raw-body';
import { adapters, type Running } from './kit/adapters';

// Messages that clients POST reach the same `onMessage` as messages over a WebSocket.

type Options = WebSocketOptions<unknown>;

const text = { 'content-type': 'text/plain;charset=UTF-8' };
const heard: unknown[] = [];
let last: WebSocketClient<unknown>;
beforeEach(() => void heard.splice(0));

const onMessage: Options['onMessage'] = async (data, client) => {
  last = client;
  heard.push(data);
  if (data === 'echo') {
    client.send('a', { event: 'tick' });
    client.send(Buffer.from([1]));
  }
  if (data === 'close') client.close(4000, 'Enough.');
  if (data === 'throw') throw Object.assign(new Error('no'), { status: 422 });
};

describe.each(adapters.filter(({ http2 }) => !http2))('POST to push() on $name', ({ start }) => {
  const hub = createHub();
  const ended = createHub();
  let app: Running;

  beforeAll(async () => {
    const route = (webSocket: Options, more = {}) => ({ source: hub.channel('a'), push: { webSocket, ...more } });
    app = await start({
      '/plain': route({ onMessage }),
      '/small': route({ onMessage, maxPayload: 5 }),
      '/slow': route({ onMessage, messagesPerSecond: 2 }),
      '/forbidden': route({ onMessage }, { authorize: () => false }),
      '/others': route({ onMessage, origins: ['https://a.example'] }),
      '/deaf': route({}),
      '/closed': { source: ended.channel('a'), push: { webSocket: { onMessage } } },
    });
    await ended.close();
  });
  afterAll(async () => {
    await hub.close();
    (app.server as Server).closeAllConnections();
    await app.close();
  });

  const post = (path: string, body: RequestInit['body'], headers: Record<string, string> = text) =>
    fetch(app.url + path, { method: 'POST', body: body ?? null, headers });

  it('passes text and bytes to onMessage, and is answered with 204', async () => {
    for (const body of ['', 'grüß', '\uFEFFx', '{"n":1}']) expect((await post('/plain', body)).status).toBe(204);
    const type = 'application/octet-stream';
    expect((await post('/plain', Buffer.from([0, 255]), { 'content-type': type })).status).toBe(204);
    expect((await post('/plain', Buffer.from([254]), {})).status).toBe(204);
    expect(heard).toEqual(['', 'grüß', '\uFEFFx', '{"n":1}', Buffer.from([0, 255]), Buffer.from([254])]);
  });

  it('is answered with everything that onMessage sends to the client', async () => {
    const response = await post('/plain', 'echo');
    expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([
      200,
      'application/json; charset=utf-8',
      'no-store',
    ]);
    expect(await response.json()).toEqual({
      messages: [
        { event: 'tick', data: 'a' },
        { data: 'AQ==', encoding: 'base64' },
      ],
    });
    expect([last.send('late'), last.reason, await last.closed]).toEqual([false, 'answered', 'answered']);
    expect(() => last.close(5)).toThrow(TypeError);
  });

  it('is answered with 403 and a reason if the app closes, and by the framework if onMessage throws', async () => {
    const closed = await post('/plain', 'close');
    expect([closed.status, await closed.text()]).toEqual([403, 'Enough.\n']);
    expect((await post('/plain', 'throw')).status).toBe(422);
    expect(app.errors.splice(0)).toEqual([expect.objectContaining({ message: 'no' })]);
  });

  it.each([
    ['with a Content-Length', '123456'],
    [
      'without a Content-Length',
      new ReadableStream({
        pull(controller) {
          controller.enqueue(new TextEncoder().encode('123456'.repeat(100)));
        },
      }),
    ],
  ])('is answered with 413 if it is larger than maxPayload, %s', async (_, body) => {
    const controller = new AbortController();
    const init = { method: 'POST', body, headers: text, duplex: 'half', signal: controller.signal };
    const response = await fetch(`${app.url}/small`, init as RequestInit);
    expect([response.status, await response.text()]).toEqual([413, 'A message may have at most 5 bytes.\n']);
    expect((await post('/small', '12345')).status).toBe(204);
    expect(heard).toEqual(['12345']);
    controller.abort();
  });

  it('is answered with 429 above messagesPerSecond', async () => {
    const responses = await Promise.all(['1', '2', '3', '4'].map((body) => post('/slow', body)));
    const refused = responses.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(1);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect(heard).toHaveLength(4 - refused.length);
  });

  it('is answered with 403 if it comes from another origin, or if authorize returns false', async () => {
    expect((await post('/plain', 'x', { ...text, origin: 'https://b.example' })).status).toBe(403);
    expect((await post('/plain', 'x', { ...text, origin: app.url })).status).toBe(204);
    expect((await post('/others', 'x', { ...text, origin: 'https://a.example' })).status).toBe(204);
    expect((await post('/others', 'x', { ...text, origin: app.url })).status).toBe(403);
    expect((await post('/forbidden', 'x')).status).toBe(403);
    expect(heard).toHaveLength(2);
  });

  it('is answered with 400 if it is compressed or not valid UTF-8, and with 503 if the hub is closed', async () => {
    expect((await post('/plain', Buffer.from([255]))).status).toBe(400);
    expect((await post('/plain', 'x', { ...text, 'content-encoding': 'gzip' })).status).toBe(400);
    const closed = await post('/closed', 'x');
    expect([closed.status, closed.headers.get('retry-after')]).toEqual([503, '3']);
    expect(heard).toEqual([]);
  });

  it('still gets a stream if it asks for one, or if the route has no onMessage', async () => {
    for (const [path, headers] of [
      ['/plain', { accept: 'text/event-stream' }],
      ['/plain?transport=sse', {}],
      ['/deaf', {}],
    ] as const) {
      const controller = new AbortController();
      const { headers: got } = await fetch(app.url + path, { method: 'POST', headers, signal: controller.signal });
      expect(got.get('content-type')).toBe('text/event-stream; charset=utf-8');
      controller.abort();
    }
    expect(heard).toEqual([]);
  });
});

describe.each([
  ['Express 4', 'express4'],
  ['Express 5', 'express'],
  ['Koa 2', 'koa2'],
  ['Koa 3', 'koa'],
])('the origin of a POST on %s', (_, version) => {
  const hub = createHub();
  let server: Server | undefined;
  afterEach(() => new Promise((resolve) => server?.close(resolve)));

  const listen = async (options: Options, isBehindProxy = false) => {
    const route = { webSocket: { onMessage, ...options } };
    let listener: RequestListener;
    if (version.startsWith('express')) {
      const app = (require(version) as typeof express)();
      app.set('trust proxy', isBehindProxy ? 1 : false);
      app.post('/', expressPush(hub.channel('a'), route as never));
      listener = app;
    } else {
      const app = new (require(version) as typeof Koa)({ proxy: isBehindProxy });
      app.use(koaPush(hub.channel('a'), route as never));
      listener = app.callback();
    }
    server = createServer(listener);
    await new Promise<void>((resolve) => (server as Server).listen(0, '127.0.0.1', resolve));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const statusOf = (headers: Record<string, string>) =>
      // `fetch` would set headers of its own, such as `Sec-Fetch-Site`.
      new Promise<number | undefined>((resolve, reject) => {
        const sent = requestHttp(`http://${host}/`, { method: 'POST', headers: { ...text, ...headers }, agent: false });
        sent.once('response', (response) => resolve(response.resume().statusCode)).once('error', reject);
        sent.end('x');
      });
    return { host, statusOf };
  };

  it('is compared with the server’s own, and not with a forwarded host that nobody trusts', async () => {
    const { host, statusOf } = await listen({});
    const evil = { origin: 'https://evil.example' };
    expect(await statusOf({ origin: `http://${host}` })).toBe(204);
    expect(await statusOf({ ...evil, 'x-forwarded-host': 'evil.example' })).toBe(403);
    expect(await statusOf({ origin: `http://${host}`, 'x-forwarded-host': 'evil.example' })).toBe(204);
    expect(await statusOf({ origin: `http://${host}`, 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await statusOf({ ...evil, 'sec-fetch-site': 'same-origin' })).toBe(204);
    expect(await statusOf({ 'sec-fetch-site': 'cross-site' })).toBe(403);
  });

  it('is compared with scheme and host of a trusted proxy', async () => {
    const { host, statusOf } = await listen({}, true);
    const forwarded = { 'x-forwarded-host': 'a.example', 'x-forwarded-proto': 'https' };
    expect(await statusOf({ origin: 'https://a.example', ...forwarded })).toBe(204);
    expect(await statusOf({ origin: 'http://a.example', ...forwarded })).toBe(403);
    expect(await statusOf({ origin: `http://${host}`, ...forwarded })).toBe(403);
    expect(await statusOf({ origin: 'https://a.example:8443', ...forwarded })).toBe(403);
  });

  it('may be null for an origins function, which may throw for it', async () => {
    const { statusOf } = await listen({ origins: (origin) => new URL(origin).hostname === 'a.example' });
    expect(await statusOf({ origin: 'null' })).toBe(403);
    expect(await statusOf({ origin: 'https://a.example' })).toBe(204);
  });

  it('is not looked for in a request whose headers Node may have dropped', async () => {
    const { host, statusOf } = await listen({});
    const many = Object.fromEntries(Array.from({ length: 1010 }, (_, n) => [`a${n}`, '']));
    expect(await statusOf({ host, ...many, origin: 'https://evil.example' })).toBe(431);
  });
});

it('a POST over HTTP/2 reaches onMessage', async () => {
  const hub = createHub();
  const adapter = adapters.find(({ http2 }) => http2) as (typeof adapters)[number];
  const app = await adapter.start({ '/': { source: hub.channel('a'), push: { webSocket: { onMessage } } } });
  const session = connectHttp2(app.url);
  const post = async (body: string, headers: Record<string, string>) => {
    const stream = session.request({ ':method': 'POST', ':path': '/', ...headers });
    stream.end(body);
    const [head] = await once(stream, 'response');
    stream.resume();
    await once(stream, 'end');
    return head[':status'];
  };
  expect(await post('hello', text)).toBe(204);
  expect(await post('echo', { ...text, origin: app.url })).toBe(200);
  expect(await post('x', { ...text, origin: 'https://b.example' })).toBe(403);
  expect(heard).toEqual(['hello', 'echo']);
  session.close();
  await hub.close();
  await app.close();
});

describe('a body that a parser has read', () => {
  const hub = createHub();
  const servers: Server[] = [];
  const listen = async (server: Server) => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const options = { webSocket: { onMessage, maxPayload: 20 } };
  /** JSON that can be read, but not written. */
  const nested = '['.repeat(20_000) + ']'.repeat(20_000);
  const post = (url: string, body: string, type = 'application/json') =>
    fetch(url, { method: 'POST', body, headers: { 'content-type': type } });

  afterAll(() => Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve)))));

  it.each([
    ['Express 4', 'express4'],
    ['Express 5', 'express'],
  ])('reaches onMessage on %s', async (_, version) => {
    const app = (require(version) as typeof express)();
    app.use(express.json(), express.text(), express.raw({ type: 'image/*' }));
    app.post('/', expressPush(hub.channel('a'), options as never));
    app.post('/ws', webSocket(hub.channel('a'), options.webSocket as never));
    const url = await listen(createServer(app));
    expect((await post(url, '{ "n": 1 }')).status).toBe(204);
    expect((await post(url, 'text', 'text/plain')).status).toBe(204);
    expect((await post(url, 'unread', 'text/html')).status).toBe(204);
    expect((await post(`${url}/ws`, '[]')).status).toBe(204);
    expect((await post(url, '["123456789 123456789"]')).status).toBe(413);
    expect((await post(url, nested)).status).toBe(400);
    expect(heard).toEqual(['{"n":1}', 'text', 'unread', '[]']);
  });

  it('reaches onMessage on Koa, unchanged if the parser has kept the raw body', async () => {
    const app = new Koa();
    app.use(async (ctx, next) => {
      const read = await rawBody(ctx.req, { encoding: 'utf-8' });
      Object.assign(ctx.request, { body: JSON.parse(read), ...(ctx.path === '/kept' && { rawBody: read }) });
      await next();
    });
    app.use(koaPush(hub.channel('a'), options as never));
    const url = await listen(createServer(app.callback()));
    expect((await post(url, '{ "n": 1 }')).status).toBe(204);
    expect((await post(`${url}/kept`, '{ "n": 1 }')).status).toBe(204);
    expect((await post(url, nested)).status).toBe(400);
    expect(heard).toEqual(['{"n":1}', '{ "n": 1 }']);
  });

  it('is misuse if the parser has left it nowhere', async () => {
    const errors: unknown[] = [];
    const app = new Koa();
    app.on('error', (error) => errors.push(error));
    app.use(async (ctx, next) => {
      await rawBody(ctx.req);
      await next();
    });
    app.use(koaPush(hub.channel('a'), options as never));
    expect((await post(await listen(createServer(app.callback())), '1')).status).toBe(500);
    expect(errors).toEqual([expect.any(TypeError)]);
  });
});
