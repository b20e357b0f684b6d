import { setTimeout as sleep } from 'node:timers/promises';
import type { BackplaneFactory } from '@pushwire/core/backplanes';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { hold } from '../../packages/redis/src/scripts/hold';
import { commonArguments } from '../../packages/redis/src/scripts/state';
import { patience } from '../../packages/redis/src/states/redis-holds';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { Holder } from './presence-stores';
import { backplaneOf, Follower, type WithStates } from './state-stores';

describeWith(redisServer, 'a presence in Redis', () => {
  let server: RedisServer;
  let admin: Redis;
  let here: WithStates;
  let there: WithStates;
  let log = '';
  let a: Holder;
  let b: Holder;
  const make = (): BackplaneFactory =>
    redisBackplane({ client: new Redis(server.port, { lazyConnect: true }), checkInterval: 600_000, timeout: 1000 });
  const key = () => `pushwire:{${log}}:log`;

  beforeAll(async () => {
    server = await RedisServer.start();
    admin = server.client();
  });
  beforeEach(() => {
    log = `pushwire:presence:${Math.random()}`;
    [here, there] = [backplaneOf(make()), backplaneOf(make())];
    [a, b] = [new Holder(here.states, log), new Holder(there.states, log)];
  });
  afterEach(async () => {
    await here.close();
    await there.close();
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });

  const fields = async (mark: string) => (await admin.hkeys(key())).filter((field) => field.startsWith(mark)).sort();

  it('has nothing left of those who have gone, and expires', async () => {
    await a.hold({ anna: 1, bert: 1, carl: 1 }, [], { lease: 1500 });
    await b.hold({ anna: 1, dora: 1 }, [], { lease: 1500 });
    await a.hold({}, ['anna']);
    await b.update({ anna: 2, bert: 2, dora: 2 });
    expect(await fields('*')).toEqual(['*anna', '*bert', '*dora']);
    await a.hold({}, ['bert', 'carl', 'nobody'], { lease: 1500 });
    expect([await fields('+'), (await fields('#')).length]).toEqual([['+anna', '+dora'], 4]);
    await b.hold({}, ['dora', 'anna'], { lease: 1500 });
    expect(await fields('+')).toEqual([]);
    await until('no hold is left', async () => {
      await b.members();
      return (await fields('#')).length === 0;
    });
    expect(await fields('*')).toEqual([]);
    expect([await fields('@'), await admin.hexists(key(), 'lapse')]).toEqual([[], 0]);
    const left = await admin.pttl(key());
    expect(left > 1_800_000 && left <= 2_250_000).toBe(true);
  });

  it('lets all go of a dead process, whoever has left it before', async () => {
    await a.hold({ anna: 1, bert: 1, carl: 1, dora: 1, emil: 1 }, [], { lease: 1500 });
    await b.hold({ carl: 1 });
    await a.hold({}, ['bert', 'anna', 'emil'], { lease: 1500 });
    await a.hold({ fred: 1 }, [], { lease: 1500 });
    expect(await b.members()).toBe('carl=1, dora=1, fred=1');
    await until('the others are gone', async () => (await b.members()) === 'carl=1');
    expect([await fields('+'), (await fields('#')).length]).toEqual([['+carl'], 2]);
  });

  it('comes to an end where somebody has deleted fields', async () => {
    await a.hold({ anna: 1, bert: 1, carl: 1 }, [], { lease: 1500 });
    await admin.hdel(key(), '+bert', '#1 3');
    await until('all are gone', async () => {
      await b.members();
      return (await fields('#')).length === 0;
    });
  });

  it('expires too where all processes die and nobody looks', async () => {
    await a.hold({ anna: 1 });
    const follower = await Follower.of(there, log);
    await until('it is read', () => follower.words === 'anna=1');
    expect(await admin.pttl(key())).toBeGreaterThan(600_000);
    follower.followed.stop();
  });

  it('is said again by a process of which Redis has lost a part, and has no ghost after a lease', async () => {
    const how = { lease: 4000 };
    await a.hold({ anna: 1, bert: 1 }, [], how);
    const before = (await admin.dumpBuffer(key())) as Buffer;
    await a.hold({ carl: 1 }, ['bert'], how);
    await sleep(3000);
    await admin.restore(key(), 0, before, 'REPLACE');
    expect(await a.hold({}, [], how)).toMatchObject({ isNew: true });
    // It has a whole lease to say all again. Nobody goes meanwhile.
    await sleep(1600);
    expect(await b.members()).toBe('anna=1, bert=1');
    await a.hold({ anna: 1, carl: 1 }, [], how);
    expect(await b.members()).toBe('anna=1, bert=1, carl=1');
    const follower = await Follower.of(there, log);
    await until('the ghost is gone', async () => {
      expect(await a.hold({}, [], how)).toMatchObject({ isNew: false });
      return follower.words === 'anna=1, carl=1';
    });
    expect([await b.members(), (await fields('+')).join()]).toEqual(['anna=1, carl=1', '+anna,+carl']);
    follower.followed.stop();
  });

  it('ignores a call that comes after a later one', async () => {
    for (const id of ['anna', 'bert']) await a.hold({ [id]: 1 });
    const pubsub = `pushwire:{${log}}:announcements`;
    const server = { life: '', nextEpoch: 'other', memory: 600_000, movedFrom: '' };
    const common = commonArguments({ ...server, publishCommand: 'PUBLISH', pubsub });
    const late = ['inf', '100', '600000', a.name, '60000', '1', '0', '0', '', '100', '1', '1', '0', '0', '0', 'anna'];
    await admin.eval(hold.lua, 1, key(), ...common, ...late, 'ghost', '=5 ghostj\n1', '6', 'joined', '');
    expect(await b.members()).toBe('anna=1, bert=1');
  });

  it('says all again where a call of which it knows nothing was the first after a loss', async () => {
    await a.hold({ anna: 1, bert: 1 });
    server.pause();
    await expect(a.hold({ carl: 1 })).rejects.toMatchObject({ code: 'backplane-unconfirmed' });
    server.resume();
    await until('the late call has come', async () => (await admin.hexists(key(), '+carl')) === 1);
    // As if the data had been lost before it.
    await admin.hdel(key(), '+anna', '+bert', '=anna', '=bert');
    const [number] = String(await admin.hget(key(), `@${a.name}`)).split(' ');
    await admin.hset(key(), `@${a.name}`, `${number} 2 2`);
    let held: unknown;
    await until('it says more', async () => {
      held = await a.hold({}).catch(() => undefined);
      return held !== undefined;
    });
    expect(held).toMatchObject({ isNew: true });
  });

  it('takes nobody for dead after an outage until all have had the time to come back', async () => {
    const lease = 700;
    await a.hold({ anna: 1 }, [], { lease });
    await b.hold({ bert: 1 }, [], { lease });
    await server.kill();
    await server.run();
    admin = server.client();
    const began = Date.now();
    let saw = '';
    await until('only one is left', async () => {
      await b.hold({}, [], { lease }).catch(() => undefined);
      const words = await b.members().catch(() => '');
      if (words === 'anna=1, bert=1') saw = words;
      return saw !== '' && words === 'bert=1';
    });
    expect(Date.now() - began).toBeGreaterThan(patience - 1000);
  });
});
