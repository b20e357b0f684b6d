import { getEventListeners } from 'node:events';
import type { BackplaneFactory } from '../../src/backplanes/backplane';
import { memoryBackplane } from '../../src/backplanes/memory';
import { PushwireError } from '../../src/checks/errors';
import { createHub } from '../../src/hub/hub';
import type { HubOptions } from '../../src/hub/options';
import type { ReadItem } from '../../src/reading/channel-message';
import type { ReadOptions } from '../../src/reading/read-options';
import { FakeClock } from '../../src/testing';

const microtasks = () => new Promise<void>((resolve) => setImmediate(resolve));

type Items = AsyncIterator<ReadItem, undefined>;

/** A hub with a channel of the messages 1 to 5, of which it keeps 3 to 5. */
async function setUp({ log = { count: 3 }, ...options }: HubOptions = {}) {
  const clock = new FakeClock();
  const hub = createHub({ clock, log, ...options });
  const channel = hub.channel('news');
  const ids: string[] = [];
  const publish = async (data: unknown, event?: string) => {
    ids.push(await channel.publish(data, event === undefined ? undefined : { event }));
  };
  for (let n = 1; n <= 5; n++) await publish(n);
  const hold = channel.read()[Symbol.asyncIterator]();
  hold.next();
  clock.turn();
  await hold.return?.();
  const read = (options?: ReadOptions): Items => channel.read(options)[Symbol.asyncIterator]();
  return { clock, hub, channel, ids, publish, read };
}

/** Takes what an iterator gives without waiting for the channel. */
async function takeReady(items: Items): Promise<unknown[]> {
  const taken: unknown[] = [];
  for (;;) {
    const next = items.next().then(({ done, value }) => (done ? 'end' : (value.gap ?? value.data)));
    const item = await Promise.race([next, microtasks()]);
    if (item === undefined) return taken;
    taken.push(item);
    if (item === 'end') return taken;
  }
}

const kept = [3, 4, 5];
const foreign = { reason: 'foreign', cursor: expect.any(String) };

