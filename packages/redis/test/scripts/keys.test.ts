import { keysOf } from '../../src/scripts/keys';

// The package has no types.
const calculateSlot: (key: string) => number = require('cluster-key-slot');

describe('the keys of a channel', () => {
  it('have the prefix and the hash tag of the channel', () => {
    expect(keysOf('app:', 'news')).toEqual({
      log: 'app:{news}:log',
      presence: 'app:{news}:presence',
      pubsub: 'app:{news}:announcements',
      stops: 'app:{news}:stops',
    });
  });

  it.each(['news', '}', '{', '{}', 'a}b{c', '%7d', 'ö 漢'])('are in one slot for the channel %j', (channel) => {
    const slots = Object.values(keysOf('pushwire:', channel)).map(calculateSlot);
    expect(new Set(slots).size).toBe(1);
  });

  it('differ for different names', () => {
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
    const bytes = names.map((name) => Buffer.from(keysOf('p', name).log).toString('hex'));
    expect(new Set(bytes).size).toBe(names.length);
  });
});
