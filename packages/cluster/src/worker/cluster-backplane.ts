import type {
  Backplane,
  BackplaneHealth,
  BackplaneHost,
  Followed,
  LogWrite,
  LogWritten,
  Message,
  Position,
} from '@pushwire/core/backplanes';
import type { ClusterSettings } from '../options';
import { BrokerCalls } from './broker-calls';
import { ClusterRuns } from './cluster-runs';
import { ClusterStates } from './cluster-states';
import { LogCopies } from './log-copies';

/** Use `clusterBackplane`. */
export class ClusterBackplane implements Backplane {
  readonly runs: ClusterRuns;
  readonly states: ClusterStates;
  readonly #host: BackplaneHost;
  readonly #calls: BrokerCalls;
  readonly #copies: LogCopies;

  constructor(host: BackplaneHost, settings: ClusterSettings) {
    const calls = () => this.#calls;
    const { clock } = host;
    this.#host = host;
    this.runs = new ClusterRuns(clock, calls);
    this.states = new ClusterStates((log) => host.stateLimitsOf(log), calls);
    this.#copies = new LogCopies({
      clock,
      settings,
      calls,
      limitsOf: (channel) => host.limitsOf(channel),
      stateLimitsOf: (log) => host.stateLimitsOf(log),
    });
    this.#calls = new BrokerCalls(host, settings, {
      news: (news) => this.#copies.receive(news),
      stop: (owner, reason) => this.runs.tell(owner, reason),
      connectionsTo: (channel) => host.connectionsTo(channel),
      up: () => this.#copies.resync(),
    });
  }

  append(channel: string, message: Message): Promise<Position> {
    return this.#calls.call('append', { ...this.#of(channel), message }, 'write', message.size);
  }

  end(channel: string): Promise<void> {
    return this.#calls.call('end', this.#of(channel));
  }

  write(channel: string, write: LogWrite): Promise<LogWritten> {
    const bytes = write.messages.reduce((sum, { size }) => sum + size, 0);
    return this.#calls.call('write', { ...this.#of(channel), write }, 'write', bytes);
  }

  delete(channel: string, newest?: Position): Promise<void> {
    return this.#calls.call('delete', { ...this.#of(channel), newest });
  }

  follow(channel: string, onChange: () => void): Followed | Promise<Followed> {
    return this.#copies.follow(channel, onChange);
  }

  async connectionsTo(channel: string): Promise<number> {
    const others = await this.#calls.call('connections', { log: channel }, 'follow');
    return others + this.#host.connectionsTo(channel);
  }

  health(): BackplaneHealth {
    return this.#calls.reachability.state;
  }

  /** Settles when every publish has a reply or has timed out. */
  async close(): Promise<void> {
    this.#copies.close();
    await this.#calls.close();
  }

  #of(channel: string) {
    return { log: channel, limits: this.#host.limitsOf(channel) };
  }
}
