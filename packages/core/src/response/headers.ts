/** Headers that let a stream pass through proxies without buffering. The app's own headers win. */
const streamHeaders = (
  [
    // Express's compression and most proxies obey `no-transform`.
    ['Cache-Control', 'no-cache, no-store, no-transform'],
    // The only header that stopped every measured proxy from compressing.
    ['Content-Encoding', 'identity'],
    // nginx buffers a stream without it.
    ['X-Accel-Buffering', 'no'],
    ['X-Content-Type-Options', 'nosniff'],
  ] as const
).map(([name, value]) => ({ name, key: name.toLowerCase(), value }));

/** The parts of a response that set its headers. */
export interface HeaderTarget {
  /** The names of the headers in lower case. */
  getHeaderNames(): readonly string[];
  setHeader(name: string, value: string): unknown;
  removeHeader(name: string): void;
}

/** Sets the headers of a stream that the app has not set, and always the content type. */
export function setStreamHeaders(target: HeaderTarget, contentType: string): void {
  const before = target.getHeaderNames();
  target.setHeader('Content-Type', contentType);
  if (before.includes('content-length')) target.removeHeader('Content-Length');
  for (const { name, key, value } of streamHeaders) {
    if (!before.includes(key)) target.setHeader(name, value);
  }
}

/**
 * Sets the headers of a complete answer that the app has not set, and always those about the body.
 */
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
