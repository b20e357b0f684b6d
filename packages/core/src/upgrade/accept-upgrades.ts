import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkOptions, milliseconds } from '../checks/check-options';
import { misuse } from '../checks/errors';
import { limitUnclaimed } from './handshake-timeout';
import { Http1Upgrade } from './http1-upgrade';
import { Http2Upgrade } from './http2-upgrade';
import { whenEarlierResponsesEnd } from './pipelining';
import { replayAsRequest } from './replay-request';
import { ignoreErrors, respondOnSocket } from './socket-response';
import { asksForWebSocket, attachUpgrade, type UpgradableServer } from './upgrade';

/** Options of `acceptUpgrades()`. */
export interface UpgradeOptions {
  /**
   * Which upgrades are this app's, where another app or another WebSocket library lives on the same server: a path, which
   * stands for all below it, several paths, or a function. What is nobody's gets 404. Default: all.
   */
  path?: string | readonly string[] | ((request: IncomingMessage) => boolean);
  /**
   * Milliseconds after which an upgrade that the app has not answered gets 503; and one that was left to other libraries, of
   * which none has answered, 404. Default 10,000.
   */
  handshakeTimeout?: number;
}

/** How a framework takes a request. */
export interface UpgradeRunner {
  run(request: IncomingMessage, response: ServerResponse): void;
  /** Whether the framework ends each response itself, when all of its middleware has run. */
  readonly endsResponses: boolean;
}

const defaultTimeout = 10_000;

/**
 * Runs WebSocket handshakes through an app like any other GET: each gets a real response, and only a route that takes it
 * turns it into a WebSocket. Other listeners of the server's `upgrade` event get what is not this app's, and see nothing
 * of the rest.
 *
 * @throws TypeError for a server or an option that does not fit.
 */
export function acceptUpgrades(server: UpgradableServer, runner: UpgradeRunner, options?: UpgradeOptions): void {
  if (!(server instanceof NetServer)) throw misuse('acceptUpgrades server', 'one of node:http, https or http2', server);
  const given = checkOptions<UpgradeOptions>('acceptUpgrades', options, {
    path: pathCheck,
    handshakeTimeout: milliseconds(1),
  });
  const timeout = given.handshakeTimeout ?? defaultTimeout;
  const isOurs = pathMatcher(given.path);

  const run = (upgrade: Http1Upgrade | Http2Upgrade) => {
    attachUpgrade(upgrade.incoming, upgrade);
    runner.run(upgrade.incoming, upgrade.response);
  };
  const takeUpgrade = (incoming: IncomingMessage, socket: Duplex, head: Buffer): boolean => {
    if (!asksForWebSocket(incoming)) return false;
    if (!isOurs(incoming)) {
      limitUnclaimed(socket, timeout);
      return false;
    }
    ignoreErrors(socket);
    whenEarlierResponsesEnd(socket, () => run(new Http1Upgrade(incoming, socket, head, runner.endsResponses, timeout)));
    return true;
  };
  const takeConnect = (incoming: Http2ServerRequest, response: Http2ServerResponse): boolean => {
    const takes = incoming.headers[':protocol'] === 'websocket' && isOurs(incoming as unknown as IncomingMessage);
    if (takes) run(new Http2Upgrade(incoming, response, runner.endsResponses, timeout));
    return takes;
  };

  // Node takes a request for an upgrade only where somebody listens.
  if (!server.listeners('upgrade').includes(lastResort)) server.on('upgrade', lastResort);
  if ('updateSettings' in server) server.updateSettings({ enableConnectProtocol: true });
  const emit = server.emit;
  // Other listeners would answer what they do not know: several end each handshake that is not their own.
  server.emit = function (this: UpgradableServer, event: string, ...args: unknown[]): boolean {
    if (event === 'upgrade' && takeUpgrade(...(args as Parameters<typeof takeUpgrade>))) return true;
    if (event === 'connect' && isHttp2(args[0]) && takeConnect(...(args as Parameters<typeof takeConnect>)))
      return true;
    return Reflect.apply(emit, this, [event, ...args]);
  };
}

/** Hears of every upgrade that no app has taken. */
function lastResort(this: UpgradableServer, incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
  if (this.listeners('upgrade').some((listener) => listener !== lastResort)) return;
  // A client may ask for any protocol in passing, as Java's does for h2c; nobody need take it up (RFC 9110, 7.8).
  if (asksForWebSocket(incoming)) respondOnSocket(socket, '404 Not Found');
  else replayAsRequest(this, incoming, socket, head);
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
        // In nobody's request yet, so that only the process would hear of it.
        console.error(error);
        return false;
      }
    };
  }
  const prefixes = (typeof path === 'string' ? [path] : path).map((given) => given.replace(/\/$/, ''));
  return ({ url = '' }) => {
    // A request may name the whole URL (RFC 9112, 3.2.2).
    const asked = url.replace(/^[a-z]+:\/\/[^/?]*/i, '').split('?', 1)[0] as string;
    return prefixes.some((prefix) => asked === prefix || asked.startsWith(`${prefix}/`));
  };
}
