import { createServer } from 'node:http';
import { acceptUpgrades, createHub, webSocket } from '@pushwire/express';
import express from 'express';
import { type FanOutServer, noPings } from './server';

export function create(): FanOutServer {
  const channel = createHub().channel('bench');
  const app = express();
  app.get('/', webSocket(channel, { ping: noPings }));
  const server = createServer(app);
  acceptUpgrades(server, app);
  return {
    server,
    publish: (event) => void channel.publish(event),
  };
}
