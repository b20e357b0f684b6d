import { createServer } from 'node:http';
import { createHub, sse } from '@pushwire/express';
import { redisBackplane } from '@pushwire/redis';
import express from 'express';
import { type Library, newClient } from './redis-client';
import type { FanOutServer } from './server';

export async function create(library: Library, port: string): Promise<FanOutServer> {
  const channel = createHub({ backplane: redisBackplane({ client: newClient(library, port) }) }).channel('bench');
  const app = express();
  app.get('/', sse(channel));
  await untilItAnswers(() => channel.reportedConnections());
  return { server: createServer(app), publish: (event) => channel.publish(event) };
}

/** Waits for the backplane, which connects by itself and rejects until it has. */
export async function untilItAnswers(ask: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await ask();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
