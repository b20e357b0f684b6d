import { createSecureServer, createServer, type Http2SecureServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createHub, type Hub } from '@pushwire/core';
import { acceptUpgrades, rawWebSocket, webSocket } from '@pushwire/koa';
import Koa from 'koa';
import koaSession from 'koa-session';
import { certificate } from './kit/certificate';
import { until } from './kit/until';
import { openWebSocket, type WebSocketRequest } from './kit/web-socket-client';

const servers: readonly (readonly [string, string, (app: Koa) => Http2Server | Http2SecureServer])[] = [
  ['without TLS', 'http', (app) => createServer(app.callback())],
  ['with TLS', 'https', (app) => createSecureServer({ ...certificate, allowHTTP1: true }, app.callback())],
];

describe.each(servers)('WebSockets over HTTP/2 %s', (_how, scheme, make) => {
  let hub: Hub;
  let server: Http2Server | Http2SecureServer;
  let url: string;
  let errors: string[];
  const signals: AbortSignal[] = [];

  beforeEach(async () => {
    hub = createHub();
    errors = [];
    signals.length = 0;
    const app = new Koa();
    app.keys = ['x'];
    app.on('error', (error: Error) => errors.push(error.message));
    app.use(koaSession({ key: 'koa.sess' }, app));
    const routes: Record<string, Koa.Middleware> = {
      '/ws': webSocket(
        (_ctx, { signal }) => {
          signals.push(signal);
          return hub.channel('news');
        },
        { onMessage: (data, client) => client.send(data) },
      ),
      '/raw': rawWebSocket((socket, ctx) => socket.send(`${ctx.method} ${ctx.req.httpVersion}`), { hub }),
      '/throws': (ctx) => ctx.throw(418, 'teapot'),
      '/refuses': (ctx) => {
        ctx.status = 401;
        ctx.set('X-Why', 'because');
        ctx.body = 'x'.repeat(100_000);
      },
      '/changes': async (ctx, next) => {
        await routes['/ws']?.(ctx, next);
        ctx.status = 409;
        ctx.body = 'not after all';
      },
    };
    app.use((ctx, next) => {
      if (ctx.session) ctx.session.seen = true;
      return routes[ctx.path]?.(ctx, next) ?? next();
    });
    server = make(app);
    acceptUpgrades(server, app, { handshakeTimeout: 2000 });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    await hub.close();
    await new Promise((resolve) => server.close(resolve));
  });

  const open = (path: string, request: WebSocketRequest = {}) =>
    openWebSocket(`${url}${path}`, { http2: true, ...request });

  it('get the app’s headers, and carry messages both ways', async () => {
    const client = await open('/ws', { protocol: 'pushwire.v1' });
    expect([client.status, client.headers['sec-websocket-protocol'], client.headers['set-cookie']]).toEqual([
      101,
      'pushwire.v1',
      expect.arrayContaining([expect.stringMatching(/^koa\.sess=/)]),
    ]);
    expect(client.headers).not.toHaveProperty('content-length');
    await hub.channel('news').publish('hello');
    client.send('echo');
    await client.until(() => client.messages().length === 3);
    expect(client.messages().map((message) => JSON.parse(String(message)).data)).toEqual([
      expect.any(Object),
      'hello',
      'echo',
    ]);
    client.leave();
    await until('it is gone', () => hub.stats().connections === 0);
    expect(signals[0]?.aborted).toBe(true);
  });

  it('look like a GET to the app, and close with the hub', async () => {
    const client = await open('/raw');
    await client.until(() => client.messages().length === 1);
    expect(String(client.messages()[0])).toBe('GET 2.0');
    await hub.close();
    await client.closed;
    expect(client.code()).toBe(1012);
    expect((await open('/raw')).status).toBe(503);
  });

  it.each([
    ['/refuses', {}, 401, 'x'.repeat(100_000)],
    ['/throws', {}, 418, 'teapot'],
    ['/none', {}, 404, '404'],
    ['/changes', {}, 409, 'not after all'],
    ['/ws', { origin: 'https://evil.example' }, 403, 'Pages of this origin may not open a WebSocket here.\n'],
    ['/ws', { 'sec-websocket-version': '8' }, 426, 'Only version 13 of WebSocket is served.\n'],
    ['/ws', { 'sec-websocket-protocol': ', ,' }, 400, expect.stringContaining('Sec-WebSocket-Protocol')],
  ])('are refused on %s with %j like over HTTP/1.1', async (path, headers, status, body) => {
    const client = await open(path, { headers });
    expect([client.status, await client.body]).toEqual([status, body]);
    await client.closed;
    expect(hub.stats().connections).toBe(0);
    await until('no signal is left', () => signals.every(({ aborted }) => aborted));
    expect(errors.filter((message) => message !== 'teapot')).toEqual([]);
  });

  it('are closed if their clients leave during a write', async () => {
    for (let n = 0; n < 20; n++) {
      const client = await open('/ws');
      for (let m = 0; m < 10; m++) await hub.channel('news').publish('x'.repeat(1000));
      client.leave();
    }
    await until('they are gone', () => hub.stats().connections === 0);
  });
});
