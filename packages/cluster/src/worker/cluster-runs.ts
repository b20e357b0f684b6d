import type {
  Clock,
  RunClaim,
  RunClaimed,
  RunRecord,
  RunStop,
  RunStopped,
  RunStore,
  RunWrite,
  RunWritten,
} from '@pushwire/core/backplanes';
import type { BrokerCalls } from './broker-calls';

/** The leases without a write after which a producer is no longer told of stops. */
const leases = 2;

/** A producer of this process, from its claim on. */
interface Producer {
  until: number;
  onStop(reason: string): void;
}

/** The runs of the broker. */
export class ClusterRuns implements RunStore {
  /** By their owner tokens. The one that was used the longest ago comes first. */
  readonly #producers = new Map<string, Producer>();

  constructor(
    readonly clock: Clock,
    readonly calls: () => BrokerCalls,
  ) {}

  async claim(log: string, claim: RunClaim, onStop: (reason: string) => void): Promise<RunClaimed> {
    const { owner, lease } = claim;
    this.#listen(owner, lease, onStop);
    try {
      const claimed = await this.calls().call('claim', { log, claim });
      if (claimed.kind !== 'claimed') this.#producers.delete(owner);
      return claimed;
    } catch (error) {
      this.#producers.delete(owner);
      throw error;
    }
  }

  async write(log: string, write: RunWrite): Promise<RunWritten> {
    const { owner, lease, messages, outcome } = write;
    const bytes = messages.reduce((sum, { size }) => sum + size, 0);
    const written = await this.calls().call('writeRun', { log, write }, 'write', bytes);
    const producer = this.#producers.get(owner);
    if (written.kind === 'fenced' || outcome) this.#producers.delete(owner);
    else if (producer) this.#listen(owner, lease, producer.onStop);
    return written;
  }

  stop(log: string, stop: RunStop): Promise<RunStopped> {
    return this.calls().call('stopRun', { log, stop });
  }

  state(log: string): Promise<RunRecord | undefined> {
    return this.calls().call('runRecord', { log }, 'follow');
  }

  /** Tells a producer to stop. This is only quicker than the replies to its writes. */
  tell(owner: string, reason: string): void {
    this.#producers.get(owner)?.onStop(reason);
  }

  #listen(owner: string, lease: number, onStop: (reason: string) => void): void {
    const now = this.clock.now();
    this.#producers.delete(owner);
    this.#producers.set(owner, { until: now + leases * lease, onStop });
    for (const [other, { until }] of this.#producers) {
      if (until > now) return;
      this.#producers.delete(other);
    }
  }
}
