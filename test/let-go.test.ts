import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, OutgoingMessage, type Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createHub, type HubOptions } from '@pushwire/core';
import { parseEventStream } from '@pushwire/core/testing';
import { sse } from '@pushwire/express';
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

interface Given {
  hub?: HubOptions;
  before?: RequestHandler[];
  secure?: boolean;
  configure?(server: Server): void;
}

const listening =
  (to: 'request' | 'response', event: string): RequestHandler =>
  (request, response, next) => {
    (to === 'request' ? request : response).on(event, () => {});
    next();
  };

/** An app on Express with one idle stream, seen from both ends. */
async function streaming({ hub: options, before = [], secure = false, configure }: Given = {}) {
  const hub = createHub(options);
  const responses: WeakRef<ServerResponse>[] = [];
  const app = express();
  const watch: RequestHandler = (_request, response, next) => {
    responses.push(new WeakRef(response));
    next();
  };
  app.use(watch, ...before);
  app.all('/', sse(hub.channel('news')));
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
  await until('the stream has begun', () => client.text().includes('pushwire:open'));
  // What is put off until the turn is over has happened.
  await new Promise((resolve) => setTimeout(resolve, 5));
  const close = async () => {
    await hub.close();
    client.socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  const letGo = () => (responses[0]?.deref()?.socket as { parser?: unknown } | undefined)?.parser === null;
  return { hub, news: hub.channel('news'), server, client, open, responses, letGo, close };
}

/** The data of what was published, in a body of chunks. */
function dataIn(text: string): string[] {
  const body = text.slice(text.indexOf('\r\n\r\n') + 4).replace(/(^|\r\n)[0-9a-f]+\r\n/g, '');
  return parseEventStream(body).flatMap(({ event, data }) => (event === 'message' ? [data] : []));
}

describe('an idle stream on Express', () => {
  it('lets request and response go, and goes on', async () => {
    const { news, client, responses, letGo, close } = await streaming();
    expect(letGo()).toBe(true);
    // What this turn has looked at is kept until it is over.
    await until('the response is collected', async () => {
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
      return responses[0]?.deref() === undefined;
    });
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
    ['behind helmet and cors', { before: [helmet(), cors()] as RequestHandler[] }],
    ['over TLS', { secure: true }],
  ])('lets them go %s', async (_where, given: Given) => {
    const { news, client, letGo, close } = await streaming(given);
    expect(letGo()).toBe(true);
    await news.publish('x');
    await until('it has come', () => client.data().length === 1);
    await close();
  });

  it.each<[string, Given]>([
    ['somebody waits for the response to close', { before: [listening('response', 'close')] }],
    ['somebody waits for it to finish', { before: [listening('response', 'finish')] }],
    ['somebody listens to the request', { before: [listening('request', 'close')] }],
    ['a logger waits for its end', { before: [morgan('tiny', { stream: { write() {} } })] }],
    ['a session is saved at its end', { before: [session({ secret: 'x', resave: false, saveUninitialized: false })] }],
    ['something may stand in its body', { before: [compression({ filter: () => true })] }],
    ['the server has a timeout for sockets', { configure: (server) => void server.setTimeout(60_000) }],
    ['the hub takes no fast path', { hub: { fastPath: false } }],
    [
      'the server lets clients half-close',
      { configure: (server) => void Object.assign(server, { httpAllowHalfOpen: true }) },
    ],
  ])('keeps them where %s', async (_why, given) => {
    const { news, client, letGo, close } = await streaming(given);
    expect(letGo()).toBe(false);
    await news.publish('x');
    await until('it has come', () => client.data().length === 1);
    await close();
  });

  it.each(['end', 'emit', 'write'] as const)(
    'keeps them where a monitor has patched %s of all responses',
    async (name) => {
      // That it stands there is what counts.
      Object.defineProperty(ServerResponse.prototype, name, {
        value: OutgoingMessage.prototype[name],
        configurable: true,
      });
      const { letGo, close } = await streaming();
      expect(letGo()).toBe(false);
      Reflect.deleteProperty(ServerResponse.prototype, name);
      await close();
    },
  );

  it('keeps them where a monitor hears of the ends of all responses', async () => {
    const listen = () => {};
    subscribe('http.server.response.finish', listen);
    const { letGo, close } = await streaming();
    expect(letGo()).toBe(false);
    unsubscribe('http.server.response.finish', listen);
    await close();
  });

  it('keeps them where another request waits behind it, which is answered when it ends', async () => {
    const { open, news, hub, responses, close } = await streaming();
    const both = open('GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await until('both are there', () => hub.connections === 2 && responses.length === 3);
    await news.end();
    await until('the other is answered', () => both.text().endsWith('other'));
    await close();
  });

  it('keeps them until the rest of the request is there', async () => {
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
    ['says that it will send no more', (socket) => socket.end()],
  ])('sees when a client %s', async (_how, leave) => {
    const { hub, client, close } = await streaming();
    const closed = once(client.socket, 'close');
    leave(client.socket);
    await until('it is gone', () => hub.connections === 0);
    expect(hub.stats().closed).toEqual({ left: 1 });
    await closed;
    await close();
  });

  describe.each<[string, (response: ServerResponse) => unknown]>([
    ['response.end()', (response) => response.end()],
    ['response.destroy()', (response) => response.destroy()],
    ['request.destroy()', (response) => response.req.destroy()],
    ['request.socket.destroy()', (response) => response.req.socket.destroy()],
  ])('of which the app holds the response, and which it ends by %s', (_how, end) => {
    it('ends, and the app hears of it', async () => {
      const { hub, client, responses, letGo, close } = await streaming();
      expect(letGo()).toBe(true);
      const response = responses[0]?.deref() as ServerResponse;
      expect(response.socket?.remoteAddress).toBe('127.0.0.1');
      const heard: string[] = [];
      response.on('close', () => heard.push('response'));
      response.once('close', () => heard.push('response, once'));
      response.req.on('close', () => heard.push('request'));
      const closed = once(client.socket, 'close');
      end(response);
      await closed;
      await until('all is heard', () => hub.connections === 0 && heard.length === 3);
      expect(heard.sort()).toEqual(['request', 'response', 'response, once']);
      await close();
    });
  });

  it('hears of a client’s leaving where the app has asked late', async () => {
    const { client, responses, close } = await streaming();
    const gone = once(responses[0]?.deref() as ServerResponse, 'close');
    client.socket.resetAndDestroy();
    await gone;
    await close();
  });

  it('takes no notice of what a client still sends', async () => {
    const { hub, news, client, close } = await streaming();
    client.socket.write('GET /other HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000));
    await news.publish('x');
    await until('it has come', () => client.data().length === 1);
    expect([hub.connections, client.text().includes('other')]).toEqual([1, false]);
    await close();
  });

  it('leaves a client alone that does not read, which gets everything when it does', async () => {
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

  it('is closed by the server’s closeAllConnections(), as it would be otherwise', async () => {
    const { hub, server, client } = await streaming();
    const closed = once(client.socket, 'close');
    const stopped = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await Promise.all([closed, stopped]);
    await until('the hub knows', () => hub.connections === 0);
    await hub.close();
  });

  it('ends and is gone when the hub closes, so that the server can close', async () => {
    const { hub, server, client } = await streaming();
    await hub.close();
    await new Promise((resolve) => server.close(resolve));
    expect(client.text()).toMatch(/"reason":"draining".*\r\n0\r\n\r\n$/s);
  });
});
