import type { Encoder } from '../encoders/encoder';
import { emptyBatch, readBatch } from '../log/batch';
import type { Cursor, Position } from '../log/cursor';
import { startPositions } from '../log/start-positions';
import type { Admission } from './admission';
import type { ConnectionHost } from './connection';
import type { Group } from './group';
import type { GroupFormat } from './group-format';
import type { Groups } from './groups';
import type { Sink } from './sink';
import type { StreamSettings } from './stream-settings';
import { Subscriber } from './subscriber';

/** The parts of a hub that subscribing uses. */
export interface SubscribeHost extends ConnectionHost {
  readonly groups: Groups;
  readonly admission: Admission;
  /** True once the hub's `close()` was called. */
  readonly isClosed: boolean;
}

/**
 * A connection, or the reason why there is none:
 *
 * - `full`, `unavailable`: the hub cannot accept it.
 * - `finished`: every channel has ended, and the client has all of it.
 * - `gone`: the client left before it was connected.
 */
export type Subscribed = Subscriber | 'full' | 'unavailable' | 'finished' | 'gone';

/**
 * Connects a client to channels, from its cursor on.
 *
 * @param from the cursor as the client sent it.
 * @returns a promise only where a channel is remote, since awaiting costs a turn.
 */
export function subscribe(
  host: SubscribeHost,
  channels: readonly { readonly name: string }[],
  encoder: Encoder,
  cursor: Cursor,
  settings: StreamSettings,
  sink: Sink,
  from?: string,
): Subscribed | Promise<Subscribed> {
  const format = formatOf(encoder, settings.batchDelay);
  const names = channels.map(({ name }) => name);
  const joining = host.groups.join(format, names, cursor);
  const go = (group: Group | 'full' | 'unavailable') => start(host, group, encoder, cursor, settings, sink, from);
  return joining instanceof Promise ? joining.then(go) : go(joining);
}

/** Starts a connection in a group that was entered for it. */
function start(
  host: SubscribeHost,
  group: Group | 'full' | 'unavailable',
  encoder: Encoder,
  cursor: Cursor,
  settings: StreamSettings,
  sink: Sink,
  from: string | undefined,
): Subscribed {
  if (group === 'unavailable' || group === 'full') return group;
  // Other clients may have connected while a remote channel was joined.
  if (!sink.place && !host.admission.admits(sink.client)) {
    group.leave();
    return 'full';
  }
  const positions = startPositions(cursor, group.logs, group.tags);
  const finished = group.logs.every((log) => log.ended) && hasAll(group, positions);
  if (finished || sink.gone) {
    group.leave();
    return finished ? 'finished' : 'gone';
  }
  const subscriber = new Subscriber(host, group, encoder, sink, settings);
  try {
    subscriber.start(positions, from);
  } catch (error) {
    group.leave();
    throw error;
  }
  // The hub may have closed while a remote channel was joined.
  if (host.isClosed) subscriber.close('draining');
  return subscriber;
}

/** Returns a format of its own for each batch delay, since the members of a group share one. */
function formatOf(encoder: Encoder, batchDelay: number): GroupFormat {
  if (batchDelay === 0) return encoder;
  const { name, transport } = encoder;
  return { name: `${name} ${batchDelay} ms`, transport, batchDelay, batch: (batch) => encoder.batch(batch) };
}

/** True if no message and no gap is left for a client at these positions. */
function hasAll({ logs, tags }: Group, positions: readonly Position[]): boolean {
  const { more, gap } = readBatch(logs, tags, positions, emptyBatch);
  return !more && gap === undefined;
}
