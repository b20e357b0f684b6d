import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createHub, openStream, sse } from '@pushwire/koa';
import Koa, { type Context, type Middleware } from 'koa';
import { until } from './kit/until';

interface Setup {
  before?: Middleware[];
  serve?: Middleware;
}

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

/** Starts a Koa app and clients with idle streams. */
async function streaming({ before = [], serve }: Setup = {}) {
  const hub = createHub();
  const news = hub.channel('news');
  const app = new Koa();
  const contexts: Context[] = [];
  const errors: unknown[] = [];
  app.on('error', (error) => errors.push(error));
  app.use((ctx, next) => {
    contexts.push(ctx);
    return next();
  });
  for (const middleware of before) app.use(middleware);
  app.use(serve ?? sse(news));
  const server = createServer(app.callback());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const open = async () => {
    const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    socket.setEncoding('latin1').on('data', (more) => (text += more));
    socket.on('error', () => {}).write(get);
    await until('the stream has begun', () => /pushwire:open/.test(text));
    // The parser is freed after the turn.
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { socket, text: () => text };
  };
  const client = await open();
  const context = contexts[0] as Context;
  const isReleased = ({ res }: Context = context) => (res.socket as { parser?: unknown } | null)?.parser === null;
  const close = async () => {
    await hub.close();
    client.socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    expect(errors).toEqual([]);
  };
  return { hub, news, server, open, client, context, contexts, isReleased, close };
}

describe('an idle stream on Koa', () => {
  it('frees its parser and keeps its context, and continues', async () => {
    const after = jest.fn();
    const watch: Middleware = async (ctx, next) => {
      ctx.state.user = 'anna';
      await next();
      const { status, state, req, res } = ctx;
      after(status, state.user, ctx.get('Host'), req.url, ctx.response.get('Content-Type'), res.writableEnded);
    };
    const { news, client, isReleased, close } = await streaming({ before: [watch] });
    expect(isReleased()).toBe(true);
    for (const text of ['one', 'two']) await news.publish(text);
    await until('both have come', () => /data: one\n.*data: two\n/s.test(client.text()));
    const closed = once(client.socket, 'end');
    await news.end();
    await closed;
    client.socket.destroy();
    await until('the middleware goes on', () => after.mock.calls.length > 0);
    expect(client.text()).toMatch(/\r\n0\r\n\r\n$/);
    expect(after.mock.calls).toEqual([[200, 'anna', 'x', '/', 'text/event-stream; charset=utf-8', true]]);
    await close();
  });

  it('by hand frees its parser too', async () => {
    const { isReleased, close } = await streaming({ serve: async (ctx) => void (await openStream(ctx)) });
    expect(isReleased()).toBe(true);
    await close();
  });

  it('keeps its parser where somebody waits for the request', async () => {
    const wait: Middleware = (ctx, next) => {
      ctx.req.on('close', () => {});
      return next();
    };
    const { isReleased, close } = await streaming({ before: [wait] });
    expect(isReleased()).toBe(false);
    await close();
  });

  it('tells those who wait for the response of finish and close, once each', async () => {
    const events: string[] = [];
    const log: Middleware = (ctx, next) => {
      for (const event of ['finish', 'close']) ctx.res.on(event, () => events.push(event));
      return next();
    };
    const { news, client, context, isReleased, close } = await streaming({ before: [log] });
    expect(isReleased()).toBe(true);
    await news.end();
    await until('it is closed', () => events.includes('close'));
    client.socket.destroy();
    expect(events).toEqual(['finish', 'close']);
    const { closed, destroyed, writableFinished, socket } = context.res;
    expect([closed, destroyed, writableFinished, socket]).toEqual([true, true, true, null]);
    await close();
  });

  it('has a request that tells when the client has left', async () => {
    const { client, context, isReleased, close } = await streaming();
    expect(isReleased()).toBe(true);
    const gone = Promise.all([once(context.req, 'close'), once(context.res, 'close')]);
    client.socket.resetAndDestroy();
    await gone;
    expect([context.writable, context.res.destroyed]).toEqual([false, true]);
    await close();
  });

  it('tells an app that writes by itself when its response takes more', async () => {
    const { client, context, close } = await streaming();
    client.socket.pause();
    const drained = once(context.res, 'drain');
    while (context.res.write('x'.repeat(100_000)));
    client.socket.resume();
    await drained;
    await close();
  });

  it('is closed by the server’s closeAllConnections()', async () => {
    const { hub, server, client, close } = await streaming();
    const closed = once(client.socket, 'close');
    server.closeAllConnections();
    client.socket.end();
    await closed;
    await until('the hub knows', () => hub.stats().connections === 0);
    await close();
  });

  it('ends when the client half-closes its connection', async () => {
    const { hub, client, close } = await streaming();
    client.socket.end();
    await until('the hub knows', () => hub.stats().connections === 0);
    await close();
  });

  it('ignores what the client sends, and is closed when it goes on', async () => {
    const { hub, news, client, close } = await streaming();
    client.socket.write(get.repeat(100));
    await news.publish('x');
    await until('it has come', () => client.text().includes('data: x\n'));
    expect(client.text().match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(hub.stats().connections).toBe(1);
    for (let n = 0; n < 4; n++) client.socket.write(Buffer.alloc(64 * 1024));
    await until('the hub knows', () => hub.stats().connections === 0);
    await close();
  });

  it('has the headers that its own middleware has set', async () => {
    let count = 0;
    const vary: Middleware = (ctx, next) => {
      if (++count > 2) ctx.set('X-Request-Id', `${count}`);
      return next();
    };
    const { open, contexts, close } = await streaming({ before: [vary] });
    const others = [await open(), await open(), await open()];
    const ids = contexts.map(({ res }: { res: ServerResponse }) => res.getHeader('X-Request-Id'));
    expect(ids).toEqual([undefined, undefined, '3', '4']);
    const [first, second] = contexts.map(({ res }) => res.getHeaders());
    expect(first).toEqual(second);
    for (const { socket } of others) socket.destroy();
    await close();
  });
});
