import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkOptions, milliseconds } from '../checks/check-options';
import { misuse } from '../checks/errors';
import { printError } from '../hub/app-log';
import { mayLackHeaders } from '../node-internals/requests';
import { currentResponseOf } from '../node-internals/responses';
import { serveWithoutUpgrade } from '../node-internals/upgrades';
import { hasBody } from '../response/unread-body';
import { limitUnclaimed } from './handshake-timeout';
import { Http1Upgrade } from './http1-upgrade';
import { Http2Upgrade } from './http2-upgrade';
import { whenEarlierResponsesEnd } from './pipelining';
import { replayAsRequest } from './replay-request';
import { ignoreErrors, respondOnSocket } from './socket-response';
import { asksForWebSocket, attachUpgrade, isGet, offersWebSocket, type UpgradableServer } from './upgrade';

/** Options of `acceptUpgrades()`. */
export interface UpgradeOptions {
  /**
   * The handshakes of this app, for a server that also serves other apps or WebSocket libraries: a
   * path that includes all paths below it, several paths, or a function. Handshakes that nobody
   * accepts get a 404. By default the app gets all handshakes.
   */
  path?: string | readonly string[] | ((request: IncomingMessage) => boolean);
  /**
   * Milliseconds in which a handshake must be answered. A handshake that the app does not answer
   * gets a 503, and one that no other library answers gets a 404. Defaults to 10000 ms.
   */
  handshakeTimeout?: number;
}

/** Passes requests to a framework. */
export interface UpgradeRunner {
  run(request: IncomingMessage, response: ServerResponse): void;
  /** True if the framework itself ends each response after its middleware. */
  readonly endsResponses: boolean;
}

const defaultTimeout = 10_000;

/**
 * Runs WebSocket handshakes through an app like any other GET request. Each gets a real response,
 * and becomes a WebSocket only if a route accepts it. The server's other `upgrade` listeners get
 * only the handshakes that are not for this app.
 *
 * @throws TypeError for a server or an option that does not fit.
 * @example
 * ```ts
 * import { createServer, type RequestListener } from 'node:http';
 * import { acceptUpgrades, createHub, serveWebSocket } from '@pushwire/core';
 * import { WebSocketServer } from 'ws';
 *
 * const serve = serveWebSocket(createHub().channel('news'), {}, { WebSocketServer });
 * const run: RequestListener = (request, response) => {
 *   serve(request, response, request).catch(() => response.writeHead(500).end());
 * };
 * acceptUpgrades(createServer(run).listen(3000), { run, endsResponses: false });
 * ```
 */
