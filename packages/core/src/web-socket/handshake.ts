import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { PushwireError } from '../checks/errors';
import type { Deflate } from '../encoders/deflated-frame';
import { subprotocol } from '../encoders/web-socket';
import type { Exchange } from '../http/exchange';
import type { WebSocketLike, WebSocketServerClass, WebSocketServerLike } from '../http/ws-library';
import { asksForWebSocket, type Upgrade, upgradeFor } from '../upgrade/upgrade';
import type { Origins } from './origin';
import { checkOrigin } from './origin';

/** What a handshakes lets in, and how. */
export interface HandshakeSettings<Request> {
  readonly origins: Origins<Request> | undefined;
  /** The largest message that a client may send, in bytes. */
  readonly maxPayload: number;
  readonly deflate: Deflate | undefined;
  /** Whether the app talks to the socket itself, in a subprotocol of its own. */
  readonly raw: boolean;
}

/** A WebSocket that is open. */
export interface Opened<Socket> {
  readonly webSocket: Socket;
  readonly socket: Duplex;
  /** The window that client and server agreed on for compression; `undefined` where they agreed on none. */
  readonly windowBits: number | undefined;
}

const largestWindow = 15;

/** Where the handshakes of one route are checked and completed. */
export class WebSocketHandshakes<Request, Socket extends WebSocketLike> {
  readonly #settings: HandshakeSettings<Request>;
  readonly #server: WebSocketServerLike<Socket>;
  /** What the handshakes that are under way say. */
  readonly #answers = new WeakMap<IncomingMessage, { readonly headers: readonly string[]; windowBits?: number }>();

  constructor(settings: HandshakeSettings<Request>, WebSocketServer: WebSocketServerClass<Socket>) {
    this.#settings = settings;
    const { maxPayload, deflate, raw } = settings;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload,
      // Without context, what is compressed once can be read by all.
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
    this.#server.on('headers', (lines, request) => {
      const answer = this.#answers.get(request);
      if (answer === undefined) return;
      const extensions = lines.find((line) => /^sec-websocket-extensions: permessage-deflate/i.test(line));
      const window = /server_max_window_bits=(\d+)/.exec(extensions ?? '')?.[1];
      if (extensions) answer.windowBits = Number(window ?? largestWindow);
      lines.push(...answer.headers);
    });
  }

  /**
   * Looks at a request before anything is asked of the app.
   *
   * @throws PushwireError `upgrade-required` or `forbidden-origin`.
   * @throws TypeError where nobody accepts the server's upgrades.
   */
  check({ incoming, response, request }: Exchange<Request>): Upgrade {
    const upgrade = upgradeFor(incoming);
    if (upgrade === undefined) {
      if (asksForWebSocket(incoming)) {
        throw new TypeError('webSocket: expected upgrades to reach the app; call acceptUpgrades(server, app) once');
      }
      if (incoming.httpVersionMajor < 2) response.setHeader('Upgrade', 'websocket');
      const sentence = 'This is for WebSockets; a proxy in between may not pass the Upgrade header on.';
      throw new PushwireError('upgrade-required', sentence, { status: 426 });
    }
    checkOrigin(incoming, request, this.#settings.origins, 'open a WebSocket');
    return upgrade;
  }

  /** Completes the handshake when the app's middleware is done. `use` runs before any message of the client is read. */
  open(upgrade: Upgrade, { sink, leaving }: Exchange<Request>, use: (opened: Opened<Socket>) => void): void {
    const failed = () => leaving.abort();
    // What becomes of the response is no longer what becomes of the client.
    sink.listener = undefined;
    upgrade.accept((request, socket, head, headers) => {
      const answer: { readonly headers: readonly string[]; windowBits?: number } = { headers };
      this.#answers.set(request, answer);
      let opened = false;
      this.#server.handleUpgrade(request, socket, head, (webSocket) => {
        opened = true;
        use({ webSocket, socket, windowBits: answer.windowBits });
      });
      if (!opened) failed();
    }, failed);
  }
}
