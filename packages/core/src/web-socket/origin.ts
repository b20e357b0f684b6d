import type { IncomingMessage } from 'node:http';
import { PushwireError } from '../checks/errors';

/** Which pages may open a WebSocket: those of these origins, or those that a function says. */
export type Origins<Request> = readonly string[] | ((origin: string, request: Request) => boolean);

/** What a handshake says of where it comes from and goes to. */
export interface OriginHeaders {
  readonly origin: string | undefined;
  readonly host: string | undefined;
  /** The host that a proxy was asked for. No page can set it, so that it is safe to believe here. */
  readonly forwardedHost: string | undefined;
}

/**
 * Whether a page may open a WebSocket here. Browsers send cookies along whatever page asks and look at no CORS header
 * (RFC 6455, 10.2), so it is the server that must look at the origin. Clients that are no browsers send none.
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
  const own = hostOf(origin);
  return own !== undefined && (isHost(own, host) || isHost(own, forwardedHost?.split(',', 1)[0]));
}

interface Host {
  readonly scheme: string;
  readonly host: string;
}

function hostOf(origin: string): Host | undefined {
  const [, scheme, host] = /^(https?):\/\/([^/?#@\s]+)$/i.exec(origin) ?? [];
  return scheme && host ? { scheme: scheme.toLowerCase(), host: host.toLowerCase() } : undefined;
}

/** An origin leaves its scheme's own port out, and a `Host` may have it. */
function isHost({ scheme, host }: Host, given: string | undefined): boolean {
  const ownPort = scheme === 'https' ? /:443$/ : /:80$/;
  return given?.trim().toLowerCase().replace(ownPort, '') === host;
}

/**
 * Looks at the page that a request comes from.
 *
 * @throws PushwireError `forbidden-origin`.
 */
export function checkOrigin<Request>(
  { headers }: IncomingMessage,
  request: Request,
  origins: Origins<Request> | undefined,
  purpose: 'open a WebSocket' | 'send',
): void {
  const forwardedHost = headers['x-forwarded-host'];
  const whereabouts = {
    origin: headers.origin,
    host: headers.host ?? (headers[':authority'] as string | undefined),
    forwardedHost: typeof forwardedHost === 'string' ? forwardedHost : undefined,
  };
  if (isAllowedOrigin(whereabouts, request, origins)) return;
  throw new PushwireError('forbidden-origin', `Pages of this origin may not ${purpose} here.`, { status: 403 });
}
