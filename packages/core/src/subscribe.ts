import { readBatch } from './batch';
import type { Channel } from './channel';
import type { Cursor } from './cursor';
import type { GroupFormat } from './group';
import type { Hub } from './hub';
import type { Sink } from './sink';
import { startPositions } from './start';
import type { StreamSettings } from './stream';
import { Subscriber } from './subscriber';
import type { Writer } from './writers/writer';

/**
 * Connects a client to channels, from its cursor on.
 *
 * @returns the connection; `full` or `unavailable` when the hub cannot take it on after all; `finished` when every channel has ended and the client has had all of it; `gone` when it left
 * before it could be connected.
 */
export async function subscribe(
  hub: Hub,
  channels: readonly Channel[],
  writer: Writer,
  cursor: Cursor,
  settings: StreamSettings,
  sink: Sink,
): Promise<Subscriber | 'full' | 'unavailable' | 'finished' | 'gone'> {
  const joining = hub.groups.join(
    formatOf(writer, settings.linger),
    channels.map(({ name }) => name),
    cursor,
  );
  // Awaiting costs a turn; only a remote channel is worth it.
  const group = 'then' in joining ? await joining : joining;
  if (group === 'unavailable') return group;
  // Others may have come while a remote channel was joined.
  if (!hub.admission.admits(sink.client)) {
    group.leave();
    return 'full';
  }
  const positions = startPositions(cursor, group.logs, group.tags);
  const { ended, messages, gap } = readBatch(group.logs, group.tags, positions, 0);
  const finished = ended && messages.length === 0 && gap === undefined;
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
