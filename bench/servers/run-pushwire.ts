import { createServer } from 'node:http';
import { createHub, type Hub, type HubOptions, sse } from '@pushwire/express';
import { redisBackplane } from '@pushwire/redis';
import express from 'express';
import { newClient } from './redis-client';
import { untilItAnswers } from './redis-pushwire';
import type { FanOutServer } from './server';
import { TokenQueue, tokenOf } from './token-queue';

/** The answer goes on for the whole measurement. */
const most = { count: 1e8, bytes: 2 ** 30 };

/**
 * @param late what late readers get: each token by itself, or neighbours joined.
 * @param port the port of Redis. Without it, runs are kept in memory.
 */
export async function create(late: 'apart' | 'joined', port?: string): Promise<FanOutServer> {
  const hub = await hubOn(port);
  const tokens = new TokenQueue();
  const run = hub.run('bench');
  await run.start(() => tokens, { most });
  const join = (a: unknown, b: unknown) => `${a}${b}`;
  const options = late === 'joined' ? { join } : {};

  let started = 0;
  const app = express();
  app.get('/', sse(run, options));
  app.get(
    '/start',
    sse(async () => {
      const sequence = ++started;
      const short = hub.run(`short-${sequence}`);
      await short.start(async function* () {
        yield tokenOf({ sequence });
      });
      return short;
    }),
  );
  return { server: createServer(app), publish: (event) => tokens.push(tokenOf(event)) };
}

/** Makes a hub on Redis, or in memory where there is no port. */
export async function hubOn(port: string | undefined, options: HubOptions = {}): Promise<Hub> {
  if (port === undefined) return createHub(options);
  const hub = createHub({ ...options, backplane: redisBackplane({ client: newClient('redis', port) }) });
  await untilItAnswers(() => hub.channel('bench').reportedConnections());
  return hub;
}
