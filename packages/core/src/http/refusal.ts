import { PushwireError } from '../checks/errors';
import type { HubRefusal } from '../delivery/close-reason';
import type { TransportName } from '../encoders/transport-name';
import type { Engine } from '../hub/engine';
import { clientKeyOf } from './client-key';
import type { Exchange } from './exchange';

/** The answer to a client that may not have what it wants. */
export const forbidden = (): PushwireError =>
  new PushwireError('forbidden', 'This client is not allowed here.', { status: 403 });

/**
 * Returns the reason to refuse a client, or `undefined` to accept it. Sets the client's key on the
 * sink where the app names it, or where the hub limits the connections of each client.
 */
export function findRefusal<Request>(engine: Engine, exchange: Exchange<Request>): HubRefusal | undefined {
  if (engine.isClosed) return 'draining';
  const { sink } = exchange;
  // The key is read before the handshake: an error of `clientKey` could not be answered after it.
  if (engine.admission.countsClients || engine.clientKey) sink.client = clientKeyOf(engine, exchange);
  // A request whose source took its time has its place already.
  if (sink.place?.admission === engine.admission) return undefined;
  return engine.admission.admits(sink.client) ? undefined : 'full';
}

/** True for polls and POSTs. They are limited apart from the connections that stay open. */
const isBrief = (transport: TransportName | 'post') => /^(long-)?poll$|^post$/.test(transport);

/**
 * Returns the reason to refuse a request before its source or `authorize` is called, or `undefined`
 * to call it. A request that gets past this has to take a place, or be served, in the same turn.
 */
export function findEarlyRefusal<Request>(
  engine: Engine,
  exchange: Exchange<Request>,
  transport: TransportName | 'post',
): HubRefusal | undefined {
  if (!isBrief(transport)) return findRefusal(engine, exchange);
  if (engine.isClosed) return 'draining';
  return exchange.sink.place || engine.requests.admits(undefined) ? undefined : 'full';
}

/** The counter of a request while it is pending. */
export const admissionFor = (engine: Engine, transport: TransportName | 'post') =>
  isBrief(transport) ? engine.requests : engine.admission;
