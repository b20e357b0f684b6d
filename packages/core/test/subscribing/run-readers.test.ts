import type { StreamSettings } from '../../src/delivery/stream-settings';
import { Subscriber } from '../../src/delivery/subscriber';
import { sseEncoder } from '../../src/encoders/sse';
import { engineFor } from '../../src/hub/engine-for';
import type { Hub } from '../../src/hub/hub';
import { parseCursor } from '../../src/log/cursor';
import { Log } from '../../src/log/log';
import { runLogName } from '../../src/log/log-name';
import type { Outcome } from '../../src/log/outcome';
import { type Beginning, subscribe } from '../../src/subscribing/subscribe';
import { FakeSink, parseEventStream } from '../../src/testing';
import { settings } from '../kit/client';
import { hubOfRuns } from '../kit/run-logs';
import { gate, setUp } from '../runs/kit';

/** Connects a reader as a route does. */
async function read(
  hub: Hub,
  id: string,
  cursor?: string,
  { sink = new FakeSink(), ...others }: Beginning & Partial<StreamSettings> & { sink?: FakeSink } = {},
) {
  const place = parseCursor(cursor, 'beginning');
  const beginning = { start: 'beginning' as const, from: cursor, ...others };
  const channels = [{ name: runLogName(id) }];
  const of = { ...settings, ...others };
  const connection = await subscribe(engineFor([], hub), channels, sseEncoder, place, of, sink, beginning);
  const events = () => parseEventStream(sink.text).filter(({ event }) => event !== 'pushwire:open');
  return { sink, connection, events, seen: () => events().map(({ event, id, data }) => `${event} ${id} ${data}`) };
}

const completed: Outcome = { outcome: 'completed' };
const endOf = (cursor: string, outcome = '"outcome":"completed"') =>
  `pushwire:end ${cursor}!end {"cursor":"${cursor}!end",${outcome}}`;

