import { createServer } from 'node:http';
import { clusterBackplane } from '@pushwire/cluster';
import { createHub, sse } from '@pushwire/express';
import express from 'express';
import type { FanOutServer } from './server';

/** A worker, whose clients get what the process of the broker publishes. */
export function create(path: string): FanOutServer {
  const channel = createHub({ backplane: clusterBackplane({ path }) }).channel('bench');
  const app = express();
  app.get('/', sse(channel));
  return { server: createServer(app), publish: (event) => channel.publish(event) };
}
