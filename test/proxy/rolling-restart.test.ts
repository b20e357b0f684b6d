import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TransportName } from '@pushwire/client';
import { createHub, type Hub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { createClient } from 'redis';
import { bundle } from '../kit/bundle';
import { Child } from '../kit/child';
import { freePort } from '../kit/free-port';
import { Published } from '../kit/history';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { type WatchedClient, watchedClient } from '../kit/watched-client';
import { nginx, startBalancing } from './nginx';
import type { ProxyProcess } from './proxy-process';
import type { handlers } from './rolling-node';

const transports: readonly TransportName[] = ['sse', 'websocket', 'long-poll', 'poll'];
const within = 500;
const everyMs = 20;

type Node = Child<typeof handlers>;

async function startNode(port: number, redisUrl: string): Promise<Node> {
  const node = Child.start<typeof handlers>(await bundle('proxy/rolling-node.ts'), [], { port, redisUrl, within });
  await node.call('listen');
  return node;
}

describeWith(nginx, 'a rolling restart of two processes behind nginx', () => {
  describeWith(redisServer, 'that share channels over Redis', () => {
    let redis: RedisServer;
    let ports: readonly number[];
    let nodes: Node[];
    let proxy: ProxyProcess;
    let publisher: Hub;
    let clients: WatchedClient[];

    beforeEach(async () => {
      redis = await RedisServer.start();
      ports = [await freePort(), await freePort()];
      nodes = await Promise.all(ports.map((port) => startNode(port, redis.url)));
      proxy = await startBalancing(ports);
      publisher = createHub({ backplane: redisBackplane({ client: createClient({ url: redis.url }) }) });
      clients = [];
    });
    afterEach(async () => {
      for (const { connection } of clients) connection.close();
      await publisher.close();
      for (const node of nodes) await node.stop();
      await proxy.stop();
      await redis.stop();
    });

    it('loses no message and announces no gap over any transport', async () => {
      const published = new Published();
      // Two clients per transport, so that both processes have some.
      clients = [...transports, ...transports].map((transport) =>
        watchedClient(`http://127.0.0.1:${proxy.port}/a`, published, ['a'], { transports: [transport] }),
      );
      await until('all clients are subscribed', () => clients.every(({ history }) => history.subscribed));
      const counts = await Promise.all(nodes.map((node) => node.call('connections')));
      expect(counts.every((count) => count > 0)).toBe(true);

      let isOver = false;
      const publishing = (async () => {
        while (!isOver) {
          const data = { n: published.head('a') + 1 };
          published.add('a', data);
          await publisher.channel('a').publish(data);
          await sleep(everyMs);
        }
      })();
      for (const [i, port] of ports.entries()) {
        const old = nodes[i] as Node;
        const exited = once(old.process, 'exit');
        old.process.kill('SIGTERM');
        // The process ends by itself and without an error.
        expect(await exited).toEqual([0, null]);
        nodes[i] = await startNode(port, redis.url);
        await until('its clients have reconnected', () =>
          clients.every(({ connection }) => connection.status === 'open'),
        );
      }
      isOver = true;
      await publishing;

      for (const client of clients) {
        await until('the client has seen all messages', () => {
          client.check();
          return client.history.messages === published.head('a');
        });
        expect(client.history.gaps).toBe(0);
      }
    });
  });
});
