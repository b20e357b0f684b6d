import { randomBytes } from 'node:crypto';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { subprotocol } from '../encoders/web-socket';
import { type Opcode, webSocketFrame } from '../encoders/web-socket-frame';
import type { ReceivedEvent } from './event-stream';
import { eventsOf } from './received';

/** Opcodes of RFC 6455, 5.2. */
const [continuation, text, close, ping, pong] = [0, 1, 8, 9, 10];

/** Headers that ask for a WebSocket, with the subprotocol of Pushwire unless others are offered. */
export function handshakeHeaders(headers: Readonly<Record<string, string>>): RequestOptions['headers'] {
  const offers = Object.keys(headers).some((name) => name.toLowerCase() === 'sec-websocket-protocol');
  return {
    ...headers,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    ...(!offers && { 'Sec-WebSocket-Protocol': subprotocol }),
  };
}

/** Receives what a {@link TestWebSocket} reads. */
export interface SocketListener {
  onText(text: string): void;
  onEvents(events: readonly ReceivedEvent[]): void;
  onClose(code: number | undefined): void;
}

/** The client's side of a WebSocket. It answers pings and the closing handshake. */
export class TestWebSocket {
  readonly #socket: Duplex;
  readonly #speaksPushwire: boolean;
  readonly #listener: SocketListener;
  #rest: Buffer = Buffer.alloc(0);
  #fragments: Buffer[] = [];
  #lastId = '';
  #code: number | undefined;

  constructor(response: IncomingMessage, socket: Duplex, head: Buffer, listener: SocketListener) {
    this.#socket = socket;
    this.#speaksPushwire = response.headers['sec-websocket-protocol'] === subprotocol;
    this.#listener = listener;
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    socket.on('close', () => listener.onClose(this.#code));
    this.#read(head);
  }

  send(data: string | Uint8Array): void {
    this.#write(typeof data === 'string' ? text : 2, data);
  }

  close(): void {
    if (!this.#socket.destroyed) this.#write(close, Buffer.from([0x03, 0xe8]));
    this.#socket.end(() => this.#socket.destroy());
  }

  /** Clients mask what they send. A key of zeros changes nothing. */
  #write(opcode: number, payload: string | Uint8Array): void {
    const frame = webSocketFrame(opcode as Opcode, payload);
    const length = (frame[1] as number) & 0x7f;
    const header = length < 126 ? 2 : length === 126 ? 4 : 10;
    frame[1] = length | 0x80;
    this.#socket.write(Buffer.concat([frame.subarray(0, header), Buffer.alloc(4), frame.subarray(header)]));
  }

  #read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (let frame = this.#takeFrame(); frame !== undefined; frame = this.#takeFrame()) this.#take(frame);
  }

  #takeFrame(): { opcode: number; isFinal: boolean; payload: Buffer } | undefined {
    const rest = this.#rest;
    if (rest.length < 2) return undefined;
    const [first, second] = rest as unknown as [number, number];
    const header = second < 126 ? 2 : second === 126 ? 4 : 10;
    if (rest.length < header) return undefined;
    const length = second < 126 ? second : second === 126 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2));
    if (rest.length < header + length) return undefined;
    this.#rest = rest.subarray(header + length);
    return { opcode: first & 0x0f, isFinal: (first & 0x80) !== 0, payload: rest.subarray(header, header + length) };
  }

  #take({ opcode, isFinal, payload }: { opcode: number; isFinal: boolean; payload: Buffer }): void {
    if (opcode === ping) this.#write(pong, payload);
    else if (opcode === close) {
      this.#code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.#write(close, payload.subarray(0, 2));
      this.#socket.end();
    } else if (opcode < close) {
      this.#fragments = opcode === continuation ? [...this.#fragments, payload] : [payload];
      if (isFinal) this.#deliver(Buffer.concat(this.#fragments), opcode === text);
    }
  }

  #deliver(payload: Buffer, isText: boolean): void {
    // Bytes are shown as other transports carry them.
    const data = payload.toString(isText ? 'utf8' : 'base64');
    this.#listener.onText(`${data}\n`);
    const events = eventsOf([this.#speaksPushwire ? frameOf(data) : { data }], this.#lastId);
    this.#lastId = events.at(-1)?.id ?? '';
    this.#listener.onEvents(events);
  }
}

/** An app that uses the socket itself may send anything. */
function frameOf(data: string): unknown {
  try {
    const frame = JSON.parse(data);
    return typeof frame === 'object' && frame !== null && 'data' in frame ? frame : { data };
  } catch {
    return { data };
  }
}

/** Waits for a WebSocket, or for the response that refuses it. */
export function whenAnswered(
  request: ClientRequest,
): Promise<{ response: IncomingMessage; socket?: Duplex; head?: Buffer }> {
  return new Promise((resolve, reject) => {
    request.on('upgrade', (response, socket, head) => resolve({ response, socket, head }));
    request.on('response', (response) => resolve({ response }));
    request.on('error', reject);
    request.end();
  });
}
