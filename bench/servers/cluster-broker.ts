import { createServer } from 'node:http';
import { clusterBackplane, startBroker } from '@pushwire/cluster';
import { createHub } from '@pushwire/core';
import { untilItAnswers } from './redis-pushwire';
import type { FanOutServer } from './server';

/** The broker of some workers, whose process publishes to their clients. */
export async function create(path: string): Promise<FanOutServer> {
  startBroker({ path });
  const channel = createHub({ backplane: clusterBackplane({ path }) }).channel('bench');
  await untilItAnswers(() => channel.reportedConnections());
  return { server: createServer(), publish: (event) => channel.publish(event) };
}
