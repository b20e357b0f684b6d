import { createServer } from 'node:http';
import { createHub, sse } from '@pushwire/express';
import express from 'express';
import { sampleEvent } from '../sample-event';
import type { FanOutServer } from './server';

/**
 * Each event is the only value of a state of its own, or the only message of a channel. A client of
 * `/?id=…` follows one of these.
 *
 * @param shared `shared` if all clients follow the same one.
 */
export function create(kind: 'state' | 'channel', shared?: 'shared'): FanOutServer {
  const hub = createHub({ limits: { logBytes: 1e9 } });
  const nameOf = (id: unknown) => `bench ${shared ? 0 : Number(id)}`;
  const fill = (id: number) => {
    const event = sampleEvent(id, 0);
    return kind === 'state' ? hub.state(nameOf(id)).set('key', event) : hub.channel(nameOf(id)).publish(event);
  };
  const app = express();
  app.get(
    '/',
    sse(({ query: { id } }: express.Request) => {
      if (!shared) fill(Number(id));
      return kind === 'state' ? hub.state(nameOf(id)) : hub.channel(nameOf(id));
    }),
  );
  fill(0);
  return { server: createServer(app), publish: ({ sequence }) => fill(sequence), held: () => hub.stats().connections };
}
