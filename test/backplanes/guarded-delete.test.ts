import { type BackplaneFactory, memoryBackplane } from '@pushwire/core';
import { type Message, type Position, systemClock } from '@pushwire/core/backplanes';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { defaultStateLimits } from '../../packages/core/src/backplanes/state-limits';
import { RedisServer, redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';

const unlimited = { count: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY, age: Number.POSITIVE_INFINITY };
const message: Message = { kind: 'text', body: 'x', event: undefined, size: 1 };

/** Deletes a log with each of these positions as its newest. Returns whether it has begun anew. */
async function deletions(factory: BackplaneFactory, positionsOf: (newest: Position) => readonly Position[]) {
  const limits = { logs: Number.POSITIVE_INFINITY, logBytes: Number.POSITIVE_INFINITY, runs: 0 };
  const report = (error: unknown) => {
    throw error;
  };
  const backplane = factory({
    clock: systemClock,
    limits,
    stateLimitsOf: () => defaultStateLimits,
    limitsOf: () => unlimited,
    connectionsTo: () => 0,
    report,
  });
  await backplane.append('log', message);
  const newest = await backplane.append('log', message);
  const begun: boolean[] = [];
  for (const position of positionsOf(newest)) {
    await backplane.delete?.('log', position);
    begun.push((await backplane.append('log', message)).epoch !== newest.epoch);
  }
  await backplane.close();
  return begun;
}

/** An older message, a message of another life, one that is not there yet, and the newest. */
const positionsOf = ({ epoch, offset }: Position): readonly Position[] => [
  { epoch, offset: offset - 1 },
  { epoch: 'other', offset: offset + 1 },
  { epoch, offset: offset + 99 },
  { epoch, offset: offset + 3 },
];

const expected = [false, false, false, true];

test('in memory, a deletion that is bound to the newest message deletes nothing newer', async () => {
  expect(await deletions(memoryBackplane(), positionsOf)).toEqual(expected);
});

describeWith(redisServer, 'with Redis', () => {
  test('a deletion that is bound to the newest message deletes nothing newer', async () => {
    const redis = await RedisServer.start();
    try {
      const client = new Redis({ port: redis.port, lazyConnect: true });
      expect(await deletions(redisBackplane({ client }), positionsOf)).toEqual(expected);
    } finally {
      await redis.stop();
    }
  });
});
