import { createHub, type HubOptions, memoryBackplane, message } from '../../src';
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

describe('misuse of a write', () => {
  const anything = (value: unknown) => value as never;
  const { hub, channel } = setUp();

  it.each<[() => unknown, RegExp]>([
    [() => channel.publish('a', { idempotencyKey: '' }), /idempotencyKey: expected a string of 1 to 256 characters/],
    [() => channel.publish('a', { idempotencyKey: 'x'.repeat(257) }), /idempotencyKey: expected/],
    [() => channel.publish('a', { idempotencyKey: '\ud800' }), /without lone surrogates/],
    [() => channel.publish('a', { idempotencyKey: anything(7) }), /got the number 7/],
    [() => channel.publish('a', { after: anything(7) }), /after: expected the id of a message/],
    [() => channel.end('a', { after: 'x.1~y.2' }), /after: expected the id of a message/],
    [() => channel.publishAll(anything('text')), /publishAll: expected an array/],
    [() => channel.publishAll([{ event: 'a', data: 1 }]), /data without an event in it/],
    [() => channel.publishAll([message('a', { id: '1' })]), /message id: expected none/],
    [() => channel.end(undefined, { event: 'a' }), /undefined/],
    [() => createHub({ log: { idempotencyKeys: 0 } }), /idempotencyKeys: expected an integer from 1/],
    [() => createHub({ log: { idempotencyAge: -1 } }), /idempotencyAge: expected an integer from 1/],
  ])('is a TypeError (%#)', (call, words) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(words);
  });

  it('is a TypeError for a backplane that cannot do it', async () => {
    const lacking = createHub({
      backplane: (host) => {
        const { append, end, follow, connectionsTo, close } = memoryBackplane()(host);
        return { append, end, follow, connectionsTo, close };
      },
    }).channel('news');
    expect(() => lacking.publishAll(['a'])).toThrow(
      /backplane: expected one with the method write\(\), for publishAll/,
    );
    expect(() => lacking.end('a')).toThrow(/write\(\), for end/);
    expect(() => lacking.publish('a', { idempotencyKey: 'k' })).toThrow(/write\(\), for publish/);
    expect(() => lacking.delete()).toThrow(/delete\(\)/);
  });

  it('rejects on a hub that is closed, or whose log option is not valid', async () => {
    const odd = createHub({ log: () => anything({ count: 'many' }) }).channel('x');
    await expect(odd.publishAll(['y'])).rejects.toThrow(/log option count/);
    await hub.close();
    for (const call of [channel.publishAll(['a']), channel.end('a'), channel.delete()]) {
      await expect(call).rejects.toMatchObject({ code: 'hub-closed' });
    }
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
