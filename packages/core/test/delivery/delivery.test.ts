import type { BackplaneFactory, Followed } from '../../src/backplanes/backplane';
import { memoryBackplane } from '../../src/backplanes/memory';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import type { HubOptions } from '../../src/hub/options';
import { FakeClock, FakeSink } from '../../src/testing';
import { connect, type TestClient } from '../kit/client';

function setUp(options: HubOptions = {}) {
  const clock = new FakeClock();
  const hub = createHub({ clock, ...options });
  return { clock, hub, news: hub.channel('news') };
}

const kinds = (events: { event: string }[]) => events.map(({ event }) => event);

describe('a subscriber', () => {
  it('gets its cursor first, even on a quiet channel', async () => {
    const { hub, news } = setUp();
    const id = await news.publish('before');
    const { sink, events } = await connect(hub, ['news']);
    expect(sink.contentType).toBe('text/event-stream; charset=utf-8');
    expect(events()).toEqual([{ event: 'pushwire:open', id, data: expect.any(String) }]);
    expect(JSON.parse(events()[0]?.data ?? '')).toEqual({ cursor: id, heartbeat: 15000, retry: expect.any(Number) });
  });

  it('gets what is published from then on, with the ids that publish() returned', async () => {
    const { clock, hub, news } = setUp();
    await news.publish('before');
    const { events } = await connect(hub, ['news']);
    const ids = [await news.publish('a'), await news.publish({ b: 1 }, { event: 'tick' })];
    clock.turn();
    expect(events().slice(1)).toEqual([
      { event: 'message', id: ids[0], data: 'a' },
      { event: 'tick', id: ids[1], data: '{"b":1}' },
    ]);
  });

  it('gets all messages of one turn in one write, with the same bytes as the others', async () => {
    const { clock, hub, news } = setUp();
    const [one, two] = [await connect(hub, ['news']), await connect(hub, ['news'])];
    const written = jest.fn();
    one.sink.write = written;
    two.sink.write = written;
    for (let n = 0; n < 10; n++) await news.publish(`m${n}`);
    expect(written).not.toHaveBeenCalled();
    clock.turn();
    expect(written).toHaveBeenCalledTimes(2);
    expect(written.mock.calls[0][0]).toBe(written.mock.calls[1][0]);
  });

  it('gets everything that the log keeps with cursor=0', async () => {
    const { hub, news } = setUp({ log: { count: 2 } });
    for (const text of ['a', 'b', 'c']) await news.publish(text);
    const { data, events } = await connect(hub, ['news'], '0');
    expect(data()).toEqual(['b', 'c']);
    expect(kinds(events())).not.toContain('pushwire:gap');
  });

  it('gets each message after its cursor once, and then the live ones', async () => {
    const { clock, hub, news } = setUp();
    const id = await news.publish('a');
    await news.publish('b');
    const { events, data } = await connect(hub, ['news'], id);
    await news.publish('c');
    clock.turn();
    expect(events()[0]).toMatchObject({ event: 'pushwire:open', id });
    expect(data()).toEqual(['b', 'c']);
  });

  it('that connects in the middle of a turn gets the messages of this turn once', async () => {
    const { clock, hub, news } = setUp();
    const early = await connect(hub, ['news']);
    const cursor = early.events()[0]?.id;
    await news.publish('a');
    const resumed = await connect(hub, ['news'], cursor);
    const fresh = await connect(hub, ['news']);
    await news.publish('b');
    clock.turn();
    expect([early.data(), resumed.data(), fresh.data()]).toEqual([['a', 'b'], ['a', 'b'], ['b']]);
  });

  it.each([
    ['evicted', (id: string) => id, { reason: 'evicted', missed: 2 }],
    ['of another epoch', () => 'other.1', { reason: 'epoch' }],
    ['ahead of the log', (id: string) => id.replace(/\d+$/, '99'), { reason: 'ahead' }],
    ['of another server', () => '-.0', { reason: 'foreign' }],
  ])('gets a gap if its cursor is %s, and then what the log keeps', async (_cursor, cursorOf, expected) => {
    const { hub, news } = setUp({ log: { count: 2 } });
    const id = await news.publish('a');
    for (const text of ['b', 'c', 'd', 'e']) await news.publish(text);
    const { events, data } = await connect(hub, ['news'], cursorOf(id));
    const [open, gap] = events();
    expect(open).toMatchObject({ event: 'pushwire:open', id: cursorOf(id) });
    expect(gap).toMatchObject({ event: 'pushwire:gap', id: id.replace(/\d+$/, '3') });
    expect(JSON.parse(gap?.data ?? '')).toEqual({ ...expected, cursor: gap?.id });
    expect(data()).toEqual(['d', 'e']);
  });

  it.each([{ count: 0 }, { bytes: 0 }, { age: 0 }, { count: 2 }])(
    'that is live misses no message with log limits %j, even if one turn publishes more',
    async (log) => {
      const { clock, hub, news } = setUp({ log });
      const { data, events } = await connect(hub, ['news']);
      for (const text of ['a', 'b', 'c', 'd']) await news.publish(text);
      clock.turn();
      expect(data()).toEqual(['a', 'b', 'c', 'd']);
      expect(kinds(events())).not.toContain('pushwire:gap');
    },
  );

  it('gets a heartbeat after 15 s of silence, and none while messages flow', async () => {
    const { clock, hub, news } = setUp();
    const { sink } = await connect(hub, ['news']);
    const beats = () => sink.text.match(/^:$/gm)?.length ?? 0;
    for (let second = 0; second < 60; second += 5) {
      await news.publish('x');
      clock.advance(5000);
    }
    expect(beats()).toBe(0);
    clock.advance(15_200);
    expect(beats()).toBe(1);
    clock.advance(150_000);
    expect(beats()).toBeGreaterThanOrEqual(10);
  });

  it('leaves no connection and no timer behind when its client leaves', async () => {
    const { hub } = setUp();
    const { sink, connection } = await connect(hub, ['news']);
    expect(hub.stats().connections).toBe(1);
    if (typeof connection === 'string') throw new Error(connection);
    const { closed } = connection;
    sink.leave();
    await expect(closed).resolves.toBe('left');
    expect(connection.reason).toBe('left');
    expect(hub.stats().connections).toBe(0);
    expect(engineFor([], hub).timers.size).toBe(0);
  });
});

