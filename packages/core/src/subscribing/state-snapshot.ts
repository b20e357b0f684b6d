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

/** All values of a state, as they were when the client's place was fixed. */
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
    // A value that has changed meanwhile comes after the snapshot.
    const isUnchanged = this.log.head === this.#head && !this.log.isDrained;
    const messages = isUnchanged ? part : part.filter((message) => this.log.isNewest(message));
    return { messages, places: [], isLast, isShared: isUnchanged };
  }

  async close(): Promise<void> {
    this.#read = this.#parts.length;
  }
}
