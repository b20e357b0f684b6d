import { isPromise } from '../checks/errors';
import { refreshBehind } from '../delivery/followed-channel';
import type { Group } from '../delivery/group';
import { type Batch, emptyBatchAt, type Gap } from '../log/batch';
import { formatCursor, type Position, type TaggedPosition } from '../log/cursor';
import type { Log } from '../log/log';
import { type Origin, startOffset } from '../log/start';
import { claimedPositions } from '../log/start-positions';
import type { Clock } from '../time/clock';
import type { SnapshotContent, SnapshotSource } from './snapshot';
import type { SnapshotPart } from './snapshot-part';
import type { Unknown } from './unknown';

/** A snapshot, or the next part of it, did not come in time. */
export class LateSnapshot extends Error {
  constructor(timeout: number) {
    super(`initial did not settle within ${timeout} ms (sourceTimeout)`);
  }
}

/** The parts of a hub and a route that reading a snapshot uses. */
export interface SnapshotHost {
  readonly group: Group;
  readonly source: SnapshotSource;
  readonly clock: Clock;
  /** The place where the client begins in the logs whose state it does not know. */
  readonly start: Origin;
}

/** Asks the app for the snapshot of one client, and reads it in parts. */
export class SnapshotReader {
  readonly #host: SnapshotHost;
  readonly #snapshot: SnapshotContent;
  readonly #kept: string;
  /** The gap that the client is told of together with the first part. */
  #gap: Gap | undefined;
  /** The place that was fixed in each log. */
  readonly #fixed: readonly Position[];
  #positions: readonly Position[];
  /** The newest places that ids have named. */
  #named: readonly TaggedPosition[] = [];
  #stopTimeout = () => {};

  /**
   * Fixes the place in the logs, and asks for what comes before it.
   *
   * @param positions the place in the logs that the client knows.
   * @throws what the app throws.
   */
  constructor(host: SnapshotHost, { logs, kept, gap }: Unknown, positions: readonly Position[]) {
    const { group, source, start } = host;
    this.#host = host;
    this.#kept = kept;
    this.#gap = gap;
    this.#fixed = group.logs.map((log, i) =>
      logs.includes(i) ? { epoch: log.epoch, offset: startOffset(log, start) } : (positions[i] as Position),
    );
    this.#positions = this.#fixed;
    const about = gap && { gap: { reason: gap.reason, ...(gap.missed !== undefined && { missed: gap.missed }) } };
    const channels = logs.map((i) => group.channels[i] as string);
    const unknown = logs.map((i) => group.logs[i] as Log);
    this.#snapshot = source.run(() => source.ask({ channels, cursor: this.place, ...about }, unknown));
  }

  /** The positions after which the messages of the logs follow. The ids of a part may move them. */
  get positions(): readonly Position[] {
    return this.#positions;
  }

  /** The cursor of {@link positions}. */
  get place(): string {
    return formatCursor(this.#positions, this.#host.group.tags);
  }

  /** The cursor that the client keeps until it has the whole snapshot. */
  get kept(): string {
    return this.#kept;
  }

  /** The gap, while the client has not been told of it. */
  get gap(): Gap | undefined {
    return this.#gap;
  }

  /** Reads the next part. It returns a promise only where it has to wait. */
  next(): SnapshotPart | Promise<SnapshotPart> {
    const part = this.#host.source.run(() => this.#snapshot.read());
    const reached = isPromise(part) ? part.then((read) => this.#reach(read)) : this.#reach(part);
    return isPromise(reached) ? this.#within(this.#host.source.timeout, reached) : reached;
  }

  /** Brings copies of logs up to the places that a part names: the app may know newer ones. */
  #reach(part: SnapshotPart): SnapshotPart | Promise<SnapshotPart> {
    if (part.places.length === 0) return part;
    const { followed, tags } = this.#host.group;
    return refreshBehind(followed, part.places, tags)?.then(() => part) ?? part;
  }

  #within(timeout: number, reading: Promise<SnapshotPart>): Promise<SnapshotPart> {
    if (timeout === Number.POSITIVE_INFINITY) return reading;
    return new Promise((resolve, reject) => {
      this.#stopTimeout = this.#host.clock.after(timeout, () => reject(new LateSnapshot(timeout)));
      reading.finally(() => this.#stopTimeout()).then(resolve, reject);
    });
  }

  /** Takes a part, after which the client still has its old cursor. The first one tells the gap. */
  take({ messages, places }: SnapshotPart): Batch {
    const { logs, tags } = this.#host.group;
    const gap = this.#gap && { ...this.#gap, cursor: this.#kept };
    this.#gap = undefined;
    if (places.length > 0) {
      this.#named = newestOf([...this.#named, ...places]);
      const claims = claimedPositions(this.#named, logs, tags);
      this.#positions = this.#fixed.map((position, i) => claims[i] ?? position);
    }
    const nothing = emptyBatchAt(this.#positions, this.#kept);
    return { ...nothing, messages, cursors: messages.map(() => undefined), ...(gap && { gap }) };
  }

  close(): void {
    this.#stopTimeout();
    const { source } = this.#host;
    source.run(() => this.#snapshot.close().catch((error) => source.onError(error)));
  }
}

/** Each row of a state may have an id of its own. The state includes what the newest one names. */
function newestOf(places: readonly TaggedPosition[]): readonly TaggedPosition[] {
  const newest = new Map<string, TaggedPosition>();
  for (const place of places) {
    const life = `${place.tag}.${place.epoch}`;
    if (place.offset >= (newest.get(life)?.offset ?? 0)) newest.set(life, place);
  }
  return [...newest.values()];
}
