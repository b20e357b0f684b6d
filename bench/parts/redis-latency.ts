import { type Crowd, withCrowd } from '../clients/crowd';
import { Latencies } from '../clients/latencies';
import { publishAtRate } from '../clients/pace';
import type { Contest, Figure, Measurement, Subject } from '../contest';
import { choose } from '../entrants';
import type { NodeServer } from '../processes/node-server';
import { type RedisProcess, withRedis } from '../processes/redis-process';
import { withServer } from '../processes/server-handle';
import { type JoinedEntrant, joined, libraries, withRedisServer } from '../redis-entrants';
import type { Library } from '../servers/redis-client';

/** Events published per second. */
const rate = 1000;
/** A rate takes longer to measure than a cost. */
const durationFactor = 6;

const quantiles: readonly Figure[] = ['p50', 'p99'].map((key) => ({ key, title: key, unit: 'ms', charted: true }));

/** The time of an event from the command to publish it to the read of another process's client. */
export const redisLatency: Contest<JoinedEntrant> = {
  name: 'redis-latency',
  heading: `Redis backplane: from one process to a client of another, ${rate.toLocaleString('en')} events per second`,
  entrants: choose(joined, 'redis-bare', 'redis-pushwire', 'redis-socket-io'),
  figures: [
    ...quantiles,
    { key: 'redisMicros', title: "Redis' µs per event", unit: 'µs', charted: true },
    { key: 'nodeMicros', title: "publisher's µs", unit: 'µs', charted: false },
    { key: 'followerMicros', title: "follower's µs", unit: 'µs', charted: false },
    { key: 'commandMicros', title: 'commandstats µs', unit: 'µs', charted: false },
    { key: 'commands', title: 'commands', unit: 'count', charted: false },
  ],
  comparisons: [...quantiles.map(({ key }) => key), 'redisMicros'].map((figure) => ({
    figure,
    base: 'redis-socket-io',
    column: `${figure === 'redisMicros' ? 'Redis' : figure} × socket.io`,
  })),
  targets: [],
  packages: ['@pushwire/redis', 'redis', 'ioredis', 'socket.io', '@socket.io/redis-streams-adapter'],
  ...withRedisServer,
  clients: [1],
  rounds: 5,
  measure: async ({ entrant, clients, plan }: Subject<JoinedEntrant>) => {
    const found: Measurement[] = [];
    for (const library of libraries) {
      const join = (redis: RedisProcess) => entrant.join(library, redis, { node: plan.node });
      const measured = withRedis((redis) =>
        withServer(join(redis), (publisher) =>
          withServer(join(redis), (follower) =>
            withCrowd(follower.port, clients, entrant.greeting, async (crowd) => {
              const cluster = { redis, publisher, follower, crowd, clients, library };
              await publishAtRate(publisher, crowd, clients, rate, (plan.seconds * durationFactor) / 2);
              return measureAtRate(cluster, plan.seconds * durationFactor);
            }),
          ),
        ),
      );
      found.push(await measured);
    }
    return found;
  },
};

interface Cluster {
  readonly redis: RedisProcess;
  readonly publisher: NodeServer;
  readonly follower: NodeServer;
  readonly crowd: Crowd;
  readonly clients: number;
  readonly library: Library;
}

async function measureAtRate({ redis, publisher, follower, crowd, clients, library }: Cluster, seconds: number) {
  const latencies = new Latencies();
  const before = crowd.delivered;
  await redis.mark();
  crowd.listener = latencies.hear;
  crowd.mark();
  publisher.mark();
  follower.mark();
  const published = await publishAtRate(publisher, crowd, clients, rate, seconds);
  const [cpuMicros, followerMicros, cost] = [await publisher.read(), await follower.read(), await redis.read()];
  crowd.checkEach(published);
  const [p50, p99] = latencies.quantiles(0.5, 0.99) as [number, number];
  const figures = {
    p50,
    p99,
    redisMicros: cost.cpuMicros / published,
    nodeMicros: cpuMicros / published,
    followerMicros: followerMicros / published,
    commandMicros: cost.micros / published,
    commands: cost.commands / published,
  };
  const counted = { published, delivered: crowd.delivered - before, cpuMicros, redisCpuMicros: cost.cpuMicros };
  return { scene: { clients, library }, figures, counted } satisfies Measurement;
}
