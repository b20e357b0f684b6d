import type { BackplaneFactory } from '@pushwire/core/backplanes';
import { RedisBackplane } from './backplane';
import { connectorFor } from './clients/redis-client';
import { type RedisBackplaneOptions, readOptions } from './options';

/**
 * Joins the hubs of many processes through Redis 6.2, 7 or later, or Valkey: one server, several
 * behind Sentinel, or a cluster. Pass the result to `createHub`.
 *
 * @example
 * ```ts
 * import { createHub } from '@pushwire/express';
 * import { redisBackplane } from '@pushwire/redis';
 * import { createClient } from 'redis';
 *
 * const client = createClient({ url: 'redis://localhost:6379' });
 * const hub = createHub({ backplane: redisBackplane({ client }) });
 * await hub.channel('news').publish('Every client of every process gets this');
 * ```
 *
 * @throws {TypeError} for an unknown option or a value that does not fit.
 */
export function redisBackplane(options: RedisBackplaneOptions): BackplaneFactory {
  const { client, ...settings } = readOptions(options);
  const connector = connectorFor(client, settings.sharded, settings.timeout);
  return (host) => new RedisBackplane(host, settings, connector);
}
