import { createServer, type RequestListener } from 'node:http';
import { type Channel, createHub, longPoll, poll } from '@pushwire/express';
import { longPoll as longPollOnKoa, poll as pollOnKoa } from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';
import type { FanOutServer } from './server';

const empty = { emptyStatus: 204 };

export function create(framework: string): FanOutServer {
  const channel = createHub().channel('bench');
  return {
    server: createServer(framework === 'koa' ? onKoa(channel) : onExpress(channel)),
    publish: (event) => void channel.publish(event),
  };
}

function onExpress(channel: Channel): RequestListener {
  const app = express();
  app.get('/interval', poll(channel));
  app.get('/long', longPoll(channel, empty));
  return app;
}

function onKoa(channel: Channel): RequestListener {
  const app = new Koa();
  const [interval, long] = [pollOnKoa(channel), longPollOnKoa(channel, empty)];
  app.use((ctx, next) => (ctx.path === '/long' ? long(ctx, next) : interval(ctx, next)));
  return app.callback();
}
