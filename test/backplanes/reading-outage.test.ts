import { createHub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { createClient } from 'redis';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { answers, HubServer, quiet } from './hub-server';
import { loop } from './reading';

describeWith(redisServer, 'A loop over a channel while Redis is away', () => {
  let server: RedisServer;
  let here: HubServer;

  beforeEach(async () => {
    server = await RedisServer.start();
    const backplane = redisBackplane({ client: createClient({ url: server.url }), checkInterval: 200, timeout: 500 });
    here = await HubServer.start(createHub({ backplane, logger: quiet }));
    await until('Redis answers', () => answers(here.hub));
  });
  afterEach(async () => {
    await here.close();
    await server.stop();
  });

  const pause = {
    away: async () => server.pause(),
    back: async () => server.resume(),
  };
  const restart = {
    away: () => server.kill(),
    back: () => server.run(),
  };

  it.each([
    ['does not answer for a while', pause, ['after']],
    ['is started again', restart, ['epoch', 'after']],
  ])('waits for a Redis that %s, and goes on with what is published later', async (_kind, { away, back }, expected) => {
    const items = loop(here, 'news');
    const first = items.next();
    await here.hub.channel('news').head();
    await here.publish('news', 'before');
    expect((await first).value).toMatchObject({ data: 'before' });
    const next = items.next();
    await away();
    await until('Redis is missed', () => !here.hub.health().ready);
    await back();
    await until('Redis answers', () => answers(here.hub));
    await here.publish('news', 'after');
    const seen = [(await next).value];
    if (seen[0]?.gap) seen.push((await items.next()).value);
    expect(seen.map((item) => item?.gap?.reason ?? item?.data)).toEqual(expected);
    await items.return?.();
  });

  it('throws backplane-unavailable if it begins then, as head() does', async () => {
    await server.kill();
    const codeOf = (asked: Promise<unknown>) => asked.catch(({ code }) => code);
    const [begin, head] = [() => loop(here, 'news').next(), () => here.hub.channel('news').head()];
    // A call on a connection whose loss was not seen yet is unconfirmed.
    await until('both connections are missed', async () => (await codeOf(begin())) !== 'backplane-unconfirmed');
    expect([await codeOf(begin()), await codeOf(head())]).toEqual(Array(2).fill('backplane-unavailable'));
    expect(here.hub.stats().channels).toBe(0);
  });
});
