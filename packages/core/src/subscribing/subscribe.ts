import type { Admission } from '../delivery/admission';
import type { ConnectionHost } from '../delivery/connection';
import { ForeignSubscriber } from '../delivery/foreign-subscriber';
import type { Group } from '../delivery/group';
import { formatOf } from '../delivery/group-format';
import type { Groups } from '../delivery/groups';
import type { Sink } from '../delivery/sink';
import type { StreamSettings } from '../delivery/stream-settings';
import { Subscriber } from '../delivery/subscriber';
import type { Encoder } from '../encoders/encoder';
import { emptyBatch } from '../log/batch';
import type { Cursor, Position } from '../log/cursor';
import { haveEnded } from '../log/heads';
import type { Origin } from '../log/start';
import { startPositions } from '../log/start-positions';
import { findForeignEnd } from './foreign';
import { JoiningSubscriber } from './joining-subscriber';
import type { SnapshotSource } from './snapshot';
import { StateSubscriber } from './state-subscriber';
import { findUnknown, type Unknown } from './unknown';

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
 * - `lost`: a foreign client cannot have what follows its cursor.
 * - `unknown`: the run has never begun, or is kept no longer.
 * - `gone`: the client left before it was connected.
 */
export type Subscribed = Subscriber | NotSubscribed;

type NotSubscribed = 'full' | 'unavailable' | 'finished' | 'lost' | 'unknown' | 'gone';

/** Stands for the connection that a client would get. */
export interface Offered {
  /** The offset of the newest message of the first log, or 0. */
  readonly newest: number;
}

/** How a client begins, beside its cursor. */
export interface Beginning {
  /** The cursor as the client sent it. Absent if none has come. */
  readonly from?: string | undefined;
  /** The place in channels that its cursor does not name. Defaults to `now`. */
  readonly start?: Origin | undefined;
  /** Gives what a client does not know of these channels. Absent on most routes. */
  readonly snapshots?: SnapshotSource | undefined;
  /** True if the client of an unknown run waits for its start. Defaults to false. */
  readonly waits?: boolean;
}

/**
 * Connects a client to channels, from its cursor on.
 *
 * @returns a promise only where a channel is remote, or a snapshot takes its time, since awaiting
 * costs a turn.
 */
export function subscribe(
  host: SubscribeHost,
  channels: readonly { readonly name: string }[],
  encoder: Encoder,
  cursor: Cursor,
  settings: StreamSettings,
  sink: Sink,
  beginning: Beginning = {},
): Subscribed | Promise<Subscribed> {
  const joining = join(host, channels, encoder, cursor, settings, sink);
  if (!(joining instanceof Promise)) return start(host, joining, encoder, cursor, settings, sink, beginning);
  return joining.then((group) => start(host, group, encoder, cursor, settings, sink, beginning));
}

/** Finds what {@link subscribe} would give a client, without connecting it. */
export async function offer(
  host: SubscribeHost,
  channels: readonly { readonly name: string }[],
  encoder: Encoder,
  cursor: Cursor,
  settings: StreamSettings,
  sink: Sink,
  beginning: Beginning,
): Promise<Offered | NotSubscribed> {
  const group = await join(host, channels, encoder, cursor, settings, sink);
  if (typeof group === 'string') return group;
  try {
    const place = placeIn(host, group, encoder, cursor, sink, beginning);
    return typeof place === 'string' ? place : { newest: group.logs[0]?.head ?? 0 };
  } finally {
    group.leave();
  }
}

type Joined = Group | 'full' | 'unavailable';

function join(
  { groups }: SubscribeHost,
  channels: readonly { readonly name: string }[],
  encoder: Encoder,
  cursor: Cursor,
  { batchDelay }: StreamSettings,
  { compression }: Sink,
): Joined | Promise<Joined> {
  const names = channels.map(({ name }) => name);
  return groups.join(formatOf(encoder, batchDelay, compression), names, cursor);
}

/** The place where a client begins. */
interface Place {
  readonly positions: readonly Position[];
  /** The state that it does not know, on a route with snapshots. */
  readonly unknown: Unknown | undefined;
}

/** Finds the place of a client in a group, or the reason why it has none. */
function placeIn(
  host: SubscribeHost,
  group: Group,
  encoder: Encoder,
  cursor: Cursor,
  sink: Sink,
  { from, start = 'now', snapshots, waits = false }: Beginning,
): Place | NotSubscribed {
  // Other clients may have connected while a remote channel was joined.
  if (!sink.place && !host.admission.admits(sink.client)) return 'full';
  if (!waits && group.followed.some(({ isUnknownRun }) => isUnknownRun)) return 'unknown';
  const positions = startPositions(cursor, group.logs, group.tags, start);
  const unknown = snapshots && findUnknown(group, cursor, from);
  const { foreign } = encoder;
  const finished = !unknown && haveEnded(group.logs) && hasAll(group, positions);
  const end = foreign ? findForeignEnd(foreign, group, cursor, positions) : finished && 'finished';
  return end || (sink.gone ? 'gone' : { positions, unknown });
}

/** Starts a connection in a group that was entered for it. */
function start(
  host: SubscribeHost,
  group: Joined,
  encoder: Encoder,
  cursor: Cursor,
  settings: StreamSettings,
  sink: Sink,
  beginning: Beginning,
): Subscribed | Promise<Subscribed> {
  if (typeof group === 'string') return group;
  const place = placeIn(host, group, encoder, cursor, sink, beginning);
  if (typeof place === 'string') {
    group.leave();
    return place;
  }
  const { positions, unknown } = place;
  const { from, start = 'now', snapshots } = beginning;
  try {
    if (snapshots) {
      const snapshotHost = { group, source: snapshots, clock: host.timers.clock, start };
      const Kind = group.logs[0]?.isState ? StateSubscriber : JoiningSubscriber;
      const subscriber = new Kind(host, group, encoder, sink, settings, snapshotHost);
      const starting = unknown ? subscriber.startWithout(unknown, positions, from) : subscriber.start(positions, from);
      return starting instanceof Promise ? starting.then(() => begun(host, subscriber)) : begun(host, subscriber);
    }
    const subscriber = new (encoder.foreign ? ForeignSubscriber : Subscriber)(host, group, encoder, sink, settings);
    subscriber.start(positions, from);
    return begun(host, subscriber);
  } catch (error) {
    group.leave();
    throw error;
  }
}

/** The hub may have closed while a remote channel was joined. */
function begun(host: SubscribeHost, subscriber: Subscriber): Subscriber {
  if (host.isClosed) subscriber.close('draining');
  return subscriber;
}

/**
 * True if nothing is left for a client at these positions: no message, no gap, and no end of a run.
 * Whoever was told of that end does not get here.
 */
function hasAll(group: Group, positions: readonly Position[]): boolean {
  const { more, gap, outcome } = group.read(positions, emptyBatch);
  return !more && gap === undefined && outcome === undefined;
}
