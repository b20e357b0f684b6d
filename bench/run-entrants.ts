import type { Contest, Entrant } from './contest';
import { NodeServer } from './processes/node-server';
import { RedisProcess, withRedis } from './processes/redis-process';
import { withServer } from './processes/server-handle';

/** A server that streams an answer under way on `/`, and a new one of one token on `/start`. */
export interface RunEntrant extends Entrant {
  readonly needsRedis: boolean;
  start(node: readonly string[], redis: RedisProcess | undefined): Promise<NodeServer>;
}

export const runs = {
  'run-write': entrant('Express 5, plain res.write, not resumable', 'run-write', false),
  'run-memory': entrant('pushwire, a run in memory', 'run-pushwire', false, 'apart'),
  'run-redis': entrant('pushwire, a run on Redis', 'run-pushwire', true, 'apart'),
  'run-memory-joined': entrant('pushwire, in memory, joined', 'run-pushwire', false, 'joined'),
  'run-redis-joined': entrant('pushwire, on Redis, joined', 'run-pushwire', true, 'joined'),
  'run-resumable-stream': entrant('resumable-stream on Redis', 'run-resumable-stream', true),
} as const;

/** The versions that all parts with runs depend on. */
export const withRunPackages: Pick<Contest, 'packages' | 'programs'> = {
  packages: ['@pushwire/redis', 'express', 'redis', 'resumable-stream'],
  programs: () => ({ 'redis-server': RedisProcess.missing() ?? RedisProcess.version() }),
};

/** Runs a task with the server of an entrant, and with Redis if it needs it. */
export function withRunServer<T>(
  { needsRedis, start }: RunEntrant,
  node: readonly string[],
  task: (server: NodeServer, redis: RedisProcess | undefined) => Promise<T>,
): Promise<T> {
  if (!needsRedis) return withServer(start(node, undefined), (server) => task(server, undefined));
  return withRedis((redis) => withServer(start(node, redis), (server) => task(server, redis)));
}

export function entrant(title: string, server: string, needsRedis: boolean, ...words: readonly string[]): RunEntrant {
  return {
    title,
    needsRedis,
    missing: () => (needsRedis ? RedisProcess.missing() : undefined),
    start: (node, redis) => {
      const port = redis === undefined ? [] : [`${redis.port}`];
      // Redis has core 0 for itself, and all servers of a part run on the same core.
      return NodeServer.start(server, { node, words: [...words, ...port], core: 1 });
    },
  };
}
