import type { Position } from '@pushwire/core/backplanes';
import { FakeClock } from '@pushwire/core/testing';
import { FollowedChannel } from '../../src/channels/followed-channel';
import { LogCopy } from '../../src/channels/log-copy';
import type { LogPage } from '../../src/channels/log-page';
import { channelShape } from '../../src/channels/log-shape';

const limits = { count: 3, bytes: Number.POSITIVE_INFINITY, age: Number.POSITIVE_INFINITY };
const pageSize = 2;
const quiet = { name: '', life: 'run', from: 0, until: 0 };
const existing = { exists: true, quiet, isStale: false, timeToLive: -1 };

/** A channel whose log in Redis is `server`. `did` records what the channel asks its host for. */
function setUp() {
  const clock = new FakeClock();
  const server = { epoch: 'one', head: 0, floor: 0, ended: false, away: false, isOutOfDate: false, isEmpty: false };
  /** The deleted log in whose place the one of the server began. */
  const trace: { deleted?: Position } = {};
  /** Called while the reply to a read is on its way. */
  const onItsWay = { act: () => {} };
  const did: string[] = [];
  const failures: unknown[] = [];
  const pubsub: { connection: object | undefined } = { connection: {} };
  const channel: FollowedChannel = new FollowedChannel('news', {
    copy: new LogCopy(clock, channelShape(limits)),
    checkInterval: 30_000,
    connection: () => pubsub.connection,
    subscribe: async () => {
      did.push('subscribe');
    },
    read: async (from): Promise<LogPage> => {
      did.push(`read after ${from ? from.head : 'nothing'}`);
      const { isEmpty } = server;
      await undefined;
      onItsWay.act();
      if (server.away) throw new Error('away');
      if (isEmpty) {
        const nothing = { head: 0, ended: false, after: 0, entries: [], exists: false, isStale: false, timeToLive: -1 };
        return {
          ...nothing,
          epoch: '-000000000000000',
          now: 0,
          quiet: { name: '0000000', life: 'run', from: 0, until: 0 },
        };
      }
      const after = Math.max(from?.epoch === server.epoch ? from.head : 0, server.floor);
      const offsets = Array.from({ length: server.head - after }, (_, i) => after + 1 + i).slice(0, pageSize);
      const entries = offsets.map((offset) => ({ offset, time: 0, text: `t\n${offset}` }));
      const { epoch, head, ended } = server;
      return { ...{ epoch, head, ended, now: 0, after, entries }, ...existing, ...trace };
    },
    confirm: async () => {
      if (server.isOutOfDate) throw new Error('NOREPLICAS');
    },
    beginNewLife: async (epoch) => void did.push(`begin a new life after ${epoch}`),
    reportConnections: () => did.push('report connections'),
    tickAfter: (ms) => did.push(`tick after ${ms}`),
    tickNotBefore: (ms) => did.push(`tick not before ${ms}`),
    becameIdle: () => did.push('became idle'),
    forget: () => did.push('forget'),
    missedMessage: () => did.push('missed message'),
    failed: (error) => failures.push(error),
  });
  const publish = (offset: number) => {
    server.head = Math.max(server.head, offset);
    channel.receive({ kind: 'message', epoch: server.epoch, offset, text: `t\n${offset}` });
  };
  const take = () => did.splice(0);
  return { clock, trace, channel, server, onItsWay, pubsub, publish, take, failures };
}

const turns = () => new Promise((resolve) => setImmediate(resolve));

