import { bytesOf } from '../encoders/chunk';
import type { Batch } from '../log/batch';
import type { Position } from '../log/cursor';
import type { GroupFormat } from './group-format';
import type { Member } from './member';

/** Finds connections by their names, as a hub does. */
export interface ConnectionNames {
  /** The name of a connection, if the app has asked for it. */
  nameOf(connection: object): string | undefined;
  /** The connections that have a name: one, or the held polls of one client. */
  membersOf(id: string): readonly object[];
}

/** A batch for a connection that some of its messages leave out. */
export interface Apart {
  readonly batch: Batch;
  readonly bytes: Uint8Array;
}

/** Takes the messages out of a batch that are for all but the connection with this name. */
export function batchWithout(batch: Batch, id: string): Batch {
  const isKept = batch.messages.map(({ except }) => except !== id);
  const messages = batch.messages.filter((_message, i) => isKept[i]);
  const cursors = batch.cursors.filter((_cursor, i) => isKept[i]);
  return { ...batch, messages, cursors, isApart: true };
}

/**
 * Encodes a batch for the connection with this name. A client that gets nothing in the end is told
 * its place, or it would get the message when it comes back under another name.
 */
export function encodeApart(
  format: GroupFormat,
  batch: Batch,
  id: string,
  from: readonly Position[],
  tags: readonly string[],
): Apart {
  const own = batchWithout(batch, id);
  const hasContent = own.messages.length > 0 || own.gap !== undefined || own.ended;
  const content = hasContent ? format.batch(own, from, tags) : '';
  const place = batch.messages.at(-1)?.except === id ? (format.moved?.(batch.cursor) ?? '') : '';
  return { batch: own, bytes: bytesOf([content, place].filter(({ length }) => length > 0)) };
}

/** Encodes a batch for each of the members that some of its messages leave out. */
export function encodeAllApart(
  names: ConnectionNames,
  members: ReadonlySet<Member>,
  encode: (id: string) => Apart,
  excepts: ReadonlySet<string>,
): ReadonlyMap<Member, Apart> {
  const all = new Map<Member, Apart>();
  for (const id of excepts) {
    for (const member of names.membersOf(id)) {
      if (members.has(member as Member)) all.set(member as Member, encode(id));
    }
  }
  return all;
}
