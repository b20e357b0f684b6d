import { setTimeout as sleep } from 'node:timers/promises';
import { Crowd } from '../clients/crowd';
import { Follower } from '../clients/follower';
import { eventStream } from '../clients/greeting';
import type { Contest, Measurement, Subject } from '../contest';
import type { NodeServer } from '../processes/node-server';
import type { RedisProcess } from '../processes/redis-process';
import { entrant, type RunEntrant, withRunServer } from '../run-entrants';

/** The members join in this many times the duration of a measurement. */
const joinFactor = 20;

const greeting = {
  ...eventStream,
  requestOf: (client: number) => eventStream.request.replace('GET /', `GET /?id=user-${client}`),
};

/** A room that fills and empties, and one client that follows who is there. */
export const presence: Contest<RunEntrant> = {
  name: 'presence',
  heading: 'Presence: members that join one after the other, and leave at once',
  entrants: {
    'presence-none': entrant('pushwire, connections that are no members', 'presence-pushwire', false, '0', 'none'),
    'presence-write': entrant('by hand: a map and res.write', 'presence-write', false),
    'presence-memory': entrant('pushwire, in memory', 'presence-pushwire', false, '0', 'names'),
    'presence-redis': entrant('pushwire, on Redis', 'presence-pushwire', true, '0', 'names'),
    'presence-redis-100': entrant('pushwire, on Redis, every: 100', 'presence-pushwire', true, '100', 'names'),
    'presence-redis-count': entrant('pushwire, on Redis, names: false', 'presence-pushwire', true, '0', 'count'),
  },
  figures: [
    { key: 'joinMicros', title: "server's µs per join", unit: 'µs', charted: true },
    { key: 'leaveMicros', title: "server's µs per leave", unit: 'µs', charted: true },
    { key: 'redisJoinMicros', title: "Redis' µs per join", unit: 'µs', charted: false },
    { key: 'redisLeaveMicros', title: "Redis' µs per leave", unit: 'µs', charted: false },
    { key: 'joinCommands', title: 'commands per join', unit: 'count', charted: false },
    { key: 'joinBytes', title: 'bytes to the follower per join', unit: 'count', charted: false },
    { key: 'leaveBytes', title: 'bytes to the follower per leave', unit: 'count', charted: false },
    { key: 'leaveMs', title: 'until the follower knows that all have left', unit: 'ms', charted: false },
    { key: 'rss', title: 'RSS of each, with the connection', unit: 'bytes', charted: true },
  ],
  comparisons: [
    { figure: 'joinMicros', base: 'presence-none', column: 'join × no members' },
    { figure: 'joinMicros', base: 'presence-write', column: 'join × by hand' },
    { figure: 'leaveMicros', base: 'presence-write', column: 'leave × by hand' },
  ],
  targets: [],
  packages: ['@pushwire/redis', 'express', 'redis'],
  clients: [10_000],
  rounds: 3,
  measure: ({ entrant, clients, plan }: Subject<RunEntrant>) =>
    withRunServer(entrant, [...plan.node, '--expose-gc'], async (server, redis) => {
      const follower = new Follower(server.port, '/members');
      try {
        const { port } = server;
        // The first members make the code hot.
        const few = Math.ceil(clients / 10);
        const guests = await Crowd.connect(port, few, greeting, { perSecond: few });
        await server.memory();
        guests.close();
        await untilEmpty(server, follower);
        const before = await server.memory();

        const perSecond = clients / (plan.seconds * joinFactor);
        const join = await measure(server, redis, follower, async () => {
          const crowd = await Crowd.connect(port, clients, greeting, { perSecond });
          await follower.until((one) => countOf(one) === (isTold(entrant) ? clients : 0), 'all are there');
          return crowd;
        });
        const after = await server.memory();
        const leave = await measure(server, redis, follower, async () => {
          join.result.close();
          await untilEmpty(server, follower);
        });
        const figures = {
          joinMicros: join.cpuMicros / clients,
          leaveMicros: leave.cpuMicros / clients,
          ...(join.cost && { redisJoinMicros: join.cost.cpuMicros / clients }),
          ...(leave.cost && { redisLeaveMicros: leave.cost.cpuMicros / clients }),
          ...(join.cost && { joinCommands: join.cost.commands / clients }),
          joinBytes: join.bytes / clients,
          leaveBytes: leave.bytes / clients,
          leaveMs: leave.ms,
          rss: (after.rss - before.rss) / clients,
        };
        const counted = { joinCpuMicros: join.cpuMicros, leaveCpuMicros: leave.cpuMicros, joinMs: join.ms };
        return [{ scene: { clients }, figures, counted }] satisfies Measurement[];
      } finally {
        follower.close();
      }
    }),
};

const isTold = ({ title }: RunEntrant) => !title.includes('no members');

/** The members as the follower knows them, by name or by number. */
const countOf = ({ values }: Follower): number => (values.get('count') as number | undefined) ?? values.size;

async function untilEmpty(server: NodeServer, follower: Follower): Promise<void> {
  await follower.until((one) => countOf(one) === 0, 'nobody is there');
  // The follower itself is held too.
  while ((await server.held()) > 1) await sleep(10);
}

async function measure<T>(
  server: NodeServer,
  redis: RedisProcess | undefined,
  follower: Follower,
  act: () => Promise<T>,
) {
  await redis?.mark();
  const [bytes, began] = [follower.bytes, performance.now()];
  server.mark();
  const result = await act();
  const ms = performance.now() - began;
  const cpuMicros = await server.read();
  const cost = await redis?.read();
  return { result, ms, cpuMicros, cost, bytes: follower.bytes - bytes };
}
