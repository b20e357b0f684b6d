import type { Message } from '../log/message';
import type { StateLog } from '../log/state-log';
import type { SnapshotContent, SnapshotSource } from './snapshot';
import type { SnapshotPart } from './snapshot-part';

/** Makes the source that gives a client all values of a state. Nothing is asked of the app. */
export function stateSnapshots(onError: (error: unknown) => void): SnapshotSource {
  return {
    timeout: Number.POSITIVE_INFINITY,
    // A client without the snapshot would show keys that are gone.
    maxInRow: Number.POSITIVE_INFINITY,
    run: (act) => act(),
    ask: (_request, [log]) => new StateSnapshot(log as StateLog),
    onError,
  };
}

/** All values of the keys that a state had when the client's place was fixed. */
class StateSnapshot implements SnapshotContent {
  readonly #head: number;
  readonly #parts: readonly (readonly Message[])[];
  #read = 0;

  constructor(readonly log: StateLog) {
    this.#head = log.head;
    this.#parts = log.parts;
  }

  read(): SnapshotPart {
    const part = this.#parts[this.#read++] ?? [];
    const isLast = this.#read >= this.#parts.length;
    const isUnchanged = this.log.head === this.#head && !this.log.isDrained;
    const messages = isUnchanged ? part : part.flatMap((message) => this.#current(message));
    return { messages, places: [], isLast, isShared: isUnchanged };
  }

  /**
   * The value of a key that has changed meanwhile, unless it is deleted: the newest one, or the one
   * before if that is smaller, so that a part stays in its bounds. The newest one follows the
   * snapshot, but one without the key would tell the client that it is deleted.
   */
  #current(message: Message): readonly Message[] {
    const newest = this.log.newest(message.key as string)?.message;
    if (newest === undefined || newest.isDeletion) return [];
    return [newest.size > message.size ? message : newest];
  }

  async close(): Promise<void> {
    this.#read = this.#parts.length;
  }
}
