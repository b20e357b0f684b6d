import { FakeClock } from '@pushwire/core/testing';
import { Copy } from '../../src/channels/log-copy';
import { FollowedChannel } from '../../src/channels/followed-channel';
import type { Page } from '../../src/channels/log-page';

const limits = { count: 3, bytes: Number.POSITIVE_INFINITY, age: Number.POSITIVE_INFINITY };
const pageSize = 2;

/** A channel whose log stands in `server`. */
function setUp() {
  const clock = new FakeClock();
  const server = { epoch: 'one', head: 0, floor: 0, ended: false, away: false };
  const did: string[] = [];
  const failures: unknown[] = [];
  const line: { connection: object | undefined } = { connection: {} };
  const channel: FollowedChannel = new FollowedChannel('news', {
    copy: new Copy(clock, limits),
    probe: 30_000,
    connection: () => line.connection,
    subscribe: async () => {
      did.push('subscribe');
    },
    read: async (log): Promise<Page> => {
      did.push(`read after ${log ? log.head : 'nothing'}`);
      await undefined;
      if (server.away) throw new Error('away');
      const after = Math.max(log?.epoch === server.epoch ? log.head : 0, server.floor);
      const offsets = Array.from({ length: server.head - after }, (_, i) => after + 1 + i).slice(0, pageSize);
      const entries = offsets.map((offset) => ({ offset, time: 0, text: `t\n${offset}` }));
      return { epoch: server.epoch, head: server.head, ended: server.ended, now: 0, after, entries };
    },
    visitAfter: (_channel, ms) => did.push(`visit after ${ms}`),
    left: () => did.push('left'),
    forget: () => did.push('forget'),
    deaf: () => did.push('deaf'),
    failed: (error) => failures.push(error),
  });
  const announce = (offset: number) => {
    server.head = Math.max(server.head, offset);
    channel.hear({ kind: 'message', epoch: server.epoch, offset, text: `t\n${offset}` });
  };
  const take = () => did.splice(0);
  return { channel, server, line, announce, take, failures };
}

const turns = () => new Promise((resolve) => setImmediate(resolve));

describe('a followed channel', () => {
  it('hears first and reads then, page by page', async () => {
    const { channel, server, take } = setUp();
    server.head = 5;
    expect(channel.ready).toBe(false);
    await channel.start();
    expect(take()).toEqual(['subscribe', 'read after nothing', 'read after 2', 'read after 4']);
    expect([channel.ready, channel.log.head]).toEqual([true, 5]);
  });

  it('tells its follower of each change', async () => {
    const { channel, announce } = setUp();
    await channel.start();
    const changed = jest.fn();
    channel.use(changed);
    announce(1);
    announce(2);
    announce(2);
    expect([changed.mock.calls.length, channel.log.head]).toEqual([2, 2]);
  });

  it('reads what it has missed, once for all that shows the hole', async () => {
    const { channel, server, announce, take } = setUp();
    await channel.start();
    const changed = jest.fn();
    channel.use(changed);
    take();
    server.head = 2;
    announce(4);
    announce(5);
    server.head = 5;
    await turns();
    expect(channel.log.head).toBe(5);
    expect(take().filter((what) => what === 'read after 0')).toHaveLength(1);
    expect(changed).toHaveBeenCalled();
  });

  it('lets a new life begin where an offset is given twice', async () => {
    const { channel, server, announce, take } = setUp();
    server.head = 2;
    await channel.start();
    take();
    channel.hear({ kind: 'message', epoch: server.epoch, offset: 2, text: 't\nanother' });
    server.epoch = 'two';
    server.head = 0;
    await turns();
    expect(take()).toEqual([`read after ${Number.MAX_SAFE_INTEGER}`, 'read after 2']);
    announce(1);
    expect(channel.log).toMatchObject({ epoch: 'two', head: 1 });
  });

  it('looks from time to time, and says nothing where nothing has moved', async () => {
    const { channel, take } = setUp();
    await channel.start();
    channel.use(() => {});
    expect(take().at(-1)).toBe('visit after 30000');
    expect(channel.visit()).toBe(30_000);
    await turns();
    expect(take()).toEqual(['read after 0']);
  });

  it('that reads what was never announced to it is deaf, unless that comes within a second', async () => {
    const { channel, server, announce, take } = setUp();
    await channel.start();
    channel.use(() => {});
    server.head = 2;
    channel.visit();
    await turns();
    expect([channel.log.head, take().at(-1)]).toEqual([2, 'visit after 1000']);
    announce(2);
    channel.visit();
    expect(take()).toEqual([]);
    server.head = 3;
    channel.visit();
    await turns();
    channel.visit();
    expect(take().slice(-1)).toEqual(['deaf']);
  });

  it.each([
    ['without a connection', undefined],
    ['on one where it is not subscribed yet', {}],
  ])('is not deaf %s', async (_where, connection) => {
    const { channel, server, line, take } = setUp();
    await channel.start();
    channel.use(() => {});
    server.head = 1;
    channel.visit();
    await turns();
    line.connection = connection;
    server.head = 2;
    for (let look = 0; look < 3; look++) {
      channel.visit();
      await turns();
    }
    expect([channel.log.head, take().includes('deaf')]).toEqual([2, false]);
  });

  it('is not deaf for what it missed before it was subscribed again', async () => {
    const { channel, server, line, take } = setUp();
    await channel.start();
    channel.use(() => {});
    server.head = 1;
    channel.visit();
    await turns();
    line.connection = {};
    await channel.start();
    channel.visit();
    expect(take()).not.toContain('deaf');
  });

  it('is none the worse for a server that is away', async () => {
    const { channel, server, failures } = setUp();
    server.head = 1;
    await channel.start();
    channel.use(() => {});
    server.away = true;
    channel.visit();
    await turns();
    expect([channel.log.head, failures]).toEqual([1, [new Error('away')]]);
    await expect(channel.refresh()).rejects.toThrow('away');
  });

  it('keeps within its limits when nobody follows it, and is forgotten in the end', async () => {
    const { channel, announce, take } = setUp();
    await channel.start();
    channel.use(() => {});
    channel.stop();
    expect(take().at(-1)).toBe('left');
    for (let offset = 1; offset <= 9; offset++) announce(offset);
    expect(channel.log).toMatchObject({ head: 9, floor: 6 });
    expect(channel.visit()).toBeUndefined();
    expect(take()).toEqual(['forget']);
  });
});
