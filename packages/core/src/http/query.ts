import type { IncomingMessage } from 'node:http';
import { badRequest } from '../checks/errors';
import { subprotocol } from '../encoders/web-socket';
import { maxCursorLength } from '../log/cursor';

/** What polyfills without streaming responses need before they see the first byte, in bytes. */
const polyfillPadding = 2048;

/** Query parameters that carry a cursor: ours, and those of the EventSource polyfills. */
const cursorNames = ['cursor', 'lastEventId', 'evs_last_event_id'];

/** Most requests have none. Nobody writes to it. */
const noQuery = new URLSearchParams();

export function queryOf(request: IncomingMessage): URLSearchParams {
  const url = request.url ?? '';
  const mark = url.indexOf('?');
  return mark < 0 ? noQuery : new URLSearchParams(url.slice(mark));
}

/**
 * The cursor as the client sent it; `undefined` when it sent none. The header goes before the query: when a browser comes
 * back, it sends the newest id in the header and the oldest in the URL.
 *
 * @param parameter a name of the app's own for the parameter.
 * @throws PushwireError `bad-request` for a cursor that is given twice.
 */
export function cursorOf(request: IncomingMessage, query: URLSearchParams, parameter?: string): string | undefined {
  const header = request.headers['last-event-id'];
  // Browsers send it as UTF-8, and Node reads headers as Latin-1.
  if (typeof header === 'string' && header !== '') return bounded(Buffer.from(header, 'latin1').toString());
  if (query === noQuery) return undefined;
  const names = parameter === undefined ? cursorNames : [parameter];
  const given = names.flatMap((name) => query.getAll(name)).filter((value) => value !== '');
  if (given.length > 1) throw badRequest('The cursor is given more than once.');
  return given[0] === undefined ? undefined : bounded(given[0]);
}

function bounded(cursor: string): string {
  if (cursor.length > maxCursorLength) {
    throw badRequest(`The cursor is longer than ${maxCursorLength} characters.`);
  }
  return cursor;
}

/** Bytes of filling that an old polyfill asks for. */
export function paddingOf(query: URLSearchParams): number {
  if (query === noQuery) return 0;
  const asked = query.has('evs_preamble') || /^(true|[1-9]\d*)$/.test(query.get('padding') ?? '');
  return asked ? polyfillPadding : 0;
}

/** Whether a client asks for `pushwire.v1`, where no subprotocol can say so. */
export function asksForFrames(query: URLSearchParams): boolean {
  return query !== noQuery && query.get('protocol') === subprotocol;
}
