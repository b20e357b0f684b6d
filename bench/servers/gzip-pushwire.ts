import { createServer } from 'node:http';
import { createHub, sse } from '@pushwire/express';
import express from 'express';
import { quoteOf } from './quote';
import type { FanOutServer } from './server';

/** Compresses for clients that accept it. */
export function create(): FanOutServer {
  const channel = createHub({ compress: true }).channel('bench');
  const app = express();
  app.get('/', sse(channel));
  return {
    server: createServer(app),
    publish: (event) => void channel.publish(quoteOf(event)),
  };
}
