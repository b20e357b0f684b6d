import type { Commands } from '../connection/commands';
import { keysOf } from '../scripts/keys';
import { countConnections, leave, report } from '../scripts/presence';

/** The parts of the backplane that the counts of connections use. */
export interface PresenceHost {
  readonly commands: Commands;
  readonly prefix: string;
  /** The name of this process. */
  readonly process: string;
  /** Milliseconds for which a reported number is valid. */
  readonly validFor: number;
  /** Counts the connections of this process to a channel. */
  connectionsTo(channel: string): number;
}

/** The connections of all processes to each channel. Redis has the numbers above 0. */
export class Presence {
  readonly #host: PresenceHost;
  /** The channels for which Redis has a number of this process. */
  readonly #reported = new Set<string>();

  constructor(host: PresenceHost) {
    this.#host = host;
  }

  /** Counts the connections to a channel in all processes. */
  async count(channel: string): Promise<number> {
    const elsewhere = await this.#run(countConnections, channel, []);
    return Number(elsewhere) + this.#host.connectionsTo(channel);
  }

  async report(channel: string): Promise<void> {
    const connections = this.#host.connectionsTo(channel);
    if (connections === 0) return this.leave(channel);
    this.#reported.add(channel);
    await this.#run(report, channel, [String(connections), String(this.#host.validFor)]);
  }

  async leave(channel: string): Promise<void> {
    // Without a connection this is not needed, since the number expires.
    if (this.#reported.delete(channel) && this.#host.commands.isUp) await this.#run(leave, channel, []);
  }

  #run(script: typeof report, channel: string, args: readonly string[]): Promise<unknown> {
    const { commands, prefix, process } = this.#host;
    return commands.run(script, keysOf(prefix, channel).presence, [process, ...args], 'follow');
  }
}
