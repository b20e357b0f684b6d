import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { PushwireError } from '../checks/errors';
import type { DeflateOptions } from '../encoders/deflated-frame';
import { subprotocol } from '../encoders/web-socket';
import type { Exchange } from '../http/exchange';
import type { WebSocketLike, WebSocketServerClass, WebSocketServerLike } from '../http/ws-library';
import { warnProcess } from '../hub/app-log';
import { asksForWebSocket, type Upgrade, upgradeFor } from '../upgrade/upgrade';
import { checkOrigin } from './check-origin';
import type { Origins } from './origin';
import { type Library, type OpenWebSocket, RouteHandshake } from './route-handshake';

/** The settings of a route's handshakes. */
export interface HandshakeSettings<Request> {
  readonly origins: Origins<Request> | undefined;
  /** The maximum size of a message from a client, in bytes. */
  readonly maxPayload: number;
  readonly deflate: DeflateOptions | undefined;
  /** True if the app uses the socket itself, with any subprotocol. */
  readonly raw: boolean;
}

/** The version of RFC 6455. The library also accepts version 8, an earlier draft. */
const version = '13';

/** The window if the negotiation names none (RFC 7692, 7.1.2.1). */
const largestWindow = 15;

/** Checks and completes the handshakes of one route. */
export class WebSocketHandshakes<Request, Socket extends WebSocketLike> implements Library<Request, Socket> {
  readonly #settings: HandshakeSettings<Request>;
  readonly #server: WebSocketServerLike<Socket>;
  /** The handshake that the library completes now. */
  #completing: RouteHandshake<Request, Socket> | undefined;
  readonly #opened = (webSocket: Socket): void => this.#completing?.opened(webSocket);

  constructor(settings: HandshakeSettings<Request>, WebSocketServer: WebSocketServerClass<Socket>) {
    this.#settings = settings;
    const { maxPayload, deflate, raw } = settings;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload,
      // Without context takeover, all clients can read a message that is compressed once.
      perMessageDeflate: deflate
        ? {
            threshold: deflate.threshold,
            zlibDeflateOptions: { level: deflate.level },
            serverNoContextTakeover: true,
            clientNoContextTakeover: true,
          }
        : false,
      ...(!raw && { handleProtocols: (offered: Set<string>) => (offered.has(subprotocol) ? subprotocol : false) }),
    });
    warnOfOldLibrary(WebSocketServer, this.#server.options);
    this.#server.on('headers', (lines) => {
      const handshake = this.#completing;
      if (handshake === undefined) return;
      if (deflate) handshake.windowBits = windowBitsOf(lines);
      for (const line of handshake.headers) lines.push(line);
    });
  }

  /**
   * Checks a request before the source is called.
   *
   * @throws PushwireError `upgrade-required` or `forbidden-origin`.
   * @throws TypeError if the app does not accept the server's upgrades.
   */
  check(exchange: Exchange<Request>): Upgrade {
    const { incoming, response } = exchange;
    const upgrade = upgradeFor(incoming);
    if (upgrade === undefined) {
      if (asksForWebSocket(incoming)) {
        throw new TypeError('webSocket: expected upgrades to reach the app; call acceptUpgrades(server, app) once');
      }
      if (incoming.httpVersionMajor < 2) response.setHeader('Upgrade', 'websocket');
      const sentence = 'This URL only serves WebSockets. A proxy may have removed the Upgrade header.';
      throw new PushwireError('upgrade-required', sentence, { status: 426 });
    }
    if (incoming.headers['sec-websocket-version'] !== version) {
      response.setHeader('Sec-WebSocket-Version', version);
      throw new PushwireError('upgrade-required', `Only version ${version} of WebSocket is served.`, { status: 426 });
    }
    checkOrigin(exchange, this.#settings.origins, 'open a WebSocket');
    return upgrade;
  }

  /**
   * Completes the handshake when the app's middleware is done.
   *
   * @param onOpen is called before any message of the client is read.
   * @param atOnce true if the app's middleware waits for the WebSocket.
   */
  open(
    upgrade: Upgrade,
    exchange: Exchange<Request>,
    onOpen: (opened: OpenWebSocket<Socket>) => void,
    atOnce = false,
  ): void {
    upgrade.accept(new RouteHandshake(this, exchange, onOpen), atOnce);
  }

  upgrade(handshake: RouteHandshake<Request, Socket>, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // The library calls back in this turn.
    this.#completing = handshake;
    try {
      this.#server.handleUpgrade(request, socket, head, this.#opened);
    } finally {
      this.#completing = undefined;
    }
  }
}

/** Finds the window of the compression that the answer accepts. */
function windowBitsOf(lines: readonly string[]): number | undefined {
  const extensions = lines.find((line) => /^sec-websocket-extensions: permessage-deflate/i.test(line));
  const window = /server_max_window_bits=(\d+)/.exec(extensions ?? '')?.[1];
  return extensions ? Number(window ?? largestWindow) : undefined;
}

/** The classes that a warning was printed for. */
const warnedOf = new WeakSet<object>();

function warnOfOldLibrary(WebSocketServer: object, options: object | undefined): void {
  const isOld = options !== undefined && !('maxPendingAutoPongs' in options);
  if (!isOld || warnedOf.has(WebSocketServer)) return;
  warnedOf.add(WebSocketServer);
  warnProcess('ws before 8.23.0 answers pings without bound to clients that read nothing. Install ^8.23.0.');
}
