import type { HubOptions, ReadItem, ReadOptions } from '@pushwire/core';
import type { HubServer } from './hub-server';

interface Joined {
  readonly here: HubServer;
  readonly there: HubServer;
  readonly name: string;
}

/** Takes the next items of a loop. */
export async function take(items: AsyncIterator<ReadItem, undefined>, count: number): Promise<ReadItem[]> {
  const taken: ReadItem[] = [];
  while (taken.length < count) {
    const { done, value } = await items.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

export function loop(server: HubServer, name: string, options?: ReadOptions): AsyncIterator<ReadItem, undefined> {
  return server.hub.channel(name).read(options)[Symbol.asyncIterator]();
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** The part of the conformance suite about loops of an app over a channel. */
export function conformsInReading(setUp: (options?: HubOptions) => Promise<Joined>): void {
  it('lets loops read everything once and in order, whichever hub publishes it', async () => {
    const { here, there, name } = await setUp();
    const loops = [loop(here, name, { from: 'oldest' }), loop(there, name), loop(there, name)];
    const waiting = loops.map((items) => items.next());
    // The loops have begun when each hub has answered.
    for (const server of [here, there]) await server.hub.channel(name).head();
    const ids: string[] = [];
    for (const n of numbers(1, 50)) ids.push((await [here, there][n % 2]?.publish(name, n)) as string);
    for (const [i, items] of loops.entries()) {
      const first = (await waiting[i])?.value as ReadItem;
      const heard = [first, ...(await take(items, 49))];
      expect(heard.map(({ id, data }) => [id, data])).toEqual(ids.map((id, at) => [id, at + 1]));
      await items.return?.();
    }
  });

  it('gives a loop the data and the event as they were published', async () => {
    const { here, there, name } = await setUp();
    const published: [unknown, string?][] = [
      ['two\nlines: 漢字 🙂', 'named ü'],
      [''],
      [{ a: [1, null, 'x\n'] }],
      [Uint8Array.of(0, 255, 10, 13), 'bytes'],
      [null],
    ];
    for (const [data, event] of published) await here.publish(name, data, event);
    const items = loop(there, name, { from: 'oldest' });
    const taken = await take(items, published.length);
    expect(taken.map(({ data, event }) => [data, event])).toEqual(published.map(([data, event]) => [data, event]));
    await items.return?.();
  });

  it('lets a loop start from an id that another hub has just given', async () => {
    const { here, there, name } = await setUp();
    for (const n of numbers(1, 5)) {
      const id = await here.publish(name, n);
      const items = loop(there, name, { from: id });
      const next = items.next();
      const after = await here.publish(name, `after ${n}`);
      expect((await next).value).toMatchObject({ id: after, data: `after ${n}` });
      await items.return?.();
    }
  });

  it('lets a loop start with the oldest or with the last messages', async () => {
    const { here, there, name } = await setUp();
    for (const n of numbers(1, 5)) await here.publish(name, n);
    const read = async (options: ReadOptions, count: number) => {
      const items = loop(there, name, options);
      const data = (await take(items, count)).map((item) => item.data);
      await items.return?.();
      return data;
    };
    expect(await read({ from: 'oldest' }, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(await read({ from: { last: 2 } }, 2)).toEqual([4, 5]);
  });

  it('knows the head of a channel, whichever hub has just moved it', async () => {
    const { here, there, name } = await setUp();
    const beginning = await there.hub.channel(name).head();
    const items = loop(there, name, { from: beginning });
    for (const server of [here, there, here]) {
      const id = await server.publish(name, 'x');
      for (const other of [here, there]) expect(await other.hub.channel(name).head()).toBe(id);
    }
    // Reading from a head misses nothing that came after it.
    expect(await take(items, 3)).toHaveLength(3);
    await items.return?.();
  });

  it('gives a loop a gap in the place of what its log has lost', async () => {
    const { here, there, name } = await setUp({ log: { count: 10 } });
    const first = await here.publish(name, 0);
    for (const n of numbers(1, 40)) await here.publish(name, n);
    const items = loop(there, name, { from: first });
    const [gap, ...messages] = await take(items, 11);
    expect(gap?.gap).toMatchObject({ reason: 'evicted', missed: 30 });
    expect(messages.map(({ data }) => data)).toEqual(numbers(31, 40));
    await items.return?.();
    const foreign = loop(there, name, { from: 'anotherX.1' });
    expect((await take(foreign, 2)).map(({ gap, data }) => gap?.reason ?? data)).toEqual(['epoch', 31]);
    await foreign.return?.();
  });

  it('gives a loop that waits the messages of a log that keeps none', async () => {
    const { here, there, name } = await setUp({ log: { count: 0 } });
    const items = loop(there, name);
    let next = items.next();
    await there.hub.channel(name).head();
    for (const n of numbers(1, 20)) {
      await here.publish(name, n);
      expect((await next).value).toMatchObject({ data: n });
      next = items.next();
    }
    await items.return?.();
    await next;
  });

  it('ends the loops of all hubs with their channel, after all messages', async () => {
    const { here, there, name } = await setUp();
    const loops = [here, there].map((server) => loop(server, name, { from: 'oldest' }));
    const all = loops.map((items) => take(items, 100));
    for (const n of numbers(1, 3)) await there.publish(name, n);
    await here.hub.channel(name).end();
    for (const items of await Promise.all(all)) expect(items.map(({ data }) => data)).toEqual([1, 2, 3]);
    const late = loop(there, name);
    expect(await late.next()).toEqual({ done: true, value: undefined });
  });

  it('ends a loop when its hub closes, with an error', async () => {
    const { here, there, name } = await setUp();
    const items = loop(there, name);
    const next = items.next();
    await there.hub.channel(name).head();
    const id = await here.publish(name, 'last');
    expect((await next).value).toMatchObject({ id });
    const waiting = items.next();
    waiting.catch(() => {});
    await there.hub.close();
    await expect(waiting).rejects.toMatchObject({ code: 'hub-closed' });
    await expect(there.hub.channel(name).head()).rejects.toMatchObject({ code: 'hub-closed' });
  });
}
