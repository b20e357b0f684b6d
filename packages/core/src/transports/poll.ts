import { aBoolean, checkOptions, milliseconds } from '../checks/check-options';
import { connectionChecks } from '../http/connection-options';
import type { ErrorListener } from '../http/error-listener';
import type { Exchange, Receive } from '../http/exchange';
import type { Framework } from '../http/framework';
import { type Serve, serveSource } from '../http/serve';
import type { Source } from '../http/source';
import { type LongPollOptions, type PollOptions, pollChecks, pollDefaults } from './poll-options';
import { PollRoute } from './poll-route';

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
  return serveSource(source, longPollTransport(options, framework.onError), framework);
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
  return serveSource(source, pollTransport(options, framework.onError), framework);
}

export function longPollTransport<Request>(
  options?: LongPollOptions<Request>,
  onError?: ErrorListener<Request>,
): (exchange: Exchange<Request>) => Receive<Request> {
  const given = checkOptions<LongPollOptions<Request>>('longPoll', options, {
    ...pollChecks,
    onOpen: connectionChecks.onOpen,
    onClose: connectionChecks.onClose,
    wait: milliseconds(0),
    batchDelay: milliseconds(0),
    cache: aBoolean,
  });
  if (given.authorize && given.cache) {
    throw new TypeError('longPoll options: expected authorize or cache, got both: a cache asks nobody');
  }
  return new PollRoute<Request>({ ...pollDefaults, ...given, interval: undefined, onError }).transport;
}

export function pollTransport<Request>(
  options?: PollOptions<Request>,
  onError?: ErrorListener<Request>,
): (exchange: Exchange<Request>) => Receive<Request> {
  const given = checkOptions<PollOptions<Request>>('poll', options, { ...pollChecks, interval: milliseconds(0) });
  return new PollRoute<Request>({ interval: pollDefaults.interval, ...given, wait: 0, batchDelay: 0, onError })
    .transport;
}
