// Pages of other sites that may open a WebSocket or send a message. Comet has a list of its own.
// For the other streams, the app's CORS headers decide.

import type { IncomingMessage } from 'node:http';
import { PushwireError } from '../checks/errors';

/** The allowed origins, or a function that returns true for them. */
export type Origins<Request> = readonly string[] | ((origin: string, request: Request) => boolean);

/** The headers of a request that the check of its origin reads. */
export interface OriginHeaders {
  readonly origin: string | undefined;
  readonly host: string | undefined;
  /**
   * The host that the client asked a proxy for. Pages cannot set this header, so it can be trusted
   * here.
   */
  readonly forwardedHost: string | undefined;
}

/**
 * True if a page may open a WebSocket. Browsers send cookies with every handshake, whichever
 * page asks, and ignore CORS headers (RFC 6455, 10.2), so the server must check the origin. Clients
 * that are not browsers send none.
 */
export function isAllowedOrigin<Request>(
  { origin, host, forwardedHost }: OriginHeaders,
  request: Request,
  origins: Origins<Request> | undefined,
): boolean {
  if (origin === undefined) return true;
  if (typeof origins === 'function') return origins(origin, request);
  if (origins?.includes(origin)) return true;
  if (origins !== undefined) return false;
  const page = hostOf(origin);
  return page !== undefined && (isHost(page, host) || isHost(page, forwardedHost?.split(',', 1)[0]));
}

interface Host {
  readonly scheme: string;
  readonly host: string;
}

function hostOf(origin: string): Host | undefined {
  const [, scheme, host] = /^(https?):\/\/([^/?#@\s]+)$/i.exec(origin) ?? [];
  return scheme && host ? { scheme: scheme.toLowerCase(), host: host.toLowerCase() } : undefined;
}

/** An origin omits the default port of its scheme. A `Host` header may contain it. */
function isHost({ scheme, host }: Host, header: string | undefined): boolean {
  const defaultPort = scheme === 'https' ? /:443$/ : /:80$/;
  return header?.trim().toLowerCase().replace(defaultPort, '') === host;
}

/** @throws PushwireError `forbidden-origin` for a request from a page that is not allowed. */
export function checkOrigin<Request>(
  { headers }: IncomingMessage,
  request: Request,
  origins: Origins<Request> | undefined,
  purpose: 'open a WebSocket' | 'send',
): void {
  const forwardedHost = headers['x-forwarded-host'];
  const originHeaders = {
    origin: headers.origin,
    host: headers.host ?? (headers[':authority'] as string | undefined),
    forwardedHost: typeof forwardedHost === 'string' ? forwardedHost : undefined,
  };
  if (isAllowedOrigin(originHeaders, request, origins)) return;
  throw new PushwireError('forbidden-origin', `Pages of this origin may not ${purpose} here.`, { status: 403 });
}
