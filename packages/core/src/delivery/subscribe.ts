import { readBatch } from '../log/batch';
import type { Channel } from '../hub/channel';
import type { Cursor, Position } from '../log/cursor';
import type { Group, GroupFormat } from './group';
import type { Hub } from '../hub/hub';
import type { Sink } from './sink';
import { startPositions } from '../log/start-positions';
import type { StreamSettings } from './stream';
import { Subscriber } from './subscriber';
import type { Writer } from '../encoders/encoder';

/** A connection, or why there is none. */
export type Subscribed = Subscriber | 'full' | 'unavailable' | 'finished' | 'gone';

/**
 * Connects a client to channels, from its cursor on.
 *
 * @returns the connection; `full` or `unavailable` when the hub cannot take it on after all; `finished` when every channel has ended and the client has had all of it; `gone` when it left
 * before it could be connected. A promise only where a channel is remote, since awaiting costs a turn.
 */
export function subscribe(
  hub: Hub,
  channels: readonly Channel[],
  writer: Writer,
  cursor: Cursor,
  settings: StreamSettings,
  sink: Sink,
): Subscribed | Promise<Subscribed> {
  const format = formatOf(writer, settings.linger);
  const names = channels.map(({ name }) => name);
  const joining = hub.groups.join(format, names, cursor);
  const go = (group: Group | 'unavailable') => start(hub, group, writer, cursor, settings, sink);
  return 'then' in joining ? joining.then(go) : go(joining);
}

/** Starts a connection of a group that has been entered for it. */
function start(
  hub: Hub,
  group: Group | 'unavailable',
  writer: Writer,
  cursor: Cursor,
  settings: StreamSettings,
  sink: Sink,
): Subscribed {
  if (group === 'unavailable') return group;
  // Others may have come while a remote channel was joined.
  if (!hub.admission.admits(sink.client)) {
    group.leave();
    return 'full';
  }
  const positions = startPositions(cursor, group.logs, group.tags);
  const finished = group.logs.every((log) => log.ended) && hasAll(group, positions);
  if (finished || sink.gone) {
    group.leave();
    return finished ? 'finished' : 'gone';
  }
  const subscriber = new Subscriber(hub, group, writer, sink, settings);
  subscriber.start(positions);
  // It may have closed while a remote channel was joined.
  if (hub.closed) subscriber.drain();
  return subscriber;
}

/** Who waits for more than others is in a group of his own. */
function formatOf(writer: Writer, linger: number): GroupFormat {
  if (linger === 0) return writer;
  const { name, transport } = writer;
  return { name: `${name} ${linger} ms`, transport, linger, batch: (batch) => writer.batch(batch) };
}

/** Whether nothing is left for whoever is there. */
function hasAll({ logs, tags }: Group, positions: readonly Position[]): boolean {
  const { messages, gap } = readBatch(logs, tags, positions, 0);
  return messages.length === 0 && gap === undefined;
}
