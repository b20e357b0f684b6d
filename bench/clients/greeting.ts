/** What a client of the bench says before it only counts. */
export interface Greeting {
  readonly request: string;
  /**
   * Hears each piece that comes, until it says that the client is in, and may give bytes to send. Left out: the first piece
   * lets in.
   *
   * @throws Error when the server does not let it in.
   */
  answer?(piece: string): 'in' | Buffer | undefined;
  /** Whether events are all that servers send once a client is in, so that all clients get as many bytes. */
  readonly eventsOnly: boolean;
}

export const eventStream: Greeting = {
  request: 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n',
  eventsOnly: false,
};

/** A WebSocket (RFC 6455, 4.1), with nothing to be agreed on but perhaps a subprotocol. */
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

/** `40`, which enters the default namespace, as a masked text frame; the mask is zero. */
const enter = Buffer.from([0x81, 0x82, 0, 0, 0, 0, ...Buffer.from('40')]);

/** Engine.IO 4 without polling, and Socket.IO 5 on it: the server opens with `0{…}`, and answers `40` with `40{…}`. */
export const socketIo: Greeting = {
  request: handshake('/socket.io/?EIO=4&transport=websocket', []),
  answer(piece) {
    if (piece.startsWith('HTTP/')) checkSwitched(piece);
    if (piece.includes('40{"sid"')) return 'in';
    return piece.includes('0{"sid"') ? enter : undefined;
  },
  eventsOnly: true,
};

/** A subscriber of Redis itself, by an inline command. */
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
