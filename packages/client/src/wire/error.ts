/**
 * The kind of a failure, for programs to compare.
 *
 * - `network`: the server did not answer, or the connection broke; `cause` or `closeCode` says
 *   more.
 * - `timeout`: a transport brought nothing in time, perhaps because a proxy buffers the response.
 * - `silent`: an open connection brought nothing for twice the announced heartbeat.
 * - `bad-data`: the server sent something that is not this protocol.
 * - `too-large`: a message exceeded `maxMessage`. The client does not reconnect.
 * - `refused`: the server answered with an HTTP `status` other than 200. The client does not
 *   reconnect after 401, 403, 404 and 410. From `send()`, 413 means that the message is too large
 *   and 429 that there were too many.
 * - `source-failed`: the source on the server threw. The client reconnects.
 * - `closed`: the app on the server closed the WebSocket with a `closeCode` from 3000 to 4999. The
 *   client does not reconnect.
 * - `not-open`: `send()` was called while the connection was not open.
 */
export type PushwireErrorCode =
  | 'network'
  | 'timeout'
  | 'silent'
  | 'bad-data'
  | 'too-large'
  | 'refused'
  | 'source-failed'
  | 'closed'
  | 'not-open';

/** Details of a failure besides its code. */
export interface ErrorDetails {
  /** The HTTP status of the answer. Browsers hide the status of a refused WebSocket. */
  readonly status?: number;
  /** Milliseconds to wait before the next attempt, as the server asked. */
  readonly retry?: number;
  /** The close code of a WebSocket; see {@link closeCodes}. */
  readonly closeCode?: number;
  /** The transport that failed. */
  readonly transport?: string;
  readonly cause?: unknown;
}

/** Makes the `TypeError` for misuse. */
export function misuse(subject: string, expected: string, got: unknown): TypeError {
  return new TypeError(`${subject}: expected ${expected}, got ${got}`);
}

/** The one error class for failures. Misuse throws a `TypeError` instead. */
export class PushwireError extends Error implements ErrorDetails {
  declare readonly code: PushwireErrorCode;
  declare readonly status?: number;
  declare readonly retry?: number;
  declare readonly closeCode?: number;
  declare readonly transport?: string;

  constructor(code: PushwireErrorCode, details?: ErrorDetails) {
    super(code);
    Object.assign(this, { code }, details);
  }
}
