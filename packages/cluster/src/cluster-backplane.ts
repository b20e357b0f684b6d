import type { BackplaneFactory } from '@pushwire/core/backplanes';
import { type ClusterBackplaneOptions, readClusterOptions } from './options';
import { ClusterBackplane } from './worker/cluster-backplane';

/**
 * Joins the hubs of several processes of one machine, such as the workers of `node:cluster` or of
 * PM2, through a broker that {@link startBroker} starts. Pass the result to `createHub`.
 *
 * @example
 * ```ts
 * import cluster from 'node:cluster';
 * import { clusterBackplane, startBroker } from '@pushwire/cluster';
 * import { createHub } from '@pushwire/express';
 *
 * if (cluster.isPrimary) {
 *   startBroker();
 *   for (let i = 0; i < 4; i++) cluster.fork();
 * } else {
 *   const hub = createHub({ backplane: clusterBackplane() });
 *   await hub.channel('news').publish('Every client of every worker gets this');
 * }
 * ```
 *
 * @throws TypeError for an unknown option or a value that does not fit, and where no broker is
 * known: none was started in the primary, and no `path` is given.
 */
export function clusterBackplane(options?: ClusterBackplaneOptions): BackplaneFactory {
  const settings = readClusterOptions(options);
  return (host) => new ClusterBackplane(host, settings);
}