describe('a followed channel', () => {
  it('subscribes first, then reads page by page', async () => {
    const { channel, server, take } = setUp();
    server.head = 5;
    expect(channel.ready).toBe(false);
    await channel.start();
    expect(take()).toEqual(['subscribe', 'read after nothing', 'read after 2', 'read after 4']);
    expect([channel.ready, channel.log.head]).toEqual([true, 5]);
  });

  it('keeps the first message when it comes before the reply to a read that found nothing', async () => {
    const { channel, server, onItsWay, take } = setUp();
    server.isEmpty = true;
    await channel.start();
    channel.follow(() => {});
    take();
    onItsWay.act = () => {
      onItsWay.act = () => {};
      Object.assign(server, { isEmpty: false, head: 1 });
      const first = { quiet: '0000000', began: 0 };
      channel.receive({ kind: 'message', epoch: 'one', offset: 1, text: 't\n1', first });
    };
    channel.tick();
    await turns();
    expect(channel.log).toMatchObject({ epoch: 'one', head: 1 });
    expect(take()).toEqual(['report connections', 'read after 0', 'read after 1']);
  });

  it('calls its follower after each change', async () => {
    const { channel, publish } = setUp();
    await channel.start();
    const changed = jest.fn();
    channel.follow(changed);
    publish(1);
    publish(2);
    publish(2);
    expect([changed.mock.calls.length, channel.log.head]).toEqual([2, 2]);
  });

  it('reads missed messages, once for all that came after the hole', async () => {
    const { channel, server, publish, take } = setUp();
    await channel.start();
    const changed = jest.fn();
    channel.follow(changed);
    take();
    server.head = 2;
    publish(4);
    publish(5);
    server.head = 5;
    await turns();
    expect(channel.log.head).toBe(5);
    expect(take().filter((what) => what === 'read after 0')).toHaveLength(1);
    expect(changed).toHaveBeenCalled();
  });

  it('begins a new life when Redis uses an offset twice', async () => {
    const { channel, server, publish, take } = setUp();
    server.head = 2;
    await channel.start();
    take();
    channel.receive({ kind: 'message', epoch: server.epoch, offset: 2, text: 't\nanother' });
    server.epoch = 'two';
    server.head = 0;
    await turns();
    expect(take()).toEqual(['begin a new life after one', 'read after 2']);
    publish(1);
    expect(channel.log).toMatchObject({ epoch: 'two', head: 1 });
  });

  it('does not read for a cursor of another life from a server that cannot write', async () => {
    const { channel, server, take } = setUp();
    await channel.start();
    channel.follow(() => {});
    take();
    server.isOutOfDate = true;
    await expect(channel.refresh()).rejects.toThrow('NOREPLICAS');
    expect(take()).toEqual([]);
    channel.tick();
    await turns();
    expect(take()).toEqual(['report connections', 'read after 0']);
  });

  it('checks the log once per interval', async () => {
    const { channel, take } = setUp();
    await channel.start();
    channel.follow(() => {});
    expect(take().at(-1)).toBe('tick after 30000');
    expect(channel.tick()).toBe(30_000);
    await turns();
    expect(take()).toEqual(['report connections', 'read after 0']);
  });

  it('reports a missed message when a read message does not arrive within a second', async () => {
    const { channel, server, publish, take } = setUp();
    await channel.start();
    channel.follow(() => {});
    server.head = 2;
    channel.tick();
    await turns();
    expect([channel.log.head, take().at(-1)]).toEqual([2, 'tick after 1000']);
    publish(2);
    channel.tick();
    expect(take()).toEqual([]);
    server.head = 3;
    channel.tick();
    await turns();
    channel.tick();
    expect(take().slice(-1)).toEqual(['missed message']);
  });

  it.each([
    ['without a connection', undefined],
    ['on a connection on which it is not subscribed yet', {}],
  ])('reports no missed message %s', async (_when, connection) => {
    const { channel, server, pubsub, take } = setUp();
    await channel.start();
    channel.follow(() => {});
    server.head = 1;
    channel.tick();
    await turns();
    pubsub.connection = connection;
    server.head = 2;
    for (let ticks = 0; ticks < 3; ticks++) {
      channel.tick();
      await turns();
    }
    expect([channel.log.head, take().includes('missed message')]).toEqual([2, false]);
  });

  it('waits for a message that the log does not keep, and that a check has found before it came', async () => {
    const { channel, server, publish, take } = setUp();
    await channel.start();
    const changed = jest.fn();
    channel.follow(changed);
    take();
    Object.assign(server, { head: 1, floor: 1 });
    channel.tick();
    await turns();
    expect([channel.log.head, channel.log.floor, changed.mock.calls.length]).toEqual([0, 0, 0]);
    expect(take()).toEqual(['report connections', 'read after 0', 'tick after 1000']);
    publish(1);
    expect([channel.log.head, channel.log.floor]).toEqual([1, 0]);
    channel.tick();
    await turns();
    expect(take()).toEqual([]);
  });

  it('goes on after a message that the log does not keep, when that has not come in time', async () => {
    const { channel, server, take } = setUp();
    await channel.start();
    channel.follow(() => {});
    Object.assign(server, { head: 1, floor: 1 });
    channel.tick();
    await turns();
    take();
    channel.tick();
    expect(take()).toEqual(['missed message']);
    // A client that knows of it does not wait, and neither does a channel that is subscribed again.
    await channel.refresh();
    expect([channel.log.head, channel.log.floor]).toEqual([1, 1]);
  });

  it('waits for such a message when a server of its connection has come that missed nothing', async () => {
    const { channel, server, publish, take } = setUp();
    await channel.start();
    channel.follow(() => {});
    Object.assign(server, { head: 1, floor: 1 });
    await channel.start();
    publish(1);
    expect([channel.log.head, channel.log.floor]).toEqual([1, 0]);
    channel.tick();
    await turns();
    expect([channel.log.floor, take().includes('missed message')]).toEqual([0, false]);
  });

  describe('when a server of its connection is back, and has missed such a message', () => {
    const missing = async () => {
      const all = setUp();
      const { channel, server, take, clock } = all;
      await channel.start();
      channel.follow(() => {});
      Object.assign(server, { head: 1, floor: 1 });
      take();
      await channel.start();
      expect([channel.log.head, take()]).toEqual([0, ['subscribe', 'read after 0']]);
      const pass = async (ms: number) => {
        clock.advance(ms);
        await turns();
      };
      return { ...all, pass, places: () => [channel.log.head, channel.log.floor] };
    };

    it('goes on after it in a second, without a new connection', async () => {
      const { pass, places, take } = await missing();
      await pass(999);
      expect(places()).toEqual([0, 0]);
      await pass(1);
      expect(places()).toEqual([1, 1]);
      await pass(10_000);
      expect(take()).toEqual(['read after 0']);
    });

    it('does so too while more servers come, without a follower meanwhile, and beside its checks', async () => {
      const { channel, server, pass, places, take } = await missing();
      await pass(400);
      channel.stop();
      channel.follow(() => {});
      Object.assign(server, { head: 2, floor: 2 });
      await channel.start();
      await pass(599);
      expect(take().filter((what) => what.startsWith('tick after'))).toEqual(['tick after 30000']);
      expect(places()).toEqual([0, 0]);
      await pass(1);
      expect(places()).toEqual([2, 2]);
    });

    it('waits for a newer one that is on its way when the one before has come', async () => {
      const { channel, server, publish, pass, places } = await missing();
      await pass(900);
      Object.assign(server, { head: 2, floor: 2 });
      await channel.start();
      publish(1);
      await pass(900);
      expect(places()).toEqual([1, 0]);
      publish(2);
      await pass(10_000);
      expect(places()).toEqual([2, 0]);
    });

    it('reads again after a read that failed', async () => {
      const { server, pass, places, failures } = await missing();
      server.away = true;
      await pass(1000);
      expect([failures.length, ...places()]).toEqual([1, 0, 0]);
      server.away = false;
      await pass(1000);
      expect(places()).toEqual([1, 1]);
    });

    it('reads no more once it is closed, nor after a client has made it read', async () => {
      for (const act of ['close', 'refresh'] as const) {
        const { channel, pass, take } = await missing();
        await channel[act]();
        take();
        await pass(10_000);
        expect(take()).toEqual([]);
      }
    });
  });

  it('reads all when it starts again on a connection on which its first read has failed', async () => {
    const { channel, server, pubsub } = setUp();
    await channel.start();
    channel.follow(() => {});
    pubsub.connection = {};
    Object.assign(server, { head: 1, floor: 1, away: true });
    await expect(channel.start()).rejects.toThrow('away');
    server.away = false;
    await channel.start();
    expect([channel.log.head, channel.log.floor]).toEqual([1, 1]);
  });

  it('reports no missed message from before it was subscribed again', async () => {
    const { channel, server, pubsub, take } = setUp();
    await channel.start();
    channel.follow(() => {});
    server.head = 1;
    channel.tick();
    await turns();
    pubsub.connection = {};
    await channel.start();
    channel.tick();
    expect(take()).not.toContain('missed message');
  });

  it('keeps its copy when a read fails', async () => {
    const { channel, server, failures } = setUp();
    server.head = 1;
    await channel.start();
    channel.follow(() => {});
    server.away = true;
    channel.tick();
    await turns();
    expect([channel.log.head, failures]).toEqual([1, [new Error('away')]]);
    await expect(channel.refresh()).rejects.toThrow('away');
  });

  it('stays within its limits without a follower, and is forgotten in the end', async () => {
    const { channel, publish, take } = setUp();
    await channel.start();
    channel.follow(() => {});
    channel.stop();
    expect(take().at(-1)).toBe('became idle');
    for (let offset = 1; offset <= 9; offset++) publish(offset);
    expect(channel.log).toMatchObject({ head: 9, floor: 6 });
    expect(channel.tick()).toBeUndefined();
    expect(take()).toEqual(['forget']);
  });
});

