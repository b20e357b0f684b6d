import type { Backplane } from '../backplanes/backplane';
import type { GroupHost } from '../delivery/group-host';
import { Groups } from '../delivery/groups';
import { headOf } from '../reading/head';
import { readSettings } from '../reading/read-options';
import { Reader } from '../reading/reader';
import type { ClosedWithHub, ReaderHost } from '../reading/reader-host';

/** Milliseconds until a log that can no longer be followed is followed again. */
const retryDelay = 1000;

/** Receives what comes by a {@link LogFeed}. */
export interface FeedListener {
  onMessage(data: unknown): void;
  /** Messages were lost. */
  onGap(): void;
  /** The log could not be followed. It will be again, from the same place. */
  onFailure(error: unknown): void;
}

/** Follows a log of the hubs' own. The app's limits and statistics know nothing of it. */
export class LogFeed implements ReaderHost {
  readonly groups: Groups;
  readonly readers = new Set<ClosedWithHub & { stop(): void }>();
  isClosed = false;
  #beginning: Promise<void> | undefined;

  constructor(
    readonly name: string,
    readonly host: GroupHost,
    backplane: Backplane,
    readonly listener: FeedListener,
  ) {
    this.groups = new Groups(host, (channel, onChange) => backplane.follow(channel, onChange));
  }

  /**
   * Gets every message from now on. A second call does nothing, unless the first has failed.
   *
   * @throws PushwireError the promise rejects with `backplane-unavailable` or
   * `backplane-unconfirmed`.
   */
  begin(): Promise<void> {
    this.#beginning ??= this.#begin();
    return this.#beginning;
  }

  stop(): void {
    this.isClosed = true;
    for (const reader of this.readers) reader.stop();
  }

  async #begin(): Promise<void> {
    try {
      this.#follow(await headOf(this, this.name));
    } catch (error) {
      this.#beginning = undefined;
      throw error;
    }
  }

  async #follow(head: string): Promise<void> {
    for (let from = head; !this.isClosed; await this.#pause()) {
      try {
        for await (const { id, gap, data } of new Reader(this, this.name, readSettings({ from }))) {
          from = id;
          if (gap) this.listener.onGap();
          else this.listener.onMessage(data);
        }
      } catch (error) {
        if (!this.isClosed) this.listener.onFailure(error);
      }
    }
  }

  async #pause(): Promise<void> {
    if (!this.isClosed) await new Promise<void>((resolve) => this.host.clock.after(retryDelay, resolve));
  }
}
