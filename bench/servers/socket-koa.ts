import { createServer } from 'node:http';
import { acceptUpgrades, createHub, webSocket } from '@pushwire/koa';
import Koa from 'koa';
import { type FanOutServer, noPings } from './server';

export function create(): FanOutServer {
  const channel = createHub().channel('bench');
  const app = new Koa();
  app.use(webSocket(channel, { ping: noPings }));
  const server = createServer(app.callback());
  acceptUpgrades(server, app);
  return {
    server,
    publish: (event) => void channel.publish(event),
  };
}
