import { randomBytes } from 'node:crypto';
import type { RunClaimed } from '../backplanes/run-store';
import { isUnconfirmed } from '../checks/errors';
import { runLogName } from '../log/log-name';
import { Producer } from './producer';
import type { Production } from './production';
import { repeat } from './repeat';
import type { RunsHost } from './runs-host';
import type { StartSettings } from './start-options';

/** Bytes of an owner's token. */
const ownerBytes = 12;

/** A claim, and what begins its run if it was made. */
export interface Claim {
  readonly claimed: RunClaimed;
  begin(stop: string | undefined): Producer;
}

/** A start whose claim is not confirmed. */
export class PendingStart {
  /** The name of the log. */
  readonly log: string;
  /** The reason of a stop that came meanwhile. */
  #stop: string | undefined;
  #producer: Producer | undefined;
  #isAbandoned = false;
  /** Resolves when the start is over, with true if it has begun a run. */
  readonly hasBegun: Promise<boolean>;
  #resolve!: (hasBegun: boolean) => void;

  constructor(
    readonly id: string,
    readonly settings: StartSettings,
    readonly production: Production,
    readonly host: RunsHost,
  ) {
    this.log = runLogName(id);
    this.hasBegun = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** The start is over. */
  settle(): void {
    this.#resolve(this.#producer !== undefined);
  }

  stop(reason: string): void {
    if (this.#producer) this.#producer.stop(reason);
    else this.#stop ??= reason;
  }

  /** The hub no longer waits for the claim, and its store is about to close. */
  abandon(): void {
    this.#isAbandoned = true;
  }

  /** Claims a run. A claim that may have been made is repeated, which does not make it twice. */
  async claim(): Promise<Claim> {
    const { log } = this;
    const { clock, runStore } = this.host;
    const { key, lease, keep } = this.settings;
    const owner = randomBytes(ownerBytes).toString('base64url');
    const claimedAt = clock.now();
    let isUncertain = false;
    const mayRepeat = (error: unknown) => {
      isUncertain ||= isUnconfirmed(error);
      return isUncertain && !this.#isAbandoned && clock.now() < claimedAt + lease;
    };
    const step = () => runStore.claim(log, { owner, key, lease, keep }, (reason) => this.stop(reason));
    const claimed = await repeat(clock, step, mayRepeat);
    const begin = (stop: string | undefined) => {
      const { epoch } = claimed as { epoch: string };
      return this.#begin({ id: this.id, log, epoch, owner, key, lease, keep, claimedAt }, stop);
    };
    return { claimed, begin };
  }

  #begin(run: Producer['run'], stop: string | undefined): Producer {
    const producer = new Producer(run, this.host, this.production, this.settings.most);
    this.#producer = producer;
    if (this.#isAbandoned) producer.abandon();
    else if (this.host.isClosed) producer.drain();
    else producer.begin(this.#stop ?? stop);
    return producer;
  }
}
