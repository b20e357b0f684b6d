import type {
  Position,
  PresenceHeld,
  PresenceHold,
  StateLimits,
  StateStore,
  StateValues,
  StateWrite,
  StateWritten,
} from '@pushwire/core/backplanes';
import type { BrokerCalls } from './broker-calls';

/** The states and presences of the broker. */
export class ClusterStates implements StateStore {
  constructor(
    readonly limitsOf: (log: string) => StateLimits,
    readonly calls: () => BrokerCalls,
  ) {}

  write(log: string, write: StateWrite): Promise<StateWritten> {
    return this.calls().call('writeValue', { ...this.#of(log), write }, 'write', write.message.size);
  }

  read(log: string, key?: string): Promise<StateValues> {
    return this.calls().call('readValues', { ...this.#of(log), key }, 'follow');
  }

  clear(log: string): Promise<Position> {
    return this.calls().call('clearValues', this.#of(log));
  }

  hold(log: string, hold: PresenceHold): Promise<PresenceHeld> {
    const bytes = hold.joins.reduce((sum, { message }) => sum + message.size, 0);
    return this.calls().call('hold', { ...this.#of(log), hold }, 'write', bytes);
  }

  count(log: string): Promise<number> {
    return this.calls().call('countMembers', this.#of(log), 'follow');
  }

  #of(log: string) {
    return { log, limits: this.limitsOf(log) };
  }
}
