import { clusterBackplane } from '@pushwire/cluster';
import type { BackplaneFactory } from '@pushwire/core/backplanes';
import { type RedisBackplaneOptions, redisBackplane } from '@pushwire/redis';
import { type Reach, redisClient } from './redis-client';

/** How a node is joined with others. */
export interface Joined extends Reach {
  /** The path of a broker, which the node uses in the place of Redis. */
  readonly brokerPath?: string;
  readonly backplane: Omit<RedisBackplaneOptions, 'client'>;
}

/** Backplanes report the failures of what joins the nodes with these messages. */
export const failures: readonly string[] = [
  'Redis cannot be reached, or commands fail',
  'The broker cannot be reached, or calls fail',
];

export function nodeBackplane(joined: Joined): BackplaneFactory {
  const { brokerPath: path, backplane } = joined;
  if (path === undefined) return redisBackplane({ client: redisClient(joined), ...backplane });
  const { timeout, idleTimeout } = backplane;
  return clusterBackplane({ path, ...(timeout && { timeout }), ...(idleTimeout !== undefined && { idleTimeout }) });
}
