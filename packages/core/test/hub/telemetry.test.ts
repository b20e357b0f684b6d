import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Group } from '../../src/delivery/group';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import { FakeClock, FakeSink } from '../../src/testing';
import { connect } from '../kit/client';

const topics = ['opened', 'closed', 'refused', 'lagging', 'gap', 'published', 'delivered'];

describe('a hub', () => {
  const seen: [string, Record<string, unknown>][] = [];
  const listeners = topics.map((topic) => ({
    name: `pushwire:${topic}`,
    listen: (event: unknown) => void seen.push([topic, event as Record<string, unknown>]),
  }));
  const kinds = () => seen.map(([topic]) => topic);
  beforeEach(() => {
    seen.length = 0;
    for (const { name, listen } of listeners) subscribe(name, listen);
  });
  afterEach(() => {
    for (const { name, listen } of listeners) unsubscribe(name, listen);
  });

  it('counts current connections and past events in stats()', async () => {
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const clients = [await connect(hub, ['news']), await connect(hub, ['news', 'weather'])];
    const openings = clients.reduce((sum, { sink }) => sum + sink.text.length, 0);
    expect(hub.stats()).toEqual({
      connections: 2,
      open: { sse: 2, ndjson: 0, 'long-poll': 0, poll: 0, comet: 0, websocket: 0 },
      lagging: 0,
      channels: 2,
      runs: 0,
      backplane: { reachable: true, since: clock.now() },
      opened: 2,
      closed: {},
      refused: { draining: 0, full: 0, unavailable: 0, forbidden: 0 },
      gaps: 0,
      published: 0,
      delivered: 0,
      bytes: openings,
    });
    for (const text of ['a', 'b']) await hub.channel('news').publish(text);
    clock.turn();
    clients[0]?.sink.leave();
    await hub.channel('weather').publish('sunny');
    clock.turn();
    const all = clients.reduce((sum, { sink }) => sum + sink.text.length, 0);
    expect(hub.stats()).toMatchObject({
      connections: 1,
      open: { sse: 1 },
      closed: { left: 1 },
      published: 3,
      delivered: 5,
      bytes: all,
    });
    await hub.close();
    expect(hub.stats()).toMatchObject({ connections: 0, channels: 0, closed: { left: 1, draining: 1 } });
  });

  it('counts a lagging connection until it has caught up or is closed', async () => {
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const [a, b] = [await connect(hub, ['news']), await connect(hub, ['news'])];
    for (const { sink } of [a, b]) sink.stalled = true;
    for (let n = 0; n < 3; n++) {
      await hub.channel('news').publish('x'.repeat(1100));
      clock.turn();
    }
    expect(hub.stats()).toMatchObject({ lagging: 2, delivered: 2 });
    a.sink.drain();
    expect(hub.stats()).toMatchObject({ lagging: 1, delivered: 4 });
    b.sink.leave();
    expect(hub.stats()).toMatchObject({ lagging: 0, connections: 1 });
    expect(kinds().filter((kind) => kind === 'lagging')).toHaveLength(2);
  });

  it('counts a new connection as lagging if its history does not fit into its socket', async () => {
    const hub = createHub({ log: { count: 1000 } });
    for (let n = 0; n < 100; n++) await hub.channel('news').publish('x'.repeat(2000));
    const sink = new FakeSink();
    sink.stalled = true;
    await connect(hub, ['news'], '0', {}, sink);
    expect(hub.stats().lagging).toBe(1);
    sink.drain();
    expect(hub.stats()).toMatchObject({ lagging: 0, delivered: 100 });
  });

  it('publishes its events to node:diagnostics_channel', async () => {
    const clock = new FakeClock();
    const hub = createHub({ clock, log: { count: 1 } });
    const { connection, sink } = await connect(hub, ['news']);
    const id = await hub.channel('news').publish('abc', { event: 'tick' });
    clock.turn();
    await hub.channel('news').publish('d');
    await hub.channel('news').publish('e');
    clock.turn();
    await connect(hub, ['news'], id);
    sink.leave();
    const bytesOf = (write: number) => sink.writes[write]?.length;
    const about = { hub, transport: 'sse', channels: ['news'] };
    expect(seen.filter(([topic]) => topic !== 'published')).toEqual([
      ['opened', { ...about, connection }],
      ['delivered', { ...about, connections: 1, messages: 1, bytes: bytesOf(1) }],
      ['delivered', { ...about, connections: 1, messages: 2, bytes: bytesOf(2) }],
      ['opened', { ...about, connection: expect.any(Object) }],
      ['gap', { ...about, reason: 'evicted', missed: 1, connections: 1 }],
      ['delivered', { ...about, connections: 1, messages: 1, bytes: expect.any(Number) }],
      ['closed', { ...about, connection, reason: 'left' }],
    ]);
    expect(seen.find(([topic]) => topic === 'published')?.[1]).toEqual({ hub, channel: 'news', id, bytes: 7 });
  });

  it('logs its events with the app’s logger', async () => {
    const lines: unknown[][] = [];
    const write =
      (level: string) =>
      (...line: unknown[]) =>
        lines.push([level, ...line]);
    const logger = { debug: write('debug'), info: write('info'), error: write('error') };
    const hub = createHub({ logger, log: { count: 0 } });
    const id = await hub.channel('news').publish('a');
    await hub.channel('news').publish('b');
    const { sink } = await connect(hub, ['news'], id);
    sink.leave();
    const about = { transport: 'sse', channels: ['news'] };
    expect(lines).toEqual([
      ['debug', about, 'connection opened'],
      ['info', { ...about, reason: 'evicted', missed: 1, connections: 1 }, 'messages were lost'],
      ['debug', { ...about, reason: 'left' }, 'connection closed'],
    ]);
  });

  it('logs an error of the app’s mapping with the logger, or with console.error', async () => {
    const failure = new Error('envelope');
    const logger = { debug() {}, info() {}, error: jest.fn() };
    const console = jest.spyOn(global.console, 'error').mockImplementation(() => {});
    for (const options of [{ logger }, {}]) {
      const clock = new FakeClock();
      const hub = createHub({ clock, ...options });
      const format = {
        name: 'throwing',
        transport: 'long-poll' as const,
        batch: () => {
          throw failure;
        },
      };
      const group = (await engineFor([], hub).groups.join(format, ['news'], 'now')) as Group;
      const close = jest.fn();
      group.add({ deliver: () => true, close });
      await hub.channel('news').publish('x');
      clock.turn();
      expect(close.mock.calls).toEqual([['failed']]);
    }
    expect(logger.error.mock.calls).toEqual([[{ err: failure }, expect.any(String)]]);
    expect(console.mock.calls).toEqual([[failure]]);
    console.mockRestore();
  });

  it('refuses a logger without the methods of one', () => {
    expect(() => createHub({ logger: console })).not.toThrow();
    expect(() => createHub({ logger: { info() {} } as never })).toThrow(
      new TypeError('createHub option logger: expected an object with debug, info, error, got an object (Object)'),
    );
  });
});

