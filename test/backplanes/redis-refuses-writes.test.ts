import { mkdir } from 'node:fs/promises';
import { createHub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import type { Redis } from 'ioredis';
import { createClient } from 'redis';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { HubServer, quiet } from './hub-server';

// A Redis that replies, but writes nothing.

describeWith(redisServer, 'a Redis that refuses to write', () => {
  let server: RedisServer;
  let admin: Redis;
  const open: HubServer[] = [];

  beforeEach(async () => {
    server = await RedisServer.start();
    admin = server.client();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
    admin.disconnect();
    await server.stop();
  });

  const start = async () => {
    const client = createClient({ url: server.url });
    const backplane = redisBackplane({ client, checkInterval: 200, timeout: 1000 });
    const served = await HubServer.start(createHub({ backplane, logger: quiet }));
    open.push(served);
    await until('clients are accepted', () => served.takesClients());
    return served;
  };

  const refusals = {
    async MISCONF() {
      await admin.config('SET', 'save', '3600 1');
      await admin.config('SET', 'stop-writes-on-bgsave-error', 'yes');
      // The file that Redis saves to is a folder.
      await mkdir(`${server.folder}/dump.rdb`);
      await admin.bgsave().catch(() => {});
      await until('a save has failed', async () => /rdb_last_bgsave_status:err/.test(await admin.info('persistence')));
    },
    async NOREPLICAS() {
      await admin.config('SET', 'min-replicas-to-write', '1');
    },
    async OOM() {
      await admin.config('SET', 'maxmemory', '1');
    },
  };

  it.each(Object.keys(refusals) as (keyof typeof refusals)[])(
    'because of %s serves all who read, and publishers get a code',
    async (refusal) => {
      const [here, there] = [await start(), await start()];
      const connected = await here.connect(['news']);
      const first = await here.publish('news', '1');
      await here.publish('news', '2');
      await refusals[refusal]();
      await expect(here.publish('news', '3')).rejects.toMatchObject({
        code: 'backplane-unavailable',
        message: expect.stringContaining(refusal),
      });
      await expect(here.publish('another', '3')).rejects.toMatchObject({ code: 'backplane-unavailable' });
      // This process has followed none of them before.
      const late = await there.connect(['news'], first);
      await late.until(({ data }) => data().length === 1);
      const others = await there.connect(['never published']);
      expect(others.events().map(({ event }) => event)).toEqual(['pushwire:open']);
      expect(await there.hub.channel('news').reportedConnections()).toBeGreaterThanOrEqual(1);
      await admin.config('SET', 'maxmemory', '0', 'min-replicas-to-write', '0', 'stop-writes-on-bgsave-error', 'no');
      await here.publish('news', '3');
      await there.publish('never published', '1');
      await Promise.all([
        connected.until(({ data }) => data().length === 3),
        late.until(({ data }) => data().length === 2),
        others.until(({ data }) => data().length === 1),
      ]);
      for (const client of [connected, late, others]) {
        expect(client.events().map(({ event }) => event)).not.toContain('pushwire:gap');
      }
    },
  );

  it('after a restart serves what it has, and causes a gap once it writes again', async () => {
    const here = await start();
    const first = await here.publish('news', '1');
    await here.publish('news', '2');
    await admin.config('SET', 'min-replicas-to-write', '1');
    admin.disconnect();
    await server.kill();
    await server.run(server.port, ['--min-replicas-to-write', '1']);
    admin = server.client();
    let tries = 0;
    await until('fresh channels are accepted', async () => {
      const fresh = await here.connect([`fresh ${++tries}`]);
      fresh.leave();
      return fresh.events()[0]?.event === 'pushwire:open';
    });
    const client = await here.connect(['news'], first);
    await client.until(({ data }) => data().length === 1);
    await admin.config('SET', 'min-replicas-to-write', '0');
    await here.publish('news', '3');
    await client.until(({ data }) => data().at(-1) === '3');
    expect(client.events().map(({ event }) => event)).toContain('pushwire:gap');
  });
});
