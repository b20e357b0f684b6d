import { sseEncoder } from '../../src/encoders/sse';
import { StateFeed } from '../../src/http/state-feed';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import { parseCursor } from '../../src/log/cursor';
import { stateSnapshots } from '../../src/subscribing/state-snapshot';
import { subscribe } from '../../src/subscribing/subscribe';
import { FakeClock, FakeSink, parseEventStream } from '../../src/testing';
import { settings } from '../kit/client';

function setUp(limits = {}) {
  const clock = new FakeClock();
  const hub = createHub({ clock, state: limits });
  const state = hub.state<unknown>('prices');
  const encoder = { ...sseEncoder, batch: jest.fn(sseEncoder.batch) };
  const connect = (cursor?: string, sink = new FakeSink(), own = settings) => {
    const channels = [new StateFeed(state)];
    const snapshots = stateSnapshots((error) => {
      throw error;
    });
    const engine = engineFor(channels, hub);
    subscribe(engine, channels, encoder, parseCursor(cursor), own, sink, { from: cursor, snapshots });
    const seen = () =>
      parseEventStream(sink.text).map(({ event, data, id }) => {
        if (event !== 'message') return event.replace('pushwire:', '');
        const { key, data: value, deleted } = JSON.parse(data);
        return `${key}${deleted ? ' deleted' : `=${JSON.stringify(value)}`}${id === '' ? '' : ` @${id?.split('.')[1]}`}`;
      });
    return { sink, seen };
  };
  /** Sets keys to one value, and ends the turn. */
  const set = async (value: unknown, ...keys: string[]) => {
    const ids = await Promise.all(keys.map((key) => state.set(key, value)));
    clock.turn();
    return ids;
  };
  return { clock, state, connect, set, encoder };
}

