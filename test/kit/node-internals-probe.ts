import { EventEmitter, on, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  createSecureServer as createSecureHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Server as NetServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { setInterval } from 'node:timers/promises';
import { eventsWithListeners, isEventIterator } from '../../packages/core/src/node-internals/events';
import { beforeHead, openHeadersOf, sendWithHead, shareHeaders } from '../../packages/core/src/node-internals/heads';
import { mayLackHeaders, newestRequestOf, presentAsGet } from '../../packages/core/src/node-internals/requests';
import {
  closeResponse,
  isUnwatched,
  onBodyEnd,
  releaseResponse,
} from '../../packages/core/src/node-internals/response-ends';
import {
  assignSocket,
  createResponse,
  currentResponseOf,
  hasOriginalWrite,
  onSocketAssigned,
  restoreSocket,
  unassignSocket,
  usesChunkedEncoding,
} from '../../packages/core/src/node-internals/responses';
import {
  allowsHalfOpen,
  connectionListenerOf,
  releaseFromServer,
  resetFlow,
  type ServedSocket,
} from '../../packages/core/src/node-internals/sockets';
import { serveWithoutUpgrade } from '../../packages/core/src/node-internals/upgrades';
import { certificate } from './certificate';
import { until } from './until';

// Run as a program, this checks each assumption of the core's `node-internals/` on live objects,
// in the Node version that runs it. It writes one line of JSON for each assumption.

/** Sentences about Node, by the function in `node-internals/` that assumes each. */
export const assumptions = {
  'releaseFromServer (names)': 'names its listeners on a socket socketOnData, socketOnEnd and so on',
  'releaseFromServer (effect)': 'frees the parser of a released socket, and leaves the socket open',
  closeResponse: 'says in response._closed that a response has emitted close',
  releaseResponse:
    'names its listener for finish of a response resOnFinish or onResponseFinish, and has response._onPendingData()',
  newestRequestOf: 'has the newest request in socket.parser.incoming',
  ServedSocket: 'has the server in socket.server',
  mayLackHeaders: 'collects 1000 header fields by default, and twice as many values in rawHeaders',
  allowsHalfOpen: 'has the option server.httpAllowHalfOpen, which is off',
  eventsWithListeners: 'counts the events with listeners in emitter._eventsCount',
  onBodyEnd: 'emits prefinish before end() of a response returns',
  onSocketAssigned: 'emits socket when a response gets its socket',
  'isUnwatched (listeners)': 'listens to finish of a response, and to nothing else of it or its request',
  'isUnwatched (methods)': 'has no methods of its own in ServerResponse.prototype that end a response',
  hasOriginalWrite: 'gives no response a write of its own',
  usesChunkedEncoding: 'says in response.chunkedEncoding if a body is chunked',
  sendWithHead: 'sends the head and a text as one string by response._send(), and has the head in _header',
  shareHeaders: 'has the headers of a response in response[kOutHeaders]',
  openHeadersOf: 'sends a name and a value that were added to response[kOutHeaders]',
  'beforeHead (HTTP/1)': 'makes the head of a response of its headers in response._storeHeader()',
  'beforeHead (HTTP/2)': 'sends the headers of a response by stream.respond()',
  currentResponseOf: 'has the response that a socket sends in socket._httpMessage',
  serveWithoutUpgrade: 'gives the body of an upgrade as head, or asks server.shouldUpgradeCallback before',
  createResponse: 'lets a new ServerResponse write to the socket of an upgrade',
  assignSocket: 'lets a response move from a socket to another stream',
  restoreSocket: 'lets response.socket be set after detachSocket()',
  'connectionListenerOf (names)': 'names its listener for new sockets connectionListener',
  'connectionListenerOf (effect)': 'serves a socket again if its connectionListener is called with it',
  resetFlow: 'resumes a socket on the next data listener if readableFlowing is set to null',
  presentAsGet: 'lets the method of an HTTP/2 request be set',
  isEventIterator: 'marks the iterators of events.on() with Symbol.for("nodejs.watermarkData"), and no others',
} as const;

/** One line of the probe's output. */
export interface Finding {
  readonly name: keyof typeof assumptions;
  readonly holds: boolean;
  /** Describes what Node has. */
  readonly found: unknown;
}

type Check = () => Promise<Omit<Finding, 'name'>>;

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Waits until a condition holds. Returns false if it does not within two seconds. */
async function isSoon(holds: () => boolean): Promise<boolean> {
  return until('it holds', holds, 2000).then(
    () => true,
    () => false,
  );
}

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const upgrade = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n';

/** A client's end of a connection, and the text that it has received. */
interface Client {
  readonly socket: Socket;
  text(): string;
}

/** Starts a server, runs a check with a client of it, and closes both. */
async function serve<T>(server: Server, check: (client: Client) => Promise<T>): Promise<T> {
  const port = await listen(server);
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (more) => (text += more));
  socket.on('error', () => {});
  try {
    return await check({ socket, text: () => text });
  } finally {
    socket.destroy();
    server.close();
    server.closeAllConnections();
  }
}

