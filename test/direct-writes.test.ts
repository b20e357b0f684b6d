import { once } from 'node:events';
import { createServer, type RequestListener, ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { createHub, type Hub, type HubOptions, serveSse } from '@pushwire/core';
import { sse as expressSse } from '@pushwire/express';
import { sse as koaSse } from '@pushwire/koa';
import compression from 'compression';
import express, { type RequestHandler } from 'express';
import Koa from 'koa';
import { until } from './kit/until';

/** Apps, with a request to each, and whether bytes are written to the socket directly. */
const apps: readonly (readonly [
  name: string,
  request: string,
  direct: boolean,
  make: (hub: Hub) => RequestListener,
])[] = [
  ['node:http', 'GET / HTTP/1.1', true, (hub) => bare(hub)],
  ['Express', 'GET / HTTP/1.1', true, (hub) => express().get('/', expressSse(hub.channel('x')))],
  ['Koa', 'GET / HTTP/1.1', true, (hub) => new Koa().use(koaSse(hub.channel('x'))).callback()],
  ['HTTP/1.0', 'GET / HTTP/1.0', false, (hub) => bare(hub)],
  ['a wrapped write', 'GET / HTTP/1.1', false, (hub) => bare(hub, wrapped)],
  ['compression middleware', 'GET / HTTP/1.1\r\nAccept-Encoding: gzip', false, compressed],
];

function bare(hub: Hub, before: (response: ServerResponse) => void = () => {}): RequestListener {
  const serve = serveSse(hub.channel('x'));
  return (request, response) => {
    before(response);
    serve(request, response, request).catch((error) => response.destroy(error));
  };
}

function wrapped(response: ServerResponse): void {
  const write = response.write;
  response.write = ((...args: Parameters<typeof write>) => {
    return Reflect.apply(write, response, args);
  }) as typeof write;
}

function compressed(hub: Hub): RequestListener {
  return express()
    .use(compression({ filter: () => true, threshold: 0 }))
    .get(
      '/',
      (_request, response, next) => {
        // Compression leaves a response with `no-transform` alone, so this replaces it.
        const { writeHead } = response;
        response.writeHead = ((status: number) => {
          response.set('Cache-Control', 'no-cache');
          return writeHead.call(response, status);
        }) as typeof writeHead;
        next();
      },
      expressSse(hub.channel('x')),
    );
}

/** The bytes of a stream with an opening, turns of one message and of several, and an end. */
async function bytesOf(make: (hub: Hub) => RequestListener, request: string, options: HubOptions) {
  // Random numbers would spread the times of each run differently.
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  const hub = createHub(options);
  const server = createServer(make(hub));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const writes = jest.spyOn(ServerResponse.prototype, 'write');
  const chunks: Buffer[] = [];
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('data', (chunk) => chunks.push(chunk)).write(`${request}\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const text = () => Buffer.concat(chunks).toString('latin1');
  await until('it has begun', () => chunks.length > 0 && hub.stats().connections === 1);
  const channel = hub.channel('x');
  const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  await channel.publish('one');
  await settled();
  for (const data of ['two', { three: 3 }, 'f\nour', '🙂'.repeat(20_000)]) channel.publish(data);
  await settled();
  await channel.publish('five');
  await channel.end();
  await once(socket, 'close');
  const written = writes.mock.calls.length;
  writes.mockRestore();
  server.close();
  return { text: text(), written };
}

describe.each(apps)('a stream through %s', (_name, request, isDirect, make) => {
  afterEach(() => jest.restoreAllMocks());

  it(`is ${isDirect ? '' : 'not '}written directly, and is the same as without fastPath`, async () => {
    const direct = await bytesOf(make, request, {});
    const ordinary = await bytesOf(make, request, { fastPath: false });
    if (isDirect) expect([direct.written, ordinary.written > 2]).toEqual([0, true]);
    else expect(direct.written).toBe(ordinary.written);
    expect(normal(direct.text)).toBe(normal(ordinary.text));
    expect(direct.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });
});

/** Splits an answer into its head, and its body without chunks. */
function dechunk(text: string): { head: string; body: Buffer } {
  const [head = ''] = text.split(/(?<=\r\n\r\n)/s);
  const bytes = Buffer.from(text.slice(head.length), 'latin1');
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\r\n', at);
    const length = Number.parseInt(bytes.toString('latin1', at, end), 16);
    parts.push(bytes.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
  return { head, body: Buffer.concat(parts) };
}

/** Since version 26, Node joins the chunks that a response writes in one turn. */
const joinsChunks = Number.parseInt(process.versions.node, 10) >= 26;

/** Inflates a compressed body, since another epoch makes other compressed bytes. */
function inflated(text: string): string {
  const isCompressed = /^content-encoding: gzip/im.test(text);
  if (!isCompressed && !(joinsChunks && /^transfer-encoding: chunked/im.test(text))) return text;
  const { head, body } = dechunk(text);
  return head + (isCompressed ? gunzipSync(body) : body).toString('latin1');
}

/** Replaces the date and the epoch, which differ from one server to the next. */
function normal(answer: string): string {
  const text = inflated(answer).replace(/^Date: .*$/m, 'Date');
  const [, epoch = ''] = /^id: (\S{8})\.0$/m.exec(text) ?? [];
  return text.replaceAll(epoch, 'an epoch');
}

/** Returns the raw answer of an app with middleware before a stream, once it matches `expected`. */
async function answerOf(before: RequestHandler, expected: RegExp, options: HubOptions = {}): Promise<string> {
  const hub = createHub(options);
  const server = createServer(express().get('/', before, expressSse(hub.channel('x'))));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (more) => (text += more));
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await until('it has arrived', () => expected.test(text));
  socket.destroy();
  await hub.close();
  server.close();
  return text;
}

describe('middleware before a stream', () => {
  it('may set headers beyond ASCII, which are sent as Node writes them', async () => {
    const text = await answerOf((_request, response, next) => {
      response.setHeader('X-Name', 'é');
      next();
    }, /pushwire:open/);
    expect(text).toContain('X-Name: \xe9\r\n');
  });

  it('that wraps writeHead finds the status 200 there', async () => {
    const text = await answerOf((_request, response, next) => {
      const { writeHead } = response;
      response.statusCode = 404;
      response.writeHead = () => writeHead.call(response, response.statusCode);
      next();
    }, /pushwire:open/);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it('that wraps write and returns nothing does not make the client look slow', async () => {
    const beats = /(\r\n:\n\r\n.*){3}/s;
    const before: RequestHandler = (_request, response, next) => {
      const { write } = response;
      response.write = ((chunk: Uint8Array) => void write.call(response, chunk, 'utf8')) as unknown as typeof write;
      next();
    };
    expect(await answerOf(before, beats, { heartbeat: 100 })).toMatch(beats);
  });

  it('may answer and call next(), without leaving listeners on the socket', async () => {
    const counts: number[] = [];
    const server = createServer(
      express().get(
        '/',
        (request, response, next) => {
          counts.push(request.socket.listenerCount('close'));
          response.end('answered');
          response.once('close', () => next());
        },
        expressSse(createHub().channel('x')),
      ),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').on('data', (more) => (text += more));
    for (let n = 1; n <= 4; n++) {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      await until('it is answered', () => text.split('answered').length === n + 1 && counts.length === n);
    }
    expect(new Set(counts).size).toBe(1);
    socket.destroy();
    server.close();
  });
});
