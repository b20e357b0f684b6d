import { createHub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { createClient } from 'redis';
import { RedisPair } from '../faults/redis/redis-pair';
import { Gate } from '../kit/gate';
import { redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { HubServer, quiet } from './hub-server';

// Two Redis servers that take over from each other.

describeWith(redisServer, 'a Redis server', () => {
  let pair: RedisPair;
  let gate: Gate;
  let served: HubServer;

  beforeEach(async () => {
    pair = await RedisPair.start();
    gate = await Gate.start(pair.primary.port);
    const client = createClient({ url: `redis://127.0.0.1:${gate.port}` });
    served = await HubServer.start(createHub({ logger: quiet, backplane: redisBackplane({ client }) }));
    await until('the hub is connected', async () => (await pair.isSynced()) && (await answers()));
  });
  afterEach(async () => {
    await served.close();
    await gate.close();
    await pair.stop();
  });

  const answers = () =>
    served.hub
      .channel('others')
      .reportedConnections()
      .then(
        () => true,
        () => false,
      );
  const failOver = async () => {
    if (!(await pair.isSynced())) throw new Error('The replica has no copy');
    await pair.failOver(0, (port) => gate.lead(port));
    await pair.rejoin(false);
    await until('the hub is connected again', answers);
  };

  it('that takes over again without a restart begins a new life of channels that nobody used meanwhile', async () => {
    await served.publish('news', '1');
    const replica = pair.replica.client();
    await until('the replica has the message', async () => (await replica.hget('pushwire:{news}:log', 'head')) === '1');
    replica.disconnect();
    pair.replication.swallow();
    const lost = await served.publish('news', '2');
    await failOver();
    await failOver();
    for (const text of ['another 2', '3']) await served.publish('news', text);
    // Pub/Sub uses a connection of its own, which may come back later than the other.
    await until('clients are accepted', () => served.takesClients());
    const client = await served.connect(['news'], lost);
    await client.until(({ data }) => data().at(-1) === '3');
    expect(client.events().map(({ event }) => event)).toContain('pushwire:gap');
    client.leave();
  });

  it('is asked for its life once and not for each publish', async () => {
    await failOver();
    // Pub/Sub uses a connection of its own, which asks for the life too, maybe later than the other.
    await until('clients are accepted', () => served.takesClients());
    await served.publish('news', '1');
    const admin = pair.primary.client();
    const asked = async () => /cmdstat_info:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1];
    // Reading the statistics is a call too.
    const before = Number(await asked());
    for (const text of ['2', '3', '4']) await served.publish('news', text);
    expect(Number(await asked())).toBe(before + 1);
    admin.disconnect();
  });
});
