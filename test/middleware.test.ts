import { createServer, get, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGunzip } from 'node:zlib';
import { createHub } from '@pushwire/core';
import { push as expressPush, sse as expressSse } from '@pushwire/express';
import { push as koaPush, sse as koaSse } from '@pushwire/koa';
import compression from 'compression';
import cors from 'cors';
import express, { type Express, type RequestHandler } from 'express';
import session from 'express-session';
import helmet from 'helmet';
import Koa from 'koa';
import koaCompress from 'koa-compress';
import koaSession from 'koa-session';
import morgan from 'morgan';
import { openStream } from './kit/stream-client';
import { until } from './kit/until';

const express4 = require('express4') as typeof express;

let server: Server;

async function listen(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));

const gzip = { headers: { 'accept-encoding': 'gzip, deflate, br' } };

/** Publishes three messages, each after the client has received the one before. */
async function expectOneByOne(url: string, publish: (text: string) => Promise<unknown>): Promise<void> {
  const client = await openStream(url, false, gzip);
  expect(client.headers['content-encoding']).toBe('identity');
  await client.until(() => client.events().length === 1);
  for (const n of [1, 2, 3]) {
    await publish(`message ${n}`);
    await client.until(() => client.data().length === n);
  }
  expect(client.data()).toEqual(['message 1', 'message 2', 'message 3']);
  client.leave();
}

/** Removes `no-transform` while the head is written, before compression looks at it. */
const allowTransform: RequestHandler = (_request, response, next) => {
  const { writeHead } = response;
  response.writeHead = ((status: number) => {
    response.setHeader('Cache-Control', 'no-cache');
    return writeHead.call(response, status);
  }) as typeof writeHead;
  next();
};

