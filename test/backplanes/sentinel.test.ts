import { createHub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { createSentinel } from 'redis';
import { RedisSentinel } from '../kit/redis-sentinel';
import { redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { HubServer, quiet } from './hub-server';

const libraries = {
  redis: ({ name, port }: RedisSentinel) => createSentinel({ name, sentinelRootNodes: [{ host: '127.0.0.1', port }] }),
  ioredis: ({ name, port }: RedisSentinel) =>
    new Redis({ name, sentinels: [{ host: '127.0.0.1', port }], lazyConnect: true }),
};

describeWith(redisServer, 'a hub with a Redis backplane behind Sentinel', () => {
  it.each(['redis', 'ioredis'] as const)(
    'continues with the replica that takes over, with %s',
    async (library) => {
      const sentinel = await RedisSentinel.start();
      const client = libraries[library](sentinel);
      const hub = createHub({
        backplane: redisBackplane({ client, checkInterval: 500, timeout: 1000 }),
        logger: quiet,
      });
      const served = await HubServer.start(hub);
      try {
        const publish = (text: string) =>
          until('the hub can publish', () =>
            served.publish('news', text).then(
              () => true,
              () => false,
            ),
          );
        await publish('1');
        const reader = await served.connect(['news'], '0');
        await reader.until(({ data }) => data().length === 1);
        await sentinel.master.kill();
        await publish('2');
        await reader.until(({ data }) => data().at(-1) === '2');
        // The replica may have missed messages, so the client is told of a gap.
        expect(
          reader
            .events()
            .map(({ event }) => event)
            .slice(1),
        ).toEqual(['message', 'pushwire:gap', 'message']);
        expect(await sentinel.ask('get-master-addr-by-name')).toContain(String(sentinel.replica.port));
      } finally {
        await served.close();
        await sentinel.stop();
      }
    },
    40_000,
  );
});
