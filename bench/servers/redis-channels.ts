import { createServer } from 'node:http';
import { createHub, sse } from '@pushwire/express';
import { redisBackplane } from '@pushwire/redis';
import express from 'express';
import { type Library, newClient } from './redis-client';
import { untilItAnswers } from './redis-pushwire';
import type { FanOutServer } from './server';

/** A server with one channel for each client. */
export async function create(library: Library, port: string, checkInterval: string): Promise<FanOutServer> {
  const client = newClient(library, port);
  const hub = createHub({ backplane: redisBackplane({ client, checkInterval: Number(checkInterval) }) });
  let channels = 0;
  const app = express();
  app.get(
    '/',
    sse(() => hub.channel(`room:${channels++}`)),
  );
  await untilItAnswers(() => hub.channel('bench').reportedConnections());
  return {
    server: createServer(app),
    publish: (event) =>
      Promise.all(Array.from({ length: channels }, (_, i) => hub.channel(`room:${i}`).publish(event))),
  };
}
