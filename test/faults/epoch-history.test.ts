import { EpochHistory } from '../kit/epoch-history';
import { tagOf } from '../kit/history';
import { Ledger } from '../kit/ledger';

// These cases show the checker each violation that is possible when logs begin new lives.

const place = (text: string) => {
  const [epoch, offset] = text.split('.') as [string, string];
  return { epoch, offset: Number(offset) };
};

/** Publishes messages that are acknowledged with these ids. Their data names channel and id. */
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

  it('knows lives, heads and the end, and counts the outcomes of publishes', () => {
    ledger.names('a', place('e.3'), 'unknown');
    expect([ledger.head('a', 'e'), ledger.head('a', 'f'), ledger.head('a', 'g'), ledger.lives('a')]).toEqual([
      3, 3, 0, 2,
    ]);
    expect(ledger.end('a')).toEqual({ epoch: 'f', offset: 3 });
    expect(ledger.outcomes).toEqual({ acknowledged: 5, rejected: 1, unconfirmed: 1 });
    expect(() => ledger.end('b')).toThrow('nothing was acknowledged in b');
  });

  it.each([
    ['data that is published before', () => publish(ledger, 'a', 'e.2'), 'is published twice'],
    [
      'an id of two acknowledged publishes',
      () => ledger.acknowledged('a', 'lost', place('e.2')),
      'a e.2 names both "a e.2" and "lost"',
    ],
    [
      'an id that names another message for a client',
      () => ledger.names('a', place('e.2'), 'unknown'),
      'a e.2 names both "a e.2" and "unknown"',
    ],
    [
      'a message with two ids in one life',
      () => ledger.names('a', place('f.4'), 'a f.3'),
      '"a f.3" is in a as both f.3 and f.4',
    ],
    [
      'a message with ids in two lives',
      () => ledger.names('a', place('g.1'), 'a e.1'),
      '"a e.1" is in a as both e.1 and g.1',
    ],
    ['a message that nobody published', () => ledger.names('a', place('f.4'), 'x'), 'a f.4 was never published'],
    ['a message of another channel', () => ledger.names('b', place('f.3'), 'a f.3'), 'b f.3 was never'],
    [
      'a message whose publish was rejected',
      () => ledger.names('a', place('f.4'), 'rejected'),
      'a f.4 was rejected: "rejected"',
    ],
    ['a second answer to a publish', () => ledger.unconfirmed('rejected'), 'was rejected before it was unconfirmed'],
    ['an answer to no publish', () => ledger.rejected('x'), '"x" was never published'],
  ])('objects to %s', (_name, act, message) => {
    expect(act).toThrow(message);
  });

  it('objects to the rejection of a message that was seen', () => {
    ledger.names('a', place('f.4'), 'lost');
    expect(() => ledger.rejected('lost')).toThrow('"lost" was rejected, but had been seen');
  });

  it('objects to an unconfirmed message with two ids', () => {
    ledger.names('a', place('f.4'), 'unknown');
    expect(() => ledger.names('a', place('f.5'), 'unknown')).toThrow('"unknown" is in a as both f.4 and f.5');
  });
});

