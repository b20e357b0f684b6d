import { createServer, get, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGunzip } from 'node:zlib';
import { createHub, type OpenPoll, type OpenStream, openStream as openBare } from '@pushwire/core';
import { openStream as openOnExpress, openPoll as pollOnExpress } from '@pushwire/express';
import { openStream as openOnKoa, openPoll as pollOnKoa } from '@pushwire/koa';
import compression from 'compression';
import express, { type RequestHandler } from 'express';
import session from 'express-session';
import Koa, { type Context, type Next } from 'koa';
import koaCompress from 'koa-compress';
import koaSession from 'koa-session';
import { openStream } from './kit/stream-client';
import { until } from './kit/until';

const express4 = require('express4') as typeof express;
const hub = createHub();

let server: Server;
let stream: OpenStream | undefined;

async function listen(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeEach(() => {
  stream = undefined;
});

afterEach(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));

/** Sends three messages, each after the client has received the one before. */
async function expectOneByOne(url: string) {
  const client = await openStream(url, false, { headers: { 'accept-encoding': 'gzip, deflate, br' } });
  expect(client.headers['content-encoding']).toBe('identity');
  await until('there is a stream', () => stream);
  for (const n of [1, 2, 3]) {
    stream?.send(`message ${n}`);
    await client.until(() => client.data().length === n);
  }
  expect(client.data()).toEqual(['message 1', 'message 2', 'message 3']);
  client.leave();
  return client;
}

describe.each([
  ['Express 4', express4],
  ['Express 5', express],
])('a stream by hand under %s', (_name, makeApp) => {
  const byHand: RequestHandler = async (request, response) => {
    stream = await openOnExpress(request, response, { hub });
  };

  it('comes one by one through compression with its default settings', async () => {
    await expectOneByOne(await listen(makeApp().use(compression()).get('/', byHand)));
  });

  it('comes one by one, compressed, if the app insists on compression', async () => {
    const allowTransform: RequestHandler = (_request, response, next) => {
      const { writeHead } = response;
      response.writeHead = ((status: number) => {
        response.setHeader('Cache-Control', 'no-cache');
        return writeHead.call(response, status);
      }) as typeof writeHead;
      next();
    };
    const app = makeApp().use(compression({ threshold: 0, filter: () => true }));
    const url = await listen(app.get('/', allowTransform, byHand));
    let text = '';
    let encoding: string | undefined;
    get(url, { headers: { 'accept-encoding': 'gzip' }, agent: false }, (response) => {
      encoding = response.headers['content-encoding'];
      const inflated = response.pipe(createGunzip());
      inflated.on('data', (chunk) => (text += chunk)).on('error', () => {});
    });
    await until('it is open', () => text.includes('pushwire:open'));
    expect(encoding).toBe('gzip');
    for (const n of [1, 2, 3]) {
      stream?.send(`compressed ${n}`);
      await until('it has come', () => text.includes(`data: compressed ${n}\n\n`));
    }
  });

  it('has the cookie of a session', async () => {
    const app = makeApp().use(session({ secret: 's', resave: false, saveUninitialized: true }));
    const { headers } = await expectOneByOne(await listen(app.get('/', byHand)));
    expect(headers['set-cookie']).toEqual([expect.stringContaining('connect.sid=')]);
  });
});

describe.each([
  ['Koa 2', require('koa2') as typeof Koa],
  ['Koa 3', Koa],
])('a stream by hand under %s', (_name, KoaVersion) => {
  const byHand = async (ctx: Context) => {
    stream = await openOnKoa(ctx, { hub });
  };

  function makeApp() {
    const app = new KoaVersion({ keys: ['k'] });
    const errors: Error[] = [];
    app.on('error', (error) => errors.push(error));
    return { app, errors };
  }

  it('comes one by one through koa-compress with its default settings', async () => {
    const { app, errors } = makeApp();
    await expectOneByOne(await listen(app.use(koaCompress()).use(byHand).callback()));
    expect(errors).toEqual([]);
  });

  it('stays open when a session finds no head for its cookie, and the app learns of it', async () => {
    const { app, errors } = makeApp();
    app.use(koaSession({ rolling: true }, app));
    app.use(async (ctx: Context, next: Next) => {
      (ctx as { session?: Record<string, unknown> }).session = { views: 1 };
      await next();
    });
    await expectOneByOne(await listen(app.use(byHand).callback()));
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' })]);
  });

  it('has the cookie of a session that was saved before it was opened', async () => {
    const { app, errors } = makeApp();
    app.use(koaSession({ autoCommit: false }, app));
    app.use(async (ctx: Context) => {
      const { session } = ctx as unknown as { session: { views?: number; manuallyCommit(): Promise<void> } };
      session.views = 1;
      await session.manuallyCommit();
      await byHand(ctx);
    });
    const { headers } = await expectOneByOne(await listen(app.callback()));
    expect(headers['set-cookie']).toHaveLength(2);
    expect(errors).toEqual([]);
  });

  it('ignores a status, a body and headers that middleware sets after it', async () => {
    const { app, errors } = makeApp();
    app.use(async (ctx: Context, next: Next) => {
      await next();
      ctx.set('X-After', 'yes');
      ctx.status = 404;
      ctx.body = 'nothing';
    });
    const { headers } = await expectOneByOne(await listen(app.use(byHand).callback()));
    expect([headers['x-after'], errors]).toEqual([undefined, []]);
  });

  it('is open when the middleware does not wait for it', async () => {
    const { app, errors } = makeApp();
    app.use((ctx: Context) => void byHand(ctx));
    await expectOneByOne(await listen(app.callback()));
    expect(errors).toEqual([]);
  });

  it('leaves the answer to middleware that catches its refusal', async () => {
    const { app, errors } = makeApp();
    app.use(async (ctx: Context) => {
      await byHand(ctx).catch((error) => {
        ctx.body = error.code;
      });
    });
    const client = await openStream(await listen(app.callback()), false, { headers: { accept: 'text/plain' } });
    await client.ended;
    expect([client.status, client.text(), errors]).toEqual([200, 'not-acceptable', []]);
  });
});