async function listen(server: NetServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Runs a check with a request, its response and its socket, as a request listener has them. */
function serveRequest<T>(
  check: (exchange: {
    request: IncomingMessage;
    response: ServerResponse;
    socket: Socket;
    server: Server;
    client: Client;
  }) => Promise<T> | T,
  text = get,
): Promise<T> {
  const server = createServer();
  return serve(server, (client) => {
    client.socket.write(text);
    return new Promise((resolve, reject) => {
      server.once('request', async (request, response) => {
        try {
          resolve(await check({ request, response, socket: request.socket, server, client }));
        } catch (error) {
          reject(error);
        }
      });
    });
  });
}

/** Runs a check with the request and the socket of an upgrade that follows the text `before`. */
function serveUpgrade<T>(
  check: (exchange: { request: IncomingMessage; socket: Socket; server: Server; client: Client }) => Promise<T>,
  before = '',
): Promise<T> {
  const server = createServer(() => {});
  return serve(server, async (client) => {
    client.socket.write(`${before}${upgrade}`);
    const [request, socket] = (await once(server, 'upgrade')) as [IncomingMessage, Socket];
    socket.on('error', () => {});
    const result = await check({ request, socket, server, client });
    socket.destroy();
    return result;
  });
}

/** The functions that listen to an emitter, by event. */
function listenersOf(emitter: EventEmitter): Record<string, string[]> {
  const names = emitter.eventNames().map(String);
  return Object.fromEntries(names.map((event) => [event, emitter.listeners(event).map(({ name }) => name)]));
}

/** Begins a stream as the core does, with the core's own listeners. */
function beginStream(response: ServerResponse): void {
  response.on('close', () => {});
  response.writeHead(200);
  onBodyEnd(response, () => {});
  response.write('begun');
}

/** Sends headers, shares them, and returns the object that holds them. */
function withSharedHeaders(response: ServerResponse) {
  response.setHeader('X-Name', 'a');
  response.writeHead(200);
  shareHeaders(response);
  const values = Object.getOwnPropertySymbols(response).map((key) => (response as never)[key] as unknown);
  const own = values.find((value) => typeof value === 'object' && value !== null && 'x-name' in value);
  return { own, headers: response.getHeaders() };
}

const checks: Record<keyof typeof assumptions, Check> = {
  'releaseFromServer (names)': () =>
    serveRequest(({ socket }) => ({ holds: releaseFromServer(socket) !== undefined, found: listenersOf(socket) })),

  'releaseFromServer (effect)': () =>
    serveRequest(async ({ request, response, socket, client }) => {
      beginStream(response);
      request.resume();
      await once(request, 'end');
      await isSoon(() => socket.writableLength === 0);
      unassignSocket(response, socket);
      releaseFromServer(socket)?.();
      let received = '';
      socket.on('data', (bytes) => (received += bytes));
      client.socket.write('from the client');
      const isRead = await isSoon(() => received === 'from the client');
      socket.write('from the server');
      const isWritten = await isSoon(() => client.text().endsWith('from the server'));
      const { parser } = socket as { parser?: unknown };
      const isFree = parser === null;
      return { holds: isRead && isWritten && isFree, found: { isRead, isWritten, isFree } };
    }),

  closeResponse: () =>
    serveRequest(async ({ response, socket }) => {
      response.writeHead(200);
      closeResponse(response, socket);
      const events: string[] = [];
      response.on('close', () => events.push('close'));
      await turn();
      socket.destroy();
      await once(socket, 'close');
      await turn();
      const { closed } = response;
      return { holds: closed && events.length === 1, found: { closed, events } };
    }),

  releaseResponse: () =>
    serveRequest(async ({ response, socket }) => {
      const names = listenersOf(response).finish;
      const hasCounter = '_onPendingData' in response;
      let calls = 0;
      response.writeHead(200);
      releaseResponse(response, () => calls++);
      response.end('x');
      await once(response, 'finish');
      await turn();
      const found = { names, hasCounter, calls, destroyed: socket.destroyed };
      return { holds: hasCounter && calls === 1 && !socket.destroyed && response.socket === socket, found };
    }),

  newestRequestOf: () =>
    serveRequest(async ({ request, socket, server, client }) => {
      const isFirst = newestRequestOf(socket) === request;
      client.socket.write(get);
      const [second] = await once(server, 'request');
      const isSecond = newestRequestOf(socket) === second;
      return { holds: isFirst && isSecond, found: { isFirst, isSecond } };
    }),

  ServedSocket: () =>
    serveRequest(({ socket, server }) => {
      const { server: found } = socket as ServedSocket;
      return { holds: found === server, found: String(found?.constructor.name) };
    }),

  mayLackHeaders: async () => {
    const found: unknown[] = [];
    const receive = (sent: number): Promise<boolean> => {
      const server = createServer();
      return serve(server, ({ socket }) => {
        socket.write(get.replace('\r\n\r\n', `\r\n${'a:\r\n'.repeat(sent - 1)}\r\n`));
        return new Promise((resolve) => {
          server.once('request', (request: IncomingMessage) => {
            const { length } = request.rawHeaders;
            found.push({ sent, length });
            resolve(length === 2 * sent || mayLackHeaders(request));
          });
          // Later versions of Node 22 and up refuse such a request.
          server.once('clientError', ({ code }: Error & { code?: string }) => {
            found.push({ sent, code });
            resolve(code === 'HPE_HEADER_OVERFLOW');
          });
        });
      });
    };
    const holds = [await receive(900), await receive(1001), await receive(1100), await receive(1900)];
    const ordinary = await serveRequest(({ request }) => mayLackHeaders(request));
    return { holds: holds.every(Boolean) && !ordinary, found };
  },

  allowsHalfOpen: () =>
    serveRequest(({ socket, server }) => {
      const before = allowsHalfOpen(socket);
      const option = (server as { httpAllowHalfOpen?: unknown }).httpAllowHalfOpen;
      Object.assign(server, { httpAllowHalfOpen: true });
      return { holds: option === false && !before && allowsHalfOpen(socket), found: String(option) };
    }),

  eventsWithListeners: async () => {
    const emitter = new EventEmitter();
    const counts: unknown[] = [];
    const count = () => {
      const { _eventsCount } = emitter as { _eventsCount?: unknown };
      counts.push([_eventsCount, eventsWithListeners(emitter), emitter.eventNames().length]);
    };
    const listener = () => {};
    count();
    emitter.on('a', listener).on('a', () => {});
    emitter.on('b', listener);
    count();
    emitter.off('b', listener);
    count();
    return { holds: JSON.stringify(counts) === '[[0,0,0],[2,2,2],[1,1,1]]', found: counts };
  },

  onBodyEnd: () =>
    serveRequest(({ response }) => {
      const onEnd: boolean[] = [];
      beginStream(response);
      onBodyEnd(response, () => onEnd.push(response.writableEnded));
      response.end();
      return { holds: onEnd.length === 1, found: { calls: onEnd.length } };
    }),

  onSocketAssigned: () =>
    serveRequest(async ({ response, server, client }) => {
      client.socket.write(get);
      const [, second] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
      let isAssigned = false;
      onSocketAssigned(second, () => (isAssigned = second.socket !== null));
      const isQueued = second.socket === null;
      response.end();
      const holds = (await isSoon(() => isAssigned)) && isQueued;
      return { holds, found: { isQueued, isAssigned } };
    }),

  'isUnwatched (listeners)': () =>
    serveRequest(async ({ request, response }) => {
      beginStream(response);
      await turn();
      const isUnwatchedFirst = isUnwatched(response);
      const found = { response: listenersOf(response), request: listenersOf(request) };
      request.resume();
      await turn();
      const isUnwatchedThen = isUnwatched(response) && request.destroyed && request.readableEnded;
      return { holds: isUnwatchedFirst && isUnwatchedThen, found };
    }),

  'isUnwatched (methods)': async () => {
    const own = ['end', 'emit', 'write', 'destroy'].filter((name) => Object.hasOwn(ServerResponse.prototype, name));
    return { holds: own.length === 0, found: { 'methods of ServerResponse.prototype': own } };
  },

  hasOriginalWrite: () =>
    serveRequest(({ response }) => {
      beginStream(response);
      return { holds: hasOriginalWrite(response), found: Object.getOwnPropertyNames(response) };
    }),

  usesChunkedEncoding: async () => {
    const chunkedIn = (text: string, headers = {}) =>
      serveRequest(({ response }) => usesChunkedEncoding(response.writeHead(200, headers)), text);
    const found = {
      'HTTP/1.1': await chunkedIn(get),
      'HTTP/1.0': await chunkedIn(get.replace('1.1', '1.0')),
      'Content-Length': await chunkedIn(get, { 'Content-Length': 1 }),
    };
    return { holds: JSON.stringify(Object.values(found)) === '[true,false,false]', found };
  },

  sendWithHead: () =>
    serveRequest(async ({ response, socket, client }) => {
      const written: unknown[] = [];
      const { write } = socket;
      socket.write = ((data: never, ...rest: never[]) => {
        written.push(data);
        return write.call(socket, data, ...rest);
      }) as typeof write;
      response.writeHead(200, { 'X-Name': 'é' });
      const isTaken = sendWithHead(response, '1\r\nx\r\n');
      await isSoon(() => client.text().endsWith('x\r\n'));
      const isWhole = /^HTTP\/1.1 200 OK\r\n.*X-Name: \xe9\r\n.*\r\n\r\n1\r\nx\r\n$/s.test(client.text());
      const hasHead = (response as { _header?: unknown })._header === client.text().slice(0, -6);
      const holds = isTaken === true && isWhole && hasHead && written.length === 1;
      return { holds, found: { isTaken, hasHead, written } };
    }),

  shareHeaders: async () => {
    const ofTwo = await Promise.all([1, 2].map(() => serveRequest(({ response }) => withSharedHeaders(response))));
    const [first, second] = ofTwo;
    const found = ofTwo.map(({ headers }) => headers);
    return { holds: first?.own !== undefined && first.own === second?.own, found };
  },

  openHeadersOf: () =>
    serveRequest(async ({ response, client }) => {
      response.setHeader('Content-Type', 'text/plain');
      const headers = openHeadersOf(response);
      if (headers) headers['x-name'] = ['X-Name', 'a'];
      response.end('x');
      await isSoon(() => client.text().endsWith('x'));
      const found = { 'x-name': response.getHeader('X-Name'), sent: /^X-Name: .*/m.exec(client.text())?.[0] };
      return { holds: found['x-name'] === 'a' && found.sent === 'X-Name: a', found };
    }),

  'beforeHead (HTTP/1)': () =>
    serveRequest(async ({ response, client }) => {
      const isWatched = setCookieAndWatch(response);
      response.end('x');
      await isSoon(() => client.text().endsWith('x'));
      const fields = client.text().match(/^(set-cookie|cache-control): .*/gim) ?? [];
      const expected = ['Set-Cookie: a=1', 'Cache-Control: private'];
      return {
        holds: isWatched && JSON.stringify(fields.sort().reverse()) === JSON.stringify(expected),
        found: fields,
      };
    }),

  'beforeHead (HTTP/2)': async () => {
    const server = createHttp2Server();
    const client = connectHttp2(`http://127.0.0.1:${await listen(server)}`);
    const stream = client.request({ ':path': '/' });
    const [, response] = (await once(server, 'request')) as [Http2ServerRequest, Http2ServerResponse];
    const isWatched = setCookieAndWatch(response as unknown as ServerResponse);
    response.end('x');
    const [headers] = await once(stream, 'response');
    client.destroy();
    server.close();
    const holds = isWatched && headers['cache-control'] === 'private' && headers['set-cookie']?.[0] === 'a=1';
    return { holds, found: { ...headers } };
  },

  currentResponseOf: () =>
    serveUpgrade(
      async ({ socket }) => {
        const first = currentResponseOf(socket);
        const isFirst = first instanceof ServerResponse && first.req.url === '/first';
        if (isFirst) first.end();
        const isFree = await isSoon(() => currentResponseOf(socket) === undefined);
        return { holds: isFirst && isFree, found: { isFirst, isFree } };
      },
      get.replace('/', '/first'),
    ),

  serveWithoutUpgrade: () => {
    const server = createServer();
    serveWithoutUpgrade(server, () => true);
    return serve(server, async (client) => {
      const offer = upgrade.replace('GET', 'POST').replace('\r\n\r\n', '\r\nContent-Length: 4\r\n\r\nbody');
      const asUpgrade = once(server, 'upgrade').then(([, , head]) => ({ event: 'upgrade', body: String(head) }));
      const asRequest = once(server, 'request').then(async ([request]) => {
        return { event: 'request', body: String(await once(request, 'data')) };
      });
      client.socket.write(offer);
      const found = await Promise.race([asUpgrade, asRequest]);
      return { holds: found.body === 'body', found };
    });
  },

  createResponse: () =>
    serveUpgrade(async ({ request, socket, client }) => {
      const response = createResponse(request, socket);
      response.end('answered');
      const isAnswered = await isSoon(() => client.text().endsWith('answered'));
      const text = client.text();
      const isClosing = /^HTTP\/1\.1 200 OK\r\n/.test(text) && /^Connection: close\r$/m.test(text);
      return { holds: isAnswered && isClosing, found: text };
    }),

  assignSocket: () =>
    serveUpgrade(async ({ request, socket, client }) => {
      const response = createResponse(request, socket);
      const place = new PassThrough();
      unassignSocket(response, socket);
      assignSocket(response, place);
      response.end('answered');
      await once(response, 'finish');
      socket.write('from the socket');
      await isSoon(() => client.text() !== '');
      const found = { place: String(place.read()), socket: client.text() };
      return { holds: found.place.endsWith('answered') && found.socket === 'from the socket', found };
    }),

  restoreSocket: () =>
    serveRequest(({ response, socket }) => {
      unassignSocket(response, socket);
      const without = response.socket;
      restoreSocket(response, socket);
      return { holds: without === null && response.socket === socket, found: String(without) };
    }),

  'connectionListenerOf (names)': async () => {
    const servers = {
      http: [createServer(), 'connection'],
      https: [createHttpsServer(certificate), 'secureConnection'],
      http2: [createHttp2Server(), 'connection'],
      'secure http2': [createSecureHttp2Server({ ...certificate, allowHTTP1: true }), 'secureConnection'],
    } as const;
    const holds = Object.values(servers).every(([server, event]) => connectionListenerOf(server, event) !== undefined);
    const found = Object.entries(servers).map(([name, [server]]) => [name, listenersOf(server)]);
    return { holds, found: Object.fromEntries(found) };
  },

  'connectionListenerOf (effect)': () =>
    serveUpgrade(async ({ socket, server, client }) => {
      let connections = 0;
      server.on('connection', () => connections++);
      server.on('request', (_request, response) => response.end('answered'));
      connectionListenerOf(server, 'connection')?.(socket);
      socket.unshift(get);
      const isServed = await isSoon(() => client.text().endsWith('answered'));
      return { holds: isServed && connections === 0, found: { isServed, connections } };
    }),

  resetFlow: () =>
    serveUpgrade(async ({ socket, client }) => {
      socket.resume();
      socket.pause();
      const { readableFlowing } = socket;
      resetFlow(socket);
      const reset = socket.readableFlowing;
      let received = '';
      socket.on('data', (bytes) => (received += bytes));
      client.socket.write('from the client');
      const isRead = await isSoon(() => received === 'from the client');
      const found = { before: readableFlowing, reset, isRead };
      return { holds: readableFlowing === false && reset === null && isRead, found };
    }),

  presentAsGet: async () => {
    const server = createHttp2Server();
    const client = connectHttp2(`http://127.0.0.1:${await listen(server)}`);
    client.request({ ':method': 'POST' }).on('error', () => {});
    const [request, response] = (await once(server, 'request')) as [Http2ServerRequest, Http2ServerResponse];
    const before = request.method;
    presentAsGet(request);
    const { method } = request;
    response.end();
    client.destroy();
    server.close();
    return { holds: before === 'POST' && method === 'GET', found: method };
  },

  isEventIterator: async () => {
    const others: [string, object][] = [
      ['a generator', (async function* () {})()],
      ['a stream', new PassThrough()],
      ['its iterator', new PassThrough()[Symbol.asyncIterator]()],
      ['a web stream', new ReadableStream()],
      ['timers', setInterval(1000)],
    ];
    const found = others.flatMap(([name, value]) => (isEventIterator(value) ? [name] : []));
    const events = on(new EventEmitter(), 'x');
    if (isEventIterator(events)) found.push('events.on()');
    return { holds: found.join() === 'events.on()', found };
  },
};

/** Lets middleware add a cookie while the head is written, which the listener answers. */
function setCookieAndWatch(response: ServerResponse): boolean {
  response.setHeader('Content-Type', 'text/plain');
  response.setHeader('Cache-Control', 'public');
  const { writeHead } = response;
  response.writeHead = ((status: number) => writeHead.call(response, status, { 'Set-Cookie': 'a=1' })) as never;
  const isWatched = beforeHead(response, () => {
    if (response.hasHeader('set-cookie')) response.setHeader('Cache-Control', 'private');
  });
  // The head is made here for HTTP/2, whose `end()` does not call `writeHead()`.
  response.writeHead(200);
  return isWatched;
}

const checkTimeout = 5000;

async function main(): Promise<void> {
  for (const [name, check] of Object.entries(checks)) {
    const timeout = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error('the check has not finished')), checkTimeout).unref();
    });
    const finding = await Promise.race([check(), timeout]).catch((error) => ({ holds: false, found: String(error) }));
    console.log(JSON.stringify({ name, ...finding }));
  }
  // A check that has not finished would keep the process alive.
  process.exit();
}

if (require.main === module) main();
