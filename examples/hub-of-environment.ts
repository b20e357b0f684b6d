import { createHub, type Hub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { createClient } from 'redis';

/** Makes the hub of one process. All processes with the same Redis share channels and runs. */
export function hubOfEnvironment(): Hub {
  const url = process.env.REDIS_URL;
  return url ? createHub({ backplane: redisBackplane({ client: createClient({ url }) }) }) : createHub();
}