describe.each([
  ['Express 4', express4],
  ['Express 5', express],
])('under %s,', (_name, makeApp) => {
  let app: Express;
  const hub = createHub();
  const news = hub.channel('news');

  beforeEach(() => {
    app = makeApp();
  });

  it('events come one by one through compression with its default settings', async () => {
    app.use(compression());
    app.get('/news', expressSse(news));
    await expectOneByOne(`${await listen(app)}/news`, (text) => news.publish(text));
  });

  it('events stay uncompressed if the app has a Cache-Control of its own', async () => {
    app.use(compression());
    app.use((_request, response, next) => {
      response.set('Cache-Control', 'no-cache');
      next();
    });
    app.get('/news', expressSse(news));
    await expectOneByOne(`${await listen(app)}/news`, (text) => news.publish(text));
  });

  it('events come one by one, compressed, if the app insists on compression', async () => {
    app.use(compression({ threshold: 0, filter: () => true }));
    app.get('/news', allowTransform, expressSse(news));
    const url = `${await listen(app)}/news`;
    let text = '';
    const encoding = await new Promise<string | undefined>((resolve) => {
      get(url, { headers: { 'accept-encoding': 'gzip' }, agent: false }, (response) => {
        response
          .pipe(createGunzip())
          .on('data', (chunk) => (text += chunk))
          .on('error', () => {});
        resolve(response.headers['content-encoding']);
      });
    });
    expect(encoding).toBe('gzip');
    const has = async (piece: string) => {
      for (let tries = 0; !text.includes(piece) && tries < 500; tries++) await new Promise((go) => setTimeout(go, 5));
      expect(text).toContain(piece);
    };
    await has('pushwire:open');
    for (const n of [1, 2, 3]) {
      await news.publish(`compressed ${n}`);
      await has(`data: compressed ${n}\n\n`);
      for (const connection of hub.connections()) connection.send(`alone ${n}`);
      await has(`data: alone ${n}\n`);
    }
  });

  it('a slow reader behind forced compression lags and loses nothing', async () => {
    app.use(compression({ threshold: 0, filter: () => true }));
    const big = createHub({ log: { count: Infinity, bytes: Infinity } });
    app.get('/big', allowTransform, expressSse(big.channel('big')));
    const url = `${await listen(app)}/big`;
    let text = '';
    await new Promise<void>((resolve) => {
      get(url, { headers: { 'accept-encoding': 'gzip' }, agent: false }, (response) => {
        response
          .pipe(createGunzip())
          .on('data', (chunk) => (text += chunk))
          .on('error', () => {});
        resolve();
      });
    });
    for (let n = 1; n <= 200; n++) {
      await big.channel('big').publish(`${n} ${'x'.repeat(5000)}`);
      if (n % 10 === 0) await new Promise((go) => setImmediate(go));
    }
    for (let tries = 0; !text.includes('data: 200 x') && tries < 500; tries++)
      await new Promise((go) => setTimeout(go, 5));
    const numbers = [...text.matchAll(/^data: (\d+) /gm)].map(([, digits]) => Number(digits));
    expect(numbers).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
  });

  it('a route works behind helmet, cors, morgan, a session and body parsers, for POST too', async () => {
    const logged: string[] = [];
    app.use(morgan('tiny', { stream: { write: (line) => void logged.push(line) } }));
    app.use(helmet(), cors({ origin: 'https://example.com', credentials: true }));
    app.use(session({ secret: 's', resave: false, saveUninitialized: true }));
    app.use(express.json(), express.urlencoded({ extended: false }), express.text());
    app.get('/news', expressSse(news));
    app.post(
      '/answer',
      expressSse(async function* (request) {
        for (const word of request.body.words) yield { data: word };
      }),
    );
    const url = await listen(app);
    const answer = await openStream(`${url}/answer`, false, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"words":["to","be"]}',
    });
    await answer.ended;
    expect(answer.data()).toEqual(['to', 'be']);
    const client = await openStream(`${url}/news`, false);
    expect(client.headers).toMatchObject({
      'access-control-allow-origin': 'https://example.com',
      'content-security-policy': expect.stringContaining("default-src 'self'"),
      'set-cookie': [expect.stringContaining('connect.sid=')],
      'content-type': 'text/event-stream; charset=utf-8',
    });
    await client.until(() => client.events().length === 1);
    await news.publish('hello');
    await client.until(() => client.data().length === 1);
    client.leave();
    for (let tries = 0; logged.length < 2 && tries < 200; tries++) await new Promise((go) => setTimeout(go, 5));
    expect(logged.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual(['POST /answer 200', 'GET /news 200']);
  });

  it('a session can renew its cookie with every answer of a poll, also if it was held', async () => {
    const errors: unknown[] = [];
    app.use(session({ secret: 's', resave: false, saveUninitialized: true, rolling: true }));
    app.get('/news', expressPush(news, { longPoll: { batchDelay: 0 } }));
    app.use(((error, _request, _response, next) => {
      errors.push(error);
      next(error);
    }) as import('express').ErrorRequestHandler);
    const url = await listen(app);
    const last = await news.publish('x');
    const polling = openStream(`${url}/news?transport=long-poll&cursor=${last}`, false);
    await until('the poll is held', () => hub.stats().connections === 1);
    await news.publish('y');
    for (const client of [await polling, await openStream(`${url}/news?transport=poll&cursor=${last}`, false)]) {
      await client.ended;
      expect([client.status, client.headers['set-cookie']?.length]).toEqual([200, 1]);
    }
    expect(errors).toEqual([]);
  });

  it('a route can be mounted in a router and use the parameters of the request', async () => {
    const router = makeApp.Router();
    router.get(
      '/:room',
      expressSse((request) => hub.channel(`room:${request.params.room}`)),
    );
    app.use('/rooms', router);
    const client = await openStream(`${await listen(app)}/rooms/blue`, false);
    await client.until(() => client.events().length === 1);
    await hub.channel('room:blue').publish('in blue');
    await hub.channel('room:red').publish('in red');
    await client.until(() => client.data().length === 1);
    expect(client.data()).toEqual(['in blue']);
    client.leave();
  });
});

