import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import * as onExpress from '@pushwire/express';
import * as onKoa from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';
import { openStream } from './kit/stream-client';
import { openWebSocket } from './kit/web-socket-client';

// One URL serves a page and its WebSocket. Each app has `webSocket()` or `rawWebSocket()`, and a page behind it.

interface Options {
  fallthrough?: boolean;
  onMessage?: (data: string | Buffer) => void;
}

interface App {
  readonly url: string;
  close(): Promise<unknown>;
}

const listening = async (listener: RequestListener, accept: (server: Server) => void): Promise<App> => {
  const server = createServer(listener);
  accept(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => new Promise((resolve) => server.close(resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
};

const apps = {
  Express: (kind: 'webSocket' | 'rawWebSocket', options?: Options) => {
    const chat = onExpress.createHub().channel('chat');
    const app = express();
    const route =
      kind === 'webSocket' ? onExpress.webSocket(chat, options) : onExpress.rawWebSocket((s) => s.close(), options);
    app.all('/chat', route, (_request, response) => void response.send('the page'));
    return listening(app, (server) => onExpress.acceptUpgrades(server, app));
  },
  Koa: (kind: 'webSocket' | 'rawWebSocket', options?: Options) => {
    const chat = onKoa.createHub().channel('chat');
    const app = new Koa();
    app.use(kind === 'webSocket' ? onKoa.webSocket(chat, options) : onKoa.rawWebSocket((s) => s.close(), options));
    app.use((ctx) => {
      ctx.body = 'the page';
    });
    return listening(app.callback(), (server) => onKoa.acceptUpgrades(server, app));
  },
};

describe.each(Object.entries(apps))('%s', (_name, start) => {
  it.each(['webSocket', 'rawWebSocket'] as const)('%s() passes ordinary requests on, and only those', async (kind) => {
    const app = await start(kind, { fallthrough: true });
    const page = await fetch(`${app.url}/chat`);
    expect([page.status, await page.text()]).toEqual([200, 'the page']);
    expect((await fetch(`${app.url}/chat`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${app.url}/chat`, { method: 'POST', body: 'x' })).status).toBe(200);
    const socket = await openWebSocket(`${app.url}/chat`);
    expect(socket.status).toBe(101);
    socket.leave();
    const old = await openWebSocket(`${app.url}/chat`, { headers: { 'Sec-WebSocket-Version': '8' } });
    expect(old.status).toBe(426);
    await app.close();
  });

  it('webSocket() still takes the messages that clients POST', async () => {
    const received: unknown[] = [];
    const app = await start('webSocket', { fallthrough: true, onMessage: (data) => void received.push(data) });
    expect((await fetch(`${app.url}/chat`, { method: 'POST', body: 'hello' })).status).toBe(204);
    expect(received).toEqual(['hello']);
    expect(await (await fetch(`${app.url}/chat`)).text()).toBe('the page');
    await app.close();
  });

  it.each([[undefined], [{}], [{ fallthrough: false }]])(
    'answers ordinary requests with 426 by %j',
    async (options) => {
      const app = await start('webSocket', options);
      expect((await fetch(`${app.url}/chat`)).status).toBe(426);
      await app.close();
    },
  );

  it.each([
    [{ fallthrough: 'yes' }, 'webSocket option fallthrough: expected true or false, got the string "yes"'],
    [{ fallThrough: true }, /webSocket options: unknown option "fallThrough"/],
    [null, /webSocket options: expected an object, got null/],
    ['x', /webSocket options: expected an object, got the string "x"/],
  ])('refuses %j', (options, words) => {
    expect(() => start('webSocket', options as never)).toThrow(TypeError);
    expect(() => start('webSocket', options as never)).toThrow(words);
  });
});

it('passes ordinary requests of HTTP/2 on, and only those', async () => {
  const app = new Koa();
  app.use(onKoa.webSocket(onKoa.createHub().channel('chat'), { fallthrough: true }));
  app.use((ctx) => {
    ctx.body = 'the page';
  });
  const server = createHttp2Server(app.callback());
  onKoa.acceptUpgrades(server, app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/chat`;
  const page = await openStream(url, true);
  await page.ended;
  expect([page.status, page.text()]).toEqual([200, 'the page']);
  const socket = await openWebSocket(url, { http2: true });
  expect(socket.status).toBe(101);
  socket.leave();
  server.close();
});
