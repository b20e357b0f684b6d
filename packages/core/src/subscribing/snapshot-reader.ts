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

/** Reads the snapshot of one client, each part within the time that the app has. */
export class SnapshotReader {
  #stopTimeout = () => {};

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
    return isPromise(reached) ? this.#within(this.source.timeout, reached) : reached;
  }

  /** Brings copies of logs up to the places that a part names: the app may know newer ones. */
  #reach(part: SnapshotPart): SnapshotPart | Promise<SnapshotPart> {
    if (part.places.length === 0) return part;
    const { followed, tags } = this.group;
    return refreshBehind(followed, part.places, tags)?.then(() => part) ?? part;
  }

  #within(timeout: number, reading: Promise<SnapshotPart>): Promise<SnapshotPart> {
    if (timeout === Number.POSITIVE_INFINITY) return reading;
    return new Promise((resolve, reject) => {
      this.#stopTimeout = this.clock.after(timeout, () => reject(new LateSnapshot(timeout)));
      reading.finally(() => this.#stopTimeout()).then(resolve, reject);
    });
  }

  close(): void {
    this.#stopTimeout();
    this.snapshot.close().catch((error) => this.source.onError(error));
  }
}