describe.each([
  ['Koa 2', require('koa2') as typeof Koa],
  ['Koa 3', Koa],
])('under %s,', (_name, KoaVersion) => {
  const hub = createHub();
  const news = hub.channel('news');

  it('events come one by one through koa-compress with its default settings', async () => {
    const app = new KoaVersion();
    app.use(koaCompress());
    app.use(koaSse(news));
    await expectOneByOne(await listen(app.callback()), (text) => news.publish(text));
  });

  it('a session can renew its cookie with every immediate answer', async () => {
    const app = new KoaVersion();
    const errors: unknown[] = [];
    app.keys = ['key'];
    app.on('error', (error) => errors.push(error));
    app.use(koaSession({ rolling: true }, app as never) as never);
    app.use((ctx, next) => {
      (ctx as { session?: Record<string, unknown> }).session = { views: 1 };
      return next();
    });
    app.use(koaPush(news));
    const url = await listen(app.callback());
    const last = await news.publish('x');
    for (const [query, status] of [
      ['transport=poll&cursor=0', 200],
      ['transport=long-poll&cursor=0', 200],
      [`transport=poll&cursor=${last}`, 304],
      ['transport=poll&client=%3C', 400],
      ['transport=none', 400],
      ['transport=websocket', 426],
    ] as const) {
      const client = await openStream(`${url}/?${query}`, false, {
        headers: status === 304 ? { 'if-none-match': `"${last}"` } : {},
      });
      await client.ended;
      const given = [
        client.status,
        client.headers['set-cookie']?.length,
        client.headers['cache-control'] !== undefined,
      ];
      expect([query, ...given]).toEqual([query, status, 2, true]);
    }
    expect(errors).toEqual([]);
  });

  it('a session can renew its cookie with the answer of a held poll, and middleware can set headers after it', async () => {
    const app = new KoaVersion();
    const errors: unknown[] = [];
    app.keys = ['key'];
    app.on('error', (error) => errors.push(error));
    app.use(koaSession({ rolling: true }, app as never) as never);
    app.use(async (ctx, next) => {
      (ctx as { session?: Record<string, unknown> }).session = { views: 1 };
      await next();
      ctx.set('X-After', 'yes');
    });
    app.use(koaPush(news, { longPoll: { batchDelay: 0 } }));
    const url = await listen(app.callback());
    const last = await news.publish('x');
    const endings: Record<string, { wait?: string; act: () => unknown }> = {
      'a message': { act: () => news.publish('y') },
      'the end of the wait': { wait: '0.05', act: () => {} },
    };
    for (const [ending, { wait = '5', act }] of Object.entries(endings)) {
      const polling = openStream(`${url}/?transport=long-poll&wait=${wait}&cursor=${last}`, false);
      await until('the poll is held', () => wait === '0.05' || hub.stats().connections === 1);
      await act();
      const client = await polling;
      await client.ended;
      const given = [client.status, client.headers['set-cookie']?.length, client.headers['x-after']];
      expect([ending, ...given, hub.stats().connections]).toEqual([ending, 200, 2, 'yes', 0]);
    }
    expect(errors).toEqual([]);
  });

  it('middleware goes on when the client of a held poll leaves', async () => {
    const app = new KoaVersion();
    const errors: unknown[] = [];
    let isDone = false;
    app.on('error', (error) => errors.push(error));
    app.use(async (_ctx, next) => {
      await next();
      isDone = true;
    });
    app.use(koaPush(news));
    const url = await listen(app.callback());
    const polling = get(`${url}/?transport=long-poll&cursor=${await news.publish('x')}`, { agent: false });
    polling.on('error', () => {});
    await until('the poll is held', () => hub.stats().connections === 1);
    polling.destroy();
    await until('the middleware is done', () => isDone && hub.stats().connections === 0);
    expect(errors).toEqual([]);
  });

  it('a route works behind a session, and its later errors are error events of the app', async () => {
    const app = new KoaVersion({ keys: ['k'] });
    const errors: unknown[] = [];
    app.on('error', (error) => errors.push(error));
    app.use(koaSession({ store: memoryStore(), renew: true }, app));
    app.use(async (ctx, next) => {
      (ctx as { session?: Record<string, unknown> }).session = { views: 1 };
      await next();
    });
    app.use(
      koaSse(async function* () {
        yield { data: 'fine' };
        throw new Error('later');
      }),
    );
    const client = await openStream(await listen(app.callback()), false);
    await client.ended;
    expect(client.status).toBe(200);
    expect(client.events().at(-1)?.event).toBe('pushwire:error');
    expect(errors[0]).toMatchObject({ message: 'later' });
  });
});

function memoryStore() {
  const kept = new Map<string, object>();
  return {
    get: async (key: string) => kept.get(key),
    set: async (key: string, value: object) => void kept.set(key, value),
    destroy: async (key: string) => void kept.delete(key),
  };
}
