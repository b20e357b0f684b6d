import type { Server } from 'node:http';
import {
  type Connection,
  type ConnectOptions,
  connect,
  messages,
  PushwireError,
  type WebSocketClass,
} from '@pushwire/client';
import { createHub, type Hub, type Connection as ServerConnection } from '@pushwire/core';
import { WebSocket } from 'ws';
import { adapters, type Running } from './kit/adapters';
import { until } from './kit/until';

const tested = adapters.filter(({ name }) => ['Express 4', 'Express 5', 'Koa 2', 'Koa 3'].includes(name));
const transports = ['sse', 'websocket', 'long-poll', 'poll'] as const;
const socketClass = WebSocket as unknown as WebSocketClass;

describe.each(tested)('the client with $name', ({ start }) => {
  let hub: Hub;
  let app: Running;
  let own = 0;
  let channel: ReturnType<Hub['channel']>;
  let isAllowed: boolean;
  let greeted: Pick<ServerConnection, 'send'> | undefined;
  const receivedByServer: unknown[] = [];
  const connections: Connection[] = [];

  const open = (options: ConnectOptions, path = '/own') => {
    const connection = connect(app.url + path, {
      WebSocket: socketClass,
      memory: new Map(),
      random: () => 0.1,
      ...options,
    });
    connections.push(connection);
    return connection;
  };
  const opened = (connection: Connection) =>
    until('it is open', () => connection.status === 'open' && connection.cursor !== undefined);
  const dataOf = (connection: Connection) => {
    const received: unknown[] = [];
    connection.onAny(({ data }) => received.push(data));
    return received;
  };

  beforeAll(async () => {
    hub = createHub({ log: (name) => (name === 'short' ? { count: 2 } : {}) });
    const push = {
      poll: { interval: 20 },
      retry: 500,
      webSocket: {
        maxPayload: 20,
        onMessage: (data: unknown, client: { send(data: unknown, options: object): unknown }) => {
          receivedByServer.push(data);
          return data === 'echo' ? client.send({ said: data }, { event: 'answer' }) : undefined;
        },
      },
    };
    app = await start({
      '/own': { source: () => channel, push },
      '/greeted': {
        source: () => channel,
        push: {
          ...push,
          onOpen: (opened) => {
            greeted = opened;
          },
        },
      },
      '/short': { source: hub.channel('short'), push },
      '/both': { source: () => [channel, hub.channel(`other${own}`)], push },
      '/guarded': { source: () => channel, push: { ...push, authorize: () => isAllowed, reauthorize: 1000 } },
      '/token': {
        source: ((request: { headers?: Record<string, string>; get(name: string): string }) => {
          if (request.get('authorization') !== 'Bearer 2') throw Object.assign(new Error('no'), { status: 401 });
          return channel;
        }) as never,
        push,
      },
      '/generator': {
        source: async function* () {
          yield { data: 'a', id: '1' };
          yield { data: { b: 1 }, event: 'tick', id: '2' };
        },
        push,
      },
    });
  });
  beforeEach(() => {
    channel = hub.channel(`own${++own}`);
    receivedByServer.length = 0;
    app.errors.length = 0;
    isAllowed = true;
    greeted = undefined;
  });
  afterEach(async () => {
    for (const connection of connections.splice(0)) connection.close();
    await until('all are closed', () => hub.stats().connections === 0);
  });
  afterAll(async () => {
    await hub.close();
    (app.server as Server).closeAllConnections();
    await app.close();
  });

  describe.each(transports)('by %s', (transport) => {
    const options = { transports: [transport] };

    it('receives all kinds of data, unchanged and in order', async () => {
      const connection = open(options);
      const received: unknown[] = [];
      connection.onAny(({ event, data, id }) => received.push([event, data, typeof id]));
      connection.on('tick', (data, { event }) => received.push(['on', event, data]));
      await opened(connection);
      await channel.publish('a\r\nb');
      await channel.publish({ n: 1 }, { event: 'tick' });
      const id = await channel.publish(Buffer.from([0, 255]));
      await until('all has arrived', () => received.length === 4);
      expect(received).toEqual([
        ['message', 'a\r\nb', 'string'],
        ['tick', { n: 1 }, 'string'],
        ['on', 'tick', { n: 1 }],
        ['message', new Uint8Array([0, 255]), 'string'],
      ]);
      expect([connection.cursor, connection.transport]).toEqual([id, transport]);
    });

    it('starts from a cursor, or from the oldest message, with one channel or several', async () => {
      const first = await channel.publish(1);
      await channel.publish(2);
      const since = dataOf(open({ ...options, cursor: first }));
      const all = dataOf(open({ ...options, cursor: '0' }, '/both'));
      await until('all has arrived', () => since.length === 1 && all.length === 2);
      await hub.channel(`other${own}`).publish(3);
      await until('it has arrived', () => all.length === 3);
      expect([since, all]).toEqual([[2], [1, 2, 3]]);
    });

    it('learns of a gap, and goes on', async () => {
      const short = hub.channel('short');
      const cursor = await short.publish(0);
      for (let n = 1; n <= 4; n++) await short.publish(n);
      // A log that somebody follows keeps its messages until the turn is over.
      await new Promise((resolve) => setImmediate(resolve));
      const connection = open({ ...options, cursor }, '/short');
      const received: unknown[] = dataOf(connection);
      connection.onGap(({ reason, missed }) => received.push([reason, missed]));
      await until('all has arrived', () => received.length === 3);
      expect(received).toEqual([['evicted', 2], 3, 4]);
    });

    it('ends with its channel, and does not reconnect', async () => {
      const connection = open(options);
      const received = dataOf(connection);
      await opened(connection);
      await channel.publish('last');
      await channel.end();
      await until('it has ended', () => connection.status === 'ended');
      expect(received).toEqual(['last']);
      const late = open(options);
      await until('it has ended too', () => late.status === 'ended');
    });

    it('sends in order, and receives answers to it alone', async () => {
      const connection = open(options);
      const answers: unknown[] = [];
      connection.on('answer', (data) => answers.push(data));
      await expect(connection.send('too soon')).rejects.toMatchObject({ code: 'not-open' });
      await opened(connection);
      const sent = ['grüß', new Uint8Array([1, 255]), { n: 1 }, null, 'echo'].map((data) => connection.send(data));
      await Promise.all(sent);
      await until('all has arrived', () => receivedByServer.length === 5 && answers.length === 1);
      expect(receivedByServer).toEqual(['grüß', Buffer.from([1, 255]), '{"n":1}', 'null', 'echo']);
      expect(answers).toEqual([{ said: 'echo' }]);
      await expect(connection.send(undefined)).rejects.toThrow(TypeError);
      if (transport === 'websocket') return;
      await expect(connection.send('x'.repeat(21))).rejects.toMatchObject({ code: 'refused', status: 413 });
      await connection.send('after');
      expect(receivedByServer.at(-1)).toBe('after');
    });

    it('receives what the app sends to it alone, and keeps its cursor', async () => {
      const received: unknown[] = [];
      const connection = open(options, '/greeted');
      connection.onAny(({ data, id }) => received.push([data, id || undefined]));
      await until('it is connected', () => greeted !== undefined);
      const one = await channel.publish('one');
      await until('it has a message', () => received.length === 1);
      for (const data of ['alone', 'alone']) greeted?.send(data);
      await until('it has them all', () => received.length === 3);
      expect(connection.cursor).toBe(one);
      const two = await channel.publish('two');
      await until('it has the last message', () => received.length === 4);
      expect(received).toEqual([
        ['one', one],
        ['alone', undefined],
        ['alone', undefined],
        ['two', two],
      ]);
    });

    it('leaves the server when it is closed', async () => {
      const connection = open(options);
      const received = dataOf(connection);
      await opened(connection);
      connection.close();
      await until('the server has no connection', () => hub.stats().connections === 0);
      await channel.publish('late');
      expect([connection.status, received]).toEqual(['ended', []]);
    });
  });

  it.each(['sse', 'long-poll', 'poll'] as const)(
    'fails by %s without the right, with the status in its error',
    async (transport) => {
      isAllowed = false;
      const connection = open({ transports: [transport] }, '/guarded');
      const errors: PushwireError[] = [];
      connection.onError((error) => errors.push(error));
      await until('it has failed', () => connection.status === 'failed');
      expect(errors).toEqual([expect.any(PushwireError)]);
      expect(errors[0]).toMatchObject({ code: 'refused', status: 403, transport });
    },
  );

  it('fails when it loses the right', async () => {
    const connection = open({ transports: ['websocket', 'sse'] }, '/guarded');
    await opened(connection);
    isAllowed = false;
    await until('it has failed', () => connection.status === 'failed');
  });

  it('calls the headers function before each attempt, and once more after a 401', async () => {
    let calls = 0;
    const headers = async () => ({ authorization: `Bearer ${++calls}` });
    const connection = open({ headers }, '/token');
    await opened(connection);
    expect([calls, connection.transport]).toEqual([2, 'sse']);
    const other = open({ headers: { authorization: 'Bearer 1' } }, '/token');
    await until('it has failed', () => other.status === 'failed');
    expect(app.errors.length).toBeGreaterThan(0);
  });

  it('streams and polls by POST with a body', async () => {
    for (const transport of ['sse', 'long-poll'] as const) {
      const connection = open({ transports: [transport], method: 'POST', body: '{"q":1}' });
      const received = dataOf(connection);
      await opened(connection);
      await channel.publish(transport);
      await until('it has arrived', () => received.length === 1);
    }
    expect(receivedByServer).toEqual([]);
  });

  it('reads a generator to its end', async () => {
    const connection = open({ transports: ['sse'] }, '/generator');
    const received = dataOf(connection);
    await until('it has ended', () => connection.status === 'ended');
    expect(received).toEqual(['a', { b: 1 }]);
  });

  it('passes its messages to a loop, which ends with the connection', async () => {
    const connection = open({});
    const seen: unknown[] = [];
    const loop = (async () => {
      for await (const { event, data } of messages(connection)) seen.push([event, data]);
    })();
    await opened(connection);
    await channel.publish(1);
    await channel.publish(2, { event: 'tick' });
    await until('they have arrived', () => seen.length === 2);
    await channel.end();
    await loop;
    expect(seen).toEqual([
      ['message', 1],
      ['tick', 2],
    ]);
  });
});
