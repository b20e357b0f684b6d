import { clusterBackplane } from '@pushwire/cluster';
import { memoryBackplane } from '@pushwire/core';
import { BrokerProcess } from '../kit/broker-process';
import { describeRedisStores } from './redis-stores';
import { conformsAsRunStore } from './run-store-conformance';

conformsAsRunStore('memory', async () => ({ make: memoryBackplane, isOne: true, async close() {} }));

conformsAsRunStore('a broker', async () => {
  const broker = await BrokerProcess.start();
  return { make: () => clusterBackplane({ path: broker.path }), close: () => broker.stop() };
});

describeRedisStores(conformsAsRunStore);
