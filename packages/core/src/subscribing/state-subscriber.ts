import type { Chunk } from '../encoders/chunk';
import { defaultBatchLimits } from '../log/batch';
import { formatCursor, type Position } from '../log/cursor';
import type { StateLog } from '../log/state-log';
import { JoiningSubscriber } from './joining-subscriber';
import { KeyWalk } from './key-walk';
import type { SnapshotContent } from './snapshot';
import type { SnapshotReader } from './snapshot-reader';

/** The most bytes of values that are written to a slow client at a time. */
const partBytes = 16 * 1024;

/**
 * A subscriber of a state. One that cannot keep up is sent each key that has changed, with its
 * newest value, before any key is sent again. In the order of the changes, a key that changes more
 * often than the others would always come last, and a slow client would never get there.
 */
export class StateSubscriber extends JoiningSubscriber {
  /** True if it has stayed behind when its socket had drained. */
  #isSlow = false;
  /** Reads what has changed, while that is sent. */
  #round: SnapshotReader | undefined;

  protected override catchUp(lead: Chunk | undefined): void {
    const mayBegin = lead === undefined && this.reader === undefined && !this.spent;
    if (mayBegin && this.#isSlow) this.#beginRound();
    super.catchUp(lead);
    this.#isSlow = lead === undefined && this.reason === undefined && !this.live;
  }

  /** Until the round is over, the client keeps the place before it. */
  #beginRound(): void {
    const [from, log] = [this.positions?.[0] as Position, this.group.logs[0] as StateLog];
    // The client is told of a gap by the next batch.
    if (this.encoder.moved === undefined || log.resume(from).gap !== undefined) return;
    const keys = keysAfter(log, from);
    if (keys === undefined) return;
    const kept = formatCursor([from], this.group.tags);
    const source = { ...this.snapshots.source, ask: () => new Round(new KeyWalk(log, keys, partBytes)) };
    this.#round = this.ask({ logs: [0], kept, gap: undefined }, [from], source);
  }

  /** A round is no snapshot: keys that did not come have not changed. */
  protected override endOf(reader: SnapshotReader): Chunk {
    if (reader !== this.#round) return super.endOf(reader);
    this.#round = undefined;
    return this.encoder.moved?.(reader.place) ?? '';
  }
}

/** The keys that have changed since a place. `undefined` where one batch has all of them. */
function keysAfter(log: StateLog, { offset }: Position): readonly string[] | undefined {
  const keys: string[] = [];
  let bytes = 0;
  for (let entry = log.next(offset); entry; entry = log.next(entry.offset)) {
    keys.push(entry.message.key as string);
    bytes += entry.message.size;
  }
  return bytes > defaultBatchLimits.bytes ? keys : undefined;
}

/** The newest messages of some keys. */
class Round implements SnapshotContent {
  constructor(readonly keys: KeyWalk) {}

  read() {
    return { messages: this.keys.next(), places: [], isLast: this.keys.isOver };
  }

  async close(): Promise<void> {}
}
