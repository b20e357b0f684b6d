// Pages of other sites that may open a WebSocket or send a message. Comet has a list of its own.
// For the other streams, the app's CORS headers decide.

import { misuse } from '../checks/errors';

/**
 * The allowed origins, or a function that returns true for them. The function also gets the origin
 * `null`, of sandboxed frames and the like. If it throws for that, the origin is not allowed.
 */
export type Origins<Request> = readonly string[] | ((origin: string, request: Request) => boolean);

/** The page that a request comes from, and the server that it asked for. */
export interface RequestOrigin {
  /** The `Origin` header. Clients that are not browsers send none. */
  readonly origin: string | undefined;
  /** The `Sec-Fetch-Site` header. Pages cannot set it. Older browsers send none. */
  readonly fetchSite: string | undefined;
  /** Returns the server's origin, as the framework trusts its proxies. */
  readonly server: () => string | undefined;
  /** The host that a client asked a proxy for, where a page cannot have set it. */
  readonly forwardedHost: string | undefined;
}

/**
 * True if a page may open a WebSocket, or send a message. Browsers send cookies with both,
 * whichever page asks. They ignore CORS headers for a WebSocket (RFC 6455, 10.2), and for a POST
 * that needs no preflight. So the server must check the origin.
 */
export function isAllowedOrigin<Request>(
  from: RequestOrigin,
  request: Request,
  origins: Origins<Request> | undefined,
): boolean {
  const { origin, fetchSite } = from;
  // Browsers send an origin with each of these requests. One without it is not from a page.
  if (origin === undefined) return fetchSite === undefined || isOwnSite(fetchSite);
  if (typeof origins === 'function') return asks(origins, origin, request);
  if (origins !== undefined) return origins.includes(origin);
  return fetchSite === undefined ? isServer(from) : isOwnSite(fetchSite);
}

/** `none` is a request by the user, such as from the address bar. */
const isOwnSite = (fetchSite: string): boolean => fetchSite === 'same-origin' || fetchSite === 'none';

function asks<Request>(
  origins: (origin: string, request: Request) => boolean,
  origin: string,
  request: Request,
): boolean {
  try {
    const answer: unknown = origins(origin, request);
    if (typeof answer !== 'boolean') throw misuse('origins', 'true or false', answer);
    return answer;
  } catch (error) {
    // `new URL(origin)` throws for `null`, which any page can send. That is not the app's error.
    if (!URL.canParse(origin)) return false;
    throw error;
  }
}

function isServer({ origin, server, forwardedHost }: RequestOrigin): boolean {
  const page = partsOf(origin);
  const own = partsOf(server());
  if (page === undefined || own === undefined) return false;
  // Often TLS ends at a proxy that the framework does not know. A request that seems to have come
  // by http may then be one by https. The reverse does not happen.
  if (page.scheme === 'http' && own.scheme === 'https') return false;
  return isHost(page, own.host) || isHost(page, forwardedHost?.split(',', 1)[0]);
}

interface Parts {
  readonly scheme: string;
  readonly host: string;
}

function partsOf(origin: string | undefined): Parts | undefined {
  const [, scheme, host] = /^(https?):\/\/([^/?#@\s]+)$/i.exec(origin ?? '') ?? [];
  return scheme && host ? { scheme: scheme.toLowerCase(), host: host.toLowerCase() } : undefined;
}

/** An origin omits the default port of its scheme. A `Host` header may contain it. */
function isHost({ scheme, host }: Parts, asked: string | undefined): boolean {
  const defaultPort = scheme === 'https' ? /:443$/ : /:80$/;
  return asked?.trim().toLowerCase().replace(defaultPort, '') === host;
}
