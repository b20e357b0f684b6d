import { type Connection, type ConnectOptions, connect, type WebSocketClass } from '@pushwire/client';
import { createHub, type Hub } from '@pushwire/core';
import { WebSocket } from 'ws';
import { adapters, type Running } from './kit/adapters';
import { until } from './kit/until';

const tried = adapters.filter(({ name }) => ['Express 4', 'Express 5', 'Koa 2', 'Koa 3'].includes(name));
const transports = ['sse', 'websocket', 'long-poll', 'poll'] as const;

describe.each(tried)('the client with $name', ({ start }) => {
  let hub: Hub;
  let app: Running;
  let own = 0;
  let channel: ReturnType<Hub['channel']>;
  const connections: Connection[] = [];

  const open = (options: ConnectOptions, path = '/own') => {
    const connection = connect(app.url + path, { WebSocket: WebSocket as unknown as WebSocketClass, ...options });
    connections.push(connection);
    return connection;
  };

  beforeAll(async () => {
    hub = createHub();
    app = await start({ '/own': { source: () => channel, push: { poll: { interval: 20 }, retry: 500 } } });
  });
  beforeEach(() => {
    channel = hub.channel(`own${++own}`);
  });
  afterEach(async () => {
    for (const connection of connections.splice(0)) connection.close();
    await until('all are gone', () => hub.connections === 0);
    expect(app.errors).toEqual([]);
  });
  afterAll(async () => {
    await hub.close();
    await app.close();
  });

  describe.each(transports)('by %s', (transport) => {
    it('gets what is published, each kind as it is, in order', async () => {
      const connection = open({ transports: [transport] });
      const heard: unknown[] = [];
      connection.onMessage(({ event, data }) => heard.push([event, data]));
      await until('it is open', () => connection.status === 'open' && connection.cursor !== undefined);
      await channel.publish('a\r\nb');
      await channel.publish({ n: 1 }, { event: 'tick' });
      await channel.publish(Buffer.from([0, 255]));
      await until('all has come', () => heard.length === 3);
      expect(heard).toEqual([
        ['message', 'a\r\nb'],
        ['tick', { n: 1 }],
        ['message', new Uint8Array([0, 255])],
      ]);
    });
  });
});
