import { createServer, OutgoingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createHub, type Hub } from '@pushwire/core';
import { longPoll as expressPoll, push as expressPush, sse as expressSse } from '@pushwire/express';
import { longPoll as koaPoll, push as koaPush } from '@pushwire/koa';
import express, { type RequestHandler } from 'express';
import session from 'express-session';
import Koa, { type Middleware } from 'koa';
import koaSession from 'koa-session';
import { openStream, type StreamClient } from './kit/stream-client';
import { until } from './kit/until';

// Caches see the URL and nothing else. What they may share depends on the URL alone, and carries
// no cookie, whatever the app's middleware does.

const express4 = require('express4') as typeof express;
const koa2 = require('koa2') as typeof Koa;

const unshared = 'private, no-store';

let hub: Hub;
let server: Server | undefined;

beforeEach(() => {
  hub = createHub();
});
afterEach(async () => {
  await hub.close();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

async function listen(listener: RequestListener, http2 = false): Promise<string> {
  server = http2 ? (createHttp2Server(listener as never) as never as Server) : createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function ask(url: string, headers: Record<string, string> = {}, http2 = false): Promise<StreamClient> {
  const client = await openStream(url, http2, { headers });
  await client.ended;
  return client;
}

const cachingOf = ({ headers }: StreamClient) => [headers['cache-control'], headers['set-cookie'] !== undefined];

/** Asks without a cursor, from the oldest message, and with a poll that is held. */
async function askAll(url: string, headers?: Record<string, string>, http2 = false): Promise<StreamClient[]> {
  const last = await hub.channel('news').publish('a');
  const [none, oldest] = [await ask(url, headers, http2), await ask(`${url}?cursor=0`, headers, http2)];
  const held = ask(`${url}?cursor=${last}`, headers, http2);
  await until('the poll is held', () => hub.stats().connections === 1);
  await hub.channel('news').publish('b');
  return [none, oldest, await held];
}

/** Replaces `writeHead`, like the package `on-headers` on which session middleware is built. */
function onHeaders(response: ServerResponse, act: () => void): void {
  const { writeHead } = response;
  response.writeHead = ((...head: Parameters<typeof writeHead>) => {
    act();
    return writeHead.apply(response, head);
  }) as typeof writeHead;
}

/** Middleware that adds a cookie, in the ways that are in use. */
const cookieMiddleware: Record<string, () => RequestHandler> = {
  'a cookie that is set before': () => (_request, response, next) => {
    response.cookie('id', '1');
    next();
  },
  'a new session': () => session({ secret: 'x', resave: false, saveUninitialized: true }),
  'a cookie that is set while the head is written': () => (_request, response, next) => {
    onHeaders(response, () => response.setHeader('Set-Cookie', 'id=1'));
    next();
  },
  "a cookie that is set by the method of Node's class": () => (_request, response, next) => {
    onHeaders(response, () => OutgoingMessage.prototype.setHeader.call(response, 'Set-Cookie', ['id=1']));
    next();
  },
  'a cookie that is an argument of writeHead': () => (_request, response, next) => {
    const { writeHead } = response;
    response.writeHead = ((status: number) => writeHead.call(response, status, { 'Set-Cookie': 'id=1' })) as never;
    next();
  },
};

describe.each([
  ['Express 4', express4],
  ['Express 5', express],
])('a shared long poll on %s', (_name, makeApp) => {
  it.each(Object.entries(cookieMiddleware))('is for one client if it carries %s', async (_kind, make) => {
    const app = makeApp().use(make());
    app.get('/news', expressPoll(hub.channel('news'), { cache: true }));
    const answers = await askAll(`${await listen(app)}/news`);
    expect(answers.map(cachingOf)).toEqual([
      [unshared, true],
      [unshared, true],
      [unshared, true],
    ]);
  });

  it('is for one client if a rolling session renews its cookie', async () => {
    const app = makeApp();
    app.use(session({ secret: 'x', resave: false, saveUninitialized: false, rolling: true }));
    app.get('/login', (request, response) => {
      Object.assign(request.session, { user: 'u' });
      response.end();
    });
    app.get('/news', expressPoll(hub.channel('news'), { cache: true }));
    const url = await listen(app);
    const [cookie = ''] = (await ask(`${url}/login`)).headers['set-cookie'] ?? [];
    const [known] = cookie.split(';');
    const answers = await askAll(`${url}/news`, { cookie: known as string });
    expect(answers.map(cachingOf)).toEqual([
      [unshared, true],
      [unshared, true],
      [unshared, true],
    ]);
  });

  it('is shared behind middleware that adds no cookie', async () => {
    const app = makeApp().use((_request, response, next) => {
      onHeaders(response, () => response.setHeader('X-Response-Time', '1'));
      next();
    });
    app.get('/news', expressPoll(hub.channel('news'), { cache: true }));
    const answers = await askAll(`${await listen(app)}/news`, { cookie: 'theme=dark' });
    expect(answers.map(cachingOf)).toEqual([
      ['public, max-age=1', false],
      ['public, max-age=5', false],
      ['public, max-age=5', false],
    ]);
  });

  it('is for one client if a header decides it, even where the app has said public', async () => {
    const app = makeApp().use((_request, response, next) => {
      response.set('Cache-Control', 'public, max-age=60');
      next();
    });
    const news = hub.channel('news');
    app.get('/news', expressPoll(news, { cache: true }));
    app.get('/push', expressPush(news, { longPoll: { cache: true } }));
    const [url, last] = [await listen(app), await news.publish('a')];
    const json = { accept: 'application/json' };
    for (const [path, headers, expected] of [
      ['/news?cursor=0', {}, 'public, max-age=60'],
      ['/news?cursor=0', { 'last-event-id': last.replace(/\d+$/, '0') }, unshared],
      ['/news?cursor=0', { authorization: 'Bearer x' }, unshared],
      ['/push?cursor=0', json, unshared],
      ['/push?cursor=0&transport=long-poll', json, 'public, max-age=60'],
    ] as const) {
      const client = await ask(url + path, headers);
      expect([path, headers, client.headers['cache-control']]).toEqual([path, headers, expected]);
      const isNegotiated = path === '/push?cursor=0';
      expect(/\bAccept\b/.test(client.headers.vary ?? '')).toBe(isNegotiated);
    }
  });
});

describe.each([
  ['Koa 2', koa2, false],
  ['Koa 3', Koa, false],
  ['Koa 3 on HTTP/2', Koa, true],
])('a shared long poll on %s', (_name, KoaVersion, http2) => {
  const start = (before: (app: Koa) => Middleware) => {
    const app = new KoaVersion();
    app.keys = ['key'];
    app.silent = true;
    app.use(before(app));
    const [poll, push] = [
      koaPoll(hub.channel('news'), { cache: true }),
      koaPush(hub.channel('news'), { longPoll: { cache: true } }),
    ];
    app.use((ctx, next) => (ctx.path === '/push' ? push(ctx, next) : poll(ctx, next)));
    return listen(app.callback(), http2);
  };
  const rolling = (app: Koa): Middleware => {
    app.use(koaSession({ rolling: true }, app));
    return (ctx, next) => {
      (ctx as { session?: Record<string, unknown> }).session = { views: 1 };
      return next();
    };
  };
  const early = (): Middleware => (ctx, next) => {
    ctx.cookies.set('id', '1');
    return next();
  };
  const late = (): Middleware => (ctx, next) => {
    if (http2) {
      ctx.res.setHeader('Set-Cookie', 'id=1');
      return next();
    }
    onHeaders(ctx.res, () => ctx.res.setHeader('Set-Cookie', 'id=1'));
    return next();
  };

  it.each([
    ['a cookie that is set before', early],
    ['a cookie that is set while the head is written', late],
  ])('is for one client if it carries %s', async (_kind, before) => {
    const answers = await askAll(`${await start(before)}/news`, {}, http2);
    expect(answers.map(cachingOf)).toEqual([
      [unshared, true],
      [unshared, true],
      [unshared, true],
    ]);
  });

  it('is never shared with the cookie of a rolling session', async () => {
    const answers = (await askAll(`${await start(rolling)}/news`, {}, http2)).map(cachingOf);
    expect(answers.slice(0, 2)).toEqual([
      [unshared, true],
      [unshared, true],
    ]);
    for (const [caching, hasCookie] of answers)
      expect([hasCookie, caching === unshared]).toEqual([hasCookie, hasCookie]);
  });

  it('is shared otherwise, if its URL alone decides it', async () => {
    const url = await start(() => (_ctx, next) => next());
    const answers = await askAll(`${url}/news`, {}, http2);
    expect(answers.map(cachingOf)).toEqual([
      ['public, max-age=1', false],
      ['public, max-age=5', false],
      ['public, max-age=5', false],
    ]);
    for (const [path, headers, expected] of [
      ['/news?cursor=0', { 'last-event-id': '42' }, unshared],
      ['/news?cursor=0', { authorization: 'Bearer x' }, unshared],
      ['/push?cursor=0', { accept: 'application/json' }, unshared],
      ['/push?cursor=0&transport=long-poll', {}, 'public, max-age=5'],
    ] as const) {
      const client = await ask(url + path, headers, http2);
      expect([path, headers, client.headers['cache-control']]).toEqual([path, headers, expected]);
    }
  });
});

describe('an interval poll', () => {
  it('tells the cache of a browser that its answer depends on Last-Event-ID', async () => {
    const app = express().use((_request, response, next) => {
      response.vary('Origin');
      next();
    });
    app.get('/news', expressPush(hub.channel('news')));
    const client = await ask(`${await listen(app)}/news?transport=poll&cursor=0`);
    expect(client.headers.vary).toBe('Origin, Last-Event-ID');
  });
});

describe('the Cache-Control of an app', () => {
  it.each([
    ['no-cache', 'no-cache, no-transform'],
    ['private, No-Transform', 'private, No-Transform'],
    ['x-no-transform=1', 'x-no-transform=1, no-transform'],
    ['', 'no-transform'],
  ])('%j of a stream becomes %j', async (own, expected) => {
    const app = express().use((_request, response, next) => {
      response.setHeader('Cache-Control', own);
      next();
    });
    app.get('/news', expressSse(hub.channel('news')));
    const client = await openStream(`${await listen(app)}/news`, false);
    expect(client.headers['cache-control']).toBe(expected);
    client.leave();
  });
});
