import { randomBytes } from 'node:crypto';
import { type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import { waitLimit } from './limits';

/** A WebSocket over a socket or an HTTP/2 stream. It answers pings and the closing handshake. */
export interface WebSocketClient {
  /** 101 when the handshake succeeded, also over HTTP/2. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body of a refused handshake's response. */
  readonly body: Promise<string>;
  readonly socket: Duplex;
  /** Payloads of text and binary messages. */
  messages(): Buffer[];
  /** The close code that the server sent, if any. */
  code(): number | undefined;
  /** The text that came with the close code, if any. */
  reason(): string | undefined;
  send(text: string): void;
  /** Waits until it fits or the socket is closed. */
  until(fits: () => boolean): Promise<void>;
  readonly closed: Promise<void>;
  leave(): void;
}

export interface WebSocketRequest {
  http2?: boolean;
  protocol?: string;
  headers?: Record<string, string>;
  /** Bytes that are sent together with the handshake. */
  early?: Buffer;
}

/** A masked frame, as clients must send them. Its payload may have up to 65535 bytes. */
export function clientFrame(opcode: number, payload: string | Buffer, { fin = true } = {}): Buffer {
  const bytes = Buffer.from(payload);
  const mask = randomBytes(4);
  const length =
    bytes.length < 126 ? [0x80 | bytes.length] : [0x80 | 126, (bytes.length >> 8) & 0xff, bytes.length & 0xff];
  const masked = bytes.map((byte, i) => byte ^ (mask[i % 4] as number));
  return Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | opcode, ...length]), mask, masked]);
}

/** Takes whole frames off the front of the received bytes. */
function takeFrames(bytes: Buffer): { frames: { opcode: number; payload: Buffer }[]; rest: Buffer } {
  const frames: { opcode: number; payload: Buffer }[] = [];
  let rest = bytes;
  for (;;) {
    if (rest.length < 2) break;
    const short = (rest[1] as number) & 0x7f;
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (rest.length < header) break;
    const length = short < 126 ? short : short === 126 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2));
    if (rest.length < header + length) break;
    frames.push({ opcode: (rest[0] as number) & 0x0f, payload: rest.subarray(header, header + length) });
    rest = rest.subarray(header + length);
  }
  return { frames, rest };
}

export async function openWebSocket(url: string, request: WebSocketRequest = {}): Promise<WebSocketClient> {
  const opened = await (request.http2 ? overHttp2 : overHttp1)(new URL(url), request);
  const { socket, status } = opened;
  const messages: Buffer[] = [];
  const watchers = new Set<() => void>();
  let code: number | undefined;
  let reason: string | undefined;
  let rest = opened.head;
  const take = (more: Buffer) => {
    const taken = takeFrames(Buffer.concat([rest, more]));
    rest = taken.rest;
    for (const { opcode, payload } of taken.frames) {
      if (opcode < 8) messages.push(payload);
      else if (opcode === 9) socket.write(clientFrame(10, payload));
      else if (opcode === 8) {
        code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
        reason = payload.toString('utf8', 2);
        socket.end(clientFrame(8, payload.subarray(0, 2)));
      }
    }
    for (const watch of watchers) watch();
  };
  socket.on('error', () => socket.destroy());
  const closed = new Promise<void>((resolve) => (socket.destroyed ? resolve() : socket.once('close', () => resolve())));
  if (status === 101) {
    socket.on('data', take);
    take(Buffer.alloc(0));
  }
  return {
    status,
    headers: opened.headers,
    body: opened.body,
    socket,
    messages: () => messages,
    code: () => code,
    reason: () => reason,
    send: (text) => void socket.write(clientFrame(1, text)),
    until: (fits) =>
      new Promise((resolve, reject) => {
        const stop = () => {
          clearTimeout(timer);
          watchers.delete(watch);
        };
        const watch = () => {
          if (!fits()) return;
          stop();
          resolve();
        };
        const timer = setTimeout(() => {
          stop();
          reject(new Error(`Timed out. What came:\n${messages.join('\n')}`));
        }, waitLimit);
        watchers.add(watch);
        closed.then(() => {
          stop();
          resolve();
        });
        watch();
      }),
    closed,
    leave: () => socket.destroy(),
  };
}

interface Opened {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Promise<string>;
  readonly socket: Duplex;
  readonly head: Buffer;
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function overHttp1(url: URL, { protocol, headers, early }: WebSocketRequest): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(url, {
      agent: false,
      rejectUnauthorized: false,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
        ...(protocol && { 'Sec-WebSocket-Protocol': protocol }),
        ...headers,
      },
    });
    request.on('upgrade', (response, socket, head) => {
      resolve({ status: 101, headers: response.headers, body: Promise.resolve(''), socket, head });
    });
    request.on('response', (response) => {
      const body = textOf(response);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body,
        socket: response.socket,
        head: none,
      });
    });
    request.on('error', reject);
    if (early) {
      // The request's head and the early bytes go out in one write.
      request.on('socket', (socket) => {
        socket.cork();
        request.flushHeaders();
        process.nextTick(() => {
          socket.write(early);
          socket.uncork();
        });
      });
    } else request.end();
  });
}

const none = Buffer.alloc(0);

function overHttp2(url: URL, { protocol, headers }: WebSocketRequest): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(url.origin, { rejectUnauthorized: false });
    session.on('error', reject);
    session.once('remoteSettings', () => {
      const stream = session.request(
        {
          ':method': 'CONNECT',
          ':protocol': 'websocket',
          ':path': url.pathname + url.search,
          'sec-websocket-version': '13',
          ...(protocol && { 'sec-websocket-protocol': protocol }),
          ...headers,
        },
        { endStream: false },
      );
      stream.on('error', reject);
      stream.on('close', () => session.close());
      stream.on('response', (head) => {
        const ok = head[':status'] === 200;
        const body = ok ? Promise.resolve('') : textOf(stream);
        resolve({ status: ok ? 101 : (head[':status'] ?? 0), headers: head, body, socket: stream, head: none });
      });
    });
  });
}
