import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAbort, PushwireError, RequestMisuse } from '../checks/errors';
import { HeldPoll } from '../delivery/held-poll';
import type { ServedConnection } from '../delivery/public-connection';
import { whenFirst } from '../response/pipeline';
import { hasBody, leaveUnread } from '../response/unread-body';
import { answerRefusal } from './answers';
import { type Exchange, endAbandoned, type SourceFunction } from './exchange';
import { checkFixedFeed, shareFeed } from './fixed-feed';
import type { Framework } from './framework';
import { FrameworkAnswers } from './framework-answers';
import { HttpExchange } from './http-exchange';
import { openFeed, type SourceHabits } from './open-feed';
import { Refused } from './pending-exchange';
import type { CheckedFeed, Source } from './source';
import { refuseTopics } from './topics';
import type { Served, Serving, Transport } from './transport';

/**
 * Serves one request. The promise resolves with the connection once it has begun, or with
 * `undefined` if the request was answered. It rejects with the error that a source throws before
 * the first byte. Nothing has been sent then, so the caller can still answer.
 *
 * `request` is the framework's own request, which the source and the options get. With bare
 * `node:http`, pass `incoming` again.
 */
export type Serve<Request> = (
  incoming: IncomingMessage,
  response: ServerResponse,
  request: Request,
) => Promise<ServedConnection | undefined>;

/**
 * Makes the function that serves a source. Every transport begins here.
 *
 * @throws TypeError for a value that is not a source.
 */
export function serveSource<Request>(
  source: Source<Request>,
  transport: Transport<Request>,
  framework: Framework<Request>,
): Serve<Request> {
  const fixed = typeof source === 'function' ? undefined : checkFixedFeed(source);
  const habits: SourceHabits = { isAsync: false, givesIterables: false };
  return serveExchange((exchange) => {
    if (fixed) refuseTopics(exchange.query);
    else exchange.source = source as SourceFunction<Request>;
    const serving = transport(exchange);
    let served: Served | Promise<Served>;
    try {
      served = fixed
        ? serveFeed(exchange, serving, shareFeed(fixed, source))
        : goOnWith(openFeed(source as SourceFunction<Request>, habits, exchange, serving), (feed) =>
            serveFeed(exchange, serving, feed),
          );
    } catch (error) {
      return endRefused(exchange, serving, error);
    }
    if (!(served instanceof Promise)) return endServed(exchange, served);
    return served.then(
      (connection) => endServed(exchange, connection),
      (error) => endRefused(exchange, serving, error),
    );
  }, framework);
}

/** Goes on at once with what is there already: most requests wait for nothing. */
function goOnWith<T, Result>(
  value: T | Promise<T>,
  goOn: (value: T) => Result | Promise<Result>,
): Result | Promise<Result> {
  return value instanceof Promise ? value.then(goOn) : goOn(value);
}

const serveFeed = <Request>(exchange: Exchange<Request>, serving: Serving, feed: CheckedFeed) =>
  exchange.sink.gone ? endAbandoned(exchange) : serving.serve(feed);

function endServed<Request>({ askedClosing }: Exchange<Request>, connection: Served): Served {
  askedClosing?.abortUnlessConnected();
  return connection;
}

function endRefused<Request>(exchange: Exchange<Request>, serving: Serving, error: unknown): undefined {
  try {
    if (!(error instanceof Refused)) throw error;
    if (error.reason === 'gone') endAbandoned(exchange);
    else serving.refuse(error.engine, error.reason);
  } finally {
    exchange.askedClosing?.abortUnlessConnected();
  }
}

/** {@link Serve} gives this for all requests that are answered at once. */
const answered: Promise<undefined> = Promise.resolve(undefined);

/**
 * Makes the function that turns requests into exchanges, and answers requests that are refused.
 *
 * A request that waits for nothing is served without a promise of its own: those of functions that
 * are async took a good part of the time of a poll that is answered at once.
 *
 * @param answersErrors false if the framework answers refusals too, by the `status` of the error.
 */
export function serveExchange<Request>(
  serve: (exchange: Exchange<Request>) => Served | Promise<Served>,
  framework: Framework<Request>,
  { answersErrors = true } = {},
): Serve<Request> {
  const begin = (incoming: IncomingMessage, response: ServerResponse, request: Request) => {
    const exchange = new HttpExchange(incoming, response, request, framework);
    if (response.headersSent && !response.writableEnded) {
      throw new TypeError('response: expected unsent headers, but earlier middleware has already sent them');
    }
    let served: Served | Promise<Served>;
    try {
      served = serve(exchange);
    } catch (error) {
      return finish(exchange, answerError(exchange, error, answersErrors));
    }
    if (!(served instanceof Promise)) return finish(exchange, served);
    return served.then(
      (connection) => finish(exchange, connection),
      (error) => finish(exchange, answerError(exchange, error, answersErrors)),
    );
  };
  return (incoming, response, request) => {
    try {
      const turn = whenFirst(response);
      return turn ? turn.then(() => begin(incoming, response, request)) : begin(incoming, response, request);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}

/** Gives the request's place back. */
function finish<Request>({ sink, answers }: Exchange<Request>, connection: Served): Promise<Served> {
  sink.place?.leave();
  if (connection === undefined) return answered;
  // Nothing here keeps the exchange while the poll is held.
  if (connection instanceof HeldPoll && answers instanceof FrameworkAnswers) return answers.whenGiven();
  return Promise.resolve(connection);
}

/** @throws the error itself if the framework answers with it. */
function answerError<Request>(exchange: Exchange<Request>, error: unknown, answersErrors: boolean): undefined {
  const { sink, incoming, response } = exchange;
  try {
    if (sink.gone && isAbort(error)) return endAbandoned(exchange);
    if (hasBody(incoming)) leaveUnread(incoming, response);
    if (answersErrors && error instanceof RequestMisuse) answerRefusal(exchange, error.status, error.sentence);
    else if (answersErrors && error instanceof PushwireError && error.status !== undefined) {
      answerRefusal(exchange, error.status, error.message);
    } else {
      sink.prepareAnswer();
      throw error;
    }
  } finally {
    sink.place?.leave();
  }
}
