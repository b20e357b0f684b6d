import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { notAsync } from '../checks/errors';
import { shortKey } from '../clients/short-key';
import type { Engine } from '../hub/engine';
import { ownText } from '../log/message';
import { clientAddress } from './client-address';
import type { Exchange } from './exchange';

/**
 * Returns the key that distinguishes a client from others: the app's, or the client's network
 * address. Without an address, as behind a Unix socket, it is the connection. The app is asked once
 * where the hub counts the connections of each client, since the sink has the key then.
 */
export function clientKeyOf<Request>(engine: Engine, exchange: Exchange<Request>): string {
  const { request, incoming, framework, sink } = exchange;
  if (sink.client !== undefined) return sink.client;
  if (engine.clientKey) {
    const key: unknown = engine.clientKey(request);
    if (typeof notAsync('clientKey', 'a function that returns a string', key) === 'string')
      return shortKey(key as string);
  }
  const { remoteAddress } = incoming.socket;
  const text = framework.addressOf ? framework.addressOf(request) : remoteAddress;
  if (engine.admission.countsClients) warnOfAddress(engine, exchange, text);
  const address = clientAddress(text ?? '') ?? clientAddress(remoteAddress ?? '');
  return address === undefined ? keyOfConnection(incoming) : ownText(address);
}

function warnOfAddress<Request>(
  { observer }: Engine,
  { request, framework }: Exchange<Request>,
  address: string | undefined,
): void {
  const weakness = framework.addressWarning?.(request);
  if (weakness) observer.warn(`limits.perClient: ${weakness}`);
  if (address) return;
  observer.warn(
    'limits.perClient: a request has no address, as behind a Unix socket, so it limits each connection to this ' +
      'process instead. Set createHub({ clientKey }).',
  );
}

const keys = new WeakMap<object, string>();
let count = 0;

function keyOfConnection(incoming: IncomingMessage): string {
  const { session } = (incoming as unknown as Partial<Http2ServerRequest>).stream ?? {};
  const connection = session ?? incoming.socket;
  const key = keys.get(connection) ?? `connection ${++count}`;
  keys.set(connection, key);
  return key;
}
