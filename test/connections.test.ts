import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type Connection, createHub, type Hub, type WebSocketClient } from '@pushwire/core';
import { acceptUpgrades, rawWebSocket } from '@pushwire/express';
import express from 'express';
import { adapters, type Running } from './kit/adapters';
import { type Heard, type ReadRound, readers } from './kit/readers';
import { until } from './kit/until';
import { openWebSocket } from './kit/web-socket-client';

interface Person {
  readonly name: string;
}

describe.each(adapters)('the connections of a hub on $name', ({ http2, start }) => {
  let hub: Hub;
  let app: Running;
  const opened: Connection<Person>[] = [];
  const closed: unknown[] = [];
  const senders: WebSocketClient<unknown, Person>[] = [];

  beforeAll(async () => {
    hub = createHub();
    const hooks = {
      hub,
      onOpen(connection: Connection<Person>) {
        connection.data = { name: `person ${opened.push(connection)}` };
        connection.send({ id: connection.id }, { event: 'welcome' });
      },
      onClose(reason: string, connection: Connection<Person>) {
        closed.push([reason, connection, connection.data?.name]);
      },
      webSocket: {
        onMessage(_data: unknown, client: WebSocketClient<unknown, Person>) {
          senders.push(client);
          client.send(`you are ${client.data?.name}`);
        },
      },
    };
    app = await start({
      '/news': { source: hub.channel('news'), push: hooks },
      '/generator': {
        source: async function* (_request, { signal }) {
          yield { data: 'first' };
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        },
        push: hooks,
      },
    });
  });

  beforeEach(() => {
    for (const list of [opened, closed, senders]) list.length = 0;
  });

  afterEach(async () => {
    await until('all connections are closed', () => hub.stats().connections === 0);
    expect(app.errors.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await hub.close();
    await app.close();
  });

  const read = (transport: string, path: string, enough: number) =>
    (readers(http2)[transport] as ReadRound)(app.url + path, undefined, enough);

  /** SSE leaves values as JSON text. */
  const dataOf = (transport: string, { event, data }: Heard) =>
    transport === 'sse' && event === 'welcome' ? JSON.parse(data as string) : data;

  describe.each(['sse', 'ndjson', 'comet', 'websocket'])('over %s', (transport) => {
    it.each(['/news', '/generator'])('are sent to and closed by the app: %s', async (path) => {
      const reading = read(transport, path, 100);
      await until('it is open', () => opened.length === 1);
      const [connection] = opened;
      expect([...hub.connections()]).toEqual([connection]);
      expect(connection).toMatchObject({ transport, channels: path === '/news' ? ['news'] : [], reason: undefined });
      expect(Math.abs(Date.now() - (connection?.since ?? 0))).toBeLessThan(60_000);
      expect(Number.isInteger(connection?.since)).toBe(true);
      expect(connection?.send('for you alone')).toBe(true);
      if (path === '/news') await hub.channel('news').publish('for all');
      connection?.send('the last');
      connection?.close();
      const round = await reading;
      expect(round.messages.map((each) => dataOf(transport, each))).toEqual(
        path === '/news'
          ? [{ id: connection?.id }, 'for you alone', 'for all', 'the last']
          : ['first', { id: connection?.id }, 'for you alone', 'the last'],
      );
      expect(round.ended).toBe(true);
      await until('onClose was called', () => closed.length === 1);
      expect(closed).toEqual([['ended', connection, 'person 1']]);
      expect([[...hub.connections()], connection?.send('too late')]).toEqual([[], false]);
    });
  });

  it.each(['sse', 'ndjson', 'comet', 'websocket'])('are left out by name, over %s', async (transport) => {
    const reading = [read(transport, '/news', 100)];
    await until('the first is open', () => opened.length === 1);
    reading.push(read(transport, '/news', 100));
    await until('both are open', () => opened.length === 2);
    await hub.channel('news').publish('for all');
    const place = await hub.channel('news').publish('not for the first', { except: opened[0]?.id });
    await new Promise(setImmediate);
    for (const connection of opened) connection.close('draining');
    const [first, second] = await Promise.all(reading);
    expect(first?.messages.slice(1).map(({ data }) => data)).toEqual(['for all']);
    expect(second?.messages.slice(1).map(({ data }) => data)).toEqual(['for all', 'not for the first']);
    expect([first?.cursor, second?.cursor]).toEqual([place, place]);
  });

  it('are the clients that onMessage gets', async () => {
    const client = await openWebSocket(`${app.url}/news`, { http2 });
    await until('it is open', () => opened.length === 1);
    client.send('who am I?');
    await client.until(() => client.messages().length === 2);
    expect(String(client.messages()[1])).toBe('you are person 1');
    expect(senders).toEqual([opened[0]]);
    expect([...hub.connections()]).toEqual(senders);
    senders[0]?.close('forbidden');
    await client.closed;
    expect(client.code()).toBe(1008);
    await until('onClose was called', () => closed.length === 1);
    expect(closed).toEqual([['forbidden', senders[0], 'person 1']]);
  });
});

describe('a WebSocket that the app uses itself', () => {
  it('is among the connections of its hub, which can be sent to and closed', async () => {
    const hub = createHub();
    const app = express();
    app.get(
      '/raw',
      rawWebSocket((socket) => socket.send('from the app itself'), { hub }),
    );
    const server = app.listen(0);
    acceptUpgrades(server, app);
    await once(server, 'listening');
    const client = await openWebSocket(`http://127.0.0.1:${(server.address() as AddressInfo).port}/raw`);
    await client.until(() => client.messages().length === 1);
    const [connection] = [...hub.connections()];
    expect(connection).toMatchObject({ transport: 'websocket', channels: [], reason: undefined });
    expect([connection?.send('text'), connection?.send({ n: 1 }), connection?.send(Buffer.from('bytes'))]).toEqual([
      true,
      true,
      true,
    ]);
    await connection?.ready();
    await client.until(() => client.messages().length === 4);
    expect(client.messages().map(String)).toEqual(['from the app itself', 'text', '{"n":1}', 'bytes']);
    connection?.close('draining');
    await client.closed;
    expect([client.code(), await connection?.closed, connection?.send('late')]).toEqual([1012, 'draining', false]);
    await hub.close();
    server.close();
  });
});
