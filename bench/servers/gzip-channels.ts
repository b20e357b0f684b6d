import { createServer } from 'node:http';
import { createHub, sse } from '@pushwire/express';
import express from 'express';
import { quoteOf } from './quote';
import type { FanOutServer } from './server';

/** One channel for each client, so that nobody shares what is compressed. */
export function create(): FanOutServer {
  const hub = createHub({ compress: true });
  let channels = 0;
  const app = express();
  app.get(
    '/',
    sse(() => hub.channel(`room:${channels++}`)),
  );
  return {
    server: createServer(app),
    publish: (event) => {
      for (let i = 0; i < channels; i++) void hub.channel(`room:${i}`).publish(quoteOf(event));
    },
  };
}
