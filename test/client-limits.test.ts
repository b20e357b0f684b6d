import { mkdtemp, rm } from 'node:fs/promises';
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHub, type Hub, type HubOptions } from '@pushwire/core';
import { FakeClock } from '@pushwire/core/testing';
import * as forExpress from '@pushwire/express';
import * as forKoa from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';
import { until } from './kit/until';
import { openWebSocket, type WebSocketClient } from './kit/web-socket-client';

// What counts as one client for `limits.perClient` and `messagesPerSecond`.

const frameworks = [
  {
    name: 'Express',
    listener(hub: Hub, trusted: unknown): RequestListener {
      const app = express();
      app.set('trust proxy', trusted);
      app.get('/', forExpress.sse(hub.channel('news')));
      return app;
    },
    safely: 1 as unknown,
    carelessly: true as unknown,
  },
  {
    name: 'Koa',
    listener(hub: Hub, options: unknown): RequestListener {
      const app = new Koa(options as object);
      app.use(forKoa.sse(hub.channel('news')));
      return app.callback();
    },
    safely: { proxy: true, maxIpsCount: 1 } as unknown,
    carelessly: { proxy: true } as unknown,
  },
];

describe.each(frameworks)('limits.perClient on $name', ({ listener, safely, carelessly }) => {
  let server: Server;
  let hub: Hub;
  let logged: string[];
  let requests: ClientRequest[];

  const listen = async (settings: unknown, where: string | undefined = undefined) => {
    logged = [];
    requests = [];
    const logger = { debug() {}, info() {}, error: (_fields: object, sentence: string) => void logged.push(sentence) };
    hub = createHub({ limits: { perClient: 1 }, logger } as HubOptions);
    server = createServer(listener(hub, settings));
    await new Promise<void>((resolve) =>
      where ? server.listen(where, resolve) : server.listen(0, '127.0.0.1', resolve),
    );
  };
  afterEach(async () => {
    await hub.close();
    for (const each of requests) each.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  /** Returns the event that a new stream opens with. */
  const open = (forwardedFor: string | undefined, socketPath?: string): Promise<string | undefined> =>
    new Promise((resolve, reject) => {
      const to = socketPath ? { socketPath } : { port: (server.address() as AddressInfo).port, host: '127.0.0.1' };
      const headers = { accept: 'text/event-stream', ...(forwardedFor && { 'x-forwarded-for': forwardedFor }) };
      const sent = request({ ...to, headers, agent: false }, (response: IncomingMessage) => {
        let text = '';
        response.on('error', () => {});
        response.on('data', (bytes) => {
          text += bytes;
          const [, event] = /event: pushwire:(\w+)/.exec(text) ?? [];
          if (event) resolve(event);
        });
      });
      sent.on('error', reject).end();
      requests.push(sent);
    });

  it.each([
    ['a port that a proxy adds', ['192.0.2.1:1001', '192.0.2.1:1002', '192.0.2.2:1001']],
    ['an address of IPv4 written as IPv6', ['192.0.2.1', '::ffff:192.0.2.1', '::ffff:192.0.2.2']],
    ['a network of IPv6', ['2001:db8:0:1::1', '2001:db8:0:1::2', '2001:db8:0:2::1']],
  ])('counts one client, whatever %s', async (_what, [first, same, other]) => {
    await listen(safely);
    expect([await open(first), await open(same), await open(other)]).toEqual(['open', 'retry', 'open']);
    expect(logged).toEqual([]);
  });

  it('tells once that a client can choose its address', async () => {
    await listen(carelessly);
    expect([await open('192.0.2.1'), await open('192.0.2.2')]).toEqual(['open', 'open']);
    expect(logged).toEqual([expect.stringMatching(/^limits\.perClient: with .* a client chooses its address/)]);
  });

  it('counts each connection of a Unix socket, which has no address, and tells that once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pushwire-'));
    const path = join(folder, 'socket');
    await listen(safely, path);
    expect([await open(undefined, path), await open(undefined, path)]).toEqual(['open', 'open']);
    expect(logged).toEqual([expect.stringMatching(/^limits\.perClient: a request has no address/)]);
    await rm(folder, { recursive: true });
  });
});

it('messagesPerSecond limits the sockets and POSTs of one client together, and closes no socket for it', async () => {
  const clock = new FakeClock();
  const hub = createHub({ clock });
  const heard: string[] = [];
  const app = express();
  app.all(
    '/',
    forExpress.push(hub.channel('a'), {
      webSocket: { messagesPerSecond: 5, onMessage: (data) => void heard.push(String(data)) },
    }),
  );
  const server = createServer(app).listen(0, '127.0.0.1');
  forExpress.acceptUpgrades(server, app);
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const sockets: WebSocketClient[] = [];
  for (let n = 0; n < 4; n++) sockets.push(await openWebSocket(url));
  await until('all are open', () => hub.stats().connections === 4);
  const post = () => fetch(url, { method: 'POST', body: 'posted' });

  for (const socket of sockets) for (let n = 0; n < 5; n++) socket.send(`m${n}`);
  await until('the messages of one second are handled', () => heard.length === 5);
  expect((await post()).status).toBe(429);
  expect(heard).toHaveLength(5);
  // Nothing else is handled before time goes on.
  clock.advance(1000);
  await until('those of the next second are', () => heard.length === 10);
  clock.advance(2000);
  await until('all are', () => heard.length === 20);
  expect(hub.stats().connections).toBe(4);
  clock.advance(1000);
  expect((await post()).status).toBe(204);
  for (const socket of sockets) socket.leave();
  await hub.close();
  await new Promise((resolve) => server.close(resolve));
});
