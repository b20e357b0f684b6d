import { createHub, type HubOptions, type State } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { HubServer, quiet } from './hub-server';
import { StateReader } from './state-reader';

// States of two hubs over one server, which loses connections, messages and data.

const keyOf = (name: string) => `pushwire:{pushwire:state:${name}}:log`;

describeWith(redisServer, 'a state of two hubs over Redis', () => {
  let server: RedisServer;
  let admin: Redis;
  let servers: readonly [HubServer, HubServer];
  let name = '';
  let count = 0;
  let states: readonly [State<unknown>, State<unknown>];
  const readers: StateReader[] = [];

  const limits: HubOptions['state'] = (state) => ({
    ...(state.includes('forgets') && { deletions: 1 }),
    ...(state.includes('ages') && { age: 5000 }),
  });

  const serve = () => {
    const client = new Redis(server.port, { lazyConnect: true });
    const backplane = redisBackplane({ client, checkInterval: 600_000, timeout: 2000 });
    return HubServer.start(createHub({ backplane, logger: quiet, state: limits }));
  };
  const use = (what: string) => {
    name = `${what} ${++count}`;
    states = servers.map(({ hub }) => hub.state(name)) as unknown as typeof states;
  };
  const connected = async (to: 0 | 1, reader = new StateReader()) => {
    readers.push(reader);
    await reader.connect(servers[to].url, name);
    return reader;
  };
  const bothAnswer = () =>
    Promise.all(servers.map((one) => until('it takes clients', () => one.takesClients().catch(() => false))));
  const tried = (act: () => Promise<unknown>) =>
    until('it is written', () =>
      act().then(
        () => true,
        () => false,
      ),
    );

  beforeAll(async () => {
    server = await RedisServer.start();
    servers = [await serve(), await serve()];
    await bothAnswer();
  });
  beforeEach(() => {
    admin = server.client();
  });
  afterEach(() => {
    for (const reader of readers.splice(0)) reader.leave();
    admin.disconnect();
  });
  afterAll(async () => {
    await Promise.all(servers.map((one) => one.close()));
    await server.stop();
  });

  it('is shown by both, and a client goes on at the other one', async () => {
    use('shared');
    await states[0].set('a', 1);
    const reader = await connected(0);
    await reader.shows({ a: 1 });
    await states[1].set('b', { c: 2 });
    await states[1].delete('a');
    await reader.shows({ b: { c: 2 } });
    reader.leave();
    await states[0].patch('b', { d: 3 });
    await states[0].set('a', 4);
    await connected(1, reader);
    await reader.shows({ a: 4, b: { c: 2, d: 3 } });
    expect([await states[1].entries(), reader.gaps]).toMatchObject([[{ key: 'b' }, { key: 'a', value: 4 }], 0]);
  });

  it('has each of many patches at the same time', async () => {
    use('patched');
    const reader = await connected(1);
    const patch = (n: number) => (states[n % 2] as State<unknown>).patch('a', { [`member ${n}`]: n });
    await Promise.all(Array.from({ length: 20 }, (_, n) => patch(n)));
    const truth = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`member ${n}`, n]));
    await reader.shows({ a: truth });
  });

  it('is read on after messages of Pub/Sub that were lost', async () => {
    use('cut off');
    const [reader, other] = [await connected(0), await connected(1)];
    for (const key of ['a', 'b', 'c']) await states[0].set(key, 0);
    await reader.shows({ a: 0, b: 0, c: 0 });
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await states[0].delete('a');
    await states[1].set('b', 1);
    await states[0].set('b', 2);
    for (const one of [reader, other]) await one.shows({ b: 2, c: 0 });
    expect([reader.gaps, other.gaps]).toEqual([0, 0]);
  });

  it('is shown anew after deletions that were lost and are forgotten', async () => {
    use('forgets');
    for (const key of ['a', 'b', 'c']) await states[0].set(key, 0);
    const reader = await connected(1);
    await reader.shows({ a: 0, b: 0, c: 0 });
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    for (const key of ['a', 'b']) await states[0].delete(key);
    await reader.shows({ c: 0 });
    // The process may have been back before the second deletion.
    expect(reader.gaps).toBeLessThanOrEqual(1);
    const late = await connected(0);
    late.leave();
    for (const key of ['d', 'e']) await states[1].set(key, 0);
    for (const key of ['c', 'd']) await states[1].delete(key);
    // The other process has heard of both deletions, and has forgotten the first.
    await reader.shows({ e: 0 });
    await connected(1, late);
    await late.shows({ e: 0 });
    expect(late.gaps).toBe(1);
  });

  it('is empty after all was deleted by others, and begins anew', async () => {
    use('flushed');
    await states[0].set('a', 1);
    const id = await states[0].set('b', 2);
    const reader = await connected(0);
    await reader.shows({ a: 1, b: 2 });
    await admin.flushall();
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await reader.shows({});
    await expect(states[1].set('b', 3, { ifId: id })).rejects.toMatchObject({ code: 'value-moved' });
    await states[1].set('c', 3);
    await reader.shows({ c: 3 });
    expect(reader.gaps).toBe(1);
  });

  it('keeps its values when Redis is started again with its data, under another epoch', async () => {
    use('kept');
    const id = await states[0].set('a', 1);
    await states[1].set('b', 2);
    await states[1].delete('b');
    const [reader, away] = [await connected(0), await connected(1)];
    for (const one of [reader, away]) await one.shows({ a: 1 });
    away.leave();
    await server.kill();
    await server.run();
    await bothAnswer();
    await connected(1, away);
    for (const one of [reader, away]) {
      await one.hasGap();
      await one.shows({ a: 1 });
    }
    // The write of this id may have been lost, and another one may have its offset.
    await expect(states[0].set('a', 2, { ifId: id })).rejects.toMatchObject({ code: 'value-moved' });
    const [entry] = await states[1].entries();
    expect([entry?.value, entry?.id === id]).toEqual([1, false]);
    await states[0].set('a', 2, { ifId: entry?.id ?? null });
    await states[1].patch('b', { c: 1 });
    for (const one of [reader, away]) await one.shows({ a: 2, b: { c: 1 } });
  });

  it('is empty when Redis is started again without its data', async () => {
    use('lost');
    await states[0].set('a', 1);
    const reader = await connected(0);
    await reader.shows({ a: 1 });
    await server.kill();
    await server.forget();
    await server.run();
    await bothAnswer();
    await reader.shows({});
    await tried(() => states[1].set('b', 2));
    await reader.shows({ b: 2 });
    expect(reader.gaps).toBe(1);
  });

  it('is shown as it is when Redis has lost what a client has, though nothing else shows it', async () => {
    use('set back');
    await states[0].set('a', 1);
    const reader = await connected(1);
    const former = await admin.dumpBuffer(keyOf(name));
    const id = await states[0].set('b', 2);
    await reader.shows({ a: 1, b: 2 });
    await admin.restore(keyOf(name), 0, former, 'REPLACE');
    expect(await states[1].set('c', 3)).toBe(id);
    await reader.shows({ a: 1, c: 3 });
    expect(reader.gaps).toBe(1);
    await expect(states[1].set('c', 4, { ifId: id })).rejects.toMatchObject({ code: 'value-moved' });
  });

  it('is kept for ever while it has a value without an age, and as long as it must otherwise', async () => {
    use('expires');
    const left = () => admin.pttl(keyOf(name));
    const atLeast = 600_000;
    await states[0].set('a', 1);
    expect(await left()).toBe(-1);
    await states[0].delete('a');
    expect(await left()).toBeGreaterThan(atLeast);
    await states[1].set('a', 1);
    expect(await left()).toBe(-1);
    await states[1].clear();
    expect(await left()).toBeGreaterThan(atLeast);
    use('ages');
    await states[0].set('a', 1);
    expect(await left()).toBeGreaterThan(atLeast);
    await admin.pexpire(keyOf(name), 1000);
    const reader = await connected(1);
    await reader.shows({ a: 1 });
    await until('it is renewed', async () => (await left()) > atLeast);
  });

  it('leaves a bounded number of fields, whatever was written', async () => {
    use('forgets much');
    for (let n = 0; n < 300; n++) {
      await states[n % 2]?.set(`${n % 7}`, n);
      if (n % 3 === 0) await states[0].delete(`${(n * 5) % 7}`);
    }
    const values = (await states[0].entries()).length;
    const fields = await admin.hkeys(keyOf(name));
    expect(fields.filter((field) => /^\d+$/.test(field)).length).toBeLessThanOrEqual(values + 1);
    expect(fields.filter((field) => field.startsWith('=')).length).toBeLessThanOrEqual(values + 1);
    expect(fields.length).toBeLessThanOrEqual(2 * (values + 1) + 9);
  });
});
