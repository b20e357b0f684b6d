import type { Group } from '../delivery/group';
import type { Chunk } from '../encoders/chunk';
import type { Position } from '../log/cursor';
import { SnapshotSubscriber } from './snapshot-subscriber';
import { findUnknown, type Unknown } from './unknown';

/** A subscriber that may get other channels, and a snapshot of those that it joins. */
export class JoiningSubscriber extends SnapshotSubscriber {
  /** The state of the channels that it joins, until it asks for that. */
  #joined: Unknown | undefined;
  readonly #waiting: (() => void)[] = [];

  /** Waits for the snapshot that is being sent. It is about the channels of the moment. */
  async whenComplete(): Promise<void> {
    while (this.reader !== undefined && this.reason === undefined) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  override follow(group: Group, positions: readonly Position[]): void {
    this.#joined = findUnknown(group, this.cursor, undefined);
    // Until it has the snapshot, a client that is cut off gets it again.
    super.follow(group, positions, this.#joined?.kept);
  }

  protected override catchUp(lead: Chunk | undefined): void {
    const joined = this.#joined;
    this.#joined = undefined;
    if (joined) this.attempt(() => this.ask(joined, this.positions as readonly Position[]));
    if (this.reason !== undefined) return;
    super.catchUp(lead);
    if (this.reader === undefined) this.#goOn();
  }

  #goOn(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  protected override release(): void {
    super.release();
    this.#goOn();
  }
}
