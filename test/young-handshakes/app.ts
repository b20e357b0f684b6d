import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getHeapStatistics } from 'node:v8';
import { acceptUpgrades, createHub, webSocket } from '@pushwire/express';
import * as koa from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';
import { answerCalls } from '../kit/child';
import { openWebSocket } from '../kit/web-socket-client';
import { attachedBytes } from './attached-bytes';

const hub = createHub();
const clients = 40;
const collectGarbage = globalThis.gc as unknown as (options?: { type: 'minor' }) => void;

const attach = (request: object) => void Object.assign(request, { attached: new Array(attachedBytes / 8).fill(0) });

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

export const handlers = {
  /** @returns the bytes that each handshake leaves behind when the young objects are collected. */
  async bytesOfEach(framework: 'Express' | 'Koa'): Promise<number> {
    const server = framework === 'Koa' ? koaServer() : expressServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/news`;
    const sockets: Socket[] = [];
    const openSockets = async (count: number) => {
      for (let n = 0; n < count; n++) {
        const { status, socket } = await openWebSocket(url);
        if (status !== 101) throw new Error(`The handshake was answered with ${status}`);
        sockets.push(socket as Socket);
      }
    };
    // The first ones also load and compile code.
    await openSockets(10);
    collectGarbage();
    const before = getHeapStatistics().used_heap_size;
    await openSockets(clients);
    for (let n = 0; n < 2; n++) collectGarbage({ type: 'minor' });
    return (getHeapStatistics().used_heap_size - before) / clients;
  },
};

answerCalls(handlers);
