import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { createHub, type Hub, type WebSocketOptions } from '@pushwire/core';
import * as forExpress from '@pushwire/express';
import * as forKoa from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';
import { WebSocket as UndiciWebSocket } from 'undici';
import { type ClientOptions, type PerMessageDeflateOptions, WebSocket } from 'ws';
import { run } from './kit/run';
import { until } from './kit/until';

// WebSockets that other libraries open, and WebSockets as raw bytes.

const mebibyte = 1024 * 1024;
const emoji = 'é€🙂 👩‍👩‍👧‍👦';

/** 1 MiB of UTF-8, in characters of several bytes. */
const longText = `${'€'.repeat((mebibyte - 1) / 3)}a`;
const longBytes = Buffer.alloc(
  mebibyte,
  Uint8Array.from({ length: 251 }, (_, i) => i),
);

/** Replaces long data by its digest, since jest takes seconds to compare it byte by byte. */
function shown(data: readonly (string | Buffer)[]): (string | Buffer)[] {
  return data.map((each) => {
    if (each.length < mebibyte / 4) return each;
    return `${typeof each}, ${Buffer.byteLength(each)} bytes, ${createHash('sha256').update(each).digest('hex')}`;
  });
}

/** The messages that `/noted` received. */
const noted: (string | Buffer)[] = [];

const echo: WebSocketOptions<unknown> = { onMessage: (data, client) => client.send(data) };

/** The options of each route, by the first part of its path. The second part is the channel. */
const routes: Record<string, WebSocketOptions<unknown>> = {
  echo,
  noted: {
    onMessage: async (data, client) => {
      noted.push(data);
      await client.send(data);
    },
  },
  small: { ...echo, maxPayload: 1000 },
  seldom: { ...echo, messagesPerSecond: 1 },
  deflated: { ...echo, perMessageDeflate: true },
  all: { ...echo, perMessageDeflate: { threshold: 0 } },
};

interface Place {
  readonly url?: string | undefined;
}

interface Started {
  readonly hub: Hub;
  readonly port: number;
  /** The server's side of each TCP connection. */
  readonly sockets: readonly Socket[];
  close(): Promise<void>;
}

async function start(mount: (hub: Hub) => Server): Promise<Started> {
  // All clients of this suite have the same address, and none of them shares another one's rate.
  let clients = 0;
  const hub = createHub({
    log: { count: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY },
    clientKey: () => `${++clients}`,
  });
  const server = mount(hub);
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    hub,
    port: (server.address() as AddressInfo).port,
    sockets,
    async close() {
      await hub.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const channelOf =
  (hub: Hub) =>
  ({ url = '' }: Place) =>
    hub.channel(url.split(/[/?]/)[2] ?? '');

function withExpress(hub: Hub): Server {
  const app = express();
  for (const [route, options] of Object.entries(routes)) {
    app.get(`/${route}/:name`, forExpress.webSocket(channelOf(hub), options));
  }
  const own = forExpress.rawWebSocket((socket) => {
    socket.on('message', (data, binary) => socket.send(data, { binary }));
  });
  app.get('/own', own);
  const server = createServer(app);
  forExpress.acceptUpgrades(server, app);
  return server;
}

function withKoa(hub: Hub): Server {
  const app = new Koa();
  const mounted = new Map(
    Object.entries(routes).map(([route, options]) => [route, forKoa.webSocket(channelOf(hub), options)]),
  );
  const own = forKoa.rawWebSocket((socket) => {
    socket.on('message', (data, binary) => socket.send(data, { binary }));
  });
  mounted.set('own', own);
  app.use((ctx, next) => mounted.get(ctx.path.split('/')[1] ?? '')?.(ctx, next));
  const server = createServer(app.callback());
  forKoa.acceptUpgrades(server, app);
  return server;
}

/** The members that all WebSocket classes share (HTML Standard). */
interface AnyWebSocket {
  binaryType: string;
  readonly protocol: string;
  readonly extensions: string;
  send(data: string | Uint8Array): void;
  close(code?: number): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: string | ArrayBuffer }) => void): void;
  addEventListener(type: 'close', listener: (event: Closed) => void): void;
}