describe('a reader of a run', () => {
  it('begins at the very start, follows what is live, and is told of the outcome together with the end', async () => {
    const { clock, hub, logOf } = hubOfRuns();
    const log = logOf('a').start('e').write('one', 'two');
    const { seen, sink } = await read(hub, 'a');
    expect(seen()).toEqual(['message e.1 one', 'message e.2 two']);
    log.write('three');
    clock.advance(0);
    log.write('four').end({ outcome: 'failed', code: 'quota' });
    clock.advance(0);
    expect(seen().slice(2)).toEqual([
      'message e.3 three',
      'message e.4 four',
      endOf('e.4', '"outcome":"failed","code":"quota"'),
    ]);
    expect(sink.ended).toBe(true);
  });

  it.each([undefined, '', '0', 'start', 'e.0'])(
    'gets all of a run that has ended, and its outcome: from %p',
    async (cursor) => {
      const { hub, logOf } = hubOfRuns();
      logOf('a').start('e').write('one', 'two').end({ outcome: 'stopped', reason: 'enough' });
      const { seen } = await read(hub, 'a', cursor);
      const end = endOf('e.2', '"outcome":"stopped","reason":"enough"');
      expect(seen()).toEqual(['message e.1 one', 'message e.2 two', end]);
    },
  );

  it('that was cut off after the last message, before the end, is told of the outcome when it comes back', async () => {
    const { hub, logOf } = hubOfRuns();
    logOf('a').start('e').write('one').end({ outcome: 'lost' });
    expect((await read(hub, 'a', 'e.1')).seen()).toEqual([endOf('e.1', '"outcome":"lost"')]);
  });

  it('is told of the outcome of a run without a message', async () => {
    const { hub, logOf } = hubOfRuns();
    logOf('a').start('e').end({ outcome: 'failed', code: 'run-failed' });
    const end = endOf('e.0', '"outcome":"failed","code":"run-failed"');
    expect((await read(hub, 'a')).seen()).toEqual([end]);
    expect((await read(hub, 'a', 'e.0')).seen()).toEqual([end]);
  });

  it('is told of a gap where the beginning is lost', async () => {
    const { hub, logOf } = hubOfRuns();
    const log = logOf('a').start('e');
    log.log = new Log('e', { count: 1, bytes: Infinity, age: Infinity });
    log.write('one', 'two');
    log.log.evict(0);
    const { seen } = await read(hub, 'a');
    expect(seen()).toEqual(['pushwire:gap e.1 {"reason":"evicted","cursor":"e.1","missed":1}', 'message e.2 two']);
    expect((await read(hub, 'a', '0')).seen()).toEqual(seen());
  });

  it('with a cursor of an earlier start is told of a gap, and gets the newest run from its start', async () => {
    const { hub, logOf } = hubOfRuns();
    logOf('a').start('e').write('old').start('f').write('new');
    const { seen } = await read(hub, 'a', 'e.1');
    expect(seen()).toEqual(['pushwire:gap f.0 {"reason":"epoch","cursor":"f.0"}', 'message f.1 new']);
  });

  it('that the app closes in the middle is not told of an outcome', async () => {
    const { hub, logOf } = hubOfRuns();
    logOf('a').start('e').write('one');
    const { connection, seen } = await read(hub, 'a');
    (connection as Subscriber).close('ended');
    expect(seen().at(-1)).toBe('pushwire:end e.1 {"cursor":"e.1"}');
  });

  it('that is too slow is told of the outcome when it has everything, and not before', async () => {
    const { clock, hub, logOf } = hubOfRuns();
    const log = logOf('a').start('e').write('one');
    const readers = await Promise.all([read(hub, 'a'), read(hub, 'a')]);
    for (const { sink } of readers) sink.stalled = true;
    log.write('x'.repeat(2000));
    clock.advance(0);
    log.write('last').end(completed);
    clock.advance(0);
    const [closed, drained] = readers as [(typeof readers)[0], (typeof readers)[0]];
    (closed.connection as Subscriber).close('ended');
    expect(closed.seen().at(-1)).toBe('pushwire:end e.2 {"cursor":"e.2"}');
    drained.sink.drain();
    expect(drained.seen().slice(-2)).toEqual(['message e.3 last', endOf('e.3')]);
  });

  it('that is too slow for a run that is forgotten is told that it is lost, and not that it has completed', async () => {
    const { hub, run, settle, pass } = setUp();
    const go = gate();
    const produce = async function* () {
      yield 'one';
      await go.opened;
      yield 'x'.repeat(2000);
      await settle();
      yield 'last';
    };
    const { done } = await run.start(produce, { keep: 1000 });
    await settle();
    const { sink, seen } = await read(hub, run.id);
    sink.stalled = true;
    go.open();
    await settle();
    await settle();
    expect((await done).status).toBe('completed');
    await pass(2000);
    sink.drain();
    const [gap, end] = seen().slice(-2);
    expect(gap).toContain('"reason":"evicted"');
    expect(end).toContain('"outcome":"lost"');
  });

  it('that waits for more messages is told of the end at once, since the run may begin anew', async () => {
    const { clock, hub, logOf } = hubOfRuns();
    const log = logOf('a').start('e').write('one');
    const { seen } = await read(hub, 'a', undefined, { batchDelay: 50 });
    log.write('two').end(completed);
    clock.turn();
    log.start('f').write('new');
    clock.advance(50);
    expect(seen()).toEqual(['message e.1 one', 'message e.2 two', endOf('e.2')]);
  });

  it('among very many is told of the outcome, even if the run begins anew before its turn', async () => {
    const { clock, hub, logOf } = hubOfRuns();
    const log = logOf('a').start('e').write('one');
    const readers = await Promise.all(Array.from({ length: 600 }, () => read(hub, 'a')));
    log.write('two').end(completed);
    let isFirstTurn = true;
    clock.soon(() => {
      // The fan-out has had its first turn, and goes on in the next.
      if (isFirstTurn) log.start('f').write('new');
      isFirstTurn = false;
    });
    clock.advance(0);
    const all = readers.map(({ seen }) => seen().slice(1));
    expect(all).toEqual(readers.map(() => ['message e.2 two', endOf('e.2')]));
  });
});

describe('the reader of an unknown run', () => {
  it('is told that there is none, or waits for the start if the route says so', async () => {
    const { clock, hub, logOf } = hubOfRuns();
    expect((await read(hub, 'a')).connection).toBe('unknown');
    expect(hub.stats().connections).toBe(0);
    const { connection, seen } = await read(hub, 'a', undefined, { waits: true });
    expect(connection).toBeInstanceOf(Subscriber);
    logOf('a').start('e').write('one');
    clock.advance(0);
    logOf('a').end(completed);
    clock.advance(0);
    expect(seen()).toEqual(['message e.1 one', endOf('e.1')]);
  });

  it('of a copy that may be old is asked for once more', async () => {
    const { hub, logOf } = hubOfRuns();
    const log = logOf('a');
    let isBegun = false;
    const refresh = async () => {
      if (isBegun && !log.isKnown) log.start('e').write('one');
    };
    Object.assign(log, { refresh });
    // The first reader keeps the run followed, as one that is told of nothing any more.
    await read(hub, 'a', undefined, { waits: true });
    isBegun = true;
    const { seen } = await read(hub, 'a');
    expect(seen()).toEqual(['message e.1 one']);
  });

  it('that has ended is asked for once more, since another process may have started it again', async () => {
    const { hub, logOf } = hubOfRuns();
    const log = logOf('a').start('e').write('old');
    const stalled = Object.assign(new FakeSink(), { stalled: true });
    await read(hub, 'a', undefined, { sink: stalled });
    log.log.end(completed);
    Object.assign(log, { refresh: async () => void log.start('f').write('new') });
    expect((await read(hub, 'a')).seen()).toEqual(['message f.1 new']);
  });
});
