import { createServer } from 'node:http';
import { acceptUpgrades, createHub, push } from '@pushwire/express';
import { redisBackplane } from '@pushwire/redis';
import express from 'express';
import { createClient } from 'redis';
import { answerCalls } from '../kit/child';

// One process of two. They share channels over Redis, and SIGTERM sends the clients to the other.

const { port, redisUrl, within }: { port: number; redisUrl: string; within: number } = JSON.parse(
  process.argv[2] as string,
);

const hub = createHub({ retry: 500, backplane: redisBackplane({ client: createClient({ url: redisUrl }) }) });
const app = express();
app.get(
  '/:channel',
  push(({ params }) => hub.channel(String(params.channel)), { poll: { interval: 500 } }),
);
const server = createServer(app);
acceptUpgrades(server, app);

process.on('SIGTERM', async () => {
  const closed = new Promise((resolve) => server.close(resolve));
  await hub.close({ within });
  await closed;
  process.exit();
});

export const handlers = {
  listen: () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve)),
  connections: () => hub.stats().connections,
};

answerCalls(handlers);
