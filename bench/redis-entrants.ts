import { eventStream, type Greeting, socketIo } from './clients/greeting';
import type { Contest, Entrant } from './contest';
import { NodeServer, type NodeServerOptions } from './processes/node-server';
import { RedisProcess } from './processes/redis-process';
import type { Library } from './servers/redis-client';

export const libraries: readonly Library[] = ['redis', 'ioredis'];

/** A server that shares channels with others over Redis. */
export interface JoinedEntrant extends Entrant {
  /** The greeting of its clients. */
  readonly greeting: Greeting;
  /** The Pub/Sub channel that announces messages. */
  readonly announcements: string;
  join(library: Library, redis: RedisProcess, options: NodeServerOptions): Promise<NodeServer>;
}

export const joined = {
  'redis-bare': entrant('PUBLISH alone', 'redis-bare', 'bench'),
  'redis-stream': entrant('XADD and PUBLISH, pipelined', 'redis-stream', 'bench'),
  'redis-pushwire': entrant('pushwire', 'redis-pushwire', 'pushwire:{bench}:announcements'),
  'redis-channels': entrant('pushwire, a channel for each client', 'redis-channels', ''),
  'redis-socket-io': entrant('socket.io with redis-streams-adapter', 'redis-socket-io', '', socketIo),
} as const;

/** The versions that all parts with Redis depend on. */
export const withRedisServer: Pick<Contest, 'programs'> = {
  programs: () => ({ 'redis-server': RedisProcess.missing() ?? RedisProcess.version() }),
};

function entrant(title: string, server: string, announcements: string, greeting = eventStream): JoinedEntrant {
  return {
    title,
    greeting,
    announcements,
    missing: () => RedisProcess.missing(),
    join: (library, redis, { words = [], ...options }) =>
      NodeServer.start(server, { ...options, words: [library, `${redis.port}`, ...words] }),
  };
}
