/**
 * The kind of a failure, for programs to compare.
 *
 * - `channel-ended`: the channel was ended by `end()`, so nothing can be published to it.
 * - `head-moved`: the channel's newest message is not the one that `after` names, so nothing was
 *   published.
 * - `hub-closed`: the hub was closed by `close()`.
 * - `hub-full`: the hub follows as many channels as it may (`limits.followedChannels`), so that
 *   another one cannot be read, or has as many runs as it may (`limits.runs`).
 * - `message-too-large`: a message is larger than the hub's `limits.messageBytes`, or a client's
 *   POST is larger than `maxPayload` (status 413).
 * - `body-timeout`: the body of a POST did not arrive within `bodyTimeout` (status 408).
 * - `too-many-messages`: a client sends more POSTs than `messagesPerSecond` allows (status 429).
 * - `backplane-unavailable`: the backplane cannot be reached, and nothing was done.
 * - `backplane-unconfirmed`: the backplane did not answer in time. A message may have been
 *   published or not.
 * - `run-running`: another run of this id is under way, and `start()` joins none (status 409).
 * - `run-stopped`: the run was asked to stop. It is the reason of the producer's signal.
 * - `run-ended`: the run has ended, so that nothing can be sent to it.
 * - `run-failed`: the run that is read has failed. The message has its public code.
 * - `run-lost`: the producer of the run has died, or the backplane has lost the run.
 * - `run-unknown`: the run has never begun, or is kept no longer (status 404 on a route that says
 *   so).
 * - `run-too-large`: the run has more messages or bytes than `most` allows.
 * - `stream-refused`: a durable stream does not take what the app writes. `status` is that of the
 *   answer to a request.
 * - `state-full`: a state has as many keys or bytes as it may (`keys` and `bytes` of the hub's
 *   `state` option).
 * - `value-moved`: a key of a state has another value than the one that `ifId` names, so nothing
 *   was written.
 * - `bad-request`: the request is malformed (status 400), or has more header fields than Node
 *   collects (status 431).
 * - `not-acceptable`: no transport that the client accepts is available (status 406).
 * - `forbidden`: `authorize` returned false for the client (status 403).
 * - `forbidden-origin`: a page of an origin that is not allowed opened a WebSocket or sent a
 *   message (status 403).
 * - `messages-lost`: what follows a cursor is lost, and the `dialect` has no words for that (status
 *   410).
 * - `upgrade-required`: an ordinary request came to a route for WebSockets only, or a handshake of
 *   another version than 13 (status 426).
 */
export type PushwireErrorCode =
  | 'channel-ended'
  | 'head-moved'
  | 'hub-closed'
  | 'hub-full'
  | 'message-too-large'
  | 'backplane-unavailable'
  | 'backplane-unconfirmed'
  | 'run-running'
  | 'run-stopped'
  | 'run-ended'
  | 'run-failed'
  | 'run-lost'
  | 'run-unknown'
  | 'run-too-large'
  | 'stream-refused'
  | 'state-full'
  | 'value-moved'
  | 'body-timeout'
  | 'too-many-messages'
  | 'bad-request'
  | 'not-acceptable'
  | 'forbidden'
  | 'forbidden-origin'
  | 'messages-lost'
  | 'upgrade-required';

/**
 * A failure. Misuse of the API throws a `TypeError` instead. A client that leaves or is slow is not
 * an error: its connection closes with a {@link CloseReason}.
 *
 * @example
 * ```ts
 * import { createHub, PushwireError } from '@pushwire/core';
 *
 * const news = createHub().channel('news');
 * await news.publish('hello').catch((error) => {
 *   if (!(error instanceof PushwireError && error.code === 'channel-ended')) throw error;
 * });
 * ```
 */
export class PushwireError extends Error {
  override readonly name = 'PushwireError';
  /** The HTTP status for the client, where its request caused the failure. */
  readonly status: number | undefined;

  constructor(
    readonly code: PushwireErrorCode,
    message: string,
    options?: ErrorOptions & { status?: number },
  ) {
    super(message, options);
    this.status = options?.status;
  }

  /** True if the message is for the client too. Koa reads it. */
  get expose(): boolean {
    return this.status !== undefined && this.status < 500;
  }
}

/** The most characters of a string that an error message repeats. */
const maxShown = 60;

/** Describes a received value in an error message: its kind, and a short escaped piece of it. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') {
    const text = JSON.stringify(value.length > maxShown ? `${value.slice(0, maxShown)}…` : value);
    return `the string ${text}`;
  }
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'boolean' || typeof value === 'undefined') return String(value);
  if (typeof value === 'bigint') return 'a BigInt';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return `an object (${value.constructor?.name || 'no class'})`;
  return `a ${typeof value}`;
}

/**
 * Makes the `TypeError` for misuse of an option.
 *
 * @param wanted the values that the option takes, in words.
 * @example
 * ```ts
 * import { misuse } from '@pushwire/core/backplanes';
 *
 * export function connectTo(url: unknown) {
 *   // TypeError: myBackplane option url: expected a URL, got the number 7
 *   if (!(url instanceof URL)) throw misuse('myBackplane option url', 'a URL', url);
 * }
 * ```
 */
export function misuse(option: string, wanted: string, value: unknown): TypeError {
  // The promise of an async function in the place of a value is refused. Its rejection is dropped.
  if (isPromise(value)) value.then(undefined, () => {});
  return new TypeError(`${option}: expected ${wanted}, got ${describe(value)}`);
}

/**
 * Misuse by a value that usually comes from a request, such as a channel's name. A route whose
 * source throws it answers 400 with the sentence. Elsewhere, Express and Koa read `status` and
 * answer 400 too, and Koa does not log an error with `expose`.
 */
export class RequestMisuse extends TypeError {
  readonly status = 400;
  readonly expose = true;

  /** @param sentence the sentence for the client. It repeats nothing of the request. */
  constructor(
    message: string,
    readonly sentence: string,
  ) {
    super(message);
  }
}

/**
 * Checks the result of an app's function that must not be async.
 *
 * @throws TypeError for a promise.
 */
export function notAsync<T>(option: string, wanted: string, result: T): T {
  if (isPromise(result)) throw misuse(option, wanted, result);
  return result;
}

/** Makes the error for a malformed request. The client gets the sentence. */
export function badRequest(sentence: string): PushwireError {
  return new PushwireError('bad-request', sentence, { status: 400 });
}

/** Makes the error for a client that cannot have what follows its cursor, nor be told so. */
export function messagesLost(): PushwireError {
  return new PushwireError('messages-lost', 'What comes after this cursor is lost.', { status: 410 });
}

/** True for what an `AbortSignal` throws. It may come from another realm, so its name decides. */
export function isAbort(error: unknown): boolean {
  return (error as { name?: unknown } | undefined | null)?.name === 'AbortError';
}

/** True for a promise, of any library. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined | null)?.then === 'function';
}

/** True for an error of a backplane that may have done what it was asked. */
export function isUnconfirmed(error: unknown): boolean {
  return error instanceof PushwireError && error.code === 'backplane-unconfirmed';
}

/** True for an error of a backplane that cannot be reached now. */
export function isUnreachable(error: unknown): boolean {
  return isUnconfirmed(error) || (error instanceof PushwireError && error.code === 'backplane-unavailable');
}
