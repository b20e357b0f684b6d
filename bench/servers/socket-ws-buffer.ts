import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import type { FanOutServer } from './server';

/** A loop of `send` with a text that is encoded once. */
export function create(): FanOutServer {
  const server = createServer();
  const wss = new WebSocketServer({ server });
  return {
    server,
    publish(event) {
      const bytes = Buffer.from(JSON.stringify(event));
      for (const client of wss.clients) client.send(bytes, { binary: false });
    },
  };
}