interface Closed {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

type AnyWebSocketClass = new (url: string, protocols?: string[]) => AnyWebSocket;

interface Client<S extends AnyWebSocket = AnyWebSocket> {
  readonly socket: S;
  readonly received: (string | Buffer)[];
  /** Waits for `count` messages and returns them. */
  messages(count: number): Promise<(string | Buffer)[]>;
  closed(): Promise<Pick<Closed, 'code' | 'reason'>>;
}

async function open<S extends AnyWebSocket>(socket: S): Promise<Client<S>> {
  const received: (string | Buffer)[] = [];
  let close: Closed | undefined;
  let isOpen = false;
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }) => received.push(typeof data === 'string' ? data : Buffer.from(data)));
  socket.addEventListener('open', () => {
    isOpen = true;
  });
  socket.addEventListener('error', () => {});
  socket.addEventListener('close', (event) => {
    close = event;
  });
  await until('it is open', () => isOpen || close);
  return {
    socket,
    received,
    async messages(count) {
      await until(`${count} messages came`, () => received.length >= count || close);
      return received;
    },
    async closed() {
      await until('it is closed', () => close);
      return { code: close?.code ?? 0, reason: close?.reason ?? '' };
    },
  };
}

const globalClass = (globalThis as { WebSocket?: AnyWebSocketClass }).WebSocket;
const clients: [string, AnyWebSocketClass][] = [
  ['ws', WebSocket as unknown as AnyWebSocketClass],
  ['undici', UndiciWebSocket as unknown as AnyWebSocketClass],
  ...(globalClass ? [['Node itself', globalClass] as [string, AnyWebSocketClass]] : []),
];

/** Opens a WebSocket of ws. `agreed` is the list of extensions in the handshake's answer. */
async function openWs(url: string, options: ClientOptions = {}) {
  const socket = new WebSocket(url, options);
  let agreed = '';
  socket.once('upgrade', ({ headers }) => {
    agreed = String(headers['sec-websocket-extensions'] ?? '');
  });
  const client = await open(socket as WebSocket & AnyWebSocket);
  return { ...client, agreed };
}

