import { webSocketEncoder } from '../../src/encoders/web-socket';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import { parseCursor } from '../../src/log/cursor';
import type { Start } from '../../src/log/start';
import { resubscribe } from '../../src/subscribing/resubscribe';
import type { SnapshotRequest, SnapshotSource } from '../../src/subscribing/snapshot';
import { Snapshot } from '../../src/subscribing/snapshot';
import { type Beginning, subscribe } from '../../src/subscribing/subscribe';
import { FakeClock, FakeSink } from '../../src/testing';
import { settings } from '../kit/client';

const encoder = webSocketEncoder('lines', (_, payload) => Buffer.from(`${payload}\n`));

const settled = () => new Promise((resolve) => setImmediate(resolve));

interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: unknown;
}

async function connect(names: readonly string[], { cursor, ...beginning }: Beginning & { cursor?: string } = {}) {
  const clock = new FakeClock();
  const hub = createHub({ clock, limits: { followedChannels: 3 } });
  const engine = engineFor([], hub);
  const sink = new FakeSink();
  const start = beginning.start ?? 'now';
  const from = cursor;
  const channels = names.map((name) => ({ name }));
  const given = { ...beginning, from };
  const subscriber = await subscribe(engine, channels, encoder, parseCursor(cursor, start), settings, sink, given);
  if (typeof subscriber === 'string') throw new Error(subscriber);
  const frames = (): Frame[] =>
    sink.text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  return {
    clock,
    hub,
    sink,
    subscriber,
    frames,
    /** What has come, messages by their data, and events of the protocol by their names. */
    came: () => frames().map(({ event, data }) => event ?? data),
    publish: async (name: string, data: unknown) => {
      await hub.channel(name).publish(data);
    },
    change: (to: readonly string[], start?: Start, onChange = () => {}) =>
      resubscribe(
        engine,
        subscriber,
        to.map((name) => ({ name })),
        start,
        onChange,
      ),
  };
}

const told = 'pushwire:topics';

describe('other channels for a connection', () => {
  it('begin now, while those that it keeps go on without a gap', async () => {
    const { publish, change, came, clock, subscriber } = await connect(['a']);
    await publish('b', 'before');
    await publish('a', 1);
    expect(await change(['a', 'b'])).toBeUndefined();
    await publish('a', 2);
    await publish('b', 'b1');
    clock.turn();
    expect(came()).toEqual(['pushwire:open', 1, told, 2, 'b1']);
    expect(subscriber.channels).toEqual(['a', 'b']);
    await change(['b']);
    await publish('a', 3);
    await publish('b', 'b2');
    clock.turn();
    expect(came().slice(5)).toEqual([told, 'b2']);
  });

  it('may begin where the route starts', async () => {
    const { publish, change, came, clock } = await connect(['a']);
    await publish('b', 1);
    await publish('b', 2);
    await change(['a', 'b'], { last: 1 });
    clock.turn();
    expect(came()).toEqual(['pushwire:open', told, 2]);
  });

  it('come with a cursor from which a client goes on, at one channel or several', async () => {
    const { hub, publish, change, frames, clock } = await connect(['a']);
    await publish('a', 1);
    await change(['a', 'b']);
    const both = frames().at(-1);
    expect(both).toEqual({ id: expect.stringContaining('~'), event: told, data: { cursor: both?.id } });
    await publish('b', 2);
    clock.turn();
    await change(['b']);
    expect(frames().at(-1)?.id).toBe(await hub.channel('b').head());
  });

  it('are told of after what was published before', async () => {
    const { publish, change, came } = await connect(['a']);
    await publish('a', 1);
    await change(['b']);
    expect(came()).toEqual(['pushwire:open', 1, told]);
  });

  it('change nothing for the other connections, and hold no channel that nobody follows', async () => {
    const { hub, change, publish, clock } = await connect(['a']);
    const other = new FakeSink();
    await subscribe(engineFor([], hub), [{ name: 'a' }], encoder, 'now', settings, other);
    await change(['b']);
    expect(hub.stats()).toMatchObject({ connections: 2, channels: 2 });
    await publish('a', 1);
    clock.turn();
    expect(other.text).toContain('"data":1');
    other.leave();
    expect(hub.stats()).toMatchObject({ connections: 1, channels: 1 });
  });

  it('are followed by a connection that lags, once it reads on', async () => {
    const { hub, sink, publish, change, came, clock } = await connect(['a']);
    const large = 'x'.repeat(settings.highWaterMark);
    sink.stalled = true;
    for (const data of [large, 1]) {
      await publish('a', data);
      clock.turn();
    }
    await publish('b', 'before');
    await change(['a', 'b']);
    await publish('b', 2);
    clock.turn();
    expect(hub.stats().lagging).toBe(1);
    sink.drain();
    clock.turn();
    expect(came()).toEqual(['pushwire:open', large, told, 1, 2]);
    expect(hub.stats().lagging).toBe(0);
  });

  it('are refused where the hub would follow too many, and the connection keeps what it has', async () => {
    const { publish, change, came, clock, subscriber } = await connect(['a']);
    const onChange = jest.fn();
    expect(await change(['a', 'b', 'c', 'd'], 'now', onChange)).toBe('full');
    expect(onChange).not.toHaveBeenCalled();
    expect(subscriber.channels).toEqual(['a']);
    await publish('a', 1);
    clock.turn();
    expect(came()).toEqual(['pushwire:open', 1]);
  });

  it('are not followed by a connection that has closed', async () => {
    const { hub, subscriber, change, came } = await connect(['a']);
    const changing = change(['b']);
    subscriber.close('ended');
    await changing;
    expect(came()).toEqual(['pushwire:open', 'pushwire:end']);
    expect(hub.stats()).toMatchObject({ connections: 0, channels: 0 });
  });
});

