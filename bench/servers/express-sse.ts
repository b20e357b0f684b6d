import { createServer } from 'node:http';
import express from 'express';
import ExpressSse from 'express-sse';
import type { FanOutServer } from './server';

export function create(): FanOutServer {
  const sse = new ExpressSse();
  const app = express();
  app.get('/', sse.init);
  return {
    server: createServer(app),
    publish: (event) => sse.send(event),
  };
}
