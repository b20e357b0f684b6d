import { type Connection, connect, type PushwireError, type WebSocketClass } from '@pushwire/client';
import { createHub } from '@pushwire/core';
import { WebSocket } from 'ws';
import { adapters, type Route, type Running } from './kit/adapters';
import { freePort } from './kit/free-port';
import { until } from './kit/until';

// A client that may only use a WebSocket learns why its handshake failed, which browsers hide: it asks by HEAD.

const tested = adapters.filter(({ name }) => !name.endsWith('HTTP/2'));
const failing = (status: number) => () => {
  throw Object.assign(new Error('no'), { status });
};

describe.each(tested)('a WebSocket-only client with $name', ({ start }) => {
  const hub = createHub({ retry: 500 });
  const channel = hub.channel('news');
  let app: Running;
  let connection: Connection | undefined;
  const errors: PushwireError[] = [];

  beforeAll(async () => {
    app = await start();
  });
  afterEach(() => {
    connection?.close();
    errors.length = 0;
  });
  afterAll(() => app.close());

  const open = (route: Route | string, retry = 1000) => {
    const path = typeof route === 'string' ? route : app.serve(route);
    const options = { transports: ['websocket'], WebSocket: WebSocket as unknown as WebSocketClass, retry } as const;
    connection = connect(app.url + path, { ...options, memory: new Map(), random: () => 0 });
    connection.onError((error) => errors.push(error));
    return connection;
  };
  const seen = () => errors.map(({ code, status }) => [code, status]);

  it.each([401, 403, 404, 410])('fails with the %d that the source throws', async (status) => {
    const failed = open({ source: failing(status), push: {} });
    await until('it has failed', () => failed.status === 'failed');
    expect(seen()).toEqual([['refused', status]]);
  });

  it('fails with the 403 of authorize', async () => {
    const authorize = jest.fn(() => false);
    const failed = open({ source: channel, push: { authorize } });
    await until('it has failed', () => failed.status === 'failed');
    expect(seen()).toEqual([['refused', 403]]);
    expect(authorize).toHaveBeenCalledTimes(2);
  });

  it('waits as long as a closed hub asks it to', async () => {
    const closed = createHub({ retry: 500 });
    const news = closed.channel('news');
    await closed.close();
    open({ source: news, push: {} });
    await until('it was put off', () => errors.length > 0);
    expect(errors[0]).toMatchObject({ code: 'refused', status: 503, retry: 1000 });
    expect(connection?.status).toBe('waiting');
  });

  it('opens nothing by asking, where only the handshake does not get through', async () => {
    const closed = jest.fn();
    async function* source() {
      try {
        yield { data: 1 };
      } finally {
        closed();
      }
    }
    const refuseHandshakes = (incoming: { headers: { upgrade?: string | undefined } }, next: () => unknown) => {
      if (incoming.headers.upgrade) (incoming as unknown as { socket: { destroy(): void } }).socket.destroy();
      else return next();
    };
    open({ source, push: {}, around: refuseHandshakes });
    await until('it was refused', () => errors.length > 0);
    expect(seen()[0]).toEqual(['refused', 426]);
    expect(connection?.status).not.toBe('failed');
    expect(closed).not.toHaveBeenCalled();
    expect(hub.stats().connections).toBe(0);
  });
});

it('a WebSocket-only client without a server waits for it', async () => {
  const port = await freePort();
  const errors: PushwireError[] = [];
  const connection = connect(`http://127.0.0.1:${port}`, {
    transports: ['websocket'],
    WebSocket: WebSocket as unknown as WebSocketClass,
  });
  connection.onError((error) => errors.push(error));
  await until('it has tried', () => errors.length > 0);
  expect(errors[0]).toMatchObject({ code: 'network' });
  expect(connection.status).toBe('waiting');
  connection.close();
});
