import { createHub } from '../../src/hub/hub';
import { FakeClock } from '../../src/testing';
import { connect } from '../kit/client';

const idOf = (events: readonly { id: string }[]) => events.at(-1)?.id as string;

describe('limits of all logs', () => {
  it('take no message from a client that is connected', async () => {
    const clock = new FakeClock();
    const hub = createHub({ clock, limits: { logBytes: 0 } });
    const client = await connect(hub, ['a'], undefined, { batchDelay: 1000 });
    for (const text of ['1', '2', '3']) await hub.channel('a').publish(text);
    clock.turn();
    expect(client.data()).toEqual(['1', '2', '3']);
  });

  it('tell a client that comes back of the messages that are gone', async () => {
    const clock = new FakeClock();
    const hub = createHub({ clock, limits: { logBytes: 2000 } });
    const a = hub.channel('a');
    const cursor = await a.publish('1');
    for (const text of ['2', '3']) await a.publish(text);
    for (let n = 0; n < 8; n++) await hub.channel(`other ${n}`).publish('x');
    const client = await connect(hub, ['a'], cursor);
    expect(client.events().map(({ event, data }) => [event, data])).toEqual([
      ['pushwire:open', expect.any(String)],
      ['pushwire:gap', expect.stringContaining('"reason":"evicted"')],
      ['message', '3'],
    ]);
  });

  it('tell a client whose channel was forgotten, even if the channel had ended', async () => {
    const clock = new FakeClock();
    const hub = createHub({ clock, limits: { logs: 1 } });
    await hub.channel('a').end();
    const client = await connect(hub, ['b']);
    client.sink.leave();
    const cursor = await hub.channel('c').publish('x');
    await hub.channel('d').publish('x');
    for (const [names, from] of [
      [['b'], idOf(client.events())],
      [['c'], cursor],
    ] as const) {
      const again = await connect(hub, [...names], from);
      const hasGap = again.events().some(({ event }) => event === 'pushwire:gap');
      expect([names, hasGap]).toEqual([names, names[0] === 'c']);
    }
    expect((await connect(hub, ['a'])).connection).not.toBe('finished');
  });
});

describe('a channel that was never published to', () => {
  it('has the same cursor at any time, from which its first message is read', async () => {
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const first = await connect(hub, ['quiet']);
    first.sink.leave();
    clock.advance(3_600_000);
    const second = await connect(hub, ['quiet']);
    second.sink.leave();
    expect(idOf(second.events())).toBe(idOf(first.events()));
    await hub.channel('quiet').publish('at last');
    const third = await connect(hub, ['quiet'], idOf(first.events()));
    expect(third.events().map(({ event, data }) => [event, data])).toEqual([
      ['pushwire:open', expect.any(String)],
      ['message', 'at last'],
    ]);
  });
});

describe('limits.followedChannels', () => {
  it('refuses a connection that would add channels beyond it, and no other', async () => {
    const hub = createHub({ clock: new FakeClock(), limits: { followedChannels: 3 } });
    const first = await connect(hub, ['a', 'b']);
    expect((await connect(hub, ['b', 'c', 'd'])).connection).toBe('full');
    const second = await connect(hub, ['a', 'b', 'c']);
    expect(hub.stats()).toMatchObject({ connections: 2, channels: 3 });
    first.sink.leave();
    second.sink.leave();
    expect((await connect(hub, ['x', 'y', 'z'])).connection).not.toBe('full');
  });
});
