import { createServer } from 'node:http';
import { createChannel, createSession } from 'better-sse';
import express from 'express';
import type { FanOutServer } from './server';

export function create(): FanOutServer {
  const channel = createChannel();
  const app = express();
  app.get('/', async (request, response) => {
    channel.register(await createSession(request, response));
  });
  return {
    server: createServer(app),
    publish: (event) => void channel.broadcast(event),
  };
}