describe('the stream of a state', () => {
  it('begins with all values, whose end is marked, and goes on with what changes', async () => {
    const { clock, state, connect, set } = setUp();
    await set(1, 'a', 'b');
    const { seen } = connect();
    await set(2, 'a');
    await state.delete('b');
    clock.turn();
    expect(seen()).toEqual(['open', 'a=1', 'b=1', 'snapshot', 'a=2 @3', 'b deleted @4']);
  });

  it('begins at once where there is no value', async () => {
    const { connect, set } = setUp();
    const { seen } = connect();
    expect(seen()).toEqual(['open']);
    await set(1, 'a');
    expect(seen()).toEqual(['open', 'a=1 @1']);
  });

  it('gives one value of each key that was set in a turn', async () => {
    const { clock, state, connect } = setUp();
    const { seen } = connect();
    for (let n = 1; n <= 5; n++) await state.set('a', n);
    clock.turn();
    expect(seen()).toEqual(['open', 'a=5 @5']);
  });

  it('gives a slow client the newest value of each key when it reads on, and no gap', async () => {
    const { connect, set } = setUp();
    await set(0, 'a', 'b');
    const { sink, seen } = connect();
    sink.stalled = true;
    await set('x'.repeat(50_000), 'padding');
    for (let n = 1; n <= 300; n++) await set(n, 'a', 'b');
    const before = seen().length;
    sink.drain();
    expect(seen().slice(before)).toEqual(['a=300 @602', 'b=300 @603']);
  });

  it('sends a client that stays behind each key that has changed before it sends one again', () => {
    const { state, clock, connect } = setUp();
    const { sink } = connect();
    sink.stalled = true;
    const others = Array.from({ length: 29 }, (_, n) => `k${n}`);
    const kept = new Map<string, number>();
    const oldest: number[] = [];
    const ids: string[] = [];
    for (let turn = 1; turn <= 60; turn++) {
      // One key changes more often than the others, and is always the last one that has changed.
      for (const key of [...others, 'hot']) state.set(key, { turn, padding: 'x'.repeat(5000) });
      clock.turn();
      if (turn < 3) continue;
      const before = sink.writes.length;
      sink.drainOnce();
      for (const { event, data, id } of parseEventStream(sink.writes.slice(before).join(''))) {
        if (event === 'message') kept.set(JSON.parse(data).key, JSON.parse(data).data.turn);
        ids.push(`${event.replace('pushwire:', '')} ${id === '' ? 'without' : 'with'} id`);
      }
      oldest.push(turn - Math.min(...[...others, 'hot'].map((key) => kept.get(key) ?? 0)));
    }
    // 3 of 30 values fit into a part, so each key comes once in some 10 turns, and those of a batch.
    expect(Math.max(...oldest.slice(30))).toBeLessThan(15);
    expect(new Set(ids)).toEqual(new Set(['message with id', 'message without id', 'cursor with id']));
    sink.drain();
    clock.turn();
    state.set('hot', { turn: 0 });
    clock.turn();
    expect(parseEventStream(sink.writes.at(-1) as string)).toMatchObject([{ data: '{"key":"hot","data":{"turn":0}}' }]);
  });

  it('tells a client that stays behind of keys that are deleted meanwhile, also of forgotten ones', () => {
    const { state, clock, connect } = setUp({ deletions: 1 });
    const { sink } = connect();
    sink.stalled = true;
    const keys = Array.from({ length: 30 }, (_, n) => `k${n}`);
    const setAll = () => {
      for (const key of keys) state.set(key, 'x'.repeat(5000));
      clock.turn();
    };
    for (let n = 0; n < 3; n++) setAll();
    sink.drainOnce();
    for (const key of ['k28', 'k29']) {
      state.delete(key);
      clock.turn();
      sink.drainOnce();
    }
    expect(sink.text).not.toContain('pushwire:cursor');
    const before = sink.writes.length;
    sink.drain();
    const rest = parseEventStream(sink.writes.slice(before).join('')).map(({ event, data }) =>
      event === 'message' ? data.replace(/"data":.*/, '…') : event,
    );
    expect(rest).toContain('{"key":"k27",…');
    expect(rest.slice(-4)).toEqual([
      '{"key":"k29","deleted":true}',
      '{"key":"k28","deleted":true}',
      'pushwire:cursor',
      '{"key":"k29","deleted":true}',
    ]);
  });

  it('ends the stream of a client that stays behind once it has sent `maxBytes`', () => {
    const { state, clock, connect } = setUp();
    const { sink } = connect(undefined, new FakeSink(), { ...settings, maxBytes: 500_000 });
    sink.stalled = true;
    for (let turn = 0; turn < 60 && sink.reason === undefined; turn++) {
      for (let n = 0; n < 30; n++) state.set(`k${n}`, 'x'.repeat(5000));
      clock.turn();
      if (turn > 1) sink.drainOnce();
    }
    expect([sink.reason, sink.text.includes('pushwire:cursor')]).toEqual(['spent', true]);
  });

  it('has a value of each key in a slow snapshot, also of those that have changed meanwhile', async () => {
    const { state, connect, set } = setUp();
    const large = 'x'.repeat(40_000);
    await set(large, 'a', 'b', 'c', 'd', 'e');
    const sink = new FakeSink();
    sink.stalled = true;
    const { seen } = connect(undefined, sink);
    const short = () => seen().map((text) => text.replace(/="x+(!?)"/, '$1'));
    await set(1, 'c');
    await set(`${large}!`, 'd');
    await state.delete('e');
    const before = short();
    expect(before).not.toContain('c');
    while (sink.pending > 0) sink.drain();
    expect(short().slice(-6)).toEqual(['c=1', 'd!', 'snapshot', 'c=1 @6', 'd! @7', 'e deleted @8']);
    expect(short().filter((text) => text.startsWith('e'))).toEqual(['e deleted @8']);
  });

  it('tells a client of a gap and sends all values, each time its place is gone', async () => {
    const { clock, state, connect, set } = setUp({ deletions: 1 });
    const [, id] = (await set(1, 'a', 'b')) as [string, string];
    await state.delete('a');
    await set(1, 'c');
    await state.delete('c');
    clock.turn();
    expect(connect(id).seen()).toEqual(['open', 'gap', 'b=1', 'snapshot']);
    const { seen } = connect();
    for (let n = 0; n < 5; n++) {
      await state.clear();
      await set(n, 'a');
    }
    expect(seen()).toEqual([
      ...['open', 'b=1', 'snapshot'],
      ...[0, 1, 2, 3, 4].flatMap((n) => ['gap', `a=${n}`, 'snapshot']),
    ]);
  });

  it('takes the oldest place for none', async () => {
    const { connect, set } = setUp();
    await set(1, 'a');
    expect(connect('0').seen()).toEqual(['open', 'a=1', 'snapshot']);
  });

  it('encodes all values once for all newcomers, until one of them changes', async () => {
    const { connect, set, encoder } = setUp();
    await set('x'.repeat(30_000), 'a', 'b', 'c');
    for (let n = 0; n < 10; n++) connect();
    expect(encoder.batch).toHaveBeenCalledTimes(2);
    await set(1, 'a');
    encoder.batch.mockClear();
    expect(
      connect()
        .seen()
        .map((text) => text.replace(/="x+(!?)"/, '$1')),
    ).toEqual(['open', 'b', 'c', 'a=1', 'snapshot']);
    connect();
    expect(encoder.batch).toHaveBeenCalledTimes(1);
  });
});
