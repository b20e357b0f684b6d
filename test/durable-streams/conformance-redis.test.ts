import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { expectConformance } from './expect-conformance';

describeWith(redisServer, 'with Redis', () => {
  test("the protocol's suite passes", async () => {
    const redis = await RedisServer.start();
    try {
      await expectConformance(redisBackplane({ client: new Redis({ port: redis.port, lazyConnect: true }) }));
    } finally {
      await redis.stop();
    }
  });
});
