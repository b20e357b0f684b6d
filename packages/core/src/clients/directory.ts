import type { Backplane } from '../backplanes/backplane';
import type { PublicConnection } from '../delivery/public-connection';
import { dataOf } from '../reading/channel-message';
import type { ClientCommand, ListedConnection } from './command';
import { type Keyed, KeyedConnections } from './keyed-connections';
import { OtherProcesses, type ProcessesHost } from './other-processes';

/** The parts of a hub that its directory of clients uses. */
export interface DirectoryHost extends ProcessesHost {
  /** @throws PushwireError `hub-closed`. */
  readonly backplane: Backplane;
  readonly isClosed: boolean;
  /** Refuses the requests of a client that are no connections yet. */
  forbidPending(key: string): void;
}

/** Finds the connections of a client in all processes, by the client's key. */
export class ClientDirectory {
  readonly #host: DirectoryHost;
  readonly #keyed: KeyedConnections;
  #others: OtherProcesses | undefined;

  constructor(host: DirectoryHost) {
    this.#host = host;
    this.#keyed = new KeyedConnections(host.clock);
  }

  /** @throws TypeError for an open hub whose backplane does not know which processes there are. */
  check(): void {
    if (!this.#host.isClosed && !this.#isPossible) {
      throw new TypeError('The backplane of this hub has no states, which hub.clients() needs.');
    }
  }

  /** @param since a time at which the client was still allowed, in ms on the clock. */
  add(key: string, connection: Keyed, since?: number): void {
    if (key === '') return;
    this.#keyed.add(key, connection, since);
    this.hear();
  }

  /** Hears of commands for clients of this process from now on, where there are other processes. */
  hear(): void {
    if (this.#others !== undefined || this.#host.isClosed || !this.#isPossible) return;
    if (!this.#host.backplane.isLocal)
      this.#reach()
        .begin()
        .catch(() => {});
  }

  remove(key: string, connection: Keyed): void {
    this.#keyed.remove(key, connection);
  }

  /**
   * Gives a command to all processes, without waiting for them.
   *
   * @throws PushwireError `hub-closed`, `backplane-unavailable` or `backplane-unconfirmed`.
   */
  async tell(command: ClientCommand): Promise<void> {
    if (this.#host.backplane.isLocal) this.#act(command);
    else await this.#reach().tell(command);
  }

  /**
   * Gives a command to all processes.
   *
   * @returns the connections that it was about.
   * @throws PushwireError as `tell()` does.
   */
  async ask(command: ClientCommand): Promise<readonly ListedConnection[]> {
    return this.#host.backplane.isLocal ? this.#act(command) : this.#reach().ask(command);
  }

  close(): void {
    this.#others?.close();
  }

  get #isPossible(): boolean {
    const { isLocal, states } = this.#host.backplane;
    return isLocal === true || states !== undefined;
  }

  #reach(): OtherProcesses {
    this.#others ??= new OtherProcesses(this.#host, this.#host.backplane, (command) => this.#act(command));
    return this.#others;
  }

  /** Does what a command says with the connections of this process. */
  #act(command: ClientCommand): readonly ListedConnection[] {
    const { act, key, except } = command;
    if (act === 'disconnect') {
      this.#host.forbidPending(key);
      return this.#keyed.disconnect(key, command.reason, except).map(listed);
    }
    const connections = this.#keyed.of(key, except);
    if (act === 'list') return connections.map(listed);
    const { message } = command;
    const event = message.event === undefined ? undefined : { event: message.event };
    for (const connection of connections) connection.send(dataOf(message), event);
    return [];
  }
}

const listed = ({ id, transport, channels, since }: PublicConnection): ListedConnection => ({
  id,
  transport,
  channels,
  since,
});
