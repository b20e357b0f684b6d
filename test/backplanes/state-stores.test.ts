import { clusterBackplane } from '@pushwire/cluster';
import { memoryBackplane } from '@pushwire/core';
import { BrokerProcess } from '../kit/broker-process';
import { describeRedisStores } from './redis-stores';
import { conformsAsStateStore } from './state-store-conformance';

conformsAsStateStore('memory', async () => ({ make: memoryBackplane, isOne: true, async close() {} }));

conformsAsStateStore('a broker', async () => {
  const broker = await BrokerProcess.start();
  return { make: () => clusterBackplane({ path: broker.path }), close: () => broker.stop() };
});

describeRedisStores(conformsAsStateStore);
