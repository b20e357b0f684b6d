import type { IncomingMessage } from 'node:http';
import { badRequest } from '../checks/errors';
import { subprotocol } from '../encoders/web-socket';
import { maxCursorLength } from '../log/cursor';

/** Bytes that polyfills without streaming responses need before they see the first byte. */
const polyfillPadding = 2048;

/** Query parameters that carry a cursor: our own, and those of EventSource polyfills. */
const cursorNames = ['cursor', 'lastEventId', 'evs_last_event_id'];

/** Most requests have no query and share this. Nothing writes to it. */
const noQuery = new URLSearchParams();

export function queryOf(request: IncomingMessage): URLSearchParams {
  const url = request.url ?? '';
  const mark = url.indexOf('?');
  return mark < 0 ? noQuery : new URLSearchParams(url.slice(mark));
}

/**
 * Returns the cursor as the client sent it, or `undefined` when it sent none. The header takes
 * precedence over the query: a browser that reconnects sends the newest id in the header, while its
 * URL still has the oldest one.
 *
 * @param parameter the app's own name for the query parameter.
 * @throws PushwireError `bad-request` for more than one cursor, or one that is too long.
 */
export function cursorOf(request: IncomingMessage, query: URLSearchParams, parameter?: string): string | undefined {
  const header = request.headers['last-event-id'];
  // Browsers send the header as UTF-8, and Node reads it as Latin-1.
  if (typeof header === 'string' && header !== '') return bounded(Buffer.from(header, 'latin1').toString());
  if (query === noQuery) return undefined;
  const names = parameter === undefined ? cursorNames : [parameter];
  const cursors = names.flatMap((name) => query.getAll(name)).filter((value) => value !== '');
  if (cursors.length > 1) throw badRequest('The cursor is given more than once.');
  return cursors[0] === undefined ? undefined : bounded(cursors[0]);
}

function bounded(cursor: string): string {
  if (cursor.length > maxCursorLength) {
    throw badRequest(`The cursor is longer than ${maxCursorLength} characters.`);
  }
  return cursor;
}

/** The bytes of padding that an old polyfill asks for. */
export function paddingOf(query: URLSearchParams): number {
  if (query === noQuery) return 0;
  const asked = query.has('evs_preamble') || /^(true|[1-9]\d*)$/.test(query.get('padding') ?? '');
  return asked ? polyfillPadding : 0;
}

/** True if a client asks for `pushwire.v1` in the query. Only WebSockets have subprotocols. */
export function asksForFrames(query: URLSearchParams): boolean {
  return query !== noQuery && query.get('protocol') === subprotocol;
}