describe.each([
  ['Koa 2', require('koa2') as typeof Koa],
  ['Koa 3', Koa],
])('a poll by hand under %s', (_name, KoaVersion) => {
  const errors: Error[] = [];
  let polls: OpenPoll[];

  beforeEach(() => {
    errors.length = 0;
    polls = [];
  });

  /** An app with a session that is renewed each time, and a header that is set last. */
  function appFor(handle: (poll: OpenPoll) => unknown) {
    const app = new KoaVersion({ keys: ['k'] });
    app.on('error', (error) => errors.push(error));
    app.use(koaSession({ rolling: true }, app));
    app.use(async (ctx: Context, next: Next) => {
      (ctx as { session?: Record<string, unknown> }).session = { views: 1 };
      await next();
      ctx.set('X-After', 'yes');
    });
    app.use(koaCompress({ threshold: 0 }));
    app.use(async (ctx: Context) => {
      const poll = await pollOnKoa(ctx, { hub, wait: 300 });
      polls.push(poll);
      await handle(poll);
    });
    return listen(app.callback());
  }

  async function get(url: string) {
    const client = await openStream(url, false, { headers: { accept: 'application/json' } });
    await client.ended;
    return client;
  }

  it.each<[string, (poll: OpenPoll) => unknown, unknown[]]>([
    ['in the middleware', (poll) => poll.answer('now'), [{ data: 'now' }]],
    ['after it', (poll) => void setTimeout(() => poll.answer('later'), 20), [{ data: 'later' }]],
    ['by the end of the wait', () => {}, []],
  ])('has the cookie of a session and later headers when it is answered %s', async (_when, handle, messages) => {
    const client = await get(await appFor(handle));
    expect(client.status).toBe(200);
    expect(JSON.parse(client.text()).messages).toEqual(messages);
    expect([client.headers['set-cookie']?.length, client.headers['x-after']]).toEqual([2, 'yes']);
    expect(await polls[0]?.closed).toBe('answered');
    expect(errors).toEqual([]);
  });

  it('is answered at the end of its wait, also if the middleware has not returned', async () => {
    let goOn = () => {};
    const hanging = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const client = await get(await appFor(() => hanging));
    expect(JSON.parse(client.text())).toEqual({ cursor: 'start', messages: [] });
    goOn();
    await until('the app learns that its cookie is lost', () => errors.length > 0);
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' })]);
  });

  it('has the status of an error that the middleware throws instead', async () => {
    const client = await get(
      await appFor(() => {
        throw Object.assign(new Error('no tea'), { status: 418, expose: true });
      }),
    );
    expect([client.status, client.text(), polls[0]?.reason]).toEqual([418, 'no tea', 'failed']);
  });
});

it('a handler may offer polls to clients that take no stream, and opens one thing for a request', async () => {
  const misuse: unknown[] = [];
  const app = express().get('/', async (request, response) => {
    try {
      (await openOnExpress(request, response, { hub })).end();
    } catch {
      (await pollOnExpress(request, response, { hub })).answer('polled');
    }
    await pollOnExpress(request, response).catch((error) => misuse.push(error));
    await openOnExpress(request, response).catch((error) => misuse.push(error));
  });
  const url = await listen(app);
  const [stream, poll] = await Promise.all(
    ['text/event-stream', 'application/json'].map((accept) => openStream(url, false, { headers: { accept } })),
  );
  await Promise.all([stream?.ended, poll?.ended]);
  expect(stream?.events().at(-1)?.event).toBe('pushwire:end');
  expect(JSON.parse(poll?.text() ?? '').messages).toEqual([{ data: 'polled' }]);
  await until('all is tried', () => misuse.length === 4);
  const words = 'response: expected one stream or poll for it, but it has one already';
  expect(misuse).toEqual(Array(4).fill(new TypeError(words)));
});

it('a handler of node:http gets the messages that clients POST, also without a WebSocket library', async () => {
  const heard: string[] = [];
  const options = { hub, webSocket: { onMessage: (data: string | Buffer) => heard.push(String(data)) } };
  const reasons: unknown[] = [];
  const url = await listen(async (request, response) => {
    const { reason, closed } = await openBare(request, response, options);
    reasons.push(reason);
    await closed;
  });
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'hello' });
  expect([answer.status, heard]).toEqual([204, ['hello']]);
  await until('the handler has run', () => reasons.length === 1);
  expect(reasons).toEqual(['answered']);
});
