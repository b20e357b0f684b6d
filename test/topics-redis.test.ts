import { connectTwoWay } from '@pushwire/client/two-way';
import { createHub, type Hub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { WebSocket } from 'ws';
import { adapters, type Running } from './kit/adapters';
import { RedisServer, redisServer } from './kit/redis-server';
import { describeWith } from './kit/system-program';
import { until } from './kit/until';

describeWith(redisServer, 'topics of channels in Redis', () => {
  let redis: RedisServer;
  let app: Running;
  let publisher: Hub;
  let server: Hub;

  const openHub = () =>
    createHub({ backplane: redisBackplane({ client: new Redis({ port: redis.port, lazyConnect: true }) }) });

  beforeAll(async () => {
    redis = await RedisServer.start();
    app = await (adapters[0] as (typeof adapters)[number]).start();
    publisher = openHub();
    server = openHub();
    for (const hub of [publisher, server]) await until('Redis answers', () => hub.stats().backplane.reachable);
  });
  afterAll(async () => {
    await server.close();
    await publisher.close();
    await app.close();
    await redis.stop();
  });

  it.each(['websocket', 'sse', 'long-poll'] as const)(
    'are joined and left over %s while another process publishes, and nothing of the others is lost',
    async (transport) => {
      const names = (topics: readonly string[]) => ['base', ...topics].map((name) => `${transport}:${name}`);
      const path = app.serve({
        source: (_, { topics }) => names(topics).map((name) => server.channel(name)),
        push: {},
      });
      const connection = connectTwoWay(app.url + path, {
        transports: [transport],
        WebSocket: WebSocket as never,
        memory: new Map(),
      });
      const numbers: unknown[] = [];
      const others: unknown[] = [];
      const gaps: unknown[] = [];
      connection.on('message', (data) => (typeof data === 'number' ? numbers : others).push(data));
      connection.onGap((gap) => gaps.push(gap));
      await until('it is open', () => connection.status === 'open');
      let n = 0;
      let isDone = false;
      const publishing = (async () => {
        while (!isDone) await publisher.channel(`${transport}:base`).publish(n++);
      })();
      for (const topic of ['a', 'b', 'c']) {
        await publisher.channel(`${transport}:${topic}`).publish(`before ${topic}`);
        await connection.subscribe(topic);
        await publisher.channel(`${transport}:${topic}`).publish(topic);
        await until('it has come', () => others.includes(topic));
        await connection.leave(topic);
        await publisher.channel(`${transport}:${topic}`).publish(`after ${topic}`);
      }
      isDone = true;
      await publishing;
      await until('all have come', () => numbers.at(-1) === n - 1);
      expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => n - numbers.length + i));
      expect([others, gaps]).toEqual([['a', 'b', 'c'], []]);
      connection.close();
    },
  );
});
