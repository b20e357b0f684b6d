import { formatOf } from '../delivery/group-format';
import type { Subscriber } from '../delivery/subscriber';
import type { Start } from '../log/start';
import { startPositions } from '../log/start-positions';
import { JoiningSubscriber } from './joining-subscriber';
import type { SubscribeHost } from './subscribe';

/**
 * Gives a connection other channels. It goes on from its place in those that it has followed
 * before, and begins at `start` in the others. The client is told of its new cursor.
 *
 * @param onChange called when the connection is about to follow the channels.
 * @returns the reason why it keeps its channels, if it does.
 */
export async function resubscribe(
  host: SubscribeHost,
  subscriber: Subscriber,
  channels: readonly { readonly name: string }[],
  start: Start | undefined,
  onChange: () => void,
): Promise<'full' | 'unavailable' | undefined> {
  const { encoder, settings } = subscriber;
  const format = formatOf(encoder, settings.batchDelay);
  const names = channels.map(({ name }) => name);
  const group = await host.groups.join(format, names, subscriber.cursor);
  if (group === 'full' || group === 'unavailable') return group;
  if (subscriber instanceof JoiningSubscriber) await subscriber.whenComplete();
  // Messages that were published in its former channels go out before.
  subscriber.flush();
  if (subscriber.reason !== undefined) {
    group.leave();
    return undefined;
  }
  onChange();
  const { logs, tags } = group;
  subscriber.follow(group, startPositions(subscriber.cursor, logs, tags, start));
  return undefined;
}
