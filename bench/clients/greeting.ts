/** The things a client sends before it only counts. */
export interface Greeting {
  readonly request: string;
  /** The request of each client, in the place of the same one for all. */
  requestOf?(client: number): string;
  /**
   * Gets each piece until it returns `'in'`, and may return bytes to send. Without it, the client
   * is in after the first piece.
   *
   * @throws {Error} when the server refuses the client.
   */
  answer?(piece: string): 'in' | Buffer | undefined;
  /** True if servers send only events after the greeting, so that clients get as many bytes. */
  readonly eventsOnly: boolean;
  /** True if clients read their answer as gzip. */
  readonly isGzip?: boolean;
  /** True if servers end the answer after its last event. */
  readonly mayEnd?: boolean;
}

export const eventStream = eventStreamAt('/');

export function eventStreamAt(path: string): Greeting {
  const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n`;
  return { request, eventsOnly: false };
}

/** An event stream with gzip. */
export const gzipStream: Greeting = {
  request: eventStream.request.replace('Accept:', 'Accept-Encoding: gzip\r\nAccept:'),
  eventsOnly: false,
  isGzip: true,
};

/** A WebSocket (RFC 6455, 4.1) without extensions, and with a subprotocol if one is given. */
export function webSocket(subprotocol?: string): Greeting {
  return {
    request: handshake('/', subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
    answer(piece) {
      checkSwitched(piece);
      if (subprotocol !== undefined && !piece.includes(subprotocol)) throw new Error(`no ${subprotocol}: ${piece}`);
      return 'in';
    },
    eventsOnly: true,
  };
}

/** `40` enters the default namespace, here as a masked text frame with a mask of zero. */
const enter = Buffer.from([0x81, 0x82, 0, 0, 0, 0, ...Buffer.from('40')]);

/** Engine.IO 4 without polling, with Socket.IO 5. The server opens with `0{…}` and answers `40`. */
export const socketIo: Greeting = {
  request: handshake('/socket.io/?EIO=4&transport=websocket', []),
  answer(piece) {
    if (piece.startsWith('HTTP/')) checkSwitched(piece);
    if (piece.includes('40{"sid"')) return 'in';
    return piece.includes('0{"sid"') ? enter : undefined;
  },
  eventsOnly: true,
};

/** A subscriber of Redis, by an inline command. */
export const subscription = (channel: string): Greeting => ({ request: `SUBSCRIBE ${channel}\r\n`, eventsOnly: true });

function handshake(target: string, headers: readonly string[]): string {
  return [
    `GET ${target} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
    '\r\n',
  ].join('\r\n');
}

function checkSwitched(piece: string): void {
  if (!piece.startsWith('HTTP/1.1 101 ')) throw new Error(`no WebSocket here: ${piece}`);
}
