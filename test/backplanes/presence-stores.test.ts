import { clusterBackplane } from '@pushwire/cluster';
import { memoryBackplane } from '@pushwire/core';
import { BrokerProcess } from '../kit/broker-process';
import { conformsAsPresenceStore } from './presence-store-conformance';
import { describeRedisStores } from './redis-stores';

conformsAsPresenceStore('memory', async () => ({ make: memoryBackplane, isOne: true }));

describe('a broker', () => {
  let broker: BrokerProcess;

  beforeAll(async () => {
    broker = await BrokerProcess.start();
  });
  afterAll(() => broker.stop());

  conformsAsPresenceStore('a broker', async () => ({ make: () => clusterBackplane({ path: broker.path }) }));
});

describeRedisStores(conformsAsPresenceStore);
