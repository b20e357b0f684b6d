import { createHub, type Hub, type InitialContext, type PushOptions } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { adapters, type Running } from '../kit/adapters';
import { type ReadRound, readers } from '../kit/readers';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { kept, runVisits, transports } from './visits';

// Snapshots where another process publishes: the server's copy of a log is behind, or gone.

describeWith(redisServer, 'a snapshot of a channel in Redis', () => {
  let redis: RedisServer;
  let app: Running;
  let publisher: Hub;
  let server: Hub;
  let count = 0;
  let name: string;

  const openHub = () => {
    const client = new Redis({ port: redis.port, lazyConnect: true });
    return createHub({ log: { count: kept }, backplane: redisBackplane({ client }) });
  };
  const reachable = (hub: Hub) =>
    until(
      'Redis answers',
      () =>
        hub.stats().backplane.reachable &&
        hub
          .channel('any')
          .reportedConnections()
          .then(
            () => true,
            () => false,
          ),
    );

  beforeAll(async () => {
    redis = await RedisServer.start();
    app = await (adapters[0] as (typeof adapters)[number]).start();
    publisher = openHub();
    server = openHub();
    await Promise.all([reachable(publisher), reachable(server)]);
  });
  beforeEach(() => {
    name = `channel-${++count}`;
  });
  afterAll(async () => {
    await server.close();
    await publisher.close();
    await app.close();
    await redis.stop();
  });

  const serve = (initial: NonNullable<PushOptions<unknown>['initial']>) =>
    app.url + app.serve({ source: server.channel(name), push: { initial } });
  const texts = ({ messages }: Awaited<ReturnType<ReadRound>>) => messages.map(({ data }) => data);
  /** Reads until there are two messages. The answer to a poll does not wait for what others publish. */
  const readTwo = async (read: ReadRound, url: string) => {
    let cursor: string | undefined;
    const all: unknown[] = [];
    await until('there are two messages', async () => {
      const round = await read(url, cursor, 2 - all.length);
      cursor = round.cursor;
      return all.push(...texts(round)) >= 2;
    });
    return all;
  };

  describe.each(transports)('over %s', (transport) => {
    const read = readers(false)[transport] as ReadRound;

    it('is followed by what another process publishes meanwhile, once', async () => {
      await publisher.channel(name).publish('before');
      const url = serve(async () => {
        await publisher.channel(name).publish('meanwhile');
        return 'state';
      });
      expect(await readTwo(read, url)).toEqual(['state', 'meanwhile']);
    });

    it('is followed by what comes after the message that it includes, which no copy has yet', async () => {
      const url = serve(async () => {
        const id = await publisher.channel(name).publish('included');
        await publisher.channel(name).publish('not included');
        return { data: 'state', id };
      });
      expect(await readTwo(read, url)).toEqual(['state', 'not included']);
    });

    it('comes again after the log has begun anew', async () => {
      const reasons: unknown[] = [];
      const url = serve((_request, { gap }: InitialContext) => {
        reasons.push(gap?.reason);
        return 'state';
      });
      await publisher.channel(name).publish('old');
      const first = await read(url, undefined, 1);
      const cursor = first.cursor?.replace(/^[^.]+/, 'another');
      const second = await read(url, cursor, 1);
      expect([texts(first), texts(second), second.gap]).toEqual([['state'], ['state'], true]);
      expect(reasons).toEqual([undefined, 'epoch']);
    });
  });

  it('misses nothing and brings nothing twice, under 500 messages a second', async () => {
    const hubs = { publisher: openHub(), server: openHub() };
    await Promise.all([reachable(hubs.publisher), reachable(hubs.server)]);
    const ways = ['of a later moment, with ids'];
    const { tallies, failures } = await runVisits({ connects: 300, atATime: 10, perSecond: 500, hubs, ways });
    expect(failures).toEqual([]);
    for (const transport of transports) expect(tallies[transport]?.numbers).toBeGreaterThan(0);
  });
});
