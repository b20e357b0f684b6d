import type { IncomingMessage } from 'node:http';
import { PushwireError } from '../checks/errors';
import type { Exchange } from '../http/exchange';
import { mayLackHeaders } from '../node-internals/requests';
import { isAllowedOrigin, type Origins, type RequestOrigin } from './origin';

/**
 * Checks the page that a request comes from.
 *
 * @throws PushwireError `forbidden-origin` for a request from a page that is not allowed, and
 * `bad-request` (431) if Node may have dropped the header that says so.
 */
export function checkOrigin<Request>(
  { incoming, request, framework }: Exchange<Request>,
  origins: Origins<Request> | undefined,
  purpose: 'open a WebSocket' | 'send',
): void {
  if (mayLackHeaders(incoming)) {
    throw new PushwireError('bad-request', 'The request has too many header fields.', { status: 431 });
  }
  const { headers } = incoming;
  const isHandshake = purpose === 'open a WebSocket';
  const fetchSite = textOf(headers['sec-fetch-site']);
  const from: RequestOrigin = {
    origin: headers.origin,
    // Browsers may disagree on the site of a `ws:` URL, so there only a good answer counts.
    fetchSite: isHandshake && fetchSite !== 'same-origin' ? undefined : fetchSite,
    // Most clients that are no pages send no origin, with which it would be compared.
    server: () => (framework.originOf ? framework.originOf(request) : originOf(incoming)),
    // `fetch` can set this header, and a WebSocket cannot.
    forwardedHost: isHandshake ? textOf(headers['x-forwarded-host']) : undefined,
  };
  if (isAllowedOrigin(from, request, origins)) return;
  throw new PushwireError('forbidden-origin', `Pages of this origin may not ${purpose} here.`, { status: 403 });
}

/** The origin of a server that has no proxy. */
function originOf({ headers, socket }: IncomingMessage): string {
  const scheme = headers[':scheme'] ?? ('encrypted' in socket && socket.encrypted ? 'https' : 'http');
  return `${scheme}://${headers.host ?? headers[':authority']}`;
}

const textOf = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;
