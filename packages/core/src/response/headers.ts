import { streamHeaders } from '../encoders/headers';

/** Headers that let a stream pass through proxies without buffering. The app's own headers win. */
const ofStreams = Object.entries(streamHeaders).map(([name, value]) => ({ name, key: name.toLowerCase(), value }));

/** An event stream is UTF-8 whatever its parameters say. */
const eventStream = /^\s*text\/event-stream\s*(;|$)/i;

/** Headers about the body of an answer. */
const ofBodies: readonly string[] = ['content-type', 'content-length'];

/** Headers of answers whose values are our own, so that they need no checks. */
const ownValues: readonly string[] = ['cache-control', 'x-content-type-options', 'vary', 'content-length'];

/** The parts of a response that set its headers. */
export interface HeaderTarget {
  getHeader(name: string): unknown;
  /** The names of the headers in lower case. */
  getHeaderNames(): readonly string[];
  setHeader(name: string, value: string): unknown;
  removeHeader(name: string): void;
}

/** Headers under their names in lower case. */
type OpenHeaders = Record<string, [name: string, value: unknown] | undefined>;

/**
 * Sets the headers of a stream that the app has not set, and the content type, unless both are
 * `text/event-stream` with whatever parameters. The app's own `Cache-Control` gets `no-transform`,
 * without which compressors keep 600 KiB for each connection.
 *
 * @param further headers of this kind of stream alone.
 * @param encoding the encoding of the body. Absent for none.
 * @param openHeadersOf finds the headers of a target that has a `Content-Type`, to add ours without
 * the checks that `setHeader` makes. Absent where there is no such way.
 */
export function setStreamHeaders(
  target: HeaderTarget,
  contentType: string,
  further: Readonly<Record<string, string>> = {},
  encoding?: string,
  openHeadersOf?: (target: HeaderTarget) => OpenHeaders | undefined,
): void {
  const before = target.getHeaderNames();
  const keepsOwn = before.includes('content-type') && eventStream.test(contentType);
  if (!(keepsOwn && eventStream.test(String(target.getHeader('Content-Type'))))) {
    target.setHeader('Content-Type', contentType);
  }
  if (before.includes('content-length')) target.removeHeader('Content-Length');
  const open = openHeadersOf?.(target);
  for (const { name, key, value } of ofStreams) {
    if (before.includes(key)) continue;
    if (open) open[key] = [name, value];
    else target.setHeader(name, value);
  }
  for (const [name, value] of Object.entries(further)) {
    if (!before.includes(name.toLowerCase())) target.setHeader(name, value);
  }
  if (encoding !== undefined) target.setHeader('Content-Encoding', encoding);
  if (before.includes('cache-control')) addToken(target, 'Cache-Control', 'no-transform');
}

/** Tells caches that the answer depends on a header of the request. */
export function addVary(target: HeaderTarget, header: string): void {
  const present = target.getHeader('Vary');
  if (present === undefined) target.setHeader('Vary', header);
  else if (!hasToken(present, '*')) addToken(target, 'Vary', header);
}

/** Adds a token to a header with a list of them, unless it is there. */
function addToken(target: HeaderTarget, name: string, token: string): void {
  const present = target.getHeader(name);
  if (hasToken(present, token)) return;
  target.setHeader(
    name,
    [present ?? [], token]
      .flat()
      .filter((part) => part !== '')
      .join(', '),
  );
}

function hasToken(list: unknown, token: string): boolean {
  const tokens = [list ?? []].flat().join().split(',');
  return tokens.some((each) => each.trim().toLowerCase() === token.toLowerCase());
}

/**
 * Sets the headers of a complete answer that the app has not set, and always those about the body.
 * `Vary` is added to that of the app.
 *
 * @param body absent for an answer without one, and where a framework sets the length.
 * @param openHeadersOf finds the headers of a target that has one of this name. See
 * {@link setStreamHeaders}.
 */
export function setAnswerHeaders(
  target: HeaderTarget,
  headers: Readonly<Record<string, string>>,
  body?: Uint8Array,
  openHeadersOf?: (target: HeaderTarget, name: string) => OpenHeaders | undefined,
): void {
  const before = target.getHeaderNames();
  // Each call costs a part of the answer: see `ResponseBody`.
  for (const name of ofBodies) if (before.includes(name)) target.removeHeader(name);
  let open: OpenHeaders | undefined;
  let isFirst = true;
  for (const name in headers) {
    const key = name.toLowerCase();
    const value = headers[name] as string;
    if (!ofBodies.includes(key) && before.includes(key)) {
      if (key === 'vary') addVary(target, value);
    } else if (open && ownValues.includes(key)) open[key] = [name, value];
    else {
      target.setHeader(name, value);
      if (isFirst) open = openHeadersOf?.(target, name);
      isFirst = false;
    }
  }
  if (body === undefined) return;
  const length = String(body.byteLength);
  if (open) open['content-length'] = ['Content-Length', length];
  else target.setHeader('Content-Length', length);
}

/** Sets the headers about the body of an answer again where a framework has set others. */
export function keepBodyHeaders(
  target: HeaderTarget,
  headers: Readonly<Record<string, string>>,
  { byteLength }: Uint8Array,
): void {
  const type = headers['Content-Type'];
  if (type !== undefined && target.getHeader('Content-Type') !== type) target.setHeader('Content-Type', type);
  if (Number(target.getHeader('Content-Length')) !== byteLength) {
    target.setHeader('Content-Length', String(byteLength));
  }
}
