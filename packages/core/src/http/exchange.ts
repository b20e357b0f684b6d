import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnswerTarget } from '../delivery/sink';
import type { ResponseSink } from '../response/response-sink';
import type { Framework } from './framework';
import type { LazySignal } from './lazy-signal';
import type { Feed, SourceContext } from './source';

/** A source that depends on the request. */
export type SourceFunction<Request> = (request: Request, context: SourceContext) => Feed | Promise<Feed>;

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
  readonly answers: AnswerTarget;
  /** Fires when the connection closes for any reason, or the client leaves before that. */
  readonly closing: LazySignal;
  /** The same, or `undefined` if nobody has asked for it. */
  readonly askedClosing: LazySignal | undefined;
  /** The route's source, if it is a function. It can be asked again. */
  source: SourceFunction<Request> | undefined;
}

/** Ends a response whose client left before it was served. Frameworks check that it has ended. */
export function endAbandoned<Request>({ sink }: Exchange<Request>): undefined {
  sink.end();
}
