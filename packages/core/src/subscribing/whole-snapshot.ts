import { isPromise } from '../checks/errors';
import type { Batch, Gap } from '../log/batch';
import type { Position } from '../log/cursor';
import type { Message } from '../log/message';
import type { SnapshotPart } from './snapshot-part';
import type { SnapshotReader } from './snapshot-reader';

/** All messages of a snapshot, and the place in the logs where the client goes on. */
export interface WholeSnapshot {
  readonly messages: readonly Message[];
  readonly positions: readonly Position[];
  /** The cursor of `positions`. */
  readonly place: string;
  /** The gap for which the client got the snapshot. */
  readonly gap: Gap | undefined;
}

/** A snapshot has more bytes than one answer may have. */
export class LargeSnapshot extends Error {
  constructor(maxBytes: number) {
    super(`the messages of initial have more than ${maxBytes} bytes (maxSnapshot)`);
  }
}

/**
 * Reads a snapshot that goes out in one answer.
 *
 * @returns a promise only where the app takes its time.
 * @throws LargeSnapshot once it has more than `maxBytes`.
 */
export function readWhole(reader: SnapshotReader, maxBytes: number): WholeSnapshot | Promise<WholeSnapshot> {
  const messages: Message[] = [];
  let gap: Gap | undefined;
  let bytes = 0;
  const take = (part: SnapshotPart): WholeSnapshot | undefined => {
    const batch = reader.take(part);
    for (const message of batch.messages) {
      messages.push(message);
      // Endless empty messages would otherwise never reach the bound.
      bytes += Math.max(1, message.size);
    }
    if (bytes > maxBytes) throw new LargeSnapshot(maxBytes);
    gap ??= batch.gap;
    return part.isLast ? { messages, positions: reader.positions, place: reader.place, gap } : undefined;
  };
  const readOn = (): WholeSnapshot | Promise<WholeSnapshot> => {
    for (;;) {
      const part = reader.next();
      if (isPromise(part)) return part.then((settled) => take(settled) ?? readOn());
      const whole = take(part);
      if (whole) return whole;
    }
  };
  return readOn();
}

/**
 * Puts a snapshot in front of what the logs have after it. If they have lost something meanwhile,
 * the client gets the snapshot alone, and learns of that when it goes on.
 */
export function withSnapshot({ messages, positions, place, gap }: WholeSnapshot, rest: Batch): Batch {
  const lost = rest.gap !== undefined;
  const next = lost ? { ...rest, messages: [], cursors: [], positions, cursor: place, more: true, ended: false } : rest;
  const { gap: _gap, ...batch } = next;
  return {
    ...batch,
    messages: [...messages, ...batch.messages],
    cursors: [...messages.map(() => undefined), ...batch.cursors],
    // The client has the snapshot together with the gap, so it goes on after both.
    ...(gap && { gap: { ...gap, cursor: place } }),
  };
}
