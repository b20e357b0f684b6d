import { covers, join, type QuietTime, quietEpoch, timeOf } from '../../src/channels/quiet-time';

const name = 'abcdef0';
const minute = 60_000;
const start = 1_800_000_000_000;
const between = (from: number, until: number, more: Partial<QuietTime> = {}): QuietTime => {
  return { name, life: 'run', from: start + from * minute, until: start + until * minute, ...more };
};
const at = (minutes: number, ofName = name) => quietEpoch(ofName, start + minutes * minute);

describe('the epoch of a channel without messages', () => {
  it('names the time at which it was read', () => {
    expect(quietEpoch(name, start)).toBe(`-abcdef0${start.toString(36)}`);
    expect(timeOf(quietEpoch(name, start))).toEqual({ name, time: start });
    expect(quietEpoch(name, start)).toMatch(/^[\w-]{16}$/);
  });

  it.each(['q0stBbIu', '-abcdef', '-ABCDEF0mwyvtmw0', ''])('is not %j', (epoch) => {
    expect(timeOf(epoch)).toBeUndefined();
  });
});

describe('two quiet times', () => {
  it.each<[string, QuietTime | undefined, QuietTime, QuietTime]>([
    ['nine minutes apart are one', between(0, 1), between(10, 10), between(0, 10)],
    ['ten minutes apart are not: a log may have come and gone', between(0, 1), between(11, 11), between(11, 11)],
    [
      'of two lives of the server are not',
      between(0, 1),
      between(2, 2, { name: 'other00' }),
      between(2, 2, { name: 'other00' }),
    ],
    ['of which the second is earlier are not', between(0, 5), between(4, 4), between(4, 4)],
    ['of which one is unknown are the other', undefined, between(4, 4), between(4, 4)],
  ])('%s', (_what, earlier, later, joined) => {
    expect(join(earlier, later)).toEqual(joined);
  });

  it('of two servers between which the slot has moved are one', () => {
    const later = between(2, 2, { name: 'fedcba9', life: 'other' });
    const joined = join(between(0, 1), later, true);
    expect([covers(joined, at(0), true), covers(joined, at(2, 'fedcba9'), true)]).toEqual([true, true]);
    expect(covers(join(between(0, 1), between(11, 11, { name: 'fedcba9' }), true), at(0), true)).toBe(false);
  });
});

describe('a quiet time', () => {
  it.each([
    [0, true, true],
    [-9, true, true],
    [-10, false, false],
    [5, true, true],
    [6, true, false],
    [14, true, false],
    [15, false, false],
  ])(
    'from 0 to 5 min and a cursor of %i min belong together: %p, and %p once a message was published',
    (minutes, before, after) => {
      expect(covers(between(0, 5), at(minutes), false)).toBe(before);
      expect(covers(between(0, 5), at(minutes), true)).toBe(after);
    },
  );

  it('and a cursor of another life, another channel, or with messages do not belong together', () => {
    expect([at(1, '0000000'), 'q0stBbIu'].map((epoch) => covers(between(0, 5), epoch, false))).toEqual([false, false]);
  });
});
