import { createServer } from 'node:http';
import express from 'express';
import ExpressSse from 'express-sse';
import type { FanOutServer } from './server';

export function create(): FanOutServer {
  // By default each newcomer costs a write to everybody, and 5,000 of them would take minutes to come in.
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
