import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, OutgoingMessage, type Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createHub, type Hub, type HubOptions, type OpenStream, openStream as openBare } from '@pushwire/core';
import { parseEventStream } from '@pushwire/core/testing';
import { openStream, sse } from '@pushwire/express';
import compression from 'compression';
import cors from 'cors';
import express, { type RequestHandler } from 'express';
import session from 'express-session';
import helmet from 'helmet';
import morgan from 'morgan';
import { certificate } from './kit/certificate';
import { until } from './kit/until';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface Setup {
  hub?: HubOptions;
  before?: RequestHandler[];
  secure?: boolean;
  /** Makes the handler. Defaults to a channel's stream. */
  serve?: (hub: Hub) => RequestHandler;
  configure?(server: Server): void;
}

/** Middleware that listens to an event of the request or the response. */
const listening =
  (to: 'request' | 'response', event: string): RequestHandler =>
  (request, response, next) => {
    (to === 'request' ? request : response).on(event, () => {});
    next();
  };

/** Starts an Express app and a client with one idle stream. */
async function streaming({ hub: options, before = [], secure = false, serve, configure }: Setup = {}) {
  const hub = createHub(options);
  const responses: WeakRef<ServerResponse>[] = [];
  const app = express();
  const watch: RequestHandler = (_request, response, next) => {
    responses.push(new WeakRef(response));
    next();
  };
  app.use(watch, ...before);
  app.all('/', serve?.(hub) ?? sse(hub.channel('news')));
  app.get('/other', (_request, response) => void response.end('other'));
  const server = secure ? createHttpsServer(certificate, app) : createServer(app);
  configure?.(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const open = (head = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n') => {
    const socket = secure
      ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
      : connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').on('data', (more) => (text += more));
    socket.on('error', () => {}).write(head);
    return { socket: socket as Socket, text: () => text, data: () => dataIn(text) };
  };
  const client = open();
  await until('the stream has begun', () => /\r\n\r\n/.test(client.text()) && hub.stats().connections === 1);
  // The response is detached after the turn.
  await new Promise((resolve) => setTimeout(resolve, 5));
  const close = async () => {
    await hub.close();
    client.socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  const isDetached = () => (responses[0]?.deref()?.socket as { parser?: unknown } | undefined)?.parser === null;
  return { hub, news: hub.channel('news'), server, client, open, responses, isDetached, close };
}

/** Collects garbage, and returns true if an object was. */
async function isCollected(object: WeakRef<object> | undefined): Promise<boolean> {
  // A WeakRef keeps its object until the end of the turn.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  return object?.deref() === undefined;
}

async function nextTurns(count: number) {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve));
}

/** Returns the data of the messages in a chunked body. */
function dataIn(text: string): string[] {
  const body = text.slice(text.indexOf('\r\n\r\n') + 4).replace(/(^|\r\n)[0-9a-f]+\r\n/g, '');
  return parseEventStream(body).flatMap(({ event, data }) => (event === 'message' ? [data] : []));
}

