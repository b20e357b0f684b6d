import { memoryBackplane } from '@pushwire/core';
import type { Backplane, Position } from '@pushwire/core/backplanes';
import { FakeClock } from '@pushwire/core/testing';
import { OpenStreams } from '../src/streams/open-streams';
import type { StreamLog } from '../src/streams/stream-log';

const unlimited = { count: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY, age: Number.POSITIVE_INFINITY };

function setUp() {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const limits = { logs: Number.POSITIVE_INFINITY, logBytes: Number.POSITIVE_INFINITY, runs: 0 };
  const host = { clock, limits, limitsOf: () => unlimited, connectionsTo: () => 0, report: () => {} };
  const backplane: Backplane = memoryBackplane()(host);
  const deleted: (Position | undefined)[] = [];
  const remove = backplane.delete?.bind(backplane);
  backplane.delete = (name, newest) => {
    deleted.push(newest);
    return remove?.(name, newest);
  };
  const streams = new OpenStreams({ clock, backplane, idleTimeout: 1000, failed: (error) => errors.push(error) });
  const create = (ttl?: number) =>
    streams.use('s', (stream: StreamLog) =>
      stream.submit({ kind: 'create', at: clock.now(), type: 'text/plain', ...(ttl !== undefined && { ttl }) }, 'x'),
    );
  const exists = () => streams.use('s', async ({ state }) => state !== undefined);
  return { clock, deleted, errors, create, exists };
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
