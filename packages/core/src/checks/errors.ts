/**
 * What went wrong, for programs to compare.
 *
 * - `channel-ended`: a publish to a channel whose log was finished by `end()`.
 * - `hub-closed`: work given to a hub after `close()`.
 * - `message-too-large`: a message of more bytes than the hub's `limits.messageBytes`; or, of a client's POST, than `maxPayload`
 *   (status 413).
 * - `too-many-messages`: a client POSTs more often than `messagesPerSecond` (status 429).
 * - `answered`: `client.send()` after the client's POST has been answered.
 * - `backplane-unavailable`: the backplane cannot be reached; nothing was done.
 * - `backplane-unconfirmed`: the backplane was asked and has not answered in time; a message may have been published or not.
 * - `bad-request`: what a client sent cannot be read (status 400).
 * - `not-acceptable`: no transport that the client accepts can serve it (status 406).
 * - `forbidden`: `authorize` says no to a client (status 403).
 * - `forbidden-origin`: a page of another origin asked for a WebSocket, or sent something (status 403).
 * - `upgrade-required`: an ordinary request came where only a WebSocket is served (status 426).
 */
export type PushwireErrorCode =
  | 'channel-ended'
  | 'hub-closed'
  | 'message-too-large'
  | 'backplane-unavailable'
  | 'backplane-unconfirmed'
  | 'too-many-messages'
  | 'answered'
  | 'bad-request'
  | 'not-acceptable'
  | 'forbidden'
  | 'forbidden-origin'
  | 'upgrade-required';

/**
 * The one error class for failures. Misuse of the API is a `TypeError` instead; a client that leaves or lags is no
 * error at all but a {@link CloseReason}.
 */
export class PushwireError extends Error {
  override readonly name = 'PushwireError';
  /** The HTTP status that fits, where a request caused the failure. */
  readonly status: number | undefined;

  constructor(
    readonly code: PushwireErrorCode,
    message: string,
    options?: ErrorOptions & { status?: number },
  ) {
    super(message, options);
    this.status = options?.status;
  }
}

const longest = 60;

/** Names a received value in an error message: its kind, and a short escaped piece of it. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') {
    const text = JSON.stringify(value.length > longest ? `${value.slice(0, longest)}…` : value);
    return `the string ${text}`;
  }
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'boolean' || typeof value === 'undefined') return String(value);
  if (typeof value === 'bigint') return 'a BigInt';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return `an object (${value.constructor?.name || 'no class'})`;
  return `a ${typeof value}`;
}

/** The `TypeError` for misuse: which option, what was wanted, what came. */
export function misuse(option: string, wanted: string, came: unknown): TypeError {
  return new TypeError(`${option}: expected ${wanted}, got ${describe(came)}`);
}

/** A client's request that cannot be read. The sentence is safe to show to that client. */
export function badRequest(sentence: string): PushwireError {
  return new PushwireError('bad-request', sentence, { status: 400 });
}

/** Whether something was thrown because an `AbortSignal` fired; of any realm, and so by its name. */
export function isAbort(error: unknown): boolean {
  return (error as { name?: unknown } | undefined | null)?.name === 'AbortError';
}

/** Whether something failed because the backplane cannot be reached now. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof PushwireError)) return false;
  return error.code === 'backplane-unavailable' || error.code === 'backplane-unconfirmed';
}
