import { createServer } from 'node:http';
import { createHub, longPoll } from '@pushwire/express';
import { longPoll as longPollOnKoa } from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';
import type { FanOutServer } from './server';

// No poll ends while the bench runs, since the other variants have no end of a wait.
const wait = 600_000;

/**
 * @param batchDelay ms before an answer. Defaults to 0, since the other servers answer at once. A
 * process that sleeps in between finds its caches cold, which costs it some µs for each answer.
 */
export function create(framework: string, batchDelay = '0'): FanOutServer {
  const options = { wait, batchDelay: Number(batchDelay) };
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