describe('a stream at its maxAge', () => {
  it('asks its client to reconnect, spread over time and without loss', async () => {
    const { clock, hub, news } = setUp();
    const old = { maxAge: 600_000 };
    const clients = await Promise.all(Array.from({ length: 100 }, () => connect(hub, ['news'], undefined, old)));
    const left: number[] = [];
    for (let minute = 1; minute <= 9; minute++) {
      await news.publish(`minute ${minute}`);
      clock.advance(59_900);
      left.push(hub.stats().connections);
    }
    expect(left).toEqual(new Array(9).fill(100));
    clock.advance(30_000);
    // About half of them close in half of the time.
    expect(Math.abs(hub.stats().connections - 50)).toBeLessThan(40);
    clock.advance(32_000);
    expect(hub.stats().connections).toBe(0);
    const { sink, connection, events } = clients[0] as TestClient;
    expect([sink.reason, connection]).toEqual(['aged', expect.objectContaining({ reason: 'aged' })]);
    expect(events().at(-1)).toMatchObject({ event: 'pushwire:retry', data: '{"reason":"aged","retry":500}' });
    await news.publish('meanwhile');
    expect((await connect(hub, ['news'], events().at(-1)?.id)).data()).toEqual(['meanwhile']);
  });

  it('stays open if its maxAge is Infinity', async () => {
    const { clock, hub } = setUp();
    await connect(hub, ['news']);
    clock.advance(86_400_000);
    expect(hub.stats().connections).toBe(1);
  });
});

