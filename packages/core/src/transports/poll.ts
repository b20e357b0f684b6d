import { aBoolean, aFunction, amount, checkOptions, milliseconds, parameterName } from '../checks/check-options';
import type { Source } from '../http/source';
import { type ConnectionOptions, connectionChecks } from '../http/connection-options';
import type { Framework } from '../http/framework';
import type { LogError } from '../http/error-listener';
import { PollRoute } from './poll-route';
import { type Receive, type Serve, type Visit, visiting } from '../http/exchange';

/** What an app's own envelope is made of. */
export interface PollAnswer {
  /** Where the client is after this answer. */
  readonly cursor: string;
  readonly messages: readonly { id: string; event?: string; data: unknown; encoding?: 'base64' }[];
  readonly gap?: { readonly reason: string; readonly missed?: number; readonly cursor: string };
  /** The channel is finished and this is the last of it. */
  readonly ended?: true;
  /** Milliseconds after which an interval poll should come back. */
  readonly interval?: number;
}

/** Options of `poll()`. */
export interface PollOptions<Request = unknown> extends Pick<ConnectionOptions<Request>, 'authorize'> {
  /** Milliseconds that clients are advised to wait between two polls. Default 3,000. */
  interval?: number;
  /** The query parameter that carries the cursor. Default: `cursor` and the names of the EventSource polyfills. */
  parameter?: string;
  /** The most messages of one answer. Default: as many as 64 KiB hold. */
  most?: number;
  /** Makes the value that is sent as JSON. Default: the answer itself. */
  envelope?: (answer: PollAnswer) => unknown;
}

/** Options of `longPoll()`. */
export interface LongPollOptions<Request = unknown>
  extends Omit<PollOptions<Request>, 'interval'>,
    Pick<ConnectionOptions<Request>, 'onOpen' | 'onClose'> {
  /** The longest that a poll is held, in ms; a client may ask for less by `?wait=` in seconds. Default 25,000. */
  wait?: number;
  /** Milliseconds that a held poll waits for more when there is a first message. Default 10. */
  linger?: number;
  /**
   * Let caches in between share an answer among all who are in the same place. For public channels only, and so not together
   * with `authorize`. Default false.
   */
  cache?: boolean;
}

const defaults = { interval: 3000, wait: 25_000, linger: 10 };

/**
 * The heart of every adapter's `longPoll()`: a function that answers a request as soon as there is a message after its
 * cursor, or when the wait is over.
 *
 * @see serveSse for what it does with errors.
 * @throws TypeError for a source or an option that does not fit.
 */
export function serveLongPoll<Request>(
  source: Source<Request>,
  options?: LongPollOptions<Request>,
  framework: Framework<Request> = {},
): Serve<Request> {
  return visiting(source, longPollTransport(options, framework.logError), framework);
}

/**
 * The heart of every adapter's `poll()`: a function that answers a request at once with what is after its cursor.
 *
 * @see serveSse for what it does with errors.
 * @throws TypeError for a source or an option that does not fit.
 */
export function servePoll<Request>(
  source: Source<Request>,
  options?: PollOptions<Request>,
  framework: Framework<Request> = {},
): Serve<Request> {
  return visiting(source, pollTransport(options, framework.logError), framework);
}

const { authorize, onOpen, onClose } = connectionChecks;
const sharedChecks = { authorize, parameter: parameterName, most: amount(1), envelope: aFunction };

export function longPollTransport<Request>(
  options?: LongPollOptions<Request>,
  logError?: LogError<Request>,
): (visit: Visit<Request>) => Receive<Request> {
  const given = checkOptions<LongPollOptions<Request>>('longPoll', options, {
    ...sharedChecks,
    onOpen,
    onClose,
    wait: milliseconds(0),
    linger: milliseconds(0),
    cache: aBoolean,
  });
  if (given.authorize && given.cache) {
    throw new TypeError('longPoll options: expected authorize or cache, got both: a cache asks nobody');
  }
  return new PollRoute<Request>({ ...defaults, ...given, interval: undefined, logError }).transport;
}

export function pollTransport<Request>(
  options?: PollOptions<Request>,
  logError?: LogError<Request>,
): (visit: Visit<Request>) => Receive<Request> {
  const given = checkOptions<PollOptions<Request>>('poll', options, { ...sharedChecks, interval: milliseconds(0) });
  return new PollRoute<Request>({ interval: defaults.interval, ...given, wait: 0, linger: 0, logError }).transport;
}
