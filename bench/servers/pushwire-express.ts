import { createServer } from 'node:http';
import { createHub, sse } from '@pushwire/express';
import express from 'express';
import type { FanOutServer } from './server';

export function create(): FanOutServer {
  const channel = createHub().channel('bench');
  const app = express();
  app.get('/', sse(channel));
  return {
    server: createServer(app),
    publish: (event) => void channel.publish(event),
  };
}
