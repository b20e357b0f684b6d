import { setTimeout as sleep } from 'node:timers/promises';
import { type Crowd, withCrowd } from '../clients/crowd';
import type { Contest, Measurement, Plan, Subject } from '../contest';
import { choose } from '../entrants';
import type { NodeServer } from '../processes/node-server';
import { type RedisProcess, withRedis } from '../processes/redis-process';
import { type Memory, withServer } from '../processes/server-handle';
import { type JoinedEntrant, joined, libraries, withRedisServer } from '../redis-entrants';

/** The check interval in ms. It is shorter than in any app, but the option accepts it. */
const checkIntervalOf = ({ seconds }: Plan) => Math.max(100, seconds * 4000);
/** The number of checks of each channel during the measurement. */
const checksPerChannel = 3;
/** The number of messages that each channel keeps at the end. */
const messages = 20;

/** The cost of a channel that one process follows for one client, while nothing is published. */
export const redisFollow: Contest<JoinedEntrant> = {
  name: 'redis-follow',
  heading: 'Redis backplane: a followed channel',
  entrants: choose(joined, 'redis-channels'),
  figures: [
    { key: 'redisMicros', title: "Redis' µs per check", unit: 'µs', charted: true },
    { key: 'nodeMicros', title: "node's µs per check", unit: 'µs', charted: true },
    { key: 'commandMicros', title: 'commandstats µs per check', unit: 'µs', charted: false },
    { key: 'startMicros', title: "Redis' µs to follow", unit: 'µs', charted: true },
    { key: 'rss', title: "node's RSS with connection", unit: 'bytes', charted: true },
    { key: 'heap', title: "node's heap with connection", unit: 'bytes', charted: false },
    { key: 'messageHeap', title: "node's heap for each message", unit: 'bytes', charted: false },
    { key: 'redisBytes', title: 'in Redis', unit: 'bytes', charted: true },
    { key: 'redisMessageBytes', title: 'in Redis for each message', unit: 'bytes', charted: false },
  ],
  comparisons: [],
  targets: [],
  packages: ['@pushwire/redis', 'redis', 'ioredis'],
  ...withRedisServer,
  clients: [2000],
  rounds: 3,
  measure: async ({ entrant, clients, plan }: Subject<JoinedEntrant>) => {
    const found: Measurement[] = [];
    for (const library of libraries) {
      const options = { node: [...plan.node, '--expose-gc'], words: [`${checkIntervalOf(plan)}`] };
      const measured = withRedis((redis) =>
        withServer(entrant.join(library, redis, options), async (node) => {
          const before = { node: await node.memory(), redis: await redis.memory() };
          await redis.mark();
          return withCrowd(node.port, clients, entrant.greeting, async (crowd) => {
            const startMicros = (await redis.read()).cpuMicros / clients;
            const checks = await measureChecks(redis, node, checksPerChannel * checkIntervalOf(plan));
            const memory = await measureMemory(redis, node, crowd, clients, before);
            const figures = { startMicros, ...checks.figures, ...memory };
            const counted = { ...checks.counted, published: messages, delivered: crowd.delivered };
            return { scene: { clients, library }, figures, counted };
          });
        }),
      );
      found.push(await measured);
    }
    return found;
  },
};

async function measureChecks(redis: RedisProcess, node: NodeServer, ms: number) {
  await redis.mark();
  node.mark();
  await sleep(ms);
  const [cpuMicros, cost] = [await node.read(), await redis.read()];
  const checks = cost.scripts;
  const figures = {
    redisMicros: cost.cpuMicros / checks,
    nodeMicros: cpuMicros / checks,
    commandMicros: cost.micros / checks,
  };
  return { figures, counted: { checks, cpuMicros, redisCpuMicros: cost.cpuMicros } };
}

type Before = Readonly<{ node: Memory; redis: number }>;

async function measureMemory(redis: RedisProcess, node: NodeServer, crowd: Crowd, clients: number, before: Before) {
  const [followed, redisFollowed] = [await node.memory(), await redis.memory()];
  crowd.mark();
  for (let i = 1; i <= messages; i++) {
    node.publish(1);
    await crowd.untilDelivered(clients * i);
  }
  crowd.checkEach(messages);
  const kept = clients * messages;
  return {
    rss: (followed.rss - before.node.rss) / clients,
    heap: (heapOf(followed) - heapOf(before.node)) / clients,
    messageHeap: (heapOf(await node.memory()) - heapOf(followed)) / kept,
    redisBytes: (redisFollowed - before.redis) / clients,
    redisMessageBytes: ((await redis.memory()) - redisFollowed) / kept,
  };
}

const heapOf = ({ heap }: Memory) => heap ?? Number.NaN;
