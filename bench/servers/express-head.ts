import { createServer } from 'node:http';
import express, { type Response } from 'express';
import type { FanOutServer } from './server';

/** What `sse()` sends at first, by hand: the headers that pass proxies, and bytes at once, since some hold the head until then. */
export function create(): FanOutServer {
  const open = new Set<Response>();
  const app = express();
  app.get('/', (_request, response) => {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-store, no-transform',
      'Content-Encoding': 'identity',
      'X-Accel-Buffering': 'no',
      'X-Content-Type-Options': 'nosniff',
    });
    const retry = Math.round(2250 + Math.random() * 1500);
    const data = JSON.stringify({ cursor: 'abcdefgh.0', heartbeat: 15_000, retry });
    response.write(`retry: ${retry}\nevent: pushwire:open\nid: abcdefgh.0\ndata: ${data}\n\n`);
    open.add(response);
    response.on('close', () => open.delete(response));
  });
  return {
    server: createServer(app),
    publish(event) {
      const text = `data: ${JSON.stringify(event)}\n\n`;
      for (const response of open) response.write(text);
    },
  };
}
