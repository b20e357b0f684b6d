import { EpochHistory } from '../kit/epoch-history';
import { tagOf } from '../kit/history';
import { Ledger } from '../kit/ledger';

// The checker must be able to fail: each thing that may go wrong where logs begin new lives is shown to it.

const place = (text: string) => {
  const [epoch, offset] = text.split('.') as [string, string];
  return { epoch, offset: Number(offset) };
};

/** Publishes what is acknowledged at some ids; the data tells the channel and the id. */
function publish(ledger: Ledger, channel: string, ...ids: string[]): void {
  for (const id of ids) {
    ledger.begin(channel, `${channel} ${id}`);
    ledger.acknowledged(channel, `${channel} ${id}`, place(id));
  }
}

describe('a ledger', () => {
  let ledger: Ledger;

  beforeEach(() => {
    ledger = new Ledger();
    publish(ledger, 'a', 'e.1', 'e.2', 'f.1', 'f.2', 'f.3');
    for (const data of ['rejected', 'lost', 'unknown']) ledger.begin('a', data);
    ledger.rejected('rejected');
    ledger.unconfirmed('unknown');
  });

  it('knows lives, heads and the end, and counts what became of publishes', () => {
    ledger.names('a', place('e.3'), 'unknown');
    expect([ledger.head('a', 'e'), ledger.head('a', 'f'), ledger.head('a', 'g'), ledger.lives('a')]).toEqual([
      3, 3, 0, 2,
    ]);
    expect(ledger.end('a')).toEqual({ epoch: 'f', offset: 3 });
    expect(ledger.outcomes).toEqual({ acknowledged: 5, rejected: 1, unconfirmed: 1 });
    expect(() => ledger.end('b')).toThrow('nothing was acknowledged in b');
  });

  it.each([
    ['an id that is used again', () => publish(ledger, 'a', 'e.2'), 'is published twice'],
    [
      'an id that two publishes were given',
      () => ledger.acknowledged('a', 'lost', place('e.2')),
      'a e.2 names both "a e.2" and "lost"',
    ],
    [
      'an id that is seen to name something else',
      () => ledger.names('a', place('e.2'), 'unknown'),
      'a e.2 names both "a e.2" and "unknown"',
    ],
    [
      'a message that is there twice in one life',
      () => ledger.names('a', place('f.4'), 'a f.3'),
      '"a f.3" is in a as both f.3 and f.4',
    ],
    [
      'a message that is there in two lives',
      () => ledger.names('a', place('g.1'), 'a e.1'),
      '"a e.1" is in a as both e.1 and g.1',
    ],
    ['what nobody has published', () => ledger.names('a', place('f.4'), 'x'), 'a f.4 was never published'],
    ['what was published elsewhere', () => ledger.names('b', place('f.3'), 'a f.3'), 'b f.3 was never'],
    ['what was rejected', () => ledger.names('a', place('f.4'), 'rejected'), 'a f.4 was rejected: "rejected"'],
    ['two answers to a publish', () => ledger.unconfirmed('rejected'), 'was rejected before it was unconfirmed'],
    ['an answer to nothing', () => ledger.rejected('x'), '"x" was never published'],
  ])('is wrong with %s', (_name, act, message) => {
    expect(act).toThrow(message);
  });

  it('is wrong where something is rejected that was seen', () => {
    ledger.names('a', place('f.4'), 'lost');
    expect(() => ledger.rejected('lost')).toThrow('"lost" was rejected, but had been seen');
  });

  it('is wrong where something unconfirmed is there twice', () => {
    ledger.names('a', place('f.4'), 'unknown');
    expect(() => ledger.names('a', place('f.5'), 'unknown')).toThrow('"unknown" is in a as both f.4 and f.5');
  });
});

