import type { IncomingMessage, ServerResponse } from 'node:http';
import { setHeaders } from './answer';
import { lastValue } from './fields';

const methods = 'GET, HEAD, PUT, POST, DELETE, OPTIONS';

const requestHeaders = [
  'Content-Type',
  'Authorization',
  'If-None-Match',
  'Stream-Closed',
  'Stream-Seq',
  'Stream-TTL',
  'Stream-Expires-At',
  'Producer-Id',
  'Producer-Epoch',
  'Producer-Seq',
].join(', ');

const responseHeaders = [
  'Content-Type',
  'ETag',
  'Location',
  'Stream-Next-Offset',
  'Stream-Cursor',
  'Stream-Up-To-Date',
  'Stream-Closed',
  'Stream-TTL',
  'Stream-Expires-At',
  'Stream-SSE-Data-Encoding',
  'Producer-Epoch',
  'Producer-Seq',
  'Producer-Expected-Seq',
  'Producer-Received-Seq',
].join(', ');

/** The origins whose pages may use the streams. `undefined` leaves them to other middleware. */
export type Cors = '*' | readonly string[] | undefined;

/** Sets the headers that all answers have. */
export function setCommonHeaders(request: IncomingMessage, response: ServerResponse, cors: Cors): void {
  const policy = cors === undefined ? 'same-origin' : 'cross-origin';
  setHeaders(response, { 'X-Content-Type-Options': 'nosniff', 'Cross-Origin-Resource-Policy': policy });
  if (cors === undefined) return;
  if (cors === '*') response.setHeader('Access-Control-Allow-Origin', '*');
  else {
    response.appendHeader('Vary', 'Origin');
    const origin = lastValue(request, 'origin');
    if (origin === undefined || !cors.includes(origin)) return;
    response.setHeader('Access-Control-Allow-Origin', origin);
  }
  response.setHeader('Access-Control-Expose-Headers', responseHeaders);
}

/** The headers of the answer to a preflight. */
export const preflightHeaders = (cors: Cors): Record<string, string> =>
  cors === undefined
    ? { Allow: methods }
    : {
        Allow: methods,
        'Access-Control-Allow-Methods': methods,
        'Access-Control-Allow-Headers': requestHeaders,
        'Access-Control-Max-Age': '86400',
      };
