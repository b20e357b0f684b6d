import { createHub, type HubOptions, message } from '../../src';
import { FakeClock } from '../../src/testing';

const setUp = (options: HubOptions = {}) => {
  const clock = new FakeClock();
  const hub = createHub({ clock, ...options });
  const channel = hub.channel('news');
  const kept = async () => {
    const items: unknown[] = [];
    for await (const { gap, event, data } of channel.read({ from: 'oldest' })) {
      items.push(gap ? { gap: gap.reason } : event === undefined ? data : [event, data]);
    }
    return items;
  };
  return { clock, hub, channel, kept };
};

/** The offset in an id. */
const offsetOf = (id: string) => Number(id.split('.')[1]);
const epochOf = (id: string) => id.split('.')[0];

describe('publish() with an idempotency key', () => {
  it('publishes a message once, and gives its id again', async () => {
    const { channel, kept } = setUp();
    const first = await channel.publish('a', { idempotencyKey: 'k' });
    await channel.publish('b');
    expect(await channel.publish('a', { idempotencyKey: 'k' })).toBe(first);
    expect(offsetOf(await channel.publish('c', { idempotencyKey: 'other' }))).toBe(3);
    await channel.end();
    expect(await kept()).toEqual(['a', 'b', 'c']);
    expect(await channel.publish('a', { idempotencyKey: 'k' })).toBe(first);
  });
});

describe('publishAll()', () => {
  it('publishes in a row, whatever the form of a message', async () => {
    const { channel, kept } = setUp();
    const all = ['a', message({ n: 2 }, { event: 'named' }), { n: 3 }];
    const ids = await channel.publishAll(all, { idempotencyKey: 'all' });
    expect(ids.map(offsetOf)).toEqual([1, 2, 3]);
    expect(await channel.publishAll(all, { idempotencyKey: 'all' })).toEqual(ids);
    await channel.end();
    expect(await kept()).toEqual(['a', ['named', { n: 2 }], { n: 3 }]);
  });
});

describe('end() with data', () => {
  it('ends the channel after its last message', async () => {
    const { channel, kept } = setUp();
    await channel.publish('a');
    const last = await channel.end({ ok: true }, { event: 'result', idempotencyKey: 'end' });
    expect(offsetOf(last)).toBe(2);
    expect(await kept()).toEqual(['a', ['result', { ok: true }]]);
    await expect(channel.end('again')).rejects.toMatchObject({ code: 'channel-ended' });
    expect(await channel.end({ ok: true }, { idempotencyKey: 'end' })).toBe(last);
    await expect(channel.end()).resolves.toBeUndefined();
  });
});

describe('the option after', () => {
  it('publishes only after the newest message', async () => {
    const { channel } = setUp();
    const before = await channel.head();
    const first = await channel.publish('a', { after: before });
    await expect(channel.publish('b', { after: before })).rejects.toMatchObject({ code: 'head-moved' });
    expect(offsetOf(await channel.publish('b', { after: first }))).toBe(2);
    expect(() => channel.publish('c', { after: '0' })).toThrow(TypeError);
  });
});

describe('delete()', () => {
  it('ends loops that have had everything, and begins a new life', async () => {
    const { clock, channel, kept } = setUp();
    const first = await channel.publish('a', { idempotencyKey: 'k' });
    const seen: unknown[] = [];
    const loop = (async () => {
      for await (const { data } of channel.read({ from: 'oldest' })) seen.push(data);
    })();
    clock.turn();
    await new Promise(setImmediate);
    await channel.publish('b');
    await channel.delete();
    const next = await channel.publish('c', { idempotencyKey: 'k' });
    clock.turn();
    await loop;
    expect(seen).toEqual(['a', 'b']);
    expect([offsetOf(next), epochOf(next) === epochOf(first)]).toEqual([1, false]);
    await channel.end();
    expect(await kept()).toEqual(['c']);
  });
});
