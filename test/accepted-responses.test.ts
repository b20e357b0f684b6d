import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { finished, Readable } from 'node:stream';
import { acceptUpgrades, createHub, type Hub, serveWebSocket } from '@pushwire/core';
import { WebSocketServer } from 'ws';
import { until } from './kit/until';

// These tests show how a request that has become a WebSocket looks to middleware, by its response.

type OnFinished = (response: ServerResponse, listener: (error: unknown) => void) => void;
const onFinished: OnFinished = require('on-finished');

const handshake = [
  'GET / HTTP/1.1',
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');

describe('the response of an accepted WebSocket', () => {
  let hub: Hub;
  let server: Server;
  let client: Socket;
  let received: string;
  const sockets = new Set<Socket>();

  /** Runs middleware that goes on after a route has accepted. */
  const run = async (middleware: (response: ServerResponse, request: IncomingMessage) => unknown) => {
    const serve = serveWebSocket(hub.channel('news'), {}, { WebSocketServer });
    server = createServer();
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    acceptUpgrades(server, {
      run: (request, response) => {
        serve(request, response, request).then(() => middleware(response, request));
      },
      endsResponses: true,
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    received = '';
    client.on('data', (bytes) => {
      received += bytes.toString('latin1');
    });
    client.on('error', () => {});
    client.write(handshake);
  };
  /** Collects what a response tells, in order. */
  const eventsOf = (response: ServerResponse): string[] => {
    const events: string[] = [];
    for (const event of ['prefinish', 'finish', 'close', 'error']) response.on(event, () => events.push(event));
    return events;
  };
  const opened = () => until('the WebSocket is open', () => hub.stats().connections === 1);

  beforeEach(() => {
    hub = createHub();
  });
  afterEach(async () => {
    client.destroy();
    await hub.close();
    server.close();
    await until('nothing is left', () => sockets.size === 0);
  });

  it('tells of its end in Node’s order, and its socket is gone then', async () => {
    const told: string[] = [];
    let events: string[] = [];
    let response: ServerResponse | undefined;
    await run((itself) => {
      response = itself;
      events = eventsOf(itself);
      onFinished(itself, (error) => told.push(`on-finished ${error ?? ''}`));
      finished(itself, (error) => told.push(`finished ${error ?? ''}`));
      itself.end(() => told.push('end'));
    });
    await opened();
    await until('it is closed', () => events.includes('close'));
    expect(events).toEqual(['prefinish', 'finish', 'close']);
    expect(told.sort()).toEqual(['end', 'finished ', 'on-finished ']);
    expect(response).toMatchObject({ writableEnded: true, writableFinished: true, closed: true, socket: null });
  });

  it('takes bytes and drops them, and keeps the headers', async () => {
    const calls: unknown[] = [];
    await run((response) => {
      response.setHeader('X-App', ['a', 'b']);
      response.cork();
      calls.push(response.write('x'.repeat(100_000), () => calls.push('written')));
      response.uncork();
      calls.push(response.writableLength, response.writableNeedDrain);
      response.end('more');
    });
    await opened();
    expect(calls).toEqual([true, 0, false, 'written']);
    await until('the head has come', () => received.includes('\r\n\r\n'));
    expect(received).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(received).toContain('\r\nx-app: a\r\nx-app: b\r\n');
    expect(received).not.toContain('xx');
    expect(received).not.toContain('more');
  });

  it('has a socket with what loggers and frameworks read, whose timeouts do nothing', async () => {
    let seen: unknown;
    await run((response) => {
      const socket = response.socket as Socket;
      response.setTimeout(1, () => response.destroy());
      const { remoteAddress, writable, destroyed, writableHighWaterMark } = socket;
      seen = { remoteAddress, writable, destroyed, hasLimit: writableHighWaterMark > 0 };
      setImmediate(() => response.end());
    });
    await opened();
    expect(seen).toEqual({ remoteAddress: '127.0.0.1', writable: true, destroyed: false, hasLimit: true });
  });

  it('is the answer after all if the app changes its status, however large it is', async () => {
    const size = 20_000_000;
    let drains = 0;
    let events: string[] = [];
    await run((response) => {
      events = eventsOf(response);
      response.statusCode = 403;
      response.on('drain', () => drains++);
      client.pause();
      Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(size / 20, 'x'))).pipe(response);
      return until('it is full', () => response.writableNeedDrain).then(() => client.resume());
    });
    await once(client, 'close');
    expect(received).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect((received.match(/x/g) ?? []).length).toBeGreaterThanOrEqual(size);
    expect(received).toMatch(/0\r\n\r\n$/);
    expect(drains).toBeGreaterThan(0);
    expect(events).toEqual(['prefinish', 'finish', 'close']);
    expect(hub.stats().connections).toBe(0);
  });

  it('closes the socket when it is destroyed, even with an error', async () => {
    let events: string[] = [];
    await run((response) => {
      events = eventsOf(response);
      response.destroy(new Error('no'));
    });
    await once(client, 'close');
    expect(events).toEqual(['close']);
    expect(hub.stats().connections).toBe(0);
  });

  it.each(['before', 'after'])('is closed if the client leaves %s its end', async (when) => {
    let events: string[] = [];
    await run(async (response, { socket }) => {
      events = eventsOf(response);
      client.resetAndDestroy();
      if (when === 'before') await new Promise((resolve) => socket.once('close', resolve));
      response.end();
    });
    await until('it is closed', () => events.includes('close'));
    expect(events.at(-1)).toBe('close');
    await until('it is not counted', () => hub.stats().connections === 0);
  });
});
