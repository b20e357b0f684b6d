/**
 * What went wrong, for programs to compare.
 *
 * - `network`: no answer, or a connection that broke; `cause` says more.
 * - `timeout`: a transport brought nothing in time; a proxy may hold back what it carries.
 * - `silent`: an open connection brought nothing for twice the time that the server promised.
 * - `bad-data`: what came is not of this protocol.
 * - `too-large`: a message of more characters than `maxMessage`. This is final.
 * - `refused`: the server answered with another `status` than was hoped for. 401, 403, 404 and 410 are final; of `send`,
 *   413 is too large a message and 429 too many of them.
 * - `source-failed`: the server's source threw; the client comes back.
 * - `closed`: the app at the other end has closed the WebSocket, by a `closeCode` of its own. This is final.
 * - `not-open`: `send` without a connection.
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

/** What is known of a failure besides its code. */
export interface ErrorDetails {
  /** The HTTP status that was answered. A WebSocket in a browser never says. */
  readonly status?: number;
  /** Milliseconds after which the server wants to be asked again. */
  readonly retry?: number;
  /** The close code of a WebSocket. */
  readonly closeCode?: number;
  /** The transport that failed. */
  readonly transport?: string;
  readonly cause?: unknown;
}

/** The one error class for failures. Misuse is a `TypeError` instead. */
export class PushwireError extends Error implements ErrorDetails {
  declare readonly status?: number;
  declare readonly retry?: number;
  declare readonly closeCode?: number;
  declare readonly transport?: string;

  constructor(
    readonly code: PushwireErrorCode,
    details?: ErrorDetails,
  ) {
    super(code);
    Object.assign(this, details);
  }
}
