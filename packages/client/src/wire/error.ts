/**
 * The kind of a failure, for programs to compare.
 *
 * - `network`: the server did not answer, or the connection broke; `cause` or `closeCode` says
 *   more.
 * - `timeout`: a transport brought nothing in time, perhaps because a proxy buffers the response.
 *   From `send()`: the POST was not answered within `sendTimeout`.
 * - `silent`: an open connection brought nothing for twice the announced heartbeat.
 * - `bad-data`: the server sent something that is not this protocol.
 * - `too-large`: a message exceeded `maxMessage`. The client does not reconnect.
 * - `refused`: the server answered with an HTTP `status` other than 200. The client does not
 *   reconnect after 401, 403, 404 and 410. From `send()`, 413 means that the message is too large
 *   and 429 that there were too many.
 * - `wrong-type`: the server answered with 200, but with another `contentType` than the client
 *   asked for. `text/html` is often a page for logging in, of the app or of the network. The
 *   client tries again; `close()` ends that.
 * - `source-failed`: the source on the server threw. The client reconnects if it may repeat the
 *   request.
 * - `interrupted`: a one-off stream, such as that of a generator without ids, broke before its end.
 *   The client begins it again if it may repeat the request (`idempotent`), and fails otherwise.
 * - `closed`: the app on the server closed the WebSocket with a `closeCode` from 3000 to 4999. The
 *   client does not reconnect.
 * - `not-open`: `send()` was called while the connection was not open.
 * - `run-failed`, `run-lost`: thrown by the loop of `messages()` at the end of such a run.
 * - `outbox-full`: more waits in the outbox of `connectTwoWay` than its bounds allow.
 */
export type PushwireErrorCode =
  | 'network'
  | 'timeout'
  | 'silent'
  | 'bad-data'
  | 'too-large'
  | 'refused'
  | 'wrong-type'
  | 'source-failed'
  | 'interrupted'
  | 'closed'
  | 'not-open'
  | 'run-failed'
  | 'run-lost'
  | 'outbox-full';

/** Details of a failure besides its code. */
export interface ErrorDetails {
  /** The HTTP status of the answer. Browsers hide the status of a refused WebSocket. */
  readonly status?: number;
  /** Milliseconds to wait before the next attempt, as the server asked. */
  readonly retry?: number;
  /** The media type of the answer, where it was another one than expected. */
  readonly contentType?: string;
  /** The close code of a WebSocket; see {@link closeCodes}. */
  readonly closeCode?: number;
  /** The transport that failed. */
  readonly transport?: string;
  readonly cause?: unknown;
}

/**
 * Runs a function of the app. An error that it throws is reported as uncaught, and stops nothing
 * else.
 */
export function guard(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** Makes the `TypeError` for misuse. */
export function misuse(subject: string, expected: string, got: unknown): TypeError {
  return new TypeError(`${subject}: expected ${expected}, got ${got}`);
}

/** @throws {PushwireError} `too-large` for a text of more than `max` characters. */
export function checkLength({ length }: { readonly length: number }, max: number): void {
  if (length > max) throw new PushwireError('too-large');
}

/** The one error class for failures. Misuse throws a `TypeError` instead. */
export class PushwireError extends Error implements ErrorDetails {
  declare readonly code: PushwireErrorCode;
  declare readonly status?: number;
  declare readonly retry?: number;
  declare readonly contentType?: string;
  declare readonly closeCode?: number;
  declare readonly transport?: string;

  constructor(code: PushwireErrorCode, details?: ErrorDetails) {
    super(code);
    Object.assign(this, { code }, details);
  }
}