it('a hub keeps working if its logger throws', async () => {
  const fail = () => {
    throw new Error('disk full');
  };
  const console = jest.spyOn(global.console, 'error').mockImplementation(() => {});
  const clock = new FakeClock();
  const hub = createHub({ clock, logger: { debug: fail, info: fail, error: fail } });
  const { sink, data } = await connect(hub, ['news'], 'another.1');
  await hub.channel('news').publish('x');
  clock.turn();
  expect(data()).toEqual(['x']);
  sink.leave();
  expect(hub.stats()).toMatchObject({ connections: 0, closed: { left: 1 } });
  expect(console).toHaveBeenCalledTimes(3);
  console.mockRestore();
});

describe('batchDelay', () => {
  it('loses no message of a burst that is larger than the log', async () => {
    const clock = new FakeClock();
    const hub = createHub({ clock, log: { count: 3 } });
    const { data, events } = await connect(hub, ['news'], undefined, { batchDelay: 50 });
    const sent = Array.from({ length: 10 }, (_, n) => String(n));
    for (const text of sent) {
      await hub.channel('news').publish(text);
      clock.advance(1);
    }
    clock.advance(50);
    expect([data(), events().some(({ event }) => event === 'pushwire:gap')]).toEqual([sent, false]);
  });

  it('collects messages for one write, on the connections that set it', async () => {
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const [delayed, other] = [
      await connect(hub, ['news'], undefined, { batchDelay: 50 }),
      await connect(hub, ['news']),
    ];
    for (const text of ['a', 'b']) {
      await hub.channel('news').publish(text);
      clock.advance(20);
    }
    expect([delayed.data(), other.data()]).toEqual([[], ['a', 'b']]);
    clock.advance(10);
    expect([delayed.data(), delayed.sink.writes.length, other.sink.writes.length]).toEqual([['a', 'b'], 2, 3]);
  });
});
