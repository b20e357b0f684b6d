import { parseCursor } from '../../src/log/cursor';
import { Log } from '../../src/log/log';
import { aStart, type Start, startOffset } from '../../src/log/start';

describe('aStart', () => {
  it.each(['now', 'oldest', { last: 0 }, { last: 1 }, { last: 2 ** 53 - 1 }])('takes %j', (value) => {
    expect(aStart(value)).toBeUndefined();
  });

  it.each([
    null,
    '',
    'NOW',
    'newest',
    0,
    5,
    true,
    [],
    [5],
    {},
    { last: -1 },
    { last: 1.5 },
    { last: '5' },
    { last: null },
    { last: Number.POSITIVE_INFINITY },
    { last: 2 ** 53 },
    { last: undefined },
    { last: 1, since: 2 },
    { first: 1 },
    new Map([['last', 1]]),
    () => 'now',
  ])('refuses %j', (value) => {
    expect(aStart(value)).toBe('"now", "oldest" or { last: an integer from 0 }');
  });
});

describe('startOffset', () => {
  const starts: readonly [Start, number, number][] = [
    ['now', 9, 9],
    ['oldest', 4, 0],
    [{ last: 0 }, 9, 9],
    [{ last: 2 }, 7, 7],
    [{ last: 5 }, 4, 4],
    [{ last: 100 }, 4, 0],
  ];
  it.each(starts)('of %j is %s where 4 are evicted, and %s where none is', (start, evicted, whole) => {
    expect([startOffset({ head: 9, floor: 4 }, start), startOffset({ head: 9, floor: 0 }, start)]).toEqual([
      evicted,
      whole,
    ]);
  });
});

describe('parseCursor on a route that starts elsewhere', () => {
  it.each([undefined, '', 'end', 'start'])('starts there for %j', (text) => {
    expect(parseCursor(text, { last: 3 })).toEqual({ last: 3 });
  });

  it('keeps what a client asks for', () => {
    expect(parseCursor('0', 'now')).toBe('oldest');
    expect(parseCursor('e.1', 'oldest')).toEqual([{ epoch: 'e', offset: 1 }]);
  });
});

describe('a lossy log', () => {
  const log = new Log('e', { count: 2, bytes: 1000, age: 1000, lossy: true });
  for (let n = 0; n < 5; n++) log.append({ kind: 'text', body: 'x', event: undefined, size: 1 }, 0);
  log.evict(0);

  it.each([
    ['an evicted place', { epoch: 'e', offset: 1 }, 3],
    ['another life', { epoch: 'd', offset: 1 }, 3],
    ['a place ahead', { epoch: 'e', offset: 9 }, 3],
    ['a foreign cursor', { epoch: '-', offset: 0 }, 3],
    ['a place that is kept', { epoch: 'e', offset: 4 }, 4],
  ])('is read on from %s without a gap', (_kind, position, offset) => {
    expect(log.resume(position)).toEqual({ offset });
  });
});
