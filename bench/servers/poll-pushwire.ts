import { createServer } from 'node:http';
import { createHub, longPoll } from '@pushwire/express';
import express from 'express';
import type { FanOutServer } from './server';

export function create(): FanOutServer {
  const hub = createHub();
  const channel = hub.channel('bench');
  const app = express();
  // No poll ends while the bench runs, since the other variants have no end of a wait.
  app.get('/', longPoll(channel, { wait: 600_000 }));
  return {
    server: createServer(app),
    publish: (event) => void channel.publish(event),
    held: () => hub.stats().connections,
  };
}
