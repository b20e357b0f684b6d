import { readFile } from 'node:fs/promises';
import { createHub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { allow, rightsOnCluster, rightsOnOneServer, user } from '../kit/redis-acl';
import { RedisCluster } from '../kit/redis-cluster';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { HubServer } from './hub-server';

// The least rights of a Redis user. The conformance suite runs as this user, too.

type Client = Parameters<typeof redisBackplane>[0]['client'];

/** Tells how often Redis was pinged, and whether connections are counted there. */
interface Seen {
  readonly pings: number;
  readonly counts: boolean;
  /** The number of subscriptions. */
  readonly heard: number;
}

async function seenBy(redis: Redis): Promise<Seen> {
  const pings = Number(/cmdstat_ping:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
  const heard = [await redis.pubsub('CHANNELS', '*'), await redis.pubsub('SHARDCHANNELS', '*')].flat().length;
  return { pings, heard, counts: (await redis.keys('pushwire:{news}:presence')).length === 1 };
}

async function seenByAll(admins: readonly Redis[]): Promise<Seen> {
  const seen = await Promise.all(admins.map(seenBy));
  return {
    pings: Math.min(...seen.map(({ pings }) => pings)),
    heard: seen.reduce((sum, { heard }) => sum + heard, 0),
    counts: seen.some(({ counts }) => counts),
  };
}

/**
 * Uses all that a backplane can do. Returns the first failure.
 *
 * @param timeout in ms. The time between two pings is twice as long.
 */
async function failureWith(client: Client, look: () => Promise<Seen>, timeout = 1500): Promise<string | undefined> {
  let served: HubServer | undefined;
  let failed = (_error: Error) => {};
  const failure = new Promise<Error>((resolve) => (failed = resolve));
  const logger = { debug() {}, info() {}, error: (fields: object) => failed((fields as { err: Error }).err) };
  const log = (name: string) => ({ count: 10, age: name === 'kept for ever' ? Number.POSITIVE_INFINITY : 1000 });
  // Nothing is left to the checks from time to time but the counts of connections and the pings.
  const settings = { checkInterval: 100, idleTimeout: 0, timeout };
  const work = async () => {
    served = await HubServer.start(createHub({ log, logger, backplane: redisBackplane({ client, ...settings }) }));
    const { hub } = served;
    await hub.channel('kept for ever').publish('1');
    const reader = await served.connect(['news']);
    const publishing = Array.from({ length: 40 }, (_, n) => hub.channel('news').publish(`${n}`));
    const ids = await Promise.all(publishing);
    await reader.until(({ data }) => data().length === 40);
    await until('connections are counted', async () => (await look()).counts);
    await hub.channel('news').reportedConnections();
    await served.connect(['news'], ids[35]);
    // Redis has to write something for a cursor of another life.
    const foreign = await served.connect(['never published'], 'another1.5');
    await foreign.until(({ events }) => events().length > 1);
    reader.leave();
    foreign.leave();
    await until('the channel is left', () => hub.stats().channels === 1);
    await hub.channel('kept for ever').delete();
    await hub.channel('news').end();
    await until('nothing is subscribed', async () => (await look()).heard === 0);
    const { pings } = await look();
    await until('Redis is pinged', async () => (await look()).pings > pings + 1);
  };
  const result = await Promise.race([failure, work().catch((error: Error) => error)]);
  await served?.close();
  return result instanceof Error ? result.message : undefined;
}

/**
 * Does what `failureWith` does, on empty servers, and again after a time-out. That a machine is slow
 * says nothing of rights.
 */
async function failureUnlessLate(
  client: () => Client,
  admins: readonly Redis[],
  timeout?: number,
): Promise<string | undefined> {
  for (let tries = 1; ; tries++) {
    for (const as of admins) await as.flushall();
    const failure = await failureWith(client(), () => seenByAll(admins), timeout);
    if (tries === 5 || !/within \d+ ms\.?$/.test(failure ?? '')) return failure;
  }
}

describeWith(redisServer, 'a Redis user with the least rights', () => {
  it('has those that the guide and the README tell', async () => {
    for (const file of ['docs/guides/many-processes-with-redis.md', 'packages/redis/README.md']) {
      const text = (await readFile(`${__dirname}/../../${file}`, 'utf8')).replace(/\\\n\s*/g, '');
      expect(text).toContain(`ACL SETUSER pushwire on >secret ${rightsOnOneServer.join(' ')}`);
      expect(text).toContain(`ACL SETUSER pushwire ${rightsOnCluster.join(' ')}`);
    }
  });

  it('needs each of them', async () => {
    const server = await RedisServer.start();
    const as = server.client();
    const client = () => createClient({ url: server.url, ...user });
    const lacking = async (right: string) => {
      await allow(
        as,
        rightsOnOneServer.filter((other) => other !== right),
      );
      return failureUnlessLate(client, [as], 500);
    };
    try {
      await allow(as, rightsOnOneServer);
      expect(await failureUnlessLate(client, [as])).toBeUndefined();
      for (const right of rightsOnOneServer) {
        // When a channel cannot be read, the client is told, but not the logger.
        const refused = expect.stringMatching(/NOPERM|The user executing the script can't|"reason":"unavailable"/);
        expect([right, await lacking(right)]).toEqual([right, refused]);
      }
      await allow(as, rightsOnOneServer);
      const withIoredis = () => new Redis({ port: server.port, ...user, lazyConnect: true });
      expect(await failureUnlessLate(withIoredis, [as])).toBeUndefined();
    } finally {
      as.disconnect();
      await server.stop();
    }
  });

  it('can use a cluster', async () => {
    const cluster = await RedisCluster.start();
    const admins = cluster.servers.map((server) => server.client());
    try {
      for (const as of admins) await allow(as, [...rightsOnOneServer, ...rightsOnCluster]);
      const rootNodes = cluster.nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}`, ...user }));
      expect(await failureUnlessLate(() => createCluster({ rootNodes, defaults: user }), admins)).toBeUndefined();
      const withIoredis = () => new Cluster([...cluster.nodes], { redisOptions: user, lazyConnect: true });
      expect(await failureUnlessLate(withIoredis, admins)).toBeUndefined();
    } finally {
      for (const as of admins) as.disconnect();
      await cluster.stop();
    }
  });
});
