import { publicConnection } from '../../src/delivery/named-connection';
import type { PublicConnection } from '../../src/delivery/public-connection';
import { createHub } from '../../src/hub/hub';
import type { HubOptions } from '../../src/hub/options';
import { message } from '../../src/log/outgoing-message';
import { FakeClock, FakeSink } from '../../src/testing';
import { connect, type TestClient } from '../kit/client';

function setUp(options: HubOptions = {}) {
  const clock = new FakeClock();
  const hub = createHub({ clock, ...options });
  return { clock, hub, news: hub.channel('news') };
}

const named = ({ connection }: TestClient): PublicConnection => {
  if (typeof connection === 'string') throw new Error(connection);
  return publicConnection(connection);
};

describe('a connection', () => {
  it('is the same object each time, with a name, a time and data of the app', async () => {
    const { clock, hub } = setUp();
    clock.advance(1500);
    const opened = clock.now();
    const client = await connect(hub, ['news', 'weather']);
    clock.advance(100);
    const [connection, ...others] = [...hub.connections<{ user: string }>()];
    expect(others).toEqual([]);
    expect(connection).toBe(named(client));
    expect(connection).toMatchObject({ transport: 'sse', channels: ['news', 'weather'], reason: undefined });
    expect([connection?.since, connection?.data]).toEqual([opened, undefined]);
    if (connection) connection.data = { user: 'ann' };
    expect([...hub.connections<{ user: string }>()].map(({ data }) => data?.user)).toEqual(['ann']);
  });

  it('has an id of 12 characters of its own, also after it is closed', async () => {
    const { hub } = setUp();
    const connections = [await connect(hub, ['news']), await connect(hub, ['news'])].map(named);
    const ids = connections.map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[\w-]{12}$/);
    for (const connection of connections) connection.close();
    expect(connections.map(({ id }) => id)).toEqual(ids);
    const late = named(await connect(hub, ['news']));
    late.close();
    expect(late.id).toMatch(/^[\w-]{12}$/);
  });

  it('shows an app nothing of the server’s own', async () => {
    const { hub } = setUp();
    const connection = named(await connect(hub, ['news']));
    expect(Object.keys(connection)).toEqual(['data']);
    expect(JSON.stringify(connection)).toBe('{}');
  });

  it.each([
    ['a reason that there is not', (one: PublicConnection) => one.close('kicked' as 'ended'), /close reason: expected/],
    ['a code', (one: PublicConnection) => one.close(1000 as unknown as 'ended'), /close reason: expected one of left/],
    ['data that JSON cannot hold', (one: PublicConnection) => one.send(1n), /data: expected/],
    ['a reserved event', (one: PublicConnection) => one.send('x', { event: 'pushwire:x' }), /event: expected/],
    ['an id', (one: PublicConnection) => one.send(message('x', { id: '7' })), /message id: expected none/],
    ['an unknown option', (one: PublicConnection) => one.send('x', { to: 'y' } as object), /to/],
  ])('throws a TypeError for %s', async (_what, call, text) => {
    const { hub } = setUp();
    const client = await connect(hub, ['news']);
    const before = client.sink.text;
    expect(() => call(named(client))).toThrow(TypeError);
    expect(() => call(named(client))).toThrow(text);
    expect([client.sink.text, client.sink.ended]).toEqual([before, false]);
  });

  it('throws for a message that is larger than the hub allows', async () => {
    const { hub } = setUp({ limits: { messageBytes: 10 } });
    const connection = named(await connect(hub, ['news']));
    expect(() => connection.send('x'.repeat(11))).toThrow(expect.objectContaining({ code: 'message-too-large' }));
    expect(connection.send('x'.repeat(10))).toBe(true);
  });
});

