import { createServer } from 'node:http';
import { createHub, longPoll } from '@pushwire/express';
import { longPoll as longPollOnKoa } from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';
import type { FanOutServer } from './server';

// No poll ends while the bench runs, since the other variants have no end of a wait.
const options = { wait: 600_000 };

export function create(framework: string): FanOutServer {
  const hub = createHub();
  const channel = hub.channel('bench');
  const listener =
    framework === 'koa'
      ? new Koa().use(longPollOnKoa(channel, options)).callback()
      : express().get('/', longPoll(channel, options));
  return {
    server: createServer(listener),
    publish: (event) => void channel.publish(event),
    held: () => hub.stats().connections,
  };
}
