import { Published, SeenHistory, tagOf } from '../kit/history';

// These cases show the checker each possible violation.

const published = new Published(4);
for (let n = 1; n <= 9; n++) published.add('a', n);
for (let n = 1; n <= 9; n++) published.add('b', `b${n}`);

const gapTo = (offset: number, missed: number) => ({ reason: 'evicted', missed, cursor: `e.${offset}` });

describe('the history of a client of one channel', () => {
  let seen: SeenHistory;
  const take = (...numbers: number[]) => {
    for (const n of numbers) seen.message(`e.${n}`, n);
  };

  beforeEach(() => {
    seen = new SeenHistory(published, ['a']);
    seen.stands('e.2');
  });

  it('accepts each message once and in order, or after a gap that covers the missing ones', () => {
    take(3);
    seen.stands('e.3!z1');
    seen.gap(gapTo(5, 2));
    seen.stands('e.5');
    take(6, 7, 8, 9);
    seen.expectComplete();
    expect([seen.messages, seen.gaps, seen.missed]).toEqual([5, 1, 2]);
  });

  it.each([
    ['a hole', () => take(3, 5), 'a 4 to 4 are missing without a gap'],
    ['a duplicate', () => take(3, 3), 'a message repeats the position 3'],
    ['an older message again', () => take(3, 4, 3), 'a 3 came again after 4'],
    ['a swap', () => take(4, 3), 'a 3 to 3 are missing without a gap'],
    ['other data', () => seen.message('e.3', 4), 'a 3 is not what was published: 4'],
    ['a message that was never published', () => take(3, 4, 5, 6, 7, 8, 9, 10), 'a 10 is not what was published: 10'],
    ['a swap of data', () => seen.message('e.3', '3'), 'a 3 is not what was published: "3"'],
    ['a missing tail', () => seen.expectComplete(), 'the client has seen up to 2, but 9 was published'],
    ['an opening ahead', () => seen.stands('e.3'), 'the client was told it is at 3, but it was at 2'],
    ['an opening behind', () => seen.stands('e.1'), 'the client was told it is at 1, but it was at 2'],
    ['a gap that says too few', () => seen.gap(gapTo(5, 2)), 'a gap of 2 (evicted), but 3 are missing'],
    ['a gap that says too many', () => seen.gap(gapTo(5, 4)), 'a gap of 4 (evicted), but 3 are missing'],
    ['a gap without a number', () => seen.gap({ reason: 'evicted', cursor: 'e.5' }), 'a gap of undefined (evicted)'],
    ['a gap of nothing', () => seen.gap(gapTo(2, 0)), 'a gap, but nothing is missing'],
    ['a gap backwards', () => seen.gap(gapTo(1, 1)), 'a gap moves a back from 2 to 1'],
    ['a gap that covers kept messages', () => seen.gap(gapTo(6, 4)), 'a gap of a up to 6, but only 5 are evicted'],
    ['a gap for another reason', () => seen.gap({ ...gapTo(5, 3), reason: 'epoch' }), 'a gap of 3 (epoch)'],
  ])('objects to %s', (_name, act, message) => {
    expect(act).toThrow(message);
  });

  it('objects when a gap covers more or less than it says', () => {
    seen.gap(gapTo(5, 3));
    expect(() => take(7)).toThrow('a 6 to 6 are missing without a gap');
    expect(() => take(5)).toThrow('a message repeats the position 5');
  });

  it('objects to anything that comes before the client knows its position', () => {
    const early = new SeenHistory(published, ['a']);
    expect(() => early.message('e.1', 1)).toThrow('before the client was told');
    expect(() => early.gap(gapTo(5, 3))).toThrow('before the client was told');
    expect(() => early.expectComplete()).toThrow('before the client was told');
  });

  it('allows no gap when everything is kept', () => {
    const all = new Published();
    for (let n = 1; n <= 9; n++) all.add('a', n);
    const complete = new SeenHistory(all, ['a']);
    complete.stands('e.0');
    expect(() => complete.gap(gapTo(1, 1))).toThrow('only -Infinity are evicted');
  });
});

describe('the history of a client of two channels', () => {
  let seen: SeenHistory;
  const at = (a: number, b: number) => `${tagOf('b')}.f.${b}~${tagOf('a')}.e.${a}`;

  beforeEach(() => {
    seen = new SeenHistory(published, ['a', 'b']);
    seen.stands(at(7, 7));
  });

  it('checks each channel by itself, however they are mixed', () => {
    seen.message(at(7, 8), 'b8');
    seen.message(at(8, 8), 8);
    seen.message(at(9, 8), 9);
    expect(() => seen.expectComplete()).toThrow('the client has seen up to 9,8, but 9,9 was published');
    seen.message(at(9, 9), 'b9');
    seen.expectComplete();
  });

  it('accepts one gap that covers both', () => {
    seen = new SeenHistory(published, ['a', 'b']);
    seen.stands(at(3, 4));
    seen.gap({ reason: 'evicted', missed: 3, cursor: at(5, 5) });
    seen.message(at(6, 5), 6);
  });

  it.each([
    ['a message that moves both', () => seen.message(at(8, 8), 8), 'a message moved from 7,7 to 8,8'],
    ['a hole in one', () => seen.message(at(7, 9), 'b9'), 'b 8 to 8 are missing without a gap'],
    ['the data of the other', () => seen.message(at(7, 8), 8), 'b 8 is not what was published: 8'],
    ['a cursor without one of them', () => seen.message(`${tagOf('a')}.e.8`, 8), 'has no place for a channel'],
  ])('objects to %s', (_name, act, message) => {
    expect(act).toThrow(message);
  });
});
