import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { WebSocketClass } from '@pushwire/client';
import { AnswerError, connectTwoWay, type TwoWayConnection, type TwoWayOptions } from '@pushwire/client/two-way';
import { type Channel, createHub, type Hub, AnswerError as Refusal, type WebSocketOptions } from '@pushwire/core';
import { WebSocket } from 'ws';
import { adapters, type Running } from './kit/adapters';
import { until } from './kit/until';

const tested = adapters.filter(({ name }) => ['Express 5', 'Koa 3'].includes(name));
const transports = ['sse', 'websocket', 'long-poll', 'poll'] as const;

const onMessage: WebSocketOptions<unknown>['onMessage'] = async (data, client) => {
  if (typeof data !== 'string') return data;
  const { say, refuse, status, wait, tell } = JSON.parse(data);
  if (refuse) throw new Refusal(refuse, 'No.');
  if (status) throw Object.assign(new Error('secret'), { status });
  if (wait) await new Promise((resolve) => setTimeout(resolve, wait));
  if (tell) client.send(tell);
  return say;
};

describe.each(tested)('the two-way client with $name', ({ start }) => {
  let hub: Hub;
  let app: Running;
  const connections: TwoWayConnection[] = [];
  const seen: unknown[] = [];
  const sockets = new Set<Socket>();

  const open = (options: TwoWayOptions = {}, path = '/') => {
    const connection = connectTwoWay(app.url + path, {
      WebSocket: WebSocket as unknown as WebSocketClass,
      memory: new Map(),
      retry: 100,
      ...options,
    });
    connections.push(connection);
    const received: unknown[] = [];
    const gaps: unknown[] = [];
    const errors: unknown[] = [];
    const statuses: string[] = [];
    connection.onAny(({ data }) => received.push(data));
    connection.onGap((gap) => gaps.push(gap));
    connection.onError((error) => errors.push(error));
    connection.onStatus(({ status }) => statuses.push(status));
    return { connection, received, gaps, errors, statuses };
  };
  const opened = (connection: TwoWayConnection) => until('it is open', () => connection.status === 'open');

  beforeAll(async () => {
    hub = createHub({ retry: 500 });
    const authorize = (_: unknown, channels: readonly Channel[]) => !channels.some(({ name }) => name === 'closed');
    const push = { authorize, poll: { interval: 20 }, webSocket: { onMessage }, onError: () => {} };
    app = await start({
      '/': {
        source: (_, { topics }) => {
          if (topics.includes('missing')) throw Object.assign(new Error('None.'), { status: 404 });
          return [hub.channel('base'), ...topics.map((name) => hub.channel(name))];
        },
        push,
      },
      '/topics': { source: (_, { topics }) => topics.map((name) => hub.channel(name)), push },
      '/fixed': { source: hub.channel('base'), push },
      '/deaf': { source: hub.channel('base'), push: { poll: { interval: 20 } } },
      '/plain': {
        source: hub.channel('base'),
        push: { poll: { interval: 20 }, webSocket: { onMessage: (data) => void seen.push(data) } },
      },
    });
    (app.server as Server).on('connection', (socket) => sockets.add(socket));
  });
  beforeEach(() => void seen.splice(0));
  afterEach(() => {
    for (const connection of connections.splice(0)) connection.close();
  });
  afterAll(async () => {
    await hub.close();
    (app.server as Server).closeAllConnections();
    await app.close();
  });

  describe.each(transports)('over %s', (name) => {
    it('gets answers to its requests', async () => {
      const { connection, received } = open({ transports: [name] });
      await opened(connection);
      for (const say of ['text', '', 0, null, { n: ['grüß'] }, undefined]) {
        expect(await connection.request({ say })).toEqual(say);
      }
      const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => i);
      expect(await connection.request(bytes)).toEqual(bytes);
      const both = await Promise.all([1, 2, 3].map((say) => connection.request({ say, tell: `told ${say}` })));
      expect([both, received]).toEqual([
        [1, 2, 3],
        ['told 1', 'told 2', 'told 3'],
      ]);
      await connection.send({ say: 'unasked' });
    });

    it('learns why a request has no answer, and stays connected', async () => {
      const { connection, statuses } = open({ transports: [name] });
      await opened(connection);
      const codeOf = (request: Promise<unknown>) =>
        request.catch(({ code, status, message }) => [code, status ?? message]);
      expect(await codeOf(connection.request({ refuse: 'taken' }))).toEqual(['taken', 'No.']);
      expect(await codeOf(connection.request({ status: 409 }))).toEqual(['refused', 409]);
      expect(await codeOf(connection.request({ status: 500 }))).toEqual(['refused', 500]);
      expect(await codeOf(connection.request({ wait: 200 }, { timeout: 20 }))).toEqual(['timeout', 'timeout']);
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(connection.request({ say: 1 }, { signal })).rejects.toThrow('enough');
      const later = new AbortController();
      const asked = connection.request({ wait: 50 }, { signal: later.signal });
      later.abort(new Error('later'));
      await expect(asked).rejects.toThrow('later');
      await expect(connection.request({ refuse: 'x' })).rejects.toBeInstanceOf(AnswerError);
      await expect(connection.request(undefined)).rejects.toThrow(/expected JSON/);
      await expect(connection.request(1, { timeout: -1 })).rejects.toThrow(/option timeout/);
      expect(await connection.request({ say: 'still' })).toBe('still');
      expect(statuses).toEqual(['connecting', 'open']);
    });

    it('follows other topics while it is connected, and misses nothing of those that it keeps', async () => {
      const { connection, received, gaps } = open({ transports: [name] });
      connection.subscribe('a');
      await opened(connection);
      expect(connection.topics).toEqual(['a']);
      let n = 0;
      const publishing = setInterval(() => void hub.channel('base').publish(n++), 2);
      await connection.subscribe('b', 'c');
      await hub.channel('b').publish('b1');
      await connection.leave('a', 'c');
      await hub.channel('a').publish('a1');
      await hub.channel('b').publish('b2');
      await connection.subscribe('b', 'b');
      expect(connection.topics).toEqual(['b']);
      clearInterval(publishing);
      await hub.channel('base').publish('last');
      await until('all has come', () => received.includes('last'));
      const numbers = received.filter((data): data is number => typeof data === 'number');
      expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => i + (numbers[0] as number)));
      expect(received.filter((data) => typeof data === 'string')).toEqual(['b1', 'b2', 'last']);
      expect(gaps).toEqual([]);
    });

    it('gives up one topic for another without a gap', async () => {
      const { connection, received, gaps } = open({ transports: [name], topics: ['x'] }, '/topics');
      await opened(connection);
      await hub.channel('x').publish('x1');
      await until('it has come', () => received.includes('x1'));
      await hub.channel('y').publish('y0');
      await connection.subscribe('y');
      await connection.leave('x');
      await connection.subscribe('z');
      await connection.leave('y');
      await hub.channel('z').publish('z1');
      await until('it has come', () => received.includes('z1'));
      expect([received, gaps]).toEqual([['x1', 'z1'], []]);
    });

    it('keeps what it has if it may not have more', async () => {
      const { connection, received, statuses } = open({ transports: [name], topics: ['a'] });
      await opened(connection);
      await expect(connection.subscribe('missing')).rejects.toMatchObject({ code: 'refused', status: 404 });
      await expect(connection.subscribe('closed')).rejects.toMatchObject({ code: 'refused', status: 403 });
      await expect(connection.subscribe(7 as never)).rejects.toThrow(/topics/);
      expect([connection.topics, connection.status, statuses]).toEqual([['a'], 'open', ['connecting', 'open']]);
      await hub.channel('a').publish('a2');
      await until('it has come', () => received.includes('a2'));
    });

    it('keeps messages in its outbox until it is open, and sends them in order', async () => {
      const { connection } = open({ transports: [name], outbox: { messages: 3 } }, '/plain');
      const sent = [connection.send('first'), connection.send(Uint8Array.of(1)), connection.send({ n: 2 })];
      await expect(connection.send('one more')).rejects.toMatchObject({ code: 'outbox-full' });
      await Promise.all(sent);
      expect(seen).toEqual(['first', Buffer.from([1]), '{"n":2}']);
      const { connection: without } = open({ transports: [name] }, '/plain');
      await expect(without.send('x')).rejects.toMatchObject({ code: 'not-open' });
      await expect(without.request('x')).rejects.toMatchObject({ code: 'not-open' });
    });

    it('is told where the app takes no messages', async () => {
      const { connection } = open({ transports: [name] }, '/deaf');
      await opened(connection);
      await expect(connection.request('x')).rejects.toMatchObject({
        code: name === 'websocket' ? 'refused' : 'bad-data',
      });
    });
  });

  it('is refused other topics where the channels are fixed', async () => {
    const { connection } = open({ transports: ['websocket'] }, '/fixed');
    await opened(connection);
    await expect(connection.subscribe('a')).rejects.toMatchObject({ code: 'refused', status: 400 });
  });

  it('asks for its topics again after a cut', async () => {
    const { connection, received, statuses } = open({ transports: ['websocket'] });
    await opened(connection);
    await connection.subscribe('a');
    const asked = connection.request({ wait: 10_000 });
    for (const socket of sockets) socket.destroy();
    await expect(asked).rejects.toMatchObject({ code: 'network' });
    const subscribing = connection.subscribe('b');
    await subscribing;
    await hub.channel('a').publish('a3');
    await hub.channel('b').publish('b3');
    await until('both have come', () => received.length === 2);
    expect(received).toEqual(['a3', 'b3']);
    expect(statuses).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open']);
  });
});
