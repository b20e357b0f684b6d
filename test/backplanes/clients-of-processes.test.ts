import { createHub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { BrokerProcess } from '../kit/broker-process';
import { bundle } from '../kit/bundle';
import { Child } from '../kit/child';
import { RedisCluster } from '../kit/redis-cluster';
import { RedisServer, redisServer } from '../kit/redis-server';
import { openStream, type StreamClient } from '../kit/stream-client';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import type { handlers } from './clients-node';
import { HubServer, quiet } from './hub-server';

interface Node {
  readonly child: Child<typeof handlers>;
  readonly url: string;
}

jest.setTimeout(60_000);

/** What joins the processes. */
interface Shared {
  readonly settings: { readonly port: number } | { readonly path: string };
  /** Loses everything. */
  forget(): Promise<void>;
  stop(): Promise<void>;
}

function areKnown(startShared: () => Promise<Shared>) {
  let shared: Shared;
  let file = '';
  let user = '';
  let count = 0;
  const nodes: Node[] = [];
  const clients: StreamClient[] = [];

  beforeAll(async () => {
    [shared, file] = await Promise.all([startShared(), bundle('backplanes/clients-node.ts')]);
  }, 60_000);
  beforeEach(() => {
    user = `user ${++count}`;
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.leave();
    await Promise.all(nodes.splice(0).map(({ child }) => child.stop()));
    await shared.forget();
  });
  afterAll(() => shared.stop());

  const start = async () => {
    const child = Child.start<typeof handlers>(file, [], shared.settings);
    const node = { child, url: await child.call('url') };
    nodes.push(node);
    return node;
  };
  const startAll = (number: number) => Promise.all(Array.from({ length: number }, start));
  const come = async ({ url }: Node, who = user) => {
    const client = await openStream(`${url}?user=${who}`, false);
    clients.push(client);
    await client.until(({ events }) => events().length > 0);
    return client;
  };
  const list = ({ child }: Node) => child.call('list', user);
  /** A process is known of a moment after its start. */
  const finds = (node: Node, wanted: number) =>
    until(
      `${wanted} are found`,
      () =>
        list(node).then(
          (n) => n === wanted,
          () => false,
        ),
      30_000,
    );
  const disconnect = ({ child }: Node) => child.call('disconnect', { user });

  it('are listed, sent to and disconnected in all of them', async () => {
    const [a, b, c] = (await startAll(3)) as [Node, Node, Node];
    const own = [await come(a), await come(a), await come(b)];
    const other = await come(b, 'somebody else');
    // The third process has had no client yet.
    for (const node of [a, b, c]) await finds(node, 3);
    await c.child.call('send', { user, data: { n: 1 } });
    // What is sent before comes before the end.
    await a.child.call('send', { user, data: { n: 2 } });
    expect(await disconnect(a)).toBe(3);
    for (const client of own) {
      await client.ended;
      expect(client.data()).toEqual(['{"n":1}', '{"n":2}']);
    }
    expect([await list(b), other.data(), await b.child.call('connections')]).toEqual([0, [], 1]);
  });

  it('are not forgotten by a process that was away', async () => {
    const [a, b] = (await startAll(2)) as [Node, Node];
    const [here, there] = [await come(a), await come(b)];
    await finds(a, 2);
    b.child.process.kill('SIGSTOP');
    await expect(disconnect(a)).rejects.toThrow('1 of 2 processes did not answer within 2000 ms.');
    await here.ended;
    b.child.process.kill('SIGCONT');
    await there.ended;
    await until('all answer again', async () => (await disconnect(a)) === 0);
  });

  it('are gone with a process that is killed, when its lease is over', async () => {
    const [a, b] = (await startAll(2)) as [Node, Node];
    await come(a);
    await come(b);
    await finds(a, 2);
    await b.child.stop();
    await expect(list(a)).rejects.toThrow('did not answer');
    await finds(a, 1);
  });

  it('are gone at once with a process that closes its hub', async () => {
    const [a, b] = (await startAll(2)) as [Node, Node];
    await come(a);
    await come(b);
    await finds(a, 2);
    const closing = b.child.call('close');
    expect(await list(a)).toBeLessThanOrEqual(2);
    await closing;
    expect(await list(a)).toBe(1);
  });

  it('are found after all data was lost', async () => {
    const [a, b] = (await startAll(2)) as [Node, Node];
    await come(a);
    await come(b);
    await finds(a, 2);
    await shared.forget();
    // Each knows itself, and is known of again when it has told the others.
    for (const node of [a, b]) await finds(node, 2);
    expect(await disconnect(b)).toBe(2);
  });
}

describe('the clients of processes with a broker', () => {
  areKnown(async () => {
    const broker = await BrokerProcess.start();
    const forget = async () => {
      await broker.stop();
      await broker.run();
    };
    return { settings: { path: broker.path }, forget, stop: () => broker.stop() };
  });
});

describeWith(redisServer, 'the clients of processes', () => {
  areKnown(async () => {
    const server = await RedisServer.start();
    const forget = async () => {
      const admin = server.client();
      await admin.flushall();
      admin.disconnect();
    };
    return { settings: { port: server.port }, forget, stop: () => server.stop() };
  });
});

describeWith(redisServer, 'the clients of hubs over a Redis Cluster', () => {
  let cluster: RedisCluster;
  const servers: HubServer[] = [];

  beforeAll(async () => {
    cluster = await RedisCluster.start();
  }, 60_000);
  afterAll(async () => {
    for (const one of servers) await one.close();
    await cluster.stop();
  });

  it('are disconnected with either library', async () => {
    const clients = [
      new Cluster([...cluster.nodes], { lazyConnect: true }),
      createCluster({ rootNodes: cluster.nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` })) }),
    ];
    for (const client of clients) {
      const hub = createHub({ backplane: redisBackplane({ client }), logger: quiet, clientKey: () => 'anna' });
      servers.push(await HubServer.start(hub));
    }
    const streams: StreamClient[] = [];
    for (const one of servers) {
      await until('clients are accepted', () => one.takesClients());
      streams.push(await one.connect(['news']));
    }
    const [first, second] = servers.map(({ hub }) => hub.clients('anna'));
    await until('both are found', async () => (await first?.list())?.length === 2);
    await second?.send('for you');
    for (const stream of streams) await stream.until(({ data }) => data().length === 1);
    expect(await second?.disconnect()).toBe(2);
    for (const stream of streams) await stream.ended;
  });
});
