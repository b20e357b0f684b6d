import { createServer } from 'node:http';
import { createHub, sse } from '@pushwire/koa';
import Koa from 'koa';
import type { FanOutServer } from './server';

export function create(): FanOutServer {
  const channel = createHub().channel('bench');
  const app = new Koa();
  app.use(sse(channel));
  return {
    server: createServer(app.callback()),
    publish: (event) => void channel.publish(event),
  };
}
