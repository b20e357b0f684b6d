import { createHub, type Hub, PushwireError } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { answers, quiet } from './hub-server';

// Redis stops for longer than a publish waits. It has the commands in its socket and runs them when
// it goes on, so that nobody knows whether they have been done. An app that tries again with the
// same key must have each message once.

describeWith(redisServer, 'a publish that is retried while Redis does not answer', () => {
  let server: RedisServer;
  const hubs: Hub[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
    const client = new Redis(server.port, { lazyConnect: true });
    for (let n = 0; n < 2; n++) {
      hubs.push(createHub({ backplane: redisBackplane({ client, timeout: 200 }), logger: quiet }));
    }
    for (const hub of hubs) await until('Redis answers', () => answers(hub));
  });
  afterAll(async () => {
    server.resume();
    await Promise.all(hubs.map((hub) => hub.close()));
    await server.stop();
  });

  /** Publishes until it is confirmed, from one hub after the other. Returns how often it was not. */
  async function publishSurely(name: string, text: string, key: string | undefined): Promise<number> {
    for (let failures = 0; ; failures++) {
      const channel = (hubs[failures % 2] as Hub).channel(name);
      try {
        await channel.publishAll([`${text} a`, `${text} b`], { idempotencyKey: key });
        return failures;
      } catch (error) {
        if (!(error instanceof PushwireError) || error.code !== 'backplane-unconfirmed') {
          await until('Redis answers', () => answers(hubs[0] as Hub));
        }
      }
    }
  }

  async function publishInOutages(name: string, keyOf: (n: number) => string | undefined) {
    let failures = 0;
    for (let n = 0; n < 5; n++) {
      server.pause();
      const publishing = publishSurely(name, `${n}`, keyOf(n));
      // The first attempt has timed out when the health of the hub says so.
      await until('the publish is not confirmed', () => hubs[0]?.health().backplane.reachable === false);
      server.resume();
      failures += await publishing;
      for (const hub of hubs) await until('Redis answers', () => answers(hub));
    }
    const channel = (hubs[0] as Hub).channel(name);
    await channel.end();
    const texts: unknown[] = [];
    for await (const { data } of channel.read({ from: 'oldest' })) texts.push(data);
    return { failures, texts };
  }

  it('is published once, with a key', async () => {
    const { failures, texts } = await publishInOutages('with keys', (n) => `key ${n}`);
    expect(failures).toBeGreaterThan(0);
    expect(texts).toEqual([0, 1, 2, 3, 4].flatMap((n) => [`${n} a`, `${n} b`]));
  });

  it('is published more than once, without a key', async () => {
    const { failures, texts } = await publishInOutages('without keys', () => undefined);
    expect([failures > 0, texts.length > 10]).toEqual([true, true]);
  });
});