export function acceptUpgrades(server: UpgradableServer, runner: UpgradeRunner, options?: UpgradeOptions): void {
  if (!(server instanceof NetServer)) {
    throw misuse('acceptUpgrades server', 'a server of node:http, node:https or node:http2', server);
  }
  const { path, handshakeTimeout = defaultTimeout } = checkOptions<UpgradeOptions>('acceptUpgrades', options, {
    path: pathCheck,
    handshakeTimeout: milliseconds(1),
  });
  const isOurs = pathMatcher(path);

  const run = (upgrade: Http1Upgrade | Http2Upgrade) => {
    attachUpgrade(upgrade.incoming, upgrade);
    runner.run(upgrade.incoming, upgrade.response);
  };
  const runHttp1 = (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    const upgrade = new Http1Upgrade(incoming, socket, head, runner.endsResponses);
    run(upgrade);
    upgrade.waitForApp(handshakeTimeout);
  };
  /** Returns true if the upgrade is for this app. */
  const handleUpgrade = (incoming: IncomingMessage, socket: Duplex, head: Buffer): boolean => {
    // Without `path`, upgrades to protocols of other libraries are theirs.
    const isOffer = offersWebSocket(incoming);
    if (!(path !== undefined || isOffer) || !isOurs(incoming)) {
      if (hasOtherListeners(server)) limitUnclaimed(socket, handshakeTimeout);
      return false;
    }
    if (!isOffer || !isGet(incoming) || mayLackHeaders(incoming)) {
      replayAsRequest(server, incoming, socket, head);
      return true;
    }
    ignoreErrors(socket);
    if (currentResponseOf(socket)) whenEarlierResponsesEnd(socket, () => runHttp1(incoming, socket, head));
    else runHttp1(incoming, socket, head);
    return true;
  };
  /** True for a request with a body whose offer nobody takes. */
  const isOrdinary = (incoming: IncomingMessage): boolean => {
    if (!hasBody(incoming)) return false;
    if (!hasOtherListeners(server)) return true;
    return (path !== undefined || offersWebSocket(incoming)) && isOurs(incoming);
  };
  const handleConnect = (incoming: Http2ServerRequest, response: Http2ServerResponse): boolean => {
    if (incoming.headers[':protocol'] !== 'websocket' || !isOurs(incoming as unknown as IncomingMessage)) return false;
    run(new Http2Upgrade(incoming, response, runner.endsResponses, handshakeTimeout));
    return true;
  };

  // Node emits `upgrade` only if it has a listener.
  if (!server.listeners('upgrade').includes(handleUnclaimed)) server.on('upgrade', handleUnclaimed);
  serveWithoutUpgrade(server, isOrdinary);
  if ('updateSettings' in server) server.updateSettings({ enableConnectProtocol: true });
  const emit = server.emit;
  // Other listeners must not see this app's handshakes, since some libraries end unknown ones.
  server.emit = function (this: UpgradableServer, ...args: [string, ...unknown[]]): boolean {
    const [event, request, socket, head] = args;
    if (event === 'upgrade' && handleUpgrade(request as IncomingMessage, socket as Duplex, head as Buffer)) return true;
    if (event === 'connect' && isHttp2(request)) {
      if (handleConnect(request as Http2ServerRequest, socket as Http2ServerResponse)) return true;
    }
    return Reflect.apply(emit, this, args);
  };
}

/** Handles upgrades that no app has accepted, unless there are other listeners. */
function handleUnclaimed(this: UpgradableServer, incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
  if (hasOtherListeners(this)) return;
  // A client may offer any protocol, as Java's does with h2c, and a server may ignore the offer
  // (RFC 9110, 7.8).
  if (asksForWebSocket(incoming)) respondOnSocket(socket, '404 Not Found');
  else replayAsRequest(this, incoming, socket, head);
}

/** True if another library listens to the server's upgrades. */
function hasOtherListeners(server: UpgradableServer): boolean {
  return server.listeners('upgrade').some((listener) => listener !== handleUnclaimed);
}

const isHttp2 = (request: unknown): boolean => (request as IncomingMessage).httpVersionMajor === 2;

function pathCheck(value: unknown): string | undefined {
  const paths = Array.isArray(value) ? value : [value];
  const arePaths = paths.length > 0 && paths.every((path) => typeof path === 'string' && path.startsWith('/'));
  const fits = typeof value === 'function' || arePaths;
  return fits ? undefined : 'a path that begins with /, an array of them, or a function';
}

function pathMatcher(path: UpgradeOptions['path']): (request: IncomingMessage) => boolean {
  if (path === undefined) return () => true;
  if (typeof path === 'function') {
    return (request) => {
      try {
        return path(request);
      } catch (error) {
        // The app has no request yet that could fail.
        printError(error);
        return false;
      }
    };
  }
  const prefixes = (typeof path === 'string' ? [path] : path).map((prefix) => prefix.replace(/\/$/, ''));
  return ({ url = '' }) => {
    // A request line may have the whole URL (RFC 9112, 3.2.2).
    const requested = url.replace(/^[a-z]+:\/\/[^/?]*/i, '').split('?', 1)[0] as string;
    return prefixes.some((prefix) => requested === prefix || requested.startsWith(`${prefix}/`));
  };
}
