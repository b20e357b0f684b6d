import type { IncomingMessage } from 'node:http';
import { PushwireError } from '../checks/errors';
import { isAllowedOrigin, type Origins } from '../web-socket/origin';

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
