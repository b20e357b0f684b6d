import { createServer } from 'node:http';
import express from 'express';
import SseChannel from 'sse-channel';
import type { FanOutServer } from './server';

/** Events have ids, since this library keeps no history without them. */
export function create(): FanOutServer {
  const channel = new SseChannel({ jsonEncode: true });
  const app = express();
  app.get('/', (request, response) => channel.addClient(request, response));
  return {
    server: createServer(app),
    publish: (event) => channel.send({ id: event.sequence, data: event }),
  };
}
