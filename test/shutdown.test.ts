import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { createHub, type Hub } from '@pushwire/core';
import { FakeClock } from '@pushwire/core/testing';
import { type Adapter, adapters, type Route, type Running } from './kit/adapters';
import { keptClientsFor } from './kit/kept-clients';
import { until } from './kit/until';

const transports = ['sse', 'ndjson', 'comet', 'long-poll', 'poll', 'websocket'];

/** Yields one message, and waits for a second that does not come. */
async function* waits(_request: unknown, { signal }: { signal: AbortSignal }) {
  yield { data: 'x' };
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
}

/** Starts an app whose server never closes a kept connection by itself. */
async function startKeeping(start: Adapter['start'], route: Route): Promise<Running> {
  const app = await start({ '/': route });
  (app.server as Server).keepAliveTimeout = 0;
  return app;
}

/** Ways to close a hub and its server. The README has the first. */
const orders: Record<string, (hub: Hub, server: Running['server']) => Promise<unknown>> = {
  'the server, then the hub': (hub, server) => {
    server.close();
    return hub.close({ within: 100 });
  },
  'the hub, then the server': async (hub, server) => {
    const closing = hub.close({ within: 100 });
    server.close();
    await closing;
  },
  'the hub, and when that is done the server': async (hub, server) => {
    await hub.close();
    server.close();
  },
};

describe.each(adapters)('an app on $name that closes', ({ http2, start }) => {
  describe.each(Object.entries(orders))('%s', (_order, close) => {
    async function expectEnd(transport: string, route: (hub: Hub) => Route): Promise<void> {
      const hub = createHub({ retry: 500 });
      const app = await startKeeping(start, route(hub));
      const open = Object.entries(keptClientsFor(transport, http2));
      const clients = open.map(([name, openClient]) => ({
        name,
        client: openClient(`${app.url}/?transport=${transport}&cursor=0`),
      }));
      for (const { name, client } of clients) {
        const isHeld = transport === 'long-poll';
        await until(
          `${name} is connected`,
          () => client.answers() > 0 || (isHeld && hub.stats().connections >= clients.length),
        );
      }
      let isClosed = false;
      app.server.once('close', () => {
        isClosed = true;
      });
      await close(hub, app.server);
      const names = clients.map(({ name }) => name).join(', ');
      await until(`the server has closed, with ${names}`, () => isClosed);
      for (const { client } of clients) client.leave();
      expect(app.errors).toEqual([]);
    }

    it.concurrent.each(transports)('ends, whatever comes back over %s', (transport) =>
      expectEnd(transport, (hub) => ({ source: hub.channel('news'), push: {} })),
    );

    it.each(['sse', 'ndjson', 'comet', 'websocket'])('ends a generator without a hub over %s', (transport) =>
      expectEnd(transport, () => ({ source: waits, push: {} })),
    );
  });
});

describe('a generator without a hub', () => {
  const [adapter] = adapters;

  async function startGenerator() {
    const app = await (adapter as Adapter).start({ '/': { source: waits, push: {} } });
    const response = await fetch(`${app.url}/?transport=sse`);
    let isOver = false;
    response.text().finally(() => {
      isOver = true;
    });
    return { app, isOver: () => isOver };
  }

  it('goes on when a hub closes whose server goes on listening', async () => {
    const { app, isOver } = await startGenerator();
    await createHub().close();
    expect(isOver()).toBe(false);
    (app.server as Server).closeAllConnections();
    await app.close();
  });

  it('goes on when its server stops listening after a hub was created anew', async () => {
    const { app, isOver } = await startGenerator();
    await createHub().close();
    const hub = createHub();
    const closed = app.close();
    expect(isOver()).toBe(false);
    await hub.close();
    await closed;
    await until('the stream has ended', isOver);
  });

  it('is served anew by a server that listens again', async () => {
    const { app } = await startGenerator();
    const closed = app.close();
    await createHub().close();
    await closed;
    await once(app.server.listen(0, '127.0.0.1'), 'listening');
    const { port } = app.server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/?transport=sse`);
    const { value } = (await response.body?.getReader().read()) ?? {};
    expect(Buffer.from(value ?? []).toString()).toContain('pushwire:open');
    (app.server as Server).closeAllConnections();
    await app.close();
  });
});

const leaving: (() => void)[] = [];

afterEach(() => {
  for (const leave of leaving.splice(0)) leave();
});

/** Opens a session whose client never closes its side of the connection during the test. */
function openUnclosing(url: string) {
  let hasEnded = false;
  const { hostname, port } = new URL(url);
  const socket = connectTcp({ host: hostname, port: Number(port), allowHalfOpen: true });
  leaving.push(socket.destroy.bind(socket));
  Object.assign(socket, { end: () => socket, destroy: () => socket });
  socket.on('end', () => {
    hasEnded = true;
  });
  const session = connectHttp2(url, { createConnection: () => socket });
  session.on('error', () => {});
  return { session, hasEnded: () => hasEnded };
}

describe.each(adapters.filter(({ http2 }) => http2))('a session on $name', ({ start }) => {
  it.each([
    ['that was open before', true],
    ['that comes after the hub has closed', false],
  ])('%s is taken from a client that does not close it', async (_, isEarly) => {
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const app = await start({ '/': { source: hub.channel('news'), push: {} } });
    if (!isEarly) await hub.close();
    const { session, hasEnded } = openUnclosing(app.url);
    session.request({ ':path': '/?transport=sse' }).resume();
    if (isEarly) await until('the stream is open', () => hub.stats().connections === 1);
    else await until('the server has ended its side', hasEnded);
    let isClosed = false;
    app.server.once('close', () => {
      isClosed = true;
    });
    const closed = app.close();
    await hub.close();
    await until('the server has ended its side', hasEnded);
    expect(isClosed).toBe(false);
    clock.advance(10_000);
    await closed;
  });
});