describe('a followed channel that is deleted', () => {
  const seenBy = (channel: FollowedChannel) => {
    const seen: unknown[] = [];
    channel.follow(() => seen.push([channel.log.epoch, channel.log.ended, channel.isDeleted]));
    return seen;
  };

  it('shows the end, and then the next life, though that is read in the same turn', async () => {
    const { clock, channel, server, publish } = setUp();
    await channel.start();
    publish(1);
    const seen = seenBy(channel);
    Object.assign(server, { epoch: 'two', head: 0 });
    channel.receive({ kind: 'deleted', epoch: 'one', offset: 1 });
    channel.receive({ kind: 'life', epoch: 'two', offset: 0 });
    await turns();
    expect(channel.log.epoch).toBe('one');
    clock.turn();
    await turns();
    expect(channel.log.epoch).toBe('two');
    expect(seen.filter((one, i) => i === 0 || String(one) !== String(seen[i - 1]))).toEqual([
      ['one', true, true],
      ['two', false, false],
    ]);
  });

  it('shows the end of a deletion of which it hears while it reads the one before', async () => {
    const { clock, channel, server, onItsWay } = setUp();
    await channel.start();
    const seen = seenBy(channel);
    Object.assign(server, { head: 1 });
    onItsWay.act = () => {
      onItsWay.act = () => Object.assign(server, { epoch: 'two', head: 0 });
      channel.receive({ kind: 'deleted', epoch: 'one', offset: 1 });
      channel.receive({ kind: 'life', epoch: 'two', offset: 0 });
    };
    channel.tick();
    await turns();
    clock.turn();
    await turns();
    expect(seen).toContainEqual(['one', true, true]);
  });

  it('shows the outcome of a run before the run that takes its place', async () => {
    const { clock, channel, server, publish } = setUp();
    await channel.start();
    publish(1);
    channel.follow(() => {});
    channel.receive({ kind: 'end', epoch: 'one', offset: 1, outcome: { outcome: 'stopped', reason: 'enough' } });
    Object.assign(server, { epoch: 'two', head: 0 });
    channel.receive({ kind: 'life', epoch: 'two', offset: 0 });
    await turns();
    expect(channel.log).toMatchObject({ epoch: 'one', outcome: { outcome: 'stopped', reason: 'enough' } });
    clock.turn();
    await turns();
    expect(channel.log.epoch).toBe('two');
  });

  it('shows the end also where it has not heard of the deletion', async () => {
    const { clock, trace, channel, server, publish } = setUp();
    await channel.start();
    publish(1);
    const seen = seenBy(channel);
    Object.assign(server, { epoch: 'two', head: 2 });
    trace.deleted = { epoch: 'one', offset: 1 };
    const refreshed = channel.refresh();
    await turns();
    expect(seen).toEqual([['one', true, true]]);
    clock.turn();
    await refreshed;
    expect(seen.at(-1)).toEqual(['two', false, false]);
    expect([channel.log.head, channel.log.count]).toEqual([2, 2]);
  });
});
