import { FakeClock } from '@pushwire/core/testing';
import {
  type Connection,
  createHub,
  longPoll as expressLongPoll,
  poll as expressPoll,
  type Hub,
} from '@pushwire/express';
import { adapters, type Running } from './kit/adapters';
import { openStream } from './kit/stream-client';
import { until } from './kit/until';

interface Answer {
  readonly interval?: number;
  readonly cursor: string;
  readonly messages: readonly { id?: string; event?: string; data: unknown }[];
  readonly ended?: true;
}

/** Polls ask for the newest place, and come back with it. */
class Poller {
  cursor: string | undefined;
  interval: number | undefined;
  readonly headers: Record<string, string>;

  constructor(
    readonly url: string,
    readonly http2: boolean,
    readonly client?: string,
    headers: Record<string, string> = {},
  ) {
    this.headers = headers;
  }

  /** Returns the status, or the data of the answer's messages. */
  async poll(transport = 'long-poll'): Promise<{ status: number; data: unknown[]; ended: boolean }> {
    const query = new URLSearchParams({
      transport,
      ...(this.cursor !== undefined && { cursor: this.cursor }),
      ...(this.client !== undefined && { client: this.client }),
    });
    const stream = await openStream(`${this.url}?${query}`, this.http2, { headers: this.headers });
    await stream.ended;
    if (stream.status !== 200) return { status: stream.status, data: [], ended: stream.status === 204 };
    const answer: Answer = JSON.parse(stream.text());
    this.cursor = answer.cursor;
    this.interval = answer.interval;
    return { status: 200, data: answer.messages.map(({ data }) => data), ended: answer.ended === true };
  }
}

