import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import { createServer as createSecureHttp1Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createHub, type Hub, type WebSocketOptions } from '@pushwire/core';
import { acceptUpgrades as acceptExpress, webSocket as expressWebSocket } from '@pushwire/express';
import { acceptUpgrades as acceptKoa, webSocket as koaWebSocket } from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';
import { certificate } from '../kit/certificate';
import { testLimit } from '../kit/limits';
import { type TrustingBrowser, type TrustingPage, trustingBrowsers } from '../kit/trusting-browsers';
import { until } from '../kit/until';

// WebSockets of browser pages: over cleartext, over TLS, and in streams of HTTP/2 (RFC 8441).

/** A handshake that an app received. */
interface Asked {
  readonly path: string;
  readonly httpVersion: number;
  readonly cookie: string | undefined;
  status?: number;
}

/** An app that serves pages and WebSockets. */
interface Site {
  readonly hub: Hub;
  readonly origin: string;
  readonly asked: Asked[];
  /** The server's side of each TCP connection. */
  readonly sockets: readonly Socket[];
  /** Messages that clients sent to `/ignored`. */
  readonly ignored: (string | Buffer)[];
  close(): Promise<void>;
}

interface SiteKind {
  readonly name: string;
  readonly httpVersion: number;
  start(hub: Hub, asked: Asked[], routes: Routes): { server: Server | Http2SecureServer; scheme: 'http' | 'https' };
}

type Routes = Record<string, WebSocketOptions<unknown>>;

const pageWith = (title: string) => `<!doctype html><title>${title}</title>`;

const cookieName = 'ticket';

function expressApp(hub: Hub, asked: Asked[], routes: Routes) {
  const app = express();
  app.get('/', (_request, response) => void response.send(pageWith('Express')));
  app.use((request, response, next) => {
    const { path, headers, httpVersionMajor } = request;
    note(asked, { path, httpVersion: httpVersionMajor, cookie: headers.cookie }, response);
    if (typeof request.query.cookie === 'string') response.cookie(cookieName, request.query.cookie);
    next();
  });
  for (const [name, options] of Object.entries(routes)) {
    const handler = expressWebSocket<express.Request<Record<string, string>>>(
      ({ params }) => hub.channel(params.name ?? ''),
      options,
    );
    app.get(`/${name}/:name`, handler);
  }
  return app;
}

function koaApp(hub: Hub, asked: Asked[], routes: Routes) {
  const app = new Koa();
  const mounted = new Map(
    Object.entries(routes).map(([name, options]) => [
      name,
      koaWebSocket((ctx) => hub.channel(ctx.path.split('/')[2] ?? ''), options),
    ]),
  );
  app.use(async (ctx, next) => {
    if (ctx.path === '/') {
      ctx.body = pageWith('Koa');
      return;
    }
    note(asked, { path: ctx.path, httpVersion: ctx.req.httpVersionMajor, cookie: ctx.get('cookie') }, ctx.res);
    if (typeof ctx.query.cookie === 'string') ctx.cookies.set(cookieName, ctx.query.cookie, { httpOnly: false });
    await next();
  });
  app.use((ctx, next) => mounted.get(ctx.path.split('/')[1] ?? '')?.(ctx, next));
  return app;
}

function note(
  asked: Asked[],
  entry: Asked,
  response: { statusCode: number; once(event: 'finish', act: () => void): unknown },
) {
  if (entry.path === '/favicon.ico') return;
  asked.push(entry);
  response.once('finish', () => {
    entry.status = response.statusCode;
  });
}

const siteKinds: readonly SiteKind[] = [
  {
    name: 'Express over HTTP/1.1',
    httpVersion: 1,
    start(...settings) {
      const app = expressApp(...settings);
      const server = createServer(app);
      acceptExpress(server, app);
      return { server, scheme: 'http' };
    },
  },
  {
    name: 'Express over HTTP/1.1 and TLS',
    httpVersion: 1,
    start(...settings) {
      const app = expressApp(...settings);
      const server = createSecureHttp1Server(certificate, app);
      acceptExpress(server, app);
      return { server, scheme: 'https' };
    },
  },
  {
    name: 'Koa over HTTP/2',
    httpVersion: 2,
    start(...settings) {
      const app = koaApp(...settings);
      const server = createSecureServer({ ...certificate, allowHTTP1: true }, app.callback());
      acceptKoa(server, app);
      return { server, scheme: 'https' };
    },
  },
];

