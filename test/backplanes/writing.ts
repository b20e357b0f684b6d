import { type HubOptions, message } from '@pushwire/core';
import { until } from '../kit/until';
import type { HubServer } from './hub-server';
import { loop, take } from './reading';

interface Joined {
  readonly here: HubServer;
  readonly there: HubServer;
  readonly name: string;
}

const epochOf = (id: string) => id.split('.')[0];
const offsetOf = (id: string) => Number(id.split('.')[1]);
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** The part of the conformance suite about writes in one step, idempotency keys and deletion. */
export function conformsInWriting(setUp: (options?: HubOptions) => Promise<Joined>): void {
  /** Two hubs, a channel of each of them, and a client of each that listens to it. */
  const setUpClients = async (options?: HubOptions) => {
    const { here, there, name } = await setUp(options);
    const clients = [await here.connect([name]), await there.connect([name])];
    return { here, there, name, clients, ours: here.hub.channel(name), theirs: there.hub.channel(name) };
  };

  it('publishes once what is retried with a key, whichever hub retries it', async () => {
    const { ours, theirs, clients } = await setUpClients();
    const first = await ours.publish('a', { idempotencyKey: 'k', event: 'e' });
    await theirs.publish('b');
    const retries = numbers(50).map((n) => [ours, theirs][n % 2]?.publish('a', { idempotencyKey: 'k' }));
    expect(new Set(await Promise.all(retries))).toEqual(new Set([first]));
    const another = await theirs.publish('c', { idempotencyKey: 'k 2' });
    expect(offsetOf(another)).toBe(3);
    for (const client of clients) {
      await client.until(({ data }) => data().length === 3);
      expect(client.data()).toEqual(['a', 'b', 'c']);
    }
  });

  it('publishes once what both hubs publish at the same time with one key', async () => {
    const { ours, theirs } = await setUpClients();
    const calls = numbers(40).map((n) => [ours, theirs][n % 2]?.publish(n, { idempotencyKey: `k${n >> 2}` }));
    const ids = (await Promise.all(calls)) as string[];
    expect(ids.map((id, n) => id === ids[n & ~3])).toEqual(numbers(40).map(() => true));
    expect([...new Set(ids)].map(offsetOf).sort((a, b) => a - b)).toEqual(numbers(10).map((n) => n + 1));
  });

  it.each(['k', ' key with spaces ', '7', 'epoch', 'ö 漢 🙂', 'line\nfeed', 'x'.repeat(256)])(
    'takes the key %j',
    async (idempotencyKey) => {
      const { ours, theirs } = await setUpClients();
      const first = await ours.publish('a', { idempotencyKey });
      expect(await theirs.publish('a', { idempotencyKey })).toBe(first);
      expect(await theirs.head()).toBe(first);
    },
  );

  it('remembers the newest keys, as many as its limit says', async () => {
    const { ours, theirs } = await setUpClients({ log: { idempotencyKeys: 3 } });
    const ids: string[] = [];
    for (const n of numbers(5)) ids.push(await ours.publish(n, { idempotencyKey: `k${n}` }));
    for (const n of [2, 3, 4]) expect(await theirs.publish(n, { idempotencyKey: `k${n}` })).toBe(ids[n]);
    expect(offsetOf(await theirs.publish(0, { idempotencyKey: 'k0' }))).toBe(6);
    expect(offsetOf(await theirs.publish(2, { idempotencyKey: 'k2' }))).toBe(7);
    expect(await ours.publish(4, { idempotencyKey: 'k4' })).toBe(ids[4]);
  });

  it('remembers a key as long as its limit says', async () => {
    const { ours, theirs } = await setUpClients({ log: { idempotencyAge: 300 } });
    const first = await ours.publish('a', { idempotencyKey: 'k' });
    const again = () => theirs.publish('a', { idempotencyKey: 'k' });
    await until('the key is forgotten', async () => (await again()) !== first);
    expect(offsetOf(await ours.head())).toBe(2);
  });

  it('publishes several messages in a row and in one step', async () => {
    const { ours, theirs, clients } = await setUpClients();
    const batch = (from: number) => numbers(10).map((n) => `${from + n}`);
    const calls = numbers(20).map((n) => (n % 2 ? ours.publishAll(batch(n * 10)) : theirs.publish(`${n * 10}`)));
    const ids = await Promise.all(calls);
    for (const all of ids) {
      const offsets = [all].flat().map(offsetOf);
      expect(offsets).toEqual(offsets.map((_, i) => (offsets[0] as number) + i));
    }
    for (const client of clients) {
      await client.until(({ data }) => data().length === 110);
      const received = client.data();
      const rows = numbers(10).map((n) => received.slice(received.indexOf(`${n * 20 + 10}`)).slice(0, 10));
      expect(rows).toEqual(numbers(10).map((n) => batch(n * 20 + 10)));
    }
  });

  it('publishes several messages of any kind, once for a key', async () => {
    const { here, ours, theirs, clients } = await setUpClients();
    const except = [...here.hub.connections()].find(({ channels }) => channels.includes(ours.name))?.id as string;
    const all = ['text\n', message({ n: 1 }, { event: 'named ü' }), Buffer.from([0, 255]), message('', { event: 'e' })];
    const ids = await ours.publishAll(all, { idempotencyKey: 'all', except });
    expect(await theirs.publishAll(['other'], { idempotencyKey: 'all' })).toEqual(ids);
    await theirs.publish('for all');
    const [mine, other] = clients;
    for (const client of clients) await client.until(({ data }) => data().includes('for all'));
    expect(mine?.data()).toEqual(['for all']);
    expect(other?.events().slice(1, 5)).toMatchObject([
      { event: 'message', data: 'text\n', id: ids[0] },
      { event: 'named ü', data: '{"n":1}', id: ids[1] },
      { event: 'message', data: 'AP8=', id: ids[2] },
      { event: 'e', data: '', id: ids[3] },
    ]);
  });

  it('publishes nothing of several messages that are too large together', async () => {
    const { ours } = await setUpClients({ limits: { messageBytes: 100 } });
    await expect(ours.publishAll(['x'.repeat(60), 'y'.repeat(60)])).rejects.toMatchObject({
      code: 'message-too-large',
    });
    expect(await ours.publishAll([])).toEqual([]);
    expect(offsetOf(await ours.publish('x'))).toBe(1);
  });

  it('keeps the limits of the log when several messages are published', async () => {
    const { there, name, ours } = await setUpClients({ log: { count: 10 } });
    const [first] = await ours.publishAll(numbers(40).map(String));
    const client = await there.connect([name], first);
    await client.until(({ data }) => data().length === 10);
    expect(JSON.parse(client.events()[1]?.data ?? '')).toMatchObject({ reason: 'evicted', missed: 29 });
    expect(client.data()).toEqual(numbers(10).map((n) => `${n + 30}`));
  });

  it.each([{ count: 0 }, { bytes: 0 }, { age: 0 }])(
    'writes in one step to a log that, with %j, keeps none',
    async (log) => {
      const { ours, theirs, clients } = await setUpClients({ log });
      const ids = await ours.publishAll(['1', '2'], { idempotencyKey: 'k' });
      expect(await theirs.publishAll(['1', '2'], { idempotencyKey: 'k' })).toEqual(ids);
      expect(offsetOf(await theirs.end('3'))).toBe(3);
      for (const client of clients) {
        await client.ended;
        expect(client.data()).toEqual(['1', '2', '3']);
      }
    },
  );

  it('ends with a last message, in one step', async () => {
    const { there, name, ours, theirs, clients } = await setUpClients();
    const racing = numbers(20).map((n) => theirs.publish(`${n}`).catch(({ code }) => code));
    const last = await ours.end({ ok: true }, { event: 'result', idempotencyKey: 'end' });
    const outcomes = await Promise.all(racing);
    const published = outcomes.filter((outcome) => outcome !== 'channel-ended');
    expect(offsetOf(last)).toBe(published.length + 1);
    for (const client of clients) {
      await client.ended;
      expect(client.events().at(-1)?.event).toBe('pushwire:end');
      expect(client.events().at(-2)).toMatchObject({ event: 'result', data: '{"ok":true}', id: last });
    }
    await expect(theirs.end('again')).rejects.toMatchObject({ code: 'channel-ended' });
    await expect(theirs.publishAll(['again'])).rejects.toMatchObject({ code: 'channel-ended' });
    await theirs.end();
    expect(await theirs.end({ ok: true }, { idempotencyKey: 'end' })).toBe(last);
    expect((await there.connect([name], last)).status).toBe(204);
  });

  it('publishes after the newest message only, where it is asked to', async () => {
    const { ours, theirs } = await setUpClients();
    const beginning = await theirs.head();
    const id = await ours.publish('a', { after: beginning });
    for (const after of [beginning, 'anotherX.1', `${epochOf(id)}.7`, 'of another server']) {
      await expect(theirs.publish('b', { after })).rejects.toMatchObject({ code: 'head-moved' });
    }
    const racing = numbers(20).map((n) =>
      [ours, theirs][n % 2]?.publishAll(['b', 'c'], { after: id }).catch(({ code }) => code),
    );
    const won = (await Promise.all(racing)).filter((outcome) => outcome !== 'head-moved');
    expect(won.flat().map((winner) => offsetOf(winner as string))).toEqual([2, 3]);
    await expect(theirs.end('d', { after: id })).rejects.toMatchObject({ code: 'head-moved' });
    expect(offsetOf(await theirs.end('d', { after: won.flat()[1] as string }))).toBe(4);
  });

  it('keeps nothing of a write that is refused', async () => {
    const { here, there, name } = await setUp();
    const [ours, theirs] = [here.hub.channel(name), there.hub.channel(name)];
    await expect(ours.publish('a', { after: 'anotherX.1' })).rejects.toMatchObject({ code: 'head-moved' });
    expect(offsetOf(await theirs.publish('a', { after: await theirs.head() }))).toBe(1);
  });

  it('deletes a channel for all clients, and lets it begin anew', async () => {
    const { here, there, name, ours, theirs, clients } = await setUpClients();
    const first = await ours.publish('1', { idempotencyKey: 'k' });
    const last = await theirs.publish('2');
    for (const client of clients) await client.until(({ data }) => data().length === 2);
    await ours.delete();
    for (const client of clients) {
      await client.ended;
      expect(client.events().map(({ event }) => event)).toEqual([
        'pushwire:open',
        'message',
        'message',
        'pushwire:end',
      ]);
    }
    const fresh = [await there.connect([name]), await here.connect([name])];
    const oldest = await there.connect([name], '0');
    const next = await theirs.publish('3', { idempotencyKey: 'k' });
    expect([offsetOf(next), epochOf(next) === epochOf(first)]).toEqual([1, false]);
    for (const client of [...fresh, oldest]) {
      await client.until(({ data }) => data().length === 1);
      expect(client.events().map(({ event }) => event)).toEqual(['pushwire:open', 'message']);
    }
    for (const server of [here, there]) {
      const late = await server.connect([name], last);
      await late.until(({ data }) => data().length === 1);
      expect(JSON.parse(late.events()[1]?.data ?? '')).toMatchObject({ reason: 'epoch' });
      expect(late.data()).toEqual(['3']);
    }
  });

  it('tells a gap of a deleted channel before anything is published to it again', async () => {
    const { here, there, name, ours, clients } = await setUpClients();
    const last = await ours.publish('1');
    for (const client of clients) await client.until(({ data }) => data().length === 1);
    await ours.delete();
    for (const client of clients) await client.ended;
    for (const server of [here, there]) {
      const late = await server.connect([name], last);
      await late.until(({ events }) => events().length === 2);
      expect(JSON.parse(late.events()[1]?.data ?? '')).toMatchObject({ reason: 'epoch' });
    }
  });

  it('deletes a channel that has ended, so that it can be published to', async () => {
    const { here, name, ours, theirs } = await setUpClients();
    const last = await ours.end('last');
    await theirs.delete();
    await theirs.delete();
    const client = await here.connect([name], last);
    expect(client.status).toBe(200);
    expect(offsetOf(await ours.publish('first'))).toBe(1);
    await client.until(({ data }) => data().length === 1);
  });

  it('deletes nothing of a channel that was never published to', async () => {
    const { ours, theirs, clients } = await setUpClients();
    await theirs.delete();
    await ours.publish('1');
    for (const client of clients) {
      await client.until(({ data }) => data().length === 1);
      expect(client.events().map(({ event }) => event)).toEqual(['pushwire:open', 'message']);
    }
  });

  it('tells connections to several channels of the deletion of one by a gap', async () => {
    const { here, there, name, ours } = await setUpClients();
    const both = [name, `${name} too`];
    const clients = [await here.connect(both), await there.connect(both)];
    await ours.publish('1');
    for (const client of clients) await client.until(({ data }) => data().length === 1);
    await ours.delete();
    await here.hub.channel(`${name} too`).publish('2');
    await ours.publish('3');
    for (const client of clients) {
      await client.until(({ data }) => data().length === 3);
      const gap = client.events().find(({ event }) => event === 'pushwire:gap');
      expect(JSON.parse(gap?.data ?? '')).toMatchObject({ reason: 'epoch', channels: [name] });
      expect(client.data().sort()).toEqual(['1', '2', '3']);
    }
  });

  it('ends the loops over a channel that is deleted', async () => {
    const { here, there, name, ours } = await setUpClients();
    const loops = [loop(here, name, { from: 'oldest' }), loop(there, name, { from: 'oldest' })];
    await ours.publish('1');
    const waiting = await Promise.all(
      loops.map(async (items) => {
        expect(await take(items, 1)).toMatchObject([{ data: '1' }]);
        return { next: items.next() };
      }),
    );
    await ours.delete();
    await ours.publish('2');
    for (const { next } of waiting) expect(await next).toEqual({ done: true, value: undefined });
  });
}
