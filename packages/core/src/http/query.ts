import type { IncomingMessage } from 'node:http';
import { badRequest } from '../checks/errors';
import { subprotocol } from '../encoders/web-socket';
import { maxCursorLength } from '../log/cursor';

/** Bytes that polyfills without streaming responses need before they see the first byte. */
const polyfillPadding = 2048;

/**
 * Query parameters that carry a cursor: those of EventSource polyfills, which stand for the header,
 * then our own. Like a browser, a polyfill repeats the URL of the page, whose cursor is older.
 */
const cursorNames = ['evs_last_event_id', 'lastEventId', 'cursor'];

/** Most requests have no query and share this. Nothing writes to a query. */
const noQuery = new URLSearchParams();

/** Clients that poll at one place send the same query in a row, and mostly the same URL. */
let last = { url: '', text: '', query: noQuery };

export function queryOf(request: IncomingMessage): URLSearchParams {
  const { url = '' } = request;
  if (url === last.url) return last.query;
  const mark = url.indexOf('?');
  if (mark < 0) return noQuery;
  const text = url.slice(mark);
  last = { url, text, query: text === last.text ? last.query : new URLSearchParams(text) };
  return last.query;
}

/**
 * Returns the cursor as the client sent it, or `undefined` when it sent none. The header takes
 * precedence over the query: a browser that reconnects sends the newest id in the header, while its
 * URL still has the oldest one. A parameter with several values gives all of them, joined by commas
 * as HTTP joins a repeated header, which is no cursor of ours.
 *
 * @param parameter the app's own name for the query parameter.
 * @throws PushwireError `bad-request` for a cursor that is too long.
 */
export function cursorOf(request: IncomingMessage, query: URLSearchParams, parameter?: string): string | undefined {
  const header = request.headers['last-event-id'];
  if (typeof header === 'string' && header !== '') return bounded(decodeHeader(header));
  if (query === noQuery) return undefined;
  for (const name of parameter === undefined ? cursorNames : [parameter]) {
    if (!query.has(name)) continue;
    const values = new Set(query.getAll(name));
    values.delete('');
    if (values.size > 0) return bounded([...values].join(','));
  }
  return undefined;
}

/**
 * Decodes a header, which Node reads as Latin-1. An EventSource sends it as UTF-8, and `fetch` as
 * Latin-1. Text that is no UTF-8 does not stay the same when it is decoded.
 */
function decodeHeader(header: string): string {
  const text = Buffer.from(header, 'latin1').toString();
  return text === header || Buffer.from(text).toString('latin1') === header ? text : header;
}

function bounded(cursor: string): string {
  if (cursor.length > maxCursorLength) {
    throw badRequest(`The cursor is longer than ${maxCursorLength} characters.`);
  }
  return cursor;
}

/**
 * Returns the ms for which a poll may be held: at most `wait`, or less if the client asks for it.
 *
 * @throws PushwireError `bad-request` for a wait that is no number of seconds.
 */
export function waitOf(query: URLSearchParams, wait: number): number {
  const asked = query.get('wait');
  if (asked === null || wait === 0) return wait;
  if (!/^\d{1,5}(\.\d{1,3})?$/.test(asked)) throw badRequest('The wait must be a number of seconds.');
  return Math.min(wait, Number(asked) * 1000);
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

/** True if a client says in the query that its own messages are frames. */
export function sendsFrames(query: URLSearchParams): boolean {
  return query !== noQuery && query.get('sends') === 'frames';
}
