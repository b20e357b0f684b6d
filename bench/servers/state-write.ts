import { createServer, type ServerResponse } from 'node:http';
import express, { type Response } from 'express';
import { type FanOutServer, streamHeaders } from './server';
import { keyOf } from './state-keys';

/** Bytes that may wait for a client before it is left out. */
const maxWaiting = 256 * 1024;

/**
 * A state as apps write it by hand: a map, and the values that were set since the last write. They
 * go out as one text, which is made once. A client whose socket is full is left out, and gets the
 * whole map when it has drained.
 *
 * @param path the path of a socket that the server listens on too.
 * @param every milliseconds between two writes.
 */
export function create(path: string, every: string): FanOutServer {
  const values = new Map<string, string>();
  let changed = new Map<string, string>();
  let isDue = false;
  const open = new Set<ServerResponse>();
  const app = express();
  app.get('/', (_request, response: Response) => {
    response.writeHead(200, streamHeaders);
    response.flushHeaders();
    response.write([...values.values()].join(''));
    open.add(response);
    response.on('close', () => open.delete(response));
  });
  const flush = () => {
    isDue = false;
    const text = Buffer.from([...changed.values()].join(''));
    changed = new Map();
    for (const response of open) {
      if (response.writableLength <= maxWaiting) response.write(text);
      else {
        open.delete(response);
        response.once('drain', () => {
          response.write([...values.values()].join(''));
          open.add(response);
        });
      }
    }
  };
  createServer(app).listen(path);
  return {
    server: createServer(app),
    publish(event) {
      const key = keyOf(event);
      const text = `data: ${JSON.stringify({ key, data: event })}\n\n`;
      values.set(key, text);
      changed.set(key, text);
      if (isDue) return;
      isDue = true;
      if (every === '0') setImmediate(flush);
      else setTimeout(flush, Number(every));
    },
  };
}
