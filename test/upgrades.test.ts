import { once } from 'node:events';
import { createServer, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { type WebSocketClient as Client, createHub, type Hub, type SourceContext } from '@pushwire/core';
import * as forExpress from '@pushwire/express';
import * as forKoa from '@pushwire/koa';
import compression from 'compression';
import express from 'express';
import Koa from 'koa';
import koaCompress from 'koa-compress';
import morgan from 'morgan';
import { Server as SocketIo } from 'socket.io';
import { WebSocket, WebSocketServer } from 'ws';
import { until } from './kit/until';
import { type Adapter, type AppParts, type RunningApp, type Step, upgradeApps } from './kit/upgrade-apps';
import { clientFrame, openWebSocket, type WebSocketRequest } from './kit/web-socket-client';

const nothing: Step = () => undefined;

/** A promise that a test settles. */
function gate(): { readonly opens: Promise<void>; open(): void } {
  let open = () => {};
  const opens = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opens, open };
}

describe.each(upgradeApps)('upgrades through $name', ({ secure, isKoa, start }) => {
  let hub: Hub;
  let app: RunningApp;
  const connections = new Set<Socket>();

  const running = async (parts: Partial<AppParts>) => {
    app = await start({ routes: standard, ...parts });
  };
  const standard = ({ webSocket, rawWebSocket, push, sse }: Adapter): Record<string, unknown> => ({
    '/ws': webSocket(hub.channel('news')),
    '/echo': webSocket(hub.channel('echo'), { onMessage: (data, client: Client<unknown>) => client.send(data) }),
    '/push': push(hub.channel('news')),
    '/sse': sse(hub.channel('news')),
    '/raw': rawWebSocket((socket) => socket.on('message', (data, binary) => socket.send(data, { binary }))),
  });
  const open = (path: string, request?: WebSocketRequest) => openWebSocket(`${app.url}${path}`, request);

  beforeEach(() => {
    hub = createHub();
  });
  afterEach(async () => {
    // One that nobody reads does not close by itself.
    for (const socket of connections) socket.destroy();
    connections.clear();
    await hub.close();
    await app.close();
  });

  it('open on a route that accepts them, and send what is published', async () => {
    await running({});
    for (const path of ['/ws', '/push', '/push?transport=websocket']) {
      const client = await open(path);
      expect(client.status).toBe(101);
      await until('it is connected', () => hub.stats().connections === 1);
      await hub.channel('news').publish('hello');
      await client.until(() => client.messages().length === 1);
      expect(String(client.messages()[0])).toBe('hello');
      client.leave();
      await until('it is gone', () => hub.stats().connections === 0);
    }
    expect(app.errors).toEqual([]);
  });

  it('can be refused by middleware, with its status, headers and body', async () => {
    const auth: Step = async ({ query }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (query.get('token') === 'right') return undefined;
      return { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="x"', 'X-Own': 'e' }, body: 'Who are you?' };
    };
    await running({ steps: [auth] });
    const refused = await open('/ws?token=wrong');
    expect([refused.status, refused.headers['www-authenticate'], refused.headers['x-own'], await refused.body]).toEqual(
      [401, 'Basic realm="x"', 'e', 'Who are you?'],
    );
    await refused.closed;
    expect((await open('/ws?token=right')).status).toBe(101);
  });

  it('get the router’s 404 and the app’s error page', async () => {
    const fails: Step = ({ path }) => {
      if (path === '/fails') throw Object.assign(new Error('teapot'), { status: 418, expose: true });
      return undefined;
    };
    await running({ steps: [fails] });
    const none = await open('/none');
    expect([none.status, (await none.body).length > 0]).toEqual([404, true]);
    expect(app.errors).toEqual([]);
    const failed = await open('/fails');
    expect([failed.status, await failed.body]).toEqual([418, expect.stringContaining('teapot')]);
    expect(app.errors.map((error) => (error as Error).message)).toEqual(['teapot']);
  });

  it('get the middleware’s cookies and headers with the 101', async () => {
    await running({
      steps: [
        (visitor) => {
          visitor.setHeader('X-Request-Id', '17');
          visitor.setHeader('Set-Cookie', 'a=1; Path=/');
          visitor.setHeader('Set-Cookie', 'b=2');
          return undefined;
        },
      ],
    });
    for (const path of ['/ws', '/raw']) {
      const client = await open(path);
      expect([client.status, client.headers['x-request-id'], client.headers['set-cookie']]).toEqual([
        101,
        '17',
        ['a=1; Path=/', 'b=2'],
      ]);
      expect(client.headers).not.toHaveProperty('content-type');
      expect(client.headers).not.toHaveProperty('content-length');
      expect(client.headers.connection).toBe('Upgrade');
      client.leave();
    }
  });

  it('save the session before the handshake', async () => {
    const seen: number[] = [];
    await running({
      withSessions: true,
      steps: [
        ({ visits }) => {
          seen.push(visits?.() ?? 0);
          return undefined;
        },
      ],
    });
    const first = await open('/ws');
    const cookie = (first.headers['set-cookie'] ?? []).map((each) => each.split(';')[0]).join('; ');
    expect([first.status, cookie]).toEqual([101, expect.stringMatching(/sid|sess/)]);
    const second = await open('/echo', { headers: { cookie } });
    expect([second.status, seen]).toEqual([101, [1, 2]]);
    for (const client of [first, second]) client.leave();
    expect(app.errors).toEqual([]);
  });

  it('work behind compression and a logger, which see the response end', async () => {
    const lines: string[] = [];
    const log = morgan(':method :url :status', { stream: { write: (line) => void lines.push(line.trim()) } });
    await running({
      around: isKoa
        ? [
            koaCompress(),
            (ctx: import('koa').Context, next: () => Promise<void>) => {
              log(ctx.req, ctx.res, () => {});
              return next();
            },
          ]
        : [log, compression({ threshold: 0 })],
    });
    const client = await open('/echo');
    client.send('hello');
    await client.until(() => client.messages().length === 1);
    expect(String(client.messages()[0])).toBe('hello');
    await until('it is logged', () => lines.length === 1);
    expect(lines).toEqual(['GET /echo 101']);
    client.leave();
  });

  it('lose no bytes that arrive with the handshake, even behind slow middleware', async () => {
    const slow = gate();
    await running({ steps: [() => slow.opens.then(() => undefined)] });
    const early = Buffer.concat([clientFrame(1, 'first'), clientFrame(1, 'second').subarray(0, 3)]);
    const socket = await rawHandshake('/echo', early);
    slow.open();
    const answer = await readUntil(socket, '101 Switching Protocols');
    expect(answer).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    await readUntil(socket, 'first');
    socket.destroy();
  });

  it('lose no early bytes with a raw handler either', async () => {
    await running({ steps: [() => new Promise((resolve) => setTimeout(() => resolve(undefined), 20))] });
    const socket = await rawHandshake('/raw', clientFrame(1, 'early'));
    await readUntil(socket, 'early');
    socket.destroy();
  });

  it('get a 503 if the app does not answer', async () => {
    await running({ steps: [() => new Promise(() => {})], upgrades: { handshakeTimeout: 50 } });
    const client = await open('/ws');
    expect([client.status, await client.body]).toEqual([503, 'The upgrade took too long.\n']);
    await until('its socket is closed', () => app.sockets.size === 0);
  });

  it('get a 503 if their source does not settle, and its signal fires', async () => {
    let signal: AbortSignal | undefined;
    const source = (_request: unknown, context: SourceContext) => {
      signal = context.signal;
      return new Promise<never>(() => {});
    };
    const routes = ({ webSocket }: Adapter) => ({ '/slow': webSocket(source) });
    await running({ routes, upgrades: { handshakeTimeout: 50 } });
    const { status, headers } = await open('/slow');
    expect([status, headers['retry-after']]).toEqual([503, '3']);
    await until('the source is told', () => signal?.aborted === true);
  });

  it('from pages of other hosts get a 403', async () => {
    await running({
      routes: (adapter) => ({
        ...standard(adapter),
        '/list': adapter.webSocket(hub.channel('news'), { origins: ['https://friend.example'] }),
        '/function': adapter.webSocket(hub.channel('news'), {
          origins: (origin) => origin.endsWith('.friend.example'),
        }),
        '/raw-list': adapter.rawWebSocket(() => {}, { origins: ['https://friend.example'] }),
      }),
    });
    const statusFor = async (path: string, origin?: string) => {
      const client = await open(path, { headers: origin === undefined ? {} : { origin } });
      client.leave();
      return client.status;
    };
    expect(await statusFor('/ws', 'https://evil.example')).toBe(403);
    expect(await statusFor('/push', 'https://evil.example')).toBe(403);
    expect(await statusFor('/raw', 'null')).toBe(403);
    expect(await statusFor('/ws', app.url)).toBe(101);
    expect(await statusFor('/ws')).toBe(101);
    for (const path of ['/list', '/raw-list']) {
      expect([await statusFor(path, 'https://friend.example'), await statusFor(path, app.url)]).toEqual([101, 403]);
    }
    const asked = ['https://a.friend.example', 'https://friend.example'].map((origin) =>
      statusFor('/function', origin),
    );
    expect(await Promise.all(asked)).toEqual([101, 403]);
    const refused = await open('/ws', { headers: { origin: 'https://evil.example' } });
    expect(await refused.body).toBe('Pages of this origin may not open a WebSocket here.\n');
    expect(app.errors).toEqual([]);
  });

  it('are the only requests that a WebSocket route serves; others get a 426', async () => {
    await running({});
    for (const path of ['/ws', '/raw', '/push?transport=websocket']) {
      const { status, headers, body } = await get(path);
      expect([status, headers.upgrade, body]).toEqual([
        426,
        'websocket',
        'This URL only serves WebSockets. A proxy may have removed the Upgrade header.\n',
      ]);
    }
  });

  it.each([
    ['an unknown version', { 'Sec-WebSocket-Version': '7' }, 426],
    ['an invalid key', { 'Sec-WebSocket-Key': 'short' }, 400],
  ])('with %s are refused', async (_what, headers, status) => {
    await running({});
    const client = await open('/ws', { headers });
    expect([client.status, hub.stats().connections]).toEqual([status, 0]);
    await until('its socket is closed', () => app.sockets.size === 0);
  });

  it('to other protocols are served as ordinary requests, including their bodies', async () => {
    await running({
      steps: [({ path }) => (path === '/hello' ? { status: 200, body: 'hello' } : undefined)],
    });
    const headers = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAAP__' };
    const answers = await Promise.all([
      get('/hello', { headers }),
      get('/hello', { headers, method: 'POST', body: 'x'.repeat(100_000) }),
    ]);
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [200, 'hello'],
      [200, 'hello'],
    ]);
  });

  it('with a body are served as ordinary requests, and so is the next one on the same connection', async () => {
    await running({
      steps: [({ path }) => (path.startsWith('/hello') ? { status: 200, body: `hello ${path}` } : undefined)],
    });
    const socket = await connected();
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
    });
    const offer = 'Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket';
    socket.write(`POST /hello1 HTTP/1.1\r\n${offer}\r\nContent-Length: 4\r\n\r\nbo`);
    await new Promise(setImmediate);
    socket.write('dy');
    await until('the first is answered', () => received.includes('hello /hello1'));
    socket.write('GET /hello2 HTTP/1.1\r\nHost: a\r\n\r\n');
    await until('the second is answered', () => received.includes('hello /hello2'));
    socket.destroy();
  });

  it('leave other paths to other WebSocket libraries, which don’t see ours', async () => {
    await running({ upgrades: { path: ['/ws', '/echo/'] } });
    const other = new WebSocketServer({ server: app.server as never, path: '/other' });
    other.on('connection', (socket) => socket.send('from the other'));
    const io = new SocketIo(app.server, { destroyUpgradeTimeout: 10 });
    io.on('connection', (socket) => socket.emit('hello'));

    const theirs = await open('/other');
    await theirs.until(() => theirs.messages().length === 1);
    expect(String(theirs.messages()[0])).toBe('from the other');
    const ours = await open('/echo');
    // Longer than socket.io waits before it ends unknown upgrades.
    await new Promise((resolve) => setTimeout(resolve, 30));
    ours.send('still here');
    await ours.until(() => ours.messages().length === 1);
    expect(String(ours.messages()[0])).toBe('still here');
    for (const client of [ours, theirs]) client.leave();
    other.close();
    await io.close();
  });

  it('can be shared by several apps by path, and get a 404 on other paths', async () => {
    await running({ upgrades: { path: '/ws' } });
    const other = await start({
      routes: ({ rawWebSocket }) => ({ '/other': rawWebSocket((socket) => socket.send('from the other app')) }),
      upgrades: { path: '/other' },
      server: app.server,
    });
    expect((await open('/ws')).status).toBe(101);
    const theirs = await open('/other');
    await theirs.until(() => theirs.messages().length === 1);
    expect(String(theirs.messages()[0])).toBe('from the other app');
    theirs.leave();
    expect((await open('/echo')).status).toBe(404);
    expect(other.url).toBe(app.url);
  });

  it('get a 404 if they are not ours and no other library answers them', async () => {
    await running({ upgrades: { path: '/ws', handshakeTimeout: 50 } });
    app.server.on('upgrade', () => {});
    const forgotten = await open('/hmr');
    expect(forgotten.status).toBe(404);
    await until('its socket is closed', () => app.sockets.size === 0);
    expect((await open('/ws')).status).toBe(101);
  });

  it('call a source function with the request and a signal', async () => {
    let signal: AbortSignal | undefined;
    await running({
      routes: ({ webSocket }) => ({
        '/room': webSocket((request, context) => {
          signal = context.signal;
          // Both an Express request and a Koa context have `query`.
          const { query } = request as unknown as { query: Record<string, string> };
          return hub.channel(`room:${query.room}`);
        }),
        '/failing': webSocket(() => {
          throw Object.assign(new Error('no such room'), { status: 404, expose: true });
        }),
      }),
    });
    const client = await open('/room?room=7&cursor=0');
    await hub.channel('room:7').publish('x');
    await client.until(() => client.messages().length === 1);
    expect(signal?.aborted).toBe(false);
    client.leave();
    await until('the signal has fired', () => signal?.aborted === true);
    const failed = await open('/failing');
    expect([failed.status, await failed.body]).toEqual([404, expect.stringContaining('no such room')]);
  });

  it('pass messages of clients to an async handler one at a time', async () => {
    const handled: string[] = [];
    await running({
      routes: ({ webSocket }) => ({
        '/ws': webSocket(hub.channel('news'), {
          async onMessage(data, client: Client<unknown>) {
            handled.push(`begin ${data}`);
            await new Promise((resolve) => setTimeout(resolve, 5));
            handled.push(`end ${data}`);
            await client.send({ took: String(data) }, { event: 'took' });
          },
        }),
      }),
    });
    const client = await open('/ws', { protocol: 'pushwire.v1' });
    for (const text of ['a', 'b', 'c']) client.send(text);
    const took = () => client.messages().filter((message) => String(message).includes('took'));
    await client.until(() => took().length === 3);
    expect(handled).toEqual(['begin a', 'end a', 'begin b', 'end b', 'begin c', 'end c']);
    expect(String(took()[0])).toBe('{"event":"took","data":{"took":"a"}}');
    client.leave();
  });

  it('send an answer after messages that were published before it', async () => {
    await running({
      routes: ({ webSocket }) => ({
        '/ws': webSocket(hub.channel('news'), {
          async onMessage(_data, client: Client<unknown>) {
            await hub.channel('news').publish('published first');
            await client.send('sent second');
          },
        }),
      }),
    });
    const client = await open('/ws');
    for (let n = 0; n < 5; n++) client.send('x');
    await client.until(() => client.messages().length === 10);
    expect(client.messages().map(String)).toEqual(new Array(5).fill(['published first', 'sent second']).flat());
    client.leave();
  });

  it('let a handler close with its own code', async () => {
    const thrown: string[] = [];
    await running({
      routes: ({ webSocket }) => ({
        '/ws': webSocket(hub.channel('news'), {
          onMessage(_data, client: Client<unknown>) {
            for (const bad of [() => client.close(1001), () => client.close(4000, 'x'.repeat(124))]) {
              try {
                bad();
              } catch (error) {
                thrown.push((error as Error).message);
              }
            }
            client.close(4001, 'why');
          },
        }),
      }),
    });
    const client = await open('/ws');
    client.send('x');
    await client.closed;
    expect(client.code()).toBe(4001);
    expect(thrown).toEqual([
      'close code: expected 1000, or an integer from 3000 to 4999, got the number 1001',
      expect.stringMatching(/^close reason: expected a string of at most 123 bytes, got the string/),
    ]);
  });

  it('fail with a hint if acceptUpgrades() was not called', async () => {
    await running({ unaccepted: true });
    for (const path of ['/ws', '/push', '/raw']) expect((await open(path)).status).toBe(500);
    for (const error of app.errors) {
      expect(String(error)).toBe(
        'TypeError: webSocket: expected upgrades to reach the app; call acceptUpgrades(server, app) once',
      );
    }
    expect(app.errors).toHaveLength(3);
  });

  it('close with the code of the reason', async () => {
    const thrown: unknown[] = [];
    await running({
      routes: ({ webSocket, rawWebSocket }) => ({
        '/ws': webSocket(hub.channel('news')),
        '/failing': webSocket(hub.channel('news'), {
          onMessage: () => Promise.reject(new Error('on purpose')),
          onError: (error) => void thrown.push(error),
        }),
        '/bounded': webSocket(hub.channel('news'), { onMessage: () => {}, messagesPerSecond: 5, maxPayload: 100 }),
        '/generator': webSocket(async function* () {
          yield { data: 'once' };
        }),
        '/raw': rawWebSocket(
          () => {
            throw new Error('on purpose');
          },
          { onError: (error) => void thrown.push(error) },
        ),
        '/draining': rawWebSocket(() => {}, { hub }),
      }),
    });
    const codeOf = async (path: string, act: (client: Awaited<ReturnType<typeof open>>) => unknown = () => {}) => {
      const client = await open(path);
      expect(client.status).toBe(101);
      act(client);
      await client.closed;
      return client.code();
    };
    expect(await codeOf('/failing', (client) => client.send('x'))).toBe(1011);
    expect(await codeOf('/raw')).toBe(1011);
    expect(thrown.map((error) => (error as Error).message)).toEqual(['on purpose', 'on purpose']);
    const many = (client: { send(text: string): void }) => {
      for (let n = 0; n < 6; n++) client.send('x');
    };
    expect(await codeOf('/bounded', many)).toBe(1008);
    expect(await codeOf('/bounded', (client) => client.send('x'.repeat(101)))).toBe(1009);
    expect(await codeOf('/generator')).toBe(1000);
    const ending = codeOf('/ws');
    await until('it is connected', () => hub.stats().connections === 1);
    await hub.channel('news').end();
    expect(await ending).toBe(1000);
    // The channel has ended, so later clients get nothing more.
    expect(await codeOf('/ws?cursor=0')).toBe(1000);
    const draining = codeOf('/draining');
    await until('it is connected', () => hub.stats().connections === 1);
    await hub.close();
    expect(await draining).toBe(1012);
    const late = await open('/draining');
    expect([late.status, late.headers['retry-after']]).toEqual([503, '3']);
    expect(app.errors).toEqual([]);
  });

  it('survive resets at every step of the handshake, and leave nothing behind', async () => {
    const gates = Array.from({ length: 3 }, gate);
    let reached = 0;
    await running({
      steps: [
        async () => {
          reached++;
          await gates[0]?.opens;
          return undefined;
        },
        nothing,
      ],
      routes: ({ webSocket, push }) => ({
        '/ws': webSocket(async () => {
          reached++;
          await gates[1]?.opens;
          return hub.channel('news');
        }),
        '/push': push(hub.channel('news')),
      }),
    });
    // Before the request's head is complete.
    const half = await connected();
    half.write('GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: webso');
    reset(half);
    // While middleware or a source function is at work, by a reset and by an ordinary close.
    const leave = [reset, (socket: Socket) => socket.destroy()];
    for (const way of leave) way(await reachedBy('/ws', 1));
    gates[0]?.open();
    for (const way of leave) way(await reachedBy('/ws', 2));
    gates[1]?.open();
    // Together with the answer, and right after it.
    for (let n = 0; n < 20; n++) {
      const socket = await rawHandshake('/push', n % 2 === 0 ? clientFrame(1, 'x') : Buffer.alloc(0));
      if (n % 4 > 1) await readUntil(socket, '101');
      leave[n % 2]?.(socket);
    }
    await until('nothing is left', () => app.sockets.size === 0 && hub.stats().connections === 0);
    // Koa reports the reset of any request as an app error.
    const isReset = (error: unknown) => isKoa && (error as { code?: string }).code === 'ECONNRESET';
    expect(app.errors.filter((error) => !isReset(error))).toEqual([]);
    expect((await open('/push')).status).toBe(101);

    async function reachedBy(path: string, steps: number): Promise<Socket> {
      reached = 0;
      const socket = await rawHandshake(path, Buffer.alloc(0));
      await until('the app has the request', () => reached === steps);
      return socket;
    }
  });

  it('wait for earlier requests on the same connection', async () => {
    const slow = gate();
    await running({
      steps: [({ path }) => (path === '/slow' ? slow.opens.then(() => ({ status: 200, body: 'slowly' })) : undefined)],
    });
    const before = 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2);
    const socket = await rawHandshake('/echo', clientFrame(1, 'early'), before);
    await new Promise((resolve) => setTimeout(resolve, 20));
    slow.open();
    const answers = await readUntil(socket, 'early');
    expect(answers.match(/slowly|101 Switching/g)).toEqual(['slowly', 'slowly', '101 Switching']);
    socket.destroy();
    const refused = await rawHandshake('/none', Buffer.alloc(0), before);
    expect((await readUntil(refused, '404')).match(/slowly/g)).toHaveLength(2);
    const ordinary = await rawHandshake('/slow', Buffer.alloc(0), before, 'h2c');
    await until(
      'all three',
      () => (received.get(ordinary)?.text ?? readFrom(ordinary).text).match(/slowly/g)?.length === 3,
    );
    ordinary.destroy();
  });

  it('for other libraries may be reset by their clients', async () => {
    await running({ upgrades: { path: '/ws', handshakeTimeout: 20 } });
    app.server.on('upgrade', () => {});
    for (let n = 0; n < 10; n++) {
      const socket = await rawHandshake('/hmr', Buffer.alloc(0));
      if (n % 2) await new Promise((resolve) => setTimeout(resolve, n * 4));
      reset(socket);
    }
    await until('nothing is left', () => app.sockets.size === 0);
  });

  it('get a large refusal completely, unless the client leaves', async () => {
    const large = (end: () => void) => Readable.from(chunks(end), { objectMode: false });
    let ended = 0;
    async function* chunks(end: () => void) {
      for (let n = 0; n < 100; n++) yield Buffer.alloc(20_000, 'x');
      end();
    }
    await running({
      around: [
        isKoa
          ? (ctx: import('koa').Context) => {
              ctx.status = 401;
              ctx.body = large(() => ended++);
            }
          : (_request: unknown, response: import('express').Response) => {
              response.status(401);
              large(() => ended++).pipe(response);
            },
      ],
    });
    const refused = await open('/ws');
    expect([refused.status, (await refused.body).length]).toEqual([401, 2_000_000]);
    const leaving = await rawHandshake('/ws', Buffer.alloc(0));
    await readUntil(leaving, '401');
    leaving.destroy();
    await until('nothing is left', () => app.sockets.size === 0);
    expect(ended).toBeGreaterThan(0);
  });

  it('notice that a client leaves during middleware, a source or half a refusal', async () => {
    let signal: AbortSignal | undefined;
    await running({
      steps: [({ path }) => (path === '/hangs' ? new Promise(() => {}) : undefined)],
      around: [
        isKoa
          ? (ctx: import('koa').Context, next: () => Promise<void>) => {
              if (ctx.path !== '/half') return next();
              ctx.respond = false;
              ctx.res.write('half');
            }
          : (request: import('express').Request, response: import('express').Response, next: () => void) => {
              if (request.path === '/half') response.write('half');
              else next();
            },
      ],
      routes: ({ webSocket }) => ({
        '/source': webSocket((_request, context) => {
          signal = context.signal;
          return new Promise(() => {});
        }),
      }),
    });
    for (const path of ['/hangs', '/half', '/source']) {
      const socket = await rawHandshake(path, Buffer.alloc(0));
      await until('it has connected', () => app.sockets.size === 1 && (path !== '/source' || signal !== undefined));
      socket.end();
      await until(`it is gone from ${path}`, () => app.sockets.size === 0);
    }
    await until('the signal has fired', () => signal?.aborted === true);
  });

  it('abort the source’s signal if the handshake fails', async () => {
    const signals: AbortSignal[] = [];
    await running({
      routes: ({ webSocket }) => ({
        '/ws': webSocket((_request, context) => {
          signals.push(context.signal);
          return hub.channel('news');
        }),
      }),
    });
    expect((await open('/ws', { headers: { 'Sec-WebSocket-Key': 'short' } })).status).toBe(400);
    await until('it has fired', () => signals.length === 1 && signals.every(({ aborted }) => aborted));
  });

  it('call clientKey once, since its error could not be answered after the handshake', async () => {
    let asked = 0;
    const clientKey = () => {
      if (++asked > 1) throw new Error('no session any more');
      return 'a';
    };
    const crowded = createHub({ limits: { perClient: 1 }, clientKey });
    await running({ routes: ({ webSocket }) => ({ '/ws': webSocket(crowded.channel('news')) }) });
    const client = await open('/ws');
    await until('it is connected', () => crowded.stats().connections === 1);
    expect([client.status, asked, app.errors]).toEqual([101, 1, []]);
    await crowded.close();
  });

  it('are not accepted after the app has ended their response', async () => {
    await running({
      around: [
        isKoa
          ? (ctx: import('koa').Context, next: () => Promise<void>) => {
              ctx.res.statusCode = 401;
              ctx.res.end('no');
              return next();
            }
          : (_request: unknown, response: import('express').Response, next: () => void) => {
              response.status(401).end('no');
              next();
            },
      ],
    });
    for (const path of ['/ws', '/raw', '/push']) {
      const client = await open(path);
      expect([client.status, await client.body]).toEqual([401, 'no']);
    }
    await until('nothing is left', () => app.sockets.size === 0);
    expect(hub.stats().connections).toBe(0);
  });

  // Only Koa's middleware continues after a route has accepted.
  if (isKoa) {
    it('ask clients to reconnect if the hub closes during their handshake', async () => {
      const slow = gate();
      await running({
        around: [
          async (_ctx: unknown, next: () => Promise<void>) => {
            await next();
            await slow.opens;
          },
        ],
        routes: ({ webSocket }) => ({
          '/channel': webSocket(hub.channel('news')),
          '/generator': webSocket(
            async function* () {
              for (;;) yield { data: await new Promise((resolve) => setTimeout(() => resolve('x'), 5)) };
            },
            { hub },
          ),
        }),
      });
      const opening = ['/channel', '/generator'].map((path) => open(path, { protocol: 'pushwire.v1' }));
      await until('they have connected', () => app.sockets.size === 2);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await hub.close();
      slow.open();
      for (const client of await Promise.all(opening)) {
        await client.closed;
        expect([client.code(), client.messages().map((message) => JSON.parse(String(message)).event)]).toEqual([
          1012,
          ['pushwire:retry'],
        ]);
      }
      expect([hub.stats().connections, app.errors]).toEqual([0, []]);
    });
  }

  it('close cleanly while a handler is at work', async () => {
    await running({
      routes: ({ webSocket }) => ({
        '/ws': webSocket(hub.channel('news'), { onMessage: () => new Promise(() => {}) }),
      }),
    });
    const client = await open('/ws');
    client.send('x');
    await new Promise((resolve) => setTimeout(resolve, 20));
    await hub.close();
    await client.closed;
    expect(client.code()).toBe(1012);
    await until('nothing is left', () => app.sockets.size === 0);
  });

  // Only Koa's middleware continues after a route has accepted.
  if (isKoa) {
    it('close the socket if the app destroys an accepted response', async () => {
      await running({
        around: [
          async (ctx: import('koa').Context, next: () => Promise<void>) => {
            await next();
            ctx.res.destroy();
          },
        ],
      });
      const socket = await rawHandshake('/ws', Buffer.alloc(0));
      socket.resume();
      await once(socket, 'close');
      await until('nothing is left', () => app.sockets.size === 0);
    });
  }

  it('find the path in an absolute URL, and survive a path function that throws', async () => {
    await running({ upgrades: { path: '/ws' } });
    const whole = await rawHandshake(`http://any.example/ws`, Buffer.alloc(0));
    await readUntil(whole, '101 Switching');
    whole.destroy();
    const logged = jest.spyOn(console, 'error').mockImplementation(() => {});
    const other = await start({
      routes: standard,
      upgrades: {
        path: () => {
          throw new Error('on purpose');
        },
      },
    });
    expect((await openWebSocket(`${other.url}/ws`)).status).toBe(404);
    expect(logged.mock.calls.map(([error]) => (error as Error).message)).toEqual(['on purpose']);
    logged.mockRestore();
    await other.close();
  });

  it('to other protocols cause no second connection event', async () => {
    await running({ steps: [() => ({ status: 200, body: 'hello' })] });
    let connections = 0;
    app.server.on(secure ? 'secureConnection' : 'connection', () => connections++);
    const socket = await connected();
    for (let n = 1; n <= 12; n++) {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
      await until(
        'it is answered',
        () => (received.get(socket)?.text ?? readFrom(socket).text).match(/hello/g)?.length === n,
      );
    }
    expect(connections).toBe(1);
    socket.destroy();
  });

  it('leave no socket open if a client resets during a write', async () => {
    await running({});
    const clients = await Promise.all(Array.from({ length: 10 }, () => open('/ws')));
    await until('they are connected', () => hub.stats().connections === 10);
    for (const client of clients) {
      if (secure) client.leave();
      else (client.socket as Socket).resetAndDestroy();
    }
    for (let n = 0; n < 20; n++) {
      await hub.channel('news').publish('x'.repeat(1000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until('nothing is left', () => app.sockets.size === 0 && hub.stats().connections === 0);
  });

  it('let a stalled socket lag, and send it everything when it reads again', async () => {
    await running({});
    const channel = hub.channel('news');
    const client = new WebSocket(`${app.url.replace('http', 'ws')}/ws`, { rejectUnauthorized: false });
    const seen: string[] = [];
    client.on('message', (data) => void seen.push(String(data).slice(0, 4)));
    await once(client, 'open');
    await until('it is connected', () => hub.stats().connections === 1);
    client.pause();
    for (let n = 0; n < 900; n++) {
      await channel.publish(`${String(n).padStart(4, '0')}${'x'.repeat(1000)}`);
      if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    client.resume();
    await until('all have arrived', () => seen.length === 900);
    expect(seen).toEqual(Array.from({ length: 900 }, (_, n) => String(n).padStart(4, '0')));
    client.terminate();
  });

  function connected(): Promise<Socket> {
    const { hostname: host, port } = new URL(app.url);
    const to = { host, port: Number(port), rejectUnauthorized: false };
    return new Promise((resolve, reject) => {
      const plain = connect(to, () => secure || resolve(plain));
      const socket: Socket = secure ? connectTls({ ...to, socket: plain }, () => resolve(socket)) : plain;
      connections.add(socket);
      if (secure) beneath.set(socket, plain);
      socket.once('error', reject);
      // Later errors are part of a test.
      socket.on('error', () => {});
    });
  }

  /** Sends a handshake with the key of RFC 6455, 1.3, and more bytes in the same write. */
  async function rawHandshake(path: string, more: Buffer, before = '', upgrade = 'WebSocket'): Promise<Socket> {
    const socket = await connected();
    const head =
      `${before}GET ${path} HTTP/1.1\r\nHost: ${new URL(app.url).host}\r\nConnection: keep-alive, Upgrade\r\nUpgrade: ${upgrade}\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    socket.write(Buffer.concat([Buffer.from(head), more]));
    return socket;
  }

  async function get(path: string, { headers = {}, method = 'GET', body = '' } = {}) {
    const send = secure ? requestHttps : requestHttp;
    const request = send(`${app.url}${path}`, { headers, method, agent: false, rejectUnauthorized: false });
    request.end(body);
    const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() };
  }
});

describe('a call', () => {
  const server = createServer();
  const app = express();

  it.each<[string, () => unknown, string]>([
    [
      'no app',
      () => forExpress.acceptUpgrades(server, undefined as never),
      'acceptUpgrades app: expected an Express app, got undefined',
    ],
    [
      'the callback of a Koa app',
      () => forKoa.acceptUpgrades(server, new Koa().callback() as never),
      'acceptUpgrades app: expected a Koa app itself, not its callback(), got function',
    ],
    [
      'app and server in the wrong order',
      () => forExpress.acceptUpgrades(app as never, server as never),
      'acceptUpgrades app: expected an Express app, got object',
    ],
    [
      'something that is no server',
      () => forExpress.acceptUpgrades(app as never, app),
      'acceptUpgrades server: expected a server of node:http, node:https or node:http2, got a function',
    ],
    [
      'a path without a slash',
      () => forExpress.acceptUpgrades(server, app, { path: ['/a', 'b'] }),
      'acceptUpgrades option path: expected a path that begins with /, an array of them, or a function, got an array',
    ],
    [
      'an invalid origin',
      () => forExpress.webSocket(createHub().channel('x'), { origins: ['https://a.example', 'https://b.example/'] }),
      'webSocket option origins: expected an array of origins such as https://www.example.com ("https://b.example/" is not one), or a function, got an array',
    ],
    [
      'an invalid compression level',
      () => forExpress.webSocket(createHub().channel('x'), { perMessageDeflate: { level: 10 } }),
      'perMessageDeflate option level: expected an integer from -1 to 9, got the number 10',
    ],
    [
      'messagesPerSecond of 0',
      () => forExpress.webSocket(createHub().channel('x'), { messagesPerSecond: 0 }),
      'webSocket option messagesPerSecond: expected an integer from 1 up, got the number 0',
    ],
    [
      'an option of another transport',
      () => forKoa.webSocket(createHub().channel('x'), { padding: 1 } as never),
      expect.stringMatching(/^webSocket options: unknown option "padding"; known options: origins, /),
    ],
    [
      'something that is no handler',
      () => forKoa.rawWebSocket(createHub().channel('x') as never),
      'rawWebSocket: expected a function of a socket and a request, got an object (Channel)',
    ],
  ])('with %s throws a TypeError', (_what, act, message) => {
    let thrown: unknown;
    try {
      act();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TypeError);
    expect((thrown as Error).message).toEqual(message);
  });
});

/** TCP sockets of TLS sockets. */
const beneath = new WeakMap<Socket, Socket>();

function reset(socket: Socket): void {
  (beneath.get(socket) ?? socket).resetAndDestroy();
}

const received = new WeakMap<Socket, { text: string }>();

/** Collects the text that the server sends on a socket from now on. */
function readFrom(socket: Socket): { readonly text: string } {
  const result = { text: '' };
  received.set(socket, result);
  socket.on('data', (bytes) => {
    result.text += bytes.toString('latin1');
  });
  return result;
}

/** Waits until the server has sent the text. */
async function readUntil(socket: Socket, wanted: string): Promise<string> {
  const result = received.get(socket) ?? readFrom(socket);
  await until(`"${wanted}" has arrived`, () => result.text.includes(wanted));
  return result.text;
}
