import { createHub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { answers, HubServer, quiet } from './hub-server';

// Settings of the app's client that change keys or replies, and commands that cross on the way.

type Options = Parameters<typeof redisBackplane>[0];

describeWith(redisServer, 'a client of Redis', () => {
  let server: RedisServer;
  const open: HubServer[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));
  afterAll(() => server.stop());

  const start = async (client: Options['client'], more: Partial<Options> = {}) => {
    // The long interval rules out that a check finds the message.
    const backplane = redisBackplane({ client, checkInterval: 600_000, ...more });
    const served = await HubServer.start(createHub({ backplane, logger: quiet }));
    open.push(served);
    await until('Redis answers', () => answers(served.hub));
    return served;
  };

  it.each<[string, () => Options['client']]>([
    ['redis', () => createClient({ url: server.url })],
    ['ioredis', () => new Redis({ port: server.port, lazyConnect: true })],
  ])('of %s follows a channel again that it was about to leave', async (_library, client) => {
    const here = await start(client(), { maxIdleChannels: 0 });
    const first = await here.connect(['left']);
    server.pause();
    first.leave();
    await until('the channel is left', () => here.hub.stats().channels === 0);
    const connecting = here.connect(['left']);
    await until('the channel is followed', () => here.hub.stats().channels === 1);
    server.resume();
    const second = await connecting;
    await here.publish('left', '1');
    await second.until(({ data }) => data().length === 1);
  });

  it.each<[string, () => Options['client']]>([
    ['a prefix of redis', () => createClient({ url: server.url, keyPrefix: 'app:' })],
    ['a prefix of ioredis', () => new Redis({ port: server.port, lazyConnect: true, keyPrefix: 'app:' })],
    ['a database of redis', () => createClient({ url: server.url, database: 2 })],
    ['a database of ioredis', () => new Redis({ port: server.port, lazyConnect: true, db: 2 })],
    ['RESP 2', () => createClient({ url: server.url, RESP: 2 })],
    ['RESP 3', () => createClient({ url: server.url, RESP: 3 })],
    ['replies as bytes', () => createClient({ url: server.url, commandOptions: { typeMapping: { 36: Buffer } } })],
    ['a proxy', () => new Proxy(createClient({ url: server.url }), {})],
  ])('with %s works like any other client', async (_what, client) => {
    const [here, there] = [await start(client()), await start(client())];
    const seen = await here.connect(['like others']);
    const id = await there.publish('like others', '1');
    await seen.until(({ data }) => data().length === 1);
    await there.publish('like others', '2');
    const late = await here.connect(['like others'], id);
    await late.until(({ data }) => data().length === 1);
  });
});
