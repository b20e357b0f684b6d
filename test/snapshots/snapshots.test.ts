import { createHub } from '@pushwire/core';
import { adapters } from '../kit/adapters';
import { type ReadRound, readers } from '../kit/readers';
import { Counters } from './counters';
import { Sight, WrongSight } from './sight';
import { runVisits, transports } from './visits';

describe('the sight of a client', () => {
  const state = (number: number) => ({ event: 'state', data: { counter: 'a', number } });
  const number = (value: number) => ({ data: JSON.stringify({ counter: 'a', number: value }) });

  it.each([
    ['a snapshot and the numbers after it', [{ messages: [state(3), number(4), number(5)], gap: false }]],
    [
      'a second connection',
      [
        { messages: [state(3), number(4)], gap: false },
        { messages: [number(5)], gap: false },
      ],
    ],
    [
      'a snapshot after a gap',
      [
        { messages: [state(3)], gap: false },
        { messages: [state(9), number(10)], gap: true },
      ],
    ],
  ])('takes %s', (_kind, rounds) => {
    const sight = new Sight();
    for (const round of rounds) sight.take(round);
    expect(sight.snapshots).toBeGreaterThan(0);
  });

  it.each([
    ['a missing number', [{ messages: [state(3), number(5)], gap: false }]],
    ['a number of the snapshot', [{ messages: [state(3), number(3)], gap: false }]],
    ['a repeated number', [{ messages: [state(3), number(4), number(4)], gap: false }]],
    ['a number without a snapshot', [{ messages: [number(4)], gap: false }]],
    [
      'a missing number after a gap',
      [
        { messages: [state(3)], gap: false },
        { messages: [number(9)], gap: true },
      ],
    ],
    ['a snapshot without a gap', [{ messages: [state(3), state(4)], gap: false }]],
    [
      'an older snapshot',
      [
        { messages: [state(3)], gap: false },
        { messages: [state(2)], gap: true },
      ],
    ],
  ])('refuses %s', (_kind, rounds) => {
    const sight = new Sight();
    expect(() => {
      for (const round of rounds) sight.take(round);
    }).toThrow(WrongSight);
  });
});

describe('a snapshot, then live, under 1000 messages a second', () => {
  it('misses nothing and brings nothing twice, over every transport and framework', async () => {
    const { tallies, failures } = await runVisits({ connects: 700, atATime: 20, perSecond: 1000 });
    expect(failures).toEqual([]);
    for (const transport of transports) {
      const counts = Object.values(tallies[transport] ?? {});
      expect([transport, counts.length, Math.min(...counts) > 0]).toEqual([transport, 4, true]);
    }
  });

  it.each<[string, 'before' | 'after']>([
    ['fetches the state before it connects', 'before'],
    ['fetches the state after it has connected', 'after'],
  ])('would show the race of a page that %s', async (_kind, when) => {
    const hub = createHub();
    const counters = new Counters(hub, ['a'], 1000).start();
    const { http2, start } = adapters[0] as (typeof adapters)[number];
    const app = await start();
    const url = app.url + app.serve({ source: counters.channels, push: {} });
    const read = readers(http2).sse as ReadRound;
    const races: unknown[] = [];
    for (let n = 0; n < 20; n++) {
      const sight = new Sight();
      const before = counters.stateOf('a');
      const round = await read(url, undefined, 3);
      const state = when === 'before' ? before : counters.stateOf('a');
      try {
        sight.take({ messages: [state as { event: string; data: unknown }, ...round.messages], gap: false });
      } catch (error) {
        races.push(error);
      }
    }
    counters.stop();
    await hub.close();
    await app.close();
    expect(races.length).toBeGreaterThan(0);
    expect(races[0]).toBeInstanceOf(WrongSight);
  });
});
