import { isPromise } from '../checks/errors';
import { refreshBehind } from '../delivery/followed-channel';
import type { Group } from '../delivery/group';
import type { Clock } from '../time/clock';
import type { Snapshot, SnapshotSource } from './snapshot';
import type { SnapshotPart } from './snapshot-part';

/** A snapshot, or the next part of it, did not come in time. */
export class LateSnapshot extends Error {
  constructor(timeout: number) {
    super(`initial did not settle within ${timeout} ms (sourceTimeout)`);
  }
}

/** Waits for a part of a snapshot, and rejects with {@link LateSnapshot} after `timeout` ms. */
function within<T>(timeout: number, clock: Clock, reading: Promise<T>): Promise<T> {
  if (timeout === Number.POSITIVE_INFINITY) return reading;
  return new Promise((resolve, reject) => {
    const stop = clock.after(timeout, () => reject(new LateSnapshot(timeout)));
    reading.finally(stop).then(resolve, reject);
  });
}

/** Reads the snapshot of one client, each part within the time that the app has. */
export class SnapshotReader {
  constructor(
    readonly snapshot: Snapshot,
    readonly source: SnapshotSource,
    readonly group: Group,
    readonly clock: Clock,
  ) {}

  /** Reads the next part. It returns a promise only where it has to wait. */
  next(): SnapshotPart | Promise<SnapshotPart> {
    const part = this.snapshot.read();
    const reached = isPromise(part) ? part.then((read) => this.#reach(read)) : this.#reach(part);
    return isPromise(reached) ? within(this.source.timeout, this.clock, reached) : reached;
  }

  /** Brings copies of logs up to the places that a part names: the app may know newer ones. */
  #reach(part: SnapshotPart): SnapshotPart | Promise<SnapshotPart> {
    if (part.places.length === 0) return part;
    const { followed, tags } = this.group;
    return refreshBehind(followed, part.places, tags)?.then(() => part) ?? part;
  }

  close(): void {
    this.snapshot.close().catch((error) => this.source.onError(error));
  }
}
