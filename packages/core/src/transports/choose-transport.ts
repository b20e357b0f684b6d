import { badRequest, PushwireError } from '../checks/errors';
import type { TransportName } from '../encoders/transport-name';
import type { Exchange } from '../http/exchange';
import { addVary } from '../response/headers';
import { asksForWebSocket, upgradeFor } from '../upgrade/upgrade';
import { acceptableTypes, negotiate } from './negotiate';

/**
 * Returns the transport that the query names, or else the one that the headers ask for.
 *
 * @throws PushwireError `bad-request` or `not-acceptable`.
 */
export function chooseTransport<Name extends TransportName, Request>(
  exchange: Exchange<Request>,
  known: readonly Name[],
): Name {
  const asked = askedTransport(exchange, known);
  const found = known.find((name) => name === asked);
  if (found === undefined) throw badRequest(`The transport must be one of ${known.join(', ')}.`);
  return found;
}

function askedTransport<Request>(
  { incoming, response, query }: Exchange<Request>,
  known: readonly TransportName[],
): string {
  const named = query.get('transport');
  if (named !== null) return named;
  addVary(response, 'Accept');
  if (upgradeFor(incoming) || asksForWebSocket(incoming)) return 'websocket';
  const negotiated = negotiate(incoming.headers.accept, known);
  if (negotiated === undefined) {
    const sentence = `The acceptable types are ${acceptableTypes(known).join(', ')}.`;
    throw new PushwireError('not-acceptable', sentence, { status: 406 });
  }
  // A poll that does not wait is an interval poll.
  return negotiated === 'long-poll' && Number(query.get('wait') ?? Number.NaN) === 0 ? 'poll' : negotiated;
}