/** The handshake of RFC 6455, 1.2 and 1.3. */
const handshake = (path: string, headers = '') =>
  Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}Sec-WebSocket-Version: 13\r\n\r\n`,
  );

const maskingKey = [0x37, 0xfa, 0x21, 0x3d];

/** Makes a short frame as a client must send it. */
function masked(first: number, payload: string | Uint8Array): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.from([
    first,
    0x80 | bytes.length,
    ...maskingKey,
    ...bytes.map((byte, i) => byte ^ (maskingKey[i % 4] as number)),
  ]);
}

const unmasked = (first: number, payload: string | Uint8Array) =>
  Buffer.concat([Buffer.from([first, payload.length]), Buffer.from(payload)]);

const code = (number: number) => Uint8Array.of(number >> 8, number & 0xff);

interface RawClient {
  readonly socket: Socket;
  /** The answer's head. */
  head(): string;
  /** The bytes after the head. */
  body(): Buffer;
  readonly ended: () => boolean;
}

async function openRaw(port: number): Promise<RawClient> {
  const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true });
  let bytes = Buffer.alloc(0);
  let ended = false;
  socket.on('data', (more) => {
    bytes = Buffer.concat([bytes, more]);
  });
  socket.on('error', () => socket.destroy());
  for (const event of ['end', 'close']) {
    socket.on(event, () => {
      ended = true;
    });
  }
  await once(socket, 'connect');
  const headLength = () => bytes.indexOf('\r\n\r\n') + 4;
  return {
    socket,
    head: () => bytes.subarray(0, headLength()).toString('latin1'),
    body: () => (headLength() < 4 ? Buffer.alloc(0) : bytes.subarray(headLength())),
    ended: () => ended,
  };
}

describe.each([
  ['Express 5', withExpress],
  ['Koa 3', withKoa],
])('on %s,', (name, mount) => {
  let started: Started;
  let channels = 0;

  const newName = () => `channel-${++channels}`;
  const urlOf = (path: string) => `ws://127.0.0.1:${started.port}${path}`;

  beforeAll(async () => {
    started = await start(mount);
  });
  afterAll(() => started.close());
  afterEach(async () => {
    for (const socket of started.sockets) socket.destroy();
    await until('no connection is left', () => started.hub.stats().connections === 0);
  });

  describe.each(clients)('the WebSocket of %s', (_maker, AnyWebSocketOf) => {
    const openHere = (path: string, protocols?: string[]) => open(new AnyWebSocketOf(urlOf(path), protocols));

    test('gets published data unchanged: text, JSON text and bytes', async () => {
      const channel = started.hub.channel(newName());
      const client = await openHere(`/echo/${channel.name}`);
      expect(client.socket.protocol).toBe('');
      await until('it is connected', () => started.hub.stats().connections === 1);
      await channel.publish(emoji);
      await channel.publish({ text: emoji, list: [1, null, true] });
      await channel.publish(Uint8Array.of(0, 128, 255));
      await channel.publish('');
      await channel.publish(new Uint8Array());
      await channel.publish(longText);
      await channel.publish(longBytes);
      const json = JSON.stringify({ text: emoji, list: [1, null, true] });
      expect(shown(await client.messages(7))).toEqual(
        shown([emoji, json, Buffer.of(0, 128, 255), '', Buffer.of(), longText, longBytes]),
      );
      client.socket.close(1000);
      expect((await client.closed()).code).toBe(1000);
    });

    test.each(['/echo/round-trips', '/own'])(
      'sends text and bytes of up to 1 MiB to %s and gets them back',
      async (path) => {
        const client = await openHere(path);
        const sent = [emoji, Buffer.of(0, 128, 255), '', Buffer.of(), longText, longBytes, 'the last'];
        for (const data of sent) client.socket.send(data);
        expect(shown(await client.messages(sent.length))).toEqual(shown(sent));
        client.socket.close();
        await client.closed();
      },
    );

    test('speaks pushwire.v1 if it offers that, and resumes from a cursor', async () => {
      const channel = started.hub.channel(newName());
      const framesOf = async (client: Client, count: number) =>
        (await client.messages(count)).map((text) => JSON.parse(String(text)));
      const ids = [await channel.publish('before'), await channel.publish({ seen: 1 }, { event: 'tick' })];

      const first = await openHere(`/echo/${channel.name}?cursor=${ids[0]}`, ['other', 'pushwire.v1']);
      expect(first.socket.protocol).toBe('pushwire.v1');
      const [opened, ...frames] = await framesOf(first, 2);
      expect(opened).toMatchObject({ event: 'pushwire:open', id: ids[0], data: { cursor: ids[0] } });
      expect(frames).toEqual([{ id: ids[1], event: 'tick', data: { seen: 1 } }]);
      first.socket.close();
      await first.closed();

      await channel.publish('while away');
      const second = await openHere(`/echo/${channel.name}?cursor=${ids[1]}`, ['pushwire.v1']);
      await framesOf(second, 2);
      const id = await channel.publish(Uint8Array.of(1, 2, 3), { event: 'bytes' });
      const after = (await framesOf(second, 3)).slice(1);
      expect(after).toEqual([
        { id: expect.any(String), data: 'while away' },
        { id, event: 'bytes', data: 'AQID', encoding: 'base64' },
      ]);
      await channel.end();
      expect((await second.closed()).code).toBe(1000);
    });

    test('gets compressed messages in order, small and large ones', async () => {
      const channel = started.hub.channel(newName());
      const client = await openHere(`/deflated/${channel.name}`);
      await until('it is connected', () => started.hub.stats().connections === 1);
      expect(client.socket.extensions).toMatch(/^permessage-deflate/);
      const data = variety();
      for (const each of data) await channel.publish(each);
      expect(await client.messages(data.length)).toEqual(data);
      for (const each of data.slice(0, 20)) client.socket.send(each);
      expect((await client.messages(data.length + 20)).slice(data.length)).toEqual(data.slice(0, 20));
      client.socket.close();
      await client.closed();
    });

    test('is closed with 1009 for a message over maxPayload, and not for one that just fits', async () => {
      const client = await openHere(`/small/${newName()}`);
      const fits = 'x'.repeat(1000);
      client.socket.send(fits);
      expect(await client.messages(1)).toEqual([fits]);
      client.socket.send(`${fits}x`);
      expect(await client.closed()).toMatchObject({ code: 1009 });
      expect(client.received).toEqual([fits]);
    });

    test('is closed with 1009 for a message over the default of 1 MiB', async () => {
      const client = await openHere(`/echo/${newName()}`);
      client.socket.send(Buffer.alloc(mebibyte + 1));
      expect(await client.closed()).toMatchObject({ code: 1009 });
    });

    test('is closed with 1008 for too many messages in a second', async () => {
      const client = await openHere(`/seldom/${newName()}`);
      for (let i = 0; i < 60; i++) client.socket.send(`${i}`);
      expect(await client.closed()).toEqual({ code: 1008, reason: 'refused' });
      expect(client.received[0]).toBe('0');
      expect(client.received.length).toBeLessThan(60);
    });

    test('is closed with 1000 when the channel ends, with 1012 when the hub closes', async () => {
      const own = await start(mount);
      const url = (path: string) => `ws://127.0.0.1:${own.port}${path}`;
      const ending = await open(new AnyWebSocketOf(url('/echo/ending')));
      const closing = await open(new AnyWebSocketOf(url('/echo/closing')));
      await until('both are connected', () => own.hub.stats().connections === 2);
      await own.hub.channel('ending').end();
      expect(await ending.closed()).toEqual({ code: 1000, reason: 'ended' });
      await own.close();
      expect(await closing.closed()).toEqual({ code: 1012, reason: 'draining' });
    });
  });

  describe('ws', () => {
    test('may send a message in fragments, with a ping in between', async () => {
      const { socket, ...client } = await openWs(urlOf('/echo/fragments'));
      const pong = once(socket, 'pong');
      socket.send('a🙂', { fin: false });
      socket.send('', { fin: false });
      socket.ping('in between');
      socket.send('b', { fin: false });
      socket.send('€', { fin: true });
      socket.send(Buffer.of(1), { fin: false });
      socket.send(Buffer.of(2, 3), { fin: true });
      expect(await client.messages(2)).toEqual(['a🙂b€', Buffer.of(1, 2, 3)]);
      expect(String((await pong)[0])).toBe('in between');
      socket.close();
      await client.closed();
    });

    test('is closed with 1009 for fragments that are too large together', async () => {
      const client = await openWs(urlOf(`/small/${newName()}`));
      for (let i = 0; i < 3; i++) client.socket.send('x'.repeat(400), { fin: i === 2 });
      expect(await client.closed()).toMatchObject({ code: 1009 });
      expect(client.received).toEqual([]);
    });

    test('is closed with 1009 for a small message that is too large after inflating', async () => {
      const client = await openWs(urlOf('/deflated/bomb'));
      const fits = Buffer.alloc(mebibyte);
      client.socket.send(fits);
      expect(shown(await client.messages(1))).toEqual(shown([fits]));
      client.socket.send(Buffer.alloc(mebibyte + 1));
      expect(await client.closed()).toMatchObject({ code: 1009 });
      expect(client.received).toHaveLength(1);
    });

    const window = 'server_max_window_bits';
    const offers: [string, PerMessageDeflateOptions | true, RegExp | undefined][] = [
      ['the default offer', true, undefined],
      ['client_max_window_bits=10', { clientMaxWindowBits: 10 }, undefined],
      [`${window}=10`, { serverMaxWindowBits: 10 }, /; server_max_window_bits=10(;|$)/],
      [`${window}=9`, { serverMaxWindowBits: 9 }, /; server_max_window_bits=9(;|$)/],
      [`${window}=8`, { serverMaxWindowBits: 8 }, /; server_max_window_bits=8(;|$)/],
      [`${window}=15`, { serverMaxWindowBits: 15 }, /; server_max_window_bits=15(;|$)/],
      ['no context takeover', { clientNoContextTakeover: true, serverNoContextTakeover: true }, undefined],
    ];

    describe.each(['deflated', 'all'])('on the route /%s', (route) => {
      test.each(offers)('gets compressed messages with %s', async (_offer, perMessageDeflate, agreed) => {
        const channel = started.hub.channel(newName());
        const client = await openWs(urlOf(`/${route}/${channel.name}`), {
          perMessageDeflate: perMessageDeflate === true ? true : { threshold: 0, ...perMessageDeflate },
        });
        await until('it is connected', () => started.hub.stats().connections === 1);
        expect(client.agreed).toMatch(/^permessage-deflate; .*server_no_context_takeover/);
        if (agreed) expect(client.agreed).toMatch(agreed);
        else expect(client.agreed).not.toContain('server_max_window_bits');

        const wire = started.sockets.at(-1) as Socket;
        const before = wire.bytesWritten;
        const data = variety();
        for (const each of data) await channel.publish(each);
        expect(await client.messages(data.length)).toEqual(data);
        const size = data.reduce((sum, each) => sum + Buffer.byteLength(each), 0);
        expect(wire.bytesWritten - before).toBeLessThan(size * 0.8);

        for (const each of data.slice(0, 20)) client.socket.send(each);
        expect((await client.messages(data.length + 20)).slice(data.length)).toEqual(data.slice(0, 20));
        client.socket.close();
        await client.closed();
      });
    });

    test('gets the same messages on one channel, whichever window it has negotiated', async () => {
      const channel = started.hub.channel(newName());
      const url = urlOf(`/deflated/${channel.name}`);
      const all = await Promise.all([
        openWs(url),
        openWs(url, { perMessageDeflate: false }),
        openWs(url, { perMessageDeflate: { serverMaxWindowBits: 10 } }),
        openWs(url, { perMessageDeflate: { serverMaxWindowBits: 9 } }),
        openWs(url, { perMessageDeflate: { clientMaxWindowBits: 10 } }),
      ]);
      await until('all are connected', () => started.hub.stats().connections === all.length);
      const data = variety();
      for (const each of data) channel.publish(each);
      for (const client of all) {
        expect(await client.messages(data.length)).toEqual(data);
        client.socket.close();
      }
    });

    test('gets nothing compressed from a route without compression, even if it offers that', async () => {
      const client = await openWs(urlOf('/echo/uncompressed'), { perMessageDeflate: { threshold: 0 } });
      expect(client.socket.extensions).toBe('');
      client.socket.close();
      await client.closed();
    });
  });

  describe('bytes on a socket', () => {
    test('match the handshake and the frames of RFC 6455', async () => {
      const client = await openRaw(started.port);
      client.socket.write(handshake('/echo/sample', 'Origin: http://server.example.com\r\n'));
      await until('the head came', () => client.head());
      const [status, ...lines] = client.head().split('\r\n');
      expect(status).toBe('HTTP/1.1 101 Switching Protocols');
      expect(lines).toEqual(
        expect.arrayContaining([
          'Upgrade: websocket',
          'Connection: Upgrade',
          'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
        ]),
      );
      expect(client.head()).not.toMatch(/^(content-length|transfer-encoding|sec-websocket-(protocol|extensions)):/im);

      client.socket.write(Buffer.from('818537fa213d7f9f4d5158', 'hex'));
      const hello = Buffer.from('810548656c6c6f', 'hex');
      await until('the echo came', () => client.body().length >= hello.length);
      expect(client.body()).toEqual(hello);

      // The RFC's other examples, 256 bytes and 64 KiB, are published.
      const channel = started.hub.channel('sample');
      await channel.publish(new Uint8Array(256));
      await channel.publish(new Uint8Array(65_536));
      const expected = Buffer.concat([
        hello,
        Buffer.from('827e0100', 'hex'),
        Buffer.alloc(256),
        Buffer.from('827f0000000000010000', 'hex'),
        Buffer.alloc(65_536),
      ]);
      await until('the long frames came', () => client.body().length >= expected.length);
      expect(client.body().equals(expected)).toBe(true);
      client.socket.destroy();
    });

    test('may be cut anywhere, from the handshake to a message in fragments with a ping in between', async () => {
      const bytes = Buffer.concat([
        handshake('/echo/cut'),
        masked(0x01, 'Hel'),
        masked(0x89, 'ping'),
        masked(0x80, 'lo'),
        masked(0x82, Uint8Array.of(1, 2)),
      ]);
      const answer = [unmasked(0x8a, 'ping'), unmasked(0x81, 'Hello'), unmasked(0x82, Uint8Array.of(1, 2))];
      const expected = Buffer.concat([...answer, unmasked(0x88, code(1000))]).toString('hex');
      const send = async (pieces: readonly Buffer[]) => {
        const client = await openRaw(started.port);
        const ofClient = ({ remotePort }: Socket) => remotePort === client.socket.localPort;
        await until('it is accepted', () => started.sockets.some(ofClient));
        const accepted = started.sockets.findLast(ofClient) as Socket;
        let sent = 0;
        for (const piece of pieces) {
          client.socket.write(piece);
          sent += piece.length;
          // The next piece must not come with the same read.
          await until('it is read', () => accepted.bytesRead >= sent);
        }
        await until('it is answered', () => client.body().length >= Buffer.concat(answer).length || client.ended());
        client.socket.write(masked(0x88, code(1000)));
        await until('the server has closed it', client.ended);
        client.socket.destroy();
        return client.body().toString('hex');
      };
      const answers: Record<string, string> = { 'not at all': await send([bytes]) };
      for (let i = 1; i < bytes.length; i++) {
        answers[`at ${i}`] = await send([bytes.subarray(0, i), bytes.subarray(i)]);
      }
      answers.everywhere = await send(Array.from(bytes, (byte) => Buffer.of(byte)));
      expect(answers).toEqual(Object.fromEntries(Object.keys(answers).map((where) => [where, expected])));
    });

    test('reach the app even if the client closes in the same packet', async () => {
      noted.length = 0;
      const client = await openRaw(started.port);
      const messages = ['a', 'b', 'c'].map((text) => masked(0x81, text));
      client.socket.write(Buffer.concat([handshake('/noted/all'), ...messages, masked(0x88, code(1000))]));
      await until('the server has closed it', client.ended);
      await until('the app has them', () => noted.length >= 3);
      expect(noted).toEqual(['a', 'b', 'c']);
      expect(client.body().subarray(-4)).toEqual(unmasked(0x88, code(1000)));
    });

    test.each<[string, Buffer, number]>([
      ['a frame without a mask', unmasked(0x81, 'Hello'), 1002],
      ['a ping without a mask', unmasked(0x89, 'Hello'), 1002],
      ['a reserved opcode', masked(0x83, 'Hello'), 1002],
      ['a reserved bit', masked(0xc1, 'Hello'), 1002],
      ['a continuation of nothing', masked(0x80, 'Hello'), 1002],
      ['a new message within another', Buffer.concat([masked(0x01, 'Hel'), masked(0x81, 'lo')]), 1002],
      ['a ping in fragments', masked(0x09, 'Hello'), 1002],
      ['a code of one byte', masked(0x88, Uint8Array.of(3)), 1002],
      ['a code that may not be sent', masked(0x88, code(1005)), 1002],
      ['text that is not UTF-8', masked(0x81, Uint8Array.of(0xff, 0xfe)), 1007],
      ['a length of more than there can be', Buffer.from('81ffffffffffffffffff37fa213d', 'hex'), 1009],
    ])('with %s make the server close with a code', async (_what, frame, expected) => {
      const client = await openRaw(started.port);
      client.socket.write(Buffer.concat([handshake(`/echo/${newName()}`), masked(0x81, 'valid'), frame]));
      await until('the server has closed it', client.ended);
      client.socket.destroy();
      const [valid, close] = [client.body().subarray(0, 7), client.body().subarray(7)];
      expect(valid).toEqual(unmasked(0x81, 'valid'));
      expect([close[0], close.readUInt16BE(2)]).toEqual([0x88, expected]);
    });

    test('are understood if curl sends them', async () => {
      const channel = `${name.slice(0, 4).trim()}-curl`;
      const words = [
        ['-s', '-N', '-i', '--http1.1', '--max-time', '30'],
        ['-H', 'Connection: Upgrade', '-H', 'Upgrade: websocket', '-H', 'Sec-WebSocket-Version: 13'],
        ['-H', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', `http://127.0.0.1:${started.port}/echo/${channel}`],
      ].flat();
      const ran = run('curl', words);
      const missing = ran.then(({ status }) => status === 'ENOENT');
      let over = false;
      ran.then(() => {
        over = true;
      });
      await until('curl is connected', () => over || started.hub.stats().connections === 1);
      // Without curl on this machine, the test of the same bytes above must do.
      if (over && (await missing)) return;
      const accepted = started.sockets.at(-1) as Socket;
      const before = accepted.bytesWritten;
      await started.hub.channel(channel).publish('Hello');
      await until('it is written', () => accepted.bytesWritten > before);
      accepted.end();
      const { stdout } = await ran;
      expect(stdout).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n/);
      expect(stdout).toContain('\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n');
      expect(stdout.split('\r\n\r\n')[1]).toBe('\uFFFD\u0005Hello');
    });
  });
});

/**
 * Makes small and large texts. The large ones have repetitions nearby, and some that only a large
 * window sees.
 */
function variety(): string[] {
  let seed = 7;
  const random = (length: number) => {
    let text = '';
    while (text.length < length) text += (seed = (seed * 48_271) % 2_147_483_647).toString(36);
    return text.slice(0, length);
  };
  const far = random(2500);
  return Array.from({ length: 40 }, (_, i) => {
    if (i % 4 === 0) return `${i}`;
    if (i % 4 === 1) return `${i} ${far}${far}${far}${far}`;
    if (i % 4 === 2) return JSON.stringify(Array.from({ length: 200 }, (_row, row) => ({ i, row, text: emoji })));
    return `${i} ${'x'.repeat(1100)}`;
  });
}
