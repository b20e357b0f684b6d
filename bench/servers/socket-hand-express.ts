import { createServer, type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import express from 'express';
import { WebSocketServer } from 'ws';
import type { FanOutServer } from './server';

/** Express without a library, whose route takes the socket of its request for `ws`. */
export function create(): FanOutServer {
  const upgrades = new WeakMap<IncomingMessage, readonly [Duplex, Buffer]>();
  const wss = new WebSocketServer({ noServer: true });
  const app = express();
  app.get('/', (request) => {
    const [socket, head] = upgrades.get(request) as readonly [Duplex, Buffer];
    wss.handleUpgrade(request, socket, head, () => {});
  });
  const server = createServer(app);
  server.on('upgrade', (request, socket, head) => {
    upgrades.set(request, [socket, head]);
    app(request, new ServerResponse(request));
  });
  return {
    server,
    publish(event) {
      const text = JSON.stringify(event);
      for (const client of wss.clients) client.send(text);
    },
  };
}
