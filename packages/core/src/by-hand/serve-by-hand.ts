import type { CloseReason, HubRefusal } from '../delivery/close-reason';
import type { Connection } from '../delivery/connection';
import { type Exchange, endAbandoned } from '../http/exchange';
import { Refused } from '../http/pending-exchange';
import type { Engine } from '../hub/engine';

/** A stream or a poll by hand, which the app gets whatever becomes of its request. */
interface ByHand {
  /** There will be no connection. Only the first reason counts. */
  refused(reason: CloseReason): void;
}

/**
 * Serves a request by hand, and tells the app's stream or poll if it will never be open.
 *
 * @param serve resolves when the connection is open, or the request is answered.
 * @param refuse asks the client to come back later.
 */
export async function serveByHand<Request>(
  exchange: Exchange<Request>,
  app: ByHand,
  serve: () => Promise<Connection | undefined>,
  refuse: (engine: Engine, reason: HubRefusal) => undefined,
): Promise<Connection | undefined> {
  const { sink, closing } = exchange;
  sink.listener = { onDrain() {}, onClose: () => closing.abort() };
  try {
    return sink.gone ? endAbandoned(exchange) : await serve();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.reason === 'gone') return endAbandoned(exchange);
    app.refused(error.reason);
    return refuse(error.engine, error.reason);
  } finally {
    closing.abortUnlessConnected();
    app.refused('left');
  }
}
