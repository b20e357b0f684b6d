/** Headers of every stream that must pass through proxies as it is written; a header that the app set before stays. */
const streamHeaders = (
  [
    // `no-transform` is what Express's compression and most proxies obey.
    ['Cache-Control', 'no-cache, no-store, no-transform'],
    // The one thing that stopped every proxy compressor measured.
    ['Content-Encoding', 'identity'],
    // nginx buffers without it.
    ['X-Accel-Buffering', 'no'],
    ['X-Content-Type-Options', 'nosniff'],
  ] as const
).map(([name, value]) => ({ name, key: name.toLowerCase(), value }));

/** Just enough of a response to set its headers. */
export interface HeaderTarget {
  /** In lower case. */
  getHeaderNames(): readonly string[];
  setHeader(name: string, value: string): unknown;
  removeHeader(name: string): void;
}

/** Sets the headers of a stream: ours where the app set none, and the content type always. */
export function setStreamHeaders(target: HeaderTarget, contentType: string): void {
  const before = target.getHeaderNames();
  target.setHeader('Content-Type', contentType);
  if (before.includes('content-length')) target.removeHeader('Content-Length');
  for (const { name, key, value } of streamHeaders) {
    if (!before.includes(key)) target.setHeader(name, value);
  }
}

/** Sets the headers of an answer as a whole: ours where the app set none, and those that describe the body always. */
export function setAnswerHeaders(
  target: HeaderTarget,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array | undefined,
): void {
  target.removeHeader('Content-Type');
  target.removeHeader('Content-Length');
  const before = target.getHeaderNames();
  for (const [name, value] of Object.entries(headers)) {
    if (!before.includes(name.toLowerCase())) target.setHeader(name, value);
  }
  if (body !== undefined) target.setHeader('Content-Length', String(body.byteLength));
}
