import type { Group } from '../delivery/group';
import { errorListener } from '../http/error-listener';
import type { Exchange } from '../http/exchange';
import { snapshotsOf } from '../http/initial';
import { stateOf } from '../http/state-feed';
import type { Channel } from '../hub/channel';
import type { Engine } from '../hub/engine';
import type { Cursor } from '../log/cursor';
import { startPositions } from '../log/start-positions';
import { SnapshotReader } from '../subscribing/snapshot-reader';
import { findUnknown } from '../subscribing/unknown';
import { readWhole, type WholeSnapshot } from '../subscribing/whole-snapshot';
import { type PollRouteSettings, pollDefaults } from './poll-options';

/** A poll that has entered the group of its channels. */
export interface PollStart<Request> {
  readonly exchange: Exchange<Request>;
  readonly engine: Engine;
  readonly channels: readonly Channel[];
  readonly group: Group;
  /** The cursor as the client sent it. */
  readonly cursorText: string | undefined;
  readonly cursor: Cursor;
}

/** Asks the app for what a client does not know. Most routes have no `initial`. */
export function snapshotFor<Request>(
  settings: PollRouteSettings<Request>,
  { exchange, engine, channels, group, cursorText, cursor }: PollStart<Request>,
): WholeSnapshot | Promise<WholeSnapshot> | undefined {
  const { initial, from: start = 'now', onError, maxSnapshot = pollDefaults.maxSnapshot } = settings;
  const options = { initial, sourceTimeout: Number.POSITIVE_INFINITY };
  const source = snapshotsOf(options, exchange, channels, engine, errorListener(onError, engine.observer));
  const unknown = source && findUnknown(group, cursor, cursorText);
  if (source === undefined || unknown === undefined) return undefined;
  const positions = startPositions(cursor, group.logs, group.tags, start);
  const reader = new SnapshotReader({ group, source, clock: engine.clock, start }, unknown, positions);
  exchange.closing.onAbort(() => reader.close());
  // The values of a state have a bound of their own.
  return readWhole(reader, stateOf(channels) ? Number.POSITIVE_INFINITY : maxSnapshot);
}
