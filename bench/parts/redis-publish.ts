import { withCrowd } from '../clients/crowd';
import { subscription } from '../clients/greeting';
import type { Contest, Measurement, Plan, Subject } from '../contest';
import { choose } from '../entrants';
import { withRedis } from '../processes/redis-process';
import { withServer } from '../processes/server-handle';
import { type JoinedEntrant, joined, libraries, withRedisServer } from '../redis-entrants';
import type { Library } from '../servers/redis-client';

/** The most publishes that may be without an answer. */
const maxPending = 100;

const base = 'redis-bare';

/** The cost of a publish for Redis and for the publishing process, as fast as answers come. */
export const redisPublish: Contest<JoinedEntrant> = {
  name: 'redis-publish',
  heading: 'Redis backplane: CPU per publish',
  entrants: choose(joined, 'redis-bare', 'redis-stream', 'redis-pushwire'),
  figures: [
    { key: 'redisMicros', title: "Redis' µs", unit: 'µs', charted: true },
    { key: 'nodeMicros', title: "publisher's µs", unit: 'µs', charted: true },
    { key: 'commandMicros', title: 'commandstats µs', unit: 'µs', charted: false },
    { key: 'commands', title: 'commands', unit: 'count', charted: false },
    { key: 'bytesIn', title: 'to Redis', unit: 'bytes', charted: false },
    { key: 'bytesOut', title: 'from Redis', unit: 'bytes', charted: false },
    { key: 'perSecond', title: 'published per s', unit: 'count', charted: false },
  ],
  comparisons: [
    { figure: 'redisMicros', base, column: 'Redis × PUBLISH' },
    { figure: 'nodeMicros', base, column: 'publisher × PUBLISH' },
  ],
  targets: [],
  packages: ['@pushwire/redis', 'redis', 'ioredis'],
  ...withRedisServer,
  clients: [1, 8],
  rounds: 5,
  measure: async (subject: Subject<JoinedEntrant>) => {
    const found: Measurement[] = [];
    for (const library of libraries) found.push(await measureFlood(subject, library));
    return found;
  },
};

function measureFlood({ entrant, clients, plan }: Subject<JoinedEntrant>, library: Library): Promise<Measurement> {
  return withRedis((redis) =>
    // Redis has core 0 for itself.
    withServer(entrant.join(library, redis, { node: plan.node, core: 1 }), (node) =>
      withCrowd(redis.port, clients, subscription(entrant.announcements), async (crowd) => {
        await node.flood(warmUp(plan), maxPending);
        await redis.mark();
        crowd.mark();
        const before = crowd.delivered;
        node.mark();
        const { published, seconds } = await node.flood(plan.seconds * durationFactor, maxPending);
        const cpuMicros = await node.read();
        await crowd.untilDelivered(before + published * clients);
        const cost = await redis.read();
        crowd.checkEach(published);
        const figures = {
          redisMicros: cost.cpuMicros / published,
          nodeMicros: cpuMicros / published,
          commandMicros: cost.micros / published,
          commands: cost.commands / published,
          bytesIn: cost.bytesIn / published,
          bytesOut: cost.bytesOut / published,
          perSecond: published / seconds,
        };
        const counted = { published, delivered: crowd.delivered - before, cpuMicros, redisCpuMicros: cost.cpuMicros };
        return { scene: { clients, library }, figures, counted };
      }),
    ),
  );
}

const durationFactor = 4;

/** Time for the heap of a fresh process to grow and for a log to fill. */
const warmUp = ({ seconds }: Plan) => seconds * 2;