describe('a lagging subscriber', () => {
  it('gets no writes, and catches up from the log when its socket drains', async () => {
    const { clock, hub, news } = setUp();
    const { sink, data } = await connect(hub, ['news'], undefined, { highWaterMark: 10 });
    const healthy = await connect(hub, ['news']);
    const publish = async (text: string) => {
      await news.publish(text);
      clock.turn();
    };
    await publish('a');
    sink.stalled = true;
    await publish('this fills the socket');
    const writes = sink.writes.length;
    await publish('b');
    await publish('c');
    expect(sink.writes).toHaveLength(writes);
    sink.drain();
    await publish('d');
    expect(data()).toEqual(['a', 'this fills the socket', 'b', 'c', 'd']);
    expect(healthy.data()).toEqual(data());
  });

  it('gets one gap, and then what the log keeps, if its next messages were evicted', async () => {
    const { clock, hub, news } = setUp({ log: { count: 2 } });
    const { sink, data, events } = await connect(hub, ['news'], undefined, { highWaterMark: 10 });
    sink.stalled = true;
    for (let n = 1; n <= 9; n++) {
      await news.publish(`message ${n}`);
      clock.turn();
    }
    sink.drain();
    expect(data()).toEqual(['message 1', 'message 8', 'message 9']);
    expect(kinds(events()).filter((kind) => kind === 'pushwire:gap')).toHaveLength(1);
  });

  it("is asked to reconnect with overrun 'disconnect', and gets the gap when it does", async () => {
    const { clock, hub, news } = setUp({ log: { count: 2 } });
    const { sink, data, events, connection } = await connect(hub, ['news'], undefined, {
      highWaterMark: 10,
      overrun: 'disconnect',
    });
    sink.stalled = true;
    for (let n = 1; n <= 9; n++) {
      await news.publish(`message ${n}`);
      clock.turn();
    }
    sink.drain();
    expect([data(), kinds(events()).at(-1)]).toEqual([['message 1'], 'pushwire:retry']);
    expect([connection, sink.reason]).toEqual([expect.objectContaining({ reason: 'overrun' }), 'overrun']);
    const back = await connect(hub, ['news'], events().findLast(({ event }) => event === 'message')?.id, {
      overrun: 'disconnect',
    });
    expect(kinds(back.events())).toEqual(['pushwire:open', 'pushwire:gap', 'message', 'message']);
  });

  it('is closed if it takes nothing within stallTimeout, and stays open if it takes something', async () => {
    const { clock, hub, news } = setUp({ log: { bytes: Infinity } });
    for (let n = 0; n < 100; n++) await news.publish('x'.repeat(10_000));
    const stalled = () => Object.assign(new FakeSink(), { stalled: true });
    const dead = await connect(hub, ['news'], '0', {}, stalled());
    const slow = await connect(hub, ['news'], '0', {}, stalled());
    for (let minute = 0; minute < 10; minute++) {
      clock.advance(60_000);
      slow.sink.drainOnce();
    }
    expect([dead.connection, dead.sink.destroyed]).toEqual([expect.objectContaining({ reason: 'stalled' }), true]);
    expect([slow.connection, hub.stats().connections]).toEqual([expect.objectContaining({ reason: undefined }), 1]);
    const before = slow.sink.writes.length;
    clock.advance(119_000);
    expect(hub.stats().connections).toBe(1);
    clock.advance(20_000);
    expect([hub.stats().connections, slow.sink.writes.length]).toEqual([0, before]);
  });

  it('is cut off after stallTimeout if it does not take its last bytes', async () => {
    const { hub, clock } = setUp();
    const client = await connect(hub, ['news'], undefined, { maxAge: 10_000, stallTimeout: 20_000 });
    client.sink.stalled = true;
    await hub.channel('news').publish('x');
    clock.advance(15_000);
    expect([client.sink.ended, client.sink.destroyed, hub.stats().connections]).toEqual([true, false, 1]);
    clock.advance(20_000);
    expect([client.sink.destroyed, hub.stats().connections, hub.stats().closed]).toEqual([true, 0, { aged: 1 }]);
    expect(engineFor([], hub).timers.size).toBe(0);
  });

  it('reads a long log in batches, and no more than its socket takes', async () => {
    const { hub, news } = setUp({ log: { bytes: Infinity } });
    for (let n = 0; n < 50; n++) await news.publish('x'.repeat(10_000));
    const { sink, data, connection } = await connect(hub, ['news'], '0', { highWaterMark: 100_000 });
    expect(data()).toHaveLength(50);
    expect(Math.max(...sink.writes.map((text) => text.length))).toBeLessThan(70_000);
    expect(connection).toMatchObject({ live: true });
  });

  it.each([
    ['first', [100_000, 1, 1]],
    ['in the middle', [1, 100_000, 1, 1]],
    ['last but one', [1, 1, 100_000, 1]],
  ])('becomes live only at the head when a message fills a batch alone, %s', async (_where, sizes) => {
    const { clock, hub, news } = setUp({ log: { bytes: Infinity } });
    const all = sizes.map((size, n) => `${n} ${'x'.repeat(size)}`);
    const lagging = await connect(hub, ['news'], undefined, { highWaterMark: 10 });
    lagging.sink.stalled = true;
    await news.publish('before');
    clock.turn();
    for (const text of all) await news.publish(text);
    clock.turn();
    lagging.sink.drain();
    const late = await connect(hub, ['news'], '0');
    await news.publish('live');
    clock.turn();
    for (const { data } of [lagging, late]) expect(data()).toEqual(['before', ...all, 'live']);
  });

  it('that may send no more ends at the message that it sent last, not at the head', async () => {
    const { hub, news } = setUp({ log: { bytes: Infinity } });
    for (let n = 0; n < 20; n++) await news.publish(`${n} ${'x'.repeat(10_000)}`);
    let [cursor, received] = ['0', [] as string[]];
    for (let visits = 0; visits < 10 && received.length < 20; visits++) {
      const { data, events } = await connect(hub, ['news'], cursor, { maxBytes: 50_000 });
      received = [...received, ...data()];
      cursor = events().at(-1)?.id ?? '';
    }
    expect(received.map((text) => Number.parseInt(text, 10))).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('whose socket is full from the start reads one batch at a time', async () => {
    const { hub, news } = setUp({ log: { bytes: Infinity } });
    for (let n = 0; n < 50; n++) await news.publish('x'.repeat(10_000));
    const stalled = Object.assign(new FakeSink(), { stalled: true });
    const { sink, data, connection } = await connect(hub, ['news'], '0', {}, stalled);
    expect(data()).toHaveLength(6);
    sink.drainOnce();
    expect(data()).toHaveLength(12);
    sink.drain();
    expect(data()).toHaveLength(50);
    expect(connection).toMatchObject({ live: true });
  });
});

describe('several channels on one connection', () => {
  it('share one cursor that has a position for each', async () => {
    const { clock, hub } = setUp();
    const [a, b] = [hub.channel('a'), hub.channel('b')];
    const first = await connect(hub, ['a', 'b']);
    await a.publish('a1');
    clock.advance(10);
    await b.publish('b1');
    clock.advance(10);
    await a.publish('a2');
    clock.turn();
    expect(first.data()).toEqual(['a1', 'b1', 'a2']);
    const afterA1 = first.events()[1]?.id;
    const resumed = await connect(hub, ['b', 'a'], afterA1);
    expect(resumed.data()).toEqual(['b1', 'a2']);
  });

  it('resume those that the cursor names, and start the others at the newest message', async () => {
    const { hub } = setUp();
    const first = await connect(hub, ['a', 'b']);
    for (const name of ['a', 'b', 'c']) await hub.channel(name).publish(`${name}1`);
    const other = await connect(hub, ['a', 'c'], first.events()[0]?.id);
    expect(other.data()).toEqual(['a1']);
    expect(kinds(other.events())).toEqual(['pushwire:open', 'message']);
  });

  it('resume from the cursor of one of them', async () => {
    const { hub } = setUp();
    const single = await connect(hub, ['a']);
    for (const name of ['a', 'b']) await hub.channel(name).publish(`${name}1`);
    const both = await connect(hub, ['a', 'b'], single.events()[0]?.id);
    expect(both.data()).toEqual(['a1']);
  });

  it('have a cursor that one of them can resume from', async () => {
    const { hub } = setUp();
    const both = await connect(hub, ['a', 'b']);
    for (const name of ['a', 'b']) await hub.channel(name).publish(`${name}1`);
    const single = await connect(hub, ['b'], both.events()[0]?.id);
    expect(single.data()).toEqual(['b1']);
  });

  it('announce a gap once, and again if the client is cut before it gets the gap', async () => {
    const { clock, hub } = setUp({ log: { count: 1 } });
    const first = await connect(hub, ['a', 'b']);
    for (const text of ['1', '2', '3']) await hub.channel('a').publish(text);
    clock.turn();
    const resumed = await connect(hub, ['a', 'b'], first.events()[0]?.id);
    expect(kinds(resumed.events())).toEqual(['pushwire:open', 'pushwire:gap', 'message']);
    const cut = await connect(hub, ['a', 'b'], resumed.events()[0]?.id);
    expect(kinds(cut.events())).toEqual(['pushwire:open', 'pushwire:gap', 'message']);
    const heard = await connect(hub, ['a', 'b'], resumed.events()[1]?.id);
    expect(kinds(heard.events())).toEqual(['pushwire:open', 'message']);
  });

  it('announce a gap for a cursor of an unknown epoch until the client gets it', async () => {
    const { hub } = setUp();
    const resumed = await connect(hub, ['a', 'b'], 'unknown.7');
    expect(kinds(resumed.events())).toEqual(['pushwire:open', 'pushwire:gap']);
    const cut = await connect(hub, ['a', 'b'], resumed.events()[0]?.id);
    expect(kinds(cut.events())).toEqual(['pushwire:open', 'pushwire:gap']);
  });
});

describe('the end of a channel', () => {
  it('comes after the last message, closes the connection, and is final for its client', async () => {
    const { clock, hub, news } = setUp();
    const { events, sink, connection } = await connect(hub, ['news']);
    const id = await news.publish('last');
    await news.end();
    clock.turn();
    expect(events().slice(1)).toEqual([
      { event: 'message', id, data: 'last' },
      { event: 'pushwire:end', id, data: JSON.stringify({ cursor: id }) },
    ]);
    expect(sink.ended).toBe(true);
    expect(connection).toMatchObject({ reason: 'ended' });
    expect((await connect(hub, ['news'], id)).connection).toBe('finished');
    expect((await connect(hub, ['news'])).connection).toBe('finished');
  });

  it('still lets clients that reconnect get the remaining messages', async () => {
    const { hub, news } = setUp();
    const id = await news.publish('a');
    await news.publish('b');
    await news.end();
    const { events } = await connect(hub, ['news'], id);
    expect(kinds(events())).toEqual(['pushwire:open', 'message', 'pushwire:end']);
    const { events: other } = await connect(hub, ['news'], 'other.3');
    expect(kinds(other())).toEqual(['pushwire:open', 'pushwire:gap', 'message', 'message', 'pushwire:end']);
  });

  it('does not close a connection while another of its channels goes on', async () => {
    const { clock, hub } = setUp();
    const { events, data } = await connect(hub, ['a', 'b']);
    await hub.channel('a').end();
    clock.turn();
    await hub.channel('b').publish('still here');
    clock.turn();
    expect(data()).toEqual(['still here']);
    await hub.channel('b').end();
    clock.turn();
    expect(events().at(-1)).toMatchObject({ event: 'pushwire:end' });
  });

  it('makes further publishes fail with a documented code, and may come twice', async () => {
    const { news } = setUp();
    await news.end();
    await news.end();
    await expect(news.publish('x')).rejects.toMatchObject({ name: 'PushwireError', code: 'channel-ended' });
  });

  it('reaches a lagging client after the messages that it has missed', async () => {
    const { clock, hub, news } = setUp();
    const { sink, events } = await connect(hub, ['news'], undefined, { highWaterMark: 10 });
    sink.stalled = true;
    for (const text of ['a long first message', 'b', 'c']) {
      await news.publish(text);
      clock.turn();
    }
    await news.end();
    clock.turn();
    expect(sink.ended).toBe(false);
    sink.drain();
    expect(kinds(events())).toEqual(['pushwire:open', 'message', 'message', 'message', 'pushwire:end']);
  });
});

describe('a hub that closes', () => {
  it('stops waiting when all clients have left', async () => {
    const { hub } = setUp();
    const clients = await Promise.all(Array.from({ length: 5 }, () => connect(hub, ['news'])));
    const closing = hub.close({ within: 60_000 });
    for (const { sink } of clients) sink.leave();
    await closing;
    expect(hub.stats().closed).toEqual({ draining: 1, left: 4 });
  });

  it('closes its connections one after the other within the given time', async () => {
    const { clock, hub } = setUp();
    const clients = await Promise.all(Array.from({ length: 50 }, () => connect(hub, ['news'])));
    const closing = hub.close({ within: 5000 });
    expect(hub.close()).toBe(closing);
    expect(hub.closed).toBe(true);
    const left: number[] = [];
    for (let second = 0; second <= 5; second++) {
      left.push(hub.stats().connections);
      for (let n = 0; n < 10; n++) {
        clock.advance(100);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    expect(left).toEqual([49, 39, 29, 19, 9, 0]);
    await closing;
    for (const { events } of clients) expect(kinds(events())).toEqual(['pushwire:open', 'pushwire:retry']);
    expect(() => hub.close({ within: -1 })).toThrow(
      new TypeError(
        'close option within: expected an integer number of milliseconds from 0 to 2147483647, got the number -1',
      ),
    );
  });

  it('asks clients to reconnect, refuses publishes, and resolves when the last bytes are sent', async () => {
    const { hub, news } = setUp();
    const [quick, slow] = [await connect(hub, ['news']), await connect(hub, ['news'])];
    slow.sink.stalled = true;
    let closed = false;
    const closing = hub.close().then(() => {
      closed = true;
    });
    expect(quick.events().at(-1)).toMatchObject({ event: 'pushwire:retry' });
    expect(quick.sink.text).toMatch(/\nretry: \d+\nevent: pushwire:retry\n/);
    await expect(news.publish('x')).rejects.toMatchObject({ code: 'hub-closed' });
    await expect(news.end()).rejects.toMatchObject({ code: 'hub-closed' });
    expect([closed, hub.stats().connections]).toEqual([false, 1]);
    slow.sink.drain();
    await closing;
    expect(hub.stats().connections).toBe(0);
  });

  it('waits at most ten seconds for clients that take nothing', async () => {
    const { clock, hub } = setUp();
    const { sink } = await connect(hub, ['news']);
    sink.stalled = true;
    const closing = hub.close();
    clock.advance(10_000);
    await closing;
    expect([sink.ended, sink.destroyed, hub.stats().connections]).toEqual([true, true, 0]);
  });

  it('first writes what was published and ended', async () => {
    const { hub, news } = setUp();
    const [here, there] = [await connect(hub, ['news']), await connect(hub, ['other'])];
    await news.publish('going down');
    await hub.channel('other').end();
    await hub.close();
    expect(kinds(here.events())).toEqual(['pushwire:open', 'message', 'pushwire:retry']);
    expect(kinds(there.events())).toEqual(['pushwire:open', 'pushwire:end']);
  });
});

describe('a remote backplane', () => {
  function remote() {
    const starts: { resolve(): void; reject(error: unknown): void }[] = [];
    let stopped = 0;
    const backplane: BackplaneFactory = (host) => {
      const memory = memoryBackplane()(host);
      return {
        append: (...args) => memory.append(...args),
        end: (...args) => memory.end(...args),
        connectionsTo: (channel) => memory.connectionsTo(channel),
        close: () => memory.close(),
        follow: (name, changed) =>
          new Promise((resolve, reject) => {
            const followed = () => memory.follow(name, changed) as Followed;
            const start = () => {
              const real = followed();
              const stop = () => {
                real.stop();
                stopped++;
              };
              resolve({ log: real.log, stop });
            };
            starts.push({ resolve: start, reject });
          }),
      };
    };
    return { ...setUp({ backplane }), starts, stopped: () => stopped };
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('is asked once for all clients that connect meanwhile, and those that stay get everything', async () => {
    const { clock, hub, news, starts, stopped } = remote();
    const leaving = new FakeSink();
    const [first, second] = [connect(hub, ['news'], undefined, {}, leaving), connect(hub, ['news'])];
    leaving.leave();
    expect(starts).toHaveLength(1);
    starts[0]?.resolve();
    expect((await first).connection).toBe('gone');
    const stays = await second;
    await news.publish('x');
    clock.turn();
    expect(stays.data()).toEqual(['x']);
    stays.sink.leave();
    expect([stopped(), hub.stats().connections]).toEqual([1, 0]);
  });

  it('that failed is asked again for the next client', async () => {
    const { hub, starts } = remote();
    const first = connect(hub, ['news']);
    starts[0]?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    const second = connect(hub, ['news']);
    starts[1]?.resolve();
    expect((await second).connection).toMatchObject({ live: true });
  });

  it('that fails for one of several channels leaves none followed', async () => {
    const { hub, starts, stopped } = remote();
    const both = connect(hub, ['a', 'b']);
    starts[1]?.reject(new Error('away'));
    await expect(both).rejects.toThrow('away');
    starts[0]?.resolve();
    await turn();
    expect(stopped()).toBe(1);
  });

  it('that answers after the hub has closed leaves no connection open', async () => {
    const { hub, starts } = remote();
    const joining = connect(hub, ['news']);
    await hub.close();
    starts[0]?.resolve();
    const { events } = await joining;
    expect(kinds(events())).toEqual(['pushwire:open', 'pushwire:retry']);
    expect(hub.stats().connections).toBe(0);
  });
});
