import { misuse } from '../checks/errors';
import type { SourceMessage } from '../delivery/source-message';
import { foreignEpoch, parseCursor, type TaggedPosition } from '../log/cursor';
import { checkSize, createMessage, type Message } from '../log/message';

/** A part of a snapshot. */
export interface SnapshotPart {
  readonly messages: readonly Message[];
  /** The places in the log that the ids of its messages name. */
  readonly places: readonly TaggedPosition[];
  /** True if nothing follows. */
  readonly isLast: boolean;
  /** True if other clients get the same list of messages, so that it is encoded once for all. */
  readonly isShared?: boolean;
}

/** True for an object that has a property, of its own or not. */
export const isObjectWith = (key: PropertyKey, value: unknown): boolean =>
  typeof value === 'object' && value !== null && key in value;

/** True for a message in the form that sources give. */
export const isMessage = (value: unknown): value is SourceMessage => isObjectWith('data', value);

/** Collects the messages of a part. */
export class PartBuilder {
  readonly messages: Message[] = [];
  readonly places: TaggedPosition[] = [];
  bytes = 0;

  constructor(readonly maxMessageBytes: number) {}

  add(value: unknown): void {
    if (typeof value !== 'string' && !isMessage(value)) {
      throw misuse('initial message', 'a string, or an object with data', value);
    }
    const { data, event, id, retry } = typeof value === 'string' ? { data: value } : (value as SourceMessage);
    if (retry !== undefined) throw misuse('initial message retry', 'none, since only a generator sets it', retry);
    if (id !== undefined) this.places.push(...placesOf(id));
    const message = createMessage(data, event);
    checkSize(message, this.maxMessageBytes);
    this.messages.push(message);
    // Empty messages would otherwise never fill a part.
    this.bytes += Math.max(1, message.size);
  }

  end(isLast: boolean): SnapshotPart {
    return { messages: this.messages, places: this.places, isLast };
  }
}

/** @throws TypeError for an id that names no place in a log. */
function placesOf(id: unknown): readonly TaggedPosition[] {
  const cursor = typeof id === 'string' ? parseCursor(id) : 'now';
  if (!Array.isArray(cursor) || cursor.some(({ epoch }) => epoch === foreignEpoch)) {
    throw misuse('initial message id', 'the id of a message that was published to the channel', id);
  }
  return cursor;
}
