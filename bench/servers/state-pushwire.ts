import { createServer } from 'node:http';
import { createHub, sse } from '@pushwire/express';
import express from 'express';
import type { FanOutServer } from './server';
import { keyOf } from './state-keys';

/**
 * Sets the keys of a state in turn, or publishes the same to a channel.
 *
 * @param path the path of a socket that the server listens on too.
 * @param every the state's option, in ms. `channel` for a channel in the place of a state.
 * @param highWaterMark the hub's option. Absent for its default.
 */
export function create(path: string, every: string, highWaterMark?: string): FanOutServer {
  const isChannel = every === 'channel';
  const hub = createHub({
    ...(!isChannel && { state: { every: Number(every) } }),
    ...(highWaterMark !== undefined && { highWaterMark: Number(highWaterMark) }),
  });
  const [state, channel] = [hub.state('bench'), hub.channel('bench')];
  const app = express();
  app.get('/', isChannel ? sse(channel) : sse(state));
  createServer(app).listen(path);
  return {
    server: createServer(app),
    publish: (event) =>
      isChannel ? channel.publish({ key: keyOf(event), data: event }) : state.set(keyOf(event), event),
  };
}
