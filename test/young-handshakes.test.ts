import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { acceptUpgrades, createHub, webSocket } from '@pushwire/express';
import * as koa from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';
import { openWebSocket } from './kit/web-socket-client';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as (options?: { type: 'minor' }) => void;

const hub = createHub();
const clients = 40;

/** Entries that an app attaches to each request, of 8 bytes each. */
const attached = 14_000;
const attach = (request: object) => void Object.assign(request, { attached: new Array(attached).fill(0) });

function expressServer(): Server {
  const app = express();
  app.use((request, _response, next) => {
    attach(request);
    next();
  });
  app.get(
    '/news',
    webSocket(() => hub.channel('news')),
  );
  const server = createServer(app);
  acceptUpgrades(server, app);
  return server;
}

function koaServer(): Server {
  const app = new Koa();
  app.use((ctx, next) => {
    attach(ctx.req);
    return next();
  });
  app.use(koa.webSocket(() => hub.channel('news')));
  const server = createServer(app.callback());
  koa.acceptUpgrades(server, app);
  return server;
}

// What young objects alone refer to is collected in a millisecond. The rest waits for the next full
// collection, and grows the heap until then.
describe.each([
  ['Express', expressServer],
  ['Koa', koaServer],
])('an accepted handshake on %s', (_name, create) => {
  const server = create();
  const sockets: Socket[] = [];
  let url = '';

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/news`;
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  async function openSockets(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const { status, socket } = await openWebSocket(url);
      expect(status).toBe(101);
      sockets.push(socket as Socket);
    }
  }

  it('leaves its request to the collection of young objects', async () => {
    // The first ones also load and compile code.
    await openSockets(10);
    collectGarbage();
    const before = getHeapStatistics().used_heap_size;
    await openSockets(clients);
    for (let n = 0; n < 2; n++) collectGarbage({ type: 'minor' });
    const each = (getHeapStatistics().used_heap_size - before) / clients;
    expect(each).toBeLessThan((attached * 8) / 2);
  });
});

afterAll(() => hub.close());
