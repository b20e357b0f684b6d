import { KeyMemory, keyLimitsOf } from '../../src/backplanes/key-memory';
import { LogTally, messageOverhead } from '../../src/log/log-tally';

const unlimited = { count: Infinity, bytes: Infinity, age: Infinity };
const place = (head: number) => ({ epoch: 'one', from: head - 1, head, isRepeated: false });

describe('the idempotency keys of a log', () => {
  it('are 1000 for 10 minutes, unless the limits say otherwise', () => {
    expect(keyLimitsOf(unlimited)).toMatchObject({ idempotencyKeys: 1000, idempotencyAge: 600_000 });
    expect(keyLimitsOf({ ...unlimited, idempotencyKeys: 2 })).toMatchObject({ idempotencyKeys: 2 });
  });

  it('are found with the place of their write', () => {
    const keys = new KeyMemory(unlimited);
    expect(keys.find('a', 0)).toBeUndefined();
    keys.add('a', place(7), 0);
    expect(keys.find('a', 1)).toEqual({ epoch: 'one', from: 6, head: 7, isRepeated: true });
  });

  it('are forgotten when they are too many, the oldest first', () => {
    const keys = new KeyMemory({ ...unlimited, idempotencyKeys: 2 });
    for (const [n, key] of ['a', 'b', 'c'].entries()) keys.add(key, place(n + 1), n);
    expect(['a', 'b', 'c'].map((key) => keys.find(key, 3)?.head)).toEqual([undefined, 2, 3]);
  });

  it('are forgotten when they are too old', () => {
    const keys = new KeyMemory({ ...unlimited, idempotencyAge: 100 });
    keys.add('a', place(1), 0);
    keys.add('b', place(2), 50);
    expect([keys.find('a', 99)?.head, keys.find('a', 100)?.head, keys.find('b', 100)?.head]).toEqual([1, undefined, 2]);
    keys.evict(150);
    expect(keys.isEmpty).toBe(true);
  });

  it('count like messages where logs are limited together', () => {
    const tally = new LogTally();
    const keys = new KeyMemory({ ...unlimited, idempotencyKeys: 1 }, tally);
    keys.add('abc', place(1), 0);
    expect(tally.bytes).toBe(messageOverhead + 3);
    keys.add('d', place(2), 0);
    expect(tally.bytes).toBe(messageOverhead + 1);
    expect([keys.dropOldest(), keys.dropOldest(), tally.bytes]).toEqual([true, false, 0]);
  });
});
