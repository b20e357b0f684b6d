import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connection } from '../delivery/connection';
import { isAbort, PushwireError } from '../checks/errors';
import { setAnswerHeaders } from '../response/headers';
import type { Hub } from '../hub/hub';
import type { TransportName } from '../transports/negotiate';
import type { HubRefusal } from '../delivery/close-reason';
import type { Answers } from '../delivery/sink';
import { type Feed, type ReadFeed, readFeed, type Source, type SourceContext } from './source';
import type { Framework } from './framework';
import { LazySignal } from './lazy-signal';
import { cursorOf, queryOf } from './query';
import { ResponseSink } from '../response/response-sink';

/** Serves one request. Settles when the stream has begun, with its connection, or with nothing when it was answered. */
export type Serve<Request> = (
  incoming: IncomingMessage,
  response: ServerResponse,
  request: Request,
) => Promise<Connection | undefined>;

/** One request on its way to become a connection. */
export interface Visit<Request> {
  /** What the framework calls the request. */
  readonly request: Request;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly sink: ResponseSink;
  readonly framework: Framework<Request>;
  /** Where an answer goes that is there at once. */
  readonly answers: Answers;
  readonly leaving: LazySignal;
}

/** What a transport does with a visit whose feed is known. */
export type Receive<Request> = (feed: ReadFeed, visit: Visit<Request>) => Promise<Connection | undefined>;

type SourceFunction<Request> = (request: Request, context: SourceContext) => Feed | Promise<Feed>;

/**
 * What every transport of a source does first: look at the request, and ask a function source for its feed.
 *
 * @param transportOf what receives a visit; asked before the source, and may refuse.
 * @throws TypeError for a source that is none.
 */
export function visiting<Request>(
  source: Source<Request>,
  transportOf: (visit: Visit<Request>) => Receive<Request>,
  framework: Framework<Request>,
): Serve<Request> {
  const fixed = typeof source === 'function' ? undefined : readFixedFeed(source);
  return entering((visit) => {
    const receive = transportOf(visit);
    const serve = (feed: ReadFeed) => (visit.sink.gone ? leave(visit) : receive(feed, visit));
    return fixed ? serve(fixed) : askFeed(source as SourceFunction<Request>, visit).then(serve);
  }, framework);
}

/** What only a request can have asked for, at other times, is misuse where there is no request. */
function readFixedFeed(source: unknown): ReadFeed {
  try {
    return readFeed(source);
  } catch (error) {
    throw error instanceof PushwireError ? new TypeError(`source: ${error.message} (limits.channels)`) : error;
  }
}

/** Lets requests in as visits, and answers with a sentence what the protocol refuses. */
export function entering<Request>(
  serve: (visit: Visit<Request>) => Promise<Connection | undefined> | undefined,
  framework: Framework<Request>,
): Serve<Request> {
  return async (incoming, response, request) => {
    const sink = new ResponseSink(response, framework.letsGo);
    const query = queryOf(incoming);
    const answers = framework.answer ? answersOf(framework.answer, request, response) : sink;
    const visit: Visit<Request> = {
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
      return await serve(visit);
    } catch (error) {
      if (sink.gone && isAbort(error)) return leave(visit);
      if (!(error instanceof PushwireError && error.status !== undefined)) throw error;
      refuse(visit, error.status, error.message);
      return undefined;
    }
  };
}

/** Answers by way of a framework. */
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

/** Asks a function source for its feed; its signal fires when the client leaves meanwhile. */
async function askFeed<Request>(source: SourceFunction<Request>, visit: Visit<Request>): Promise<ReadFeed> {
  const { request, incoming, query, sink, leaving } = visit;
  sink.listener = { drained() {}, closed: () => leaving.abort() };
  const context: SourceContext = {
    get signal() {
      return leaving.signal;
    },
    lastEventId: cursorOf(incoming, query),
  };
  return readFeed(await source(request, context));
}

/** The client left before it was served. Frameworks look whether the response has ended. */
export function leave<Request>({ sink }: Visit<Request>): undefined {
  sink.end();
}

/** "Finished, do not come back": the one status that an EventSource takes as that (HTML Standard, 9.2.3). */
export function answerFinished<Request>({ answers }: Visit<Request>): undefined {
  answers.answer(204, { 'Cache-Control': 'no-store' });
}

/** Asks whoever is neither a stream nor a WebSocket yet to come back. */
export function answerLater<Request>(
  { answers }: Visit<Request>,
  hub: Hub,
  transport: TransportName | 'post',
  why: HubRefusal,
  retry = hub.settings.retry,
): undefined {
  hub.telemetry.refused(transport, why);
  const headers = { 'Retry-After': String(Math.ceil(retry / 1000)), 'Cache-Control': 'no-store' };
  answers.answer(503, headers, Buffer.from(`${laterBecause[why]}\n`));
}

const laterBecause: Record<HubRefusal, string> = {
  draining: 'The server is closing.',
  full: 'The server is full.',
  unavailable: 'The server cannot reach what it serves.',
};

function refuse<Request>({ answers }: Visit<Request>, status: number, sentence: string): void {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };
  answers.answer(status, { ...headers, 'Cache-Control': 'no-store' }, Buffer.from(`${sentence}\n`));
}
