import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connection } from '../delivery/connection';
import type { Answers } from '../delivery/sink';
import type { ResponseSink } from '../response/response-sink';
import type { Framework } from './framework';
import type { LazySignal } from './lazy-signal';
import type { ReadFeed } from './source';

/** A request and its response, on their way to become a connection. */
export interface Exchange<Request> {
  /** The framework's own request: Express's `Request`, or Koa's `Context`. */
  readonly request: Request;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly sink: ResponseSink;
  readonly framework: Framework<Request>;
  /** Takes an answer that is complete at once. */
  readonly answers: Answers;
  /** Fires when the client leaves. */
  readonly leaving: LazySignal;
}

/** Serves an exchange whose feed is known. Settles with its connection, or with `undefined` when it was answered. */
export type Receive<Request> = (feed: ReadFeed, exchange: Exchange<Request>) => Promise<Connection | undefined>;

/** Ends a response whose client left before it was served: frameworks check that the response has ended. */
export function endAbandoned<Request>({ sink }: Exchange<Request>): undefined {
  sink.end();
}
