import { keysOf } from '../../src/scripts/keys';

// It has no types.
const calculateSlot: (key: string) => number = require('cluster-key-slot');

describe('the keys of a channel', () => {
  it('are these', () => {
    expect(keysOf('app:', 'news')).toEqual({
      state: 'app:{news}:state',
      entries: 'app:{news}:entries',
      presence: 'app:{news}:presence',
      announcements: 'app:{news}:announcements',
    });
  });

  it.each(['news', '}', '{', '{}', 'a}b{c', '%7d', 'ö 漢'])('of %j are in one slot', (channel) => {
    const slots = Object.values(keysOf('pushwire:', channel)).map(calculateSlot);
    expect(new Set(slots).size).toBe(1);
  });

  it('differ where the names do', () => {
    const names = [
      '}',
      '%7d',
      '%7D',
      '{',
      '%',
      '%25',
      '{}',
      '%7b%7d',
      '\ud800',
      '\udc00',
      '\udc00\ud800',
      '\ufffd',
      '🙂',
    ];
    const bytes = names.map((name) => Buffer.from(keysOf('p', name).state).toString('hex'));
    expect(new Set(bytes).size).toBe(names.length);
  });
});
