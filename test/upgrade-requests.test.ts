import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createHub } from '@pushwire/core';
import * as forExpress from '@pushwire/express';
import * as forKoa from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';
import { WebSocketServer } from 'ws';

// Requests with an `Upgrade` header that are no handshake lose nothing on their way to the app.

interface App {
  readonly server: Server;
  /** The requests that reached the app's last handler, in order: method, URL and body. */
  readonly seen: string[];
}

async function readBody(request: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

const apps = [
  {
    name: 'Express',
    start(options?: forExpress.UpgradeOptions): App {
      const app = express();
      const seen: string[] = [];
      app.get('/ws', forExpress.webSocket(createHub().channel('news')));
      app.use(async (request, response) => {
        const at = seen.push('') - 1;
        seen[at] = `${request.method} ${request.url} ${await readBody(request)}`;
        response.end('seen');
      });
      const server = createServer(app);
      forExpress.acceptUpgrades(server, app, options);
      return { server, seen };
    },
  },
  {
    name: 'Koa',
    start(options?: forKoa.UpgradeOptions): App {
      const app = new Koa();
      const seen: string[] = [];
      const webSocket = forKoa.webSocket(createHub().channel('news'));
      app.use(async (ctx, next) => {
        if (ctx.path === '/ws' && ctx.method === 'GET') return webSocket(ctx, next);
        const at = seen.push('') - 1;
        seen[at] = `${ctx.method} ${ctx.url} ${await readBody(ctx.req)}`;
        ctx.body = 'seen';
      });
      const server = createServer(app.callback());
      forKoa.acceptUpgrades(server, app, options);
      return { server, seen };
    },
  },
];

const handshake = {
  Host: 'x',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};
const head = (line: string, headers: Record<string, string>, more = '') =>
  `${line} HTTP/1.1\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}${more}\r\n`;
const fields = (count: number) => Array.from({ length: count }, (_, n) => `a${n}:\r\n`).join('');
const statusesOf = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));

describe.each(apps)('requests with Upgrade on $name', ({ start }) => {
  let app: App;

  const running = async (options?: forExpress.UpgradeOptions) => {
    app = start(options);
    await new Promise<void>((resolve) => app.server.listen(0, '127.0.0.1', resolve));
  };
  afterEach(async () => {
    app.server.closeAllConnections();
    await new Promise((resolve) => app.server.close(resolve));
  });

  /** Sends bytes and a last request that closes the connection, and returns all that comes back. */
  const exchange = (text: string): Promise<string> => {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
    });
    socket.write(`${text}${head('GET /last', { Host: 'x', Connection: 'close' })}`);
    return new Promise((resolve) => {
      socket.on('error', () => {});
      socket.on('close', () => resolve(received));
    });
  };

  it.each(
    ['websocket', 'h2c', 'something/2'].flatMap((Upgrade) => [
      { Upgrade, options: undefined },
      { Upgrade, options: { path: '/' } },
    ]),
  )('keep their bodies with Upgrade: $Upgrade, and options $options', async ({ Upgrade, options }) => {
    await running(options);
    const headers = { ...handshake, Upgrade };
    const received = await exchange(
      head('POST /ws', { ...headers, 'Content-Length': '5' }) +
        'hello' +
        head('PUT /chunks', { ...headers, 'Transfer-Encoding': 'chunked' }) +
        '3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n' +
        head('DELETE /ws', headers) +
        head('GET /with-body', { ...headers, 'Content-Length': '2' }) +
        'hi',
    );
    expect(app.seen).toEqual([
      'POST /ws hello',
      'PUT /chunks abcdef',
      'DELETE /ws ',
      'GET /with-body hi',
      'GET /last ',
    ]);
    expect(statusesOf(received)).toEqual([200, 200, 200, 200, 200]);
  });

  it('reach the app beside another WebSocket library too, unless they are for that library', async () => {
    await running({ path: '/ws' });
    const other = new WebSocketServer({ server: app.server, path: '/other' });
    for (const Upgrade of ['websocket', 'h2c']) {
      app.seen.length = 0;
      await exchange(`${head('POST /ws', { ...handshake, Upgrade, 'Content-Length': '5' })}hello`);
      expect(app.seen).toEqual(['POST /ws hello', 'GET /last ']);
    }
    other.close();
  });

  it.each([
    ['a POST to another protocol', 'POST /', { ...handshake, Upgrade: 'h2c' }],
    ['a POST to a WebSocket route', 'POST /ws', handshake],
    ['a GET with a body', 'GET /', handshake],
    ['a handshake', 'GET /ws', handshake],
  ])('are answered with 431 if Node dropped some of their headers: %s', async (_what, line, headers) => {
    await running();
    // Without its Content-Length, the body would be a request of its own.
    const hidden = head('GET /admin', { Host: 'x' });
    for (const count of [1000, 1100, 2000]) {
      const text = head(line, headers, `${fields(count)}Content-Length: ${hidden.length}\r\n`) + hidden;
      expect(statusesOf(await exchange(text))).toEqual([431]);
    }
    expect(app.seen).toEqual([]);
  });

  it('may have as many headers as the server collects', async () => {
    await running();
    app.server.maxHeadersCount = 0;
    const text = head('POST /', { ...handshake, Upgrade: 'h2c' }, `${fields(1100)}Content-Length: 5\r\n`);
    expect(statusesOf(await exchange(`${text}hello`))).toEqual([200, 200]);
    expect(app.seen).toEqual(['POST / hello', 'GET /last ']);
    app.server.maxHeadersCount = 10;
    expect(statusesOf(await exchange(head('GET /ws', handshake, fields(10))))).toEqual([431]);
  });

  it('are answered in turn: a refused upgrade after the responses of earlier requests', async () => {
    await running();
    const text = head('GET /first', { Host: 'x' }) + head('POST /', { ...handshake, Upgrade: 'h2c' }, fields(1100));
    expect(statusesOf(await exchange(text))).toEqual([200, 431]);
    expect(app.seen).toEqual(['GET /first ']);
  });

  it.each(['8', '7', '14', '013', ''])('are told the version if it is not 13 but %j', async (version) => {
    await running();
    const received = await exchange(head('GET /ws', { ...handshake, 'Sec-WebSocket-Version': version }));
    expect(statusesOf(received)).toEqual([426]);
    expect(received).toMatch(/^sec-websocket-version: 13\r$/im);
  });
});