describe('a ledger of publishes with a key', () => {
  it('allows one place in each life, however often it is acknowledged', () => {
    const ledger = new Ledger();
    ledger.begin('a', 'keyed', true);
    for (const id of ['e.1', 'e.1', 'f.3']) ledger.names('a', place(id), 'keyed');
    expect(() => ledger.names('a', place('e.2'), 'keyed')).toThrow('"keyed" is in a as both e.1 and e.2');
    ledger.settled('keyed', 'acknowledged');
    expect(ledger.outcomes.acknowledged).toBe(1);
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

  it('accepts each message of a life once and in order, or after a gap that covers the missing ones', () => {
    seen.gap({ reason: 'evicted', missed: 1, cursor: 'e.2' });
    take('e.3');
    seen.stands('e.3!z1');
    newLife();
    seen.stands('f.0');
    take('f.1', 'f.2', 'f.3', 'f.4', 'f.5');
    seen.expectComplete();
    expect([seen.messages, seen.gaps, seen.epochGaps]).toEqual([6, 2, 1]);
  });

  it('accepts a gap that covers messages evicted in the new life', () => {
    newLife('f.2');
    take('f.3', 'f.4', 'f.5');
    seen.expectComplete();
  });

  it.each([
    ['a hole', () => take('e.2', 'e.4'), 'a 3 to 3 are missing without a gap'],
    ['a duplicate', () => take('e.2', 'e.2'), 'a message repeats the position e.2'],
    ['an older message again', () => take('e.2', 'e.3', 'e.2'), 'a 2 came again after 3'],
    ['a swap', () => take('e.3', 'e.2'), 'a 2 to 2 are missing without a gap'],
    ['a new life without a gap', () => take('e.2', 'f.1'), 'a went from e.2 to f.1 without a gap'],
    ['a message under another id', () => seen.message('e.2', 'a e.3'), '"a e.3" is in a as both e.3 and e.2'],
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
    ['a number that nobody can know', () => seen.gap({ reason: 'epoch', missed: 3, cursor: 'f.0' }), 'a gap of 3'],
    ['a gap of nothing', () => newLife('e.1'), 'a gap, but nothing is missing'],
    ['a gap backwards', () => seen.gap({ reason: 'evicted', missed: 1, cursor: 'e.0' }), 'moves a back from 1 to 0'],
  ])('objects to %s', (_name, act, message) => {
    expect(act).toThrow(message);
  });

  it('objects to the return of a former life', () => {
    newLife();
    expect(() => newLife('e.0')).toThrow('a is back in the life e, which it had left');
  });

  it('objects to a gap that covers kept messages', () => {
    newLife('f.3');
    take('f.4', 'f.5');
    expect(() => seen.expectComplete()).toThrow('a gap of a up to f.3, but only 2 are evicted');
  });

  it('objects to a missing tail that others have seen', () => {
    newLife('f.2');
    take('f.3', 'f.4', 'f.5');
    ledger.begin('a', 'more');
    ledger.unconfirmed('more');
    ledger.names('a', place('f.6'), 'more');
    expect(() => seen.expectComplete()).toThrow('the client has seen up to f.5, but f.6 was published');
  });

  it('objects to anything that comes before the client knows its position', () => {
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

  it('checks each channel by itself, and one gap may cover both', () => {
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
      'a number when one channel has a new life',
      () => seen.gap({ reason: 'evicted', missed: 1, cursor: at('e.2', 'h.0') }),
      'a gap of 1 (evicted), expected one of undefined (evicted,epoch)',
    ],
  ])('objects to %s', (_name, act, message) => {
    expect(act).toThrow(message);
  });
});

describe('the history of a client of a channel without messages', () => {
  const nothing = '-0123456789abcde.0';
  let ledger: Ledger;
  let seen: EpochHistory;

  beforeEach(() => {
    ledger = new Ledger(3);
    publish(ledger, 'a', 'd.1');
    seen = new EpochHistory(ledger, ['a']);
    seen.stands(nothing);
  });

  it('goes on with the first message of a log that begins later', () => {
    publish(ledger, 'a', 'e.1', 'e.2');
    seen.stands(nothing);
    for (const id of ['e.1', 'e.2']) seen.message(id, `a ${id}`);
    seen.expectComplete();
    expect(seen.gaps).toBe(0);
  });

  it('may have a gap of known or unknown size', () => {
    publish(ledger, 'a', 'e.1', 'e.2', 'e.3', 'e.4');
    const other = new EpochHistory(ledger, ['a']);
    other.stands(nothing);
    seen.gap({ reason: 'evicted', missed: 1, cursor: 'e.1' });
    other.gap({ reason: 'epoch', cursor: 'e.1' });
    for (const each of [seen, other]) {
      for (const id of ['e.2', 'e.3', 'e.4']) each.message(id, `a ${id}`);
      each.expectComplete();
    }
  });

  it('may not miss a life that came and went', () => {
    publish(ledger, 'a', 'e.1', 'f.1');
    seen.message('f.1', 'a f.1');
    expect(() => seen.expectComplete()).toThrow('a went on from nothing to f without a gap, but e was in between');
  });

  it('may not miss the first message', () => {
    publish(ledger, 'a', 'e.1', 'e.2');
    expect(() => seen.message('e.2', 'a e.2')).toThrow('a 1 to 1 are missing without a gap');
  });
});
