import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connection } from '../delivery/connection';
import type { Answers } from '../delivery/sink';
import type { ResponseSink } from '../response/response-sink';
import type { Framework } from './framework';
import type { LazySignal } from './lazy-signal';
import type { ReadFeed } from './source';

/** A request and its response, until they become a connection or are answered. */
export interface Exchange<Request> {
  /** The framework's own request: Express's `Request`, or Koa's `Context`. */
  readonly request: Request;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly sink: ResponseSink;
  readonly framework: Framework<Request>;
  /** Takes a whole answer. A stream goes to the sink instead. */
  readonly answers: Answers;
  /** Fires when the client leaves. */
  readonly leaving: LazySignal;
}

/** Serves a feed. Resolves with the connection, or with `undefined` if the request was answered. */
export type ServeFeed<Request> = (feed: ReadFeed, exchange: Exchange<Request>) => Promise<Connection | undefined>;

/**
 * One transport of a route. It reads the request before the source is called, so it can refuse the
 * request by throwing a `PushwireError` that has a status.
 */
export type Transport<Request> = (exchange: Exchange<Request>) => ServeFeed<Request>;

/** Ends a response whose client left before it was served. Frameworks check that it has ended. */
export function endAbandoned<Request>({ sink }: Exchange<Request>): undefined {
  sink.end();
}