describe('other channels for a connection with snapshots', () => {
  const source = (give: (request: SnapshotRequest) => unknown): SnapshotSource => ({
    ask: jest.fn((request) => new Snapshot(give(request), 1000)),
    maxInRow: 3,
    timeout: 1000,
    run: <R>(act: () => R) => act(),
    onError: jest.fn(),
  });
  const state = ({ channels }: { channels: readonly string[] }) => channels.map((name) => `state of ${name}`);

  it('come with a snapshot of those that it joins, after which a cut changes nothing', async () => {
    const snapshots = source(state);
    const { publish, change, came, frames, clock } = await connect(['a'], { snapshots });
    await publish('b', 'before');
    await change(['a', 'b']);
    await publish('a', 1);
    await publish('b', 'b1');
    clock.turn();
    const snapshot = 'pushwire:snapshot';
    expect(came()).toEqual(['pushwire:open', 'state of a', snapshot, told, 'state of b', snapshot, 1, 'b1']);
    // The cursor of `pushwire:topics` names no channel whose snapshot has not come.
    expect([3, 5].map((n) => frames()[n]?.id?.split('~').length)).toEqual([1, 2]);
    await change(['b']);
    expect(came().slice(8)).toEqual([told]);
  });

  it('wait until the snapshot of the former ones is complete', async () => {
    let give = (_: string) => {};
    const promise = new Promise<string>((resolve) => {
      give = resolve;
    });
    const snapshots = source(({ channels: [name] }) => (name === 'b' ? promise : name));
    const { change, came, hub, subscriber } = await connect(['a'], { snapshots });
    await change(['a', 'b']);
    const changing = change(['c']);
    await settled();
    expect(came().slice(3)).toEqual([told]);
    give('b');
    await changing;
    const snapshot = 'pushwire:snapshot';
    expect(came().slice(4)).toEqual(['b', snapshot, told, 'c', snapshot]);
    expect(subscriber.channels).toEqual(['c']);
    expect(hub.stats()).toMatchObject({ connections: 1, channels: 1 });
  });

  it('are given up if the connection closes meanwhile', async () => {
    const snapshots = source(({ channels: [name] }) => (name === 'b' ? new Promise(() => {}) : name));
    const { change, hub, sink } = await connect(['a'], { snapshots });
    await change(['a', 'b']);
    const changing = change(['c']);
    await settled();
    sink.leave();
    await changing;
    expect(hub.stats()).toMatchObject({ connections: 0, channels: 0 });
  });

  it('close it if their snapshot cannot be had', async () => {
    const snapshots = source(({ channels: [name] }) => {
      if (name === 'b') throw new Error('no');
      return 'a';
    });
    const { change, came, subscriber } = await connect(['a'], { snapshots });
    await change(['a', 'b']);
    expect(subscriber.reason).toBe('failed');
    expect(came().slice(3)).toEqual([told, 'pushwire:error']);
    expect(snapshots.onError).toHaveBeenCalledTimes(1);
  });
});
