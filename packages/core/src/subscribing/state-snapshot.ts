import type { TaggedPosition } from '../log/cursor';
import type { StateLog } from '../log/state-log';
import { statePartBytes } from '../log/state-parts';
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
 * The values of the keys that a state had at a place, after which the client reads on. Newcomers
 * get the same parts as long as few values change. Then a client gets the newest values, and once
 * more after the snapshot. It is not told here of keys that are deleted.
 */
class StateSnapshot implements SnapshotContent {
  readonly #log: StateLog;
  readonly #keys: KeyWalk;
  /** The place of the parts. They are not held here, since old values would stay in memory. */
  readonly #head: number;
  #isShared = true;
  /** The parts that it has read. */
  #read = 0;
  #places: readonly TaggedPosition[];

  constructor(log: StateLog) {
    this.#log = log;
    const { head, keys } = log.parts;
    this.#head = head;
    this.#places = [{ epoch: log.epoch, offset: head }];
    this.#keys = new KeyWalk(log, keys, statePartBytes);
  }

  read(): SnapshotPart {
    const current = this.#log.partsAt(this.#head);
    if (current === undefined) this.#isShared = false;
    const shared = this.#isShared ? current?.parts[this.#read++] : undefined;
    const messages = shared ?? this.#keys.next().filter(({ isDeletion }) => !isDeletion);
    if (shared) this.#keys.skip(shared.length);
    const places = this.#places;
    this.#places = [];
    return { messages, places, isLast: this.#keys.isOver, isShared: shared !== undefined };
  }

  async close(): Promise<void> {
    this.#keys.skip(this.#keys.keys.length);
  }
}
