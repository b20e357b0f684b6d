import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAbort, PushwireError } from '../checks/errors';
import type { Connection } from '../delivery/connection';
import type { Answers } from '../delivery/sink';
import { setAnswerHeaders } from '../response/headers';
import { ResponseSink } from '../response/response-sink';
import { type Exchange, endAbandoned, type Receive } from './exchange';
import type { Framework } from './framework';
import { LazySignal } from './lazy-signal';
import { cursorOf, queryOf } from './query';
import { answerRefusal } from './refusal';
import { type Feed, type ReadFeed, readFeed, type Source, type SourceContext } from './source';

/** Serves one request. Settles with the connection when its stream has begun, or with `undefined` when it was answered. */
export type Serve<Request> = (
  incoming: IncomingMessage,
  response: ServerResponse,
  request: Request,
) => Promise<Connection | undefined>;

type SourceFunction<Request> = (request: Request, context: SourceContext) => Feed | Promise<Feed>;

/**
 * Makes the function that serves a source. Every transport begins here.
 *
 * @param transportOf chooses the transport for an exchange. It runs before the source is asked, and may refuse.
 * @throws TypeError for a value that is no source.
 */
export function serveSource<Request>(
  source: Source<Request>,
  transportOf: (exchange: Exchange<Request>) => Receive<Request>,
  framework: Framework<Request>,
): Serve<Request> {
  const fixed = typeof source === 'function' ? undefined : readFixedFeed(source);
  return serveExchange((exchange) => {
    const receive = transportOf(exchange);
    const serve = (feed: ReadFeed) => (exchange.sink.gone ? endAbandoned(exchange) : receive(feed, exchange));
    return fixed ? serve(fixed) : askFeed(source as SourceFunction<Request>, exchange).then(serve);
  }, framework);
}

/** Without a request, a feed that a request could not have is misuse. */
function readFixedFeed(source: unknown): ReadFeed {
  try {
    return readFeed(source);
  } catch (error) {
    throw error instanceof PushwireError ? new TypeError(`source: ${error.message} (limits.channels)`) : error;
  }
}

/** Makes the function that turns requests into exchanges, and answers those that the protocol refuses. */
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
      throw new TypeError('response: expected one without a head, but its head was sent before this middleware');
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

/** Answers by way of the framework. */
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

/** Calls a function source. Its signal fires when the client leaves in the meantime. */
async function askFeed<Request>(source: SourceFunction<Request>, exchange: Exchange<Request>): Promise<ReadFeed> {
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
