import { createServer } from 'node:http';
import { createHub, sse } from '@pushwire/express';
import express from 'express';
import { sampleEvent } from '../sample-event';
import type { FanOutServer } from './server';

/**
 * A state with so many keys. Each event changes the next one.
 *
 * @param highWaterMark the hub's option. Absent for its default.
 */
export async function create(keys: string, highWaterMark?: string): Promise<FanOutServer> {
  const hub = createHub({
    state: { keys: Number(keys), bytes: 64 * 1024 * 1024 },
    ...(highWaterMark !== undefined && { highWaterMark: Number(highWaterMark) }),
  });
  const state = hub.state('bench');
  for (let i = 0; i < Number(keys); i++) await state.set(`key-${i}`, sampleEvent(i, 0));
  const app = express();
  app.get('/', sse(state));
  return {
    server: createServer(app),
    publish: (event) => state.set(`key-${event.sequence % Number(keys)}`, event),
  };
}