describe('an idle stream on Express', () => {
  it.each<[string, (hub: Hub) => RequestHandler]>([
    ['of a state', (hub) => sse(hub.state('prices'))],
    ['of a presence', (hub) => sse(hub.presence('room'))],
    ['of a member', (hub) => sse(hub.channel('news'), { presence: () => ({ channel: 'room', id: 'anna' }) })],
  ])('%s does not hold its response', async (_, serve) => {
    const withValues = (hub: Hub) => {
      hub.state('prices').set('AAPL', 1);
      hub.presence('room').join('ben');
      return serve(hub);
    };
    const { client, responses, close } = await streaming({ serve: withValues });
    await until('it has begun', () => client.text().includes('pushwire:open'));
    await until('the response is collected', () => isCollected(responses[0]));
    await close();
  });

  it('detaches its response, and continues', async () => {
    const { news, client, responses, isDetached, close } = await streaming();
    expect(isDetached()).toBe(true);
    await until('the response is collected', () => isCollected(responses[0]));
    for (const text of ['one', 'two']) await news.publish(text);
    await until('both have come', () => client.data().length === 2);
    expect(client.data()).toEqual(['one', 'two']);
    const closed = once(client.socket, 'close');
    await news.end();
    await closed;
    expect(client.text()).toMatch(/event: pushwire:end\n.*\r\n0\r\n\r\n$/s);
    await close();
  });

  it.each([
    ['Express', openStream, {}, false],
    ['Express over TLS', openStream, {}, true],
    ['Express, bare,', openStream, { bare: true }, false],
    ['the core alone', openBare as typeof openStream, {}, false],
  ])('by hand on %s detaches its response, and continues', async (_where, open, options, secure) => {
    const streams: OpenStream[] = [];
    const serve = (hub: Hub): RequestHandler => {
      return async (request, response) => {
        streams.push(await open(request, response, { hub, ...options }));
      };
    };
    const { client, responses, isDetached, close } = await streaming({ serve, secure });
    expect(isDetached()).toBe(true);
    await until('the response is collected', () => isCollected(responses[0]));
    for (const text of ['one', 'two']) streams[0]?.send(text);
    await until('both have come', () => client.data().length === 2);
    expect(client.data()).toEqual(['one', 'two']);
    const closed = once(client.socket, 'close');
    streams[0]?.end();
    await closed;
    expect(client.text()).toMatch(/\r\n0\r\n\r\n$/);
    await close();
  });

  it.each([
    ['behind helmet and cors', { before: [helmet(), cors()] as RequestHandler[] }],
    ['over TLS', { secure: true }],
  ])('detaches its response %s', async (_where, setup: Setup) => {
    const { news, client, isDetached, close } = await streaming(setup);
    expect(isDetached()).toBe(true);
    await news.publish('x');
    await until('it has come', () => client.data().length === 1);
    await close();
  });

  it.each<[string, () => Promise<unknown>]>([
    ['at once', async () => {}],
    ['after one turn', () => new Promise((resolve) => setImmediate(resolve))],
    ['after two turns', () => nextTurns(2)],
    ['after three turns', () => nextTurns(3)],
    ['later', () => new Promise((resolve) => setTimeout(resolve, 30))],
  ])('tells a handler that writes by hand, and listens %s, that its client has left', async (_when, pause) => {
    let stream: OpenStream | undefined;
    const heard: string[] = [];
    const serve =
      (hub: Hub): RequestHandler =>
      async (request, response) => {
        stream = await openStream(request, response, { hub });
        await pause();
        request.on('close', () => heard.push('request'));
        response.on('close', () => heard.push('response'));
        stream.send('listening');
      };
    const { client, close } = await streaming({ serve });
    await until('it listens', () => client.data().length === 1);
    await nextTurns(5);
    expect([stream?.reason, heard]).toEqual([undefined, []]);
    client.socket.destroy();
    expect(await stream?.closed).toBe('left');
    await until('the handler knows', () => heard.length === 2);
    await nextTurns(5);
    expect(heard.sort()).toEqual(['request', 'response']);
    await close();
  });

  it.each<[string, Setup]>([
    ['the app listens to close of the response', { before: [listening('response', 'close')] }],
    ['the app listens to finish of the response', { before: [listening('response', 'finish')] }],
    ['the app listens to the request', { before: [listening('request', 'close')] }],
    ['a logger waits for the end of the response', { before: [morgan('tiny', { stream: { write() {} } })] }],
    [
      'a session is saved at the end of the response',
      { before: [session({ secret: 'x', resave: false, saveUninitialized: false })] },
    ],
    ['middleware may compress the body', { before: [compression({ filter: () => true })] }],
    ['the server has a socket timeout', { configure: (server) => void server.setTimeout(60_000) }],
    ['the hub has fastPath off', { hub: { fastPath: false } }],
    [
      'the server allows half-open connections',
      { configure: (server) => void Object.assign(server, { httpAllowHalfOpen: true }) },
    ],
  ])('keeps its response if %s', async (_why, setup) => {
    const { news, client, isDetached, close } = await streaming(setup);
    expect(isDetached()).toBe(false);
    await news.publish('x');
    await until('it has come', () => client.data().length === 1);
    await close();
  });

  it.each(['end', 'emit', 'write'] as const)(
    'keeps its response if a monitor has patched %s of all responses',
    async (name) => {
      // An own method of the prototype counts as patched, even an equal one.
      Object.defineProperty(ServerResponse.prototype, name, {
        value: OutgoingMessage.prototype[name],
        configurable: true,
      });
      const { isDetached, close } = await streaming();
      expect(isDetached()).toBe(false);
      Reflect.deleteProperty(ServerResponse.prototype, name);
      await close();
    },
  );

  it('keeps its response if a monitor subscribes to the ends of all responses', async () => {
    const listen = () => {};
    subscribe('http.server.response.finish', listen);
    const { isDetached, close } = await streaming();
    expect(isDetached()).toBe(false);
    unsubscribe('http.server.response.finish', listen);
    await close();
  });

  it('keeps its response if another request waits behind it, which is not answered, as the head has said', async () => {
    const { open, news, hub, responses, close } = await streaming();
    const both = open('GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await until('both are there', () => hub.stats().connections === 2 && responses.length === 3);
    const closed = once(both.socket, 'close');
    await news.end();
    await closed;
    expect(both.text()).toMatch(/Connection: close.*event: pushwire:end\n[^\0]*\r\n0\r\n\r\n$/s);
    await close();
  });

  it('keeps its response while the request is incomplete', async () => {
    const { open, news, responses, close } = await streaming();
    const slow = open('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc');
    await until('it has begun', () => slow.text().includes('pushwire:open'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((responses[1]?.deref()?.socket as { parser?: unknown } | null)?.parser).toEqual(expect.any(Object));
    await news.publish('x');
    await until('it has come', () => slow.data().length === 1);
    slow.socket.destroy();
    await close();
  });

  it.each<[string, (socket: Socket) => void]>([
    ['leaves', (socket) => socket.destroy()],
    ['resets', (socket) => socket.resetAndDestroy()],
    ['half-closes its connection', (socket) => socket.end()],
  ])('is closed when the client %s', async (_how, leave) => {
    const { hub, client, close } = await streaming();
    const closed = once(client.socket, 'close');
    leave(client.socket);
    await until('it is gone', () => hub.stats().connections === 0);
    expect(hub.stats().closed).toEqual({ left: 1 });
    await closed;
    await close();
  });

  describe.each<[string, (response: ServerResponse) => unknown]>([
    ['response.end()', (response) => response.end()],
    ['response.destroy()', (response) => response.destroy()],
    ['request.destroy()', (response) => response.req.destroy()],
    ['request.socket.destroy()', (response) => response.req.socket.destroy()],
  ])('that the app ends with %s', (_how, end) => {
    it('ends, and request and response emit close', async () => {
      const { hub, client, responses, isDetached, close } = await streaming();
      expect(isDetached()).toBe(true);
      const response = responses[0]?.deref() as ServerResponse;
      expect(response.socket?.remoteAddress).toBe('127.0.0.1');
      const emitted: string[] = [];
      response.on('close', () => emitted.push('response'));
      response.once('close', () => emitted.push('response, once'));
      response.req.on('close', () => emitted.push('request'));
      const closed = once(client.socket, 'close');
      end(response);
      await closed;
      await until('all have emitted close', () => hub.stats().connections === 0 && emitted.length === 3);
      expect(emitted.sort()).toEqual(['request', 'response', 'response, once']);
      await close();
    });
  });

  it('emits close on a detached response when the client leaves', async () => {
    const { client, responses, close } = await streaming();
    const gone = once(responses[0]?.deref() as ServerResponse, 'close');
    client.socket.resetAndDestroy();
    await gone;
    await close();
  });

  it('has a response that tells when the client has left, without any listener', async () => {
    const { hub, client, responses, isDetached, close } = await streaming();
    expect(isDetached()).toBe(true);
    const response = responses[0]?.deref() as ServerResponse;
    const state = () => {
      const { destroyed, closed, writableEnded, writableFinished, finished } = response;
      return { destroyed, closed, writableEnded, writableFinished, finished };
    };
    const open = { destroyed: false, closed: false, writableEnded: false, writableFinished: false, finished: false };
    expect(state()).toEqual(open);
    client.socket.destroy();
    await until('it is gone', () => hub.stats().connections === 0);
    expect(state()).toEqual({ ...open, destroyed: true, closed: true });
    await close();
  });

  it('has a response that tells when the stream has ended', async () => {
    const { news, client, responses, close } = await streaming();
    const response = responses[0]?.deref() as ServerResponse;
    const closed = once(client.socket, 'close');
    await news.end();
    await closed;
    expect([response.writableEnded, response.finished]).toEqual([true, true]);
    expect([response.destroyed, response.closed, response.writableFinished]).toEqual([true, true, true]);
    await close();
  });

  it('sends what the app writes to its response, and keeps nothing after the end', async () => {
    const { news, client, responses, close } = await streaming();
    const response = responses[0]?.deref() as ServerResponse;
    expect(response.write('data: by hand\n\n')).toBe(true);
    await new Promise<void>((resolve) => response.write('', () => resolve()));
    await until('it has come', () => client.data().length === 1);
    expect(client.data()).toEqual(['by hand']);
    const closed = once(client.socket, 'close');
    await news.end();
    await closed;
    for (let n = 0; n < 20_000; n++) response.write('x'.repeat(100));
    expect([response.write('x'), response.writableLength]).toEqual([false, 0]);
    const failed = await new Promise((resolve) => response.write('x', resolve));
    expect(failed).toEqual(new Error('The stream has ended.'));
    await close();
  });

  it('sends what the app ends its response with', async () => {
    const { client, responses, close } = await streaming();
    const response = responses[0]?.deref() as ServerResponse;
    const closed = once(client.socket, 'close');
    const onEnd = jest.fn();
    response.end('data: the last\n\n', onEnd);
    await closed;
    await until('the response has ended', () => onEnd.mock.calls.length > 0);
    expect(onEnd).toHaveBeenCalledTimes(1);
    expect(client.text()).toMatch(/data: the last\n\n\r\n0\r\n\r\n$/);
    await close();
  });

  it('is closed when the client goes on sending', async () => {
    const { hub, client, close } = await streaming();
    const closed = new Promise((resolve) => client.socket.once('close', resolve));
    const flood = Buffer.alloc(64 * 1024);
    let sent = 0;
    const send = () => {
      while (!client.socket.destroyed && sent < 64e6 && client.socket.write(flood)) sent += flood.length;
    };
    client.socket.on('drain', send);
    send();
    await closed;
    await until('the hub knows', () => hub.stats().connections === 0);
    expect(hub.stats().closed).toEqual({ refused: 1 });
    await close();
  });

  it('ignores what the client sends', async () => {
    const { hub, news, client, close } = await streaming();
    client.socket.write('GET /other HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000));
    await news.publish('x');
    await until('it has come', () => client.data().length === 1);
    expect([hub.stats().connections, client.text().includes('other')]).toEqual([1, false]);
    await close();
  });

  it('gets everything after its client has stopped reading for a while', async () => {
    const { hub, news, client, close } = await streaming({ hub: { log: { bytes: 64e6 }, highWaterMark: 1000 } });
    client.socket.pause();
    const texts = Array.from({ length: 40 }, (_, n) => `${n}:${'x'.repeat(500_000)}`);
    for (const text of texts) {
      await news.publish(text);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until('it lags', () => hub.stats().lagging === 1);
    client.socket.resume();
    await until('it has all', () => client.text().includes('39:') && hub.stats().lagging === 0);
    await news.end();
    await once(client.socket, 'close');
    expect(client.data().map((text) => text.slice(0, 10))).toEqual(texts.map((text) => text.slice(0, 10)));
    await close();
  });

  it('is closed by the server’s closeAllConnections()', async () => {
    const { hub, server, client } = await streaming();
    const closed = once(client.socket, 'close');
    const stopped = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await Promise.all([closed, stopped]);
    await until('the hub knows', () => hub.stats().connections === 0);
    await hub.close();
  });

  it('ends when the hub closes, so that the server can close too', async () => {
    const { hub, server, client } = await streaming();
    await hub.close();
    await new Promise((resolve) => server.close(resolve));
    expect(client.text()).toMatch(/"reason":"draining".*\r\n0\r\n\r\n$/s);
  });
});