describe.each(adapters)('polls on $name, for onOpen and onClose', ({ http2, start }) => {
  let hub: Hub;
  let clock: FakeClock;
  let app: Running;
  const opened: Connection[] = [];
  const closed: [string, Connection][] = [];
  let onOpen: (connection: Connection) => unknown;

  beforeEach(async () => {
    clock = new FakeClock();
    hub = createHub({ clock, maxPending: 1000 });
    opened.length = 0;
    closed.length = 0;
    onOpen = () => {};
    const hooks = {
      onOpen(connection: Connection) {
        opened.push(connection);
        return onOpen(connection);
      },
      onClose: (reason: string, connection: Connection) => void closed.push([reason, connection]),
    };
    const closing = () => {
      hub.close();
      return [];
    };
    app = await start({
      '/news': { source: hub.channel('news'), push: hooks },
      '/few': { source: hub.channel('few'), push: { ...hooks, longPoll: { maxClientsAway: 2 } } },
      '/quiet': { source: hub.channel('quiet'), push: {} },
      '/last': { source: hub.channel('last'), push: { ...hooks, initial: closing } },
    });
  });
  afterEach(async () => {
    await hub.close();
    expect(app.errors).toEqual([]);
    await app.close();
  });

  const poller = (client?: string, headers?: Record<string, string>) =>
    new Poller(`${app.url}/news`, http2, client, headers);
  const untilHeld = (count = 1) => until('the polls are held', () => hub.stats().connections === count);
  /** The hub has noticed that no poll is held. */
  const untilAway = () => until('no poll is held', () => hub.stats().connections === 0);
  const batch = () => clock.advance(100);

  it('are one client, however often it polls, so a counter that onOpen publishes wakes it once', async () => {
    onOpen = () => hub.channel('news').publish(opened.length);
    const client = poller('one');
    const data = [...(await client.poll()).data, ...(await client.poll()).data];
    for (let round = 1; round <= 5; round++) {
      const polling = client.poll();
      await untilHeld();
      clock.advance(5000);
      await hub.channel('news').publish(`round ${round}`);
      batch();
      data.push(...(await polling).data);
      await untilAway();
      clock.advance(5000);
    }
    const rounds = [1, 2, 3, 4, 5].map((round) => `round ${round}`);
    expect([data, opened.length, closed.length]).toEqual([[1, ...rounds], 1, 0]);
    clock.advance(11_000);
    await until('it has left', () => closed.length === 1);
    expect(closed).toEqual([['left', opened[0]]]);
  });

  it('are two clients with other names, other credentials or other browsers, and one without any', async () => {
    const clients = [
      poller('one'),
      poller('two'),
      poller('two', { authorization: 'Bearer a' }),
      poller(undefined, { 'user-agent': 'a' }),
      poller(undefined, { 'user-agent': 'b' }),
      poller(undefined, { 'user-agent': 'b', cookie: 'user=ann' }),
      poller(undefined, { 'user-agent': 'b', cookie: 'user=bob' }),
      poller(undefined, { 'user-agent': 'b' }),
    ];
    for (const client of clients) await client.poll();
    expect(opened).toHaveLength(7);
    expect(new Set(opened.map(({ id }) => id)).size).toBe(7);
  });

  it('are sent to while one is held, and get the rest with the next', async () => {
    onOpen = (connection) => connection.send('welcome');
    const client = poller('one');
    expect(await client.poll()).toEqual({ status: 200, data: ['welcome'], ended: false });
    const [connection] = opened;
    const { cursor } = client;
    const polling = client.poll();
    await untilHeld();
    expect([...hub.connections()]).toEqual([connection]);
    expect([connection?.send('a'), connection?.send('b')]).toEqual([true, true]);
    clock.turn();
    expect((await polling).data).toEqual(['a', 'b']);
    expect([client.cursor, client.interval]).toEqual([cursor, 0]);
    await untilAway();
    expect([...hub.connections()]).toEqual([connection]);
    expect(connection?.send('c')).toBe(true);
    await hub.channel('news').publish('d');
    expect((await client.poll()).data).toEqual(['c', 'd']);
    expect(client.interval).toBeUndefined();
    expect(opened).toEqual([connection]);
  });

  it('do not get what is sent to somebody else at the same address', async () => {
    const [ann, bob] = [poller('tab', { cookie: 'user=ann' }), poller('tab', { cookie: 'user=bob' })];
    await ann.poll();
    await bob.poll();
    opened[0]?.send('for Ann');
    expect((await bob.poll('poll')).data).toEqual([]);
    expect((await ann.poll()).data).toEqual(['for Ann']);
  });

  it('are left out by name: one that is held stays held, and one that is away does not find the message', async () => {
    const [one, two] = [poller('one'), poller('two')];
    await one.poll();
    await two.poll();
    const except = opened[0]?.id;
    const polls = [one.poll(), two.poll()];
    await untilHeld(2);
    await hub.channel('news').publish('a', { except });
    batch();
    expect((await polls[1])?.data).toEqual(['a']);
    await untilHeld(1);
    await hub.channel('news').publish('b', { except });
    await hub.channel('news').publish('c');
    batch();
    expect((await polls[0])?.data).toEqual(['c']);
    await untilAway();
    await hub.channel('news').publish('d', { except });
    const held = one.poll();
    await untilHeld();
    clock.advance(25_000);
    expect((await held).data).toEqual([]);
    await hub.channel('news').publish('e', { except });
    await hub.channel('news').publish('f');
    expect((await one.poll()).data).toEqual(['f']);
    expect((await two.poll()).data).toEqual(['b', 'c', 'd', 'e', 'f']);
  });

  it('wait for what is sent up to maxPending bytes', async () => {
    await poller('one').poll();
    const [connection] = opened;
    expect(connection?.send('x'.repeat(600))).toBe(false);
    const ready = connection?.ready();
    expect([connection?.send('x'.repeat(500)), connection?.reason]).toEqual([false, 'overrun']);
    await ready;
    expect(await connection?.closed).toBe('overrun');
    expect(closed).toEqual([['overrun', connection]]);
    await poller('one').poll();
    expect(opened).toHaveLength(2);
  });

  it('are told of an end, whether one is held or not', async () => {
    const client = poller('held');
    await client.poll();
    const polling = client.poll();
    await untilHeld();
    opened[0]?.close();
    expect(await polling).toMatchObject({ status: 200, ended: true });
    const other = poller('away');
    await other.poll();
    opened[1]?.close();
    expect(await other.poll()).toMatchObject({ status: 204 });
    expect(closed.map(([reason]) => reason)).toEqual(['ended', 'ended']);
    expect([...hub.connections()]).toEqual([]);
    await other.poll('poll');
    expect(opened).toHaveLength(3);
  });

  it('get what was sent before the end together with it', async () => {
    onOpen = (connection) => {
      connection.send('a greeting');
      connection.close();
    };
    const greeted = new Poller(`${app.url}/news`, http2, 'ada');
    expect(await greeted.poll()).toEqual({ status: 200, data: ['a greeting'], ended: true });
    onOpen = () => {};
    const away = new Poller(`${app.url}/news`, http2, 'bob');
    await away.poll();
    opened[1]?.send('goodbye');
    opened[1]?.close();
    expect(await away.poll()).toEqual({ status: 200, data: ['goodbye'], ended: true });
    expect(closed.map(([reason]) => reason)).toEqual(['ended', 'ended']);
  });

  it('are asked to come back as a new client when the app closes them for another reason', async () => {
    const client = poller('one');
    await client.poll();
    const polling = client.poll();
    await untilHeld();
    opened[0]?.close('forbidden');
    expect(await polling).toEqual({ status: 200, data: [], ended: false });
    expect(closed).toEqual([['forbidden', opened[0]]]);
    await client.poll('poll');
    expect(opened).toHaveLength(2);
  });

  it('are over with their channel', async () => {
    const client = poller('one');
    await client.poll();
    const polling = client.poll();
    await untilHeld();
    await hub.channel('news').end();
    batch();
    expect(await polling).toMatchObject({ ended: true });
    await until('it is closed', () => closed.length === 1);
    expect(closed).toEqual([['ended', opened[0]]]);
  });

  it('are remembered up to maxClientsAway, those that are away the longest first to go', async () => {
    for (const name of ['one', 'two', 'three', 'one']) await new Poller(`${app.url}/few`, http2, name).poll();
    expect(closed.map(([reason, connection]) => [reason, opened.indexOf(connection)])).toEqual([
      ['left', 0],
      ['left', 1],
    ]);
  });

  it('are told when the hub closes, held or away', async () => {
    await poller('away').poll();
    const client = poller('held');
    await client.poll();
    const polling = client.poll();
    await untilHeld();
    await hub.close();
    await polling;
    await until('both are closed', () => closed.length === 2);
    expect(closed.map(([reason]) => reason)).toEqual(['draining', 'draining']);
  });

  it.each(['poll', 'long-poll'])('are refused and told when the hub closes as they open, by %s', async (transport) => {
    const client = poller('one');
    client.cursor = await hub.channel('news').publish('first');
    const closing = new Promise((resolve) => {
      onOpen = () => resolve(hub.close());
    });
    expect(await client.poll(transport)).toMatchObject({ status: 503 });
    await closing;
    await until('it is closed', () => closed.length > 0);
    expect(closed).toEqual([['draining', opened[0]]]);
  });

  it.each(['poll', 'long-poll'])(
    'are no clients when the hub has closed before they open, by %s',
    async (transport) => {
      const client = new Poller(`${app.url}/last`, http2, 'one');
      expect(await client.poll(transport)).toMatchObject({ status: 503 });
      await hub.close();
      expect([opened, closed]).toEqual([[], []]);
    },
  );

  it('are one client between two intervals, too', async () => {
    const client = poller('one');
    await client.poll('poll');
    expect(opened[0]?.transport).toBe('poll');
    for (let round = 0; round < 3; round++) {
      clock.advance(12_000);
      await client.poll('poll');
    }
    expect([opened.length, closed.length]).toEqual([1, 0]);
    clock.advance(14_000);
    await until('it has left', () => closed.length === 1);
    expect(closed).toEqual([['left', opened[0]]]);
  });

  it('are connections of their own while they are held, on a route without hooks', async () => {
    const client = new Poller(`${app.url}/quiet`, http2);
    await client.poll();
    const polling = client.poll();
    await untilHeld();
    const [connection] = [...hub.connections()];
    expect(connection).toMatchObject({ transport: 'long-poll', channels: ['quiet'] });
    expect(connection?.send({ n: 1 }, { event: 'tick' })).toBe(true);
    clock.turn();
    expect((await polling).data).toEqual([{ n: 1 }]);
    expect([await connection?.closed, connection?.send('late'), [...hub.connections()]]).toEqual([
      'answered',
      false,
      [],
    ]);
  });
});

describe('options for the clients of polls', () => {
  const news = createHub().channel('news');
  const onOpen = () => {};

  it.each([
    [
      () => expressLongPoll(news, { clientGrace: 5 }),
      /longPoll option clientGrace: expected presence, onOpen or onClose beside it/,
    ],
    [
      () => expressPoll(news, { maxClientsAway: 5 }),
      /poll option maxClientsAway: expected presence, onOpen or onClose beside it/,
    ],
    [() => expressLongPoll(news, { onOpen, clientGrace: -1 }), /longPoll option clientGrace: expected an integer/],
    [() => expressPoll(news, { onOpen, maxClientsAway: 0.5 }), /poll option maxClientsAway: expected an integer/],
  ])('are a TypeError where they do nothing or do not fit: %#', (make, words) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(words);
  });
});
