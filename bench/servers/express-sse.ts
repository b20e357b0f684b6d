import { createServer } from 'node:http';
import express from 'express';
import ExpressSse from 'express-sse';
import type { FanOutServer } from './server';

export function create(): FanOutServer {
  // By default each new client costs a write to all others, and 5000 would take minutes to connect.
  const sse = new ExpressSse([], { isSerialized: false });
  const app = express();
  app.get('/', (request, response) => {
    sse.init(request, response);
    response.flushHeaders();
  });
  return {
    server: createServer(app),
    publish: (event) => sse.send(event),
  };
}