describe('a reader of a channel', () => {
  it.each<[string, (ids: readonly string[]) => ReadOptions | undefined, unknown[]]>([
    ['no options', () => undefined, []],
    ['no place', () => ({}), []],
    ['now', () => ({ from: 'now' }), []],
    ['the oldest message', () => ({ from: 'oldest' }), kept],
    ['the last two', () => ({ from: { last: 2 } }), [4, 5]],
    ['the last none', () => ({ from: { last: 0 } }), []],
    ['the last 99', () => ({ from: { last: 99 } }), kept],
    ['the newest id', ([, , , , fifth]) => ({ from: fifth }), []],
    ['an id before', ([, , , fourth]) => ({ from: fourth }), [5]],
    ['the id before the oldest message', ([, second]) => ({ from: second }), kept],
    ['an evicted id', ([first]) => ({ from: first }), [expect.objectContaining({ missed: 1 }), ...kept]],
    ['an id of something else', () => ({ from: 'row 7' }), [foreign, ...kept]],
    ['an empty id, as of a client without one', () => ({ from: '' }), []],
    ['the id after the end of a generator', () => ({ from: 'end' }), []],
  ])('starts from %s', async (_case, optionsOf, expected) => {
    const { clock, hub, ids, publish, read } = await setUp();
    const items = read(optionsOf(ids));
    expect(await takeReady(items)).toEqual(expected);
    await publish('live');
    clock.turn();
    // The call of `next()` that has waited gets it.
    await publish('later');
    clock.turn();
    expect(await takeReady(items)).toEqual(['later']);
    await items.return?.();
    expect(hub.stats().channels).toBe(0);
  });

  it('gives each message with its id, its event and its data', async () => {
    const { ids, publish, read } = await setUp({ log: {} });
    const object = { of: ['values'] };
    await publish('text');
    await publish(object, 'changed');
    await publish(Uint8Array.of(1, 2));
    await publish(null);
    const items = read({ from: ids[4] });
    const taken = [];
    for (let n = 0; n < 4; n++) taken.push((await items.next()).value);
    expect(taken).toEqual([
      { id: ids[5], event: undefined, data: 'text' },
      { id: ids[6], event: 'changed', data: { of: ['values'] } },
      { id: ids[7], event: undefined, data: Uint8Array.of(1, 2) },
      { id: ids[8], event: undefined, data: null },
    ]);
    await items.return?.();
  });

  it('has a copy of the data of its own', async () => {
    const { ids, publish, read } = await setUp();
    await publish({ list: [1] });
    await publish(Uint8Array.of(7));
    for (let n = 0; n < 2; n++) {
      const items = read({ from: ids[4] });
      const { data } = (await items.next()).value as { data: { list: number[] } };
      const { data: bytes } = (await items.next()).value as { data: Uint8Array };
      expect([data, [...bytes]]).toEqual([{ list: [1] }, [7]]);
      data.list.push(2);
      bytes[0] = 8;
      await items.return?.();
    }
  });

  it.each<[string, unknown, RegExp]>([
    ['a number', { from: 5 }, /^read option from: expected .*"now", "oldest" or .*an id, got .*5/],
    ['a negative count', { from: { last: -1 } }, /^read option from: expected/],
    ['a fraction', { from: { last: 0.5 } }, /^read option from: expected/],
    ['another key', { from: { first: 2 } }, /^read option from: expected/],
    ['null', { from: null }, /^read option from: expected/],
    ['no signal', { signal: {} }, /^read option signal: expected an AbortSignal/],
    ['an unknown option', { form: 'now' }, /^read option: expected|form/],
    ['a string', 'oldest', /^read/],
  ])('refuses %s at once', async (_case, options, words) => {
    const { read } = await setUp();
    expect(() => read(options as ReadOptions)).toThrow(TypeError);
    expect(() => read(options as ReadOptions)).toThrow(words);
  });

  it('holds nothing before its loop begins, and after it ends', async () => {
    const { hub, channel, read } = await setUp();
    const { signal } = new AbortController();
    const items = read({ from: 'oldest', signal });
    expect(hub.stats().channels).toBe(0);
    await items.next();
    expect(hub.stats().channels).toBe(1);
    expect(hub.stats().connections).toBe(0);
    for await (const _ of channel.read({ from: 'oldest', signal })) break;
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await items.return?.();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(hub.stats().channels).toBe(0);
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  it('starts anew in each loop', async () => {
    const { channel } = await setUp();
    const messages = channel.read({ from: 'oldest' });
    for (let n = 0; n < 2; n++) {
      const items = messages[Symbol.asyncIterator]();
      expect(await takeReady(items)).toEqual(kept);
      await items.return?.();
    }
  });

  it('answers calls of next() in their order, also where they do not wait for each other', async () => {
    const { channel, clock, publish, read } = await setUp();
    const items = read({ from: 'oldest' });
    const all = Promise.all(Array.from({ length: 7 }, () => items.next()));
    await publish('live');
    clock.turn();
    await microtasks();
    await publish('more');
    await channel.end();
    clock.turn();
    const values = (await all).map(({ done, value }) => (done ? 'end' : value.data));
    expect(values).toEqual([...kept, 'live', 'more', 'end', 'end']);
  });

  it('ends when its channel does, after all messages', async () => {
    const { channel, clock, publish, read } = await setUp();
    const items = read({ from: { last: 2 } });
    expect((await items.next()).value).toMatchObject({ data: 4 });
    await publish(6);
    await channel.end();
    clock.turn();
    expect(await takeReady(items)).toEqual([5, 6, 'end']);
    expect(await takeReady(read({ from: { last: 1 } }))).toEqual([6, 'end']);
    expect(await takeReady(read())).toEqual(['end']);
  });

  it('ends a call of next() that waits when it is closed', async () => {
    const { read } = await setUp();
    const items = read();
    const waiting = items.next();
    expect(await items.return?.()).toEqual({ done: true, value: undefined });
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it('throws the reason of its signal, at once, and ends', async () => {
    const { hub, read } = await setUp();
    const reason = new Error('moved on');
    const controller = new AbortController();
    const options = { from: 'oldest', signal: controller.signal };
    const [waiting, between] = [read({ ...options, from: 'now' }), read(options)];
    const next = waiting.next();
    await between.next();
    controller.abort(reason);
    await expect(next).rejects.toBe(reason);
    await expect(between.next()).rejects.toBe(reason);
    await expect(read(options).next()).rejects.toBe(reason);
    for (const items of [waiting, between]) expect(await items.next()).toEqual({ done: true, value: undefined });
    expect(hub.stats().channels).toBe(0);
  });

  it('gets what was published before its hub closed, and then throws', async () => {
    const { hub, publish, read } = await setUp();
    const [waiting, slow] = [read(), read({ from: 'oldest' })];
    const next = waiting.next();
    await slow.next();
    await publish(6);
    await hub.close();
    expect(await next).toMatchObject({ value: { data: 6 } });
    const closed = expect.objectContaining({ code: 'hub-closed' });
    await expect(waiting.next()).rejects.toEqual(closed);
    for (const expected of [4, 5, 6]) expect(await slow.next()).toMatchObject({ value: { data: expected } });
    await expect(slow.next()).rejects.toEqual(closed);
    await expect(read().next()).rejects.toEqual(closed);
  });

  it('throws hub-full where the hub follows as many channels as it may', async () => {
    const { hub, read } = await setUp({ limits: { followedChannels: 1 } });
    const first = hub.channel('other').read()[Symbol.asyncIterator]();
    const waiting = first.next();
    await expect(read().next()).rejects.toEqual(expect.objectContaining({ code: 'hub-full' }));
    await expect(hub.channel('news').head()).rejects.toEqual(expect.objectContaining({ code: 'hub-full' }));
    await first.return?.();
    await waiting;
    await expect(hub.channel('news').head()).resolves.toEqual(expect.any(String));
  });

  it.each<[string, unknown, object]>([
    [
      'that the backplane is unavailable',
      new PushwireError('backplane-unavailable', 'Redis is gone'),
      { code: 'backplane-unavailable', message: 'Redis is gone', reason: 'unavailable' },
    ],
    ['what else the backplane throws', new RangeError('a fault'), { name: 'RangeError' }],
  ])('throws %s, where it begins', async (_what, error, expected) => {
    const backplane: BackplaneFactory = (host) =>
      Object.assign(Object.create(memoryBackplane()(host)), { follow: () => Promise.reject(error) });
    const hub = createHub({ backplane });
    const items = hub.channel('news').read()[Symbol.asyncIterator]();
    await expect(items.next()).rejects.toMatchObject(expected);
    await expect(hub.channel('news').head()).rejects.toMatchObject(expected);
    expect(await items.next()).toEqual({ done: true, value: undefined });
    expect(hub.stats().channels).toBe(0);
  });

  it('gets a gap in the place of what it was too slow for', async () => {
    const { clock, publish, read } = await setUp();
    const items = read({ from: { last: 1 } });
    expect((await items.next()).value).toMatchObject({ data: 5 });
    for (let n = 6; n <= 12; n++) await publish(n);
    clock.turn();
    const { value } = await items.next();
    expect(value).toMatchObject({ gap: { reason: 'evicted', missed: 4 } });
    expect([value?.data, value?.event]).toEqual([undefined, undefined]);
    expect(await takeReady(items)).toEqual([10, 11, 12]);
    await items.return?.();
  });

  it('gets no gap where messages may be lost', async () => {
    const { clock, publish, read } = await setUp({ log: { count: 3, lossy: true } });
    const items = read({ from: 'row 7' });
    expect((await items.next()).value).toMatchObject({ data: 3 });
    for (let n = 6; n <= 12; n++) await publish(n);
    clock.turn();
    expect(await takeReady(items)).toEqual([4, 5, 10, 11, 12]);
    await items.return?.();
  });

  it('misses nothing of a log that keeps nothing, while it waits at the end of a turn', async () => {
    const { clock, publish, read } = await setUp({ log: { count: 0 } });
    const items = read();
    for (let turn = 0; turn < 3; turn++) {
      const next = items.next();
      for (let n = 0; n < 100; n++) await publish(turn * 100 + n);
      clock.turn();
      expect(await next).toMatchObject({ value: { data: turn * 100 } });
      for (let n = 1; n < 100; n++) expect(await items.next()).toMatchObject({ value: { data: turn * 100 + n } });
    }
    await items.return?.();
  });
});

describe('the head of a channel', () => {
  it('is the id of the newest message, or the beginning, from where reading misses nothing', async () => {
    const { hub, channel, ids, publish, read } = await setUp();
    expect(await channel.head()).toBe(ids[4]);
    const empty = hub.channel('empty');
    const beginning = await empty.head();
    await empty.publish('first');
    const items = empty.read({ from: beginning })[Symbol.asyncIterator]();
    expect(await items.next()).toMatchObject({ value: { data: 'first' } });
    await items.return?.();
    const head = await channel.head();
    await publish(6);
    expect(await takeReady(read({ from: head }))).toEqual([6]);
  });

  it('is that of an ended channel, too', async () => {
    const { channel, ids } = await setUp();
    await channel.end();
    expect(await channel.head()).toBe(ids[4]);
  });

  it('holds no channel, and rejects once the hub is closed', async () => {
    const { hub, channel } = await setUp();
    await channel.head();
    expect(hub.stats().channels).toBe(0);
    await hub.close();
    await expect(channel.head()).rejects.toEqual(expect.objectContaining({ code: 'hub-closed' }));
  });
});