describe('the history of a client of one channel', () => {
  let ledger: Ledger;
  let seen: EpochHistory;
  const take = (...ids: string[]) => {
    for (const id of ids) seen.message(id, `a ${id}`);
  };
  const newLife = (cursor = 'f.0') => seen.gap({ reason: 'epoch', cursor });

  beforeEach(() => {
    ledger = new Ledger(3);
    publish(ledger, 'a', 'e.1', 'e.2', 'e.3', 'e.4', 'e.5', 'f.1', 'f.2', 'f.3', 'f.4', 'f.5');
    seen = new EpochHistory(ledger, ['a']);
    seen.stands('e.1');
  });

  it('is right where everything of a life comes once and in order, or after a gap that covers what is missing', () => {
    seen.gap({ reason: 'evicted', missed: 1, cursor: 'e.2' });
    take('e.3');
    seen.stands('e.3!z1');
    newLife();
    seen.stands('f.0');
    take('f.1', 'f.2', 'f.3', 'f.4', 'f.5');
    seen.expectComplete();
    expect([seen.messages, seen.gaps, seen.epochGaps]).toEqual([6, 2, 1]);
  });

  it('is right where a gap leads past what is evicted in the new life', () => {
    newLife('f.2');
    take('f.3', 'f.4', 'f.5');
    seen.expectComplete();
  });

  it.each([
    ['a hole', () => take('e.2', 'e.4'), 'a 3 to 3 are missing without a gap'],
    ['a duplicate', () => take('e.2', 'e.2'), 'a message repeats the position e.2'],
    ['an older one again', () => take('e.2', 'e.3', 'e.2'), 'a 2 came again after 3'],
    ['a swap', () => take('e.3', 'e.2'), 'a 2 to 2 are missing without a gap'],
    ['a new life without a gap', () => take('e.2', 'f.1'), 'a went from e.2 to f.1 without a gap'],
    ['a re-used id', () => seen.message('e.2', 'a e.3'), '"a e.3" is in a as both e.3 and e.2'],
    ['a missing tail', () => seen.expectComplete(), 'the client has seen up to e.1, but f.5 was published'],
    ['an opening in another life', () => seen.stands('f.1'), 'the client was told it is at f.1, but it was at e.1'],
    ['an opening ahead', () => seen.stands('e.2'), 'the client was told it is at e.2, but it was at e.1'],
    [
      'a gap that says too few',
      () => seen.gap({ reason: 'evicted', missed: 1, cursor: 'e.3' }),
      'expected one of 2 (evicted)',
    ],
    ['a gap that says no number', () => seen.gap({ reason: 'evicted', cursor: 'e.3' }), 'expected one of 2 (evicted)'],
    [
      'a gap that says another reason',
      () => seen.gap({ reason: 'ahead', cursor: 'f.0' }),
      'expected one of undefined (epoch)',
    ],
    ['a number where none can be known', () => seen.gap({ reason: 'epoch', missed: 3, cursor: 'f.0' }), 'a gap of 3'],
    ['a gap of nothing', () => newLife('e.1'), 'a gap, but nothing is missing'],
    ['a gap backwards', () => seen.gap({ reason: 'evicted', missed: 1, cursor: 'e.0' }), 'moves a back from 1 to 0'],
  ])('is wrong with %s', (_name, act, message) => {
    expect(act).toThrow(message);
  });

  it('is wrong where a former life comes again', () => {
    newLife();
    expect(() => newLife('e.0')).toThrow('a is back in the life e, which it had left');
  });

  it('is wrong where a gap covers what is kept', () => {
    newLife('f.3');
    take('f.4', 'f.5');
    expect(() => seen.expectComplete()).toThrow('a gap of a up to f.3, but only 2 are evicted');
  });

  it('is wrong where a tail is missing that others have seen', () => {
    newLife('f.2');
    take('f.3', 'f.4', 'f.5');
    ledger.begin('a', 'more');
    ledger.unconfirmed('more');
    ledger.names('a', place('f.6'), 'more');
    expect(() => seen.expectComplete()).toThrow('the client has seen up to f.5, but f.6 was published');
  });

  it('is wrong where something comes before the client knows where it stands', () => {
    const early = new EpochHistory(ledger, ['a']);
    expect(() => early.message('e.1', 'a e.1')).toThrow('before the client was told');
    expect(() => early.gap({ reason: 'epoch', cursor: 'f.0' })).toThrow('before the client was told');
    expect(() => early.expectComplete()).toThrow('before the client was told');
  });
});

describe('the history of a client of two channels', () => {
  let seen: EpochHistory;
  const at = (a: string, b: string) => `${tagOf('b')}.${b}~${tagOf('a')}.${a}`;

  beforeEach(() => {
    const ledger = new Ledger(1);
    publish(ledger, 'a', 'e.1', 'e.2', 'e.3');
    publish(ledger, 'b', 'g.1', 'g.2', 'h.1');
    seen = new EpochHistory(ledger, ['a', 'b']);
    seen.stands(at('e.1', 'g.1'));
  });

  it('is right where each channel is, and one gap may be two', () => {
    seen.message(at('e.1', 'g.2'), 'b g.2');
    seen.gap({ reason: 'evicted', cursor: at('e.2', 'h.0') });
    seen.message(at('e.2', 'h.1'), 'b h.1');
    expect(() => seen.expectComplete()).toThrow('the client has seen up to e.2, h.1, but e.3, h.1 was published');
    seen.message(at('e.3', 'h.1'), 'a e.3');
    seen.expectComplete();
  });

  it.each([
    ['a message that moves both', () => seen.message(at('e.2', 'g.2'), 'a e.2'), 'a message moved from e.1, g.1'],
    ['a hole in one', () => seen.message(at('e.3', 'g.1'), 'a e.3'), 'a 2 to 2 are missing without a gap'],
    ['the data of the other', () => seen.message(at('e.2', 'g.1'), 'b g.2'), 'a e.2 was never published'],
    [
      'a number where one of them has a new life',
      () => seen.gap({ reason: 'evicted', missed: 1, cursor: at('e.2', 'h.0') }),
      'a gap of 1 (evicted), expected one of undefined (evicted,epoch)',
    ],
  ])('is wrong with %s', (_name, act, message) => {
    expect(act).toThrow(message);
  });
});
