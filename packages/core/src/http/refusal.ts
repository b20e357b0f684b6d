import type { HubRefusal } from '../delivery/close-reason';
import type { Engine } from '../hub/engine';
import type { Exchange } from './exchange';

/**
 * Returns the reason to refuse a client, or `undefined` to accept it. Sets the client's key on the
 * sink where the hub limits the connections of each client.
 */
export function findRefusal<Request>(engine: Engine, exchange: Exchange<Request>): HubRefusal | undefined {
  if (engine.isClosed) return 'draining';
  const { sink } = exchange;
  // The key is read before the handshake: an error of `clientKey` could not be answered after it.
  if (engine.admission.countsClients) sink.client ??= clientKeyOf(engine, exchange);
  return engine.admission.admits(sink.client) ? undefined : 'full';
}

/** Returns the key that distinguishes a client from others: the app's, or the client's address. */
export function clientKeyOf<Request>(
  engine: Engine,
  { request, incoming, framework }: Exchange<Request>,
): string | undefined {
  const keyOf = engine.clientKey ?? (framework.addressOf as ((request: unknown) => string | undefined) | undefined);
  return keyOf ? keyOf(request) : incoming.socket.remoteAddress;
}
