import type { Server } from 'node:http';
import {
  type Connection,
  type ConnectOptions,
  connect,
  type PushwireError,
  type TransportName,
  type WebSocketClass,
} from '@pushwire/client';
import { createHub } from '@pushwire/core';
import { WebSocket } from 'ws';
import { adapters } from './kit/adapters';
import { Middlebox } from './kit/middlebox';
import { until } from './kit/until';

// The client behind something that changes what it asks, or answers in the place of its server.

const transports: readonly TransportName[] = ['sse', 'websocket', 'long-poll', 'poll'];
const portOf = (url: string) => Number(new URL(url).port);

/** Drops the cursor of each request. */
const dropCursor = (url: string) => url.replace(/&cursor=[^&]*/, '');
/** Drops the whole query. */
const dropQuery = (url: string) => url.replace(/\?.*/, '');

const isOpen = ({ connection }: { connection: Connection }) => until('it is open', () => connection.status === 'open');

describe.each(adapters.filter(({ name }) => ['Express 5', 'Koa 3'].includes(name)))('behind $name', ({ start }) => {
  /** The app of one test and the box before it. Tests wait for retries, so they run at the same time. */
  const begin = async () => {
    const hub = createHub({ retry: 500 });
    const received: unknown[] = [];
    const onMessage = (data: unknown) => void received.push(`${data}`);
    const app = await start({
      '/a': {
        source: hub.channel('a'),
        push: { retry: 500, poll: { interval: 50 }, webSocket: { onMessage, maxPayload: 1000, messagesPerSecond: 5 } },
      },
      '/deaf': { source: hub.channel('a'), push: {} },
    });
    const box = await Middlebox.start(portOf(app.url));
    const connections: { close(): void }[] = [];
    const open = (options: ConnectOptions = {}, path = '/a') => {
      const connection = connect(`${box.url}${path}`, {
        memory: new Map(),
        WebSocket: WebSocket as unknown as WebSocketClass,
        retry: 300,
        random: () => 0.2,
        ...options,
      });
      connections.push(connection);
      const seen: unknown[] = [];
      const errors: PushwireError[] = [];
      const used: string[] = [];
      connection.onAny(({ data }) => seen.push(data));
      connection.onGap(({ reason }) => seen.push(reason));
      connection.onError((error) => errors.push(error));
      connection.onStatus(({ status, transport }) => status === 'open' && used.push(transport));
      return { connection, seen, errors, used };
    };
    const publish = (n: number) => hub.channel('a').publish(n);
    const end = async () => {
      for (const each of connections) each.close();
      await hub.close();
      await box.close();
      (app.server as Server).closeAllConnections();
      await app.close();
    };
    return { box, received, open, publish, end };
  };
  type Scene = Awaited<ReturnType<typeof begin>>;
  const behind = (act: (scene: Scene) => Promise<void>) => async () => {
    const scene = await begin();
    try {
      await act(scene);
    } finally {
      await scene.end();
    }
  };

  describe.each(transports)('by %s', (transport) => {
    it.concurrent(
      'a dropped cursor is told as a gap, and asks no faster than the retry allows',
      behind(async ({ box, open, publish }) => {
        const client = open({ transports: [transport] });
        await isOpen(client);
        await publish(1);
        await until('it has the first', () => client.seen.includes(1));
        box.rewrite = dropCursor;
        box.cut();
        await publish(2);
        const [begin, requests] = [Date.now(), box.requests];
        await until('it has the gap', () => client.seen.includes('unseen'));
        await until('some time has passed', () => Date.now() - begin > 700);
        // One in each 50 ms by interval polls, and fewer than one in each 60 ms by the others.
        expect(box.requests - requests).toBeLessThan((Date.now() - begin) / 50 + 3);
        box.rewrite = (url) => url;
        box.cut();
        await until('it is open again', () => client.connection.status === 'open');
        await publish(3);
        await until('it has the last', () => client.seen.includes(3));
        expect(client.seen.filter((each) => typeof each === 'number')).toEqual([1, 3]);
      }),
    );

    it.concurrent(
      'a dropped query is never open for another format, and hands on nothing that was not published',
      behind(async ({ box, open, publish }) => {
        box.rewrite = dropQuery;
        const client = open({ transports: [transport], openTimeout: 2000 });
        await until('it has tried', () => client.errors.length > 0 || client.connection.status === 'open');
        for (let n = 0; n < 5; n++) await publish(n);
        const begin = Date.now();
        await until('some time has passed', () => Date.now() - begin > 300);
        const allowed = [0, 1, 2, 3, 4, 'unseen'];
        expect(client.seen.filter((each) => !allowed.includes(each as number))).toEqual([]);
        // The subprotocol of a WebSocket, and the media type of a poll, survive without the query.
        if (transport === 'sse') expect([client.used, client.errors[0]?.code]).toEqual([[], 'bad-data']);
        expect(box.requests).toBeLessThan(20);
      }),
    );

    it.concurrent(
      'a page in the place of the server is an error that says so, until it is gone',
      behind(async ({ box, open, publish }) => {
        let isPage = true;
        box.answers = (_, response) => {
          if (isPage) response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Log in</h1>');
          return isPage;
        };
        box.refusesUpgrades = true;
        const client = open({ transports: [transport] });
        await until('it has an error', () => client.errors.length > 1);
        if (transport !== 'websocket') {
          expect(client.errors[0]).toMatchObject({
            code: 'wrong-type',
            status: 200,
            contentType: 'text/html',
            transport,
          });
        }
        isPage = box.refusesUpgrades = false;
        await isOpen(client);
        await publish(1);
        await until('it has the first', () => client.seen.includes(1));
      }),
    );

    it.concurrent(
      'a message to the server is taken, or rejects',
      behind(async ({ received, open }) => {
        const client = open({ transports: [transport] });
        await isOpen(client);
        await client.connection.send('hello');
        expect(received).toEqual(['hello']);
        const isSocket = transport === 'websocket';
        const large = client.connection.send('x'.repeat(2000));
        await expect(large).rejects.toMatchObject(isSocket ? { closeCode: 1009 } : { status: 413 });
        await isOpen(client);
        await until('sends work again', () =>
          client.connection.send('again').then(
            () => true,
            () => false,
          ),
        );
        const many = await Promise.allSettled(Array.from({ length: 30 }, (_, n) => client.connection.send(`${n}`)));
        const taken = many.filter(({ status }) => status === 'fulfilled').length;
        const lost = many.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
        expect(taken + lost.length).toBe(30);
        expect(lost.length).toBeGreaterThan(0);
        expect(lost[0]).toMatchObject(isSocket ? { closeCode: 1008 } : { status: 429 });
        // What was confirmed was handled.
        expect(received.length).toBeGreaterThanOrEqual(taken);
      }),
    );

    it.concurrent(
      'a message to a route that takes none rejects',
      behind(async ({ open }) => {
        const client = open({ transports: [transport] }, '/deaf');
        await isOpen(client);
        await expect(client.connection.send('hello')).rejects.toMatchObject(
          transport === 'websocket' ? { closeCode: 1003 } : { code: 'bad-data' },
        );
      }),
    );
  });

  it.concurrent.each([301, 302, 303])(
    'a message that is redirected by %i rejects, and the next one is sent',
    (status) =>
      behind(async ({ box, received, open }) => {
        const client = open({ transports: ['sse'] });
        await isOpen(client);
        let posts = 0;
        box.answers = ({ method }, response) => {
          if (method !== 'POST' || posts++ > 0) return false;
          response.writeHead(status, { location: `${box.url}/a` }).end();
          return true;
        };
        const [first, second] = await Promise.allSettled([client.connection.send('a'), client.connection.send('b')]);
        expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
        expect(received).toEqual(['b']);
      })(),
  );

  it.concurrent(
    'falls back behind a proxy that drops the query, and loses nothing without a gap',
    behind(async ({ box, open, publish }) => {
      box.rewrite = dropQuery;
      const client = open();
      await isOpen(client);
      expect(client.connection.transport).toBe('websocket');
      for (let n = 0; n < 3; n++) await publish(n);
      await until('it has three', () => client.seen.length === 3);
      box.cut();
      await publish(3);
      await until('it has the gap', () => client.seen.includes('unseen'));
      expect(client.seen).toEqual([0, 1, 2, 'unseen']);
    }),
  );

  it.concurrent(
    'comes back after an ingress has answered 404, if the app expects that',
    behind(async ({ box, open, publish }) => {
      const client = open({ retryOn: [404], transports: ['sse'] });
      await isOpen(client);
      let refusals = 0;
      box.answers = (_, response) => {
        if (++refusals > 2) return false;
        response.writeHead(404).end();
        return true;
      };
      box.cut();
      await publish(1);
      await until('it has the message', () => client.seen.includes(1));
      expect([client.seen, refusals]).toEqual([[1], 3]);
    }),
  );
});