describe('connection.send()', () => {
  it('sends to one client alone, after what was published before, without an id', async () => {
    const { clock, hub, news } = setUp();
    const [one, two] = [await connect(hub, ['news']), await connect(hub, ['news'])];
    const id = await news.publish('before');
    expect(named(one).send({ n: 1 }, { event: 'tick' })).toBe(true);
    await news.publish('after');
    clock.turn();
    expect([one.data(), two.data()]).toEqual([
      ['before', '{"n":1}', 'after'],
      ['before', 'after'],
    ]);
    expect(one.sink.text).toContain(`id: ${id}\ndata: before\n\nevent: tick\ndata: {"n":1}\n\n`);
    expect(hub.stats().delivered).toBe(5);
  });

  it('is false while the client takes no more, and ready() settles when it does', async () => {
    const { hub } = setUp();
    const client = await connect(hub, ['news']);
    const connection = named(client);
    client.sink.stalled = true;
    expect(connection.send('x'.repeat(500))).toBe(true);
    expect(connection.send('x'.repeat(600))).toBe(false);
    let isReady = false;
    const ready = connection.ready().then(() => (isReady = true));
    await Promise.resolve();
    expect(isReady).toBe(false);
    client.sink.drain();
    await ready;
    expect(connection.send('y')).toBe(true);
    await connection.ready();
  });

  it('closes a client with overrun for which more than maxPending bytes wait', async () => {
    const { hub } = setUp();
    const client = await connect(hub, ['news'], undefined, { maxPending: 3000 });
    const connection = named(client);
    client.sink.stalled = true;
    const waiting = connection.ready();
    const taken = [1, 2, 3].map(() => connection.send('x'.repeat(1200)));
    expect([taken, connection.reason]).toEqual([[false, false, false], 'overrun']);
    expect(client.data().map((text) => text.length)).toEqual([1200, 1200]);
    await Promise.all([waiting, connection.ready()]);
  });

  it('bounds what waits where the sink cannot tell how much it is', async () => {
    const { hub } = setUp();
    const sink = new FakeSink();
    Object.defineProperty(sink, 'pending', { get: () => Number.POSITIVE_INFINITY });
    const client = await connect(hub, ['news'], undefined, { maxPending: 3000 }, sink);
    const connection = named(client);
    let sent = 0;
    while (connection.reason === undefined && sent < 100) {
      connection.send('x'.repeat(1000));
      sent++;
    }
    expect([sent, connection.reason]).toEqual([3, 'overrun']);
  });

  it('goes ahead of what a slow client has not got from the log yet, and keeps its place', async () => {
    const { clock, hub, news } = setUp();
    const client = await connect(hub, ['news']);
    client.sink.stalled = true;
    for (const text of ['a', 'b', 'c']) {
      await news.publish(text.repeat(800));
      clock.turn();
    }
    expect(hub.stats().lagging).toBe(1);
    expect(named(client).send('now')).toBe(false);
    client.sink.drain();
    expect(client.data().map((text) => text.at(0))).toEqual(['a', 'b', 'n', 'c']);
  });

  it('does nothing after the connection is closed', async () => {
    const { hub } = setUp();
    const client = await connect(hub, ['news']);
    const connection = named(client);
    client.sink.leave();
    const { text } = client.sink;
    expect([connection.send('x'), connection.reason, client.sink.text]).toEqual([false, 'left', text]);
    await connection.ready();
    expect(await connection.closed).toBe('left');
    expect(() => connection.send(1n)).toThrow(TypeError);
  });
});

describe('connection.close()', () => {
  it.each([
    [undefined, 'ended', 'pushwire:end'],
    ['forbidden', 'forbidden', 'pushwire:retry'],
    ['draining', 'draining', 'pushwire:retry'],
  ] as const)('with %s tells the client %s, and no one else', async (given, reason, event) => {
    const { clock, hub, news } = setUp();
    const [one, two] = [await connect(hub, ['news']), await connect(hub, ['news'])];
    await news.publish('before');
    const connection = named(one);
    connection.close(given);
    connection.close('draining');
    clock.turn();
    expect(connection.reason).toBe(reason);
    expect(one.events().map((each) => each.event)).toEqual(['pushwire:open', 'message', event]);
    expect([one.sink.ended, two.sink.ended, two.data()]).toEqual([true, false, ['before']]);
    expect([...hub.connections()]).toEqual([named(two)]);
  });
});

describe('hub.connections()', () => {
  it('gives the open connections, the oldest first, while some of them close and others come', async () => {
    const { hub } = setUp();
    const clients = await Promise.all([1, 2, 3].map(() => connect(hub, ['news'])));
    const [first, second, third] = clients.map(named);
    const seen: PublicConnection[] = [];
    for (const connection of hub.connections()) {
      seen.push(connection);
      if (connection === first) second?.close();
      connection.close();
      await connect(hub, ['late']);
    }
    expect(seen).toEqual([first, third]);
    expect([...hub.connections()].map(({ channels }) => channels)).toEqual([['late'], ['late']]);
    expect(hub.stats().connections).toBeGreaterThanOrEqual(2);
  });
});
