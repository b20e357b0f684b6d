import { createServer } from 'node:http';
import express, { type Response } from 'express';
import { type FanOutServer, streamHeaders } from './server';

/** A server without a library: the event is framed once, and `res.write` is called per client. */
export function create(): FanOutServer {
  return writeLoop((response) => {
    response.writeHead(200, streamHeaders);
    response.flushHeaders();
  });
}

/** @param begin sends the beginning of a stream. */
export function writeLoop(begin: (response: Response) => void): FanOutServer {
  const open = new Set<Response>();
  const app = express();
  app.get('/', (_request, response) => {
    begin(response);
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
