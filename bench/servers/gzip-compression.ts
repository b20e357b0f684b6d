import { createServer } from 'node:http';
import compression from 'compression';
import express, { type Response } from 'express';
import { quoteOf } from './quote';
import { type FanOutServer, streamHeaders } from './server';

/** Compresses for each client by itself, and flushes after each event, as the package's manual says. */
export function create(): FanOutServer {
  const open = new Set<Response>();
  const app = express().use(compression({ threshold: 0, filter: () => true }));
  app.get('/', (_request, response) => {
    response.writeHead(200, streamHeaders);
    response.write(':\n\n');
    response.flush();
    open.add(response);
    response.on('close', () => open.delete(response));
  });
  return {
    server: createServer(app),
    publish(event) {
      const text = `data: ${JSON.stringify(quoteOf(event))}\n\n`;
      for (const response of open) {
        response.write(text);
        response.flush();
      }
    },
  };
}
