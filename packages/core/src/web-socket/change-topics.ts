import { badRequest, PushwireError } from '../checks/errors';
import type { Subscriber } from '../delivery/subscriber';
import { isAuthorized } from '../http/authorization';
import type { Exchange } from '../http/exchange';
import { channelsFor } from '../http/reopen';
import { checkTopics } from '../http/topics';
import { type Channel, engineOf } from '../hub/channel';
import type { Engine } from '../hub/engine';
import { isRunLog, isStateLog } from '../log/log-name';
import { resubscribe } from '../subscribing/resubscribe';
import type { WebSocketOptions } from './options';

const isChannel = (log: string): boolean => !isRunLog(log) && !isStateLog(log);

/**
 * Gives a connection the channels of other topics. The route's source and `authorize` are asked, as
 * for a client that connects with these topics.
 *
 * @param onChange called with the channels that the connection is about to follow.
 * @throws PushwireError with a status when the client may not have them, or the hub has no room for
 * them. Whatever the app's functions throw. The connection then keeps what it has.
 */
export async function changeTopics<Request>(
  engine: Engine,
  subscriber: Subscriber | undefined,
  exchange: Exchange<Request>,
  { authorize, from }: Pick<WebSocketOptions<Request>, 'authorize' | 'from'>,
  topics: unknown,
  onChange: (channels: readonly Channel[]) => void,
): Promise<void> {
  const names = checkTopics(topics);
  if (!subscriber?.channels.every(isChannel)) throw badRequest('This stream follows no channels.');
  const channels = await channelsFor(exchange, names);
  if (engineOf(channels[0] as Channel) !== engine) {
    throw new TypeError('source: expected channels of the hub that the connection belongs to, got those of another');
  }
  if (authorize && !(await isAuthorized(authorize, exchange.request, channels))) {
    throw new PushwireError('forbidden', 'This client is not allowed here.', { status: 403 });
  }
  const refusal = await resubscribe(engine, subscriber, channels, from, () => onChange(channels));
  if (refusal === undefined) return;
  const sentence = 'The server cannot follow these channels now.';
  throw new PushwireError('backplane-unavailable', sentence, { status: 503 });
}
