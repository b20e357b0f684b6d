import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import type { FanOutServer } from './server';

/** The broadcast loop from the documentation of ws. */
export function create(): FanOutServer {
  const server = createServer();
  const wss = new WebSocketServer({ server });
  return {
    server,
    publish(event) {
      const text = JSON.stringify(event);
      for (const client of wss.clients) client.send(text);
    },
  };
}
