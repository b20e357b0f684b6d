import { randomBytes } from 'node:crypto';
import type { Backplane } from '../backplanes/backplane';
import { PushwireError } from '../checks/errors';
import type { GroupHost } from '../delivery/group-host';
import { clientAnswersLog, clientCommandsLog, processesLog } from '../log/log-name';
import { createMessage } from '../log/message';
import { valueMessage } from '../log/state-message';
import type { Presences } from '../presence/presences';
import { type Answer, askFrom, askMessage, type ClientCommand, type ListedConnection } from './command';
import { Gathering } from './gathering';
import { LogFeed } from './log-feed';

/** The longest wait for the answers of other processes, in ms. */
const answerTimeout = 2000;

/** Milliseconds until this process tries again to hear of commands. */
const retryDelay = 1000;

/** The most connections in one message, so that none is large. */
const maxConnections = 500;

/** The parts of a hub that reach other processes. */
export interface ProcessesHost extends GroupHost {
  readonly presences: Presences;
}

/** Carries commands to all processes that share a backplane, this one included. */
export class OtherProcesses {
  readonly #host: ProcessesHost;
  readonly #backplane: Backplane;
  readonly #act: (command: ClientCommand) => readonly ListedConnection[];
  readonly #own = randomBytes(9).toString('base64url');
  readonly #commands: LogFeed;
  readonly #answers: LogFeed;
  readonly #calls = new Map<string, Gathering>();
  #beginning: Promise<void> | undefined;
  #isClosed = false;

  /** @param act does what a command says with the connections of this process. */
  constructor(host: ProcessesHost, backplane: Backplane, act: (command: ClientCommand) => readonly ListedConnection[]) {
    this.#host = host;
    this.#backplane = backplane;
    this.#act = act;
    this.#commands = this.#feed(clientCommandsLog, (data) => this.#obey(data));
    this.#answers = this.#feed(clientAnswersLog, (data) => this.#take(data as Answer));
  }

  /**
   * Hears of commands from now on, and says so to the others. A second call does nothing.
   *
   * @throws PushwireError the promise rejects with `backplane-unavailable` or
   * `backplane-unconfirmed`. It is tried again later.
   */
  begin(): Promise<void> {
    this.#beginning ??= this.#begin();
    return this.#beginning;
  }

  /**
   * Gives a command to all processes. Those that cannot be reached get it when they are back.
   *
   * @throws PushwireError the promise rejects with `backplane-unavailable` or
   * `backplane-unconfirmed`.
   */
  async tell(command: ClientCommand, call?: string): Promise<void> {
    await this.begin();
    await this.#backplane.append(clientCommandsLog, askMessage({ call, command }));
  }

  /**
   * Gives a command to all processes, and collects what they answer.
   *
   * @throws PushwireError the promise rejects as that of `tell()` does, and with
   * `backplane-unconfirmed` if a process does not answer in time.
   */
  async ask(command: ClientCommand): Promise<ListedConnection[]> {
    await Promise.all([this.begin(), this.#answers.begin()]);
    const call = randomBytes(9).toString('base64url');
    const gathering = new Gathering();
    this.#calls.set(call, gathering);
    try {
      await this.tell(command, call);
      gathering.await([this.#own, ...(await this.#processes())]);
      await this.#untilTimeout(gathering.all);
      await this.#checkSilent(gathering);
      return gathering.connections;
    } finally {
      this.#calls.delete(call);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#commands.stop();
    this.#answers.stop();
  }

  async #begin(): Promise<void> {
    try {
      await this.#commands.begin();
      this.#host.presences.join(processesLog, valueMessage(this.#own, null));
    } catch (error) {
      this.#host.clock.after(retryDelay, () => {
        this.#beginning = undefined;
        if (!this.#isClosed) this.begin().catch(() => {});
      });
      throw error;
    }
  }

  #feed(log: string, onMessage: (data: unknown) => void): LogFeed {
    const { observer } = this.#host;
    return new LogFeed(log, this.#host, this.#backplane, {
      onMessage,
      onGap: () =>
        observer.failed(new Error(`Messages of ${log} were lost.`), 'clients may not have been disconnected'),
      onFailure: (error) => observer.failed(error, 'commands for clients do not come'),
    });
  }

  #obey(data: unknown): void {
    try {
      const { call, command } = askFrom(data);
      const connections = this.#act(command);
      if (call !== undefined) this.#answer(call, connections);
    } catch (error) {
      this.#host.observer.failed(error, 'a command for clients could not be obeyed');
    }
  }

  async #answer(call: string, connections: readonly ListedConnection[]): Promise<void> {
    try {
      for (let next = 0; next === 0 || next < connections.length; next += maxConnections) {
        const isPart = next + maxConnections < connections.length;
        const some = connections.slice(next, next + maxConnections);
        const answer: Answer = { call, from: this.#own, connections: some, isPart };
        await this.#backplane.append(clientAnswersLog, createMessage(answer));
      }
    } catch (error) {
      this.#host.observer.failed(error, 'a process could not be answered');
    }
  }

  #take(answer: Answer): void {
    this.#calls.get(answer.call)?.take(answer);
  }

  async #processes(): Promise<string[]> {
    const members = await this.#host.presences.members(processesLog);
    return members.map(({ id }) => id);
  }

  async #untilTimeout(all: Promise<void>): Promise<void> {
    let stopWaiting = () => {};
    const timeout = new Promise<void>((resolve) => {
      stopWaiting = this.#host.clock.after(answerTimeout, resolve);
    });
    await Promise.race([all, timeout]);
    stopWaiting();
  }

  /** A process that has gone meanwhile has no connections, and need not answer. */
  async #checkSilent(gathering: Gathering): Promise<void> {
    if (gathering.silent.length === 0) return;
    const processes = new Set(await this.#processes());
    const { length } = gathering.silent.filter((one) => one === this.#own || processes.has(one));
    if (length === 0) return;
    const text = `${length} of ${processes.size} processes did not answer within ${answerTimeout} ms.`;
    const advice = 'Who does not answer was killed a moment ago, or cannot reach the backplane. You may call again.';
    throw new PushwireError('backplane-unconfirmed', `${text} ${advice}`);
  }
}
