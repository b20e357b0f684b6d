import { createServer } from 'node:http';
import express, { type Response } from 'express';
import { sampleEvent } from '../sample-event';
import { type FanOutServer, streamHeaders } from './server';

/**
 * The values as one answer, whose text is made once, or for each request.
 *
 * @param kind `buffer` for a Buffer through bare `node:http`, `json` for a text through Express.
 */
export function create(keys: string, kind: 'buffer' | 'json'): FanOutServer {
  const values = Array.from({ length: Number(keys) }, (_, i) => ({ key: `key-${i}`, data: sampleEvent(i, 0) }));
  const encode = () => values.map((value) => `id:\ndata: ${JSON.stringify(value)}\n\n`).join('');
  const ready = Buffer.from(encode());
  const app = express();
  app.get('/', (_request, response: Response) => {
    response.writeHead(200, streamHeaders).end(encode());
  });
  const bare = createServer((_request, response) => {
    response.writeHead(200, { ...streamHeaders, 'Content-Length': ready.byteLength }).end(ready);
  });
  const server = kind === 'json' ? createServer(app) : bare;
  return {
    server,
    publish: (event) => {
      const value = values[event.sequence % values.length];
      if (value) value.data = event;
    },
  };
}