async function startSite(kind: SiteKind, friend: string): Promise<Site> {
  const hub = createHub({
    // A test that a slow machine makes long would get heartbeats among its messages.
    heartbeat: testLimit,
    log: { count: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY },
  });
  const asked: Asked[] = [];
  const sockets: Socket[] = [];
  const ignored: (string | Buffer)[] = [];
  const echo: WebSocketOptions<unknown> = { onMessage: (data, client) => client.send(data) };
  const { server, scheme } = kind.start(hub, asked, {
    channel: echo,
    deflated: { ...echo, perMessageDeflate: true },
    friends: { ...echo, origins: [friend] },
    ignored: { onMessage: (data) => void ignored.push(data) },
  });
  server.on('connection', (socket: Socket) => sockets.push(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    hub,
    origin: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    sockets,
    ignored,
    async close() {
      await hub.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The events of one WebSocket of the page. Bytes are in base64. */
interface Met {
  readonly open: boolean;
  readonly errors: number;
  readonly protocol: string;
  readonly extensions: string;
  readonly seen: (string | { readonly bytes: string })[];
  readonly closed?: { readonly code: number; readonly reason: string; readonly wasClean: boolean };
}

/** The script of all pages in these tests. */
const script = `{
  window.mebibyte = 1024 * 1024;
  window.longText = '€'.repeat((mebibyte - 1) / 3) + 'a';
  window.longBytes = Uint8Array.from({ length: mebibyte }, (_, i) => i % 251);
  window.base64 = (buffer) => {
    let text = '';
    const bytes = new Uint8Array(buffer);
    for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
    return btoa(text);
  };
  window.sockets = {};
  window.connect = (name, url, ...protocols) => {
    const socket = new WebSocket(url, protocols);
    socket.binaryType = 'arraybuffer';
    const met = { open: false, errors: 0, seen: [] };
    sockets[name] = { socket, met };
    socket.onopen = () => { met.open = true; met.protocol = socket.protocol; met.extensions = socket.extensions; };
    socket.onmessage = ({ data }) => { met.seen.push(typeof data === 'string' ? data : { bytes: base64(data) }); };
    socket.onerror = () => { met.errors++; };
    socket.onclose = ({ code, reason, wasClean }) => { met.closed = { code, reason, wasClean }; };
  };
}`;
const mebibyte = 1024 * 1024;
const longText = `${'€'.repeat((mebibyte - 1) / 3)}a`;
const longBytes = Uint8Array.from({ length: mebibyte }, (_, i) => i % 251);
const emoji = 'é€🙂 👩‍👩‍👧‍👦 \u2028\0';

const bytesOf = (data: Uint8Array) => ({ bytes: Buffer.from(data).toString('base64') });

let elsewhere: Server;
/** Two more sites on another port. The route `/friends` is for pages of the first one. */
let friend: string;
let stranger: string;

beforeAll(async () => {
  elsewhere = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end(pageWith('Elsewhere'));
  });
  await once(elsewhere.listen(0, '127.0.0.1'), 'listening');
  const { port } = elsewhere.address() as AddressInfo;
  [friend, stranger] = [`http://localhost:${port}`, `http://127.0.0.1:${port}`];
});

afterAll(() => new Promise((resolve) => elsewhere.close(resolve).closeAllConnections()));

describe.each(trustingBrowsers)('a WebSocket in %s', (name, describeInBrowser, launch) => {
  describeInBrowser('works', () => {
    let browser: TrustingBrowser;

    beforeAll(async () => {
      browser = await launch();
    });
    afterAll(() => browser?.close());

    describe.each(siteKinds)('on $name:', (kind) => {
      let site: Site;
      let page: TrustingPage;
      let counter = 0;

      const newName = () => `${name}-${++counter}`;

      // One page for all tests, since a new one begins a process of the browser.
      beforeAll(async () => {
        [site, page] = await Promise.all([startSite(kind, friend), browser.newPage()]);
      });
      afterAll(async () => {
        await page?.close();
        await site?.close();
      });

      beforeEach(async () => {
        site.asked.length = 0;
        await visit(site.origin);
      });
      afterEach(async () => {
        await page.goto('about:blank');
        for (const socket of site.sockets) socket.destroy();
        await until('no connection is open', () => site.hub.stats().connections === 0);
      });

      async function visit(url: string): Promise<void> {
        await page.goto(url);
        await page.evaluate(`${script}; undefined`);
      }

      const urlOf = (path: string) => `${site.origin.replace('http', 'ws')}${path}`;

      async function begin(socket: string, path: string, ...protocols: string[]): Promise<void> {
        const words = [socket, urlOf(path), ...protocols].map((each) => JSON.stringify(each));
        await page.evaluate(`connect(${words}); undefined`);
      }

      async function connect(socket: string, path: string, ...protocols: string[]): Promise<void> {
        const before = site.hub.stats().connections;
        await begin(socket, path, ...protocols);
        await until('the WebSocket is open', () => page.evaluate(`sockets.${socket}.met.open`));
        await until('the hub has the connection', () => site.hub.stats().connections > before);
      }

      const met = async (socket: string): Promise<Met> =>
        JSON.parse(String(await page.evaluate(`JSON.stringify(sockets.${socket}.met)`)));

      async function seen(socket: string, count: number): Promise<Met['seen']> {
        await until(`${count} messages have come`, () =>
          page.evaluate(`sockets.${socket}.met.seen.length >= ${count}`),
        );
        return (await met(socket)).seen;
      }

      async function closed(socket: string): Promise<Met['closed']> {
        await until('the WebSocket is closed', () => page.evaluate(`sockets.${socket}.met.closed !== undefined`));
        return (await met(socket)).closed;
      }

      test('the handshake uses the same HTTP version as the page', async () => {
        await connect('a', `/channel/${newName()}`);
        expect(site.asked.map(({ httpVersion }) => httpVersion)).toEqual([kind.httpVersion]);
        expect(await met('a')).toEqual({ open: true, errors: 0, protocol: '', extensions: '', seen: [] });
      });

      test('onmessage gets strings as text, values as JSON text, and bytes', async () => {
        const channel = site.hub.channel(newName());
        await connect('a', `/channel/${channel.name}`);
        const json = { text: emoji, list: [1, null, true] };
        for (const data of [emoji, json, Uint8Array.of(0, 128, 255), '', new Uint8Array(), longText, longBytes]) {
          await channel.publish(data);
        }
        const came = await seen('a', 7);
        expect(came.slice(0, 5)).toEqual([
          emoji,
          JSON.stringify(json),
          bytesOf(Uint8Array.of(0, 128, 255)),
          '',
          bytesOf(new Uint8Array()),
        ]);
        expect(came[5] === longText).toBe(true);
        expect(came[6]).toEqual(bytesOf(longBytes));
      });

      test('text and bytes up to 1 MiB arrive intact in both directions', async () => {
        await connect('a', `/channel/${newName()}`);
        const sent = [
          JSON.stringify(emoji),
          'Uint8Array.of(0, 128, 255)',
          "''",
          'new Uint8Array()',
          'longText',
          'longBytes',
        ];
        for (const each of sent) await page.evaluate(`sockets.a.socket.send(${each})`);
        const came = await seen('a', sent.length);
        expect(came.slice(0, 4)).toEqual([emoji, bytesOf(Uint8Array.of(0, 128, 255)), '', bytesOf(new Uint8Array())]);
        expect(came[4] === longText).toBe(true);
        expect(came[5]).toEqual(bytesOf(longBytes));
      });

      test('messages that a page sends at once, and while others come, arrive in order', async () => {
        const channel = site.hub.channel(newName());
        await connect('a', `/channel/${channel.name}`);
        await page.evaluate("for (let i = 0; i < 80; i++) sockets.a.socket.send('sent ' + i)");
        for (let i = 0; i < 80; i++) await channel.publish(`published ${i}`);
        const came = await seen('a', 160);
        const ofKind = (word: string) => came.filter((text) => String(text).startsWith(word));
        const numbered = (word: string) => Array.from({ length: 80 }, (_, i) => `${word} ${i}`);
        expect(ofKind('sent')).toEqual(numbered('sent'));
        expect(ofKind('published')).toEqual(numbered('published'));
      });

      test('pushwire.v1 has frames with ids and event names, and begins with an opening', async () => {
        const channel = site.hub.channel(newName());
        const before = await channel.publish('before');
        await connect('a', `/channel/${channel.name}?cursor=${before}`, 'pushwire.v1');
        expect((await met('a')).protocol).toBe('pushwire.v1');
        const ids = [
          await channel.publish(emoji),
          await channel.publish({ n: 1 }, { event: 'tick' }),
          await channel.publish(Uint8Array.of(1, 2, 3)),
        ];
        // Published messages go out at the end of the turn, messages to one client at once.
        await seen('a', 4);
        await page.evaluate("sockets.a.socket.send('to me alone')");
        const frames = (await seen('a', 6)).map((text) => JSON.parse(String(text)));
        expect(frames).toEqual([
          { id: before, event: 'pushwire:open', data: expect.objectContaining({ cursor: before }) },
          { id: ids[0], data: emoji },
          { id: ids[1], event: 'tick', data: { n: 1 } },
          { id: ids[2], data: 'AQID', encoding: 'base64' },
          { data: 'to me alone' },
          { event: 'pushwire:received', data: { count: 1 } },
        ]);
      });

      test('a page that closes and reconnects with its cursor misses and repeats nothing', async () => {
        const channel = site.hub.channel(newName());
        await page.evaluate(`{
          window.frames = [];
          window.rounds = 0;
          const come = (cursor) => {
            rounds++;
            const url = ${JSON.stringify(urlOf(`/channel/${channel.name}`))} + '?cursor=' + encodeURIComponent(cursor);
            const socket = new WebSocket(url, 'pushwire.v1');
            let last = cursor;
            let count = 0;
            socket.onmessage = ({ data }) => {
              const { id, event, data: payload } = JSON.parse(data);
              if (id !== undefined) last = id;
              if (event?.startsWith('pushwire:')) {
                if (event !== 'pushwire:open') frames.push(event);
                return;
              }
              frames.push(payload);
              if (++count === 20) socket.close();
            };
            socket.onclose = () => come(last);
          };
          come('0');
        }`);
        for (let i = 0; i < 200; i++) {
          await channel.publish(i);
          // The messages come in bursts, and the page reads and leaves in between.
          if (i % 7 === 0) await until('some messages have come', () => page.evaluate(`frames.length > ${i - 30}`));
        }
        await until('all messages have come', () => page.evaluate('frames.length >= 200'));
        await until('the page has reconnected after the last message', () => page.evaluate('rounds === 11'));
        expect(JSON.parse(String(await page.evaluate('JSON.stringify(frames)')))).toEqual(
          Array.from({ length: 200 }, (_, i) => i),
        );
      });

      test('a channel that ends closes cleanly with 1000', async () => {
        const channel = site.hub.channel(newName());
        await connect('a', `/channel/${channel.name}`);
        await connect('b', `/channel/${channel.name}`, 'pushwire.v1');
        await channel.publish('the last');
        await channel.end();
        for (const socket of ['a', 'b']) {
          expect(await closed(socket)).toEqual({ code: 1000, reason: 'ended', wasClean: true });
          expect((await met(socket)).errors).toBe(0);
        }
        expect((await met('a')).seen).toEqual(['the last']);
      });

      test('a page may close with its own code', async () => {
        await connect('a', `/channel/${newName()}`);
        await page.evaluate("sockets.a.socket.close(4001, 'enough')");
        expect(await closed('a')).toEqual({ code: 4001, reason: 'enough', wasClean: true });
        await until('the hub has no connection', () => site.hub.stats().connections === 0);
      });

      test('a message that a page sends right before it closes arrives', async () => {
        site.ignored.length = 0;
        await connect('a', `/ignored/${newName()}`);
        await page.evaluate("{ const { socket } = sockets.a; socket.send('last words'); socket.close(); }");
        expect((await closed('a'))?.wasClean).toBe(true);
        expect(site.ignored).toEqual(['last words']);
      });

      test('a message that is too large closes with 1009', async () => {
        await connect('a', `/channel/${newName()}`);
        await page.evaluate('sockets.a.socket.send(new Uint8Array(mebibyte + 1))');
        expect((await closed('a'))?.code).toBe(1009);
      });

      test('a page that is left closes its connection', async () => {
        await connect('a', `/channel/${newName()}`);
        await page.goto('about:blank');
        await until('the hub has no connection', () => site.hub.stats().connections === 0);
      });

      test('a page of another origin is refused with 403on every route', async () => {
        await visit(stranger);
        for (const [socket, path] of [
          ['a', `/channel/${newName()}`],
          ['b', `/friends/${newName()}`],
        ] as const) {
          site.asked.length = 0;
          await begin(socket, path);
          expect(await closed(socket)).toMatchObject({ code: 1006, wasClean: false });
          expect(await met(socket)).toMatchObject({ open: false, errors: 1, seen: [] });
          expect(site.asked).toMatchObject([{ path, status: 403 }]);
        }
      });

      test('a page of the same origin is refused when only another origin is allowed', async () => {
        await begin('a', `/friends/${newName()}`);
        expect(await closed('a')).toMatchObject({ code: 1006, wasClean: false });
        expect(await met('a')).toMatchObject({ open: false, errors: 1, seen: [] });
        expect(site.asked).toMatchObject([{ status: 403, httpVersion: kind.httpVersion }]);
      });

      test('a page of another, allowed origin gets messages and sends them', async () => {
        await visit(friend);
        const channel = site.hub.channel(newName());
        await connect('a', `/friends/${channel.name}`);
        await channel.publish('for friends');
        await page.evaluate("sockets.a.socket.send('from a friend')");
        expect((await seen('a', 2)).toSorted()).toEqual(['for friends', 'from a friend']);
      });

      test('a cookie that the app sets with the handshake is stored and sent back', async () => {
        const value = newName();
        await connect('a', `/channel/${value}?cookie=${value}`);
        expect(String(await page.evaluate('document.cookie')).split('; ')).toContain(`${cookieName}=${value}`);
        await connect('b', `/channel/${value}`);
        expect(site.asked[1]?.cookie?.split('; ')).toContain(`${cookieName}=${value}`);
      });

      test('several sockets of one page get compressed messages, each in its own format', async () => {
        const channel = site.hub.channel(newName());
        const path = `/deflated/${channel.name}`;
        for (const socket of ['a', 'b', 'c']) await connect(socket, path);
        await connect('framed', path, 'pushwire.v1');
        await connect('uncompressed', `/channel/${channel.name}`);
        expect((await met('a')).extensions).toMatch(/^permessage-deflate/);
        expect((await met('uncompressed')).extensions).toBe('');

        const rows = (length: number) => Array.from({ length }, (_, row) => ({ row, text: emoji, square: row ** 2 }));
        const values = Array.from({ length: 24 }, (_, i) => ({
          i,
          rows: i % 3 === 0 ? [] : rows(i % 3 === 1 ? 200 : 5000),
        }));
        for (const value of values) await channel.publish(value);
        const texts = values.map((value) => JSON.stringify(value));
        for (const socket of ['a', 'b', 'c', 'uncompressed']) expect(await seen(socket, texts.length)).toEqual(texts);
        const frames = (await seen('framed', texts.length + 1)).slice(1);
        expect(frames.map((text) => JSON.stringify(JSON.parse(String(text)).data))).toEqual(texts);
        expect((await met('a')).closed).toBeUndefined();

        await page.evaluate(`for (const text of ${JSON.stringify(texts.slice(0, 8))}) sockets.a.socket.send(text)`);
        expect((await seen('a', texts.length + 8)).slice(texts.length)).toEqual(texts.slice(0, 8));
      });

      // This test is the last, since the hub stays closed.
      test('a hub that closes ends connections with 1012 and refuses new ones', async () => {
        await connect('a', `/channel/${newName()}`);
        await connect('b', `/channel/${newName()}`, 'pushwire.v1');
        await site.hub.close();
        for (const socket of ['a', 'b']) {
          expect(await closed(socket)).toEqual({ code: 1012, reason: 'draining', wasClean: true });
        }
        site.asked.length = 0;
        await begin('late', `/channel/${newName()}`);
        expect(await closed('late')).toMatchObject({ code: 1006, wasClean: false });
        expect(site.asked).toMatchObject([{ status: 503 }]);
      });
    });
  });
});
