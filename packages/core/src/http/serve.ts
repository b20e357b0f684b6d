import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAbort, PushwireError } from '../checks/errors';
import type { Connection } from '../delivery/connection';
import type { Answers } from '../delivery/sink';
import { setAnswerHeaders } from '../response/headers';
import { ResponseSink } from '../response/response-sink';
import { type Exchange, endAbandoned, type Transport } from './exchange';
import type { Framework } from './framework';
import { LazySignal } from './lazy-signal';
import { cursorOf, queryOf } from './query';
import { answerRefusal } from './refusal';
import { type Feed, type ReadFeed, readFeed, type Source, type SourceContext } from './source';

/**
 * Serves one request. The promise resolves with the connection once that has begun, or with
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
) => Promise<Connection | undefined>;

type SourceFunction<Request> = (request: Request, context: SourceContext) => Feed | Promise<Feed>;

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
  const fixed = typeof source === 'function' ? undefined : readFixedFeed(source);
  return serveExchange((exchange) => {
    const serveFeed = transport(exchange);
    const serve = (feed: ReadFeed) => (exchange.sink.gone ? endAbandoned(exchange) : serveFeed(feed, exchange));
    return fixed ? serve(fixed) : callSource(source as SourceFunction<Request>, exchange).then(serve);
  }, framework);
}

/** Reads a source that is not a function. Too many channels are then the app's mistake: misuse. */
function readFixedFeed(source: unknown): ReadFeed {
  try {
    return readFeed(source);
  } catch (error) {
    throw error instanceof PushwireError ? new TypeError(`source: ${error.message} See limits.channels.`) : error;
  }
}

/** Makes the function that turns requests into exchanges, and answers requests that are refused. */
export function serveExchange<Request>(
  serve: (exchange: Exchange<Request>) => Promise<Connection | undefined> | undefined,
  framework: Framework<Request>,
): Serve<Request> {
  return async (incoming, response, request) => {
    const sink = new ResponseSink(response, framework.detachWhenIdle);
    const query = queryOf(incoming);
    const answers = framework.answer ? answersOf(framework.answer, request, response) : sink;
    const exchange: Exchange<Request> = {
      request,
      incoming,
      response,
      sink,
      framework,
      answers,
      leaving: new LazySignal(),
      query,
    };
    if (response.headersSent && !response.writableEnded) {
      throw new TypeError('response: expected unsent headers, but earlier middleware has already sent them');
    }
    try {
      return await serve(exchange);
    } catch (error) {
      if (sink.gone && isAbort(error)) return endAbandoned(exchange);
      if (!(error instanceof PushwireError && error.status !== undefined)) throw error;
      answerRefusal(exchange, error.status, error.message);
      return undefined;
    }
  };
}

/** Answers through the framework. */
function answersOf<Request>(
  answer: NonNullable<Framework<Request>['answer']>,
  request: Request,
  response: ServerResponse,
): Answers {
  return {
    answer(status, headers, body) {
      answer(request, status, body);
      setAnswerHeaders(response, headers, body);
    },
  };
}

/** Calls a function source. The signal fires when the client leaves in the meantime. */
async function callSource<Request>(source: SourceFunction<Request>, exchange: Exchange<Request>): Promise<ReadFeed> {
  const { request, incoming, query, sink, leaving } = exchange;
  sink.listener = { onDrain() {}, onClose: () => leaving.abort() };
  const context: SourceContext = {
    get signal() {
      return leaving.signal;
    },
    lastEventId: cursorOf(incoming, query),
  };
  return readFeed(await source(request, context));
}
