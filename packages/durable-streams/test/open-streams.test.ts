import { memoryBackplane } from '@pushwire/core';
import { type Backplane, defaultStateLimits, type Position } from '@pushwire/core/backplanes';
import { FakeClock } from '@pushwire/core/testing';
import { encodeCommand } from '../src/protocol/command';
import { OpenStreams } from '../src/streams/open-streams';
import type { StreamLog } from '../src/streams/stream-log';

const unlimited = { count: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY, age: Number.POSITIVE_INFINITY };

function setUp() {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const limits = { logs: Number.POSITIVE_INFINITY, logBytes: Number.POSITIVE_INFINITY, runs: 0 };
  const host = {
    clock,
    limits,
    limitsOf: () => unlimited,
    stateLimitsOf: () => defaultStateLimits,
    connectionsTo: () => 0,
    report: () => {},
  };
  const backplane: Backplane = memoryBackplane()(host);
  const deleted: (Position | undefined)[] = [];
  const remove = backplane.delete?.bind(backplane);
  backplane.delete = (name, newest) => {
    deleted.push(newest);
    return remove?.(name, newest);
  };
  const failed = (error: unknown) => errors.push(error);
  const streams = new OpenStreams({ clock, backplane, idleTimeout: 1000, failed, counted: () => {} });
  const create = (ttl?: number) =>
    streams.use('s', (stream: StreamLog) =>
      stream.submit({ kind: 'create', at: clock.now(), type: 'text/plain', ...(ttl !== undefined && { ttl }) }, 'x'),
    );
  const exists = () => streams.use('s', async ({ state }) => state !== undefined);
  const size = async () => (await backplane.follow('s', () => {})).log.count;
  return { clock, backplane, streams, deleted, errors, create, exists, size };
}

/** Lets what follows a tick settle. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('a stream without requests is followed anew after a while, and is all there', async () => {
  const { clock, create, exists, deleted } = setUp();
  expect((await create()).verdict).toEqual({ kind: 'accepted' });
  clock.advance(100_000);
  await settled();
  expect(await exists()).toBe(true);
  expect(deleted).toEqual([]);
});

it('a stream that nobody asks for is deleted when it expires', async () => {
  const { clock, create, deleted, errors } = setUp();
  await create(8);
  // It lives for 8 s, and for 1 s in which a read is not noted.
  clock.advance(8500);
  await settled();
  expect(deleted).toEqual([]);
  clock.advance(1000);
  await settled();
  expect(deleted).toHaveLength(1);
  expect(errors).toEqual([]);
});

it('a name without a stream is forgotten, and a stream can be created there later', async () => {
  const { exists, create } = setUp();
  expect(await exists()).toBe(false);
  expect((await create()).verdict).toEqual({ kind: 'accepted' });
  expect(await exists()).toBe(true);
});

it('a stream that takes the place of an expired one has nothing of it in its log', async () => {
  const { clock, streams, create, size, errors } = setUp();
  // A reader that stays keeps the log followed.
  let leave = () => {};
  const reader = streams.use('s', () => new Promise<void>((resolve) => (leave = resolve)));
  await create(8);
  clock.advance(100_000);
  const creating = create();
  for (let turn = 0; turn < 5; turn++) {
    await settled();
    clock.advance(1);
  }
  expect((await creating).verdict).toEqual({ kind: 'accepted' });
  leave();
  await reader;
  clock.advance(10_000);
  await settled();
  expect(await size()).toBe(1);
  expect(errors).toEqual([]);
});

it('an append that comes after the deletion of its stream leaves nothing behind', async () => {
  const { clock, backplane, streams, create, size } = setUp();
  await create();
  const append = backplane.append.bind(backplane);
  await streams.use('s', async (stream) => {
    const { life } = stream.state as NonNullable<typeof stream.state>;
    backplane.append = (name, message) => {
      append(name, encodeCommand({ kind: 'delete', at: clock.now(), life }));
      return append(name, message);
    };
    const { verdict } = await stream.submit({ kind: 'append', at: clock.now(), life }, 'x');
    expect(verdict).toEqual({ kind: 'unknown' });
  });
  expect(await size()).toBe(0);
});

it('an expired stream that cannot be deleted now is tried once, and left to the backplane', async () => {
  const { clock, backplane, create, errors } = setUp();
  await create(8);
  let tries = 0;
  backplane.append = () => {
    tries++;
    throw new Error('no');
  };
  for (let second = 0; second < 20; second++) {
    clock.advance(1000);
    await settled();
  }
  expect([tries, errors.length]).toEqual([1, 1]);
});

it.each([
  ['a TTL', { ttl: 8 }, 9000 + 60_000],
  ['a time', { expiresAt: new Date(new FakeClock().now() + 5000).toISOString() }, 5000 + 60_000],
  ['no end', {}, undefined],
])('the backplane may delete the log of a stream with %s later than anybody takes it for expired', async (...row) => {
  const [, lifetime, expected] = row;
  const { clock, backplane, streams } = setUp();
  const append = backplane.append.bind(backplane);
  const kept: unknown[] = [];
  backplane.append = (name, message, keepFor) => {
    kept.push(keepFor);
    return append(name, message);
  };
  const at = clock.now();
  const create = { kind: 'create', at, type: 'text/plain', ...lifetime } as const;
  await streams.use('s', (stream) => stream.submit(create));
  expect(kept).toEqual([expected]);
});
