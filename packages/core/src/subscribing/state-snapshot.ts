import { type StateLog, statePartBytes } from '../log/state-log';
import { KeyWalk } from './key-walk';
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

/**
 * The values of the keys that a state had when the client's place was fixed. As long as nothing
 * changes, all newcomers get the same parts. If a key changes meanwhile, a client gets its newest
 * value, and once more after the snapshot. It is not told here of those that are deleted.
 */
class StateSnapshot implements SnapshotContent {
  readonly #log: StateLog;
  readonly #head: number;
  readonly #keys: KeyWalk;
  /** The parts that it has read. */
  #read = 0;
  #isChanged = false;

  constructor(log: StateLog) {
    this.#log = log;
    this.#head = log.head;
    this.#keys = new KeyWalk(log, log.partKeys, statePartBytes);
  }

  read(): SnapshotPart {
    const log = this.#log;
    this.#isChanged ||= log.head !== this.#head || log.isDrained;
    if (this.#isChanged) {
      const messages = this.#keys.next().filter(({ isDeletion }) => !isDeletion);
      return { messages, places: [], isLast: this.#keys.isOver };
    }
    const messages = log.parts[this.#read++] ?? [];
    this.#keys.skip(messages.length);
    return { messages, places: [], isLast: this.#keys.isOver, isShared: true };
  }

  async close(): Promise<void> {
    this.#keys.skip(this.#keys.keys.length);
  }
}
