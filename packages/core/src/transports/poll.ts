import { aBoolean, checkOptions, milliseconds, oneOf } from '../checks/check-options';
import { misuse } from '../checks/errors';
import type { ErrorListener } from '../http/error-listener';
import type { Framework } from '../http/framework';
import { type Serve, serveSource } from '../http/serve';
import type { Source } from '../http/source';
import type { Transport } from '../http/transport';
import { type LongPollOptions, type PollOptions, pollChecks, pollDefaults } from './poll-options';
import { PollRoute } from './poll-route';
import { ServedPoll } from './served-poll';

/**
 * Makes a function that answers a request as soon as there is a message after its cursor, or when
 * the wait is over. Every adapter's `longPoll()` wraps it. Errors are handled as in `serveSse()`.
 *
 * @param framework the parts of a web framework. Defaults to those of bare `node:http`.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { createHub, serveLongPoll } from '@pushwire/core';
 *
 * const news = createHub().channel('news');
 * const serve = serveLongPoll(news, { wait: 20000 });
 * createServer((request, response) => {
 *   serve(request, response, request).catch(() => response.writeHead(500).end());
 * }).listen(3000);
 * ```
 */
export function serveLongPoll<Request>(
  source: Source<Request>,
  options?: LongPollOptions<Request>,
  framework: Framework<Request> = {},
): Serve<Request> {
  return serveSource(source, longPollTransport(options, framework.onError), framework);
}

/**
 * Makes a function that answers a request at once, with the messages after its cursor. Every
 * adapter's `poll()` wraps it. Errors are handled as in `serveSse()`.
 *
 * @param framework the parts of a web framework. Defaults to those of bare `node:http`.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { createHub, servePoll } from '@pushwire/core';
 *
 * const news = createHub().channel('news');
 * const serve = servePoll(news, { interval: 5000 });
 * createServer((request, response) => {
 *   serve(request, response, request).catch(() => response.writeHead(500).end());
 * }).listen(3000);
 * ```
 */
export function servePoll<Request>(
  source: Source<Request>,
  options?: PollOptions<Request>,
  framework: Framework<Request> = {},
): Serve<Request> {
  return serveSource(source, pollTransport(options, framework.onError), framework);
}

/** @param isNegotiated true if the `Accept` header may have chosen this transport. */
export function longPollTransport<Request>(
  options?: LongPollOptions<Request>,
  onError?: ErrorListener<Request>,
  isNegotiated = false,
): Transport<Request> {
  const checked = checkOptions<LongPollOptions<Request>>('longPoll', options, {
    ...pollChecks,
    first: oneOf('wait', 'answer'),
    wait: milliseconds(0),
    batchDelay: milliseconds(0),
    cache: aBoolean,
  });
  if (checked.authorize && checked.cache) {
    throw new TypeError('longPoll options: expected authorize or cache, got both: a cache does not call authorize');
  }
  if (checked.emptyStatus !== undefined && checked.cache) {
    throw new TypeError(
      'longPoll options: expected emptyStatus or cache, got both: a cache needs the cursor in the body',
    );
  }
  if (checked.initial && checked.cache) {
    throw new TypeError('longPoll options: expected initial or cache, got both: a cache does not call initial');
  }
  checkClientOptions('longPoll', checked);
  return transportOf(new PollRoute({ ...pollDefaults, ...checked, interval: undefined, onError, isNegotiated }));
}

export function pollTransport<Request>(
  options?: PollOptions<Request>,
  onError?: ErrorListener<Request>,
): Transport<Request> {
  const checked = checkOptions<PollOptions<Request>>('poll', options, { ...pollChecks, interval: milliseconds(0) });
  checkClientOptions('poll', checked);
  const { interval } = pollDefaults;
  return transportOf(new PollRoute({ interval, ...checked, wait: 0, batchDelay: 0, onError }));
}

function transportOf<Request>(route: PollRoute<Request>): Transport<Request> {
  return (exchange) => new ServedPoll(route, exchange, route.queries.of(exchange));
}

/** @throws TypeError for an option that would do nothing. */
function checkClientOptions<Request>(what: string, options: PollOptions<Request>): void {
  if (options.presence || options.onOpen || options.onClose) return;
  for (const name of ['clientGrace', 'maxClientsAway'] as const) {
    if (options[name] === undefined) continue;
    throw misuse(
      `${what} option ${name}`,
      'presence, onOpen or onClose beside it, since it is for these',
      options[name],
    );
  }
}
