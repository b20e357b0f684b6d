import type { Outcome } from './transports/transport.js';

/**
 * What went wrong, for programs to compare.
 *
 * - `network`: no answer, or a connection that broke before it brought anything.
 * - `timeout`: a transport brought nothing in time; a proxy may hold back what it carries.
 * - `silent`: an open connection brought nothing for twice the time that the server promised.
 * - `unsupported`: this runtime has no such transport.
 * - `bad-data`: what came is not of this protocol.
 * - `too-large`: a message of more characters than `maxMessage`; of `send`, more bytes than the server takes (status 413).
 * - `unauthorized`, `forbidden`, `not-found`: what the server answered (401; 403; 404 or 410). These are final.
 * - `too-many`: the server wants fewer requests (429).
 * - `refused`: any other status.
 * - `source-failed`: the server's source threw; the client comes back.
 * - `closed`: the app at the other end has closed the WebSocket, by a `closeCode` of its own. This is final.
 * - `not-open`: `send` without a connection.
 */
export type PushwireErrorCode =
  | 'network'
  | 'timeout'
  | 'silent'
  | 'unsupported'
  | 'bad-data'
  | 'too-large'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'too-many'
  | 'refused'
  | 'source-failed'
  | 'closed'
  | 'not-open';

const codes: Readonly<Record<number, PushwireErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  410: 'not-found',
  413: 'too-large',
  429: 'too-many',
};

/** The one error class for failures. Misuse is a `TypeError` instead. */
export class PushwireError extends Error {
  /** The HTTP status that was answered, where there was one. A WebSocket in a browser never says. */
  declare readonly status?: number;
  /** The close code of a WebSocket, where it is the app's own. */
  declare readonly closeCode?: number;
  /** The transport that failed. */
  declare readonly transport?: string;

  constructor(
    readonly code: PushwireErrorCode,
    about: { status?: number; closeCode?: number; transport?: string; cause?: unknown } = {},
  ) {
    super(`${[about.transport, code, about.status ?? about.closeCode].filter(Boolean).join(' ')}`);
    Object.assign(this, about);
  }
}

/** The error that an outcome is. */
export function errorOf({ status, closeCode = 0, problem, cause }: Outcome, transport: string): PushwireError {
  const isOwn = closeCode >= 3000;
  const code = problem ?? (status ? (codes[status] ?? 'refused') : isOwn ? 'closed' : 'network');
  return new PushwireError(code, { transport, cause, ...(status && { status }), ...(isOwn && { closeCode }) });
}
