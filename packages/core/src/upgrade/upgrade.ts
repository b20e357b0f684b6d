import type { IncomingMessage, Server } from 'node:http';
import type { Http2SecureServer, Http2Server } from 'node:http2';
import type { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { hasBody } from '../response/unread-body';

/** The handshake of an accepted request. One of its methods is called, once. */
export interface Handshake {
  /** Completes it with a WebSocket library. `headers` are lines to add to its answer. */
  complete(request: IncomingMessage, socket: Duplex, head: Buffer, headers: readonly string[]): void;
  /** There will be none. */
  fail(): void;
}

/** A request for a WebSocket, while the app's middleware handles it. */
export interface Upgrade {
  /**
   * Accepts the request. Its response is held back, and the handshake follows when the app has
   * ended it. If the app changes the status before that, its answer is sent instead.
   *
   * @param atOnce true if the handshake does not wait for a framework that ends each response
   * itself.
   */
  accept(handshake: Handshake, atOnce?: boolean): void;
}

/** A server whose upgrades can be accepted. HTTP/2 serves WebSockets in its streams (RFC 8441). */
export type UpgradableServer = Server | HttpsServer | Http2Server | Http2SecureServer;

const upgradeOf = Symbol('pushwire.upgrade');

/** Attaches an upgrade to its request, where a route finds it. */
export function attachUpgrade(incoming: IncomingMessage, upgrade: Upgrade): void {
  (incoming as { [upgradeOf]?: Upgrade })[upgradeOf] = upgrade;
}

/** The upgrade of a request, or `undefined` for any other request. */
export function upgradeFor(incoming: IncomingMessage): Upgrade | undefined {
  return (incoming as { [upgradeOf]?: Upgrade })[upgradeOf];
}

/**
 * True if a request asks for a WebSocket over HTTP/1.1: a GET without a body (RFC 6455, 4.1). Any
 * other request that offers the upgrade is an ordinary one.
 */
export function asksForWebSocket(request: IncomingMessage): boolean {
  return offersWebSocket(request) && isGet(request);
}

/** True for a GET without a body. */
export function isGet(request: IncomingMessage): boolean {
  return request.method === 'GET' && !hasBody(request);
}

/** True if a request offers an upgrade to a WebSocket, whatever else it is. */
export function offersWebSocket({ headers }: IncomingMessage): boolean {
  return hasToken(headers.upgrade, 'websocket') && hasToken(headers.connection, 'upgrade');
}

function hasToken(list: string | undefined, token: string): boolean {
  if (list === undefined) return false;
  const lower = list.toLowerCase();
  // Most clients send the token alone, and splitting costs more than all the rest of the check.
  return lower === token || lower.split(',').some((item) => item.trim() === token);
}
