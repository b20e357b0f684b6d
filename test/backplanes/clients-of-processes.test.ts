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

/** What joins the processes. */
interface Shared {
  readonly settings: { readonly port: number } | { readonly path: string };
  /** Loses everything. */
  forget(): Promise<void>;
  stop(): Promise<void>;
}

let users = 0;

/** Some processes and their clients. */
class Scene {
  readonly user = `user ${++users}`;
  readonly #nodes: Node[] = [];
  readonly #clients: StreamClient[] = [];

  constructor(
    readonly shared: Shared,
    readonly file: string,
  ) {}

  async start(): Promise<Node> {
    const child = Child.start<typeof handlers>(this.file, [], this.shared.settings);
    const node = { child, url: await child.call('url') };
    this.#nodes.push(node);
    return node;
  }

  async startAll(number: number): Promise<Node[]> {
    const nodes = await Promise.all(Array.from({ length: number }, () => this.start()));
    for (const node of nodes) await this.knows(node, number);
    return nodes;
  }

  async come({ url }: Node, who = this.user): Promise<StreamClient> {
    const client = await openStream(`${url}?user=${who}`, false);
    this.#clients.push(client);
    await client.until(({ events }) => events().length > 0);
    return client;
  }

  list({ child }: Node): Promise<number> {
    return child.call('list', this.user);
  }

  finds(node: Node, wanted: number): Promise<void> {
    const isFound = () =>
      this.list(node).then(
        (n) => n === wanted,
        () => false,
      );
    return until(`${wanted} are found`, isFound);
  }

  /**
   * Waits until a node knows of so many processes, itself included. It counts others only if their
   * answers happen to come in time.
   */
  knows({ child }: Node, wanted: number): Promise<void> {
    const isKnown = () =>
      child.call('knownProcesses', undefined).then(
        (n) => n === wanted,
        () => false,
      );
    return until(`${wanted} processes are known`, isKnown);
  }

  disconnect({ child }: Node): Promise<number> {
    return child.call('disconnect', { user: this.user });
  }

  async end(): Promise<void> {
    for (const client of this.#clients) client.leave();
    await Promise.all(this.#nodes.map(({ child }) => child.stop()));
    await this.shared.stop();
  }
}

function areKnown(startShared: () => Promise<Shared>) {
  let file = '';
  beforeAll(async () => {
    file = await bundle('backplanes/clients-node.ts');
  });

  /** Most wait for leases, so that all are played at the same time. */
  const playing = (act: (scene: Scene) => Promise<void>) => async () => {
    const scene = new Scene(await startShared(), file);
    try {
      await act(scene);
    } finally {
      await scene.end();
    }
  };

  it.concurrent(
    'are listed, sent to and disconnected in all of them',
    playing(async (scene) => {
      const [a, b, c] = (await scene.startAll(3)) as [Node, Node, Node];
      const own = [await scene.come(a), await scene.come(a), await scene.come(b)];
      const other = await scene.come(b, 'somebody else');
      // The third process has had no client yet.
      for (const node of [a, b, c]) expect(await scene.list(node)).toBe(3);
      await c.child.call('send', { user: scene.user, data: { n: 1 } });
      // What is sent before comes before the end.
      await a.child.call('send', { user: scene.user, data: { n: 2 } });
      expect(await scene.disconnect(a)).toBe(3);
      for (const client of own) {
        await client.ended;
        expect(client.data()).toEqual(['{"n":1}', '{"n":2}']);
      }
      expect([await scene.list(b), other.data(), await b.child.call('connections')]).toEqual([0, [], 1]);
    }),
  );

  it.concurrent(
    'are not forgotten by a process that was away',
    playing(async (scene) => {
      const [a, b] = (await scene.startAll(2)) as [Node, Node];
      const [here, there] = [await scene.come(a), await scene.come(b)];
      expect(await scene.list(a)).toBe(2);
      b.child.process.kill('SIGSTOP');
      await expect(scene.disconnect(a)).rejects.toThrow('1 of 2 processes did not answer within 2000 ms.');
      await here.ended;
      b.child.process.kill('SIGCONT');
      await there.ended;
      await until('all answer again', async () => (await scene.disconnect(a)) === 0);
    }),
  );

  it.concurrent(
    'are gone with a process that is killed, when its lease is over',
    playing(async (scene) => {
      const [a, b] = (await scene.startAll(2)) as [Node, Node];
      await scene.come(a);
      await scene.come(b);
      expect(await scene.list(a)).toBe(2);
      await b.child.stop();
      await expect(scene.list(a)).rejects.toThrow('did not answer');
      await scene.finds(a, 1);
    }),
  );

  it.concurrent(
    'are gone at once with a process that closes its hub',
    playing(async (scene) => {
      const [a, b] = (await scene.startAll(2)) as [Node, Node];
      await scene.come(a);
      await scene.come(b);
      expect(await scene.list(a)).toBe(2);
      const closing = b.child.call('close');
      expect(await scene.list(a)).toBeLessThanOrEqual(2);
      await closing;
      expect(await scene.list(a)).toBe(1);
    }),
  );

  it.concurrent(
    'are found after all data was lost',
    playing(async (scene) => {
      const [a, b] = (await scene.startAll(2)) as [Node, Node];
      await scene.come(a);
      await scene.come(b);
      expect(await scene.list(a)).toBe(2);
      await scene.shared.forget();
      for (const node of [a, b]) await scene.knows(node, 2);
      expect(await scene.list(a)).toBe(2);
      expect(await scene.disconnect(b)).toBe(2);
    }),
  );
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
  });
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
