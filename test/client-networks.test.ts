import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConnectOptions, TransportName } from '@pushwire/client';
import { createHub, type Hub, memoryBackplane } from '@pushwire/core';
import { WebSocketServer } from 'ws';
import { adapters, type Running } from './kit/adapters';
import { BufferingProxy } from './kit/buffering-proxy';
import { seededPlans } from './kit/fault-plan';
import { FaultProxy } from './kit/fault-proxy';
import { Published } from './kit/history';
import { Random } from './kit/random';
import { SwitchProxy } from './kit/switch-proxy';
import { until } from './kit/until';
import { type WatchedClient, watchedClient } from './kit/watched-client';

// The client behind faulty networks: it loses nothing silently, and repeats nothing.

const channels = ['a'];
/** Milliseconds in which a transport opens on any machine, unless it is held up. */
const openTimeout = 3000;
const portOf = (url: string) => Number(new URL(url).port);
const route = (hub: Hub) => ({
  '/a': { source: hub.channel('a'), push: { poll: { interval: 20 }, retry: 500, longPoll: { batchDelay: 0 } } },
});

async function stop({ server, close }: Running): Promise<void> {
  (server as Server).closeAllConnections();
  await close();
}

describe.each(adapters.filter(({ name }) => ['Express 5', 'Koa 3'].includes(name)))('behind $name', ({ start }) => {
  /** The server of one test, since tests wait for networks most of the time and run at the same time. */
  const begin = async ({ count }: { count?: number } = {}) => {
    const hub = createHub(count === undefined ? {} : { log: { count } });
    const app = await start(route(hub));
    const published = new Published(count);
    const closing: (() => unknown)[] = [];
    const publish = async (to = hub) => {
      const data = { n: published.head('a') + 1 };
      published.add('a', data);
      await to.channel('a').publish(data);
    };
    const open = (url: string, options?: ConnectOptions) => {
      const client = watchedClient(`${url}/a`, published, channels, options);
      closing.unshift(() => client.connection.close());
      return client;
    };
    const closed = <T extends { close(): Promise<void> }>(each: T): T => {
      closing.push(() => each.close());
      return each;
    };
    /** Waits until a client has received everything, and checks it. */
    const complete = (client: WatchedClient) =>
      until('it has seen all', () => {
        client.check();
        return client.history.messages + client.history.missed === published.head('a');
      });
    const end = async () => {
      for (const close of closing) await close();
      await hub.close();
      await stop(app);
    };
    return { hub, app, publish, open, closed, complete, end };
  };
  type Scene = Awaited<ReturnType<typeof begin>>;
  const behind = (act: (scene: Scene) => Promise<void>, options?: { count: number }) => async () => {
    const scene = await begin(options);
    try {
      await act(scene);
    } finally {
      await scene.end();
    }
  };

  it.concurrent(
    'falls back to the long poll behind a proxy that buffers, and returns to a stream when it stops buffering',
    behind(async ({ publish, open, closed, complete, app }) => {
      const proxy = closed(await BufferingProxy.start(app.url));
      const client = open(proxy.url, { openTimeout, betterAfter: 1500 });
      await until('it is open', () => client.connection.status === 'open');
      expect(client.used).toEqual(['long-poll']);
      expect(client.errors.map(({ code, transport }) => `${transport} ${code}`)).toEqual([
        'sse timeout',
        'websocket refused',
      ]);
      for (let n = 0; n < 5; n++) await publish();
      await complete(client);
      proxy.buffers = false;
      await until('it streams', () => client.used.at(-1) === 'sse');
      for (let n = 0; n < 5; n++) await publish();
      await complete(client);
      client.history.expectComplete();
    }),
  );

  it.concurrent(
    'streams by SSE at once behind a proxy that kills upgrades',
    behind(async ({ publish, open, closed, complete, app }) => {
      const proxy = closed(await SwitchProxy.start({ target: portOf(app.url), killUpgrades: 'at once' }));
      const client = open(proxy.url, { transports: ['websocket', 'sse', 'long-poll'] });
      await until('it is open', () => client.connection.status === 'open');
      await publish();
      await complete(client);
      expect(client.used).toEqual(['sse']);
    }),
  );

  it.concurrent(
    'moves on from a WebSocket that opens but brings no first frame',
    behind(async ({ publish, open, closed, complete, app }) => {
      const proxy = closed(await SwitchProxy.start({ target: portOf(app.url), muteUpgrades: true }));
      const client = open(proxy.url, { transports: ['websocket', 'long-poll'], openTimeout });
      await until('it is open', () => client.connection.status === 'open');
      await publish();
      await complete(client);
      expect([client.used, client.errors[0]?.code]).toEqual([['long-poll'], 'timeout']);
    }),
  );

  it.concurrent(
    'moves on from a transport that keeps dropping early',
    behind(async ({ publish, open, closed, complete, app }) => {
      const proxy = closed(await SwitchProxy.start({ target: portOf(app.url), killUpgrades: 100 }));
      const client = open(proxy.url, { transports: ['websocket', 'long-poll'] });
      await until('it is subscribed', () => client.history.subscribed);
      const publishing = setInterval(publish, 20);
      await until('it polls', () => client.used.at(-1) === 'long-poll');
      clearInterval(publishing);
      await publish();
      await complete(client);
      expect(client.used).toEqual(['websocket', 'long-poll']);
    }),
  );

  it.concurrent.each<TransportName>(['sse', 'websocket', 'long-poll', 'poll'])(
    'loses nothing by %s when each connection is cut',
    (transport) =>
      behind(async ({ publish, open, closed, complete, app }) => {
        const proxy = closed(await SwitchProxy.start({ target: portOf(app.url), cutAfter: 150 }));
        const client = open(proxy.url, { transports: [transport] });
        await until('it is subscribed', () => client.history.subscribed);
        const publishing = setInterval(publish, 10);
        await until('it was cut often', () => proxy.connections > 5);
        clearInterval(publishing);
        await publish();
        await complete(client);
        client.history.expectComplete();
      })(),
  );

  it.concurrent.each([1, 2, 3, 4])(
    'loses nothing by any transport when the network cuts, resets, delays and trickles, seed %i',
    (seed) =>
      behind(async ({ publish, open, closed, complete, app }) => {
        const plans = seededPlans(new Random(seed));
        const proxy = closed(await FaultProxy.start(portOf(app.url), plans));
        const client = open(proxy.url, { openTimeout: 300, betterAfter: 300 });
        await until('it is subscribed', () => client.history.subscribed);
        for (let n = 0; n < 400; n++) {
          await publish();
          if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        }
        proxy.calm();
        await complete(client);
        client.history.expectComplete();
      })(),
  );

  it.concurrent(
    'learns of a gap when the log has moved on meanwhile',
    behind(
      async ({ publish, open, closed, complete, app }) => {
        const proxy = closed(await SwitchProxy.start({ target: portOf(app.url) }));
        const client = open(proxy.url, { transports: ['sse', 'long-poll'], retry: 2000 });
        await until('it is subscribed', () => client.history.subscribed);
        await publish();
        await complete(client);
        proxy.cut();
        for (let n = 0; n < 10; n++) await publish();
        await complete(client);
        expect([client.history.gaps, client.history.missed]).toEqual([1, 7]);
      },
      { count: 3 },
    ),
  );

  it.concurrent(
    'moves to another server when its own drains',
    behind(async ({ publish, open, closed, complete }) => {
      // The log that both servers share.
      let log: ReturnType<ReturnType<typeof memoryBackplane>> | undefined;
      const backplane = (...given: Parameters<ReturnType<typeof memoryBackplane>>) => {
        log ??= memoryBackplane()(...given);
        const { append, connectionsTo, end, follow } = log;
        const own = log;
        return {
          append: append.bind(own),
          end: end.bind(own),
          follow: follow.bind(own),
          connectionsTo: connectionsTo.bind(own),
          close: async () => {},
        };
      };
      const hubs = [createHub({ backplane }), createHub({ backplane })] as const;
      const [first, second] = [await start(route(hubs[0])), await start(route(hubs[1]))];
      const proxy = closed(await SwitchProxy.start({ target: portOf(first.url) }));
      const names: TransportName[] = ['sse', 'websocket', 'long-poll', 'poll'];
      const all = names.map((transport) => open(proxy.url, { transports: [transport] }));
      await until('all are subscribed', () => all.every(({ history }) => history.subscribed));
      await publish(hubs[0]);
      const draining = hubs[0].close();
      proxy.behaviour.target = portOf(second.url);
      await publish(hubs[1]);
      await draining;
      (first.server as Server).closeAllConnections();
      for (let n = 0; n < 5; n++) await publish(hubs[1]);
      for (const client of all) {
        await complete(client);
        expect(client.history.gaps).toBe(0);
        client.connection.close();
      }
      await hubs[1].close();
      for (const each of [first, second]) await stop(each);
    }),
  );
});

it('gives up a server that is silent for two heartbeats, and reconnects', async () => {
  const server = createServer();
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'pushwire.v1' });
  let connections = 0;
  sockets.on('connection', (socket) => {
    connections++;
    socket.send(JSON.stringify({ event: 'pushwire:open', id: 'e.0', data: { heartbeat: 50, retry: 500 } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = watchedClient(url, new Published(), channels, { transports: ['websocket'] });
  await until('it has reconnected', () => connections > 1);
  expect(client.errors[0]).toMatchObject({ code: 'silent', transport: 'websocket' });
  client.connection.close();
  sockets.close();
  await new Promise((resolve) => server.close(resolve));
});
