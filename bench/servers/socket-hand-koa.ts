import { createServer, type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import Koa from 'koa';
import { WebSocketServer } from 'ws';
import type { FanOutServer } from './server';

/** Koa without a library, whose middleware takes the socket of its request for `ws`. */
export function create(): FanOutServer {
  const upgrades = new WeakMap<IncomingMessage, readonly [Duplex, Buffer]>();
  const wss = new WebSocketServer({ noServer: true });
  const app = new Koa();
  app.use((ctx) => {
    const [socket, head] = upgrades.get(ctx.req) as readonly [Duplex, Buffer];
    ctx.respond = false;
    wss.handleUpgrade(ctx.req, socket, head, () => {});
  });
  const run = app.callback();
  const server = createServer(run);
  server.on('upgrade', (request, socket, head) => {
    upgrades.set(request, [socket, head]);
    run(request, new ServerResponse(request));
  });
  return {
    server,
    publish(event) {
      const text = JSON.stringify(event);
      for (const client of wss.clients) client.send(text);
    },
  };
}
