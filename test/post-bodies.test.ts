import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import { createHub, type Source, type WebSocketOptions } from '@pushwire/core';
import { FakeClock } from '@pushwire/core/testing';
import { adapters, type Running } from './kit/adapters';
import { until } from './kit/until';
import { WatchedSocket } from './kit/watched-socket';

// Nobody may send bodies that don't end, or that nobody reads.

/** Counts the timers that have not fired and are not stopped. */
class CountingClock extends FakeClock {
  timers = 0;

  override after(ms: number, act: () => void): () => void {
    this.timers++;
    let isPending = true;
    const finish = () => {
      if (isPending) this.timers--;
      isPending = false;
    };
    const stop = super.after(ms, () => {
      finish();
      act();
    });
    return () => {
      finish();
      stop();
    };
  }
}

const http1 = adapters.filter(({ http2 }) => !http2);
const text = { 'content-type': 'text/plain' };

describe.each(http1)('the body of a POST on $name', ({ start }) => {
  const clock = new CountingClock();
  const hub = createHub({ clock });
  const heard: unknown[] = [];
  let app: Running;
  let socket: WatchedSocket;

  beforeAll(async () => {
    app = await start({});
  });
  afterAll(async () => {
    await hub.close();
    (app.server as Server).closeAllConnections();
    await app.close();
  });
  beforeEach(() => {
    heard.length = 0;
    socket = new WatchedSocket(app);
  });
  afterEach(async () => {
    socket.client.destroy();
    await until('its socket is closed', () => socket.isServerClosed);
    expect(app.errors.splice(0)).toEqual([]);
  });

  const post = (options: WebSocketOptions<unknown>, headers: Record<string, string>, body = '', more: object = {}) => {
    const webSocket = { onMessage: (data: unknown) => void heard.push(data), ...options };
    const { source = hub.channel('a'), ...push } = more as { source?: Source<unknown> };
    const path = app.serve({ source, push: { webSocket, ...push } });
    const lines = Object.entries({ Host: 'x', ...text, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  };
  const status = () => Number(/^HTTP\/1\.1 (\d+)/.exec(socket.received)?.[1]);
  const answered = () => until('it is answered', () => socket.received.includes('\r\n\r\n'));

  it('must arrive within bodyTimeout', async () => {
    post({ bodyTimeout: 2000 }, { 'Content-Length': '10' }, 'some');
    await until('it is being read', () => clock.timers > 0);
    clock.advance(1999);
    socket.write('more');
    await until('it has arrived', () => socket.bytesRead > 0);
    expect(socket.received).toBe('');
    clock.advance(1);
    await answered();
    expect([status(), socket.received.toLowerCase().includes('connection: close'), heard]).toEqual([408, true, []]);
    await until('the server has closed', () => socket.isServerClosed);
  });

  it('is not waited for any more when it has arrived', async () => {
    const before = clock.timers;
    post({}, { 'Content-Length': '4', Connection: 'keep-alive' }, 'some');
    await answered();
    expect([status(), heard, clock.timers]).toEqual([204, ['some'], before]);
  });

  it('may be empty, and read by a body parser', async () => {
    const parse = async (incoming: unknown, next: () => unknown) => {
      for await (const _nothing of incoming as IncomingMessage);
      return next();
    };
    const webSocket = { onMessage: (data: unknown) => void heard.push(data) };
    const path = app.serve({ source: hub.channel('a'), push: { webSocket }, around: parse });
    const answer = await fetch(`${app.url}${path}`, { method: 'POST', body: '', headers: text });
    expect([answer.status, heard]).toEqual([204, ['']]);
  });

  it('holds a place in the hub while it is read, and is not waited for when the hub closes', async () => {
    const clock = new CountingClock();
    const small = createHub({ clock, limits: { connections: 1 } });
    post({}, { 'Content-Length': '10' }, 'some', { source: small.channel('a') });
    await until('it is being read', () => clock.timers > 0);
    const path = app.serve({ source: small.channel('a'), push: { webSocket: { onMessage: () => {} } } });
    const other = await fetch(`${app.url}${path}`, { method: 'POST', body: 'x', headers: text });
    expect([other.status, await other.text()]).toEqual([503, 'The server is full.\n']);
    await until('the refused one is not read', () => clock.timers === 1);
    await small.close();
    await answered();
    expect([status(), /connection: close/i.test(socket.received), heard]).toEqual([503, true, []]);
    await until('the server has closed', () => socket.isServerClosed);
  });

  it.each<[number, string, WebSocketOptions<unknown>, Record<string, string>, object]>([
    [413, 'too large', { maxPayload: 1000 }, { 'Transfer-Encoding': 'chunked' }, {}],
    [413, 'too large, as its Content-Length says', { maxPayload: 1000 }, { 'Content-Length': '1000000000' }, {}],
    [403, 'from another origin', {}, { 'Transfer-Encoding': 'chunked', Origin: 'https://evil.example' }, {}],
    [403, 'from a client without the right', {}, { 'Transfer-Encoding': 'chunked' }, { authorize: () => false }],
    [400, 'for a channel with a bad name', {}, { 'Transfer-Encoding': 'chunked' }, { source: () => hub.channel('\n') }],
    [400, 'for no channel', {}, { 'Content-Length': '1000000000' }, { source: async () => [] }],
    [400, 'compressed', {}, { 'Transfer-Encoding': 'chunked', 'Content-Encoding': 'gzip' }, {}],
  ])('is not read to its end after a %i: %s', async (expected, _what, options, headers, more) => {
    post(options, headers, '', more);
    // A megabyte at a time, as long as the server reads.
    const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
    let sent = 0;
    while (!socket.client.destroyed && sent < 64) {
      await new Promise<void>((resolve) => {
        socket.client.once('close', () => resolve());
        socket.client.write(chunk, () => resolve());
      });
      sent++;
    }
    await until('the server has closed', () => socket.isServerClosed);
    expect(socket.bytesRead).toBeLessThan(8 * 0x100000);
    expect(heard).toEqual([]);
    if (socket.received !== '')
      expect([status(), /connection: close/i.test(socket.received)]).toEqual([expected, true]);
  });
});

it('the body of a refused POST over HTTP/2 is not read to its end, and its session goes on', async () => {
  const hub = createHub();
  const adapter = adapters.find(({ http2 }) => http2) as (typeof adapters)[number];
  const webSocket = { onMessage: () => {}, maxPayload: 1000 };
  const app = await adapter.start({ '/': { source: hub.channel('a'), push: { webSocket } } });
  const session = connectHttp2(app.url);
  const post = async (body: string) => {
    const stream = session.request({ ':method': 'POST', ':path': '/', ...text });
    stream.on('error', () => {});
    stream.write(body);
    const [head] = await once(stream, 'response');
    stream.resume();
    return { stream, status: head[':status'] };
  };
  const refused = await post('x'.repeat(100_000));
  expect(refused.status).toBe(413);
  await until('its stream is closed', () => refused.stream.closed);
  expect(refused.stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  const other = session.request({ ':method': 'POST', ':path': '/', ...text });
  other.end('hello');
  const [head] = await once(other, 'response');
  expect(head[':status']).toBe(204);
  session.destroy();
  await hub.close();
  await app.close();
});
